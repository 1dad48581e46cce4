/* Groups of rows and what aggregating functions make of them. */
#include "kgstore/cypher/bind.h"
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/plan.h"

#include "kgstore/cypher/timeparts.h"

#include <math.h>
#include <stdlib.h>

/* One aggregate of one group. What it points to lies in the arena of the groups. */
typedef struct state {
    int64_t count;
    union {
        cy_value value; /* the sum, the least, the greatest */
        struct {
            double mean, squares;
        } spread;
        struct {
            cy_value *items; /* collected: `count` of them */
            size_t room;
            double percentile;
        } list;
    } as;
} state;

typedef struct aggregate_plan {
    cy_plan base;
    const cy_projection *j;
    const cy_item **keys; /* items without aggregates */
    size_t n_keys, n_aggregates;
    cy_value *cells; /* room for n_keys */
    cy_table groups;
    cy_pieces states;   /* n_aggregates of a group together */
    cy_table *seen;     /* by aggregate: group and value, where each value counts once */
    cy_node_set *nodes; /* the same of all rows in one group, where the value is a node */
    bool *by_node;      /* identifiers are counted: their nodes will do */
    size_t at;
    bool filled;
} aggregate_plan;

static state *states_of(const aggregate_plan *a, size_t group) {
    return cy_pieces_at(&a->states, group);
}

static void close_aggregate(cy_plan *plan) {
    aggregate_plan *a = (aggregate_plan *)plan;
    cy_table_free(&a->groups);
    for (size_t i = 0; i < a->n_aggregates; i++) {
        cy_table_free(&a->seen[i]);
        cy_node_set_free(&a->nodes[i]);
    }
}

/* count(DISTINCT n.id) and count(DISTINCT elementId(n)), where every node has another. */
static bool counts_identifiers(const cy_expr *call, const cy_graph *g) {
    if (call->kind != CY_E_CALL || call->function->aggregate != CY_AGG_COUNT || !call->distinct)
        return false;
    const cy_expr *e = call->items[0];
    if (e->count == 0 || e->items[0]->kind != CY_E_VARIABLE)
        return false;
    if (e->kind == CY_E_CALL)
        return strcmp(e->function->name, "elementId") == 0;
    return e->kind == CY_E_PROPERTY && kg_str_equal(e->name, KG_STR("id")) && !g->changes &&
           cy_cached_key(g, e->name) == KG_NO_ID && !cy_any_made_up(g);
}

static kg_status open_aggregate(cy_plan *plan, cy_context *c) {
    aggregate_plan *a = (aggregate_plan *)plan;
    close_aggregate(plan);
    cy_table_init(&a->groups, a->n_keys, plan->scratch.budget);
    for (size_t i = 0; i < a->n_aggregates; i++) {
        cy_table_init(&a->seen[i], 2, plan->scratch.budget);
        cy_node_set_clear(&a->nodes[i], plan->scratch.budget);
        a->by_node[i] = counts_identifiers(a->j->aggregates[i], c->graph);
    }
    a->states = (cy_pieces){.size = a->n_aggregates * sizeof(state)};
    a->at = 0;
    a->filled = false;
    return KG_OK;
}

/* ---- Taking a value -------------------------------------------------------------------------- */

/* Has this group had this value before? */
static kg_status is_repeated(bool *out, aggregate_plan *a, cy_context *c, size_t group, size_t i,
                             const cy_value *v) {
    kg_status st;
    bool fresh;
    size_t row;
    if (a->n_keys == 0 && v->kind == CY_NODE) {
        st = cy_node_set_add(&fresh, &a->nodes[i], v->as.node, cy_graph_end(c->graph));
    } else {
        const cy_value pair[] = {cy_integer((int64_t)group), *v};
        st = cy_table_find(&row, &fresh, &a->seen[i], pair);
    }
    if (st != KG_OK)
        return cy_out_of_memory(c);
    *out = !fresh;
    return KG_OK;
}

/* The value that an aggregate takes of the row, in *room where it is not there yet: registers are
 * not copied, since what was just written in parts is slow to copy. */
