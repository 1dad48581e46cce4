/* Relationships counted by the labels of their ends and by their types: one walk over all edges,
 * into an array with a place for each group. */
#include "kgstore/base/hugepages.h"
#include "kgstore/cypher/plan.h"

#include <stdlib.h>

typedef struct schema_plan {
    cy_plan base;
    cy_schema_count x;
    kg_id *types;
    size_t n_types;
    size_t sizes[3]; /* of the array: labels of the head, types, labels of the tail; 1: no group */
    uint64_t *counts;
    size_t n, at;
    uint32_t *only[2]; /* by node, as head and as tail: the place of its only label, or one of: */
    bool begun;
} schema_plan;

enum { NOT_KNOWN = 0, NONE = 1, MANY = 2, PLACES = 3 }; /* else a place and PLACES */

static void close_schema(cy_plan *plan) {
    schema_plan *p = (schema_plan *)plan;
    kg_pages_free(p->counts, p->n * sizeof *p->counts);
    p->counts = NULL;
    p->n = 0;
    for (int i = 0; i < 2; i++) {
        free(p->only[i]);
        p->only[i] = NULL;
    }
}

static kg_status open_schema(cy_plan *plan, cy_context *c) {
    (void)c;
    close_schema(plan);
    ((schema_plan *)plan)->begun = false;
    ((schema_plan *)plan)->at = 0;
    return KG_OK;
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* The labels of an end, 0 the head and 1 the tail, as groups go by them; *fits: it has those that
 * the pattern names. */
static kg_status labels_of(cy_labels *labels, bool *fits, const schema_plan *p, cy_context *c,
                           int end, kg_id node) {
    *fits = true;
    *labels = (cy_labels){.count = 1};
    if (p->x.labels[end]) {
        kg_status st;
        KG_TRY(st, cy_eval_labels(fits, c, p->x.labels[end], node));
    }
    return *fits && p->x.each_label[end] ? cy_node_labels(labels, c->graph, node) : KG_OK;
}

/* The first and the last place of an array come from the ends' labels, where groups go by them. */
static void add(schema_plan *p, const cy_labels *head, kg_id relation, const cy_labels *tail) {
    for (uint32_t i = 0; i < head->count; i++)
        for (uint32_t k = 0; k < tail->count; k++) {
            size_t at = p->sizes[0] > 1 ? cy_labels_at(head, i) : 0;
            at = at * p->sizes[1] + (p->sizes[1] > 1 ? relation : 0);
            at = at * p->sizes[2] + (p->sizes[2] > 1 ? cy_labels_at(tail, k) : 0);
            p->counts[at]++;
        }
}

/* The label of an end that has one and fits; found once for each node. */
static kg_status only_label(uint32_t *out, schema_plan *p, cy_context *c, int end, kg_id node) {
    kg_status st;
    bool fits;
    cy_labels labels;
    uint32_t *only = &p->only[end][node];
    if (*only == NOT_KNOWN) {
        KG_TRY(st, labels_of(&labels, &fits, p, c, end, node));
        bool one = fits && labels.count == 1;
        *only = !fits || labels.count == 0 ? NONE : MANY;
        if (one)
            *only = PLACES + (p->sizes[end * 2] > 1 ? cy_labels_at(&labels, 0) : 0);
    }
    *out = *only;
    return KG_OK;
}

/* Ends of which one has several labels. */
static kg_status add_many(schema_plan *p, cy_context *c, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    bool fits;
    cy_labels of_head, of_tail;
    KG_TRY(st, labels_of(&of_head, &fits, p, c, 0, head));
    KG_TRY(st, labels_of(&of_tail, &fits, p, c, 1, tail));
    add(p, &of_head, relation, &of_tail);
    return KG_OK;
}

static kg_status count_from(schema_plan *p, cy_context *c, kg_id node) {
    kg_status st;
    uint32_t head, tail;
    kg_edges out = {NULL, 0};
    st = kg_entity_edges(&out, NULL, c->graph->snapshot, node);
    if (st == KG_ERR_NOT_FOUND || (st == KG_OK && out.count == 0)) /* deleted, or at no beginning */
        return KG_OK;
    KG_TRY(st, only_label(&head, p, c, 0, node));
    for (uint32_t i = 0; head != NONE && i < out.count; i++) {
        kg_id relation = kg_edge_relation(out, i), end = kg_edge_entity(out, i);
        if (!cy_takes_relation(p->types, p->n_types, relation))
            continue;
        if (end >= c->graph->stats.entities)
            return KG_ERR_CORRUPT;
        tail = p->only[1][end];
        if (tail == NOT_KNOWN)
            KG_TRY(st, only_label(&tail, p, c, 1, end));
        size_t at = ((size_t)(head - PLACES) * p->sizes[1] + (p->sizes[1] > 1 ? relation : 0)) *
                        p->sizes[2] +
                    (tail - PLACES);
        if (head >= PLACES && tail >= PLACES)
            p->counts[at]++;
        else if (tail != NONE)
            KG_TRY(st, add_many(p, c, node, relation, end));
    }
    return KG_OK;
}

/* A group of one place: nothing goes by it, or there is only one such label. */
static size_t size_of(bool grouped, uint64_t n) {
    return grouped && n ? n : 1;
}

static kg_status count_all(schema_plan *p, cy_context *c) {
    kg_status st;
    bool none;
    const kg_stats *stats = &c->graph->stats;
    KG_TRY(st, cy_graph_relations(p->types, &p->n_types, &none, c->graph, p->x.edge->types,
                                  p->x.edge->n_types));
    p->sizes[0] = size_of(p->x.label_slots[0] != CY_NO_SLOT, stats->types);
    p->sizes[1] = size_of(p->x.by_type, stats->relations);
    p->sizes[2] = size_of(p->x.label_slots[1] != CY_NO_SLOT, stats->types);
    size_t n = p->sizes[0] * p->sizes[1] * p->sizes[2];
    p->counts = kg_pages_new(n * sizeof *p->counts);
    p->n = p->counts ? n : 0;
    for (int i = 0; i < 2; i++)
        p->only[i] = calloc(stats->entities + 1, sizeof *p->only[i]);
    if (!p->counts || !p->only[0] || !p->only[1])
        return cy_out_of_memory(c);
    for (kg_id node = 0; !none && node < stats->entities; node++) {
        KG_TRY(st, cy_tick(c));
        KG_TRY(st, count_from(p, c, node));
    }
    return KG_OK;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static kg_status give_label(const schema_plan *p, cy_context *c, int end, size_t type) {
    kg_status st;
    kg_str name;
    if (p->x.label_slots[end] == CY_NO_SLOT)
        return KG_OK;
    KG_TRY(st, cy_graph_name(&name, c->graph, KG_TYPE, (kg_id)type));
    c->row[p->x.label_slots[end]] = cy_string(name);
    return KG_OK;
}

static kg_status give(const schema_plan *p, cy_context *c, size_t at) {
    kg_status st;
    size_t tail = at % p->sizes[2], relation = at / p->sizes[2] % p->sizes[1];
    KG_TRY(st, give_label(p, c, 0, at / p->sizes[2] / p->sizes[1]));
    KG_TRY(st, give_label(p, c, 1, tail));
    /* Only its type is asked for. */
    c->row[p->x.edge->slot] =
        (cy_value){.kind = CY_EDGE, .as.edge = {KG_NO_ID, (kg_id)relation, KG_NO_ID}};
    for (size_t i = 0; i < p->x.n_results; i++)
        c->row[p->x.results[i]->slot] = cy_integer((int64_t)p->counts[at]);
    return KG_OK;
}

static kg_status next_schema(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    schema_plan *p = (schema_plan *)plan;
    if (!p->begun) {
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (*found)
            KG_TRY(st, count_all(p, c));
        p->begun = true;
    }
    while (p->at < p->n && p->counts[p->at] == 0)
        p->at++;
    *found = p->at < p->n;
    return *found ? give(p, c, p->at++) : KG_OK;
}

cy_plan *cy_plan_schema_count(cy_planner *p, cy_plan *input, const cy_schema_count *count) {
    static const cy_plan_ops OPS = {"CountEdges", open_schema, next_schema, close_schema};
    schema_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->x = *count;
    plan->types = kg_arena_alloc(p->arena, (count->edge->n_types + 1) * sizeof *plan->types);
    return plan->types ? &plan->base : NULL;
}
