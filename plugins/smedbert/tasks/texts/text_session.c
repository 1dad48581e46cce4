#include "plugins/smedbert/tasks/texts/text_session.h"

#include "plugins/smedbert/tune/tune_neighbors.h"

#include <stdlib.h>
#include <string.h>

kg_status kg_text_kind_find(kg_text_kind *kind, const char *task, kg_error *err) {
    for (int k = KG_TEXT; k <= KG_TEXT_RANK; k++)
        if (strcmp(kg_text_kind_name((kg_text_kind)k), task) == 0) {
            *kind = (kg_text_kind)k;
            return KG_OK;
        }
    return kg_error_set(err, KG_ERR_ARGUMENT,
                        "there is no task %s; expected text, pair, relation or rank", task);
}

kg_status kg_texts_open(kg_tune_models *models, const kgp_host *host, const char *task,
                        const json_t *folders, kg_error *err) {
    kg_status st;
    kg_text_kind kind = KG_TEXT;
    *models = (kg_tune_models){.n = 0};
    KG_TRY(st, kg_text_kind_find(&kind, task, err));
    const kg_tune_task *const tasks[] = {kg_text_tasks[kind], NULL};
    return kg_tune_models_load(models, tasks, host, folders, err);
}

/* Texts as a session reads them; drop_part also after a failure. */
static kg_status make_part(kg_tune_part *part, kg_texts_part *data, kg_tune_session *session,
                           const kg_texts *texts, kg_error *err) {
    *data = (kg_texts_part){.texts = *texts};
    *part = (kg_tune_part){.task = session->setup.task,
                           .data = data,
                           .examples = texts->example_ends.len,
                           .items = texts->items.len};
    return kg_texts_pack(part, session, NULL, err);
}

static void drop_part(kg_tune_part *part, kg_texts_part *data) {
    kg_tune_packs_free(&data->single);
    part->data = NULL; /* the texts are the caller's */
    kg_tune_part_free(part);
}

/* What one model says. */
static kg_status predict(float **p, kg_tune_session *session, const kg_texts *texts,
                         kg_error *err) {
    kg_texts_part data;
    kg_tune_part part;
    kg_tune_scores scores = {.own = NULL};
    *p = NULL;
    kg_status st = make_part(&part, &data, session, texts, err);
    if (st == KG_OK)
        st = kg_tune_session_score(&scores, session, &part, NULL, false, err);
    if (st == KG_OK) {
        *p = kg_texts_probabilities(session, &part, &scores, NULL, &session->setup.reading);
        st = *p ? KG_OK : kg_error_set(err, KG_ERR_MEMORY, "out of memory reading scores");
    }
    kg_tune_scores_free(&scores);
    drop_part(&part, &data);
    return st;
}

kg_status kg_texts_neighbors(json_t **out, kg_tune_session *session, const kg_texts *texts,
                             size_t count, kg_error *err) {
    kg_texts_part data;
    kg_tune_part part;
    *out = NULL;
    kg_status st = make_part(&part, &data, session, texts, err);
    if (st == KG_OK)
        st = kg_tune_neighbors(out, session, &part.packs, count, err);
    drop_part(&part, &data);
    return st;
}

kg_status kg_texts_predict(float **p, const kg_tune_models *models, kg_texts *texts,
                           kg_error *err) {
    kg_status st;
    size_t n = texts->items.len * models->sessions[0].head.shape.outputs;
    KG_TRY(st, predict(p, &models->sessions[0], texts, err));
    for (size_t m = 1; st == KG_OK && m < models->n; m++) {
        float *other;
        st = predict(&other, &models->sessions[m], texts, err);
        for (size_t i = 0; st == KG_OK && i < n; i++)
            (*p)[i] += (other[i] - (*p)[i]) / (float)(m + 1);
        free(other);
    }
    return st;
}
