/* Named-entity recognition as a row of the table of tasks (tune_task.h): items are tokens, classes
 * are tags, and the tags of a window are a chain (METHOD 8). */
#ifndef KG_SMEDBERT_NER_TASK_H
#define KG_SMEDBERT_NER_TASK_H

#include "plugins/smedbert/tasks/ner/ner_data.h"
#include "plugins/smedbert/tasks/ner/ner_windows.h"
#include "plugins/smedbert/tasks/ner/tags.h"
#include "plugins/smedbert/tune/tune_models.h"

extern const kg_tune_task kg_ner_task;

/* What is its own of a setup. */
typedef struct kg_ner_setup {
    kg_tagset set;
    bool crf;
    bool greedy;     /* a token's tag is its best by itself, whatever stands before it */
    bool characters; /* the training data holds characters, not words */
    kg_ner_window_options windows;
    kg_ner_format format; /* of the files to read */
    kg_ner_names names;   /* of the sequence whose sparse features were asked for last */
} kg_ner_setup;

static inline kg_ner_setup *kg_ner_own(const kg_tune_session *session) {
    return session->setup.own;
}

/* token_column, tag_column, nested and offsets of a configuration or a request. */
kg_ner_format kg_ner_format_read(const json_t *from);

/* Log how a data set was read, where that is not plain. */
void kg_ner_say_how_read(const kgp_host *host, const kg_ner_data *data, const char *path);

/* All of them from checkpoints of `kg ner train` (kg_tune_models_load). */
kg_status kg_ner_load(kg_tune_models *models, const kgp_host *host, const json_t *folders,
                      kg_error *err);

/* The best tags, by a reading, of the tokens of the windows whose sequence's `only` is set (NULL:
 * all), such that I-x follows only B-x or I-x unless setup.own is `greedy`. tags has room for all
 * tokens. KG_ERR_MEMORY. */
kg_status kg_ner_decode(uint16_t *tags, kg_tune_session *session, const kg_tune_packs *windows,
                        const kg_tune_scores *scores, const uint8_t *only,
                        const kg_tune_reading *reading);

/* What chains are decoded from: what models say of each token, and of tags that follow another. */
typedef struct kg_ner_chains {
    size_t tags;
    float *tokens;      /* (T, L); owned */
    float *transitions; /* (L + 2, L); owned */
} kg_ner_chains;

/* Zeros, for so many tokens. KG_ERR_MEMORY; kg_ner_chains_free in any case. */
kg_status kg_ner_chains_make(kg_ner_chains *out, size_t tokens, size_t tags);
void kg_ner_chains_free(kg_ner_chains *chains);

/* What one of the models says. */
typedef struct kg_ner_said {
    kg_tune_session *session;
    const kg_tune_packs *windows;
    const kg_tune_scores *scores;
    const uint8_t *only; /* of each sequence: it is asked for; NULL: all are */
    kg_tune_reading reading;
    float weight; /* among all */
} kg_ner_said;

/* Add it, times its weight. KG_ERR_MEMORY. */
kg_status kg_ner_chains_add(kg_ner_chains *chains, const kg_ner_said *said);

/* kg_ner_decode from chains; of a session only its set of types is asked for. confidence: the
 * probability of each token's tag, by the chains and whatever stands around it; NULL: not asked
 * for.
 */
kg_status kg_ner_chains_decode(uint16_t *tags, float *confidence, const kg_ner_chains *chains,
                               const kg_tune_session *session, const kg_tune_packs *windows,
                               const uint8_t *only);

/* Tags of the tokens of a data set, and the probability of each; the caller's to free. */
typedef struct kg_ner_tagging {
    uint16_t *tags;
    float *confidence;
} kg_ner_tagging;

void kg_ner_tagging_free(kg_ner_tagging *tagging);

/* Predict the tags of all tokens of data: the best chains by the mean of the models' scores and
 * transitions, each by its own reading, in the windows of the first. kg_ner_tagging_free also after
 * a failure. */
kg_status kg_ner_predict(kg_ner_tagging *out, const kg_tune_models *models, kg_ner_data *data,
                         kg_error *err);

#endif
