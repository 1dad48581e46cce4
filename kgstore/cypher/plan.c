/* From clauses to operators. */
#include "kgstore/cypher/plan.h"

#include <stdlib.h>

static kg_status no_memory(cy_planner *p) {
    return kg_error_set(p->err, KG_ERR_MEMORY, "out of memory planning the query");
}

static kg_status put(cy_plan **plan, cy_planner *p, cy_plan *made) {
    if (!made)
        return no_memory(p);
    *plan = made;
    return KG_OK;
}

static void know(cy_planner *p, int slot) {
    if (slot != CY_NO_SLOT)
        p->known[slot] = true;
}

/* The variables of a comprehension and its like are known within it alone. */
static void forget(cy_planner *p, const cy_expr *e) {
    p->known[e->slot] = false;
    if (e->slot2 != CY_NO_SLOT)
        p->known[e->slot2] = false;
}

static bool *copy_known(cy_planner *p) {
    bool *copy = kg_arena_alloc(p->arena, (size_t)p->n_slots + 1);
    return copy ? memcpy(copy, p->known, (size_t)p->n_slots) : NULL;
}

/* ---- Plans within expressions ---------------------------------------------------------------- */

static kg_status plan_inner(cy_plan **out, cy_planner *p, cy_expr *e) {
    kg_status st;
    KG_TRY(st, put(out, p, cy_plan_once(p)));
    if (e->query)
        return cy_plan_query(out, p, e->query, *out);
    return cy_plan_match(out, p, e->pattern, e->kind == CY_E_PATTERN_LIST ? e->items[0] : NULL);
}

kg_status cy_plan_expr(cy_planner *p, cy_expr *e) {
    kg_status st;
    if (!e || e->plan)
        return KG_OK;
    if (e->kind == CY_E_COMPREHENSION || e->kind == CY_E_QUANTIFIER || e->kind == CY_E_REDUCE) {
        know(p, e->slot);
        know(p, e->slot2);
    }
    if (e->pattern || e->query) {
        bool *before = p->known, *inner = copy_known(p);
        if (!inner)
            return no_memory(p);
        p->known = inner;
        st = plan_inner(&e->plan, p, e);
        if (st == KG_OK && e->kind == CY_E_PATTERN_LIST)
            st = cy_plan_expr(p, e->items[1]);
        p->known = before;
        return st;
    }
    bool binds =
        e->kind == CY_E_COMPREHENSION || e->kind == CY_E_QUANTIFIER || e->kind == CY_E_REDUCE;
    for (size_t i = 0; i < e->count; i++)
        KG_TRY(st, cy_plan_expr(p, e->items[i]));
    if (binds)
        forget(p, e);
    return KG_OK;
}

/* ---- Projections ----------------------------------------------------------------------------- */

static kg_status plan_items(cy_planner *p, cy_projection *j) {
    kg_status st;
    for (size_t i = 0; i < j->n_items; i++)
        KG_TRY(st, cy_plan_expr(p, j->items[i].expr));
    for (size_t i = 0; i < j->n_aggregates; i++)
        for (size_t k = 0; k < j->aggregates[i]->count; k++)
            KG_TRY(st, cy_plan_expr(p, j->aggregates[i]->items[k]));
    return KG_OK;
}

/* What speaks of the items, once they are known. */
static kg_status plan_behind_items(cy_planner *p, cy_projection *j) {
    kg_status st;
    for (size_t i = 0; i < j->n_order; i++)
        KG_TRY(st, cy_plan_expr(p, j->order[i].expr));
    KG_TRY(st, cy_plan_expr(p, j->where));
    KG_TRY(st, cy_plan_expr(p, j->skip));
    return cy_plan_expr(p, j->limit);
}

static kg_status item_slots(int **out, cy_planner *p, const cy_projection *j) {
    *out = kg_arena_alloc(p->arena, (j->n_items + 1) * sizeof **out);
    if (!*out)
        return no_memory(p);
    for (size_t i = 0; i < j->n_items; i++)
        (*out)[i] = j->items[i].slot;
    return KG_OK;
}

