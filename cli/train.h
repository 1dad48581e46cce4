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
