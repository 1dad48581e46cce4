/* What this room gives the plugin. */
#ifndef KG_SMEDBERT_USE_TOOLS_H
#define KG_SMEDBERT_USE_TOOLS_H

#include "plugins/common/plugin_module.h"

/* kg encode: lines of text to vectors, an object each, or all as one .npy matrix. */
extern const kg_tool kg_encode_tool, kg_encode_npy_tool;

/* kg trace: a sentence to a table of which neighbors each mention attended to, and how much; a
 * golden folder to a safetensors file. */
extern const kg_tool kg_trace_tool, kg_trace_golden_tool;

#endif
