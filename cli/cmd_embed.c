#include "cli/train.h"

typedef struct embed_settings {
    kg_train_settings train;
    const char *files[3]; /* training, validation and test triples */
} embed_settings;

static const char *const keys[] = {"train", "valid", "test"};

static const kg_option options[] = {
    KG_TRAIN_OPTIONS,
    {"train", 0, KG_OPTION_TEXT, offsetof(embed_settings, files[0]), "FILE",
     "triples to train on instead of a store: head, relation, tail, separated by tabs"},
    {"valid", 0, KG_OPTION_TEXT, offsetof(embed_settings, files[1]), "FILE",
     "triples for choosing the best checkpoint"},
    {"test", 0, KG_OPTION_TEXT, offsetof(embed_settings, files[2]), "FILE",
     "triples for the final figures"},
    {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    const embed_settings *settings = call->settings;
    json_t *extra = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i)
        if (settings->files[i])
            json_object_set_new(extra, keys[i], json_string(settings->files[i]));
    kg_status st = kg_train("transr", &settings->train, extra, call->mode, err);
    json_decref(extra);
    return st;
}

const kg_command cmd_embed = {.name = "embed",
                              .summary = "Learn vectors of entities and relations",
                              .arguments = "",
                              .options = options,
                              .settings_size = sizeof(embed_settings),
                              .run = run};
