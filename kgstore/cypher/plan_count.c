/* When can the paths of a MATCH be counted by their ends, without a row for each?
 *
 * Where it is the query's first clause and one path of one or two relationships, begins at no node
 * that an index finds, has conditions on one node each (or an order of the ends), and the clause
 * behind it groups by its ends and counts. */
#include "kgstore/cypher/bind.h"
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/plan.h"

enum { START = 1, MIDDLE = 2, END = 4, OTHER = 8, MAX_CONDITIONS = 16 };

/* One MATCH that is looked at. */
typedef struct counter {
    cy_planner *p;
    const cy_path_pattern *path;
    const cy_projection *j;
    cy_count x;
    unsigned whole, named; /* ends that groups go by: by node, by name */
} counter;

/* ---- What expressions speak of --------------------------------------------------------------- */

static unsigned node_of(const counter *k, int slot) {
    if (slot == k->x.nodes[0]->slot)
        return START;
    if (slot == k->x.nodes[k->x.n_edges]->slot)
        return END;
    return k->x.n_edges == 2 && slot == k->x.nodes[1]->slot ? MIDDLE : OTHER;
}

/* The nodes that an expression speaks of; OTHER: something else too. */
static unsigned speaks_of(const counter *k, const cy_expr *e) {
    unsigned of = 0;
    if (!e)
        return 0;
    bool varies = e->kind == CY_E_CALL && e->count == 0; /* rand() */
    if (e->pattern || e->query || varies || e->kind == CY_E_COMPREHENSION ||
        e->kind == CY_E_QUANTIFIER || e->kind == CY_E_REDUCE)
        return OTHER;
    if (e->kind == CY_E_VARIABLE)
        return node_of(k, e->slot);
    for (size_t i = 0; i < e->count; i++)
        of |= speaks_of(k, e->items[i]);
    return of;
}

/* node.key, where no property is called so: the node; else 0. */
static unsigned known_key(const counter *k, const cy_expr *e, const char *key) {
    if (e->kind != CY_E_PROPERTY || !kg_str_equal(e->name, kg_str_from(key)) ||
        e->items[0]->kind != CY_E_VARIABLE || cy_cached_key(k->p->graph, e->name) != KG_NO_ID)
        return 0;
    if (strcmp(key, "id") == 0 && cy_any_made_up(k->p->graph))
        return 0; /* some are null */
    return node_of(k, e->items[0]->slot);
}

/* ---- Conditions ------------------------------------------------------------------------------ */

static int turned(int op) {
    return op == CY_LT ? CY_GT : op == CY_GT ? CY_LT : op;
}

/* a.id < b.id and the like of the two ends. */
static bool take_order(counter *k, const cy_expr *e) {
    if (e->kind != CY_E_BINARY || k->x.order ||
        (e->op != CY_LT && e->op != CY_GT && e->op != CY_NE))
        return false;
    unsigned left = known_key(k, e->items[0], "id"), right = known_key(k, e->items[1], "id");
    if (e->op == CY_NE && e->items[0]->kind == CY_E_VARIABLE &&
        e->items[1]->kind == CY_E_VARIABLE) {
        left = node_of(k, e->items[0]->slot);
        right = node_of(k, e->items[1]->slot);
    }
    if ((left | right) != (START | END) || left == right)
        return false;
    k->x.order = (cy_op)(left == START ? (int)e->op : turned((int)e->op));
    return true;
}

/* An index may find the node: the usual plan begins there. */
static bool is_lookup(const counter *k, const cy_expr *e) {
    cy_finding by;
    if (e->kind != CY_E_BINARY || e->op != CY_IN)
        return e->kind == CY_E_BINARY && e->op == CY_EQ;
    for (size_t i = 0; i <= k->x.n_edges; i++)
        if (cy_is_lookup(&by, k->p, e->items[0], k->x.nodes[i]->slot))
            return true;
    return false;
}

