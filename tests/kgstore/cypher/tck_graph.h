/* Between the values and graphs of the engine and those of the runner. The graph is looked at
 * through its C interface, not through queries: what is under test does not judge itself. */
#ifndef KG_TESTS_TCK_GRAPH_H
#define KG_TESTS_TCK_GRAPH_H

#include "tck_state.h"
#include "tck_value.h"

#include "kgstore/cypher/graph.h"

/* A value as a tree, in the arena. */
kg_status tck_value_from(tck_value *out, kg_arena *arena, const cy_graph *graph,
                         const cy_value *value);

/* A tree as a value, in the arena. KG_ERR_FORMAT: nodes, relationships, paths and points in time
 * are not made. */
kg_status tck_value_to(cy_value *out, kg_arena *arena, const tck_value *value);

/* What the graph holds, sorted, in the arena. */
kg_status tck_state_of(tck_state *out, kg_arena *arena, const cy_graph *graph);

#endif