static kg_status argument(const cy_value **v, cy_value *room, const aggregate_plan *a,
                          cy_context *c, size_t i) {
    const cy_expr *of = a->j->aggregates[i]->items[0];
    *v = &c->row[of->kind == CY_E_VARIABLE ? of->slot : a->by_node[i] ? of->items[0]->slot : 0];
    if (of->kind == CY_E_VARIABLE ||
        (a->by_node[i] && (*v)->kind == CY_NODE && !cy_node_is_deleted(c->graph, (*v)->as.node)))
        return KG_OK;
    *v = room;
    return cy_eval(room, c, of);
}

static kg_status add(state *s, cy_context *c, aggregate_plan *a, const cy_value *v) {
    kg_status st;
    cy_value sum;
    if (!cy_is_number(v) && v->kind != CY_DURATION)
        return cy_fail(c, "TypeError", "InvalidArgumentValue", "sum and avg take numbers, not %s",
                       cy_a_kind(v->kind));
    if (s->count == 1)
        return cy_copy(&s->as.value, &a->groups.arena, v);
    KG_TRY(st, cy_apply(&sum, c, CY_ADD, &s->as.value, v));
    return cy_copy(&s->as.value, &a->groups.arena, &sum);
}

/* Welford's running mean and sum of squared differences. */
static kg_status add_deviation(state *s, cy_context *c, const cy_value *v) {
    if (!cy_is_number(v))
        return cy_fail(c, "TypeError", "InvalidArgumentValue", "stDev takes numbers, not %s",
                       cy_a_kind(v->kind));
    double x = cy_to_real(v), before = s->as.spread.mean;
    s->as.spread.mean += (x - before) / (double)s->count;
    s->as.spread.squares += (x - before) * (x - s->as.spread.mean);
    return KG_OK;
}

/* s->count has counted it. */
static kg_status collect(state *s, aggregate_plan *a, const cy_value *v) {
    size_t n = (size_t)s->count - 1, room = s->as.list.room;
    if (n == room) {
        room = room ? room * 2 : 4;
        cy_value *items = cy_new_items(&a->groups.arena, room);
        if (!items)
            return KG_ERR_MEMORY;
        if (n)
            memcpy(items, s->as.list.items, n * sizeof *items);
        s->as.list.items = items;
        s->as.list.room = room;
    }
    return cy_copy(&s->as.list.items[n], &a->groups.arena, v);
}

static kg_status keep_extreme(state *s, aggregate_plan *a, const cy_value *v, bool least) {
    int order = s->count == 1 ? (least ? -1 : 1) : cy_order(v, &s->as.value);
    return (least ? order < 0 : order > 0) ? cy_copy(&s->as.value, &a->groups.arena, v) : KG_OK;
}

static kg_status take_percentile(state *s, cy_context *c, aggregate_plan *a, const cy_expr *call,
                                 const cy_value *v) {
    kg_status st;
    cy_value p;
    if (!cy_is_number(v))
        return cy_fail(c, "TypeError", "InvalidArgumentValue", "percentiles are of numbers, not %s",
                       cy_a_kind(v->kind));
    KG_TRY(st, cy_eval(&p, c, call->items[1]));
    if (!cy_is_number(&p) || !(cy_to_real(&p) >= 0 && cy_to_real(&p) <= 1))
        return cy_fail(c, "ArgumentError", "NumberOutOfRange", "a percentile is from 0.0 to 1.0");
    s->as.list.percentile = cy_to_real(&p);
    return collect(s, a, v);
}

/* The i-th aggregate of a group takes the row. */
static kg_status take(state *s, cy_context *c, aggregate_plan *a, size_t group, size_t i) {
    kg_status st;
    cy_value room;
    const cy_value *v;
    bool repeated = false;
    const cy_expr *call = a->j->aggregates[i];
    if (call->kind == CY_E_COUNT_ALL) {
        s->count++;
        return KG_OK;
    }
    KG_TRY(st, argument(&v, &room, a, c, i));
    if (cy_is_null(v))
        return KG_OK;
    if (call->distinct)
        KG_TRY(st, is_repeated(&repeated, a, c, group, i, v));
    if (repeated)
        return KG_OK;
    s->count++;
    switch (call->function->aggregate) {
    case CY_AGG_SUM:
    case CY_AGG_AVG:
        return add(s, c, a, v);
    case CY_AGG_MIN:
    case CY_AGG_MAX:
        return keep_extreme(s, a, v, call->function->aggregate == CY_AGG_MIN);
    case CY_AGG_COLLECT:
        return collect(s, a, v);
    case CY_AGG_STDEV:
    case CY_AGG_STDEVP:
        return add_deviation(s, c, v);
    case CY_AGG_PERCENTILE_CONT:
    case CY_AGG_PERCENTILE_DISC:
        return take_percentile(s, c, a, call, v);
    case CY_AGG_COUNT:
    case CY_AGG_NONE:
        break;
    }
    return KG_OK;
}

