/* The plugin's tools, each in a file of its own. */
#ifndef KG_SMEDBERT_SMEDBERT_TOOLS_H
#define KG_SMEDBERT_SMEDBERT_TOOLS_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <jansson.h>

typedef struct kg_tool {
    kgp_tool_descriptor descriptor;
    /* Do what the request asks, which the host has checked against the descriptor's schema. */
    kg_status (*run)(const kgp_host *host, const json_t *request, const kgp_output *output,
                     kg_error *err);
} kg_tool;

/* kg encode: lines of text to vectors, an object each, or all as one .npy matrix. */
extern const kg_tool kg_encode_tool, kg_encode_npy_tool;

/* kg trace: a sentence to a table of which neighbours each mention attended to, and how much; a
 * golden folder to a safetensors file. */
extern const kg_tool kg_trace_tool, kg_trace_golden_tool;

/* kg pretrain --show: training examples as a person can read them. */
extern const kg_tool kg_show_tool;

/* kg ner eval, kg ner compare, kg ner predict. */
extern const kg_tool kg_ner_eval_tool, kg_ner_compare_tool, kg_ner_predict_tool;

#endif
