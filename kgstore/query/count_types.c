/* count by type: of the entities of a graph, or of the neighbours of one. */
#include "kgstore/query/query.h"

#include <stdlib.h>
#include <string.h>

typedef struct tally {
    kg_id type;
    uint64_t count;
} tally;

static int most_first(const void *a, const void *b) {
    const tally *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->type < y->type ? -1 : x->type > y->type;
}

static kg_status tally_entity(tally *tallies, const kg_inquiry *q, const kg_stats *stats,
                              kg_id entity) {
    kg_types types;
    kg_status st = kg_entity_types(&types, q->snapshot, entity);
    if (st == KG_ERR_NOT_FOUND && entity < stats->entities)
        return KG_OK; /* deleted */
    for (uint32_t i = 0; st == KG_OK && i < types.count; ++i)
        tallies[kg_types_at(types, i)].count++;
    return st;
}

static kg_status tally_graph(tally *tallies, const kg_inquiry *q, const kg_stats *stats) {
    kg_status st = KG_OK;
    for (uint64_t e = 0; e < stats->entities && st == KG_OK; ++e)
        st = tally_entity(tallies, q, stats, (kg_id)e);
    return st;
}

static int by_id(const void *a, const void *b) {
    kg_id x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* Each neighbour counts once, however many edges lead to it. */
static kg_status tally_neighbours(tally *tallies, const kg_inquiry *q, const kg_stats *stats) {
    kg_edges out, in;
    kg_id entity;
    kg_status st;
    size_t n = 0;
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    KG_TRY(st, kg_entity_edges(&out, &in, q->snapshot, entity));
    kg_id *ids = malloc(((size_t)out.count + in.count + 1) * sizeof *ids);
    if (!ids)
        return KG_ERR_MEMORY;
    for (uint32_t i = 0; i < out.count; ++i)
        ids[n++] = kg_edge_entity(out, i);
    for (uint32_t i = 0; i < in.count; ++i)
        ids[n++] = kg_edge_entity(in, i);
    qsort(ids, n, sizeof *ids, by_id);
    for (size_t i = 0; i < n && st == KG_OK; ++i)
        if (ids[i] >= stats->entities)
            st = KG_ERR_CORRUPT;
        else if (i == 0 || ids[i] != ids[i - 1])
            st = tally_entity(tallies, q, stats, ids[i]);
    free(ids);
    return st;
}

static kg_status tally_rows(const kg_inquiry *q, tally *tallies, size_t n) {
    kg_status st;
    qsort(tallies, n, sizeof *tallies, most_first);
    for (size_t i = 0; i < n && tallies[i].count > 0; ++i) {
        KG_TRY(st, kg_cell_name(q, KG_TYPE, tallies[i].type));
        kg_result_integer(q->result, (int64_t)tallies[i].count);
    }
    return KG_OK;
}

kg_status kg_count_types(const kg_inquiry *q, const kg_stats *stats) {
    static const char *const columns[] = {"type", "count"};
    size_t n = (size_t)stats->types;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_ROWS, columns, 2);
    tally *tallies = calloc(n + 1, sizeof *tallies);
    if (!tallies)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; ++i)
        tallies[i].type = (kg_id)i;
    st = q->question->n_args == 1 ? tally_neighbours(tallies, q, stats)
                                  : tally_graph(tallies, q, stats);
    if (st == KG_OK)
        st = tally_rows(q, tallies, n);
    free(tallies);
    return st;
}