static bool take_condition(counter *k, cy_expr *e) {
    if (e->kind == CY_E_BINARY && e->op == CY_AND)
        return take_condition(k, e->items[0]) && take_condition(k, e->items[1]);
    if (is_lookup(k, e))
        return false;
    if (take_order(k, e))
        return true;
    unsigned of = speaks_of(k, e);
    if (of != START && of != MIDDLE && of != END)
        return false;
    size_t i = of == START ? 0 : of == MIDDLE ? 1 : k->x.n_edges;
    if (!k->x.conditions[i])
        k->x.conditions[i] =
            kg_arena_alloc(k->p->arena, MAX_CONDITIONS * sizeof *k->x.conditions[i]);
    if (!k->x.conditions[i] || k->x.n_conditions[i] == MAX_CONDITIONS)
        return false;
    k->x.conditions[i][k->x.n_conditions[i]++] = e;
    return true;
}

static bool take_labels(counter *k) {
    for (size_t i = 0; i <= k->x.n_edges; i++) {
        const cy_node_pattern *n = k->x.nodes[i];
        if (!n->labels)
            continue;
        cy_expr *has = cy_new_labels(k->p->arena, n->slot, n->labels);
        if (!has || !take_condition(k, has))
            return false;
    }
    return true;
}

/* ---- The path -------------------------------------------------------------------------------- */

bool cy_is_plain_path(const cy_pattern *pattern) {
    const cy_path_pattern *path = &pattern->paths[0];
    if (pattern->n_paths != 1 || path->name.len || path->selector != CY_EVERY_PATH ||
        path->n_edges < 1 || path->n_edges > 2)
        return false;
    for (size_t i = 0; i <= path->n_edges; i++) {
        const cy_node_pattern *n = &path->nodes[i];
        if (n->bound || n->properties || n->where)
            return false;
        for (size_t k = 0; k < i; k++)
            if (path->nodes[k].slot == n->slot)
                return false;
    }
    for (size_t i = 0; i < path->n_edges; i++) {
        const cy_edge_pattern *e = &path->edges[i];
        if (e->bound || e->variable || e->properties || e->where)
            return false;
    }
    return path->n_edges == 1 || path->edges[0].slot != path->edges[1].slot;
}

static void walk_from(counter *k, bool last) {
    size_t n = k->path->n_edges;
    k->x.n_edges = n;
    for (size_t i = 0; i <= n; i++)
        k->x.nodes[i] = &k->path->nodes[last ? n - i : i];
    for (size_t i = 0; i < n; i++) {
        k->x.edges[i] = &k->path->edges[last ? n - 1 - i : i];
        k->x.directions[i] = last ? -k->x.edges[i]->direction : k->x.edges[i]->direction;
    }
}

/* ---- Groups and counts ----------------------------------------------------------------------- */

/* The ends that the groups go by: whole nodes, or their names. */
static bool take_keys(counter *k) {
    const cy_projection *j = k->j;
    k->whole = k->named = 0;
    for (size_t i = 0; i < j->n_items; i++) {
        const cy_expr *e = j->items[i].expr;
        if (e->kind == CY_E_VARIABLE)
            k->whole |= node_of(k, e->slot);
        k->whole |= known_key(k, e, "id");
        k->named |= known_key(k, e, "name");
    }
    k->named &= ~k->whole;
    unsigned all = k->whole | k->named;
    if (all == 0 || (all & (MIDDLE | OTHER)))
        return false;
    for (size_t i = 0; i < j->n_items; i++) {
        const cy_expr *e = j->items[i].expr;
        unsigned of = speaks_of(k, e);
        bool is_name = known_key(k, e, "name") != 0;
        if (e->kind != CY_E_AGGREGATE &&
            (cy_has_aggregate(e) || of == 0 || (!is_name && (of & ~k->whole))))
            return false;
    }
    return true;
}

static bool is_single(const cy_edge_pattern *e) {
    return e->n_types == 1 && e->direction != 0;
}

/* count(*), count(x) of what a path always has, or count(DISTINCT x) of the one node that groups do
 * not go by, where each path has another. */
