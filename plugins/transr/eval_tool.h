/* The tool transr.eval: filtered link prediction by tables of a store or of a checkpoint. */
#ifndef KG_TRANSR_EVAL_TOOL_H
#define KG_TRANSR_EVAL_TOOL_H

#include "plugins/abi/kg_plugin.h"

extern const kgp_tool_descriptor transr_eval_descriptor;

/* As kgp_tool_factory's run. */
kgp_status transr_eval_run(const kgp_host *host, const char *id, const char *request,
                           const kgp_output *output, kgp_error *err);

#endif
