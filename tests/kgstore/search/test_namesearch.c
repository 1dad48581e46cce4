/* The search of a store beside the naive one over its names, before and after it changes. */
#include "kgstore/base/rng.h"
#include "kgstore/store/layout.h"
#include "tests/kgstore/search/naive_search.h"
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
static kg_store *store;
static kg_snapshot *snapshot;

typedef struct all_names {
    KG_ARRAY(naive_name) names;
    kg_snapshot *snapshot;
} all_names;

static kg_status take(void *context, kg_str name, kg_id entity) {
    all_names *all = context;
    const naive_name taken = {name, entity};
    return kg_array_push(&all->names, taken);
}

static void read_names(all_names *all) {
    kg_stats stats;
    assert_int_equal(kg_snapshot_stats(&stats, all->snapshot, NULL), KG_OK);
    for (kg_id e = 0; e < stats.entities; e++) {
        kg_str identifier;
        if (kg_name_get(&identifier, all->snapshot, KG_ENTITY, e) == KG_ERR_NOT_FOUND)
            continue; /* deleted */
        assert_int_equal(take(all, identifier, e), KG_OK);
        assert_int_equal(kg_entity_aliases(all->snapshot, e, take, all), KG_OK);
    }
}

static void expect_found(const all_names *all, kg_str text, uint32_t k) {
    kg_founds got = KG_ARRAY_INIT;
    kg_hits want = KG_ARRAY_INIT;
    const double *weights;
    uint64_t n_weights = 0;
    kg_error err = KG_ERROR_INIT;
    if (kg_weights_get(&weights, &n_weights, NULL, all->snapshot) != KG_OK)
        n_weights = 0;
    assert_int_equal(kg_names_search(&got, all->snapshot, text, k, &err), KG_OK);
    naive_search(&want, all->names.data, all->names.len, text, weights, n_weights, k);
    assert_int_equal(got.len, want.len);
    for (size_t i = 0; i < got.len; i++) {
        const kg_hit *hit = &want.data[i];
        assert_int_equal(got.data[i].entity, hit->entity);
        assert_int_equal(got.data[i].match, hit->match);
        assert_int_equal(got.data[i].distance, hit->distance);
        assert_true(got.data[i].weight == hit->weight);
        assert_true(kg_str_equal(got.data[i].name, all->names.data[hit->name].text));
    }
    kg_array_free(&got);
    kg_array_free(&want);
}

static void expect_as_naive(uint64_t seed) {
    all_names all = {.snapshot = snapshot};
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    read_names(&all);
    if (!all.names.data)
        abort();
    for (int i = 0; i < 100; i++) {
        kg_str name = all.names.data[kg_rng_below(&rng, all.names.len)].text;
        size_t from = kg_rng_below(&rng, name.len + 1), length = 1 + kg_rng_below(&rng, 8);
        length = length < name.len - from ? length : name.len - from;
        expect_found(&all, i % 2 ? name : (kg_str){name.data + from, length}, i % 3 ? 10 : 1000);
    }
    expect_found(&all, KG_STR(""), 10);
    kg_array_free(&all.names);
}

static void test_as_the_naive_search(void **state) {
    (void)state;
    expect_as_naive(1);
}

static void test_a_snapshot_that_changes(void **state) {
    (void)state;
    kg_writer *writer;
    kg_error err = KG_ERROR_INIT;
    kg_str first;
    kg_founds found = KG_ARRAY_INIT;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    assert_int_equal(kg_name_get(&first, snapshot, KG_ENTITY, 0), KG_OK);
    s.head = first;
    s.label = KG_STR("Quinquaginta");
    assert_int_equal(kg_writer_begin(&writer, store, &err), KG_OK);
    assert_int_equal(kg_writer_statement(writer, &s, &err), KG_OK);
    assert_int_equal(kg_writer_commit(NULL, writer, &err), KG_OK);
    assert_int_equal(kg_names_search(&found, snapshot, KG_STR("QUINQAGINTA"), 5, &err), KG_OK);
    assert_int_equal(found.len, 0);
    assert_int_equal(kg_snapshot_renew(NULL, snapshot, &err), KG_OK);
    assert_int_equal(kg_names_search(&found, snapshot, KG_STR("QUINQAGINTA"), 5, &err), KG_OK);
    assert_int_equal(found.len, 1);
    assert_int_equal(found.data[0].entity, 0);
    assert_int_equal(found.data[0].match, KG_MATCH_NEAR);
    assert_true(kg_str_equal(found.data[0].name, KG_STR("Quinquaginta")));
    kg_array_free(&found);
}

static void test_deleted_entities_are_not_found(void **state) {
    (void)state;
    kg_writer *writer;
    kg_error err = KG_ERROR_INIT;
    kg_str first;
    kg_founds found = KG_ARRAY_INIT;
    assert_int_equal(kg_name_get(&first, snapshot, KG_ENTITY, 0), KG_OK);
    assert_int_equal(kg_writer_begin(&writer, store, &err), KG_OK);
    assert_int_equal(kg_writer_delete_entity(writer, first, true, &err), KG_OK);
    assert_int_equal(kg_writer_commit(NULL, writer, &err), KG_OK);
    assert_int_equal(kg_snapshot_renew(NULL, snapshot, &err), KG_OK);
    assert_int_equal(kg_names_search(&found, snapshot, KG_STR("Quinquaginta"), 5, &err), KG_OK);
    assert_int_equal(found.len, 0);
    expect_as_naive(2);
    kg_array_free(&found);
}

static void drop_aliases(kg_bytes *value) {
    value->data[0] = '\x7F';
    value->len = 1;
}

static void test_damage_is_told(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_founds found = KG_ARRAY_INIT;
    assert_true(change_first_record(path, KG_DB_ENT_ALIAS, drop_aliases));
    assert_int_equal(kg_snapshot_renew(NULL, snapshot, &err), KG_OK);
    assert_int_equal(kg_names_search(&found, snapshot, KG_STR("a"), 5, &err), KG_ERR_CORRUPT);
    assert_non_null(strstr(err.text, "run kg check"));
    kg_array_free(&found);
}

static int make_store(void **state) {
    kg_error err = KG_ERROR_INIT;
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, 200, 600, 1);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_naive_search),
        cmocka_unit_test(test_a_snapshot_that_changes),
        cmocka_unit_test(test_deleted_entities_are_not_found),
        cmocka_unit_test(test_damage_is_told),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
