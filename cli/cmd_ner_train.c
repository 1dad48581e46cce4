#include "cli/ner_format.h"
#include "cli/train.h"

typedef struct ner_settings {
    kg_train_settings train;
    kg_train_files files;
    kg_ner_format_settings format;
} ner_settings;

static const ner_settings defaults = {.files = KG_TRAIN_FILES_DEFAULTS,
                                      .format = KG_NER_FORMAT_DEFAULTS};

static const kg_option options[] = {KG_TRAIN_FILES_OPTIONS(ner_settings, ""),
                                    KG_NER_FORMAT_OPTIONS(ner_settings),
                                    KG_TRAIN_OPTIONS,
                                    {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    const ner_settings *settings = call->settings;
    json_t *extra = json_object();
    if (extra)
        kg_ner_format_add(extra, &settings->format);
    return kg_train_on_files("ner", &settings->train, &settings->files, extra, call->mode, err);
}

const kg_command cmd_ner_train = {.name = "ner train",
                                  .summary =
                                      "Fine-tune a checkpoint to find the entities of tagged text",
                                  .arguments = "",
                                  .options = options,
                                  .settings_size = sizeof(ner_settings),
                                  .defaults = &defaults,
                                  .run = run};
