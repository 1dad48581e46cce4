/* Sets of nodes, a bit each. All zero: empty. */
#ifndef KG_CYPHER_NODESET_H
#define KG_CYPHER_NODESET_H

#include "kgstore/cypher/cyvalue.h"

typedef struct cy_node_set {
    uint64_t *bits;
    kg_id room; /* nodes below this have a bit */
    bool any;
    kg_arena arena;
} cy_node_set;

static inline bool cy_node_set_has(const cy_node_set *set, kg_id node) {
    return node < set->room && (set->bits[node / 64] >> node % 64 & 1);
}

/* Give nodes a bit, as far as `end` at least. */
kg_status cy_node_set_grow(cy_node_set *set, kg_id end);

/* Put in a node; *fresh: it was not in it. end: nodes are below this, as far as is known. */
static inline kg_status cy_node_set_add(bool *fresh, cy_node_set *set, kg_id node, kg_id end) {
    if (node >= set->room) {
        kg_status st = cy_node_set_grow(set, node < end ? end : node + 1);
        if (st != KG_OK)
            return st;
    }
    uint64_t *word = &set->bits[node / 64], bit = UINT64_C(1) << node % 64;
    *fresh = !(*word & bit);
    *word |= bit;
    set->any = true;
    return KG_OK;
}

/* budget: of its memory, or NULL. */
void cy_node_set_clear(cy_node_set *set, kg_arena_budget *budget);
void cy_node_set_free(cy_node_set *set);

#endif
