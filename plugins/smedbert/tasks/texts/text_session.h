/* Checkpoints of kg tune opened to be used, and what they say of texts. */
#ifndef KG_SMEDBERT_TEXT_SESSION_H
#define KG_SMEDBERT_TEXT_SESSION_H

#include "plugins/smedbert/tasks/texts/text_task.h"
#include "plugins/smedbert/tune/tune_models.h"

/* Open them; they must be of this task (a name). KG_ERR_ARGUMENT: no such task, or they do not
 * agree (kg_tune_models_load); KG_ERR_FORMAT: one is of another. kg_tune_models_free in any case.
 */
kg_status kg_texts_open(kg_tune_models *models, const kgp_host *host, const char *task,
                        const json_t *folders, kg_error *err);

/* The kind of that name. KG_ERR_ARGUMENT. */
kg_status kg_text_kind_find(kg_text_kind *kind, const char *task, kg_error *err);

/* The probabilities of all items of texts, or of candidates their scores: the mean of what the
 * models say, each by its own reading. *p is the caller's to free. */
kg_status kg_texts_predict(float **p, const kg_tune_models *models, kg_texts *texts, kg_error *err);

/* What the texts' mentions attended to (kg_tune_neighbors). */
kg_status kg_texts_neighbors(json_t **out, kg_tune_session *session, const kg_texts *texts,
                             size_t count, kg_error *err);

#endif