/* counted: the row has the aggregates' results. */
static kg_status plan_projection(cy_plan **plan, cy_planner *p, cy_projection *j, bool counted) {
    kg_status st;
    int *slots;
    KG_TRY(st, plan_items(p, j));
    KG_TRY(st, item_slots(&slots, p, j));
    if (j->n_aggregates) {
        KG_TRY(st, put(plan, p,
                       counted ? cy_plan_project(p, *plan, j->items, j->n_items)
                               : cy_plan_aggregate(p, *plan, j)));
        memset(p->known, 0, (size_t)p->n_slots);
        for (size_t i = 0; i < j->n_aggregates; i++)
            know(p, j->aggregates[i]->slot);
    } else {
        KG_TRY(st, put(plan, p, cy_plan_project(p, *plan, j->items, j->n_items)));
    }
    for (size_t i = 0; i < j->n_items; i++)
        know(p, slots[i]);
    KG_TRY(st, plan_behind_items(p, j));
    if (j->distinct) {
        KG_TRY(st, put(plan, p, cy_plan_distinct(p, *plan, slots, j->n_items)));
    }
    if (j->n_order)
        KG_TRY(st, put(plan, p, cy_plan_sort(p, *plan, j)));
    if (j->skip || j->limit)
        KG_TRY(st, put(plan, p, cy_plan_slice(p, *plan, j->skip, j->limit, p->changing)));
    if (j->where)
        KG_TRY(st, put(plan, p, cy_plan_filter(p, *plan, j->where)));
    memset(p->known, 0, (size_t)p->n_slots);
    for (size_t i = 0; i < j->n_items; i++)
        know(p, slots[i]);
    return KG_OK;
}

/* ---- Clauses --------------------------------------------------------------------------------- */

static void know_pattern(cy_planner *p, const cy_pattern *pattern) {
    for (size_t i = 0; i < pattern->n_paths; i++) {
        const cy_path_pattern *path = &pattern->paths[i];
        for (size_t k = 0; k <= path->n_edges; k++)
            know(p, path->nodes[k].slot);
        for (size_t k = 0; k < path->n_edges; k++)
            know(p, path->edges[k].slot);
        know(p, path->slot);
    }
}

/* The registers that a pattern brings. */
static kg_status new_slots(int **out, size_t *n, cy_planner *p, const bool *before) {
    *out = kg_arena_alloc(p->arena, ((size_t)p->n_slots + 1) * sizeof **out);
    if (!*out)
        return no_memory(p);
    *n = 0;
    for (int i = 0; i < p->n_slots; i++)
        if (p->known[i] && !before[i])
            (*out)[(*n)++] = i;
    return KG_OK;
}

static kg_status plan_optional(cy_plan **plan, cy_planner *p, cy_clause *c) {
    kg_status st;
    int *slots;
    size_t n = 0;
    bool *before = copy_known(p);
    cy_plan *inner;
    if (!before)
        return no_memory(p);
    KG_TRY(st, put(&inner, p, cy_plan_once(p)));
    KG_TRY(st, cy_plan_match(&inner, p, c->pattern, c->where));
    know_pattern(p, c->pattern);
    KG_TRY(st, new_slots(&slots, &n, p, before));
    return put(plan, p, cy_plan_optional(p, *plan, inner, slots, n));
}

static kg_status plan_patterns_of(cy_planner *p, const cy_pattern *pattern) {
    kg_status st;
    for (size_t i = 0; i < pattern->n_paths; i++)
        for (size_t k = 0; k <= pattern->paths[i].n_edges; k++) {
            KG_TRY(st, cy_plan_expr(p, pattern->paths[i].nodes[k].properties));
            if (k < pattern->paths[i].n_edges)
                KG_TRY(st, cy_plan_expr(p, pattern->paths[i].edges[k].properties));
        }
    return KG_OK;
}

static kg_status plan_paths(cy_plan **plan, cy_planner *p, const cy_pattern *pattern) {
    kg_status st;
    for (size_t i = 0; i < pattern->n_paths; i++)
        if (pattern->paths[i].name.len)
            KG_TRY(st, put(plan, p, cy_plan_path(p, *plan, &pattern->paths[i])));
    return KG_OK;
}

static kg_status plan_changes(cy_planner *p, const cy_change *changes, size_t n) {
    kg_status st;
    for (size_t i = 0; i < n; i++) {
        KG_TRY(st, cy_plan_expr(p, changes[i].target));
        KG_TRY(st, cy_plan_expr(p, changes[i].value));
    }
    return KG_OK;
}

static kg_status plan_create(cy_plan **plan, cy_planner *p, cy_clause *c) {
    kg_status st;
    KG_TRY(st, plan_patterns_of(p, c->pattern));
    KG_TRY(st, put(plan, p, cy_plan_create(p, *plan, c->pattern)));
    know_pattern(p, c->pattern);
    return plan_paths(plan, p, c->pattern);
}

/* What it finds for one row it may have made for another: rows come one by one. */
static kg_status plan_merge(cy_plan **plan, cy_planner *p, cy_clause *c) {
    kg_status st;
    cy_plan *match;
    bool *before = p->known, *inner = copy_known(p);
    if (!inner)
        return no_memory(p);
    KG_TRY(st, plan_patterns_of(p, c->pattern));
    p->known = inner;
    st = put(&match, p, cy_plan_once(p));
    if (st == KG_OK)
        st = cy_plan_match(&match, p, c->pattern, NULL);
    p->known = before;
    if (st != KG_OK)
        return st;
    know_pattern(p, c->pattern);
    KG_TRY(st, plan_changes(p, c->changes, c->n_changes));
    KG_TRY(st, put(plan, p, cy_plan_merge(p, *plan, match, c)));
    return plan_paths(plan, p, c->pattern);
}

