/* Sorting of the keys that edges become while a generation is written, and of entities by weight.
 */
#ifndef KG_STORE_EDGESORT_H
#define KG_STORE_EDGESORT_H

#include "kgstore/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Sort n keys ascending. scratch has room for n. */
void kg_sort_u64(uint64_t *keys, uint64_t *scratch, size_t n);

/* Drop repeated keys of a sorted array; returns how many are left. */
size_t kg_unique_u64(uint64_t *keys, size_t n);

/* The place of each entity by weight, greatest first, ties by id: order[place] = entity and
 * rank[entity] = place, both of n entities. Entities from n_weights on weigh 0. NaN counts as 0.
 * KG_ERR_MEMORY. */
kg_status kg_rank_entities(uint32_t *rank, uint32_t *order, const double *weights,
                           uint64_t n_weights, uint64_t n);

#endif
