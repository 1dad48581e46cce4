/* The configuration of fine-tuning for named-entity recognition, from JSON that the host has
 * checked against schemas/ner.schema.json and filled with defaults; and what of it a checkpoint
 * keeps. */
#ifndef KG_SMEDBERT_NER_SETTINGS_H
#define KG_SMEDBERT_NER_SETTINGS_H

#include "model/optimizer.h"
#include "model/model_config.h"
#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/tasks/ner_windows.h"
#include "plugins/smedbert/tasks/tags.h"

#include <jansson.h>

/* What a checkpoint needs beside the model to be used: its file ner.json. */
typedef struct kg_ner_setup {
    kg_tagset set;
    bool crf, kg, cased;
    bool sparse; /* sparse features beside the encoder */
    kg_ner_reading reading;
    bool characters;        /* the training data holds characters, not words */
    uint32_t graph_types;   /* of the store that it was trained with */
    kg_graph_options graph; /* which neighbors are infused */
    const char *stop_list;  /* a file of names not to be found; NULL: of the folder begun from */
    kg_ner_window_options windows;
} kg_ner_setup;

kg_status kg_ner_setup_write(const kg_ner_setup *setup, const char *folder, kg_error *err);

/* KG_ERR_NOT_FOUND, KG_ERR_FORMAT: no checkpoint of `kg ner train`. kg_tagset_free(&out->set) in
 * any case. */
kg_status kg_ner_setup_read(kg_ner_setup *out, const char *folder, kg_error *err);

typedef struct kg_ner_settings {
    json_t *json;                    /* owned; the strings are its */
    const char *init, *vocab, *size; /* init and vocab NULL where not given */
    const char *train, *dev, *test;  /* dev and test likewise */
    double dev_split;                /* share of train's sequences held out to choose the epoch */
    kg_ner_setup setup;              /* all but set and graph_types */
    uint32_t tokens_per_batch;       /* pieces of an optimizer step, about */
    uint32_t tokens_per_micro;       /* pieces computed at once; 0: all of a step that a rank has */
    kg_optimizer optimizer;          /* learning_rate: the encoder's highest */
    const char *precision;
    double head_rate, feature_rate; /* learning rates of new parameters and of features */
    bool tune_reading;              /* choose setup.reading with the epoch */
    kg_sparse_fitting sparse;       /* min_count, l1, l2, iterations */
    double dropout, hidden_dropout, attention_dropout;
    uint64_t seed, steps;
    double epochs;
    int threads;
} kg_ner_settings;

/* *out is freed by kg_ner_settings_free, also after a failure. KG_ERR_ARGUMENT: values that do not
 * go together; KG_ERR_FORMAT, KG_ERR_MEMORY. */
kg_status kg_ner_settings_parse(kg_ner_settings *out, const char *json, kg_error *err);
void kg_ner_settings_free(kg_ner_settings *settings);

/* The encoder's configuration: init's or the size's, with dropouts; the vocabulary's and the
 * graph's sizes are the caller's to fill in, the latter zero here. */
kg_status kg_ner_model_config(kg_model_config *out, const kg_ner_settings *settings, kg_error *err);

#endif
