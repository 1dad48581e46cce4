/* The plugin's trainers and tools, one line each. */
#include "plugins/common/plugin_module.h"
#include "plugins/smedbert/export/export_tool.h"
#include "plugins/smedbert/pretrain/pretrain_tools.h"
#include "plugins/smedbert/tasks/ner/ner_tools.h"
#include "plugins/smedbert/tasks/texts/text_tools.h"
#include "plugins/smedbert/use/use_tools.h"

const kg_trainer_class *const kg_plugin_trainers[] = {
    &kg_pretrain_trainer,
    &kg_ner_trainer,
    &kg_text_trainer,
    &kg_pair_trainer,
    &kg_relation_trainer,
    &kg_rank_trainer,
    NULL,
};

const kg_tool *const kg_plugin_tools[] = {
    &kg_encode_tool,       &kg_encode_npy_tool,      &kg_export_tool,
    &kg_trace_tool,        &kg_trace_golden_tool,    &kg_show_tool,
    &kg_ner_eval_tool,     &kg_ner_compare_tool,     &kg_ner_predict_tool,
    &kg_ner_convert_tool,  &kg_tune_eval_tool,       &kg_tune_predict_tool,
    &kg_tune_compare_tool, &kg_tune_similarity_tool, NULL,
};
