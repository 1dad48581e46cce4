/* Named-entity recognition as a row of the table of tasks (tune_task.h): items are tokens, classes
 * are tags, and the tags of a window are a chain (METHOD 8). */
#ifndef KG_SMEDBERT_NER_TASK_H
#define KG_SMEDBERT_NER_TASK_H

#include "plugins/smedbert/tasks/ner/ner_data.h"
#include "plugins/smedbert/tasks/ner/ner_windows.h"
#include "plugins/smedbert/tasks/ner/tags.h"
#include "plugins/smedbert/tune/tune_task.h"

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

/* All of it from a checkpoint of `kg ner train`. */
kg_status kg_ner_session_load(kg_tune_session *session, const kgp_host *host, const char *folder,
                              kg_error *err);

/* The best tags, by a reading, of the tokens of the windows whose sequence's `only` is set (NULL:
 * all), such that I-x follows only B-x or I-x unless setup.own is `greedy`. tags has room for all
 * tokens. KG_ERR_MEMORY. */
kg_status kg_ner_decode(uint16_t *tags, kg_tune_session *session, const kg_tune_packs *windows,
                        const kg_tune_scores *scores, const uint8_t *only,
                        const kg_tune_reading *reading);

/* Predict the tags of all tokens of data, by the session's reading. *tags is the caller's to
 * free, also after a failure. */
kg_status kg_ner_predict(uint16_t **tags, kg_tune_session *session, kg_ner_data *data,
                         kg_error *err);

#endif
