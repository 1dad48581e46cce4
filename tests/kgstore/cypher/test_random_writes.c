/* Random queries that change, against a model of the graph: what is seen before the commit, what is
 * read afterwards, and the check of the store. */
#include "tests/kgstore/cypher/random_graph.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { GRAPHS = 40, SESSIONS = 6, STATEMENTS = 6, TEXT = 400 };

typedef struct writing {
    rg_graph graph;
    kg_rng *rng;
    char text[TEXT];
    bool refused;  /* the query must fail, and with it the session */
    bool gives_id; /* the query gives the identifier of the last node, which it made up */
} writing;

/* ---- The model ------------------------------------------------------------------------------- */

static int find_node(const rg_graph *g, const char *id) {
    for (int i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].there && strcmp(g->nodes[i].id, id) == 0)
            return i;
    return -1;
}

static int add_node(rg_graph *g, const char *id, unsigned types, int x, int y) {
    rg_node *n = &g->nodes[g->n_nodes];
    *n = (rg_node){.there = true, .types = types, .x = x, .y = y};
    snprintf(n->id, sizeof n->id, "%s", id);
    return g->n_nodes++;
}

static void remove_edges(rg_graph *g, int node) {
    for (int i = g->n_edges - 1; i >= 0; i--)
        if (g->edges[i].head == node || g->edges[i].tail == node)
            rg_remove_edge(g, i);
}

static bool has_edges(const rg_graph *g, int node) {
    for (int i = 0; i < g->n_edges; i++)
        if (g->edges[i].head == node || g->edges[i].tail == node)
            return true;
    return false;
}

/* Some node that is there; -1: none is. */
static int some_node(const writing *w) {
    int from = rg_below(w->rng, w->graph.n_nodes + 1);
    for (int i = 0; i < w->graph.n_nodes; i++) {
        int at = (from + i) % w->graph.n_nodes;
        if (w->graph.nodes[at].there)
            return at;
    }
    return -1;
}

static bool is_of(const rg_node *n, int type) {
    return n->there && n->types >> type & 1;
}

#define EACH_NODE(w, n)                                                                            \
    for (rg_node *n = (w)->graph.nodes; n < (w)->graph.nodes + (w)->graph.n_nodes; n++)

/* ---- Statements: the text, and what it does -------------------------------------------------- */

static __attribute__((format(printf, 2, 3))) void say(writing *w, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(w->text, TEXT, format, args);
    va_end(args);
}

static void create_node(writing *w) {
    char id[NAME_SIZE];
    snprintf(id, sizeof id, "n%d", rg_below(w->rng, NODES + 3));
    int type = rg_below(w->rng, TYPES), x = rg_below(w->rng, 4), y = rg_below(w->rng, 3);
    if (find_node(&w->graph, id) >= 0)
        snprintf(id, sizeof id, "m%d", w->graph.n_nodes);
    say(w, "CREATE (:%c {elementId: '%s', x: %d, y: 'y%d'})", 'A' + type, id, x, y);
    add_node(&w->graph, id, 1U << type, x, y);
}

/* A second edge of the same type would need the same properties: those are left out. */
static void create_edge(writing *w) {
    int a = some_node(w), b = some_node(w), relation = rg_below(w->rng, RELATIONS);
    int weight = rg_below(w->rng, 4);
    if (a < 0 || rg_find_edge(&w->graph, a, relation, b) >= 0)
        return;
    say(w,
        "MATCH (a), (b) WHERE elementId(a) = '%s' AND elementId(b) = '%s' CREATE (a)-[:%c {w: "
        "%d}]->(b)",
        w->graph.nodes[a].id, w->graph.nodes[b].id, 'R' + relation, weight);
    w->graph.edges[w->graph.n_edges++] = (rg_edge){a, relation, b, weight};
}

