/* kg trace: what the model does with a golden batch, or with a sentence. */
#ifndef KG_SMEDBERT_TRACE_TOOL_H
#define KG_SMEDBERT_TRACE_TOOL_H

#include "plugins/abi/kg_plugin.h"

/* A golden folder to a safetensors file. */
extern const kgp_tool_descriptor kg_trace_golden_descriptor;
kgp_status kg_trace_golden_run(const kgp_host *host, const char *request, const kgp_output *output,
                               kgp_error *err);

/* A sentence to a table: which neighbours each mention attended to, and how much. */
extern const kgp_tool_descriptor kg_trace_descriptor;
kgp_status kg_trace_run(const kgp_host *host, const char *request, const kgp_output *output,
                        kgp_error *err);

#endif
