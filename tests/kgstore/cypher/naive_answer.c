/* Nested loops: for each row so far, each node, each edge after it, each test. */
#include "tests/kgstore/cypher/random_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNSET = -2, NONE = -1 };

/* What the variables stand for: a node, an edge, or how many edges. */
typedef struct row {
    int node[VARIABLES + 2], edge[VARIABLES], size[VARIABLES];
} row;

typedef struct naive {
    const rg_graph *graph;
    const rq_query *query;
    const rq_clause *clause;
    row now;
    bool used[EDGES * 4]; /* edges, by this clause */
    bool many_rows;       /* too many to go on */
    KG_ARRAY(row) out;
} naive;

/* ---- Tests: 1, 0, or NONE for null ----------------------------------------------------------- */

static int compare(int a, int b) {
    return a == NO_VALUE || b == NO_VALUE ? NONE : a < b;
}

static bool has_edge(const rg_graph *g, int a, int relation) {
    for (int i = 0; i < g->n_edges; i++) {
        const rg_edge *e = &g->edges[i];
        if (e->tail == a && e->relation == relation && g->nodes[e->head].types >> 1 & 1)
            return true;
    }
    return false;
}

static int x_of(const naive *n, int variable) {
    int node = n->now.node[variable];
    return node < 0 ? NO_VALUE : n->graph->nodes[node].x;
}

static int judge_weight(const naive *n, const rq_test *t) {
    int edge = n->now.edge[t->a];
    int w = edge < 0 ? NO_VALUE : n->graph->edges[edge].w;
    return compare(t->number, w);
}

static int judge_y(const naive *n, const rq_test *t) {
    int node = n->now.node[t->a], y = node < 0 ? NO_VALUE : n->graph->nodes[node].y;
    return y == NO_VALUE ? NONE : y == t->number;
}

static int judge(const naive *n, const rq_test *t) {
    int a = n->now.node[t->a], b = n->now.node[t->b], x = x_of(n, t->a);
    switch (t->kind) {
    case RQ_X_LESS:
        return compare(x, x_of(n, t->b));
    case RQ_X_EQUALS:
        return x == NO_VALUE ? NONE : x == t->number;
    case RQ_X_NULL:
        return x == NO_VALUE;
    case RQ_X_IN:
        return x == NO_VALUE ? NONE : x == t->number || x == 1;
    case RQ_Y_STARTS:
        return judge_y(n, t);
    case RQ_TYPE:
        return a < 0 ? NONE : (int)(n->graph->nodes[a].types >> t->number % TYPES & 1);
    case RQ_SAME:
        return a < 0 || b < 0 ? NONE : a == b;
    case RQ_EDGE:
        return rg_find_edge(n->graph, a, t->number % RELATIONS, b) >= 0;
    case RQ_ANY_EDGE:
        return has_edge(n->graph, a, t->number % RELATIONS);
    case RQ_WEIGHT:
    case RQ_KINDS:
        break;
    }
    return judge_weight(n, t);
}

static bool passes(const naive *n) {
    int yes = 0, no = 0;
    for (int i = 0; i < n->clause->n_tests; i++) {
        int judged = judge(n, &n->clause->tests[i]);
        if (judged != NONE && n->clause->tests[i].negated)
            judged = !judged;
        yes += judged == 1;
        no += judged != 1;
    }
    return n->clause->either && n->clause->n_tests ? yes > 0 : no == 0;
}

/* ---- Patterns -------------------------------------------------------------------------------- */

static void match_node(naive *n, int at, int node);

static void emit(naive *n) {
    enum { MOST = 20000 };
    if (!passes(n))
        return;
    if (n->out.len >= MOST || kg_array_push(&n->out, n->now) != KG_OK)
        n->many_rows = true;
}

/* Follow hop `at` from a node, having followed `count` edges of it. */
static void follow(naive *n, int at, int node, int count) {
    const rq_hop *h = &n->clause->hops[at];
    int least = h->many ? h->least : 1, most = h->many ? h->most : 1;
    if (count >= least && count <= most) {
        n->now.size[h->variable] = count;
        match_node(n, at + 1, node);
    }
    if (count >= most)
        return;
    for (int i = 0; i < n->graph->n_edges && !n->many_rows; i++) {
        const rg_edge *e = &n->graph->edges[i];
        bool fits = (!h->relations || h->relations >> e->relation & 1) &&
                    (h->w == NO_VALUE || h->w == e->w);
        if (n->used[i] || !fits)
            continue;
        n->used[i] = true;
        n->now.edge[h->variable] = i;
        if (e->head == node && h->direction >= 0)
            follow(n, at, e->tail, count + 1);
        if (e->tail == node && h->direction <= 0 && !(h->direction == 0 && e->head == node))
            follow(n, at, e->head, count + 1);
        n->used[i] = false;
    }
    n->now.edge[h->variable] = UNSET;
    n->now.size[h->variable] = UNSET;
}

static void match_node(naive *n, int at, int node) {
    const rq_node *want = &n->clause->nodes[at];
    const rg_node *found = &n->graph->nodes[node];
    int before = n->now.node[want->variable];
    if ((before != UNSET && before != node) || (want->types & ~found->types) ||
        (want->x != NO_VALUE && want->x != found->x) || !found->there)
        return;
    n->now.node[want->variable] = node;
    if (at == n->clause->n_hops) {
        emit(n);
    } else {
        follow(n, at, node, 0);
    }
    n->now.node[want->variable] = before;
}

