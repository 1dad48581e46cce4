/* A dictionary of names in memory: dense ids by first appearance. */
#ifndef KG_TRANSR_NAME_TABLE_H
#define KG_TRANSR_NAME_TABLE_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/str.h"

#include <stdint.h>

typedef struct transr_names {
    KG_ARRAY(kg_str) list; /* by id; borrowed from the arena */
    uint32_t *slots;       /* ids + 1 by hash, 0 empty */
    size_t n_slots;        /* a power of two, or 0 */
    kg_arena arena;
} transr_names;

#define TRANSR_NAMES_INIT                                                                          \
    { .list = KG_ARRAY_INIT, .arena = KG_ARENA_INIT }

/* The id of a name, given to it now if it is new. KG_ERR_MEMORY, KG_ERR_LIMIT at 2^32 - 2 names. */
kg_status transr_names_add(uint32_t *id, transr_names *names, kg_str name);
void transr_names_free(transr_names *names);

#endif
