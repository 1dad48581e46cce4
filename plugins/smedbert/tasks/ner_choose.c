#include "plugins/smedbert/tasks/ner_choose.h"

#include <stdlib.h>

/* The readings that are tried; the best is kept, and of equals the first. By F1: likelihood would
 * give an encoder that errs seldom, but surely, too small a share. */
static const float biases[] = {0, 0.25F, 0.5F, 0.75F, 1, 1.5F, 2};
static const float shares[] = {0.5F, 0, 0.2F, 0.35F, 0.65F, 0.8F, 0.9F, 1};
enum { BIASES = sizeof biases / sizeof *biases, SHARES = sizeof shares / sizeof *shares };

void kg_ner_part_free(kg_ner_part *part) {
    kg_ner_windows_free(&part->windows);
    kg_ner_data_free(&part->data);
}

static kg_ner_figures figures_of(const kg_ner_score *score, double loss, kg_ner_reading reading) {
    return (kg_ner_figures){.f1 = kg_prf_f1(score->micro),
                            .precision = kg_prf_precision(score->micro),
                            .recall = kg_prf_recall(score->micro),
                            .macro_f1 = kg_ner_macro(score).f1,
                            .loss = loss,
                            .reading = reading};
}

/* Score the sequences of a part whose `only` is set; NULL: all. */
static kg_status score_tags(kg_ner_score *score, const kg_ner_session *s, const kg_ner_part *p,
                            const uint8_t *only, const uint16_t *tags) {
    kg_status st;
    KG_TRY(st, kg_ner_score_init(score, s->setup.set.types.len, KG_STRICT));
    for (size_t i = 0; i < p->data.sequence_ends.len; i++) {
        size_t first = kg_ner_sequence_start(&p->data, i);
        if (!only || only[i])
            KG_TRY(st, kg_ner_score_add(score, p->data.tags.data + first, tags + first,
                                        p->data.sequence_ends.data[i] - first));
    }
    return KG_OK;
}

kg_status kg_ner_measure(kg_ner_figures *out, kg_ner_session *s, const kg_ner_part *p,
                         kg_error *err) {
    kg_ner_score score = {.n_types = 0};
    double loss;
    uint16_t *tags = calloc(p->data.tags.len, sizeof *tags);
    kg_status st = tags ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = kg_ner_session_predict(tags, &loss, s, &p->windows, err);
    if (st == KG_OK)
        st = score_tags(&score, s, p, NULL, tags);
    if (st == KG_OK)
        *out = figures_of(&score, loss, s->setup.reading);
    kg_ner_score_free(&score);
    free(tags);
    return st;
}

static size_t list_readings(kg_ner_reading *readings, const kg_ner_session *s, bool tune) {
    size_t n = 0, n_biases = tune ? BIASES : 1, n_shares = tune && s->setup.sparse ? SHARES : 1;
    for (size_t i = 0; i < n_shares; i++)
        for (size_t b = 0; b < n_biases; b++)
            readings[n++] = (kg_ner_reading){biases[b], s->setup.sparse ? shares[i] : 0};
    return n;
}

/* Of all trials the best: its score, and the reading. */
static kg_status find_best(kg_ner_score *best, size_t *which, const kg_ner_session *s,
                           const kg_ner_part *p, const kg_ner_trial *trial, const uint16_t *tags) {
    kg_status st = KG_OK;
    for (size_t i = 0; st == KG_OK && i < trial->n; i++) {
        kg_ner_score score = {.n_types = 0};
        st = score_tags(&score, s, p, trial->only, tags + i * trial->tokens);
        if (st == KG_OK && (i == 0 || kg_prf_f1(score.micro) > kg_prf_f1(best->micro))) {
            kg_ner_score worse = *best;
            *best = score;
            score = worse;
            *which = i;
        }
        kg_ner_score_free(&score);
    }
    return st;
}

kg_status kg_ner_choose(kg_ner_figures *out, kg_ner_session *s, const kg_ner_part *p,
                        const uint8_t *only, bool tune, kg_error *err) {
    kg_ner_score best = {.n_types = 0};
    kg_ner_reading readings[BIASES * SHARES];
    double loss;
    size_t n = list_readings(readings, s, tune), which = 0, tokens = p->data.tags.len;
    const kg_ner_trial trial = {readings, n, tokens, only};
    uint16_t *tags = calloc(n * tokens, sizeof *tags);
    kg_status st = tags ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = kg_ner_session_try(tags, &loss, s, &p->windows, &trial, err);
    if (st == KG_OK)
        st = find_best(&best, &which, s, p, &trial, tags);
    if (st == KG_OK)
        *out = figures_of(&best, loss, readings[which]);
    kg_ner_score_free(&best);
    free(tags);
    return st;
}
