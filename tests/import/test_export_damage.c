/* Exports of a store with a damaged record: no writer calls what it wrote whole. */
#include "import/export.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[32], path[64], to[64];

static void keep(kg_bytes *value) {
    (void)value;
}

static void drop(kg_bytes *value) {
    value->len = 0;
}

/* As many edges as before, all of them the other way, so that only a count can tell. */
static void turn_round(kg_bytes *value) {
    uint32_t n_out = kg_load_u32(value->data), n_in = kg_load_u32(value->data + 4);
    assert_int_not_equal(n_out, n_in);
    kg_store_u32(value->data, n_in);
    kg_store_u32(value->data + 4, n_out);
}

static void foreign_entity(kg_bytes *value) {
    assert_true(kg_load_u32(value->data) > 0);
    kg_store_u32(value->data + KG_BLOCK_HEADER, 1000000);
}

static void foreign_relation(kg_bytes *value) {
    assert_true(kg_load_u32(value->data) > 0);
    kg_store_u32(value->data + KG_BLOCK_HEADER + 4, 1000000);
}

static const struct {
    kg_db db;
    void (*change)(kg_bytes *value);
    kg_status status;
} CASES[] = {
    {KG_DB_NBR, keep, KG_OK},
    {KG_DB_NBR, drop, KG_ERR_CORRUPT},
    {KG_DB_NBR, turn_round, KG_ERR_CORRUPT},
    {KG_DB_NBR, foreign_entity, KG_ERR_CORRUPT},
    {KG_DB_NBR, foreign_relation, KG_ERR_CORRUPT},
    {KG_DB_ENT, drop, KG_ERR_CORRUPT},
};

static kg_status export_as(const char *format, kg_error *err) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_export_report report;
    assert_int_equal(kg_store_open(&store, path, err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, err), KG_OK);
    kg_status st = kg_export(&report, snapshot, &(kg_export_options){.format = format}, to, err);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    remove_tree(to);
    return st;
}

static void test_every_writer(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        make_sample_store(path, 60, 300, 5);
        assert_true(change_first_record(path, CASES[c].db, CASES[c].change));
        for (size_t i = 0; kg_exporters[i]; i++) {
            kg_error err = KG_ERROR_INIT;
            kg_status st = export_as(kg_exporters[i]->name, &err);
            if (st != CASES[c].status || (st != KG_OK && !strstr(err.text, "run kg check")))
                fail_msg("case %zu, %s: %d %s", c, kg_exporters[i]->name, (int)st, err.text);
        }
        remove_tree(path);
    }
}

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(to, sizeof to, "%s/export", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_writer)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
