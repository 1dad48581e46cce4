#include "plugins/smedbert/tasks/texts/text_session.h"

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

kg_status kg_texts_open(kg_tune_session *session, const kgp_host *host, const char *task,
                        const char *folder, kg_error *err) {
    kg_status st;
    kg_text_kind kind = KG_TEXT;
    *session = (kg_tune_session){.base = {.host = host}};
    KG_TRY(st, kg_text_kind_find(&kind, task, err));
    const kg_tune_task *const tasks[] = {kg_text_tasks[kind], NULL};
    return kg_tune_session_load(session, tasks, host, folder, err);
}

kg_status kg_texts_predict(float **p, kg_tune_session *session, kg_texts *texts, kg_error *err) {
    kg_texts_part data = {.texts = *texts};
    kg_tune_part part = {.task = session->setup.task,
                         .data = &data,
                         .examples = texts->example_ends.len,
                         .items = texts->items.len};
    kg_tune_scores scores = {.own = NULL};
    *p = NULL;
    kg_status st = kg_texts_pack(&part, session, NULL, err);
    if (st == KG_OK)
        st = kg_tune_session_score(&scores, session, &part, NULL, false, err);
    if (st == KG_OK) {
        *p = kg_texts_probabilities(session, &part, &scores, NULL, &session->setup.reading);
        st = *p ? KG_OK : kg_error_set(err, KG_ERR_MEMORY, "out of memory reading scores");
    }
    kg_tune_scores_free(&scores);
    kg_tune_packs_free(&data.single);
    part.data = NULL; /* the texts are the caller's */
    kg_tune_part_free(&part);
    return st;
}
