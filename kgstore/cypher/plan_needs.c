/* Does it matter how often a row comes? Not to DISTINCT, nor to aggregates that take each value
 * once: before those, nodes that are reached again need not be followed again. */
#include "kgstore/cypher/astwalk.h"
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

static void mark_expr(void *context, const cy_expr *e) {
    cy_needs *n = context;
    if (e->kind == CY_E_VARIABLE || e->kind == CY_E_COMPREHENSION || e->kind == CY_E_QUANTIFIER ||
        e->kind == CY_E_REDUCE) {
        mark(n, e->slot);
        mark(n, e->slot2);
    }
    if (e->kind == CY_E_CALL && strcmp(e->function->name, "rand") == 0)
        n->random = true;
}

static void mark_node(void *context, const cy_node_pattern *node) {
    mark(context, node->slot);
}

static void mark_edge(void *context, const cy_edge_pattern *edge) {
    mark(context, edge->slot);
}

static cy_visitor marker(cy_needs *n) {
    return (cy_visitor){n, mark_expr, mark_node, mark_edge};
}

void cy_mark_slots(cy_needs *n, const cy_expr *e) {
    const cy_visitor v = marker(n);
    cy_walk_expr(&v, e);
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
    const cy_visitor v = marker(n);
    cy_walk_clause(&v, &part->clauses[i]);
    memset(n->slots, 0, (size_t)p->n_slots);
    for (size_t k = i + 1; k <= end; k++)
        cy_walk_clause(&v, &part->clauses[k]);
    *out = n->random ? NULL : n; /* what is drawn for each row is not alike */
    return KG_OK;
}
