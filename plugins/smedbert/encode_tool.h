/* kg encode: lines of text to vectors. */
#ifndef KG_SMEDBERT_ENCODE_TOOL_H
#define KG_SMEDBERT_ENCODE_TOOL_H

#include "plugins/abi/kg_plugin.h"

/* An object a line of text, or a mention. */
extern const kgp_tool_descriptor kg_encode_descriptor;

/* The same vectors as one .npy matrix. */
extern const kgp_tool_descriptor kg_encode_npy_descriptor;

/* run of the tool factory. */
kgp_status kg_encode_run(const kgp_host *host, const char *request, const kgp_output *output,
                         kgp_error *err);
kgp_status kg_encode_npy_run(const kgp_host *host, const char *request, const kgp_output *output,
                             kgp_error *err);

#endif
