/* Records whose ids or lengths no store can hold: whoever reads one says KG_ERR_CORRUPT, and hands
 * out neither a part of it nor an id beyond the store's. */
#include "tests/support/sample_store.h"

#include "kgstore/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[32], path[64];

/* ---- Readers: the first status of one that is not KG_OK ------------------------------------- */

typedef kg_status (*reader)(kg_snapshot *s, const kg_stats *stats);

static kg_status see(void *context, kg_str name, kg_id id) {
    (void)name;
    assert_true(id < *(const uint64_t *)context);
    return KG_OK;
}

static kg_status see_alias(void *context, kg_str name, kg_id id) {
    (void)id;
    kg_ids ids;
    kg_status st = kg_alias_find(&ids, context, name);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st; /* a long one is in no index */
}

static kg_status all_aliases(kg_snapshot *s, const kg_stats *stats) {
    uint64_t n = stats->entities;
    return kg_alias_each(s, see, &n);
}

static kg_status find_aliases(kg_snapshot *s, const kg_stats *stats) {
    kg_status st;
    for (kg_id e = 0; e < stats->entities; e++)
        KG_TRY(st, kg_entity_aliases(s, e, see_alias, s));
    return KG_OK;
}

static uint64_t count_of_kind(const kg_stats *stats, kg_kind kind) {
    return kind == KG_ENTITY     ? stats->entities
           : kind == KG_RELATION ? stats->relations
                                 : stats->types;
}

static kg_status complete(kg_snapshot *s, const kg_stats *stats) {
    kg_status st;
    for (int kind = KG_ENTITY; kind <= KG_TYPE; kind++) {
        uint64_t n = count_of_kind(stats, (kg_kind)kind);
        KG_TRY(st, kg_name_complete(s, (kg_kind)kind, KG_STR(""), UINT32_MAX, see, &n));
    }
    return KG_OK;
}

static kg_status complete_entities(kg_snapshot *s, const kg_stats *stats) {
    uint64_t n = stats->entities;
    return kg_entity_complete(s, KG_STR(""), UINT32_MAX, see, &n);
}

static kg_status read_names(kg_snapshot *s, const kg_stats *stats) {
    kg_status st;
    kg_str name;
    for (int kind = KG_ENTITY; kind <= KG_TYPE; kind++)
        for (kg_id id = 0; id < count_of_kind(stats, (kg_kind)kind); id++) {
            KG_TRY(st, kg_name_get(&name, s, (kg_kind)kind, id));
            KG_TRY(st, kg_label_get(&name, s, (kg_kind)kind, id));
        }
    return KG_OK;
}

static kg_status find_names(kg_snapshot *s, const kg_stats *stats) {
    kg_status st;
    kg_str name;
    for (int kind = KG_ENTITY; kind <= KG_TYPE; kind++)
        for (kg_id id = 0, found; id < count_of_kind(stats, (kg_kind)kind); id++) {
            KG_TRY(st, kg_name_get(&name, s, (kg_kind)kind, id));
            KG_TRY(st, kg_name_find(&found, s, (kg_kind)kind, name));
            assert_int_equal(found, id);
        }
    return KG_OK;
}

static kg_status read_types(kg_snapshot *s, const kg_stats *stats) {
    kg_status st;
    kg_types types;
    for (kg_id e = 0; e < stats->entities; e++)
        KG_TRY(st, kg_entity_types(&types, s, e));
    return KG_OK;
}

static kg_status read_pepr(kg_snapshot *s, const kg_stats *stats) {
    kg_status st;
    kg_neighbour best[KG_PEPR_MAX];
    const unsigned char *edges;
    uint32_t n;
    for (kg_id e = 0; e < stats->entities; e++) {
        KG_TRY(st, kg_pepr_get(&edges, &n, s, e));
        KG_TRY(st, kg_neighbours_top(best, &n, s, e, KG_WEIGHT_PEPR, 7));
    }
    return KG_OK;
}

static kg_status read_table(kg_snapshot *s, const kg_stats *stats) {
    const void *data;
    uint64_t first, n;
    return kg_table_block(&data, &first, &n, s, "ent_emb", stats->entities - 1);
}

/* ---- Damages -------------------------------------------------------------------------------- */

static void drop(kg_bytes *value) {
    value->len = 0;
}

static void cut(kg_bytes *value) {
    value->len--;
}

static void foreign_id(kg_bytes *value) {
    kg_store_u32(value->data, 1000000);
}

static void foreign_type(kg_bytes *value) {
    kg_store_u16(value->data, 60000);
}

static void foreign_relation(kg_bytes *value) {
    kg_store_u32(value->data + 4, 1000000);
}

static void no_direction(kg_bytes *value) {
    kg_store_u32(value->data + 8, 0);
}