/* OPTIONAL MATCH that finds nothing. */
static void emit_nulls(naive *n) {
    const rq_clause *c = n->clause;
    for (int i = 0; i <= c->n_hops; i++) {
        int *node = &n->now.node[c->nodes[i].variable];
        *node = *node == UNSET ? NONE : *node;
        if (i < c->n_hops)
            n->now.edge[c->hops[i].variable] = n->now.size[c->hops[i].variable] = NONE;
    }
    if (kg_array_push(&n->out, n->now) != KG_OK)
        abort();
}

static void match_clause(naive *n, const row *rows, size_t n_rows) {
    for (size_t i = 0; i < n_rows && !n->many_rows; i++) {
        size_t before = n->out.len;
        n->now = rows[i];
        memset(n->used, 0, sizeof n->used);
        for (int node = 0; node < n->graph->n_nodes; node++)
            match_node(n, 0, node);
        if (n->clause->optional && n->out.len == before)
            emit_nulls(n);
    }
}

/* ---- Columns --------------------------------------------------------------------------------- */

static rg_value column(const naive *n, const row *r, const rq_column *c) {
    const rg_graph *g = n->graph;
    int node = r->node[c->variable], edge = r->edge[c->variable], size = r->size[c->variable];
    const char relation[] = {edge < 0 ? '-' : (char)('R' + g->edges[edge].relation), '\0'};
    bool of_node = c->show == RQ_ID || c->show == RQ_X || c->show == RQ_HAS_TYPE;
    if (of_node ? node < 0 : c->show == RQ_SIZE ? size < 0 : edge < 0)
        return rg_number(NO_VALUE);
    switch (c->show) {
    case RQ_ID:
        return rg_text(g->nodes[node].id);
    case RQ_X:
        return rg_number(g->nodes[node].x);
    case RQ_HAS_TYPE:
        return rg_number(g->nodes[node].types & 1);
    case RQ_RELATION:
        return rg_text(relation);
    case RQ_W:
        return rg_number(g->edges[edge].w);
    case RQ_SIZE:
        break;
    }
    return rg_number(size);
}

static bool same_row(const rg_rows *rows, size_t a, size_t b) {
    for (size_t i = 0; i < rows->width; i++)
        if (rg_compare(&rows->values.data[a * rows->width + i],
                       &rows->values.data[b * rows->width + i]) != 0)
            return false;
    return true;
}

static void push_row(rg_rows *to, const rg_rows *from, size_t at) {
    for (size_t i = 0; i < from->width; i++)
        rg_push(to, from->values.data[at * from->width + i]);
}

/* Sorted rows with those that are the same once, and how often where that is asked. */
static void group(rg_rows *to, const rg_rows *sorted, bool count) {
    to->width = sorted->width + count;
    for (size_t i = 0, next; i < rg_count(sorted); i = next) {
        for (next = i + 1; next < rg_count(sorted) && same_row(sorted, i, next);)
            next++;
        push_row(to, sorted, i);
        if (count)
            rg_push(to, rg_number((long)(next - i)));
    }
}

/* Of one column, sorted: nulls are last. */
static void total(rg_rows *to, const rg_rows *sorted, bool once) {
    size_t n = rg_count(sorted), known = 0, distinct = 0;
    while (known < n && sorted->values.data[known].kind != RG_NULL)
        known++;
    for (size_t i = 0; i < known; i++)
        distinct += i == 0 || !same_row(sorted, i - 1, i);
    to->width = once ? 3 : 5;
    if (!once) {
        rg_push(to, rg_number((long)n));
        rg_push(to, rg_number((long)known));
    }
    rg_push(to, rg_number((long)distinct));
    rg_push(to, known ? sorted->values.data[0] : rg_number(NO_VALUE));
    rg_push(to, known ? sorted->values.data[known - 1] : rg_number(NO_VALUE));
}

static void cut(rg_rows *to, const rg_rows *sorted, const rq_query *q) {
    size_t n = rg_count(sorted), from = q->skip > 0 ? (size_t)q->skip : 0;
    size_t most = q->limit >= 0 ? (size_t)q->limit : n;
    to->width = sorted->width;
    for (size_t i = from; i < n && i - from < most; i++)
        push_row(to, sorted, q->descending ? n - 1 - i : i);
}

static void project(rg_rows *to, const naive *n) {
    const rq_query *q = n->query;
    rg_rows rows = {.width = (size_t)q->n_columns};
    for (size_t i = 0; i < n->out.len; i++)
        for (int k = 0; k < q->n_columns; k++)
            rg_push(&rows, column(n, &n->out.data[i], &q->columns[k]));
    rg_sort(&rows);
    if (q->end == RQ_TOTALS)
        total(to, &rows, q->once);
    else if (q->end == RQ_DISTINCT || q->end == RQ_GROUPED)
        group(to, &rows, q->end == RQ_GROUPED);
    else
        cut(to, &rows, q->end == RQ_ORDERED ? q : &(rq_query){.skip = -1, .limit = -1});
    rg_free(&rows);
}

bool rq_answer(rg_rows *rows, const rq_query *q, const rg_graph *g) {
    naive n = {.graph = g, .query = q};
    row first;
    for (int i = 0; i < VARIABLES; i++)
        first.node[i] = first.edge[i] = first.size[i] = UNSET;
    if (kg_array_push(&n.out, first) != KG_OK)
        abort();
    for (int i = 0; i < q->n_clauses && !n.many_rows; i++) {
        row *before = n.out.data;
        size_t count = n.out.len;
        memset(&n.out, 0, sizeof n.out);
        n.clause = &q->clauses[i];
        match_clause(&n, before, count);
        free(before);
    }
    if (!n.many_rows)
        project(rows, &n);
    kg_array_free(&n.out);
    return !n.many_rows;
}
