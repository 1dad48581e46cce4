/* out, in, top, count: what is next to an entity. */
#include "kgstore/query/query.h"

#include <stdlib.h>

enum { TOP_USUAL = 10 };

/* What stands in a row for an edge, or for all edges to one neighbour. */
static void edge_columns(const kg_inquiry *q) {
    static const char *const by_edge[] = {"entity", "relation", "direction",
                                          "weight", "types",    "label"};
    static const char *const by_entity[] = {"entity", "relations", "direction",
                                            "weight", "types",     "label"};
    static const unsigned char shown[] = {0, 5, 1, 2, 3, 4}, unlabelled[] = {0, 1, 2, 3, 4};
    kg_result_columns(q->result, KG_SHAPE_ROWS, q->question->by_entity ? by_entity : by_edge, 6);
    if (kg_inquiry_has_labels(q))
        kg_result_show(q->result, shown, 6);
    else
        kg_result_show(q->result, unlabelled, 5);
}

/* The relations of n edges, each once; *direction: theirs, 0 where they go both ways. */
static kg_status relations_cell(int32_t *direction, const kg_inquiry *q, const kg_neighbour *edges,
                                size_t n) {
    kg_status st;
    kg_str name, *items;
    size_t distinct = 0;
    for (size_t i = 0; i < n; ++i)
        distinct += i == 0 || edges[i].relation != edges[i - 1].relation;
    kg_result_texts(&items, q->result, distinct);
    *direction = edges[0].direction;
    for (size_t i = 0, at = 0; items && i < n; ++i) {
        if (edges[i].direction != *direction)
            *direction = 0;
        if (i > 0 && edges[i].relation == edges[i - 1].relation)
            continue;
        KG_TRY(st, kg_name_get(&name, q->snapshot, KG_RELATION, edges[i].relation));
        items[at++] = kg_result_copy(q->result, name);
    }
    return KG_OK;
}

/* A row for n edges to the same neighbour. */
static kg_status edge_row(const kg_inquiry *q, const kg_neighbour *edges, size_t n) {
    kg_status st;
    int32_t direction = edges->direction;
    KG_TRY(st, kg_cell_name(q, KG_ENTITY, edges->entity));
    if (q->question->by_entity)
        KG_TRY(st, relations_cell(&direction, q, edges, n));
    else
        KG_TRY(st, kg_cell_name(q, KG_RELATION, edges->relation));
    kg_result_arrow(q->result, direction);
    kg_result_real(q->result, edges->weight);
    KG_TRY(st, kg_cell_types(q, edges->entity));
    return kg_cell_label(q, edges->entity);
}

/* Keep of the edges those that are asked for; returns how many. */
static size_t choose(kg_neighbour *edges, size_t n, int32_t direction, kg_relation_set relations) {
    size_t kept = 0;
    for (size_t i = 0; i < n; ++i)
        if ((!direction || edges[i].direction == direction) &&
            kg_relation_is_in(relations, edges[i].relation))
            edges[kept++] = edges[i];
    return kept;
}

static kg_status rows_of(const kg_inquiry *q, const kg_neighbour *edges, size_t n, uint64_t k) {
    kg_status st = KG_OK;
    for (size_t i = 0, next; i < n && k > 0 && st == KG_OK; i = next, --k) {
        next = i + 1;
        while (q->question->by_entity && next < n && edges[next].entity == edges[i].entity)
            ++next;
        st = edge_row(q, &edges[i], next - i);
    }
    return st;
}

/* The rows of an entity's first k neighbours in one direction, or in both (0). */
static kg_status edge_rows(const kg_inquiry *q, int32_t direction, uint64_t k) {
    kg_edges out, in;
    kg_id entity;
    kg_relation_set relations;
    uint32_t count = 0;
    kg_status st;
    edge_columns(q);
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    KG_TRY(st, kg_entity_edges(&out, &in, q->snapshot, entity));
    KG_TRY(st, kg_inquiry_relations(&relations, q));
    uint32_t n = out.count + in.count;
    kg_neighbour *edges = malloc((n ? n : 1) * sizeof *edges);
    if (!edges) {
        free(relations.wanted);
        return KG_ERR_MEMORY;
    }
    bool all = direction || relations.wanted || q->question->by_entity || k > n;
    st = kg_neighbours_top(edges, &count, q->snapshot, entity, q->question->weights,
                           all ? n : (uint32_t)k);
    if (st == KG_ERR_NOT_FOUND)
        st = kg_error_set(q->err, st,
                          "the store has no personalized weights; run kg rank --personalized");
    if (st == KG_OK)
        st = rows_of(q, edges, choose(edges, count, direction, relations), k);
    free(relations.wanted);
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
            kg_result_arrow(q->result, tallies[i].direction);
        kg_result_integer(q->result, (int64_t)tallies[i].count);
    }
    return KG_OK;
}

static kg_status count_relations(const kg_inquiry *q, const kg_stats *stats) {
    static const char *const of_entity[] = {"relation", "direction", "count"};
    static const char *const of_graph[] = {"relation", "count"};
    bool entity = q->question->n_args == 1;
    size_t n = 2 * (size_t)stats->relations;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_ROWS, entity ? of_entity : of_graph, entity ? 3 : 2);
    tally *tallies = calloc(n + 1, sizeof *tallies);
    if (!tallies)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; ++i)
        tallies[i] = (tally){(kg_id)(i / 2), i % 2 ? -1 : 1, 0};
    st = entity ? tally_entity(tallies, q, stats->relations) : tally_graph(tallies, q, stats);
    if (st == KG_OK)
        st = tally_rows(q, tallies, n, entity);
    free(tallies);
    return st;
}

kg_status kg_answer_count(const kg_inquiry *q) {
    kg_stats stats;
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&stats, q->snapshot, q->err));
    return q->question->by_type ? kg_count_types(q, &stats) : count_relations(q, &stats);
}