static kg_status plan_clause(cy_plan **plan, cy_planner *p, cy_clause *c);

static kg_status plan_foreach(cy_plan **plan, cy_planner *p, cy_clause *c) {
    kg_status st;
    cy_plan *inner;
    bool *before = p->known, *known = copy_known(p);
    if (!known)
        return no_memory(p);
    KG_TRY(st, cy_plan_expr(p, c->expr));
    p->known = known;
    know(p, c->slot);
    st = put(&inner, p, cy_plan_once(p));
    for (size_t i = 0; st == KG_OK && i < c->n_clauses; i++)
        st = plan_clause(&inner, p, &c->clauses[i]);
    p->known = before;
    return st == KG_OK ? put(plan, p, cy_plan_foreach(p, *plan, inner, c)) : st;
}

static kg_status plan_call(cy_plan **plan, cy_planner *p, cy_clause *c) {
    kg_status st;
    const cy_procedure *procedure = cy_procedure_find(p->procedures, c->call->name);
    for (size_t i = 0; i < c->call->n_args; i++)
        KG_TRY(st, cy_plan_expr(p, c->call->args[i]));
    KG_TRY(st, put(plan, p, cy_plan_call(p, *plan, c->call, procedure)));
    for (size_t i = 0; i < c->call->n_yields; i++)
        know(p, c->call->slots[i]);
    if (!c->call->where)
        return KG_OK;
    KG_TRY(st, cy_plan_expr(p, c->call->where));
    return put(plan, p, cy_plan_filter(p, *plan, c->call->where));
}

static kg_status plan_subquery(cy_plan **plan, cy_planner *p, cy_clause *c) {
    kg_status st;
    cy_plan *inner;
    bool *before = p->known, *known = copy_known(p);
    if (!known)
        return no_memory(p);
    p->known = known;
    st = put(&inner, p, cy_plan_once(p));
    if (st == KG_OK)
        st = cy_plan_query(&inner, p, c->query, inner);
    p->known = before;
    if (st != KG_OK)
        return st;
    const cy_part *part = &c->query->parts[0];
    cy_clause *last = &part->clauses[part->n_clauses - 1];
    if (last->kind != CY_C_RETURN) /* runs for each row, which stays */
        return put(plan, p, cy_plan_foreach(p, *plan, inner, c));
    for (size_t i = 0; i < last->projection->n_items; i++)
        know(p, last->projection->items[i].slot);
    return put(plan, p, cy_plan_apply(p, *plan, inner));
}

static kg_status plan_clause(cy_plan **plan, cy_planner *p, cy_clause *c) {
    kg_status st;
    switch (c->kind) {
    case CY_C_MATCH:
        return c->optional ? plan_optional(plan, p, c)
                           : cy_plan_match(plan, p, c->pattern, c->where);
    case CY_C_UNWIND:
        KG_TRY(st, cy_plan_expr(p, c->expr));
        KG_TRY(st, put(plan, p, cy_plan_unwind(p, *plan, c->expr, c->slot)));
        know(p, c->slot);
        return KG_OK;
    case CY_C_LOAD_CSV:
        KG_TRY(st, put(plan, p, cy_plan_load(p, *plan, c)));
        know(p, c->slot);
        return KG_OK;
    case CY_C_WITH:
    case CY_C_RETURN:
        return plan_projection(plan, p, c->projection, false);
    case CY_C_CREATE:
        return plan_create(plan, p, c);
    case CY_C_MERGE:
        return plan_merge(plan, p, c);
    case CY_C_SET:
    case CY_C_REMOVE:
        KG_TRY(st, plan_changes(p, c->changes, c->n_changes));
        return put(plan, p, cy_plan_change(p, *plan, c->changes, c->n_changes));
    case CY_C_DELETE:
        for (size_t i = 0; i < c->n_exprs; i++)
            KG_TRY(st, cy_plan_expr(p, c->exprs[i]));
        return put(plan, p, cy_plan_delete(p, *plan, c));
    case CY_C_CALL:
        return plan_call(plan, p, c);
    case CY_C_SUBQUERY:
        return plan_subquery(plan, p, c);
    case CY_C_FOREACH:
        return plan_foreach(plan, p, c);
    }
    return KG_OK;
}

/* ---- Queries --------------------------------------------------------------------------------- */

static bool changes_graph(const cy_clause *c) {
    return (c->kind >= CY_C_CREATE && c->kind <= CY_C_DELETE) || c->kind == CY_C_FOREACH ||
           (c->kind == CY_C_SUBQUERY && c->query->writes);
}