static void merge_edge(writing *w) {
    int a = some_node(w), b = some_node(w), relation = rg_below(w->rng, RELATIONS);
    if (a < 0)
        return;
    say(w,
        "MATCH (a), (b) WHERE elementId(a) = '%s' AND elementId(b) = '%s' MERGE (a)-[r:%c]->(b) ON "
        "CREATE SET r.w = 3 ON MATCH "
        "SET r.w = r.w + 1",
        w->graph.nodes[a].id, w->graph.nodes[b].id, 'R' + relation);
    int at = rg_find_edge(&w->graph, a, relation, b);
    if (at < 0)
        w->graph.edges[w->graph.n_edges++] = (rg_edge){a, relation, b, 3};
    else if (w->graph.edges[at].w != NO_VALUE)
        w->graph.edges[at].w++;
}

static void merge_all_edges(writing *w) {
    int n = w->graph.n_nodes, relation = rg_below(w->rng, RELATIONS);
    say(w, "MATCH (a:A {x: 1}), (b:B) MERGE (a)-[:%c]->(b)", 'R' + relation);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            if (is_of(&w->graph.nodes[a], 0) && w->graph.nodes[a].x == 1 &&
                is_of(&w->graph.nodes[b], 1) && rg_find_edge(&w->graph, a, relation, b) < 0)
                w->graph.edges[w->graph.n_edges++] = (rg_edge){a, relation, b, NO_VALUE};
}

static void merge_node(writing *w) {
    int type = rg_below(w->rng, TYPES), x = rg_below(w->rng, 6);
    bool found = false;
    say(w,
        "MERGE (n:%c {x: %d}) ON CREATE SET n.y = 'y1' ON MATCH SET n.y = 'y2' RETURN elementId(n) "
        "AS id",
        'A' + type, x);
    EACH_NODE(w, n) {
        if (!is_of(n, type) || n->x != x)
            continue;
        found = true;
        n->y = 2;
    }
    if (!found)
        add_node(&w->graph, "?", 1U << type, x, 1);
    w->gives_id = !found;
}

static void set_values(writing *w) {
    int type = rg_below(w->rng, TYPES), x = rg_below(w->rng, 4), way = rg_below(w->rng, 5);
    static const char *const FORMS[] = {"n.x = n.x + 1", "n.x = null", "n = {x: 2}",
                                        "n += {y: 'y0', x: null}", "n.y = 'y1', n.x = 0"};
    say(w, "MATCH (n:%c) WHERE n.x >= %d SET %s", 'A' + type, x, FORMS[way]);
    EACH_NODE(w, n) {
        if (!is_of(n, type) || n->x == NO_VALUE || n->x < x)
            continue;
        n->y = way == 2 ? NO_VALUE : way == 3 ? 0 : way == 4 ? 1 : n->y;
        n->x = way == 0 ? n->x + 1 : way == 2 ? 2 : way == 4 ? 0 : NO_VALUE;
    }
}

static void set_types(writing *w) {
    int from = rg_below(w->rng, TYPES), to = rg_below(w->rng, TYPES);
    bool take = rg_once_in(w->rng, 2);
    say(w, "MATCH (n:%c) WHERE n.y = 'y1' %s n:%c", 'A' + from, take ? "REMOVE" : "SET", 'A' + to);
    EACH_NODE(w, n)
    if (is_of(n, from) && n->y == 1)
        n->types = take ? n->types & ~(1U << to) : n->types | 1U << to;
}

static void remove_value(writing *w) {
    int at = some_node(w);
    if (at < 0)
        return;
    say(w, "UNWIND [1, 2] AS k MATCH (n) WHERE elementId(n) = '%s' SET n.y = 'y' + k REMOVE n.x",
        w->graph.nodes[at].id);
    w->graph.nodes[at].x = NO_VALUE;
    w->graph.nodes[at].y = 2;
}

