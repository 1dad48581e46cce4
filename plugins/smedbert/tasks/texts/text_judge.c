/* Scores of texts read, and what they come to. */
#include "plugins/smedbert/tasks/texts/text_task.h"

#include "plugins/smedbert/tune/class_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scores become probabilities, in place. */
static void softmax(float *x, size_t n) {
    float greatest = x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        greatest = x[i] > greatest ? x[i] : greatest;
    for (size_t i = 0; i < n; i++)
        sum += x[i] = expf(x[i] - greatest);
    for (size_t i = 0; i < n; i++)
        x[i] /= sum;
}

void kg_texts_lower(float *low, const kg_tune_setup *setup, size_t n) {
    const kg_texts_setup *own = setup->own;
    kg_text_kind kind = kg_text_kind_of(setup->task);
    int class = kg_texts_class(setup);
    memset(low, 0, n * sizeof *low);
    if (class >= 0)
        low[kind == KG_TEXT_RELATION ? class : 1 - class] = 1;
    else if (kind == KG_TEXT && own->counts)
        kg_class_logs(low, own->counts, n);
}

static void read_pack(float *to, const float *low, const kg_tune_scores *scores,
                      const kg_tune_pack *pack, const kg_tune_reading *reading) {
    size_t n = scores->outputs;
    kg_tune_mix(to, scores, pack, reading->share);
    for (size_t i = 0; n > 1 && i < pack->items.len; i++) {
        for (size_t k = 0; k < n; k++)
            to[i * n + k] -= reading->bias * low[k];
        softmax(to + i * n, n);
    }
}

float *kg_texts_probabilities(const kg_tune_session *s, const kg_tune_part *part,
                              const kg_tune_scores *scores, const uint8_t *only,
                              const kg_tune_reading *reading) {
    size_t n = scores->outputs, most = 0;
    for (size_t p = 0; p < part->packs.packs.len; p++)
        if (part->packs.packs.data[p].items.len > most)
            most = part->packs.packs.data[p].items.len;
    float *all = calloc(scores->items * n + 1, sizeof *all);
    float *some = malloc(((most + 1) * n + 1) * sizeof *some), *low = some + most * n;
    if (some)
        kg_texts_lower(low, &s->setup, n);
    for (size_t p = 0; all && some && p < part->packs.packs.len; p++) {
        const kg_tune_pack *pack = &part->packs.packs.data[p];
        if (only && !only[part->packs.examples.data[p]])
            continue;
        read_pack(some, low, scores, pack, reading);
        for (size_t i = 0; i < pack->items.len; i++)
            memcpy(all + (size_t)pack->items.data[i] * n, some + i * n, n * sizeof *all);
    }
    if (!some) {
        free(all);
        all = NULL;
    }
    free(some);
    return all;
}

size_t kg_texts_best(const float *p, size_t n) {
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (p[k] > p[best])
            best = k;
    return best;
}

/* ---- What they come to ----------------------------------------------------------------------- */

static kg_status take_grades(kg_outcomes *o, const kg_texts *t, const kg_labels *labels,
                             const float *p) {
    size_t n = labels->types.len;
    double *grades = malloc((n + 1) * sizeof *grades);
    bool numbers = grades && kg_texts_grades(grades, labels);
    kg_status st = grades ? KG_OK : KG_ERR_MEMORY;
    if (numbers) {
        o->expected = calloc(t->items.len + 1, sizeof *o->expected);
        o->grades = calloc(t->items.len + 1, sizeof *o->grades);
        st = o->expected && o->grades ? KG_OK : KG_ERR_MEMORY;
    }
    for (size_t i = 0; numbers && st == KG_OK && i < t->items.len; i++) {
        for (size_t k = 0; k < n; k++)
            o->expected[i] += (double)p[i * n + k] * grades[k];
        o->grades[i] = grades[t->gold.data[i]];
    }
    free(grades);
    return st;
}

/* Of classes an example is an item. */
static kg_status take_classes(kg_outcomes *o, const kg_tune_session *s, const kg_texts *t,
                              const float *p) {
    kg_status st = KG_OK;
    size_t n = s->head.shape.outputs;
    const kg_labels *labels = &kg_texts_own(s)->labels;
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, kg_labels_add(&o->labels, kg_str_from(labels->types.data[i]), NULL));
    o->class = kg_texts_class(&s->setup);
    for (size_t i = 0; i < t->items.len; i++) {
        o->gold[i] = t->gold.data[i];
        o->predicted[i] = (uint16_t)kg_texts_best(p + i * n, n);
    }
    return t->kind == KG_TEXT_PAIR ? take_grades(o, t, labels, p) : KG_OK;
}

static kg_status take_queries(kg_outcomes *o, const kg_texts *t, const float *scores) {
    kg_candidate *c = malloc((t->items.len + 1) * sizeof *c);
    for (size_t e = 0; c && e < t->example_ends.len; e++) {
        size_t first = kg_texts_first(t, e), n = t->example_ends.data[e] - first;
        for (size_t i = 0; i < n; i++)
            c[i] = (kg_candidate){(double)scores[first + i],
                                  kg_texts_text(t, t->items.data[first + i].id),
                                  t->gold.data[first + i] != 0};
        o->queries[e] = kg_rank_candidates(c, n, KG_TEXTS_CUT);
    }
    free(c);
    return c ? KG_OK : KG_ERR_MEMORY;
}

kg_status kg_texts_outcomes(kg_outcomes *out, const kg_tune_session *s, const kg_texts *t,
                            const float *p) {
    kg_status st;
    KG_TRY(st, kg_outcomes_make(out, t->kind, t->example_ends.len));
    return t->kind == KG_TEXT_RANK ? take_queries(out, t, p) : take_classes(out, s, t, p);
}

/* The numbers of the examples asked for. */
static uint32_t *list_examples(size_t *n, const uint8_t *only, size_t examples) {
    uint32_t *picks = malloc((examples + 1) * sizeof *picks);
    *n = 0;
    for (uint32_t e = 0; picks && e < examples; e++)
        if (!only || only[e])
            picks[(*n)++] = e;
    return picks;
}

kg_status kg_texts_measure(kg_tune_figures *out, kg_tune_session *s, const kg_tune_part *part,
                           const kg_tune_scores *scores, const uint8_t *only, kg_error *err) {
    const kg_texts *t = &((const kg_texts_part *)part->data)->texts;
    kg_outcomes outcomes = {.kind = t->kind};
    size_t n;
    uint32_t *picks = list_examples(&n, only, part->examples);
    float *p = kg_texts_probabilities(s, part, scores, only, &out->reading);
    kg_status st = p && picks ? kg_texts_outcomes(&outcomes, s, t, p) : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = kg_outcomes_judge(out->values, &outcomes, picks, n);
    if (st == KG_OK && out->resamples > 0) /* of all examples: `only` is NULL then */
        st =
            kg_outcomes_bootstrap(&out->interval, &outcomes, 0, out->resamples, KG_TUNE_RESAMPLING);
    kg_outcomes_free(&outcomes);
    free(p);
    free(picks);
    return st == KG_OK ? st : kg_error_set(err, st, "out of memory judging the scores");
}