/* ---- Results --------------------------------------------------------------------------------- */

static int compare_values(const void *a, const void *b) {
    return cy_order(a, b);
}

static cy_value percentile(state *s, bool continuous) {
    size_t n = (size_t)s->count;
    cy_value *items = s->as.list.items;
    if (n == 0)
        return CY_NULL_VALUE;
    qsort(items, n, sizeof *items, compare_values);
    if (!continuous) {
        size_t at = (size_t)ceil(s->as.list.percentile * (double)n);
        return items[at > 0 ? at - 1 : 0];
    }
    double at = s->as.list.percentile * (double)(n - 1);
    size_t low = (size_t)floor(at), high = (size_t)ceil(at);
    double x = cy_to_real(&items[low]), y = cy_to_real(&items[high]);
    return cy_float(x + (y - x) * (at - (double)low));
}

static kg_status average(cy_value *out, state *s, cy_context *c) {
    const cy_value n = cy_float((double)s->count);
    *out = CY_NULL_VALUE;
    return s->count ? cy_apply(out, c, CY_DIV, &s->as.value, &n) : KG_OK;
}

static kg_status result(cy_value *out, state *s, cy_context *c, const cy_expr *call) {
    cy_aggregate kind = call->kind == CY_E_COUNT_ALL ? CY_AGG_COUNT : call->function->aggregate;
    switch (kind) {
    case CY_AGG_COUNT:
    case CY_AGG_NONE:
        *out = cy_integer(s->count);
        return KG_OK;
    case CY_AGG_SUM:
        *out = s->count ? s->as.value : cy_integer(0);
        return KG_OK;
    case CY_AGG_AVG:
        return average(out, s, c);
    case CY_AGG_MIN:
    case CY_AGG_MAX:
        *out = s->count ? s->as.value : CY_NULL_VALUE;
        return KG_OK;
    case CY_AGG_COLLECT:
        *out = cy_list(s->as.list.items, (size_t)s->count);
        return KG_OK;
    case CY_AGG_STDEV:
    case CY_AGG_STDEVP: {
        int64_t n = s->count - (kind == CY_AGG_STDEV);
        *out = cy_float(n > 0 ? sqrt(s->as.spread.squares / (double)n) : 0);
        return KG_OK;
    }
    case CY_AGG_PERCENTILE_CONT:
    case CY_AGG_PERCENTILE_DISC:
        break;
    }
    *out = percentile(s, kind == CY_AGG_PERCENTILE_CONT);
    return KG_OK;
}

/* ---- All rows -------------------------------------------------------------------------------- */

static kg_status add_states(aggregate_plan *a) {
    state *states = cy_pieces_add(&a->states, &a->groups.arena);
    if (states)
        memset(states, 0, a->states.size); /* values are null */
    return states ? KG_OK : KG_ERR_MEMORY;
}

static kg_status take_row(aggregate_plan *a, cy_context *c) {
    kg_status st;
    size_t group = 0;
    bool fresh = a->groups.n_rows == 0;
    for (size_t i = 0; i < a->n_keys; i++)
        KG_TRY(st, cy_eval(&a->cells[i], c, a->keys[i]->expr));
    if ((a->n_keys && cy_table_find(&group, &fresh, &a->groups, a->cells) != KG_OK) ||
        (fresh && add_states(a) != KG_OK))
        return cy_out_of_memory(c);
    if (a->n_keys == 0) /* all rows are one group */
        a->groups.n_rows = 1;
    for (size_t i = 0; i < a->n_aggregates; i++)
        KG_TRY(st, take(states_of(a, group) + i, c, a, group, i));
    return KG_OK;
}