/* Plan a MATCH without a row for each of its paths, where they are only counted: *used clauses are
 * planned so, and the one behind them groups; 0: the usual way. */
static kg_status plan_counts(size_t *used, cy_plan **plan, cy_planner *p, const cy_part *part) {
    kg_status st;
    bool counted = false;
    *used = 0;
    for (int i = 0; i < p->n_slots; i++)
        if (p->known[i])
            return KG_OK;
    const cy_clause *c = part->clauses;
    if (part->n_clauses < 2 || c[0].kind != CY_C_MATCH)
        return KG_OK;
    KG_TRY(st, cy_plan_schema(used, plan, p, part));
    if (*used || (c[1].kind != CY_C_WITH && c[1].kind != CY_C_RETURN) ||
        !c[1].projection->n_aggregates)
        return KG_OK;
    KG_TRY(st, cy_plan_counted(&counted, plan, p, c, c[1].projection));
    *used = counted;
    return KG_OK;
}

/* Reading and changing take turns: between them all rows are kept, so that neither sees the other
 * at work. */
static kg_status plan_part(cy_plan **plan, cy_planner *p, cy_part *part) {
    kg_status st;
    bool changing = false, reads = false, before = p->changing;
    for (size_t i = 0; i < part->n_clauses; i++) {
        cy_clause *c = &part->clauses[i];
        bool changes = changes_graph(c);
        if ((changes && (reads || changing)) || (!changes && changing))
            KG_TRY(st, put(plan, p, cy_plan_eager(p, *plan)));
        reads = !changes;
        changing = changes;
        p->changing = p->changing || changes;
        size_t used = 0;
        if (i == 0)
            KG_TRY(st, plan_counts(&used, plan, p, part));
        if (used) {
            KG_TRY(st, plan_projection(plan, p, part->clauses[i = used].projection, true));
            continue;
        }
        if (c->kind == CY_C_MATCH && !c->optional && !p->changing &&
            cy_plan_needs(&p->needs, p, part, i) != KG_OK)
            return no_memory(p);
        KG_TRY(st, plan_clause(plan, p, c));
    }
    p->changing = before;
    const cy_clause *last = &part->clauses[part->n_clauses - 1];
    bool gives = last->kind == CY_C_RETURN || last->kind == CY_C_MATCH ||
                 last->kind == CY_C_UNWIND || last->kind == CY_C_WITH ||
                 (last->kind == CY_C_CALL && part->n_clauses == 1 && last->call->n_yields > 0);
    return gives ? KG_OK : put(plan, p, cy_plan_nothing(p, *plan));
}

static kg_status column_slots(const int **out, cy_planner *p, const cy_query *q,
                              const cy_part *part) {
    const cy_clause *last = &part->clauses[part->n_clauses - 1];
    int *slots = kg_arena_alloc(p->arena, (q->n_columns + 1) * sizeof *slots);
    if (!slots)
        return no_memory(p);
    for (size_t i = 0; i < q->n_columns; i++) {
        slots[i] = CY_NO_SLOT;
        if (last->kind == CY_C_CALL)
            slots[i] = last->call->slots[i];
        for (size_t k = 0; last->kind == CY_C_RETURN && k < q->n_columns; k++)
            if (kg_str_equal(last->projection->items[k].name, q->columns[i]))
                slots[i] = last->projection->items[k].slot;
    }
    *out = slots;
    return KG_OK;
}

static kg_status plan_union(cy_plan **plan, cy_planner *p, cy_query *q) {
    kg_status st;
    cy_plan **parts = kg_arena_alloc(p->arena, q->n_parts * sizeof *parts);
    const int **slots = kg_arena_alloc(p->arena, q->n_parts * sizeof *slots);
    bool *before = p->known;
    if (!parts || !slots)
        return no_memory(p);
    for (size_t i = 0; i < q->n_parts; i++) {
        p->known = before;
        p->known = copy_known(p);
        if (!p->known)
            return no_memory(p);
        KG_TRY(st, put(&parts[i], p, cy_plan_once(p)));
        KG_TRY(st, plan_part(&parts[i], p, &q->parts[i]));
        KG_TRY(st, column_slots(&slots[i], p, q, &q->parts[i]));
    }
    p->known = before;
    for (size_t i = 0; i < q->n_columns; i++)
        know(p, slots[0][i]);
    KG_TRY(st, put(plan, p, cy_plan_unite(p, parts, q->n_parts, slots, q->n_columns)));
    return q->parts[1].all ? KG_OK
                           : put(plan, p, cy_plan_distinct(p, *plan, slots[0], q->n_columns));
}

kg_status cy_plan_query(cy_plan **plan, cy_planner *p, cy_query *q, cy_plan *input) {
    *plan = input;
    return q->n_parts > 1 ? plan_union(plan, p, q) : plan_part(plan, p, &q->parts[0]);
}
