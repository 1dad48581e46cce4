/* The graph that rank flows along, for pushes. Its nodes are the entities by their weight, so that
 * those that most pushes touch lie together in the cache. */
#ifndef KG_GRAPH_WALK_H
#define KG_GRAPH_WALK_H

#include "kgstore/graph/graph_input.h"

/* All zero bytes at first; kg_walk_free. */
typedef struct kg_walk {
    kg_adjacency graph;
    uint32_t *node_of, *entity_of;
} kg_walk;

/* From edges that were read, with in->edges where they are weighted, and the global weights (E).
 * An edge that counts nothing is none. KG_ERR_MEMORY, KG_ERR_CORRUPT; kg_walk_free in any case. */
kg_status kg_walk_build(kg_walk *walk, const kg_graph_input *in, const double *global,
                        bool undirected, kg_error *err);
void kg_walk_free(kg_walk *walk);

#endif
