/* Which examples are trained on, and in which order: of a data set that is held in memory whole. */
#ifndef KG_MODEL_EPOCH_ORDER_H
#define KG_MODEL_EPOCH_ORDER_H

#include "kgstore/base/rng.h"

#include <stddef.h>
#include <stdint.h>

/* Draw the examples that are held out, each with this chance: held[i] 1. The same for every run,
 * whatever its seed. */
void kg_hold_out(uint8_t *held, size_t n, double share);

/* A random permutation of the n numbers of `order` (Fisher and Yates). */
void kg_shuffle(uint32_t *order, size_t n, kg_rng *rng);

/* Shuffle the n numbers of `order` for an epoch. What comes depends on them, seed and epoch alone:
 * give them in the order of the data. */
void kg_epoch_shuffle(uint32_t *order, size_t n, uint64_t seed, uint64_t epoch);

#endif
