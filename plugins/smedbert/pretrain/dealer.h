/* Packs examples into a global batch and deals its sequences to ranks and micro-batches: each
 * sequence goes to the rank that has the fewest tokens so far (the first of equals), there into the
 * current micro-batch while it fits. Every rank sees all examples and comes to the same deal. */
#ifndef KG_SMEDBERT_DEALER_H
#define KG_SMEDBERT_DEALER_H

#include "model/batch.h"

/* What a loss is divided by, over the whole global batch (all ranks). */
typedef struct kg_examples_counts {
    uint64_t sequences, tokens;
    uint64_t ordered;  /* sequences with a label of sentence order */
    uint64_t masked;   /* positions */
    uint64_t pairs;    /* of a predict mention and a neighbor */
    uint64_t infused;  /* infuse mentions */
    uint64_t mentions; /* of all roles */
} kg_examples_counts;

typedef struct kg_dealer {
    uint32_t tokens_per_batch, tokens_per_micro, rank, ranks;
    kg_examples_counts counts;
    KG_ARRAY(uint64_t) tokens_of_rank;
    KG_ARRAY(kg_token_batch) micro; /* of this rank; the first `used` are filled */
    size_t used;
} kg_dealer;

/* As in kg_examples_options, where 0 has a meaning too. */
void kg_dealer_init(kg_dealer *dealer, uint32_t tokens_per_batch, uint32_t tokens_per_micro,
                    uint32_t rank, uint32_t ranks);
void kg_dealer_free(kg_dealer *dealer);

/* Begin the next global batch; memory is kept. */
void kg_dealer_clear(kg_dealer *dealer);

/* Whether an example has room in the global batch; one always has in an empty batch. */
bool kg_dealer_fits(const kg_dealer *dealer, const kg_token_batch *example);
kg_status kg_dealer_deal(kg_dealer *dealer, const kg_token_batch *example);

#endif