static void set_weights(writing *w) {
    int relation = rg_below(w->rng, RELATIONS), old = rg_below(w->rng, 4);
    bool take = rg_once_in(w->rng, 3);
    say(w, "MATCH (a)-[r:%c]-(b) WHERE r.w = %d %s", 'R' + relation, old,
        take ? "REMOVE r.w" : "SET r.w = 9");
    for (int i = 0; i < w->graph.n_edges; i++) {
        rg_edge *e = &w->graph.edges[i];
        if (e->relation == relation && e->w == old)
            e->w = take ? NO_VALUE : 9;
    }
}

static void delete_edges(writing *w) {
    int at = some_node(w), relation = rg_below(w->rng, RELATIONS);
    if (at < 0)
        return;
    say(w, "MATCH (a)-[r:%c]-() WHERE elementId(a) = '%s' DELETE r", 'R' + relation,
        w->graph.nodes[at].id);
    for (int i = w->graph.n_edges - 1; i >= 0; i--) {
        const rg_edge *e = &w->graph.edges[i];
        if (e->relation == relation && (e->head == at || e->tail == at))
            rg_remove_edge(&w->graph, i);
    }
}

static void delete_node(writing *w) {
    int at = some_node(w);
    if (at < 0)
        return;
    say(w, "MATCH (n) WHERE elementId(n) = '%s' DELETE n", w->graph.nodes[at].id);
    w->refused = has_edges(&w->graph, at);
    w->graph.nodes[at].there = false;
}

static void detach_nodes(writing *w) {
    int type = rg_below(w->rng, TYPES), x = rg_below(w->rng, 4);
    say(w, "MATCH (n:%c {x: %d}) DETACH DELETE n", 'A' + type, x);
    for (int i = 0; i < w->graph.n_nodes; i++) {
        rg_node *n = &w->graph.nodes[i];
        if (!is_of(n, type) || n->x != x)
            continue;
        n->there = false;
        remove_edges(&w->graph, i);
    }
}

static void (*const statements[])(writing *) = {
    create_node,     create_node,  create_edge, create_edge, merge_edge,
    merge_all_edges, merge_node,   set_values,  set_types,   remove_value,
    set_weights,     delete_edges, delete_node, detach_nodes};

/* ---- Comparing ------------------------------------------------------------------------------- */

static void must(kg_status st, const kg_error *err, const char *text) {
    if (st != KG_OK)
        fail_msg("%s: %s: %s", kg_strerror(st), err->text, text);
}

static rg_value y_of(const rg_node *n) {
    char text[NAME_SIZE];
    snprintf(text, sizeof text, "y%d", n->y);
    return n->y == NO_VALUE ? rg_number(NO_VALUE) : rg_text(text);
}

static void expect(kg_cypher *cypher, rg_rows *expected, const char *query, const char *done) {
    rg_rows found = {0};
    kg_error err = KG_ERROR_INIT;
    must(rg_ask(&found, cypher, query, &err), &err, query);
    rg_sort(&found);
    rg_sort(expected);
    if (!rg_same(expected, &found)) {
        fprintf(stderr, "-- expected\n");
        rg_print(expected);
        fprintf(stderr, "-- found\n");
        rg_print(&found);
        fail_msg("after %s: %s", done, query);
    }
    rg_free(&found);
    rg_free(expected);
}

static void compare_nodes(kg_cypher *cypher, const rg_graph *g, const char *done) {
    rg_rows nodes = {.width = 6}, typed = {.width = 1};
    for (int i = 0; i < g->n_nodes; i++) {
        const rg_node *n = &g->nodes[i];
        if (!n->there)
            continue;
        rg_push(&nodes, rg_text(n->id));
        for (int k = 0; k < TYPES; k++)
            rg_push(&nodes, rg_number(n->types >> k & 1));
        rg_push(&nodes, rg_number(n->x));
        rg_push(&nodes, y_of(n));
        if (n->types & 1)
            rg_push(&typed, rg_text(n->id));
    }
    expect(cypher, &nodes, "MATCH (n) RETURN elementId(n), (n:A), (n:B), (n:C), n.x, n.y", done);
    expect(cypher, &typed, "MATCH (n:A) RETURN elementId(n)", done);
}

