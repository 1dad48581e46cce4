/* Paths counted on several threads (pathcount.c) beside one: the same rows in the same order, and
 * the same limits. */
#include "kgstore/cypher.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { NODES = 1200, EDGES = 40000, ROWS = 4000 };

static kg_error err;
static char folder[32], path[64];
static kg_store *store;

/* ---- A graph with more than half a million paths of two edges of R ----------------------------
 */

static void make_graph(void) {
    kg_bulk *bulk;
    const kg_bulk_options options = {0};
    kg_bulk_report report;
    unsigned seed = 7;
    char a[16], b[16];
    assert_int_equal(kg_bulk_begin(&bulk, path, &options, &err), KG_OK);
    for (int i = 0; i < NODES; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
        s.head = (kg_str){a, (size_t)snprintf(a, sizeof a, "n%04d", i)};
        s.label = (kg_str){b, (size_t)snprintf(b, sizeof b, "name%d", i / 2 * (i % 7 == 0))};
        s.head_type = i % 3 ? KG_STR("X") : KG_STR("Y");
        assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
    }
    for (int i = 0; i < EDGES; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        int hub = rand_r(&seed) % 8 ? NODES : 20; /* some have many edges, and loops */
        s.head = (kg_str){a, (size_t)snprintf(a, sizeof a, "n%04d", rand_r(&seed) % hub)};
        s.relation = i % 5 ? KG_STR("R") : KG_STR("S");
        s.tail = (kg_str){b, (size_t)snprintf(b, sizeof b, "n%04d", rand_r(&seed) % hub)};
        assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
    }
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
}

/* ---- Answers --------------------------------------------------------------------------------- */

typedef struct answer {
    char rows[ROWS][48];
    size_t n;
    kg_status status;
} answer;

static void take_row(answer *to, kg_cypher_query *query) {
    kg_cell cell;
    assert_true(to->n < ROWS);
    char *row = to->rows[to->n++];
    *row = '\0';
    for (size_t i = 0, at = 0; i < kg_cypher_columns(query); i++) {
        assert_int_equal(kg_cypher_column(&cell, query, i), KG_OK);
        if (cell.kind == KG_CELL_TEXT)
            at += (size_t)snprintf(row + at, 48 - at, "%.*s|", KG_STR_ARG(cell.as.text));
        else
            at += (size_t)snprintf(row + at, 48 - at, "%lld|", (long long)cell.as.integer);
    }
}

static void ask(answer *out, const char *text, const kg_cypher_options *options) {
    kg_cypher *cypher;
    kg_cypher_query *query;
    bool row = true;
    out->n = 0;
    assert_int_equal(kg_cypher_begin(&cypher, store, options, &err), KG_OK);
    assert_int_equal(kg_cypher_prepare(&query, cypher, kg_str_from(text), NULL, &err), KG_OK);
    while ((out->status = kg_cypher_step(&row, query, &err)) == KG_OK && row)
        take_row(out, query);
    kg_cypher_free(query);
    kg_cypher_end(cypher);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void test_rows_are_those_of_one_thread(void **state) {
    static const char *const QUERIES[] = {
        "MATCH (a)-[:R]->(b)<-[:R]-(c) WHERE a.id < c.id WITH a, c, count(*) AS k WHERE k >= 9 "
        "RETURN a.id, c.id, k LIMIT 3000",
        "MATCH (a)-[:R]->(b)<-[:R]-(c) WHERE a <> c RETURN a.name, c.name, count(*) AS k "
        "ORDER BY k DESC LIMIT 50",
        "MATCH (a)-[:R]->(b)<-[:R]-(c) WHERE a.id > c.id WITH a, c, count(DISTINCT b) AS k "
        "RETURN sum(k), count(*), max(k)",
        "MATCH (a)-[:R]->(b)-[:R]->(c) WITH a, c, count(*) AS k RETURN k, count(*) ORDER BY k",
        "MATCH (a:Y)-[:R]->(b:X)<-[:R]-(c:X) WITH a, c, count(*) AS k WHERE k > 5 "
        "RETURN a.id, c.id, k LIMIT 3000",
        "MATCH (a)-[:R]->(b)<-[:R]-(c) WHERE a.name STARTS WITH 'name1' "
        "WITH a, c, count(*) AS k RETURN count(*), sum(k)",
    };
    static answer one, many;
    (void)state;
    for (size_t i = 0; i < sizeof QUERIES / sizeof *QUERIES; i++) {
        ask(&one, QUERIES[i], &(kg_cypher_options){.threads = 1});
        assert_int_equal(one.status, KG_OK);
        assert_true(one.n > 0);
        for (unsigned threads = 2; threads <= 5; threads += 3) {
            ask(&many, QUERIES[i], &(kg_cypher_options){.threads = threads});
            assert_int_equal(many.status, KG_OK);
            assert_int_equal(many.n, one.n);
            for (size_t k = 0; k < one.n; k++)
                assert_string_equal(many.rows[k], one.rows[k]);
        }
    }
}

static const char ALL[] = "MATCH (a)-[:R]->(b)<-[:R]-(c) WITH a, c, count(*) AS k "
                          "RETURN count(*), sum(k)";

static bool stop_soon(void *context) {
    return atomic_fetch_add((atomic_int *)context, 1) >= 3;
}

static void test_limits_hold(void **state) {
    static answer got, whole;
    atomic_int asked = 0;
    (void)state;
    ask(&got, ALL, &(kg_cypher_options){.threads = 3, .cancelled = stop_soon, .context = &asked});
    assert_int_equal(got.status, KG_ERR_CANCELLED);
    ask(&got, ALL, &(kg_cypher_options){.threads = 3, .seconds = 1e-6});
    assert_int_equal(got.status, KG_ERR_LIMIT);
    ask(&got, "MATCH (a)-[:R]->(b)<-[:R]-(c) RETURN a.id, c.id, count(*)",
        &(kg_cypher_options){.threads = 3, .rows = 20});
    assert_int_equal(got.status, KG_ERR_LIMIT);
    assert_int_equal(got.n, 20);
    /* Where there is no memory for several threads, one answers. */
    ask(&whole, ALL, &(kg_cypher_options){.threads = 3});
    ask(&got, ALL, &(kg_cypher_options){.threads = 3, .memory = 2 << 20});
    assert_int_equal(got.status, KG_OK);
    assert_int_equal(got.n, 1);
    assert_string_equal(got.rows[0], whole.rows[0]);
}

/* What one node has wrong fails as with one thread: only where it is met. */
static void test_faults_are_those_of_one_thread(void **state) {
    static const char *const CONDITIONS[] = {"a.name + 1 > 0", "c.name.x > 0", "b.id / 2 = 1"};
    static answer one, many;
    char text[200];
    (void)state;
    for (size_t i = 0; i < sizeof CONDITIONS / sizeof *CONDITIONS; i++) {
        snprintf(text, sizeof text,
                 "MATCH (a)-[:R]->(b)<-[:R]-(c) WHERE %s WITH a, c, count(*) AS k RETURN count(*)",
                 CONDITIONS[i]);
        ask(&one, text, &(kg_cypher_options){.threads = 1});
        ask(&many, text, &(kg_cypher_options){.threads = 3});
        assert_int_equal(many.status, one.status);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_those_of_one_thread),
        cmocka_unit_test(test_limits_hold),
        cmocka_unit_test(test_faults_are_those_of_one_thread),
    };
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_graph();
    if (kg_store_open(&store, path, &err) != KG_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kg_store_close(store);
    remove_tree(folder);
    return failed;
}
