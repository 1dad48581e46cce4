/* Several checkpoints of a task used as one model: what each says of an item is averaged. */
#ifndef KG_SMEDBERT_TUNE_MODELS_H
#define KG_SMEDBERT_TUNE_MODELS_H

#include "plugins/smedbert/tune/tune_task.h"

typedef struct kg_tune_models {
    kg_tune_session *sessions; /* at least one; the first reads and names what all are used on */
    size_t n;
} kg_tune_models;

/* Load them from their folders, a list of strings, each as kg_tune_session_load does.
 * KG_ERR_ARGUMENT: there is none, or one has other classes than the first, or another scheme.
 * kg_tune_models_free in any case. One thread. */
kg_status kg_tune_models_load(kg_tune_models *out, const kg_tune_task *const *tasks,
                              const kgp_host *host, const json_t *folders, kg_error *err);
void kg_tune_models_free(kg_tune_models *models);

/* KG_ERR_ARGUMENT: two setups of the same task do not say the same of an item; what differs is
 * named, and the folders that they are of. */
kg_status kg_tune_setups_agree(const kg_tune_setup *a, const char *of_a, const kg_tune_setup *b,
                               const char *of_b, kg_error *err);

#endif
