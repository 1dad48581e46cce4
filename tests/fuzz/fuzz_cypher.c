/* Input: a query, or several with semicolons between them, prepared and run on a small store with
 * limits of rows and time, reading and, where it would change the graph, writing without a commit.
 * Whatever is asked, a query that was prepared gives rows whose values can all be taken. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/cypher.h"
#include "tests/support/sample_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 200 };

static kg_store *store;
static char folder[64];

static void end_store(void) {
    kg_store_close(store);
    remove_tree(folder);
}

/* Something of each kind: types, relations, loops, names that need backticks, values of each kind.
 */
static const char GRAPH[] =
    "CREATE (a:Person {elementId: 'a', name: 'Ann', age: 40, tags: ['x', 'y'], born: "
    "date('1984-10-11')}), (b:Person:Author {elementId: 'b', name: 'Bob', age: 25, at: "
    "datetime('2020-01-02T03:04:05Z')}), (c:`Two Words` {elementId: 'c', weight: 1.5, on: true}), "
    "(d {elementId: 'd'}), (e:Person {elementId: 'e', name: '糖尿病'}), (a)-[:KNOWS {since: "
    "2001}]->(b), (b)-[:KNOWS {since: 2010}]->(a), (b)-[:LIKES]->(c), (c)-[:`is part of`]->(d), "
    "(d)-[:LIKES]->(d), (e)-[:KNOWS]->(a), (a)-[:LIKES]->(c)";

static void must(kg_status st, const kg_error *err) {
    if (st == KG_OK)
        return;
    fprintf(stderr, "%s\n", err->text);
    abort();
}

static void begin_store(void) {
    char path[80];
    kg_error err = KG_ERROR_INIT;
    kg_cypher *cypher;
    kg_cypher_query *query;
    bool row = true;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_empty_store(path);
    must(kg_store_open(&store, path, &err), &err);
    const kg_cypher_options options = {.write = true};
    must(kg_cypher_begin(&cypher, store, &options, &err), &err);
    must(kg_cypher_prepare(&query, cypher, kg_str_from(GRAPH), NULL, &err), &err);
    while (row)
        must(kg_cypher_step(&row, query, &err), &err);
    kg_cypher_free(query);
    must(kg_cypher_commit(cypher, &err), &err);
    kg_cypher_end(cypher);
    atexit(end_store);
}

static void run(kg_cypher_query *query) {
    kg_error err = KG_ERROR_INIT;
    bool row = true;
    kg_cell cell = {KG_CELL_INTEGER, {.integer = 3}};
    must(kg_cypher_bind(query, KG_STR("p"), &cell, &err), &err);
    while (kg_cypher_step(&row, query, &err) == KG_OK && row)
        for (size_t i = 0; i < kg_cypher_columns(query); i++)
            must(kg_cypher_column(&cell, query, i), &err);
    free(kg_cypher_plan(query, true));
}

/* True: the query would change the graph, and may not. */
static bool try_query(kg_str text, bool write) {
    kg_error err = KG_ERROR_INIT;
    kg_cypher *cypher;
    kg_cypher_query *query;
    kg_cypher_fault fault;
    const kg_cypher_options options = {
        .write = write, .seconds = 0.2, .rows = ROWS, .no_files = true};
    must(kg_cypher_begin(&cypher, store, &options, &err), &err);
    kg_status st = kg_cypher_prepare(&query, cypher, text, &fault, &err);
    if (st == KG_OK) {
        run(query);
        kg_cypher_reset(query);
        run(query);
        kg_cypher_free(query);
    }
    kg_cypher_end(cypher);
    return st == KG_ERR_ARGUMENT && !write;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_str text = {(const char *)data, size};
    if (!store)
        begin_store();
    if (try_query(text, false))
        try_query(text, true);
    return 0;
}
