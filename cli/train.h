/* What kg train, kg pretrain and kg embed share. */
#ifndef KG_CLI_TRAIN_H
#define KG_CLI_TRAIN_H

#include "cli/command.h"
#include "plugins/host/run.h"

#include <jansson.h>

typedef struct kg_train_settings {
    const char *store, *config, *plugin, *out;
    kg_texts set;
    bool resume;
} kg_train_settings;

/* The options of kg_train_settings as the first field of a command's settings. */
#define KG_TRAIN_OPTIONS                                                                           \
    {"store",        's',                                                                          \
     KG_OPTION_TEXT, offsetof(kg_train_settings, store),                                           \
     "STORE",        "the graph to train on"},                                                     \
        {"config",       'c',                                                                      \
         KG_OPTION_TEXT, offsetof(kg_train_settings, config),                                      \
         "FILE",         "the configuration, a JSON object"},                                      \
        {"set",                                                                                    \
         0,                                                                                        \
         KG_OPTION_LIST,                                                                           \
         offsetof(kg_train_settings, set),                                                         \
         "NAME=VALUE",                                                                             \
         "set one value of the configuration, such as run.steps=100; can be repeated"},            \
        {"out",          'o',                                                                      \
         KG_OPTION_TEXT, offsetof(kg_train_settings, out),                                         \
         "DIR",          "the folder of the run: checkpoints, metrics, report"},                   \
        {"resume",       'r',                                                                      \
         KG_OPTION_FLAG, offsetof(kg_train_settings, resume),                                      \
         NULL,           "continue from the newest checkpoint in DIR"},                            \
    {                                                                                              \
        "plugin", 0, KG_OPTION_TEXT, offsetof(kg_train_settings, plugin), "FILE",                  \
            "load the plugin from this file"                                                       \
    }

/* What a fine-tuning reads, and by how many seeds it is done. */
typedef struct kg_train_files {
    const char *init, *vocab, *train, *unlabeled, *dev, *test;
    uint64_t seeds;
} kg_train_files;

#define KG_TRAIN_FILES_DEFAULTS                                                                    \
    { .seeds = 1 }

/* Their options, where they are the field `files` of a command's settings; `of` begins what help
 * says: "train: ", or "". */
#define KG_TRAIN_FILES_OPTIONS(settings, of)                                                       \
    {"init",                                                                                       \
     'i',                                                                                          \
     KG_OPTION_TEXT,                                                                               \
     offsetof(settings, files.init),                                                               \
     "DIR",                                                                                        \
     of "the checkpoint to start from: kg pretrain's, or a BERT in Hugging Face's format"},        \
        {"vocab",        0,                                                                        \
         KG_OPTION_TEXT, offsetof(settings, files.vocab),                                          \
         "FILE",         of "the vocabulary, if there is no checkpoint to start from"},            \
        {"train",        't',                                                                      \
         KG_OPTION_TEXT, offsetof(settings, files.train),                                          \
         "FILE",         of "data to train on"},                                                   \
        {"unlabeled",    0,                                                                        \
         KG_OPTION_TEXT, offsetof(settings, files.unlabeled),                                      \
         "FILE",         of "more of it: what predict --min-confidence made of plain text"},       \
        {"dev",          'd',                                                                      \
         KG_OPTION_TEXT, offsetof(settings, files.dev),                                            \
         "FILE",         of "data for choosing the epoch; with dev_split, only for measuring"},    \
        {"test",         0,                                                                        \
         KG_OPTION_TEXT, offsetof(settings, files.test),                                           \
         "FILE",         of "data for the final figures"},                                         \
    {                                                                                              \
        "seeds", 0, KG_OPTION_COUNT, offsetof(settings, files.seeds), "N",                         \
            "train with N seeds, and print mean and deviation"                                     \
    }

/* The name of the first that is given, but the seeds; NULL: none is. */
const char *kg_train_files_given(const kg_train_files *files);

/* Train by them: kg_train_seeds with those that are given, by their names, added to `extra`, which
 * is freed. KG_ERR_MEMORY: that is NULL. */
kg_status kg_train_on_files(const char *trainer, const kg_train_settings *settings,
                            const kg_train_files *files, json_t *extra, kg_output_mode mode,
                            kg_error *err);

/* The configuration, put together and not yet checked: the file's, then `extra` (may be NULL), then
 * --set. The caller's. */
kg_status kg_train_config(json_t **out, const kg_train_settings *settings, const json_t *extra,
                          kg_error *err);

/* Train, and leave the figures to the caller, with out->final to be freed by him; it is NULL where
 * nothing was run, and on ranks other than 0 there is nothing to show. */
kg_status kg_train_once(kg_run_result *out, const char *trainer, const kg_train_settings *settings,
                        const json_t *extra, kg_error *err);

/* Train: find the trainer, put the configuration together, run, and print the final figures. */
kg_status kg_train(const char *trainer, const kg_train_settings *settings, const json_t *extra,
                   kg_output_mode mode, kg_error *err);

/* The same by the seeds 1 to `seeds`, each in a folder of its own, and print mean and deviation of
 * their figures; with one seed, that of the configuration, as kg_train. */
kg_status kg_train_seeds(const char *trainer, const kg_train_settings *settings,
                         const json_t *extra, uint64_t seeds, kg_output_mode mode, kg_error *err);

#endif
