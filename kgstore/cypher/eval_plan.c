/* Expressions that have a plan: EXISTS, COUNT and COLLECT, patterns, and comprehensions of
 * patterns. */
#include "kgstore/cypher/plan.h"

static kg_status first_row(cy_value *out, bool *found, cy_context *c, const cy_expr *e,
                           kg_arena *arena) {
    kg_status st;
    *out = CY_NULL_VALUE;
    KG_TRY(st, cy_plan_next(found, e->plan, c));
    return *found ? cy_copy(out, arena, &c->row[e->slot]) : KG_OK;
}

/* The values of all rows as a list; of a query its one column, of a pattern its value. */
static kg_status all_rows(cy_value *out, cy_context *c, const cy_expr *e, kg_arena *arena) {
    kg_status st = KG_OK;
    KG_ARRAY(cy_value) values = KG_ARRAY_INIT;
    for (;;) {
        bool found;
        cy_value v, copy;
        st = cy_plan_next(&found, e->plan, c);
        if (st != KG_OK || !found)
            break;
        if (e->kind == CY_E_PATTERN_LIST) {
            c->arena = arena;
            st = cy_eval(&v, c, e->items[1]);
        } else if (e->kind == CY_E_PATTERN) {
            v = c->row[e->slot];
        } else {
            const cy_part *part = &e->query->parts[0];
            v = c->row[part->clauses[part->n_clauses - 1].projection->items[0].slot];
        }
        if (st == KG_OK)
            st = cy_copy(&copy, arena, &v);
        if (st == KG_OK)
            st = kg_array_push(&values, copy);
        if (st != KG_OK)
            break;
    }
    if (st == KG_OK) {
        cy_value *items = cy_new_items(arena, values.len);
        st = items ? KG_OK : cy_out_of_memory(c);
        if (items && values.len)
            memcpy(items, values.data, values.len * sizeof *items);
        *out = cy_list(items, values.len);
    }
    kg_array_free(&values);
    return st;
}

static kg_status count_rows(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    bool found = true, counted;
    uint64_t edges;
    int64_t n = 0;
    KG_TRY(st, cy_expand_count(&counted, &edges, e->plan, c));
    if (counted) {
        *out = cy_integer((int64_t)edges);
        return KG_OK;
    }
    KG_TRY(st, cy_plan_open(e->plan, c));
    while (found) {
        KG_TRY(st, cy_plan_next(&found, e->plan, c));
        n += found;
    }
    *out = cy_integer(n);
    return KG_OK;
}

kg_status cy_eval_plan(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    bool found;
    kg_arena *arena = c->arena;
    if (e->kind == CY_E_COUNT) {
        st = count_rows(out, c, e);
        c->arena = arena;
        return st;
    }
    st = cy_plan_open(e->plan, c);
    cy_selector selector = e->kind == CY_E_PATTERN ? e->pattern->paths[0].selector : CY_EVERY_PATH;
    if (st == KG_OK &&
        (e->kind == CY_E_EXISTS || (e->kind == CY_E_PATTERN && selector == CY_EVERY_PATH))) {
        st = cy_plan_next(&found, e->plan, c);
        *out = cy_boolean(found);
    } else if (st == KG_OK && selector == CY_SHORTEST) {
        st = first_row(out, &found, c, e, arena);
    } else if (st == KG_OK) {
        st = all_rows(out, c, e, arena);
    }
    c->arena = arena;
    return st;
}
