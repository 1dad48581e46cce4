/* Operators that keep rows: distinct, sort, and the barrier between reading and changing. */
#include "kgstore/cypher/plan.h"

#include <stdlib.h>

/* ---- Tables ---------------------------------------------------------------------------------- */

void cy_table_init(cy_table *t, size_t width) {
    cy_table_free(t);
    t->width = width;
}

void cy_table_free(cy_table *t) {
    kg_array_free(&t->cells);
    free(t->index);
    kg_arena_free(&t->arena);
    *t = (cy_table){0};
}

static uint64_t hash_keys(const cy_value *keys, size_t n) {
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = (h ^ cy_hash(&keys[i])) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 32;
}

static bool same_keys(const cy_value *a, const cy_value *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!cy_same(&a[i], &b[i]))
            return false;
    return true;
}

static size_t find_slot(const cy_table *t, const cy_value *keys, size_t n_keys) {
    size_t i = hash_keys(keys, n_keys) & (t->n_slots - 1);
    while (t->index[i] && !same_keys(cy_table_row(t, t->index[i] - 1), keys, n_keys))
        i = (i + 1) & (t->n_slots - 1);
    return i;
}

static kg_status grow(cy_table *t, size_t n_keys) {
    size_t n = t->n_slots ? t->n_slots * 2 : 64;
    uint32_t *index = calloc(n, sizeof *index);
    if (!index)
        return KG_ERR_MEMORY;
    free(t->index);
    t->index = index;
    t->n_slots = n;
    for (size_t row = 0; row < t->n_rows; row++)
        t->index[find_slot(t, cy_table_row(t, row), n_keys)] = (uint32_t)row + 1;
    return KG_OK;
}

kg_status cy_table_find(size_t *row, bool *fresh, cy_table *t, const cy_value *keys,
                        size_t n_keys) {
    kg_status st;
    if (t->n_rows * 2 >= t->n_slots)
        KG_TRY(st, grow(t, n_keys));
    size_t slot = find_slot(t, keys, n_keys);
    *fresh = t->index[slot] == 0;
    if (*fresh) {
        KG_TRY(st, kg_array_reserve(&t->cells, t->width ? t->width : 1));
        cy_value *to = t->cells.data + t->cells.len;
        for (size_t i = 0; i < t->width; i++) {
            to[i] = CY_NULL_VALUE;
            if (i < n_keys)
                KG_TRY(st, cy_copy(&to[i], &t->arena, &keys[i]));
        }
        t->cells.len += t->width;
        t->index[slot] = (uint32_t)++t->n_rows;
    }
    *row = t->index[slot] - 1;
    return KG_OK;
}

/* ---- Distinct -------------------------------------------------------------------------------- */

typedef struct keep_plan {
    cy_plan base;
    const int *slots; /* registers that are kept */
    size_t n;
    cy_value *cells; /* room for n */
    cy_table table;
    /* Of sort and eager. */
    const cy_sort *order;
    size_t n_order;
    size_t *rows; /* in order */
    size_t at;
    bool filled;
} keep_plan;

static kg_status open_keep(cy_plan *plan, cy_context *c) {
    keep_plan *k = (keep_plan *)plan;
    (void)c;
    cy_table_init(&k->table, k->n + k->n_order);
    free(k->rows);
    k->rows = NULL;
    k->at = 0;
    k->filled = false;
    return KG_OK;
}

static void close_keep(cy_plan *plan) {
    keep_plan *k = (keep_plan *)plan;
    cy_table_free(&k->table);
    free(k->rows);
}

static kg_status next_distinct(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    keep_plan *k = (keep_plan *)plan;
    for (;;) {
        bool fresh;
        size_t row;
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
        for (size_t i = 0; i < k->n; i++)
            k->cells[i] = c->row[k->slots[i]];
        if (cy_table_find(&row, &fresh, &k->table, k->cells, k->n) != KG_OK)
            return cy_out_of_memory(c);
        if (fresh)
            return KG_OK;
    }
}

