/* Rows that operators keep, beside a plain count: each value is found again, once. */
#include "kgstore/cypher/rowtable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { ROWS = 300000 };

static void find(cy_table *t, size_t i, bool is_new) {
    char text[32];
    size_t row;
    bool fresh;
    kg_str name = {text, (size_t)snprintf(text, sizeof text, "name %zu", i % 1000)};
    const cy_value values[] = {cy_integer((int64_t)(i / 1000)), cy_string(name)};
    assert_int_equal(cy_table_find(&row, &fresh, t, values), KG_OK);
    assert_int_equal(fresh, is_new);
    assert_int_equal(row, i);
    assert_true(cy_same(&cy_table_row(t, row)[1], &values[1]));
}

static void test_finds_each_row_again(void **state) {
    cy_table t = {0};
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        cy_table_init(&t, 2, NULL);
        for (size_t i = 0; i < ROWS; i++)
            find(&t, i, true);
        for (size_t i = 0; i < ROWS; i += 7)
            find(&t, i, false);
        assert_int_equal(t.n_rows, ROWS);
    }
    cy_table_free(&t);
    cy_table_free(&t);
}

static void test_rows_without_values_are_one(void **state) {
    cy_table t = {0};
    size_t row;
    bool fresh;
    (void)state;
    cy_table_init(&t, 0, NULL);
    assert_int_equal(cy_table_find(&row, &fresh, &t, NULL), KG_OK);
    assert_true(fresh);
    assert_int_equal(cy_table_find(&row, &fresh, &t, NULL), KG_OK);
    assert_false(fresh);
    cy_table_free(&t);
}

/* What is kept stays where it is. */
static void test_pieces_do_not_move(void **state) {
    kg_arena arena = KG_ARENA_INIT;
    cy_pieces p = {.size = sizeof(size_t)};
    size_t *first = cy_pieces_add(&p, &arena);
    (void)state;
    *first = 0;
    for (size_t i = 1; i < ROWS; i++)
        *(size_t *)cy_pieces_add(&p, &arena) = i;
    assert_ptr_equal(cy_pieces_at(&p, 0), first);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(*(size_t *)cy_pieces_at(&p, i), i);
    kg_arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_each_row_again),
        cmocka_unit_test(test_rows_without_values_are_one),
        cmocka_unit_test(test_pieces_do_not_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
