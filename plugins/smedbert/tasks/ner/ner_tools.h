/* What this room gives the plugin. */
#ifndef KG_SMEDBERT_NER_TOOLS_H
#define KG_SMEDBERT_NER_TOOLS_H

#include "plugins/common/plugin_module.h"

/* kg ner train: fine-tuning for named-entity recognition, under the host's run loop. */
extern const kg_trainer_class kg_ner_trainer;

/* kg ner eval, kg ner compare, kg ner predict, kg ner convert. */
extern const kg_tool kg_ner_eval_tool, kg_ner_compare_tool, kg_ner_predict_tool,
    kg_ner_convert_tool;

#endif