static void compare_edges(kg_cypher *cypher, const rg_graph *g, const char *done) {
    rg_rows out = {.width = 4}, in = {.width = 2};
    for (int i = 0; i < g->n_edges; i++) {
        const rg_edge *e = &g->edges[i];
        const char relation[] = {(char)('R' + e->relation), '\0'};
        rg_push(&out, rg_text(g->nodes[e->head].id));
        rg_push(&out, rg_text(relation));
        rg_push(&out, rg_text(g->nodes[e->tail].id));
        rg_push(&out, rg_number(e->w));
        if (e->relation == 1) {
            rg_push(&in, rg_text(g->nodes[e->tail].id));
            rg_push(&in, rg_text(g->nodes[e->head].id));
        }
    }
    expect(cypher, &out, "MATCH (a)-[r]->(b) RETURN elementId(a), type(r), elementId(b), r.w",
           done);
    expect(cypher, &in, "MATCH (b)<-[:S]-(a) RETURN elementId(b), elementId(a)", done);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

/* False: the query was to fail, and has. */
static bool run_statement(kg_cypher *cypher, writing *w) {
    rg_rows rows = {0};
    kg_error err = KG_ERROR_INIT;
    w->text[0] = '\0';
    w->refused = w->gives_id = false;
    statements[rg_below(w->rng, sizeof statements / sizeof *statements)](w);
    if (!w->text[0])
        return true;
    kg_status st = rg_ask(&rows, cypher, w->text, &err);
    if (w->refused) {
        assert_int_equal(st, KG_ERR_FORMAT);
        return false;
    }
    must(st, &err, w->text);
    if (w->gives_id)
        memcpy(w->graph.nodes[w->graph.n_nodes - 1].id, rows.values.data[0].text, NAME_SIZE);
    rg_free(&rows);
    compare_nodes(cypher, &w->graph, w->text);
    compare_edges(cypher, &w->graph, w->text);
    return true;
}

static void run_session(kg_store *store, writing *w) {
    static rg_graph before;
    kg_error err = KG_ERROR_INIT;
    kg_cypher *cypher;
    kg_cypher_options options = {.write = true};
    bool whole = true;
    before = w->graph;
    must(kg_cypher_begin(&cypher, store, &options, &err), &err, "");
    for (int i = 0; whole && i < STATEMENTS && w->graph.n_nodes < 3 * NODES; i++)
        whole = run_statement(cypher, w);
    if (whole)
        must(kg_cypher_commit(cypher, &err), &err, w->text);
    else
        w->graph = before;
    kg_cypher_end(cypher);
    must(kg_cypher_begin(&cypher, store, NULL, &err), &err, "");
    compare_nodes(cypher, &w->graph, "the session");
    compare_edges(cypher, &w->graph, "the session");
    kg_cypher_end(cypher);
}

static void tell_problem(void *context, const char *problem) {
    (void)context;
    fprintf(stderr, "%s\n", problem);
}

static void test_changes(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < GRAPHS; seed++) {
        static writing w;
        char folder[32], path[64];
        kg_error err = KG_ERROR_INIT;
        kg_store *store;
        kg_rng rng = kg_rng_stream(seed, 3, 0, 0);
        make_test_folder(folder);
        snprintf(path, sizeof path, "%s/store", folder);
        rg_make(&w.graph, &rng);
        w.rng = &rng;
        rg_store(&w.graph, path);
        must(kg_store_open(&store, path, &err), &err, path);
        for (int i = 0; i < SESSIONS; i++)
            run_session(store, &w);
        kg_store_close(store);
        must(kg_store_check(path, tell_problem, NULL, &err), &err, "check");
        remove_tree(folder);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_changes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
