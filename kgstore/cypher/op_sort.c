/* ORDER BY. Where a LIMIT follows only the rows that it can take are kept: twice as many at most,
 * of which the worse half is dropped again and again; what stands behind the last of those that
 * were left is not even copied. Rows that are alike stay as they came. */
#include "kgstore/base/hugepages.h"
#include "kgstore/cypher/plan.h"

enum { SPARE = 1000 }; /* rows kept beyond twice the limit, so that small limits sort seldom */

typedef struct sort_plan {
    cy_plan base;
    const int *slots; /* registers that are kept, n of them; behind them the keys of a row */
    size_t n;
    const cy_sort *order;
    size_t n_order;
    const cy_expr *skip, *limit;
    size_t n_top; /* rows wanted; 0: all */
    cy_value *keys;
    cy_table table;
    const cy_value *bound; /* keys of the last row that can be wanted; NULL: not known yet */
    uint32_t *rows;        /* in order; with room for as many behind them */
    size_t n_rows, at;
    bool filled;
} sort_plan;

static void free_rows(sort_plan *s) {
    kg_pages_free(s->rows, s->n_rows * 2 * sizeof *s->rows);
    s->rows = NULL;
    s->n_rows = 0;
}

kg_status cy_rows_wanted(size_t *out, cy_context *c, const cy_expr *skip, const cy_expr *limit) {
    kg_status st;
    cy_value most, before = cy_integer(0);
    *out = 0;
    if (!limit)
        return KG_OK;
    KG_TRY(st, cy_eval(&most, c, limit));
    if (skip)
        KG_TRY(st, cy_eval(&before, c, skip));
    if (most.kind == CY_INTEGER && before.kind == CY_INTEGER && most.as.integer > 0 &&
        before.as.integer >= 0 && most.as.integer < INT32_MAX && before.as.integer < INT32_MAX)
        *out = (size_t)most.as.integer + (size_t)before.as.integer;
    return KG_OK;
}

static kg_status open_sort(cy_plan *plan, cy_context *c) {
    sort_plan *s = (sort_plan *)plan;
    cy_table_init(&s->table, s->n + s->n_order, plan->scratch.budget);
    free_rows(s);
    s->bound = NULL;
    s->at = 0;
    s->filled = false;
    c->arena = &plan->scratch;
    return cy_rows_wanted(&s->n_top, c, s->skip, s->limit);
}

static void close_sort(cy_plan *plan) {
    sort_plan *s = (sort_plan *)plan;
    cy_table_free(&s->table);
    free_rows(s);
}

/* ---- Sorting --------------------------------------------------------------------------------- */

static int compare_keys(const sort_plan *s, const cy_value *a, const cy_value *b) {
    for (size_t i = 0; i < s->n_order; i++) {
        int order = cy_order(&a[i], &b[i]);
        if (order)
            return s->order[i].descending ? -order : order;
    }
    return 0;
}

static const cy_value *keys_of(const sort_plan *s, uint32_t row) {
    return cy_table_row(&s->table, row) + s->n;
}

/* Merge two sorted runs of `from`, [0, middle) and [middle, n), into `to`. */
static kg_status merge(uint32_t *to, const uint32_t *from, size_t middle, size_t n,
                       const sort_plan *s, cy_context *c) {
    kg_status st;
    size_t i = 0, j = middle;
    for (size_t k = 0; k < n; k++) {
        KG_TRY(st, cy_tick(c));
        bool left = j == n ||
                    (i < middle && compare_keys(s, keys_of(s, from[i]), keys_of(s, from[j])) <= 0);
        to[k] = left ? from[i++] : from[j++];
    }
    return KG_OK;
}

/* A merge sort from below, which can be stopped: qsort cannot. */
static kg_status sort_rows(sort_plan *s, cy_context *c) {
    kg_status st;
    size_t n = s->table.n_rows;
    free_rows(s);
    s->rows = kg_pages_new(n * 2 * sizeof *s->rows);
    if (!s->rows)
        return cy_out_of_memory(c);
    s->n_rows = n;
    for (size_t i = 0; i < n; i++)
        s->rows[i] = (uint32_t)i;
    uint32_t *from = s->rows, *to = s->rows + n;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            size_t left = n - at, both = left < 2 * run ? left : 2 * run;
            KG_TRY(st, merge(to + at, from + at, left < run ? left : run, both, s, c));
        }
        uint32_t *other = from;
        from = to;
        to = other;
    }
    if (n && from != s->rows)
        memcpy(s->rows, from, n * sizeof *from);
    return KG_OK;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static kg_status copy_row(cy_table *to, const cy_value *row) {
    kg_status st;
    cy_value *copy = cy_table_add(to);
    if (!copy)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < to->width; i++)
        KG_TRY(st, cy_copy(&copy[i], &to->arena, &row[i]));
    return KG_OK;
}

/* Keep the first n_top rows alone. */
static kg_status cut(sort_plan *s, cy_context *c) {
    kg_status st;
    cy_table kept = {0};
    KG_TRY(st, sort_rows(s, c));
    cy_table_init(&kept, s->table.width, s->table.arena.budget);
    for (size_t i = 0; st == KG_OK && i < s->n_top; i++)
        st = copy_row(&kept, cy_table_row(&s->table, s->rows[i]));
    cy_table_free(&s->table);
    s->table = kept;
    free_rows(s);
    s->bound = st == KG_OK ? keys_of(s, (uint32_t)s->n_top - 1) : NULL;
    return st == KG_OK ? KG_OK : cy_out_of_memory(c);
}

static kg_status take_row(sort_plan *s, cy_context *c) {
    kg_status st;
    for (size_t i = 0; i < s->n_order; i++)
        KG_TRY(st, cy_eval(&s->keys[s->n + i], c, s->order[i].expr));
    if (s->bound && compare_keys(s, s->keys + s->n, s->bound) >= 0)
        return KG_OK;
    for (size_t i = 0; i < s->n; i++)
        s->keys[i] = c->row[s->slots[i]];
    if (copy_row(&s->table, s->keys) != KG_OK)
        return cy_out_of_memory(c);
    return s->n_top && s->table.n_rows >= 2 * s->n_top + SPARE ? cut(s, c) : KG_OK;
}

static kg_status next_sorted(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    sort_plan *s = (sort_plan *)plan;
    for (bool more = !s->filled; more;) {
        KG_TRY(st, cy_plan_pull(&more, plan, c));
        if (more)
            KG_TRY(st, take_row(s, c));
        else
            KG_TRY(st, sort_rows(s, c));
    }
    s->filled = true;
    *found = s->at < s->table.n_rows;
    if (!*found)
        return KG_OK;
    const cy_value *row = cy_table_row(&s->table, s->rows[s->at++]);
    for (size_t i = 0; i < s->n; i++)
        c->row[s->slots[i]] = row[i];
    return KG_OK;
}

cy_plan *cy_plan_sort(cy_planner *p, cy_plan *input, const cy_projection *j) {
    static const cy_plan_ops OPS = {"Sort", open_sort, next_sorted, close_sort};
    static const cy_plan_ops TOP = {"Top", open_sort, next_sorted, close_sort};
    sort_plan *plan = cy_new_plan(p, j->limit ? &TOP : &OPS, sizeof *plan, input);
    if (!plan || cy_known_slots(&plan->slots, &plan->n, p) != KG_OK)
        return NULL;
    plan->order = j->order;
    plan->n_order = j->n_order;
    plan->skip = j->skip;
    plan->limit = j->limit;
    plan->keys = cy_new_items(p->arena, plan->n + plan->n_order);
    return plan->keys ? &plan->base : NULL;
}
