/* One optimizer step: a batch of queries forward and backward, then Adagrad.
 *
 * The candidates of a batch are every entity, or a sample beside all anchors and answers of the
 * batch; each query is scored against all of them. With projections the queries of a relation share
 * the projected candidates, so everything heavy is a matrix product:
 *     P = X M (C x d by d x dr)      S = Q P^T      dP = G^T Q      dM = X^T dP      dX = dP M^T
 * where M is of heads for candidates that are heads, and of tails for tails.
 * Letters: E entities, R relations, C candidates, G groups (runs of queries of one relation). */
#ifndef KG_TRANSR_TRAIN_STEP_H
#define KG_TRANSR_TRAIN_STEP_H

#include "plugins/transr/query_batches.h"
#include "plugins/transr/kge_tables.h"

/* Sum n numbers over the ranks in place: doubles where `wide`, else floats. */
typedef kg_status (*transr_sum_fn)(void *context, void *data, size_t n, bool wide);

/* Which rank of how many this is. sum may be NULL where ranks is 1. */
typedef struct transr_ranks {
    uint32_t rank, ranks;
    transr_sum_fn sum;
    void *context;
} transr_ranks;

typedef struct transr_step transr_step;

/* Room for the largest batch: nothing is allocated later. All pointers are borrowed until free.
 * KG_ERR_MEMORY. */
kg_status transr_step_new(transr_step **out, transr_parameters *parameters,
                          const transr_recipe *recipe, const transr_queries *queries,
                          const transr_batches *batches, transr_ranks ranks);
void transr_step_free(transr_step *step);

typedef struct transr_step_result {
    double loss;       /* mean over triples of both sides, without regularisation */
    uint64_t answers;  /* triples and sides it is a mean over */
    uint64_t products; /* floating-point operations in matrix products, of this rank */
} transr_step_result;

/* Take the b-th batch of the epoch that batches hold. `progress` in [0, 1] is how much of the run
 * is done, for the learning rate. Statuses are those of the sum. */
kg_status transr_step_run(transr_step_result *out, transr_step *step, size_t b, double progress);

/* The same without the update: *gradient is laid out as parameters->value, for tests. Only where
 * every entity is a candidate. */
kg_status transr_step_gradient(float *gradient, transr_step_result *out, transr_step *step,
                               size_t b);

#endif
