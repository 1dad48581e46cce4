#include "plugins/transr/name_table.h"

#include "kgstore/base/hash.h"

#include <stdlib.h>

/* The slot where name stands, or where it would. */
static size_t slot_of(const transr_names *names, kg_str name) {
    size_t mask = names->n_slots - 1;
    size_t slot = kg_hash_bytes(name.data, name.len, 0) & mask;
    while (names->slots[slot] && !kg_str_equal(names->list.data[names->slots[slot] - 1], name))
        slot = (slot + 1) & mask;
    return slot;
}

/* At most half of the slots are taken. */
static kg_status grow(transr_names *names) {
    size_t n = names->n_slots ? names->n_slots * 2 : 1024;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return KG_ERR_MEMORY;
    free(names->slots);
    names->slots = slots;
    names->n_slots = n;
    for (size_t i = 0; i < names->list.len; i++)
        slots[slot_of(names, names->list.data[i])] = (uint32_t)i + 1;
    return KG_OK;
}

kg_status transr_names_add(uint32_t *id, transr_names *names, kg_str name) {
    kg_status st;
    if (names->list.len >= names->n_slots / 2)
        KG_TRY(st, grow(names));
    size_t slot = slot_of(names, name);
    if (names->slots[slot]) {
        *id = names->slots[slot] - 1;
        return KG_OK;
    }
    if (names->list.len >= UINT32_MAX - 1)
        return KG_ERR_LIMIT;
    char *copy = kg_arena_copy(&names->arena, name);
    if (!copy)
        return KG_ERR_MEMORY;
    KG_TRY(st, kg_array_push(&names->list, ((kg_str){copy, name.len})));
    *id = (uint32_t)names->list.len - 1;
    names->slots[slot] = *id + 1;
    return KG_OK;
}

void transr_names_free(transr_names *names) {
    kg_array_free(&names->list);
    free(names->slots);
    kg_arena_free(&names->arena);
    names->slots = NULL;
    names->n_slots = 0;
}
