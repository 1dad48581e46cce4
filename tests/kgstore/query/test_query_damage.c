/* Questions about a store with one damaged record: each that reads the record fails, and says what
 * to do; none is answered in part. */
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

static char folder[32], path[64];

static void foreign_relations(kg_bytes *value) {
    for (size_t at = KG_BLOCK_HEADER; at < value->len; at += KG_EDGE_BYTES)
        kg_store_u32(value->data + at + 4, 1000000);
}

static void foreign_entities(kg_bytes *value) {
    for (size_t at = KG_BLOCK_HEADER; at < value->len; at += KG_EDGE_BYTES)
        kg_store_u32(value->data + at, 1000000);
}

static void foreign_type(kg_bytes *value) {
    kg_store_u16(value->data, 60000);
}

static void foreign_id(kg_bytes *value) {
    kg_store_u32(value->data, 1000000);
}

static void drop(kg_bytes *value) {
    value->len = 0;
}

/* Entities 0 and 1. */
static const char FIRST[] = "e\xE8\x8D\xAF"
                            "1",
                  SECOND[] = "e\xE8\x8D\xAF"
                             "2";
/* The identifier that comes first in the dictionary. */
static char first_key[700];

static const struct {
    kg_db db;
    void (*change)(kg_bytes *value);
    const char *verb, *words[2];
    size_t n;
} CASES[] = {
    {KG_DB_NBR, foreign_relations, "count", {NULL}, 0},
    {KG_DB_NBR, foreign_relations, "count", {FIRST}, 1},
    {KG_DB_NBR, foreign_relations, "path", {FIRST, SECOND}, 2},
    {KG_DB_NBR, foreign_relations, "out", {FIRST}, 1},
    {KG_DB_NBR, foreign_relations, "in", {FIRST}, 1},
    {KG_DB_NBR, foreign_entities, "top", {FIRST}, 1},
    {KG_DB_NBR, foreign_entities, "describe", {FIRST}, 1},
    {KG_DB_NBR, foreign_entities, "path", {FIRST, SECOND}, 2},
    {KG_DB_NBR, drop, "count", {NULL}, 0},
    {KG_DB_ENT, drop, "in", {SECOND}, 1},
    {KG_DB_ENT, drop, "describe", {FIRST}, 1},
    {KG_DB_ENT, drop, "alias", {FIRST}, 1},
    {KG_DB_ENT_TYPE, foreign_type, "type", {FIRST}, 1},
    {KG_DB_ENT_ID, foreign_id, "top", {first_key}, 1},
    {KG_DB_ENT, drop, "top", {"nobody"}, 1},
    {KG_DB_ENT, drop, "search", {"e"}, 1},
    {KG_DB_TABLE, drop, "similar", {FIRST}, 1},
};

static kg_status ask(kg_error *err, size_t i) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_result result = KG_RESULT_INIT;
    kg_str words[2];
    for (size_t w = 0; w < CASES[i].n; w++)
        words[w] = kg_str_from(CASES[i].words[w]);
    const kg_question question = {.verb = CASES[i].verb, .args = words, .n_args = CASES[i].n};
    assert_int_equal(kg_store_open(&store, path, err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, err), KG_OK);
    kg_status st = kg_query(&result, snapshot, &question, err);
    kg_result_free(&result);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return st;
}

static void test_damage_is_told(void **state) {
    (void)state;
    unsigned missed = 0;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        kg_error before = KG_ERROR_INIT, err = KG_ERROR_INIT;
        make_sample_store(path, 60, 600, 5);
        kg_status sound = ask(&before, i);
        assert_true(change_first_record(path, CASES[i].db, CASES[i].change));
        kg_status st = ask(&err, i);
        if ((sound != KG_OK && sound != KG_ERR_NOT_FOUND) || st != KG_ERR_CORRUPT ||
            !strstr(err.text, "run kg check")) {
            print_message("case %zu, %s: %d (%s) before, %d (%s) after\n", i, CASES[i].verb, sound,
                          before.text, st, err.text);
            missed++;
        }
        remove_tree(path);
    }
    assert_int_equal(missed, 0);
}

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(first_key, sizeof first_key, "e\xE8\x8D\xAF%0600u", 17U);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_damage_is_told)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
