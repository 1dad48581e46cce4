/* Every allocation of compiling and searching names made to fail in turn. */
#include "tests/support/alloc_fail.h"

#include "kgstore/link/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Names of which each has its own first characters, so that the filter and the trie grow. */
static kg_status add_names(kg_automaton_builder *builder) {
    kg_status st;
    KG_TRY(st, kg_automaton_add(builder, KG_STR("糖尿病"), false, 0.5, 0));
    for (kg_id id = 1; id < 200; id++) {
        char name[] = {(char)('a' + id % 26), (char)('a' + id / 26), '-', 'x'};
        KG_TRY(st, kg_automaton_add(builder, (kg_str){name, sizeof name}, id % 2, 0, id));
    }
    return KG_OK;
}

static kg_status search(size_t *found, kg_str bytes) {
    kg_automaton automaton;
    kg_mentions mentions = {NULL, 0, 0};
    kg_status st = kg_automaton_view(&automaton, bytes);
    if (st == KG_OK)
        st = kg_search(&mentions, &automaton, NULL, KG_STR("糖尿病 ba-x 糖尿病"), true);
    *found = mentions.len;
    free(mentions.data);
    return st;
}

static kg_status link_names(void *context) {
    kg_automaton_builder *builder;
    const kg_automaton_stamp stamp = {1, 2, 3};
    void *bytes = NULL;
    size_t size = 0, found = 0;
    kg_status st;
    (void)context;
    KG_TRY(st, kg_automaton_builder_new(&builder));
    st = add_names(builder);
    if (st == KG_OK)
        st = kg_automaton_finish(&bytes, &size, builder, &stamp);
    kg_automaton_builder_free(builder);
    if (st == KG_OK)
        st = search(&found, (kg_str){bytes, size});
    free(bytes);
    if (st == KG_OK)
        assert_int_equal(found, 3);
    return st;
}

static void test_linking(void **state) {
    (void)state;
    alloc_fail_each(link_names, NULL, true, 400); /* a double array that cannot shrink is kept */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_linking)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
