/* An arena: many small allocations that are freed together. Not thread-safe. */
#ifndef KG_BASE_ARENA_H
#define KG_BASE_ARENA_H

#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* What several arenas may take together. */
typedef struct kg_arena_budget {
    size_t left; /* bytes */
    bool spent;  /* more was asked for */
} kg_arena_budget;

typedef struct kg_arena {
    struct kg_arena_block *head;
    size_t used;             /* bytes taken from head */
    kg_arena_budget *budget; /* of its blocks, the caller's; NULL: none */
} kg_arena;

#define KG_ARENA_INIT                                                                              \
    { NULL, 0, NULL }

/* size bytes aligned to 16, not cleared; NULL when out of memory, or beyond the budget. Valid until
 * reset or free. */
void *kg_arena_alloc(kg_arena *arena, size_t size);

/* A terminated copy of s; NULL when out of memory. */
char *kg_arena_copy(kg_arena *arena, kg_str s);

/* Forget everything allocated, keeping one block for reuse. Both leave the budget as it is, with
 * what was given back. */
void kg_arena_reset(kg_arena *arena);

void kg_arena_free(kg_arena *arena);

#endif