/* count(*), or of what is another node in each row. */
static bool counts_rows(const aggregate_plan *a, size_t i) {
    const cy_expr *call = a->j->aggregates[i];
    if (call->kind == CY_E_COUNT_ALL)
        return true;
    const cy_expr *of = call->items[0];
    int slot = of->kind == CY_E_VARIABLE ? of->slot : a->by_node[i] ? of->items[0]->slot : -1;
    return call->function->aggregate == CY_AGG_COUNT && slot >= 0 && slot == a->base.input->once;
}

/* Where only the number of rows is asked for, the input may know it. */
static kg_status count_input(bool *counted, aggregate_plan *a, cy_context *c) {
    kg_status st;
    uint64_t rows = 0;
    cy_plan *input = a->base.input;
    *counted = a->n_keys == 0 && input->count;
    for (size_t i = 0; i < a->n_aggregates; i++)
        *counted = *counted && counts_rows(a, i);
    if (*counted)
        KG_TRY(st, input->count(counted, &rows, input, c));
    if (!*counted)
        return KG_OK;
    input->rows += rows;
    a->groups.n_rows = 1;
    if (add_states(a) != KG_OK)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < a->n_aggregates; i++)
        states_of(a, 0)[i].count = (int64_t)rows;
    return KG_OK;
}

static kg_status fill(aggregate_plan *a, cy_context *c) {
    kg_status st;
    bool counted, found = true;
    KG_TRY(st, count_input(&counted, a, c));
    if (counted)
        return KG_OK;
    while (found) {
        KG_TRY(st, cy_plan_pull(&found, &a->base, c));
        if (found)
            KG_TRY(st, take_row(a, c));
    }
    /* Without keys all rows are one group, also none. */
    if (a->n_keys == 0 && a->groups.n_rows == 0) {
        a->groups.n_rows = 1;
        if (add_states(a) != KG_OK)
            return cy_out_of_memory(c);
    }
    return KG_OK;
}

static kg_status next_group(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    aggregate_plan *a = (aggregate_plan *)plan;
    if (!a->filled)
        KG_TRY(st, fill(a, c));
    a->filled = true;
    *found = a->at < a->groups.n_rows;
    if (!*found)
        return KG_OK;
    size_t group = a->at++;
    kg_arena_reset(&plan->scratch);
    c->arena = &plan->scratch;
    for (size_t i = 0; i < a->n_keys; i++)
        c->row[a->keys[i]->slot] = cy_table_row(&a->groups, group)[i];
    for (size_t i = 0; i < a->n_aggregates; i++) {
        const cy_expr *call = a->j->aggregates[i];
        KG_TRY(st, result(&c->row[call->slot], states_of(a, group) + i, c, call));
    }
    for (size_t i = 0; i < a->j->n_items; i++) {
        const cy_item *item = &a->j->items[i];
        bool is_key = false;
        for (size_t k = 0; k < a->n_keys && !is_key; k++)
            is_key = a->keys[k] == item;
        if (!is_key)
            KG_TRY(st, cy_eval(&c->row[item->slot], c, item->expr));
    }
    return KG_OK;
}

cy_plan *cy_plan_aggregate(cy_planner *p, cy_plan *input, cy_projection *j) {
    static const cy_plan_ops OPS = {"Aggregate", open_aggregate, next_group, close_aggregate};
    aggregate_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    const cy_item **keys = kg_arena_alloc(p->arena, (j->n_items + 1) * sizeof *keys);
    if (!plan || !keys)
        return NULL;
    plan->j = j;
    plan->keys = keys;
    plan->n_aggregates = j->n_aggregates;
    for (size_t i = 0; i < j->n_items; i++)
        if (!cy_has_aggregate(j->items[i].expr))
            keys[plan->n_keys++] = &j->items[i];
    plan->cells = cy_new_items(p->arena, plan->n_keys);
    size_t room = plan->n_aggregates + 1;
    plan->seen = kg_arena_alloc(p->arena, room * sizeof *plan->seen);
    plan->nodes = kg_arena_alloc(p->arena, room * sizeof *plan->nodes);
    plan->by_node = kg_arena_alloc(p->arena, room * sizeof *plan->by_node);
    if (!plan->cells || !plan->seen || !plan->nodes || !plan->by_node) {
        plan->n_aggregates = 0;
        return NULL;
    }
    memset(plan->seen, 0, room * sizeof *plan->seen);
    memset(plan->nodes, 0, room * sizeof *plan->nodes);
    return &plan->base;
}
