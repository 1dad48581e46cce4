/* The allocation failer itself, on the parts of base that allocate. */
#include "tests/support/alloc_fail.h"

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static kg_status use_array_and_arena(void *context) {
    unsigned *rounds = context;
    ++*rounds;
    kg_bytes bytes = KG_ARRAY_INIT;
    kg_arena arena = KG_ARENA_INIT;
    kg_status st = kg_array_append(&bytes, "0123456789", 10);
    if (st == KG_OK && (!kg_arena_copy(&arena, KG_STR("x")) || !kg_arena_alloc(&arena, 1 << 20)))
        st = KG_ERR_MEMORY;
    kg_array_free(&bytes);
    kg_arena_free(&arena);
    return st;
}

static kg_status read_lines(void *context) {
    (void)context;
    kg_lines *lines;
    kg_str line;
    bool end = false;
    kg_status st;
    KG_TRY(st, kg_lines_from_memory(&lines, KG_STR("a\nb\n"), "text", 0));
    while (st == KG_OK && !end)
        st = kg_lines_next(&line, &end, lines, NULL);
    kg_lines_close(lines);
    return st;
}

static void test_each_fails_in_turn(void **state) {
    (void)state;
    unsigned rounds = 0;
    alloc_fail_each(use_array_and_arena, &rounds, false, 20);
    assert_int_equal(rounds, 8);
    alloc_fail_each(read_lines, NULL, false, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_fails_in_turn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
