/* What named-entity recognition works with: tokenizer, graph, model and the task on top of it; made
 * for training or from a checkpoint. One thread. */
#ifndef KG_SMEDBERT_NER_SESSION_H
#define KG_SMEDBERT_NER_SESSION_H

#include "plugins/smedbert/reading/reading.h"
#include "plugins/smedbert/tasks/ner_settings.h"

typedef struct kg_ner_session {
    const kgp_host *host;
    kg_ner_setup setup; /* its set is owned */
    kg_tokenizer *tokenizer;
    kg_graph_view view; /* begun where setup.kg */
    kg_reading reading;
    kg_sparse_crf sparse; /* empty unless setup.sparse */
    kg_ner_task task;
    uint8_t *allowed; /* (L + 2, L) */
} kg_ner_session;

/* With host and setup in place: open the vocabulary (of the checkpoint in `folder` unless vocab is
 * given; where both are, they must be the same) and, where setup.kg, the graph. A cased checkpoint
 * sets setup.cased. kg_ner_session_free also after a failure. KG_ERR_ARGUMENT: the graph is wanted
 * and the host has none. */
kg_status kg_ner_session_open(kg_ner_session *session, const char *vocab, const char *folder,
                              kg_error *err);

/* Make the model with the task's parameters: *config with the vocabulary's and graph's sizes filled
 * in here. setup.set and sparse must be whole. vocabulary_fixed: the model begins from a
 * checkpoint, whose embeddings must hold the vocabulary. */
kg_status kg_ner_session_model(kg_ner_session *session, kg_model_config *config,
                               bool vocabulary_fixed, bool training, uint64_t seed, kg_error *err);

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
