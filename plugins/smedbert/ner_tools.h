/* The tools `ner.eval`, `ner.compare` and `ner.predict`. */
#ifndef KG_SMEDBERT_NER_TOOLS_H
#define KG_SMEDBERT_NER_TOOLS_H

#include "plugins/abi/kg_plugin.h"

extern const kgp_tool_descriptor kg_ner_eval_descriptor, kg_ner_compare_descriptor,
    kg_ner_predict_descriptor;

/* run of the tool factory, one each. */
kgp_status kg_ner_eval_run(const kgp_host *host, const char *request, const kgp_output *output,
                           kgp_error *err);
kgp_status kg_ner_compare_run(const kgp_host *host, const char *request, const kgp_output *output,
                              kgp_error *err);
kgp_status kg_ner_predict_run(const kgp_host *host, const char *request, const kgp_output *output,
                              kgp_error *err);

#endif