static keep_plan *new_keep(cy_planner *p, const cy_plan_ops *ops, cy_plan *input, const int *slots,
                           size_t n) {
    keep_plan *plan = cy_new_plan(p, ops, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->slots = slots;
    plan->n = n;
    plan->cells = cy_new_items(p->arena, n);
    return plan->cells ? plan : NULL;
}

cy_plan *cy_plan_distinct(cy_planner *p, cy_plan *input, const int *slots, size_t n) {
    static const cy_plan_ops OPS = {"Distinct", open_keep, next_distinct, close_keep};
    keep_plan *plan = new_keep(p, &OPS, input, slots, n);
    return plan ? &plan->base : NULL;
}

/* ---- Sort and eager -------------------------------------------------------------------------- */

/* All rows of the input: the registers, then the values that they are sorted by. */
static kg_status fill(keep_plan *k, cy_context *c) {
    kg_status st;
    bool found;
    cy_table *t = &k->table;
    for (;;) {
        KG_TRY(st, cy_plan_pull(&found, &k->base, c));
        if (!found)
            return KG_OK;
        if (kg_array_reserve(&t->cells, t->width ? t->width : 1) != KG_OK)
            return cy_out_of_memory(c);
        cy_value *to = t->cells.data + t->cells.len;
        for (size_t i = 0; i < t->width; i++) {
            cy_value value;
            if (i < k->n)
                value = c->row[k->slots[i]];
            else
                KG_TRY(st, cy_eval(&value, c, k->order[i - k->n].expr));
            if (cy_copy(&to[i], &t->arena, &value) != KG_OK)
                return cy_out_of_memory(c);
        }
        t->cells.len += t->width;
        t->n_rows++;
    }
}

static int compare_rows(const void *a, const void *b, void *context) {
    const keep_plan *k = context;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    for (size_t i = 0; i < k->n_order; i++) {
        int order =
            cy_order(cy_table_row(&k->table, x) + k->n + i, cy_table_row(&k->table, y) + k->n + i);
        if (order)
            return k->order[i].descending ? -order : order;
    }
    return (x > y) - (x < y); /* as they came */
}

static kg_status sort_rows(keep_plan *k, cy_context *c) {
    size_t n = k->table.n_rows;
    k->rows = malloc((n + 1) * sizeof *k->rows);
    if (!k->rows)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < n; i++)
        k->rows[i] = i;
    if (k->n_order && n > 1)
        qsort_r(k->rows, n, sizeof *k->rows, compare_rows, k);
    return KG_OK;
}

static kg_status next_kept(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    keep_plan *k = (keep_plan *)plan;
    if (!k->filled) {
        KG_TRY(st, fill(k, c));
        KG_TRY(st, sort_rows(k, c));
        k->filled = true;
    }
    *found = k->at < k->table.n_rows;
    if (!*found)
        return KG_OK;
    const cy_value *row = cy_table_row(&k->table, k->rows[k->at++]);
    for (size_t i = 0; i < k->n; i++)
        c->row[k->slots[i]] = row[i];
    return KG_OK;
}

/* The registers that have values now. */
static kg_status known_slots(const int **out, size_t *n, const cy_planner *p) {
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

cy_plan *cy_plan_sort(cy_planner *p, cy_plan *input, const cy_projection *projection) {
    static const cy_plan_ops OPS = {"Sort", open_keep, next_kept, close_keep};
    const int *slots;
    size_t n;
    if (known_slots(&slots, &n, p) != KG_OK)
        return NULL;
    keep_plan *plan = new_keep(p, &OPS, input, slots, n);
    if (!plan)
        return NULL;
    plan->order = projection->order;
    plan->n_order = projection->n_order;
    return &plan->base;
}

cy_plan *cy_plan_eager(cy_planner *p, cy_plan *input) {
    static const cy_plan_ops OPS = {"Eager", open_keep, next_kept, close_keep};
    const int *slots;
    size_t n;
    if (known_slots(&slots, &n, p) != KG_OK)
        return NULL;
    keep_plan *plan = new_keep(p, &OPS, input, slots, n);
    return plan ? &plan->base : NULL;
}
