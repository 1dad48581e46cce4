/* The edges of a store as arrays, for who computes something of the whole graph. */
#ifndef KG_GRAPH_GRAPH_INPUT_H
#define KG_GRAPH_GRAPH_INPUT_H

#include "kgstore/base/module.h"
#include "kgstore/graph/pepr.h"
#include "kgstore/kgstore.h"

typedef struct kg_graph_input {
    kg_snapshot *snapshot; /* the caller's */
    kg_stats stats;
    kg_edge_lists *lists; /* E, borrowed from the snapshot */
    kg_id *edges;         /* (triples, 2), by the entity they enter, then the one they leave */
    bool weighted;
    double *weights; /* of edges; NULL: all count the same */
    kg_id weight_key;
    double *reset; /* E: 0 for the deleted, else 1; NULL where none is */
} kg_graph_input;

/* Read all edges of in->snapshot, the rest of *in being zero; edge_weight: the key that weighs
 * them, or empty. kg_graph_input_free in any case. */
kg_status kg_graph_input_read(kg_graph_input *in, kg_str edge_weight, kg_error *err);
void kg_graph_input_free(kg_graph_input *in);

/* Tell that a phase begins. KG_ERR_CANCELLED: the caller's options ask to stop. */
kg_status kg_graph_phase(const kg_rank_options *options, const char *name, kg_error *err);

/* *own: the options with a ranker, the caller's or else igraph's, whose module is then *module
 * (else NULL) and has to be closed after use. KG_ERR_NOT_FOUND, KG_ERR_UNSUPPORTED: no such module;
 * KG_ERR_VERSION: the ranker is of another version. */
kg_status kg_graph_ranker_open(kg_rank_options *own, kg_module **module,
                               const kg_rank_options *options, kg_error *err);

/* What a ranker is given of it; borrowed. */
kg_rank_input kg_graph_rank_input(const kg_graph_input *in, const kg_rank_options *options);

#endif
