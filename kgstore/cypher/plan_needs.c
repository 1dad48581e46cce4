/* Does it matter how often a row comes? Not to DISTINCT, nor to aggregates that take each value
 * once: before those, nodes that are reached again need not be followed again. */
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/plan.h"

cy_needs *cy_new_needs(const cy_planner *p) {
    cy_needs *n = kg_arena_alloc(p->arena, sizeof *n);
    bool *slots = kg_arena_alloc(p->arena, (size_t)p->n_slots + 1);
    if (!n || !slots)
        return NULL;
    *n = (cy_needs){slots, false};
    memset(slots, 0, (size_t)p->n_slots + 1);
    return n;
}

/* ---- What is spoken of ----------------------------------------------------------------------- */

static void mark(cy_needs *n, int slot) {
    if (slot != CY_NO_SLOT)
        n->slots[slot] = true;
}

static void mark_query(cy_needs *n, const cy_query *q);

static void mark_pattern(cy_needs *n, const cy_pattern *pattern) {
    for (size_t i = 0; i < pattern->n_paths; i++) {
        const cy_path_pattern *path = &pattern->paths[i];
        for (size_t k = 0; k <= path->n_edges; k++) {
            mark(n, path->nodes[k].slot);
            cy_mark_slots(n, path->nodes[k].properties);
            cy_mark_slots(n, path->nodes[k].where);
        }
        for (size_t k = 0; k < path->n_edges; k++) {
            mark(n, path->edges[k].slot);
            cy_mark_slots(n, path->edges[k].properties);
            cy_mark_slots(n, path->edges[k].where);
        }
    }
}

void cy_mark_slots(cy_needs *n, const cy_expr *e) {
    if (!e)
        return;
    if (e->kind == CY_E_VARIABLE || e->kind == CY_E_COMPREHENSION || e->kind == CY_E_QUANTIFIER ||
        e->kind == CY_E_REDUCE) {
        mark(n, e->slot);
        mark(n, e->slot2);
    }
    if (e->kind == CY_E_CALL && strcmp(e->function->name, "rand") == 0)
        n->random = true;
    if (e->pattern)
        mark_pattern(n, e->pattern);
    if (e->query)
        mark_query(n, e->query);
    for (size_t i = 0; i < e->count; i++)
        cy_mark_slots(n, e->items[i]);
}

static void mark_projection(cy_needs *n, const cy_projection *j) {
    for (size_t i = 0; i < j->n_items; i++)
        cy_mark_slots(n, j->items[i].expr);
    for (size_t i = 0; i < j->n_aggregates; i++)
        cy_mark_slots(n, j->aggregates[i]);
    for (size_t i = 0; i < j->n_order; i++)
        cy_mark_slots(n, j->order[i].expr);
    cy_mark_slots(n, j->where);
}

static void mark_clause(cy_needs *n, const cy_clause *c) {
    if (c->pattern)
        mark_pattern(n, c->pattern);
    if (c->projection)
        mark_projection(n, c->projection);
    if (c->query)
        mark_query(n, c->query);
    for (size_t i = 0; c->call && i < c->call->n_args; i++)
        cy_mark_slots(n, c->call->args[i]);
    cy_mark_slots(n, c->where);
    cy_mark_slots(n, c->expr);
}

static void mark_query(cy_needs *n, const cy_query *q) {
    for (size_t i = 0; i < q->n_parts; i++)
        for (size_t k = 0; k < q->parts[i].n_clauses; k++)
            mark_clause(n, &q->parts[i].clauses[k]);
}

/* ---- Rows that are alike --------------------------------------------------------------------- */

/* count(DISTINCT x), min(x) and their like. */
static bool takes_once(const cy_expr *call) {
    if (call->kind != CY_E_CALL)
        return false;
    cy_aggregate kind = call->function->aggregate;
    return call->distinct || kind == CY_AGG_MIN || kind == CY_AGG_MAX;
}

static bool may_be_one(const cy_projection *j) {
    for (size_t i = 0; i < j->n_aggregates; i++)
        if (!takes_once(j->aggregates[i]))
            return false;
    return j->distinct || j->n_aggregates > 0;
}

kg_status cy_plan_needs(const cy_needs **out, const cy_planner *p, const cy_part *part, size_t i) {
    size_t end = i + 1;
    *out = NULL;
    while (end < part->n_clauses &&
           (part->clauses[end].kind == CY_C_MATCH || part->clauses[end].kind == CY_C_UNWIND))
        end++;
    if (end == part->n_clauses || !part->clauses[end].projection ||
        !may_be_one(part->clauses[end].projection))
        return KG_OK;
    cy_needs *n = cy_new_needs(p);
    if (!n)
        return KG_ERR_MEMORY;
    mark_clause(n, &part->clauses[i]);
    memset(n->slots, 0, (size_t)p->n_slots);
    for (size_t k = i + 1; k <= end; k++)
        mark_clause(n, &part->clauses[k]);
    *out = n->random ? NULL : n; /* what is drawn for each row is not alike */
    return KG_OK;
}
