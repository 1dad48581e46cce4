/* The weight set pepr: for each entity m its best edges by the PageRank personalised to m.
 *
 * The jump vector puts 1 on m and 1/Z on each of the other Z - 1 entities, normalised. PageRank is
 * linear in the jump vector up to its norm, so with q the global PageRank, s its mass on sinks, and
 * y_m from a push (kgstore/graph/push.h):
 *
 *     pepr_m = normalise((1 - 1/Z) y_m + y_u),    y_u = q (1-d) / (1 - d + d s) */
#ifndef KG_GRAPH_PEPR_H
#define KG_GRAPH_PEPR_H

#include "kgstore/graph/push.h"
#include "kgstore/kgstore.h"

/* What is left of a push of 1 to a node's neighbours, an out-edge, below which it stops: chosen so
 * that a graph of 4.4 million triples takes a few minutes and the best 7 are those of the exact
 * computation in 98 of 100 cases. */
#define KG_PEPR_EPSILON 2e-5

/* Edges of an entity, both ways. */
typedef struct kg_edge_lists {
    kg_edges out, in;
} kg_edge_lists;

typedef struct kg_pepr_input {
    const kg_adjacency *graph;  /* along which rank flows */
    const uint32_t *node_of;    /* of each entity, in graph; NULL: nodes are entities */
    const kg_edge_lists *edges; /* of each entity: what is to be ordered */
    uint32_t deleted;           /* of graph->n: they are none of the Z entities */
    const double *global;       /* q, of each entity */
    double damping, epsilon;
    unsigned threads;
    bool (*cancelled)(void *context); /* called from one thread; may be NULL */
    void (*progress)(void *context, const char *phase, uint64_t done, uint64_t total);
    void *context;
} kg_pepr_input;

enum { KG_PEPR_KEEP = 64, KG_PEPR_BYTES = 16 };

/* Who computes for one entity at a time; for one thread. */
typedef struct kg_pepr {
    const kg_pepr_input *input;
    kg_push *push;
    double uniform; /* y_u = uniform q, which sums to it */
    double scale;   /* 1 / norm of the entity last run */
} kg_pepr;

kg_status kg_pepr_begin(kg_pepr *pepr, const kg_pepr_input *input);
void kg_pepr_end(kg_pepr *pepr);

/* Make entity m the one asked about. */
void kg_pepr_run(kg_pepr *pepr, kg_id m);

/* The PageRank of entity v personalised to it. */
double kg_pepr_score(const kg_pepr *pepr, kg_id v);

/* Its best edges, at most KG_PEPR_KEEP, in kg_neighbours_top's order of their weights as floats;
 * returns how many. */
uint32_t kg_pepr_best(kg_neighbour out[KG_PEPR_KEEP], const kg_pepr *pepr, kg_id m);

/* All entities' best edges as kg_pepr_get gives them. */
typedef struct kg_pepr_set kg_pepr_set;

/* KG_ERR_MEMORY, KG_ERR_CANCELLED. *out: kg_pepr_set_free. */
kg_status kg_pepr_compute(kg_pepr_set **out, const kg_pepr_input *input, kg_error *err);

/* Borrowed from the set. */
void kg_pepr_set_get(const unsigned char **edges, uint32_t *count, const kg_pepr_set *set,
                     kg_id entity);
void kg_pepr_set_free(kg_pepr_set *set); /* NULL is safe */

#endif
