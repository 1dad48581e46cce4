/* The plugin's trainer and tool. */
#include "plugins/common/plugin_module.h"
#include "plugins/transr/eval_tool.h"
#include "plugins/transr/trainer.h"

const kg_trainer_class *const kg_plugin_trainers[] = {&transr_trainer, NULL};

const kg_tool *const kg_plugin_tools[] = {&transr_eval_tool, NULL};
