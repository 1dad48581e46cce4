/* What this room gives the plugin. */
#ifndef KG_SMEDBERT_PRETRAIN_TOOLS_H
#define KG_SMEDBERT_PRETRAIN_TOOLS_H

#include "plugins/common/plugin_module.h"

/* kg pretrain, kg train smedbert. */
extern const kg_trainer_class kg_pretrain_trainer;

/* kg pretrain --show: training examples as a person can read them. */
extern const kg_tool kg_show_tool;

#endif
