/* out, in, top, count: what is next to an entity. */
#include "kgstore/query/query.h"

#include <stdlib.h>

static const char *const edge_columns[] = {"entity", "relation", "direction", "weight", "types"};

enum { TOP_USUAL = 10 };

static kg_status edge_row(const kg_inquiry *q, const kg_neighbour *edge) {
    kg_status st;
    KG_TRY(st, kg_cell_name(q, KG_ENTITY, edge->entity));
    KG_TRY(st, kg_cell_name(q, KG_RELATION, edge->relation));
    kg_result_integer(q->result, edge->direction);
    kg_result_real(q->result, edge->weight);
    return kg_cell_types(q, edge->entity);
}

/* The rows of an entity's first k neighbours in one direction, or in both (0). */
static kg_status edge_rows(const kg_inquiry *q, int32_t direction, uint64_t k) {
    kg_edges out, in;
    kg_id entity;
    uint32_t count = 0;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_ROWS, edge_columns, 5);
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    KG_TRY(st, kg_entity_edges(&out, &in, q->snapshot, entity));
    uint32_t n = out.count + in.count;
    kg_neighbour *edges = malloc((n ? n : 1) * sizeof *edges);
    if (!edges)
        return KG_ERR_MEMORY;
    uint32_t wanted = direction || k > n ? n : (uint32_t)k;
    st = kg_neighbours_top(edges, &count, q->snapshot, entity, q->question->weights, wanted);
    if (st == KG_ERR_NOT_FOUND)
        st = kg_error_set(q->err, st,
                          "the store has no personalised weights; run kg rank --personalized");
    for (uint32_t i = 0; i < count && st == KG_OK && k > 0; ++i) {
        if (direction && edges[i].direction != direction)
            continue;
        st = edge_row(q, &edges[i]);
        --k;
    }
    free(edges);
    return st;
}

static uint64_t all_or_k(const kg_inquiry *q) {
    return q->question->k ? q->question->k : UINT64_MAX;
}

kg_status kg_answer_out(const kg_inquiry *q) {
    return edge_rows(q, 1, all_or_k(q));
}

kg_status kg_answer_in(const kg_inquiry *q) {
    return edge_rows(q, -1, all_or_k(q));
}

kg_status kg_answer_top(const kg_inquiry *q) {
    return edge_rows(q, 0, q->question->k ? q->question->k : TOP_USUAL);
}

/* Edges of one relation in one direction. */
typedef struct tally {
    kg_id relation;
    int32_t direction;
    uint64_t count;
} tally;

static int most_first(const void *a, const void *b) {
    const tally *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->relation != y->relation)
        return x->relation < y->relation ? -1 : 1;
    return y->direction - x->direction;
}

/* tallies: one an (out, in) pair of each relation. */
static kg_status tally_edges(tally *tallies, kg_edges edges, uint64_t n_relations, bool in) {
    for (uint32_t i = 0; i < edges.count; ++i) {
        kg_id relation = kg_edge_relation(edges, i);
        if (relation >= n_relations)
            return KG_ERR_CORRUPT;
        tallies[2 * (size_t)relation + in].count++;
    }
    return KG_OK;
}

static kg_status tally_entity(tally *tallies, const kg_inquiry *q, uint64_t n_relations) {
    kg_edges out, in;
    kg_id entity;
    kg_status st;
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    KG_TRY(st, kg_entity_edges(&out, &in, q->snapshot, entity));
    KG_TRY(st, tally_edges(tallies, out, n_relations, false));
    return tally_edges(tallies, in, n_relations, true);
}

static kg_status tally_graph(tally *tallies, const kg_inquiry *q, const kg_stats *stats) {
    kg_status st;
    uint64_t found = 0;
    for (uint64_t e = 0; e < stats->entities; ++e) {
        kg_edges out;
        st = kg_entity_edges(&out, NULL, q->snapshot, (kg_id)e);
        if (st == KG_ERR_NOT_FOUND)
            continue; /* deleted */
        if (st == KG_OK)
            st = tally_edges(tallies, out, stats->relations, false);
        if (st != KG_OK)
            return st;
        found += out.count;
    }
    return found == stats->triples ? KG_OK : KG_ERR_CORRUPT;
}

static kg_status tally_rows(const kg_inquiry *q, tally *tallies, size_t n, bool directions) {
    kg_status st;
    qsort(tallies, n, sizeof *tallies, most_first);
    for (size_t i = 0; i < n && tallies[i].count > 0; ++i) {
        KG_TRY(st, kg_cell_name(q, KG_RELATION, tallies[i].relation));
        if (directions)
            kg_result_integer(q->result, tallies[i].direction);
        kg_result_integer(q->result, (int64_t)tallies[i].count);
    }
    return KG_OK;
}

kg_status kg_answer_count(const kg_inquiry *q) {
    static const char *const of_entity[] = {"relation", "direction", "count"};
    static const char *const of_graph[] = {"relation", "count"};
    bool entity = q->question->n_args == 1;
    kg_stats stats;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_ROWS, entity ? of_entity : of_graph, entity ? 3 : 2);
    KG_TRY(st, kg_snapshot_stats(&stats, q->snapshot, q->err));
    size_t n = 2 * (size_t)stats.relations;
    tally *tallies = calloc(n + 1, sizeof *tallies);
    if (!tallies)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; ++i)
        tallies[i] = (tally){(kg_id)(i / 2), i % 2 ? -1 : 1, 0};
    st = entity ? tally_entity(tallies, q, stats.relations) : tally_graph(tallies, q, &stats);
    if (st == KG_OK)
        st = tally_rows(q, tallies, n, entity);
    free(tallies);
    return st;
}
