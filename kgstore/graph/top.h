/* The merge behind kg_neighbours_top, over plain arrays. */
#ifndef KG_GRAPH_TOP_H
#define KG_GRAPH_TOP_H

#include "kgstore/kgstore.h"

/* Two lists of edges, each sorted by weights[entity] descending, then (entity, relation), and the
 * weights of entities 0..n_weights-1 (those beyond weigh 0; NULL: all do). */
typedef struct kg_top_lists {
    kg_edges out, in;
    const double *weights;
    uint64_t n_weights;
} kg_top_lists;

/* Their first k in the order of kg_neighbours_top, into out; returns how many. */
uint32_t kg_top_merge(kg_neighbour *out, const kg_top_lists *lists, uint32_t k);

#endif
