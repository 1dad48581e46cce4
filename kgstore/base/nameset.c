#include "kgstore/base/nameset.h"

#include "kgstore/base/hash.h"

#include <stdlib.h>

/* The slot that holds name, or the free one where it belongs; n_slots > 0. */
static size_t slot_of(const kg_nameset *set, kg_str name) {
    size_t mask = set->n_slots - 1;
    size_t at = (size_t)kg_hash_bytes(name.data, name.len, 0) & mask;
    while (set->slots[at] && !kg_str_equal(set->names.data[set->slots[at] - 1], name))
        at = (at + 1) & mask;
    return at;
}

uint32_t kg_nameset_find(const kg_nameset *set, kg_str name) {
    if (set->n_slots == 0)
        return KG_NAMESET_NONE;
    return set->slots[slot_of(set, name)] - 1;
}

static kg_status grow(kg_nameset *set) {
    size_t n = set->n_slots ? set->n_slots * 2 : 64;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return KG_ERR_MEMORY;
    free(set->slots);
    set->slots = slots;
    set->n_slots = n;
    for (size_t i = 0; i < set->names.len; i++)
        slots[slot_of(set, set->names.data[i])] = (uint32_t)i + 1;
    return KG_OK;
}

kg_status kg_nameset_add(uint32_t *number, kg_nameset *set, kg_str name) {
    kg_status st;
    if (set->names.len * 2 >= set->n_slots)
        KG_TRY(st, grow(set));
    size_t at = slot_of(set, name);
    if (set->slots[at]) {
        *number = set->slots[at] - 1;
        return KG_OK;
    }
    if (set->names.len >= KG_NAMESET_NONE)
        return KG_ERR_LIMIT;
    char *copy = kg_arena_copy(&set->arena, name);
    if (!copy)
        return KG_ERR_MEMORY;
    KG_TRY(st, kg_array_push(&set->names, ((kg_str){copy, name.len})));
    *number = (uint32_t)set->names.len - 1;
    set->slots[at] = (uint32_t)set->names.len;
    return KG_OK;
}

void kg_nameset_free(kg_nameset *set) {
    kg_array_free(&set->names);
    free(set->slots);
    kg_arena_free(&set->arena);
    *set = (kg_nameset){0};
}
