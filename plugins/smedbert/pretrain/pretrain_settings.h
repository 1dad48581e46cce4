/* The configuration of pretraining, from JSON that the host has checked against
 * schemas/smedbert.schema.json and filled with defaults. */
#ifndef KG_SMEDBERT_PRETRAIN_SETTINGS_H
#define KG_SMEDBERT_PRETRAIN_SETTINGS_H

#include "model/adamw.h"
#include "model/model_config.h"
#include "plugins/smedbert/pretrain/examples.h"

#include "model/optimizer.h"
#include "plugins/smedbert/reading/model_session.h"

#include <jansson.h>

typedef struct kg_pretrain_settings {
    json_t *json;             /* owned; the strings below are its */
    const char *vocab, *init; /* NULL where not given */
    const char *size;
    bool cased, kg;
    const char *stop_list;     /* NULL: that of init, if any */
    kg_graph_options graph;    /* without kg: none of it is needed, and no neighbors */
    kg_examples_options train; /* paths of the corpus */
    kg_examples_options dev;   /* likewise of dev; no paths: nothing to evaluate on */
    uint64_t dev_tokens;
    kg_optimizer optimizer;
    const char *precision;
    uint32_t local_layers;
    bool allow_missing;   /* of init, also layers */
    uint64_t seed, steps; /* of the run; 0: not given */
    double epochs;
    int threads;
} kg_pretrain_settings;

/* KG_ERR_ARGUMENT: values that do not go together; KG_ERR_FORMAT, KG_ERR_MEMORY. *out is freed by
 * kg_pretrain_settings_free, also after a failure. */
kg_status kg_pretrain_settings_parse(kg_pretrain_settings *out, const char *json, kg_error *err);
void kg_pretrain_settings_free(kg_pretrain_settings *settings);

/* What text is read with. */
kg_session_source kg_pretrain_source(const kg_pretrain_settings *settings);

/* The model's configuration: of `init` or of `size`, with the options over it; the vocabulary's and
 * the graph's sizes are filled in by the caller. */
kg_status kg_pretrain_model_config(kg_model_config *out, const kg_pretrain_settings *settings,
                                   kg_error *err);

#endif
