/* What named-entity recognition works with: tokenizer, graph, model and the task on top of it; made
 * for training or from a checkpoint. One thread. */
#ifndef KG_SMEDBERT_NER_SESSION_H
#define KG_SMEDBERT_NER_SESSION_H

#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/tasks/ner_settings.h"

typedef struct kg_ner_session {
    kg_session base;
    kg_ner_setup setup;   /* its set is owned */
    kg_sparse_crf sparse; /* empty unless setup.sparse */
    kg_ner_task task;
    uint8_t *allowed; /* (L + 2, L) */
} kg_ner_session;

/* With setup in place: open the vocabulary and, where setup.kg, the graph, as kg_session_begin
 * does. A cased checkpoint sets setup.cased. kg_ner_session_free also after a failure.
 * KG_ERR_ARGUMENT: the graph is wanted and the host has none. */
kg_status kg_ner_session_begin(kg_ner_session *session, const kgp_host *host, const char *vocab,
                               const char *folder, kg_error *err);

/* Make the model with the task's parameters. setup.set and sparse must be whole. In `model` all but
 * the parts, the tables and what declares are the caller's. */
kg_status kg_ner_session_model(kg_ner_session *session, const kg_session_model *model,
                               kg_error *err);

/* All of it from a checkpoint of `kg ner train`. */
kg_status kg_ner_session_load(kg_ner_session *session, const kgp_host *host, const char *folder,
                              kg_error *err);
void kg_ner_session_free(kg_ner_session *session);

/* Predict the tags of every token of a data set into tags (one a token of the data). *loss, which
 * may be NULL, is the mean over the tokens. KG_ERR_CANCELLED when the user asks to stop. */
kg_status kg_ner_session_predict(uint16_t *tags, double *loss, kg_ner_session *session,
                                 const kg_ner_windows *windows, kg_error *err);

/* The same by each of n readings instead of setup.reading, and of chosen sequences alone. */
typedef struct kg_ner_trial {
    const kg_ner_reading *readings; /* n */
    size_t n, tokens;               /* of the data */
    const uint8_t *only;            /* of each sequence: predict it; NULL: all */
} kg_ner_trial;

/* tags (n, tokens). */
kg_status kg_ner_session_try(uint16_t *tags, double *loss, kg_ner_session *session,
                             const kg_ner_windows *windows, const kg_ner_trial *trial,
                             kg_error *err);

#endif
