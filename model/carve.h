/* Carving arrays out of one block. The same function carves twice: first from nothing, which only
 * counts the bytes, then from a block of that size. So a step's memory is known before it begins
 * and nothing is allocated within it. */
#ifndef KG_MODEL_CARVE_H
#define KG_MODEL_CARVE_H

#include <stddef.h>
#include <stdint.h>

typedef struct kg_carver {
    char *base;  /* NULL: count only; otherwise aligned to 64 */
    size_t used; /* bytes */
} kg_carver;

/* size bytes aligned to 64, not cleared; NULL while counting. */
static inline void *kg_carve(kg_carver *carver, size_t size) {
    size_t at = carver->used;
    carver->used += (size + 63) / 64 * 64;
    return carver->base ? carver->base + at : NULL;
}

static inline float *kg_carve_floats(kg_carver *carver, size_t n) {
    return kg_carve(carver, n * sizeof(float));
}

static inline uint32_t *kg_carve_u32(kg_carver *carver, size_t n) {
    return kg_carve(carver, n * sizeof(uint32_t));
}

#endif
