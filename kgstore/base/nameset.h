/* Names numbered in the order they come: a hash table over an arena. */
#ifndef KG_BASE_NAMESET_H
#define KG_BASE_NAMESET_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/status.h"
#include "kgstore/base/str.h"

#include <stdint.h>

#define KG_NAMESET_NONE UINT32_MAX

typedef struct kg_nameset {
    KG_ARRAY(kg_str) names; /* by number */
    uint32_t *slots;        /* number + 1; 0: free */
    size_t n_slots;         /* a power of two */
    kg_arena arena;
} kg_nameset;

/* Zeroed is empty. The number of name, or KG_NAMESET_NONE. */
uint32_t kg_nameset_find(const kg_nameset *set, kg_str name);

/* The number of name, which is copied where it is new. KG_ERR_MEMORY, KG_ERR_LIMIT at 2^32 - 1
 * names. */
kg_status kg_nameset_add(uint32_t *number, kg_nameset *set, kg_str name);

void kg_nameset_free(kg_nameset *set);

#endif