static bool is_count(const counter *k, const cy_expr *call) {
    if (call->kind == CY_E_COUNT_ALL)
        return true;
    if (call->kind != CY_E_CALL || call->function->aggregate != CY_AGG_COUNT || call->count != 1)
        return false;
    const cy_expr *of = call->items[0];
    unsigned node = of->kind == CY_E_VARIABLE ? node_of(k, of->slot) : known_key(k, of, "id");
    if (node != START && node != MIDDLE && node != END)
        return false;
    if (!call->distinct)
        return true;
    size_t n = k->x.n_edges;
    bool free_node =
        n == 1 ? k->whole == START && node == END : k->whole == (START | END) && node == MIDDLE;
    return free_node && !k->named && is_single(k->x.edges[0]) &&
           (n == 1 || is_single(k->x.edges[1]));
}

static bool take_counts(counter *k) {
    for (size_t i = 0; i < k->j->n_aggregates; i++)
        if (!is_count(k, k->j->aggregates[i]))
            return false;
    k->x.results = k->j->aggregates;
    k->x.n_results = k->j->n_aggregates;
    return k->j->n_aggregates > 0;
}

/* ---- What is not wanted ---------------------------------------------------------------------- */

/* Is it a count, or a variable that stands for one? */
static bool gives_count(const counter *k, const cy_expr *e) {
    if (e->kind == CY_E_AGGREGATE)
        return true;
    for (size_t i = 0; e->kind == CY_E_VARIABLE && i < k->j->n_items; i++)
        if (k->j->items[i].slot == e->slot)
            return k->j->items[i].expr->kind == CY_E_AGGREGATE;
    return false;
}

/* ... AND count >= 5 AND ... */
static void take_least(counter *k, const cy_expr *e) {
    if (e->kind == CY_E_BINARY && e->op == CY_AND) {
        take_least(k, e->items[0]);
        take_least(k, e->items[1]);
    }
    if (e->kind != CY_E_BINARY || (e->op != CY_GE && e->op != CY_GT) ||
        !gives_count(k, e->items[0]) || e->items[1]->kind != CY_E_LITERAL ||
        e->items[1]->value.kind != CY_INTEGER || e->items[1]->value.as.integer > INT32_MAX)
        return;
    int64_t least = e->items[1]->value.as.integer + (e->op == CY_GT);
    k->x.least = least > k->x.least ? least : k->x.least;
}

static void take_bounds(counter *k) {
    const cy_projection *j = k->j;
    if (j->where && !j->limit && !j->skip)
        take_least(k, j->where);
    if (j->limit && j->n_order && j->order[0].descending && gives_count(k, j->order[0].expr)) {
        k->x.limit = j->limit;
        k->x.skip = j->skip;
    }
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* May it walk from its first node, or (last) from its last? */
static bool can_count(counter *k, const cy_clause *match, bool last) {
    k->x = (cy_count){0};
    walk_from(k, last);
    if (!take_keys(k) || !((k->whole | k->named) & START) || !take_counts(k))
        return false;
    k->x.by_end = ((k->whole | k->named) & END) != 0;
    k->x.start_by_name = (k->named & START) != 0;
    k->x.end_by_name = (k->named & END) != 0;
    if (!take_labels(k) || (match->where && !take_condition(k, match->where)))
        return false;
    take_bounds(k);
    return true;
}

static kg_status plan_conditions(counter *k) {
    kg_status st;
    for (int i = 0; i < 3; i++)
        for (size_t n = 0; n < k->x.n_conditions[i]; n++)
            KG_TRY(st, cy_plan_expr(k->p, k->x.conditions[i][n]));
    return KG_OK;
}

kg_status cy_plan_counted(bool *planned, cy_plan **plan, cy_planner *p, const cy_clause *match,
                          const cy_projection *j) {
    kg_status st;
    counter k = {.p = p, .path = &match->pattern->paths[0], .j = j};
    *planned = false;
    if (match->optional || j->distinct || p->graph->changes || !cy_is_plain_path(match->pattern))
        return KG_OK;
    bool last = k.path->nodes[k.path->n_edges].labels && !k.path->nodes[0].labels;
    if (!can_count(&k, match, last) && !can_count(&k, match, !last))
        return KG_OK;
    KG_TRY(st, plan_conditions(&k));
    *plan = cy_plan_count(p, *plan, &k.x);
    *planned = *plan != NULL;
    return *plan ? KG_OK : kg_error_set(p->err, KG_ERR_MEMORY, "out of memory planning the query");
}
