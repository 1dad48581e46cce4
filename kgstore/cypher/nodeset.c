#include "kgstore/cypher/nodeset.h"

kg_status cy_node_set_grow(cy_node_set *s, kg_id end) {
    size_t old = s->room / 64, n = ((size_t)end + 63) / 64;
    uint64_t *bits = kg_arena_alloc(&s->arena, n * sizeof *bits);
    if (!bits)
        return KG_ERR_MEMORY;
    if (old)
        memcpy(bits, s->bits, old * sizeof *bits);
    memset(bits + old, 0, (n - old) * sizeof *bits);
    s->bits = bits;
    s->room = (kg_id)(n * 64);
    return KG_OK;
}

void cy_node_set_clear(cy_node_set *s, kg_arena_budget *budget) {
    if (s->any)
        memset(s->bits, 0, s->room / 8);
    s->any = false;
    s->arena.budget = budget;
}

void cy_node_set_free(cy_node_set *s) {
    kg_arena_free(&s->arena);
    *s = (cy_node_set){.bits = NULL};
}
