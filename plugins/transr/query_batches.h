/* The order of training: every query once an epoch, in batches that are shuffled anew each epoch.
 *
 * Queries are cut into groups of one relation, so that projecting the candidates is one product for
 * all of a group (without projections relations are mixed), and a batch is several groups taken at
 * random: a batch of one relation would push all entities the same way at once. What a batch holds
 * depends on (seed, epoch) alone. */
#ifndef KG_TRANSR_QUERY_BATCHES_H
#define KG_TRANSR_QUERY_BATCHES_H

#include "plugins/transr/recipe.h"
#include "plugins/transr/queries.h"

/* Queries order[first] .. order[first + count - 1]: positions in transr_queries, ascending, so that
 * those of one relation and side stand together. */
typedef struct transr_batch {
    size_t first, count;
} transr_batch;

typedef struct transr_batches {
    uint32_t *order; /* a permutation of the queries */
    transr_batch *list;
    size_t count;         /* batches an epoch: the same in each */
    uint32_t *scratch;    /* the permutation before the groups are shuffled */
    transr_batch *groups; /* places in scratch */
    size_t n_groups;
    size_t most;    /* queries that a batch can have */
    uint64_t epoch; /* of which order and list are; 0: none yet */
} transr_batches;

/* Room for the batches of an epoch. KG_ERR_MEMORY; KG_ERR_LIMIT: more than 2^32 - 1 queries. */
kg_status transr_batches_new(transr_batches *out, const transr_queries *queries,
                             const transr_recipe *recipe);
void transr_batches_free(transr_batches *batches);

/* Make the order that of an epoch, counted from 1; nothing to do if it is already. */
void transr_batches_shuffle(transr_batches *batches, const transr_queries *queries,
                            const transr_recipe *recipe, uint64_t epoch);

#endif
