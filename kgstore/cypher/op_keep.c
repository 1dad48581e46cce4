/* Operators that keep rows as they are: distinct, and the barrier between reading and changing. */
#include "kgstore/cypher/plan.h"

typedef struct keep_plan {
    cy_plan base;
    const int *slots; /* registers that are kept */
    size_t n;
    cy_value *cells; /* room for n */
    cy_table table;
    cy_node_set nodes; /* instead of the table: where one register is kept, and holds a node */
    size_t at;
    bool filled;
} keep_plan;

static kg_status open_keep(cy_plan *plan, cy_context *c) {
    keep_plan *k = (keep_plan *)plan;
    (void)c;
    cy_table_init(&k->table, k->n, plan->scratch.budget);
    cy_node_set_clear(&k->nodes, plan->scratch.budget);
    k->at = 0;
    k->filled = false;
    return KG_OK;
}

static void close_keep(cy_plan *plan) {
    cy_table_free(&((keep_plan *)plan)->table);
    cy_node_set_free(&((keep_plan *)plan)->nodes);
}

static void read_cells(const keep_plan *k, const cy_context *c) {
    for (size_t i = 0; i < k->n; i++)
        k->cells[i] = c->row[k->slots[i]];
}

static cy_plan *new_keep(cy_planner *p, const cy_plan_ops *ops, cy_plan *input, const int *slots,
                         size_t n) {
    keep_plan *plan = cy_new_plan(p, ops, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->slots = slots;
    plan->n = n;
    plan->cells = cy_new_items(p->arena, n);
    return plan->cells ? &plan->base : NULL;
}

/* ---- Distinct -------------------------------------------------------------------------------- */

static kg_status is_fresh(bool *fresh, keep_plan *k, cy_context *c) {
    size_t row;
    const cy_value *first = &c->row[k->slots[0]];
    if (k->n == 1 && first->kind == CY_NODE)
        return cy_node_set_add(fresh, &k->nodes, first->as.node, cy_graph_end(c->graph));
    read_cells(k, c);
    return cy_table_find(&row, fresh, &k->table, k->cells);
}

static kg_status next_distinct(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    for (;;) {
        bool fresh;
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
        if (is_fresh(&fresh, (keep_plan *)plan, c) != KG_OK)
            return cy_out_of_memory(c);
        if (fresh)
            return KG_OK;
    }
}

cy_plan *cy_plan_distinct(cy_planner *p, cy_plan *input, const int *slots, size_t n) {
    static const cy_plan_ops OPS = {"Distinct", open_keep, next_distinct, close_keep};
    return new_keep(p, &OPS, input, slots, n);
}

/* ---- Eager ----------------------------------------------------------------------------------- */

static kg_status fill(keep_plan *k, cy_context *c) {
    kg_status st;
    bool found;
    for (;;) {
        KG_TRY(st, cy_plan_pull(&found, &k->base, c));
        if (!found)
            return KG_OK;
        cy_value *to = cy_table_add(&k->table);
        for (size_t i = 0; to && i < k->n; i++)
            if (cy_copy(&to[i], &k->table.arena, &c->row[k->slots[i]]) != KG_OK)
                to = NULL;
        if (!to)
            return cy_out_of_memory(c);
    }
}

static kg_status next_kept(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    keep_plan *k = (keep_plan *)plan;
    if (!k->filled)
        KG_TRY(st, fill(k, c));
    k->filled = true;
    *found = k->at < k->table.n_rows;
    if (!*found)
        return KG_OK;
    const cy_value *row = cy_table_row(&k->table, k->at++);
    for (size_t i = 0; i < k->n; i++)
        c->row[k->slots[i]] = row[i];
    return KG_OK;
}

kg_status cy_known_slots(const int **out, size_t *n, const cy_planner *p) {
    int *slots = kg_arena_alloc(p->arena, ((size_t)p->n_slots + 1) * sizeof *slots);
    if (!slots)
        return KG_ERR_MEMORY;
    *n = 0;
    for (int i = 0; i < p->n_slots; i++)
        if (p->known[i])
            slots[(*n)++] = i;
    *out = slots;
    return KG_OK;
}

cy_plan *cy_plan_eager(cy_planner *p, cy_plan *input) {
    static const cy_plan_ops OPS = {"Eager", open_keep, next_kept, close_keep};
    const int *slots;
    size_t n;
    return cy_known_slots(&slots, &n, p) == KG_OK ? new_keep(p, &OPS, input, slots, n) : NULL;
}
