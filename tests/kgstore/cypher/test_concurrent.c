/* Sessions of several threads on one store: each reads one state of it, whatever is written
 * meanwhile; a query is stopped by another thread. Under ThreadSanitizer, too. */
#include "kgstore/cypher.h"
#include "tests/support/sample_store.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { READERS = 3, COMMITS = 20, PAIRS = 15, READS = 60 };

static char folder[32], path[64];
static kg_store *store;
static atomic_bool written, wanted_stop;
static atomic_int failures;

/* cmocka's assertions belong to the main thread. */
static bool good(kg_status st, const kg_error *err, const char *query) {
    if (st == KG_OK)
        return true;
    fprintf(stderr, "%s: %s\n", query, err->text);
    atomic_fetch_add(&failures, 1);
    return false;
}

/* The first number of the last row. */
static bool ask(int64_t *out, kg_cypher *cypher, const char *text) {
    kg_error err = KG_ERROR_INIT;
    kg_cypher_query *query;
    kg_cell cell;
    bool row = true;
    *out = -1;
    if (!good(kg_cypher_prepare(&query, cypher, kg_str_from(text), NULL, &err), &err, text))
        return false;
    kg_status st = KG_OK;
    while (st == KG_OK && row) {
        st = kg_cypher_step(&row, query, &err);
        if (st == KG_OK && row && kg_cypher_columns(query) > 0) {
            st = kg_cypher_column(&cell, query, 0);
            *out = cell.as.integer;
        }
    }
    kg_cypher_free(query);
    return good(st, &err, text);
}

/* Each commit makes as many nodes on the left as on the right, and edges between them. */
static void *write_pairs(void *context) {
    (void)context;
    for (int i = 0; i < COMMITS; i++) {
        char text[200];
        int64_t n;
        kg_error err = KG_ERROR_INIT;
        kg_cypher *cypher;
        const kg_cypher_options options = {.write = true};
        if (!good(kg_cypher_begin(&cypher, store, &options, &err), &err, "begin"))
            break;
        snprintf(text, sizeof text,
                 "UNWIND range(1, %d) AS x "
                 "CREATE (:Left {elementId: 'l%d ' + x, n: x})-[:TO]->(:Right {name: 'r' + x})",
                 PAIRS, i);
        if (ask(&n, cypher, text))
            good(kg_cypher_commit(cypher, &err), &err, "commit");
        kg_cypher_end(cypher);
    }
    atomic_store(&written, true);
    return NULL;
}

static void *read_pairs(void *context) {
    static const char *const COUNTS[] = {
        "MATCH (n:Left) RETURN count(*)",
        "MATCH (n:Right) RETURN count(*)",
        "MATCH (:Left)-[:TO]->(m) RETURN count(DISTINCT m)",
        "MATCH (a)-[r]->(b) UNWIND labels(a) AS x WITH x, type(r) AS t, count(*) AS k RETURN k",
        "MATCH (n) WITH n ORDER BY n.name WHERE n:Right RETURN count(n)",
        "MATCH (n:Left) WITH n.n AS k, count(*) AS c RETURN sum(c)"};
    (void)context;
    for (int i = 0; i < READS && (i < 3 || !atomic_load(&written)); i++) {
        int64_t first = -1, n;
        kg_error err = KG_ERROR_INIT;
        kg_cypher *cypher;
        if (!good(kg_cypher_begin(&cypher, store, NULL, &err), &err, "begin"))
            break;
        for (size_t k = 0; k < sizeof COUNTS / sizeof *COUNTS && ask(&n, cypher, COUNTS[k]); k++) {
            n = n < 0 ? 0 : n;
            first = k == 0 ? n : first;
            if (n != first || n % PAIRS != 0) {
                fprintf(stderr, "%s: %lld, not %lld\n", COUNTS[k], (long long)n, (long long)first);
                atomic_fetch_add(&failures, 1);
            }
        }
        kg_cypher_end(cypher);
    }
    return NULL;
}

static void test_readers_see_whole_commits(void **state) {
    pthread_t threads[READERS + 1];
    (void)state;
    for (int i = 0; i <= READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i ? read_pairs : write_pairs, NULL), 0);
    for (int i = 0; i <= READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
}

static bool is_stopped(void *context) {
    return atomic_load((atomic_bool *)context);
}

static void *run_for_ever(void *context) {
    kg_error err = KG_ERROR_INIT;
    kg_cypher *cypher;
    kg_cypher_query *query;
    bool row;
    kg_status *st = context;
    const kg_cypher_options options = {.cancelled = is_stopped, .context = &wanted_stop};
    *st = kg_cypher_begin(&cypher, store, &options, &err);
    if (*st != KG_OK)
        return NULL;
    *st = kg_cypher_prepare(&query, cypher,
                            KG_STR("UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y "
                                   "RETURN x % 1000 AS k, count(DISTINCT y) ORDER BY k"),
                            NULL, &err);
    if (*st == KG_OK)
        *st = kg_cypher_step(&row, query, &err);
    kg_cypher_free(query);
    kg_cypher_end(cypher);
    return NULL;
}

static void test_another_thread_stops_a_query(void **state) {
    pthread_t thread;
    kg_status st = KG_OK;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, run_for_ever, &st), 0);
    atomic_store(&wanted_stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(st, KG_ERR_CANCELLED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_see_whole_commits),
        cmocka_unit_test(test_another_thread_stops_a_query),
    };
    kg_error err = KG_ERROR_INIT;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_empty_store(path);
    if (kg_store_open(&store, path, &err) != KG_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kg_store_close(store);
    remove_tree(folder);
    return failed;
}
