/* The search while memory fails: of names that are gathered for it, and of those that are there. */
#include "kgstore/kgstore.h"
#include "tests/support/alloc_fail.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static char folder[32], path[64];
static kg_store *store;

static kg_status search(void *context) {
    kg_snapshot *snapshot = context, *own = NULL;
    kg_founds found = KG_ARRAY_INIT;
    kg_error err = KG_ERROR_INIT;
    kg_status st = KG_OK;
    if (!snapshot)
        st = kg_snapshot_begin(&own, store, &err);
    if (st == KG_OK)
        st = kg_names_search(&found, snapshot ? snapshot : own, KG_STR("E\xC3\x89"), 50, &err);
    kg_array_free(&found);
    kg_snapshot_end(own);
    return st;
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    kg_snapshot *snapshot;
    kg_error err = KG_ERROR_INIT;
    alloc_fail_each(search, NULL, true, 1000); /* a snapshot begins with less memory, too */
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    assert_int_equal(search(snapshot), KG_OK);
    alloc_fail_each(search, snapshot, false, 1000);
    kg_snapshot_end(snapshot);
}

static int make_store(void **state) {
    kg_error err = KG_ERROR_INIT;
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, 60, 400, 1);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    kg_store_close(store);
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
