/* The one source of randomness: a counter-based generator.
 *
 * A stream is named by (seed, epoch, document, purpose); its i-th number depends on nothing else,
 * so draws are the same for any number of threads and ranks and in any order. The generator is
 * SplitMix64's finaliser applied to key + counter (Steele, Lea, Flood 2014), keyed through it four
 * times so that neighbouring names give unrelated streams. */
#ifndef KG_BASE_RNG_H
#define KG_BASE_RNG_H

#include "kgstore/base/hash.h"

#include <stdint.h>

typedef struct kg_rng {
    uint64_t key;
    uint64_t counter; /* of the next number */
} kg_rng;

static inline kg_rng kg_rng_stream(uint64_t seed, uint64_t epoch, uint64_t document,
                                   uint64_t purpose) {
    uint64_t key = kg_hash_u64(seed);
    key = kg_hash_u64(key ^ epoch);
    key = kg_hash_u64(key ^ document);
    key = kg_hash_u64(key ^ purpose);
    return (kg_rng){key, 0};
}

/* The number at a given counter, without advancing. */
static inline uint64_t kg_rng_at(const kg_rng *rng, uint64_t counter) {
    return kg_hash_u64(rng->key ^ kg_hash_u64(counter));
}

static inline uint64_t kg_rng_next(kg_rng *rng) {
    return kg_rng_at(rng, rng->counter++);
}

/* Uniform in [0, n), n > 0; the bias, below n / 2^64, is of no consequence here. */
static inline uint64_t kg_rng_below(kg_rng *rng, uint64_t n) {
    __extension__ typedef unsigned __int128 u128;
    return (uint64_t)((u128)kg_rng_next(rng) * n >> 64);
}

/* Uniform in [0, 1), a multiple of 2^-53. */
static inline double kg_rng_uniform(kg_rng *rng) {
    return (double)(kg_rng_next(rng) >> 11) * 0x1p-53;
}

/* Standard normal, by Box and Muller's cosine; takes two numbers. */
double kg_rng_normal(kg_rng *rng);

#endif
