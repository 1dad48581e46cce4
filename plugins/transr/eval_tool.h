/* The tool transr.eval: filtered link prediction by tables of a store or of a checkpoint. */
#ifndef KG_TRANSR_EVAL_TOOL_H
#define KG_TRANSR_EVAL_TOOL_H

#include "plugins/common/plugin_module.h"

extern const kg_tool transr_eval_tool;

#endif
