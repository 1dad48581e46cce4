/* What this room gives the plugin. */
#ifndef KG_SMEDBERT_TEXT_TOOLS_H
#define KG_SMEDBERT_TEXT_TOOLS_H

#include "plugins/common/plugin_module.h"

/* kg tune text|pair|relation|rank train. */
extern const kg_trainer_class kg_text_trainer, kg_pair_trainer, kg_relation_trainer,
    kg_rank_trainer;

/* kg tune TASK eval, kg tune TASK predict, kg tune compare, kg tune similarity. */
extern const kg_tool kg_tune_eval_tool, kg_tune_predict_tool, kg_tune_compare_tool,
    kg_tune_similarity_tool;

#endif
