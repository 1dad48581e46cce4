/* ORDER BY with a LIMIT, which keeps few rows, beside the same rows sorted whole. */
#include "kgstore/cypher.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { ROWS = 20000 };

#define NUMBERS                                                                                    \
    "UNWIND range(1, 20000) AS x WITH x, (x * 7919) %% 101 AS k, toString(x %% 997) AS t "

static kg_error err;
static char folder[32], path[64];
static kg_store *store;

/* The first column of all rows into out; returns how many. */
__attribute__((format(printf, 2, 3))) static size_t ask(int64_t *out, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    kg_cypher *cypher;
    kg_cypher_query *query;
    size_t n = 0;
    assert_int_equal(kg_cypher_begin(&cypher, store, NULL, &err), KG_OK);
    assert_int_equal(kg_cypher_prepare(&query, cypher, kg_str_from(text), NULL, &err), KG_OK);
    for (bool row = true; row;) {
        kg_cell cell;
        assert_int_equal(kg_cypher_step(&row, query, &err), KG_OK);
        if (!row)
            break;
        assert_int_equal(kg_cypher_column(&cell, query, 0), KG_OK);
        assert_true(n < ROWS);
        out[n++] = cell.as.integer;
    }
    kg_cypher_free(query);
    kg_cypher_end(cypher);
    return n;
}

static void test_limited_rows_are_the_first_of_all(void **state) {
    static const char *const ORDERS[] = {"k", "k DESC, t", "t DESC", "t, k DESC, x", "1"};
    static const struct {
        size_t skip, limit;
    } SLICES[] = {{0, 1}, {0, 10}, {7, 100}, {900, 1100}, {0, 25000}, {19990, 100}, {0, 0}};
    static int64_t all[ROWS], some[ROWS];
    (void)state;
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++) {
        assert_int_equal(ask(all, NUMBERS "RETURN x ORDER BY %s", ORDERS[i]), ROWS);
        for (size_t k = 0; k < sizeof SLICES / sizeof *SLICES; k++) {
            size_t skip = SLICES[k].skip, limit = SLICES[k].limit;
            size_t most = ROWS - skip < limit ? ROWS - skip : limit;
            size_t n = ask(some, NUMBERS "RETURN x ORDER BY %s SKIP %zu LIMIT %zu", ORDERS[i], skip,
                           limit);
            assert_int_equal(n, most);
            assert_memory_equal(some, all + skip, most * sizeof *some);
        }
    }
}

static void test_values_count_once_in_their_group(void **state) {
    static int64_t found[ROWS];
    (void)state;
    assert_int_equal(ask(found,
                         NUMBERS "WITH k, count(DISTINCT t) AS n, count(DISTINCT x %% 3) AS m "
                                 "RETURN n * 10 + m ORDER BY k LIMIT 1"),
                     1);
    /* Of the 198 numbers that 101 divides no two leave the same rest by 997. */
    assert_int_equal(found[0], 198 * 10 + 3);
}

static void test_collected_values_stand_as_they_came(void **state) {
    static int64_t found[ROWS];
    (void)state;
    assert_int_equal(ask(found,
                         NUMBERS "WITH k, collect(x) AS xs "
                                 "WHERE all(i IN range(1, size(xs) - 1) WHERE xs[i - 1] < xs[i]) "
                                 "RETURN size(xs)"),
                     101);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limited_rows_are_the_first_of_all),
        cmocka_unit_test(test_values_count_once_in_their_group),
        cmocka_unit_test(test_collected_values_stand_as_they_came),
    };
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
