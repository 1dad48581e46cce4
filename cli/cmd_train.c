#include "cli/train.h"

static const kg_option options[] = {KG_TRAIN_OPTIONS, {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    return kg_train(call->args[0], call->settings, NULL, call->mode, err);
}

const kg_command cmd_train = {.name = "train",
                              .summary = "Train a plugin's model",
                              .arguments = "PLUGIN",
                              .min_args = 1,
                              .max_args = 1,
                              .options = options,
                              .settings_size = sizeof(kg_train_settings),
                              .run = run};
