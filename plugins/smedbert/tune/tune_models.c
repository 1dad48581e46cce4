#include "plugins/smedbert/tune/tune_models.h"

#include <stdlib.h>
#include <string.h>

/* Tell the first class of one that the other lacks. */
static kg_status check_classes(const kg_labels *these, const char *of, const kg_labels *those,
                               const char *lacks, kg_error *err) {
    for (size_t i = 0; i < these->types.len; i++)
        if (kg_labels_find(those, kg_str_from(these->types.data[i])) < 0)
            return kg_error_set(err, KG_ERR_ARGUMENT,
                                "%s has the class \"%s\", which %s lacks; checkpoints used as one "
                                "have the same classes; name such",
                                of, these->types.data[i], lacks);
    return KG_OK;
}

kg_status kg_tune_setups_agree(const kg_tune_setup *a, const char *of_a, const kg_tune_setup *b,
                               const char *of_b, kg_error *err) {
    kg_status st;
    const kg_tune_task *task = a->task;
    KG_TRY(st, check_classes(task->classes(a), of_a, task->classes(b), of_b, err));
    KG_TRY(st, check_classes(task->classes(b), of_b, task->classes(a), of_a, err));
    const char *here = task->scheme(a), *there = task->scheme(b);
    if (strcmp(here, there) != 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "%s was trained with %s, %s with %s; checkpoints used as one must "
                            "agree in it",
                            of_a, here, of_b, there);
    return KG_OK;
}

kg_status kg_tune_models_load(kg_tune_models *out, const kg_tune_task *const *tasks,
                              const kgp_host *host, const json_t *folders, kg_error *err) {
    kg_status st = KG_OK;
    size_t n = json_array_size(folders);
    *out = (kg_tune_models){.sessions = calloc(n + 1, sizeof *out->sessions)};
    if (!out->sessions)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening checkpoints");
    if (n == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT, "no checkpoint is given");
    for (size_t i = 0; st == KG_OK && i < n; i++) {
        const char *folder = json_string_value(json_array_get(folders, i));
        kg_tune_session *session = &out->sessions[out->n++];
        st = kg_tune_session_load(session, tasks, host, folder, err);
        if (st == KG_OK)
            st = kg_tune_setups_agree(&out->sessions[0].setup,
                                      json_string_value(json_array_get(folders, 0)),
                                      &session->setup, folder, err);
    }
    return st;
}

void kg_tune_models_free(kg_tune_models *models) {
    for (size_t i = 0; i < models->n; i++)
        kg_tune_session_free(&models->sessions[i]);
    free(models->sessions);
    *models = (kg_tune_models){.n = 0};
}
