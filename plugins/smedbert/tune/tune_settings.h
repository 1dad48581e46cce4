/* The configuration of a fine-tuning, from JSON that the host has checked against the task's schema
 * and filled with defaults; and what of it a checkpoint keeps. What all tasks have in common is
 * read here, under the same names in every schema; the rest by the task. */
#ifndef KG_SMEDBERT_TUNE_SETTINGS_H
#define KG_SMEDBERT_TUNE_SETTINGS_H

#include "model/model_config.h"
#include "model/optimizer.h"
#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/tune/sparse_crf.h"

#include <jansson.h>

typedef struct kg_tune_task kg_tune_task; /* tune_task.h */

/* How scores are read. */
typedef struct kg_tune_reading {
    float bias;  /* by which the score of the task's commonest output is lowered */
    float share; /* of the sparse model in all scores; the head has the rest */
} kg_tune_reading;

/* What a checkpoint needs beside the model to be used: the task's file in its folder. */
typedef struct kg_tune_setup {
    const kg_tune_task *task;
    void *own; /* the task's own part of it, task->own_size bytes */
    bool kg, cased;
    bool sparse; /* a sparse model beside the encoder */
    kg_tune_reading reading;
    uint32_t max_len;       /* tokens of a sequence */
    uint32_t graph_types;   /* of the store that it was trained with */
    kg_graph_options graph; /* which neighbors are infused */
    const char *stop_list;  /* a file of names not to be found; NULL: of the folder begun from */
} kg_tune_setup;

void kg_tune_setup_free(kg_tune_setup *setup);
kg_status kg_tune_setup_write(const kg_tune_setup *setup, const char *folder, kg_error *err);

/* Read that of a checkpoint, which must be of one of these tasks; they end with NULL, and have the
 * same file. KG_ERR_NOT_FOUND, KG_ERR_FORMAT: it is none. kg_tune_setup_free in any case. */
kg_status kg_tune_setup_read(kg_tune_setup *out, const kg_tune_task *const *tasks,
                             const char *folder, kg_error *err);

/* What is tried to find the best reading, and the place in task->figures of what it is best by. */
typedef struct kg_tune_choice {
    bool shares, biases; /* all of them; else the first share, and `bias` */
    float bias;
    size_t figure;
} kg_tune_choice;

typedef struct kg_tune_settings {
    json_t *json;                    /* owned; the strings are its */
    const char *init, *vocab, *size; /* init and vocab NULL where not given */
    bool allow_missing;              /* of init, also layers */
    const char *unlabeled; /* what other checkpoints made of text without classes; or NULL */
    const char *train, *dev, *test; /* dev and test likewise */
    double dev_split;               /* share of train's examples held out to choose the epoch */
    kg_tune_setup setup;            /* owned until a session takes it */
    uint32_t tokens_per_batch;      /* pieces of an optimizer step, about */
    uint32_t tokens_per_micro;      /* pieces computed at once; 0: all of a step that a rank has */
    kg_optimizer optimizer;         /* learning_rate: the encoder's highest */
    const char *precision;
    double head_rate, feature_rate; /* learning rates of new parameters and of features */
    kg_tune_choice choice;          /* of setup.reading, with the epoch */
    kg_sparse_fitting sparse;       /* min_count, l1, l2, iterations */
    double class_power;             /* of kg_class_weights */
    double smoothing;               /* of the gold of softmax losses */
    double dropout, hidden_dropout, attention_dropout;
    uint64_t seed, steps;
    double epochs, minutes;
    int threads;
} kg_tune_settings;

/* *out is freed by kg_tune_settings_free, also after a failure. KG_ERR_ARGUMENT: values that do not
 * go together; KG_ERR_FORMAT, KG_ERR_MEMORY. */
kg_status kg_tune_settings_parse(kg_tune_settings *out, const kg_tune_task *task, const char *json,
                                 kg_error *err);
void kg_tune_settings_free(kg_tune_settings *settings);

/* The encoder's configuration: init's or the size's, with dropouts; the vocabulary's and the
 * graph's sizes are the caller's to fill in, the latter zero here. */
kg_status kg_tune_model_config(kg_model_config *out, const kg_tune_settings *settings,
                               kg_error *err);

/* Values of a configuration that has been checked. */
double kg_setting_number(const json_t *settings, const char *key);
bool kg_setting_truth(const json_t *settings, const char *key);
uint32_t kg_setting_count(const json_t *settings, const char *key);
const char *kg_setting_text(const json_t *settings, const char *key); /* NULL: null */

#endif
