/* The local forward push of Andersen, Chung and Lang (2006), over plain arrays.
 *
 * With A the column-normalised adjacency, weighted where edges are (columns of sinks zero), and d
 * the damping, y = (1-d) (I - dA)^-1 e_m is approached from below: the estimate p and residual r
 * keep y = p + (1-d) (I - dA)^-1 r. A node is pushed while its residual exceeds epsilon times its
 * out-degree; sinks absorb what reaches them. */
#ifndef KG_GRAPH_PUSH_H
#define KG_GRAPH_PUSH_H

#include "kgstore/base/status.h"

#include <stdint.h>

/* Out-edges of node v: targets[offsets[v] .. offsets[v+1]), parallel ones as often as they are. */
typedef struct kg_adjacency {
    uint32_t n;
    uint64_t *offsets; /* n + 1 */
    uint32_t *targets;
    double *shares; /* of what flows out of v, what each edge carries; NULL: all the same */
} kg_adjacency;

typedef struct kg_push kg_push;

/* Room to work in, for one thread. The adjacency is borrowed. damping in [0, 1), epsilon > 0.
 * KG_ERR_MEMORY. */
kg_status kg_push_new(kg_push **out, const kg_adjacency *graph, double damping, double epsilon);
void kg_push_free(kg_push *push); /* NULL is safe */

/* Push from node m alone, forgetting the run before. Returns the mass of y: what was estimated and
 * what is still on its way. */
double kg_push_run(kg_push *push, uint32_t m);

/* y of node v after a run: what was pushed, and the share of its residual that stays for sure. */
double kg_push_value(const kg_push *push, uint32_t v);

#endif
