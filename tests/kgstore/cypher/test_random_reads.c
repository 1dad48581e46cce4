/* Random queries over random small graphs, against nested loops: on a store, and on one of which a
 * part is a change that is not committed yet. */
#include "tests/kgstore/cypher/random_query.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { GRAPHS = 60, QUERIES = 60 };

static void must(kg_status st, const kg_error *err) {
    if (st != KG_OK)
        fail_msg("%s: %s", kg_strerror(st), err->text);
}

static void print_graph(const rg_graph *g) {
    for (int i = 0; i < g->n_nodes; i++)
        fprintf(stderr, "CREATE (%s {types %u, x %d, y %d})\n", g->nodes[i].id, g->nodes[i].types,
                g->nodes[i].x, g->nodes[i].y);
    for (int i = 0; i < g->n_edges; i++)
        fprintf(stderr, "%d -[%c w %d]-> %d\n", g->edges[i].head, 'R' + g->edges[i].relation,
                g->edges[i].w, g->edges[i].tail);
}

static bool check_query(kg_cypher *cypher, const rg_graph *g, kg_rng *rng) {
    rq_query q;
    char text[RQ_TEXT];
    kg_error err = KG_ERROR_INIT;
    rg_rows expected = {0}, found = {0};
    rq_make(&q, rng);
    rq_write(text, &q);
    bool known = rq_answer(&expected, &q, g);
    if (known) {
        kg_status st = rg_ask(&found, cypher, text, &err);
        if (q.end != RQ_ORDERED)
            rg_sort(&found);
        if (st != KG_OK || !rg_same(&expected, &found)) {
            print_graph(g);
            fprintf(stderr, "%s\n-- expected\n", text);
            rg_print(&expected);
            fprintf(stderr, "-- found\n");
            rg_print(&found);
            fail_msg("%s: %s", st == KG_OK ? "other rows" : err.text, text);
        }
    }
    rg_free(&expected);
    rg_free(&found);
    return known;
}

static unsigned check_graph(const char *path, const rg_graph *g, bool write, kg_rng *rng,
                            const char *change) {
    unsigned checked = 0;
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_cypher *cypher;
    rg_rows none = {0};
    const kg_cypher_options options = {.write = write};
    must(kg_store_open(&store, path, &err), &err);
    must(kg_cypher_begin(&cypher, store, &options, &err), &err);
    if (*change)
        must(rg_ask(&none, cypher, change, &err), &err);
    for (int i = 0; i < QUERIES; i++)
        checked += check_query(cypher, g, rng);
    kg_cypher_end(cypher);
    kg_store_close(store);
    return checked;
}

/* The whole graph lies in the store. */
static void test_stored(void **state) {
    (void)state;
    unsigned checked = 0;
    for (uint64_t seed = 0; seed < GRAPHS; seed++) {
        static rg_graph g;
        char folder[32], path[64];
        kg_rng rng = kg_rng_stream(seed, 1, 0, 0);
        make_test_folder(folder);
        snprintf(path, sizeof path, "%s/store", folder);
        rg_make(&g, &rng);
        rg_store(&g, path);
        checked += check_graph(path, &g, false, &rng, "");
        remove_tree(folder);
    }
    assert_true(checked > GRAPHS * QUERIES * 3 / 4);
}

/* A query that makes what the graph has beyond the first nodes. */
static void write_rest(char *text, const rg_graph *g, int first) {
    size_t n = 0;
    *text = '\0';
    for (int i = 0; i < first; i++)
        n += (size_t)sprintf(text + n, "MATCH (v%d {id: 'n%d'}) ", i, i);
    n += (size_t)sprintf(text + n, "CREATE (:Z)");
    for (int i = first; i < g->n_nodes; i++) {
        const rg_node *v = &g->nodes[i];
        n += (size_t)sprintf(text + n, ", (v%d%s%s%s {elementId: '%s'", i, v->types & 1 ? ":A" : "",
                             v->types & 2 ? ":B" : "", v->types & 4 ? ":C" : "", v->id);
        if (v->x != NO_VALUE)
            n += (size_t)sprintf(text + n, ", x: %d", v->x);
        if (v->y != NO_VALUE)
            n += (size_t)sprintf(text + n, ", y: 'y%d'", v->y);
        n += (size_t)sprintf(text + n, "})");
    }
    for (int i = 0; i < g->n_edges; i++) {
        const rg_edge *e = &g->edges[i];
        if (e->head < first && e->tail < first && i % 2)
            continue;
        n += (size_t)sprintf(text + n, ", (v%d)-[:%c", e->head, 'R' + e->relation);
        if (e->w != NO_VALUE)
            n += (size_t)sprintf(text + n, " {w: %d}", e->w);
        n += (size_t)sprintf(text + n, "]->(v%d)", e->tail);
    }
}

/* The part of it that write_rest leaves. */
static void keep_first(rg_graph *to, const rg_graph *g, int first) {
    *to = *g;
    to->n_nodes = first;
    to->n_edges = 0;
    for (int i = 0; i < g->n_edges; i++)
        if (g->edges[i].head < first && g->edges[i].tail < first && i % 2)
            to->edges[to->n_edges++] = g->edges[i];
}

static void test_changed(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < GRAPHS / 2; seed++) {
        static rg_graph g, part;
        static char change[20000];
        char folder[32], path[64];
        kg_rng rng = kg_rng_stream(seed, 2, 0, 0);
        make_test_folder(folder);
        snprintf(path, sizeof path, "%s/store", folder);
        rg_make(&g, &rng);
        int first = g.n_nodes / 2;
        keep_first(&part, &g, first);
        rg_store(&part, path);
        write_rest(change, &g, first);
        /* Its node of type Z goes again: the graph is then as it was made. */
        strcat(change, " WITH 1 AS one MATCH (z:Z) DELETE z");
        check_graph(path, &g, true, &rng, change);
        remove_tree(folder);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stored),
                                       cmocka_unit_test(test_changed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
