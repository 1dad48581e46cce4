#include "plugins/smedbert/tune/tune_task.h"

/* The shares that are tried; the best is kept, and of equals the first. By what the task is judged
 * by: likelihood would give an encoder that errs seldom, but surely, too small a share. */
static const float shares[] = {0.5F, 0, 0.2F, 0.35F, 0.65F, 0.8F, 0.9F, 1};
enum { SHARES = sizeof shares / sizeof *shares, RESAMPLES = 1000 };

static kg_status judge(kg_tune_figures *out, kg_tune_session *s, const kg_tune_part *part,
                       const kg_tune_scores *scores, const uint8_t *only, kg_tune_reading reading,
                       size_t resamples, kg_error *err) {
    *out = (kg_tune_figures){.loss = scores->loss, .reading = reading, .resamples = resamples};
    return s->setup.task->measure(out, s, part, scores, only, err);
}

kg_status kg_tune_measure(kg_tune_figures *out, kg_tune_session *s, const kg_tune_part *part,
                          kg_error *err) {
    kg_tune_scores scores;
    kg_status st = kg_tune_session_score(&scores, s, part, NULL, true, err);
    if (st == KG_OK)
        st = judge(out, s, part, &scores, NULL, s->setup.reading, RESAMPLES, err);
    kg_tune_scores_free(&scores);
    return st;
}

kg_status kg_tune_choose(kg_tune_figures *out, kg_tune_session *s, const kg_tune_part *part,
                         const uint8_t *only, const kg_tune_choice *choice, kg_error *err) {
    const kg_tune_task *task = s->setup.task;
    kg_tune_scores scores;
    size_t n_shares = choice->shares && s->setup.sparse ? SHARES : 1;
    size_t n_biases = choice->biases ? task->n_biases : 1, by = choice->figure;
    kg_status st = kg_tune_session_score(&scores, s, part, only, true, err);
    for (size_t i = 0; st == KG_OK && i < n_shares * n_biases; i++) {
        float share = s->setup.sparse ? shares[i / n_biases] : 0;
        float bias = choice->biases ? task->biases[i % n_biases] : choice->bias;
        kg_tune_figures figures;
        st = judge(&figures, s, part, &scores, only, (kg_tune_reading){bias, share}, 0, err);
        if (st == KG_OK && (i == 0 || figures.values[by] > out->values[by]))
            *out = figures;
    }
    kg_tune_scores_free(&scores);
    return st;
}
