/* A checkpoint of kg tune opened to be used, and what it says of texts. */
#ifndef KG_SMEDBERT_TEXT_SESSION_H
#define KG_SMEDBERT_TEXT_SESSION_H

#include "plugins/smedbert/tasks/texts/text_task.h"

/* Open it; it must be of this task (a name). KG_ERR_ARGUMENT: no such task; KG_ERR_FORMAT: it is of
 * another. kg_tune_session_free in any case. */
kg_status kg_texts_open(kg_tune_session *session, const kgp_host *host, const char *task,
                        const char *folder, kg_error *err);

/* The kind of that name. KG_ERR_ARGUMENT. */
kg_status kg_text_kind_find(kg_text_kind *kind, const char *task, kg_error *err);

/* The probabilities of all items of texts, or of candidates their scores, by the session's reading.
 * *p is the caller's to free. */
kg_status kg_texts_predict(float **p, kg_tune_session *session, kg_texts *texts, kg_error *err);

#endif
