/* Stores of version 1, as kg 0.1 wrote them: read, written to as they are, made new by a compaction
 * and by every load. */
#include "store_tool.h"

#include "kgstore/store/layout.h"

#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char SAMPLE[] = "aspirin\ttreats\tfever\tdrug\tsymptom\n"
                             "E\taspirin\tAspirin\tdrug\n"
                             "A\taspirin\tASA\n";
static const char PROPERTY[] = "P\taspirin\tdose\tinteger\t500\n";

static char folder[PATH_MAX], path[PATH_MAX + 8];

static MDB_val val_of(const void *data, size_t n) {
    MDB_val val = {.mv_size = n};
    memcpy(&val.mv_data, &data, sizeof val.mv_data);
    return val;
}

static void put_meta(MDB_txn *txn, MDB_dbi meta, const char *name, kg_str content) {
    MDB_val key = val_of(name, strlen(name)), value = val_of(content.data, content.len);
    assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
}

static void drop(MDB_txn *txn, MDB_dbi meta, kg_db db) {
    MDB_dbi dbi;
    char buffer[KG_META_KEY_MAX];
    kg_str sum = kg_sum_key(buffer, db);
    MDB_val key = val_of(sum.data, sum.len);
    assert_int_equal(
        mdb_dbi_open(txn, kg_db_name(db), kg_db_integer_key(db) ? MDB_INTEGERKEY : 0, &dbi), 0);
    assert_int_equal(mdb_drop(txn, dbi, 1), 0);
    assert_int_equal(mdb_del(txn, meta, &key, NULL), 0);
}

/* Take away from a new store what version 1 lacks. */
static void age(const char *generation) {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_val value, key = val_of("state", 5);
    kg_state state;
    const uint32_t format = KG_FORMAT_FIRST;
    unsigned char counters[KG_STATE_BYTES];
    assert_int_equal(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, KG_DB_COUNT);
    assert_int_equal(mdb_env_open(env, generation, 0, 0644), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, kg_db_name(KG_DB_META), 0, &meta), 0);
    assert_int_equal(mdb_get(txn, meta, &key, &value), 0);
    assert_true(kg_state_decode(&state, (kg_str){value.mv_data, value.mv_size}));
    put_meta(txn, meta, "state", kg_state_encode(counters, &state, KG_FORMAT_FIRST));
    put_meta(txn, meta, "format", (kg_str){(const char *)&format, sizeof format});
    for (int db = KG_DB_KEY; db < KG_DB_COUNT; db++)
        drop(txn, meta, (kg_db)db);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static int set_up(void **state) {
    char generation[PATH_MAX + 32];
    kg_error err = KG_ERROR_INIT;
    (void)state;
    tool_make_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(generation, sizeof generation, "%s/gen-1", path);
    if (tool_load(NULL, path, NULL, SAMPLE, &err) != KG_OK)
        return -1;
    age(generation);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    tool_remove(folder);
    return 0;
}

static void assert_sound(void) {
    kg_error err = KG_ERROR_INIT;
    if (kg_store_check(path, NULL, NULL, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static void assert_holds(const char *line, bool there) {
    char *dump = tool_dump(path);
    assert_non_null(dump);
    if ((strstr(dump, line) != NULL) != there)
        fail_msg("found\n%s\n%s\n%s", dump, there ? "without" : "with", line);
    free(dump);
}

static kg_status write_small(const char *text, kg_error *err) {
    kg_store *store;
    kg_writer *writer;
    kg_status st;
    KG_TRY(st, kg_store_open(&store, path, err));
    st = kg_writer_begin(&writer, store, err);
    if (st == KG_OK) {
        st = tool_feed(writer, kg_writer_statement, text, err);
        if (st == KG_OK)
            st = kg_writer_commit(NULL, writer, err);
        else
            kg_writer_abort(writer);
    }
    kg_store_close(store);
    return st;
}

static void test_it_is_read_and_written_to(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    assert_sound();
    assert_holds("name 0/0 aspirin Aspirin\n", true);
    assert_int_equal(write_small("aspirin\ttreats\tpain\tdrug\tsymptom\n", &err), KG_OK);
    assert_sound();
    assert_holds("name 0/2 pain pain\n", true);
    assert_int_equal(write_small(PROPERTY, &err), KG_ERR_VERSION);
    assert_non_null(strstr(err.text, "kg compact"));
    assert_int_equal(write_small("L\taspirin\tAspirina\tes\n", &err), KG_ERR_VERSION);
    assert_sound();
    assert_holds("dose", false);
}

static void test_a_compaction_makes_it_new(void **state) {
    (void)state;
    kg_store *store;
    uint64_t before, after;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_store_compact(store, &before, &after, &err), KG_OK);
    kg_store_close(store);
    assert_sound();
    assert_int_equal(write_small(PROPERTY, &err), KG_OK);
    assert_sound();
    assert_holds("property 0 dose integer:500@\n", true);
}

static void test_a_load_makes_it_new(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    const kg_bulk_options options = {.append = true};
    assert_int_equal(tool_load(NULL, path, &options, PROPERTY, &err), KG_OK);
    assert_sound();
    assert_holds("property 0 dose integer:500@\n", true);
    assert_holds("name 0/0 aspirin Aspirin\n", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_is_read_and_written_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_compaction_makes_it_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_load_makes_it_new, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
