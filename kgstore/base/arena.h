/* An arena: many small allocations that are freed together. Not thread-safe. */
#ifndef KG_BASE_ARENA_H
#define KG_BASE_ARENA_H

#include "kgstore/base/str.h"

#include <stddef.h>

typedef struct kg_arena {
    struct kg_arena_block *head;
    size_t used; /* bytes taken from head */
} kg_arena;

#define KG_ARENA_INIT                                                                              \
    { NULL, 0 }

/* size bytes aligned to 16, not cleared; NULL when out of memory. Valid until reset or free. */
void *kg_arena_alloc(kg_arena *arena, size_t size);

/* A terminated copy of s; NULL when out of memory. */
char *kg_arena_copy(kg_arena *arena, kg_str s);

/* Forget everything allocated, keeping one block for reuse. */
void kg_arena_reset(kg_arena *arena);

void kg_arena_free(kg_arena *arena);

#endif
