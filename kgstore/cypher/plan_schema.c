/* When can the relationships of a MATCH be counted by what they join, in one walk over them?
 *
 * MATCH (h)-[r]->(t), which may name labels and types, then UNWIND labels(h) AS a or the same of t
 * or both or neither, then a projection that groups by a, b and type(r), or some of them, and
 * counts. */
#include "kgstore/cypher/bind.h"
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/plan.h"

typedef struct schema {
    const cy_path_pattern *path;
    int unwound[2]; /* registers of the labels of head and tail; CY_NO_SLOT: not unwound */
    cy_schema_count x;
} schema;

/* The variable that a function of this name is called with; CY_NO_SLOT: it is another call. */
static int argument_of(const cy_expr *e, const char *function) {
    bool call = e->kind == CY_E_CALL && e->count == 1 && !e->distinct && e->function &&
                strcmp(e->function->name, function) == 0 && e->items[0]->kind == CY_E_VARIABLE;
    return call ? e->items[0]->slot : CY_NO_SLOT;
}

/* 0: the head, 1: the tail. */
static const cy_node_pattern *end_of(const schema *s, int which) {
    return &s->path->nodes[(s->x.direction > 0) == (which == 0) ? 0 : 1];
}

static bool take_match(schema *s, const cy_clause *c) {
    if (c->optional || c->where || !cy_is_plain_path(c->pattern) ||
        c->pattern->paths[0].n_edges != 1)
        return false;
    s->path = &c->pattern->paths[0];
    s->x.edge = &s->path->edges[0];
    s->x.direction = s->x.edge->direction;
    for (int i = 0; i < 2; i++) {
        s->x.labels[i] = end_of(s, i)->labels;
        s->unwound[i] = CY_NO_SLOT;
    }
    return s->x.direction != 0;
}

static bool take_unwind(schema *s, const cy_clause *c) {
    int of = argument_of(c->expr, "labels");
    for (int i = 0; of != CY_NO_SLOT && i < 2; i++)
        if (of == end_of(s, i)->slot && s->unwound[i] == CY_NO_SLOT) {
            s->unwound[i] = c->slot;
            s->x.each_label[i] = true;
            return true;
        }
    return false;
}

static bool take_key(schema *s, const cy_expr *e) {
    if (argument_of(e, "type") == s->x.edge->slot)
        return s->x.by_type = true;
    for (int i = 0; e->kind == CY_E_VARIABLE && i < 2; i++)
        if (e->slot == s->unwound[i]) {
            s->x.label_slots[i] = e->slot;
            return true;
        }
    return false;
}

/* count(*), or of what is never null. */
static bool is_count(const schema *s, const cy_expr *call) {
    if (call->kind == CY_E_COUNT_ALL)
        return true;
    int of = argument_of(call, "count");
    return of != CY_NO_SLOT &&
           (of == s->x.edge->slot || of == s->path->nodes[0].slot || of == s->path->nodes[1].slot);
}

static bool take_projection(schema *s, const cy_projection *j) {
    s->x.label_slots[0] = s->x.label_slots[1] = CY_NO_SLOT;
    for (size_t i = 0; i < j->n_items; i++)
        if (j->items[i].expr->kind != CY_E_AGGREGATE && !take_key(s, j->items[i].expr))
            return false;
    for (size_t i = 0; i < j->n_aggregates; i++)
        if (!is_count(s, j->aggregates[i]))
            return false;
    s->x.results = j->aggregates;
    s->x.n_results = j->n_aggregates;
    /* All rows in one group are one row also where there are none. */
    bool grouped =
        s->x.by_type || s->x.label_slots[0] != CY_NO_SLOT || s->x.label_slots[1] != CY_NO_SLOT;
    return grouped && !j->distinct && j->n_aggregates > 0;
}

/* Is there room for a count of each group? */
static bool is_small(const schema *s, const kg_stats *stats) {
    enum { MOST = 1 << 22 };
    uint64_t n = s->x.by_type ? stats->relations : 1;
    for (int i = 0; i < 2; i++)
        if (s->x.label_slots[i] != CY_NO_SLOT)
            n = stats->types && n > MOST / stats->types ? MOST : n * stats->types;
    return n < MOST;
}

kg_status cy_plan_schema(size_t *used, cy_plan **plan, cy_planner *p, const cy_part *part) {
    schema s = {0};
    size_t i = 1;
    *used = 0;
    if (p->graph->changes || part->clauses[0].kind != CY_C_MATCH ||
        !take_match(&s, &part->clauses[0]))
        return KG_OK;
    while (i < part->n_clauses && part->clauses[i].kind == CY_C_UNWIND)
        if (!take_unwind(&s, &part->clauses[i++]))
            return KG_OK;
    if (i == part->n_clauses ||
        (part->clauses[i].kind != CY_C_WITH && part->clauses[i].kind != CY_C_RETURN) ||
        !take_projection(&s, part->clauses[i].projection) || !is_small(&s, &p->graph->stats))
        return KG_OK;
    *plan = cy_plan_schema_count(p, *plan, &s.x);
    *used = i;
    return *plan ? KG_OK : kg_error_set(p->err, KG_ERR_MEMORY, "out of memory planning the query");
}
