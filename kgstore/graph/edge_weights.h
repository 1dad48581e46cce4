/* How much each edge counts, by a property of edges. */
#ifndef KG_GRAPH_EDGE_WEIGHTS_H
#define KG_GRAPH_EDGE_WEIGHTS_H

#include "kgstore/kgstore.h"

/* The number that an edge has under the key; 1 where it has nothing there. KG_ERR_FORMAT, and err
 * names the edge: it is no number, or one that no weight is. */
kg_status kg_edge_weight(double *weight, kg_snapshot *snapshot, const kg_id edge[3], kg_id key,
                         kg_error *err);

#endif
