/* Paths from one start, counted by the nodes that they end at, or by the names of those. */
#ifndef KG_CYPHER_PATHCOUNT_H
#define KG_CYPHER_PATHCOUNT_H

#include "kgstore/cypher/ast.h"
#include "kgstore/cypher/eval.h"

typedef struct cy_tally {
    uint32_t *counts; /* by end, all zero between two starts */
    kg_id *reached;   /* ends whose count is not zero, or was not */
    size_t n_reached;
    const kg_id *classes;   /* by node: its class, which is counted; NULL: the node is */
    cy_op order;            /* of start and end, as of cy_count */
    const uint32_t *places; /* of nodes in the order of identifiers */
} cy_tally;

/* Room for n ends; KG_ERR_MEMORY. cy_tally_free in any case. */
kg_status cy_tally_init(cy_tally *tally, size_t n);
void cy_tally_free(cy_tally *tally);

static inline bool cy_tally_in_order(const cy_tally *t, kg_id start, kg_id end) {
    switch (t->order) {
    case CY_LT:
        return t->places[start] < t->places[end];
    case CY_GT:
        return t->places[start] > t->places[end];
    case CY_NE:
        return start != end;
    default:
        return true;
    }
}

static inline void cy_tally_one(cy_tally *t, kg_id end) {
    kg_id to = t->classes ? t->classes[end] : end;
    if (t->counts[to]++ == 0)
        t->reached[t->n_reached++] = to;
}

/* One more path to each of n ends that stands in order: the loop that runs most of all. */
static inline void cy_tally_all(cy_tally *t, kg_id start, const kg_id *ends, size_t n) {
    if (t->order == CY_LT && !t->classes) {
        const uint32_t *places = t->places, own = places[start];
        for (size_t i = 0; i < n; i++)
            if (places[ends[i]] > own && t->counts[ends[i]]++ == 0)
                t->reached[t->n_reached++] = ends[i];
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (cy_tally_in_order(t, start, ends[i]))
            cy_tally_one(t, ends[i]);
}

/* ---- On several threads (pathcount.c) ------------------------------------------------------ */

/* What is counted: arrays that nothing changes meanwhile, so that threads need no page of the store
 * and no lock. */
typedef struct cy_parts_input {
    const uint32_t
        *begin[2]; /* of the first and the second relationship: where a node's ends are */
    const kg_id *ends[2];
    const uint8_t *good[3]; /* by node: 1 where it meets the conditions; NULL: all do */
    const cy_name_classes *starts, *goals; /* NULL: each node is a group */
    cy_op order;
    const uint32_t *places;
    bool same_relation, turns; /* turns: the second one is walked against the first's direction */
    kg_id n_starts;
    size_t n_nodes;
    unsigned threads;
} cy_parts_input;

typedef struct cy_parts cy_parts;

typedef struct cy_parts_row {
    kg_id start, end; /* groups */
    uint32_t count;
} cy_parts_row;

/* How many paths there are, whatever the conditions; and the bytes that counting them may take. */
uint64_t cy_parts_paths(const cy_parts_input *input);
size_t cy_parts_bytes(const cy_parts_input *input);

/* bound: smaller counts are not wanted. *out: cy_parts_free. KG_ERR_MEMORY. */
kg_status cy_parts_new(cy_parts **out, const cy_parts_input *input, int64_t bound);
void cy_parts_free(cy_parts *parts);

/* The next row, in the order in which one thread would give them. bound: smaller counts are not
 * wanted from now on; some may come all the same. */
kg_status cy_parts_next(bool *found, cy_parts_row *row, cy_parts *parts, cy_context *context,
                        int64_t bound);

#endif
