/* kg pretrain --show N: training examples as a person can read them. */
#ifndef KG_SMEDBERT_SHOW_TOOL_H
#define KG_SMEDBERT_SHOW_TOOL_H

#include "plugins/abi/kg_plugin.h"

extern const kgp_tool_descriptor kg_show_descriptor;
kgp_status kg_show_run(const kgp_host *host, const char *request, const kgp_output *output,
                       kgp_error *err);

#endif
