/* Neighbour blocks written into a fresh generation: one thread takes and sorts the keys of the next
 * entities, another appends the blocks of the ones before. */
#ifndef KG_STORE_BLOCKS_H
#define KG_STORE_BLOCKS_H

#include "kgstore/store/fresh.h"
#include "kgstore/store/triples.h"

#include <stdbool.h>

typedef struct kg_block_plan {
    const kg_source *sources;
    size_t n_sources;
    uint64_t entities;
    const uint32_t *rank;  /* E: the place of each entity; NULL: edges are ordered by id */
    const uint32_t *order; /* its inverse; NULL with rank */
    bool two_threads;
    bool (*cancelled)(void *context); /* may be NULL */
    void (*progress)(void *context, const char *phase, uint64_t done, uint64_t total);
    void *context;
} kg_block_plan;

/* Append the block of every entity that has edges. *triples: how many distinct ones there are.
 * KG_ERR_CANCELLED, KG_ERR_MEMORY, KG_ERR_LIMIT (an entity of more than 2^27 edges), KG_ERR_CORRUPT
 * (the sources' sides differ), and what writing gives. */
kg_status kg_blocks_write(uint64_t *triples, kg_fresh *fresh, const kg_block_plan *plan,
                          kg_error *err);

#endif
