/* Entities of very many edges, deleted and merged in one transaction. */
#include "kgstore/kgstore.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { LEAVES = 100000, EDGES = 2 * LEAVES };

static char folder[32], path[64];
static kg_store *store;
static kg_error err;

static void assert_ok(kg_status st) {
    if (st != KG_OK)
        fail_msg("%s: %s", kg_strerror(st), err.text);
}

static void add(kg_bulk *bulk, const char *head, const char *relation, const char *tail,
                int64_t number) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    const kg_property property = {KG_STR("n"), kg_value_integer(number)};
    s.head = kg_str_from(head);
    s.relation = kg_str_from(relation);
    s.tail = kg_str_from(tail);
    s.properties = &property;
    s.n_properties = number % 4 == 0;
    assert_ok(kg_bulk_statement(bulk, &s, &err));
}

/* A hub with an edge to each leaf and one from it, some with a property; another hub that every
 * third leaf has an edge to. */
static int set_up(void **state) {
    (void)state;
    kg_bulk *bulk;
    kg_bulk_report report;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    assert_ok(kg_bulk_begin(&bulk, path, &(kg_bulk_options){0}, &err));
    for (int i = 0; i < LEAVES; i++) {
        char leaf[16];
        snprintf(leaf, sizeof leaf, "leaf %d", i);
        add(bulk, "hub", "to", leaf, i);
        add(bulk, leaf, "back", "hub", i + 1);
        if (i % 3 == 0)
            add(bulk, leaf, "back", "other hub", i);
    }
    assert_ok(kg_bulk_finish(&report, bulk, &err));
    assert_ok(kg_store_open(&store, path, &err));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    kg_store_close(store);
    remove_tree(folder);
    return 0;
}

static kg_stats stats(void) {
    kg_stats s;
    kg_snapshot *snapshot;
    assert_ok(kg_snapshot_begin(&snapshot, store, &err));
    assert_ok(kg_snapshot_stats(&s, snapshot, &err));
    kg_snapshot_end(snapshot);
    return s;
}

static uint32_t degree(const char *name) {
    kg_id id;
    kg_edges out, in;
    kg_snapshot *snapshot;
    assert_ok(kg_snapshot_begin(&snapshot, store, &err));
    assert_ok(kg_name_find(&id, snapshot, KG_ENTITY, kg_str_from(name)));
    assert_ok(kg_entity_edges(&out, &in, snapshot, id));
    kg_snapshot_end(snapshot);
    return out.count + in.count;
}

/* More of the same transaction: there is room for it. */
static void add_one(kg_writer *w) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = KG_STR("leaf 1");
    s.relation = KG_STR("to");
    s.tail = KG_STR("new");
    assert_ok(kg_writer_statement(w, &s, &err));
}

static void test_delete(void **state) {
    (void)state;
    kg_writer *w;
    kg_write_report report;
    const kg_stats before = stats();
    assert_ok(kg_writer_begin(&w, store, &err));
    assert_int_equal(kg_writer_delete_entity(w, KG_STR("hub"), false, &err), KG_ERR_EXISTS);
    assert_ok(kg_writer_delete_entity(w, KG_STR("hub"), true, &err));
    kg_writer_abort(w);
    assert_int_equal(degree("hub"), EDGES);
    assert_ok(kg_store_check(path, NULL, NULL, &err));
    assert_ok(kg_writer_begin(&w, store, &err));
    assert_ok(kg_writer_delete_entity(w, KG_STR("hub"), true, &err));
    add_one(w);
    assert_ok(kg_writer_commit(&report, w, &err));
    assert_int_equal(report.deleted, EDGES);
    assert_int_equal(stats().triples, before.triples - EDGES + 1);
    assert_int_equal(stats().edge_values, (LEAVES + 11) / 12); /* those of the other hub */
    assert_ok(kg_store_check(path, NULL, NULL, &err));
}

static void test_merge(void **state) {
    (void)state;
    kg_writer *w;
    const kg_stats before = stats();
    assert_ok(kg_writer_begin(&w, store, &err));
    assert_ok(kg_writer_merge_entity(w, KG_STR("hub"), KG_STR("other hub"), &err));
    add_one(w);
    assert_ok(kg_writer_commit(NULL, w, &err));
    assert_int_equal(degree("other hub"), EDGES); /* those of the other were among them */
    assert_int_equal(stats().triples, EDGES + 1);
    assert_true(stats().edge_values <= before.edge_values);
    assert_ok(kg_store_check(path, NULL, NULL, &err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_delete, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_merge, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
