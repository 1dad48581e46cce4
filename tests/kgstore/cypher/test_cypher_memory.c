/* Queries of each kind, with each allocation made to fail: the query says that memory ran out, and
 * everything is given back. What only makes a query quicker may be left out instead. */
#include "kgstore/cypher.h"
#include "tests/support/alloc_fail.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static char folder[32], path[64];
static kg_store *store;

static kg_status run(kg_cypher *cypher, const char *text, kg_error *err) {
    kg_cypher_query *query;
    bool row = true;
    kg_status st = kg_cypher_prepare(&query, cypher, kg_str_from(text), NULL, err);
    while (st == KG_OK && row) {
        kg_cell cell;
        st = kg_cypher_step(&row, query, err);
        for (size_t i = 0; st == KG_OK && row && i < kg_cypher_columns(query); i++)
            st = kg_cypher_column(&cell, query, i);
    }
    kg_cypher_free(query);
    return st;
}

static kg_status read_only(void *query) {
    kg_error err = KG_ERROR_INIT;
    kg_cypher *cypher;
    kg_status st = kg_cypher_begin(&cypher, store, NULL, &err);
    if (st == KG_OK) {
        st = run(cypher, query, &err);
        kg_cypher_end(cypher);
    }
    return st;
}

static kg_status change(void *query) {
    kg_error err = KG_ERROR_INIT;
    kg_cypher *cypher;
    const kg_cypher_options options = {.write = true};
    kg_status st = kg_cypher_begin(&cypher, store, &options, &err);
    if (st == KG_OK) {
        st = run(cypher, query, &err);
        kg_cypher_end(cypher);
    }
    return st;
}

static void test_reading(void **state) {
    static const char *const QUERIES[] = {
        "UNWIND range(1, 300) AS x RETURN DISTINCT x % 7",
        "UNWIND range(1, 300) AS x RETURN x % 70 AS k, count(DISTINCT x % 3), collect(x), min(x)",
        "UNWIND range(1, 3000) AS x RETURN x ORDER BY x % 10 LIMIT 3",
        "UNWIND range(1, 300) AS x RETURN x ORDER BY toString(x)",
        "MATCH (h)-[r]->(t) UNWIND labels(h) AS a RETURN a, type(r), count(*)",
        "MATCH (a)-[]->(b)<-[]-(c) WHERE a.id < c.id RETURN a, c, count(*)",
        "MATCH (a)-[:r药2]->(b)-[:r药2]->(c), (a)-[:r药2]->(c) RETURN count(*)",
        "MATCH (n) WHERE n.name IN ['e药2', 'e药3', 'e药4'] RETURN n",
        "MATCH p = shortestPath((a {name: 'e药2'})-[*]-(b {name: 'e药3'})) RETURN p"};
    (void)state;
    for (size_t i = 0; i < sizeof QUERIES / sizeof *QUERIES; i++)
        alloc_fail_each(read_only, (void *)(uintptr_t)QUERIES[i], true, 2000);
}

static void test_changing(void **state) {
    static const char *const QUERIES[] = {
        "UNWIND range(1, 20) AS x MERGE (n:New {elementId: 'n' + x}) SET n.name = 'name ' + x % 3",
        "UNWIND range(1, 20) AS x MERGE (n:New {name: 'n' + x % 3}) RETURN n",
        "MATCH (a)-[r]->(b) WITH a, r, b LIMIT 5 DELETE r CREATE (a)-[:New {x: [1, 2]}]->(b)"};
    (void)state;
    for (size_t i = 0; i < sizeof QUERIES / sizeof *QUERIES; i++)
        alloc_fail_each(change, (void *)(uintptr_t)QUERIES[i], true, 2000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reading),
                                       cmocka_unit_test(test_changing)};
    kg_error err = KG_ERROR_INIT;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, 20, 60, 3);
    if (kg_store_open(&store, path, &err) != KG_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kg_store_close(store);
    remove_tree(folder);
    return failed;
}
