/* The graph as one run or tool reads it: a snapshot of the store, its tables in place, and which
 * neighbors a mention is given. Begun once; what reads text then has a kg_reading (reading.h), one
 * a thread, and all of them give a mention the same neighbors. */
#ifndef KG_SMEDBERT_GRAPH_VIEW_H
#define KG_SMEDBERT_GRAPH_VIEW_H

#include "kgstore/base/error.h"
#include "model/graph_tables.h"
#include "model/model_config.h"
#include "plugins/abi/kg_plugin.h"

#include <stdbool.h>

/* A mention has at most so many; what asks for more is refused. */
enum { KG_MOST_NEIGHBORS = 64 };

enum { KG_NAMES_KNOWN = 64 };

typedef struct kg_graph_options {
    uint32_t neighbors; /* K: of each mention the K best that the tables have rows for; 0: none */
    kgp_weight_set weights; /* that order them */
    bool needs_tables;      /* the store must have them. Else they bound the neighbors where they
                               are there, and all are given where they are not */
    bool keeps_types;       /* of all entities, in memory: for what asks often */
} kg_graph_options;

/* All zero: no graph, hence no mentions. */
typedef struct kg_graph_view {
    const kgp_host *host;
    const kgp_graph_read *read; /* NULL: there is no store */
    const kgp_link *link;
    kg_graph_options options;
    kgp_snapshot *snapshot;
    kgp_graph_stats stats;
    kg_graph_tables tables;  /* read in place, unless a model has taken them */
    uint64_t entities;       /* with a row in ent_emb; those from here on are no neighbors */
    uint64_t relations;      /* likewise of rel_emb */
    uint32_t untyped;        /* the type id that stands for none */
    uint32_t *primary_types; /* of `entities`, KGP_NO_ID for none; NULL: not kept */
    const float **blocks[3];
    float *kept;                    /* the tables in memory, where the store's are others by now */
    uint64_t names[KG_NAMES_KNOWN]; /* hashes of some entities' names, by which another graph is
                                       told; 0: deleted */
} kg_graph_view;

/* Begin a snapshot, and find ent_emb, rel_emb and rel_proj in it. Where the host has no store the
 * view is empty, unless tables are needed. KG_ERR_NOT_FOUND: no store, a table, or the weights are
 * missing (err says what to run); KG_ERR_FORMAT: tables that do not fit; KG_ERR_ARGUMENT: too many
 * neighbors. The view is ended by kg_graph_view_end, also after a failure. */
kg_status kg_graph_view_begin(kg_graph_view *view, const kgp_host *host,
                              const kg_graph_options *options, kg_error *err);
void kg_graph_view_end(kg_graph_view *view);

/* Move on to the newest state of the store, so as not to keep dead pages of the old one alive. What
 * was told of the graph stays as it was: tables that the store has changed are kept in memory.
 * KG_ERR_STALE: as kg_graph_view_compare. */
kg_status kg_graph_view_renew(kg_graph_view *view, kg_error *err);

/* KG_ERR_STALE unless a snapshot is of the graph that the view was begun with, added to
 * or taken from perhaps: its entities have the same numbers, and the weights are there. */
kg_status kg_graph_view_compare(const kg_graph_view *view, kgp_snapshot *snapshot, kg_error *err);

/* Fill in the graph's sizes: entities without a type get one type more. */
void kg_graph_view_sizes(kg_model_config *config, const kg_graph_view *view);

#endif
