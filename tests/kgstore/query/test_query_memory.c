/* Questions while memory fails, and the one that asks for none. */
#include "kgstore/kgstore.h"
#include "tests/support/alloc_fail.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ENTITIES = 60, TRIPLES = 400 };

static char folder[32], path[64];
static kg_store *store;
static kg_snapshot *snapshot;

static int make_store(void **state) {
    kg_error err = KG_ERROR_INIT;
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, ENTITIES, TRIPLES, 1);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    remove_tree(folder);
    return 0;
}

/* Ask the question in context of the first entities; answers that are no count as answers. */
static kg_status ask_question(void *context) {
    kg_question question = *(const kg_question *)context;
    kg_result result = KG_RESULT_INIT;
    kg_error err = KG_ERROR_INIT;
    kg_str names[2];
    for (kg_id i = 0; i < 2; ++i)
        if (kg_name_get(&names[i], snapshot, KG_ENTITY, i) != KG_OK)
            return KG_ERR_CORRUPT;
    question.args = names;
    kg_status st = kg_query(&result, snapshot, &question, &err);
    kg_result_free(&result);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

static kg_status ask(void *context) {
    const kg_verb *verb = context;
    kg_question question = {.verb = verb->name, .n_args = verb->max_args};
    return ask_question(&question);
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    size_t count;
    const kg_verb *verbs = kg_verbs(&count);
    for (size_t i = 0; i < count; ++i)
        alloc_fail_each(ask, (void *)&verbs[i], false, 10000);
}

static void test_every_allocation_of_the_options_may_fail(void **state) {
    (void)state;
    kg_str relation;
    assert_int_equal(kg_name_get(&relation, snapshot, KG_RELATION, 0), KG_OK);
    kg_question questions[] = {
        {.verb = "top", .n_args = 1, .by_entity = true, .relations = &relation, .n_relations = 1},
        {.verb = "count", .by_type = true},
        {.verb = "count", .n_args = 1, .by_type = true},
        {.verb = "path", .n_args = 2, .k = 5},
        {.verb = "path", .n_args = 2, .k = 2, .relations = &relation, .n_relations = 1},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; ++i)
        alloc_fail_each(ask_question, &questions[i], false, 10000);
}

static void test_top_allocates_nothing(void **state) {
    (void)state;
    kg_neighbour top[7];
    uint32_t n;
    for (kg_id v = 0; v < ENTITIES; ++v) /* the first question may note places */
        kg_neighbours_top(top, &n, snapshot, v, KG_WEIGHT_PAGERANK, 7);
    alloc_fail_at(0, false);
    for (kg_id v = 0; v < ENTITIES; ++v) {
        assert_int_equal(kg_neighbours_top(top, &n, snapshot, v, KG_WEIGHT_PAGERANK, 7), KG_OK);
        kg_status st = kg_neighbours_top(top, &n, snapshot, v, KG_WEIGHT_PEPR, 7);
        assert_true(st == KG_OK || st == KG_ERR_NOT_FOUND);
    }
    assert_int_equal(alloc_fail_count(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_every_allocation_of_the_options_may_fail),
        cmocka_unit_test(test_top_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