static void too_many(kg_bytes *value) {
    char edge[KG_PEPR_EDGE_BYTES];
    memcpy(edge, value->data, sizeof edge);
    while (value->len <= (size_t)KG_PEPR_MAX * KG_PEPR_EDGE_BYTES)
        assert_int_equal(kg_array_append(value, edge, sizeof edge), KG_OK);
}

static void two_ids(kg_bytes *value) {
    assert_int_equal(kg_array_append(value, "\0\0\0\0", 4), KG_OK);
}

static const struct {
    kg_db db;
    void (*change)(kg_bytes *value);
    reader read;
} CASES[] = {
    {KG_DB_ALIAS, cut, all_aliases},
    {KG_DB_ALIAS, cut, find_aliases},
    {KG_DB_ALIAS, cut, complete_entities},
    {KG_DB_ALIAS, foreign_id, complete_entities},
    {KG_DB_ENT, drop, complete_entities},
    {KG_DB_ALIAS, foreign_id, all_aliases},
    {KG_DB_ALIAS, foreign_id, find_aliases},
    {KG_DB_ENT, drop, read_names},
    {KG_DB_REL, drop, read_names},
    {KG_DB_TYPE, drop, read_names},
    {KG_DB_ENT, drop, find_aliases},
    {KG_DB_ENT, drop, complete},
    {KG_DB_ENT_ID, cut, find_names},
    {KG_DB_ENT_ID, foreign_id, find_names},
    {KG_DB_REL_ID, two_ids, find_names},
    {KG_DB_REL_ID, foreign_id, find_names},
    {KG_DB_TYPE_ID, foreign_id, find_names},
    {KG_DB_ENT_ID, cut, complete},
    {KG_DB_ENT_ID, foreign_id, complete},
    {KG_DB_ENT_TYPE, cut, read_types},
    {KG_DB_ENT_TYPE, foreign_type, read_types},
    {KG_DB_PEPR, cut, read_pepr},
    {KG_DB_PEPR, foreign_id, read_pepr},
    {KG_DB_PEPR, foreign_relation, read_pepr},
    {KG_DB_PEPR, no_direction, read_pepr},
    {KG_DB_PEPR, too_many, read_pepr},
    {KG_DB_TABLE, drop, read_table},
};

static kg_status ask(reader read) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, &err), KG_OK);
    kg_status st = read(snapshot, &stats);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return st;
}

static void test_damaged_records_are_told(void **state) {
    (void)state;
    unsigned missed = 0;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        make_sample_store(path, 120, 600, 5);
        assert_int_equal(ask(CASES[i].read), KG_OK);
        assert_true(change_first_record(path, CASES[i].db, CASES[i].change));
        kg_status st = ask(CASES[i].read);
        if (st != KG_ERR_CORRUPT) {
            print_message("case %zu, of %s: %s\n", i, kg_db_name(CASES[i].db), kg_strerror(st));
            missed++;
        }
        remove_tree(path);
    }
    assert_int_equal(missed, 0);
}

static void test_ids_beyond_the_last_are_not_found(void **state) {
    (void)state;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_str name;
    kg_types types;
    kg_error err = KG_ERROR_INIT;
    make_sample_store(path, 20, 40, 5);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    assert_int_equal(kg_name_get(&name, snapshot, KG_ENTITY, 20), KG_ERR_NOT_FOUND);
    assert_int_equal(kg_label_get(&name, snapshot, KG_TYPE, KG_NO_ID), KG_ERR_NOT_FOUND);
    assert_int_equal(kg_entity_types(&types, snapshot, 20), KG_ERR_NOT_FOUND);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    remove_tree(path);
}

/* Weights for more entities than there are, or for too few of those that were ranked. */
static void lengthen_weights(kg_bytes *value) {
    kg_store_u64(value->data, kg_load_u64(value->data) + 8);
}

static void keep(kg_bytes *value) {
    (void)value;
}

static void test_damaged_weights_are_told(void **state) {
    (void)state;
    for (int damaged = 0; damaged < 2; damaged++) {
        kg_store *store;
        kg_snapshot *snapshot;
        kg_error err = KG_ERROR_INIT;
        make_sample_store(path, 600, 40, 5);
        assert_true(change_first_record(path, KG_DB_BLOB, damaged ? lengthen_weights : keep));
        assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
        kg_status st = kg_snapshot_begin(&snapshot, store, &err);
        assert_int_equal(st, damaged ? KG_ERR_CORRUPT : KG_OK);
        kg_snapshot_end(snapshot);
        kg_store_close(store);
        remove_tree(path);
    }
}

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_records_are_told),
        cmocka_unit_test(test_ids_beyond_the_last_are_not_found),
        cmocka_unit_test(test_damaged_weights_are_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
