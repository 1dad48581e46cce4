/* What fine-tuning works with: tokenizer, graph, model and a task's head on top of it; made for
 * training or from a checkpoint. One thread. */
#ifndef KG_SMEDBERT_TUNE_SESSION_H
#define KG_SMEDBERT_TUNE_SESSION_H

#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/tune/tune_head.h"
#include "plugins/smedbert/tune/tune_settings.h"

typedef struct kg_tune_session {
    kg_session base;
    kg_tune_setup setup;  /* owned */
    kg_sparse_crf sparse; /* empty unless setup.sparse */
    kg_tune_head head;
} kg_tune_session;

/* With setup in place: open the vocabulary and, where setup.kg, the graph, as kg_session_begin
 * does. A cased checkpoint sets setup.cased. kg_tune_session_free also after a failure.
 * KG_ERR_ARGUMENT: the graph is wanted and the host has none. */
kg_status kg_tune_session_begin(kg_tune_session *session, const kgp_host *host, const char *vocab,
                                const char *folder, kg_error *err);

/* Make the model with the task's parameters. setup and sparse must be whole. In `model` all but
 * the parts, the tables and what declares are the caller's. */
kg_status kg_tune_session_model(kg_tune_session *session, const kg_session_model *model,
                                kg_error *err);

/* All of it from a checkpoint of one of these tasks (kg_tune_setup_read). */
kg_status kg_tune_session_load(kg_tune_session *session, const kg_tune_task *const *tasks,
                               const kgp_host *host, const char *folder, kg_error *err);
void kg_tune_session_free(kg_tune_session *session);

/* A data set: examples, each of one or more items that are scored, and their packs. */
typedef struct kg_tune_part {
    const kg_tune_task *task;
    bool there;
    void *data; /* the task's */
    size_t examples, items;
    kg_tune_packs packs;
    char told[480]; /* how the file was read, where that is not plain; or "" */
} kg_tune_part;

void kg_tune_part_free(kg_tune_part *part);

/* What the head says of every item. */
typedef struct kg_tune_scores {
    size_t items, outputs;
    float *own;     /* (items, outputs); zero where an item was not asked for */
    uint8_t *times; /* how often each item was scored; own is the mean */
    double loss;    /* the mean */
} kg_tune_scores;

/* Score the examples whose `only` is set (NULL: all); with `losses` the loss as well, which needs
 * gold. KG_ERR_CANCELLED when the user asks to stop. kg_tune_scores_free in any case. */
kg_status kg_tune_session_score(kg_tune_scores *out, kg_tune_session *session,
                                const kg_tune_part *part, const uint8_t *only, bool losses,
                                kg_error *err);
void kg_tune_scores_free(kg_tune_scores *scores);

/* to (items of the pack, L) = (1 - share) head + share sparse. */
void kg_tune_mix(float *to, const kg_tune_scores *scores, const kg_tune_pack *pack, float share);

#endif
