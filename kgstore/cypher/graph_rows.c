/* Edges of one relation, apart from those of the others: an entity's record holds the edges of all
 * relations, and a query that follows one of them from many nodes would look through them all. */
#include "kgstore/cypher/graph.h"

#include <stdlib.h>

enum {
    SHARE = 8,       /* made when so much of all nodes was asked for */
    MOST = 256 << 20 /* bytes of all of them */
};

typedef struct rows {
    uint32_t *begin; /* E + 1: where each node's ends begin; NULL: not made yet */
    KG_ARRAY(kg_id) ends;
    uint64_t asked;
    bool failed; /* there was no room for it */
} rows;

typedef struct cy_row_index {
    uint64_t relations;
    uint64_t bytes;
    rows of[]; /* out and in of each relation */
} cy_row_index;

kg_status cy_cached_rows_new(cy_graph *g) {
    uint64_t n = g->stats.relations;
    g->rows = calloc(1, sizeof *g->rows + 2 * n * sizeof(rows));
    if (!g->rows)
        return KG_ERR_MEMORY;
    g->rows->relations = n;
    return KG_OK;
}

void cy_cached_rows_free(cy_graph *g) {
    for (uint64_t i = 0; g->rows && i < g->rows->relations * 2; i++) {
        free(g->rows->of[i].begin);
        kg_array_free(&g->rows->of[i].ends);
    }
    free(g->rows);
    g->rows = NULL;
}

static kg_status take_ends(rows *r, kg_edges edges, kg_id relation, uint64_t n) {
    kg_status st;
    KG_TRY(st, kg_array_reserve(&r->ends, edges.count));
    for (uint32_t i = 0; i < edges.count; i++) {
        if (kg_edge_relation(edges, i) != relation)
            continue;
        if (kg_edge_entity(edges, i) >= n) /* who reads rows need not look */
            return KG_ERR_CORRUPT;
        r->ends.data[r->ends.len++] = kg_edge_entity(edges, i);
    }
    return r->ends.len < UINT32_MAX ? KG_OK : KG_ERR_LIMIT;
}

static kg_status make_rows(rows *r, const cy_graph *g, kg_id relation, bool out) {
    uint64_t n = g->stats.entities;
    kg_status st = KG_OK;
    if (g->rows->bytes + (n + 1) * sizeof *r->begin > MOST)
        return KG_ERR_LIMIT;
    r->begin = malloc((n + 1) * sizeof *r->begin);
    if (!r->begin)
        return KG_ERR_MEMORY;
    for (kg_id e = 0; st == KG_OK && e < n; e++) {
        kg_edges edges = {NULL, 0};
        r->begin[e] = (uint32_t)r->ends.len;
        st = kg_entity_edges(out ? &edges : NULL, out ? NULL : &edges, g->snapshot, e);
        if (st == KG_OK)
            st = take_ends(r, edges, relation, n);
        else if (st == KG_ERR_NOT_FOUND) /* deleted */
            st = KG_OK;
    }
    r->begin[n] = (uint32_t)r->ends.len;
    g->rows->bytes += (n + 1) * sizeof *r->begin + r->ends.cap * sizeof *r->ends.data;
    return st;
}

/* The rows of a relation, made if they were asked for so often; NULL: there are none. */
static const rows *rows_of(const cy_graph *g, kg_id relation, int direction, uint64_t often) {
    if (g->changes || relation >= g->stats.relations)
        return NULL;
    rows *r = &g->rows->of[relation * 2 + (direction < 0)];
    if (!r->begin) {
        if (r->failed || ++r->asked <= often)
            return NULL;
        r->failed = make_rows(r, g, relation, direction > 0) != KG_OK;
    }
    if (r->failed) {
        free(r->begin);
        kg_array_free(&r->ends);
        r->begin = NULL;
    }
    return r->begin ? r : NULL;
}

bool cy_cached_row(const kg_id **ends, uint32_t *count, const cy_graph *g, kg_id node,
                   kg_id relation, int direction) {
    if (node >= g->stats.entities)
        return false;
    const rows *r = rows_of(g, relation, direction, g->stats.entities / SHARE);
    if (!r)
        return false;
    *ends = r->ends.data + r->begin[node];
    *count = r->begin[node + 1] - r->begin[node];
    return true;
}

bool cy_cached_all_rows(const uint32_t **begin, const kg_id **ends, const cy_graph *g,
                        kg_id relation, int direction) {
    const rows *r = rows_of(g, relation, direction, 0);
    if (!r)
        return false;
    *begin = r->begin;
    *ends = r->ends.data;
    return true;
}
