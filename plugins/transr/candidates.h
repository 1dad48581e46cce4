/* The entities that a batch is scored against. */
#ifndef KG_TRANSR_CANDIDATES_H
#define KG_TRANSR_CANDIDATES_H

#include "plugins/transr/query_batches.h"

typedef struct transr_candidates {
    uint32_t *ids;   /* the entity of each candidate; NULL where candidate i is entity i */
    uint32_t *where; /* (E) the candidate of each entity, UINT32_MAX where none; NULL likewise */
    uint32_t *drawn; /* entities to draw from by degree: the ends of the training triples */
    size_t count, most;
    size_t n_drawn;
    uint32_t E;
} transr_candidates;

/* Room for any batch. *out is freed by transr_candidates_free, also after a failure.
 * KG_ERR_MEMORY. */
kg_status transr_candidates_new(transr_candidates *out, uint32_t E, const transr_queries *queries,
                                const transr_batches *batches, const transr_recipe *recipe);
void transr_candidates_free(transr_candidates *candidates);

/* Choose those of batch b: the sample of (seed, epoch, b), then the batch's anchors and answers. */
void transr_candidates_choose(transr_candidates *candidates, const transr_queries *queries,
                              const transr_batches *batches, const transr_recipe *recipe, size_t b);

static inline uint32_t transr_candidate_of(const transr_candidates *candidates, uint32_t entity) {
    return candidates->where ? candidates->where[entity] : entity;
}

/* The most answers that a batch can have. */
kg_status transr_most_answers(size_t *most, const transr_queries *queries,
                              const transr_batches *batches);

#endif
