/* Every allocation of a load, a rewrite and a read is made to fail in turn: the status says so,
 * nothing is left behind, and a store that was there is as it was. */
#include "store_tool.h"

#include "kgstore/store/rewrite.h"
#include "tests/support/alloc_fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char TEXT[] =
    "a\tr\tb\tt\tu\nb\tr\tc\tu\tt\na\tr\tc\tu\nE\ta\tLabel\nA\tb\tbee\nW\ta\t1\n"
    "A\tc\tcee\nR\tr\tis";

static char folder[PATH_MAX], path[PATH_MAX];

static int set_up(void **state) {
    (void)state;
    tool_make_folder(folder);
    return snprintf(path, sizeof path, "%s/store", folder) >= (int)sizeof path;
}

static int tear_down(void **state) {
    (void)state;
    tool_remove(folder);
    return 0;
}

static kg_status load(void *context) {
    const kg_bulk_options *options = context;
    kg_status st = tool_load(NULL, path, options, TEXT, NULL);
    /* The first load leaves a whole store or nothing. */
    if (st == KG_OK && !options->append)
        tool_remove(path);
    else if (st != KG_OK && !options->append)
        assert_int_not_equal(access(path, F_OK), 0);
    return st;
}

static void test_load(void **state) {
    (void)state;
    kg_bulk_options alone = {.threads = 1}, together = {.threads = 2};
    alloc_fail_each(load, &alone, true, 2000);
    alloc_fail_each(load, &together, true, 2000);
}

static void show(void *context, const char *problem) {
    (void)context;
    print_error("%s\n", problem);
}

static void test_append(void **state) {
    (void)state;
    kg_bulk_options append = {.append = true, .threads = 1};
    assert_int_equal(tool_load(NULL, path, NULL, TEXT, NULL), KG_OK);
    alloc_fail_each(load, &append, true, 2000);
    alloc_fail_at(0, false);
    assert_int_equal(kg_store_check(path, show, NULL, NULL), KG_OK);
}

static kg_status read_all(void *context) {
    kg_status st;
    kg_store *store;
    kg_snapshot *s = NULL;
    kg_edges out, in;
    (void)context;
    KG_TRY(st, kg_store_open(&store, path, NULL));
    st = kg_snapshot_begin(&s, store, NULL);
    if (st == KG_OK)
        st = kg_entity_edges(&out, &in, s, 0);
    if (st == KG_OK)
        st = kg_snapshot_renew(NULL, s, NULL);
    kg_snapshot_end(s);
    kg_store_close(store);
    return st;
}

static void test_read(void **state) {
    (void)state;
    assert_int_equal(tool_load(NULL, path, NULL, TEXT, NULL), KG_OK);
    alloc_fail_each(read_all, NULL, true, 200);
}

static kg_status weigh(void *context, kg_error *err) {
    static const double found[] = {0.3, 0.1, 0.2};
    (void)err;
    memcpy(context, found, sizeof found);
    return KG_OK;
}

static kg_status rewrite(void *context) {
    kg_status st;
    kg_store *store;
    double weights[3];
    KG_TRY(st, kg_store_open(&store, path, NULL));
    kg_rewrite_options options = {.triples_version = 1,
                                  .threads = *(unsigned *)context,
                                  .weigh = weigh,
                                  .weigh_context = weights};
    st = kg_rewrite(store, weights, 3, &options, NULL);
    kg_store_close(store);
    return st;
}

static void test_rewrite(void **state) {
    (void)state;
    assert_int_equal(tool_load(NULL, path, NULL, TEXT, NULL), KG_OK);
    for (unsigned threads = 1; threads <= 2; threads++)
        alloc_fail_each(rewrite, &threads, true, 500);
    alloc_fail_at(0, false);
    assert_int_equal(kg_store_check(path, show, NULL, NULL), KG_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_append, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rewrite, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
