#include "cli/ner_format.h"
#include "cli/train.h"

typedef struct ner_settings {
    kg_train_settings train;
    const char *texts[5]; /* by keys[] */
    uint64_t seeds;
    kg_ner_format_settings format;
} ner_settings;

static const char *const keys[] = {"init", "vocab", "train", "dev", "test"};

static const ner_settings defaults = {.seeds = 1, .format = KG_NER_FORMAT_DEFAULTS};

static const kg_option options[] = {
    {"init", 'i', KG_OPTION_TEXT, offsetof(ner_settings, texts[0]), "DIR",
     "the checkpoint to start from: kg pretrain's, or a BERT in Hugging Face's format"},
    {"vocab", 0, KG_OPTION_TEXT, offsetof(ner_settings, texts[1]), "FILE",
     "the vocabulary, if there is no checkpoint to start from"},
    {"train", 't', KG_OPTION_TEXT, offsetof(ner_settings, texts[2]), "FILE",
     "tagged data to train on"},
    {"dev", 'd', KG_OPTION_TEXT, offsetof(ner_settings, texts[3]), "FILE",
     "tagged data for choosing the epoch; with dev_split, only for measuring"},
    {"test", 0, KG_OPTION_TEXT, offsetof(ner_settings, texts[4]), "FILE",
     "tagged data for the final figures"},
    {"seeds", 0, KG_OPTION_COUNT, offsetof(ner_settings, seeds), "N",
     "train with N seeds, and print mean and deviation"},
    KG_NER_FORMAT_OPTIONS(ner_settings),
    KG_TRAIN_OPTIONS,
    {0}};

static json_t *extra_config(const ner_settings *settings) {
    json_t *extra = json_object();
    for (size_t i = 0; extra && i < sizeof keys / sizeof *keys; i++)
        if (settings->texts[i])
            json_object_set_new(extra, keys[i], json_string(settings->texts[i]));
    if (extra)
        kg_ner_format_add(extra, &settings->format);
    return extra;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const ner_settings *settings = call->settings;
    json_t *extra = extra_config(settings);
    if (!extra)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    kg_status st = kg_train_seeds("ner", &settings->train, extra, settings->seeds, call->mode, err);
    json_decref(extra);
    return st;
}

const kg_command cmd_ner_train = {.name = "ner train",
                                  .summary =
                                      "Fine-tune a checkpoint to find the entities of tagged text",
                                  .arguments = "",
                                  .options = options,
                                  .settings_size = sizeof(ner_settings),
                                  .defaults = &defaults,
                                  .run = run};
