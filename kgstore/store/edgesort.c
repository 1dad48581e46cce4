#include "kgstore/store/edgesort.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 28, DIGITS = 256 };

static void insertion_sort(uint64_t *keys, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

/* Radix sort from the lowest byte, past the bytes that are the same in every key. */
static void radix_sort(uint64_t *keys, uint64_t *scratch, size_t n, uint64_t differing) {
    uint64_t *from = keys, *to = scratch;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if (!(differing >> shift & 0xFF))
            continue;
        size_t start[DIGITS] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++)
            start[from[i] >> shift & 0xFF]++;
        for (size_t d = 0; d < DIGITS; d++) {
            size_t count = start[d];
            start[d] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[start[from[i] >> shift & 0xFF]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys)
        memcpy(keys, from, n * sizeof *keys);
}

void kg_sort_u64(uint64_t *keys, uint64_t *scratch, size_t n) {
    if (n < SMALL) {
        insertion_sort(keys, n);
        return;
    }
    uint64_t differing = 0, descents = 0;
    for (size_t i = 1; i < n; i++) {
        differing |= keys[i] ^ keys[0];
        descents += keys[i] < keys[i - 1];
    }
    if (descents > 0)
        radix_sort(keys, scratch, n, differing);
}

size_t kg_unique_u64(uint64_t *keys, size_t n) {
    size_t kept = n > 0;
    for (size_t i = 1; i < n; i++)
        if (keys[i] != keys[kept - 1])
            keys[kept++] = keys[i];
    return kept;
}

/* Order-preserving and inverted, so that ascending keys are descending weights. */
static uint64_t weight_key(double weight) {
    uint64_t bits;
    weight = weight == weight ? weight + 0.0 : 0.0;
    memcpy(&bits, &weight, sizeof bits);
    uint64_t ascending = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
    return ~ascending;
}

typedef struct weighed {
    uint64_t key;
    uint32_t entity;
} weighed;

/* Stable: entities enter in the order of their ids, and ties keep it. Returns where the result
 * lies. */
static weighed *sort_weighed(weighed *from, weighed *to, size_t n) {
    uint64_t differing = 0;
    for (size_t i = 1; i < n; i++)
        differing |= from[i].key ^ from[0].key;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if (!(differing >> shift & 0xFF))
            continue;
        size_t start[DIGITS] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++)
            start[from[i].key >> shift & 0xFF]++;
        for (size_t d = 0; d < DIGITS; d++) {
            size_t count = start[d];
            start[d] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[start[from[i].key >> shift & 0xFF]++] = from[i];
        weighed *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

kg_status kg_rank_entities(uint32_t *rank, uint32_t *order, const double *weights,
                           uint64_t n_weights, uint64_t n) {
    if (n == 0)
        return KG_OK;
    weighed *all = malloc(2 * n * sizeof *all);
    if (!all)
        return KG_ERR_MEMORY;
    for (uint64_t i = 0; i < n; i++)
        all[i] = (weighed){weight_key(i < n_weights ? weights[i] : 0.0), (uint32_t)i};
    const weighed *sorted = sort_weighed(all, all + n, n);
    for (uint64_t i = 0; i < n; i++) {
        order[i] = sorted[i].entity;
        rank[sorted[i].entity] = (uint32_t)i;
    }
    free(all);
    return KG_OK;
}
