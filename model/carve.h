/* Carving arrays out of two blocks: one in the backend's own memory, for what operations compute,
 * and a shared one (ops.h), for the indices that they read and for what the host alone keeps. The
 * same function carves twice: first from nothing, which only counts the bytes, then from blocks of
 * that size. So a step's memory is known before it begins and nothing is allocated within it. */
#ifndef KG_MODEL_CARVE_H
#define KG_MODEL_CARVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kg_carving {
    char *base;  /* aligned to 64 */
    size_t used; /* bytes */
} kg_carving;

typedef struct kg_carver {
    kg_carving own, shared;
    bool counting; /* there are no blocks: every array is NULL */
} kg_carver;

/* size bytes aligned to 64, not cleared; NULL while counting. */
static inline void *kg_carve_from(kg_carving *block, size_t size) {
    size_t at = block->used;
    block->used += (size + 63) / 64 * 64;
    return block->base ? block->base + at : NULL;
}

static inline void *kg_carve(kg_carver *carver, size_t size) {
    return kg_carve_from(&carver->own, size);
}

static inline float *kg_carve_floats(kg_carver *carver, size_t n) {
    return kg_carve(carver, n * sizeof(float));
}

/* What the host fills in. */
static inline void *kg_carve_shared(kg_carver *carver, size_t size) {
    return kg_carve_from(&carver->shared, size);
}

static inline uint32_t *kg_carve_u32(kg_carver *carver, size_t n) {
    return kg_carve_shared(carver, n * sizeof(uint32_t));
}

#endif
