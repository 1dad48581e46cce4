/* The graph's tables, borrowed from the store through the host for as long as a model needs
 * them. */
#ifndef KG_SMEDBERT_GRAPH_VIEW_H
#define KG_SMEDBERT_GRAPH_VIEW_H

#include "kgstore/base/error.h"
#include "model/graph_tables.h"
#include "model/model_config.h"
#include "plugins/abi/kg_plugin.h"

#include <stdbool.h>

typedef struct kg_graph_view {
    const kgp_graph_read *read;
    kgp_snapshot *snapshot;
    kgp_graph_stats stats;
    kg_graph_tables tables; /* read in place, unless a model has taken them */
    const float **blocks[3];
} kg_graph_view;

/* Begin a snapshot and find ent_emb, rel_emb and rel_proj in it. KG_ERR_NOT_FOUND: the host has no
 * store, or a table is missing (err says what to run); KG_ERR_FORMAT: tables that do not fit. The
 * view is ended by kg_graph_view_end, also after a failure. */
kg_status kg_graph_view_begin(kg_graph_view *view, const kgp_host *host, kg_error *err);
void kg_graph_view_end(kg_graph_view *view);

/* Fill in the graph's sizes: entities without a type get one type more. */
void kg_graph_view_sizes(kg_model_config *config, const kg_graph_view *view);

#endif
