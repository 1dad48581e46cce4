/* Records damaged on purpose. Damage is never laundered: a record whose bytes have changed keeps
 * its database from being copied into a new generation, where it would get a checksum of its own.
 * One record of each database is changed in turn, behind the checksums' back, and each operation
 * that copies is tried on it. What can be made again from the rest is repaired, and nothing else.
 */
#include "tests/support/sample_store.h"

#include "kgstore/store/pageformat.h"
#include "kgstore/store/rewrite.h"
#include "kgstore/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[32], path[64], copy_path[64];

static void flip_last(kg_bytes *value) {
    value->data[value->len - 1] ^= 1;
}

static kg_status rank(kg_store *store, kg_error *err) {
    kg_rewrite_options options = {.triples_version = 1};
    kg_stats stats;
    kg_snapshot *snapshot;
    kg_status st;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = kg_snapshot_stats(&stats, snapshot, err);
    kg_snapshot_end(snapshot);
    double *weights = calloc(stats.entities, sizeof *weights);
    for (uint64_t i = 0; i < stats.entities; i++)
        weights[i] = 1 / (double)(i + 1);
    options.triples_version = stats.triples_version;
    if (st == KG_OK)
        st = kg_rewrite(store, weights, stats.entities, &options, err);
    free(weights);
    return st;
}

static kg_status no_edges(void *context, unsigned char *to, uint32_t *count, kg_id entity) {
    (void)context;
    (void)to;
    (void)entity;
    *count = 0;
    return KG_OK;
}

static kg_status personalize(kg_store *store, kg_error *err) {
    const kg_rewrite_options options = {.triples_version = 1};
    return kg_pepr_write(store, no_edges, NULL, &options, err);
}

static kg_status append(kg_store *store, kg_error *err) {
    const kg_bulk_options options = {.append = true};
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    kg_bulk_report report;
    kg_bulk *bulk;
    kg_status st;
    s.head = KG_STR("new head");
    s.relation = KG_STR("new relation");
    s.tail = KG_STR("new tail");
    KG_TRY(st, kg_bulk_begin(&bulk, kg_store_path(store), &options, err));
    KG_TRY(st, kg_bulk_statement(bulk, &s, err));
    return kg_bulk_finish(&report, bulk, err);
}

static kg_status compact(kg_store *store, kg_error *err) {
    uint64_t before, after;
    return kg_store_compact(store, &before, &after, err);
}

static kg_status backup(kg_store *store, kg_error *err) {
    return kg_store_backup(store, copy_path, err);
}

typedef struct operation {
    const char *name;
    kg_status (*run)(kg_store *store, kg_error *err);
    unsigned replaces; /* databases that it makes anew from others, as bits */
} operation;

static const operation operations[] = {
    {"rank", rank, 1U << KG_DB_BLOB},
    {"personalize", personalize, 1U << KG_DB_PEPR},
    {"append", append,
     1U << KG_DB_ENT_ID | 1U << KG_DB_REL_ID | 1U << KG_DB_TYPE_ID | 1U << KG_DB_ALIAS},
    {"compact", compact, 0},
    {"backup", backup, 0},
};

static void try_operation(const operation *o, kg_db db) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    make_sample_store(path, 120, 600, 5);
    if (!change_first_record(path, db, flip_last)) {
        remove_tree(path);
        return;
    }
    assert_int_equal(kg_store_check(path, NULL, NULL, &err), KG_ERR_CORRUPT);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    kg_status st = o->run(store, &err);
    kg_store_close(store);
    bool replaces = o->replaces & 1U << db;
    if (st != KG_OK && (st != KG_ERR_CORRUPT || !err.text[0]))
        fail_msg("%s with damaged %s: %d %s", o->name, kg_db_name(db), (int)st, err.text);
    if (st == KG_OK && !replaces && kg_store_check(path, NULL, NULL, &err) == KG_OK)
        fail_msg("%s launders the damage of %s", o->name, kg_db_name(db));
    if (st == KG_OK && o->run == backup)
        fail_msg("the damage of %s is in a backup", kg_db_name(db));
    remove_tree(path);
    remove_tree(copy_path);
}

static void test_every_database(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++)
            try_operation(&operations[i], (kg_db)db);
}

static void count(void *context, const char *told) {
    assert_non_null(strstr(told, " again"));
    ++*(unsigned *)context;
}

static uint64_t count_triples(void) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, &err), KG_OK);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return stats.triples;
}

static void test_repair(void **state) {
    (void)state;
    static const unsigned mendable = 1U << KG_DB_ENT_ID | 1U << KG_DB_REL_ID | 1U << KG_DB_TYPE_ID |
                                     1U << KG_DB_ALIAS | 1U << KG_DB_PEPR | 1U << KG_DB_BLOB |
                                     1U << KG_DB_TABLE;
    for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++) {
        kg_error err = KG_ERROR_INIT;
        unsigned done = 0;
        make_sample_store(path, 120, 600, 5);
        uint64_t triples = count_triples();
        assert_int_equal(kg_store_repair(path, count, &done, &err), KG_OK);
        assert_int_equal(done, 0);
        if (change_first_record(path, (kg_db)db, flip_last)) {
            kg_status st = kg_store_repair(path, count, &done, &err);
            bool mended = mendable & 1U << db;
            if (st != (mended ? KG_OK : KG_ERR_CORRUPT) || done != mended)
                fail_msg("%s: %d, %u done, %s", kg_db_name((kg_db)db), (int)st, done, err.text);
            if (mended)
                assert_int_equal(kg_store_check(path, NULL, NULL, &err), KG_OK);
            else
                assert_non_null(strstr(err.text, "kg-recovery(7)"));
        }
        assert_int_equal(count_triples(), triples);
        remove_tree(path);
    }
}

/* The bounds of the free space in the root of the tree of free pages, made to contradict each
 * other: LMDB would write by them to where nothing of its own is. */
static void spoil_free_pages(const char *file) {
    enum { LOWER = 12 };
    static const unsigned char bounds[4] = {0xF0, 0x0F, 0x10, 0x00};
    kg_error err = KG_ERROR_INIT;
    kg_problems problems = {NULL, NULL, 0};
    kg_page_meta meta;
    int fd = open(file, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(kg_pages_meta(&meta, fd, 0, &problems, &err), KG_OK);
    off_t at = (off_t)(meta.free_tree.root * meta.page_size) + LOWER;
    assert_int_equal(pwrite(fd, bounds, sizeof bounds, at), sizeof bounds);
    close(fd);
}

/* What reads goes on; what writes is refused before it writes. */
static void test_damaged_free_pages(void **state) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_writer *writer;
    char file[96];
    (void)state;
    make_sample_store(path, 120, 600, 5);
    for (unsigned seed = 1; seed < 4; seed++)
        grow_sample_store(path, 50, seed);
    uint64_t triples = count_triples();
    snprintf(file, sizeof file, "%s/gen-1/data.mdb", path);
    spoil_free_pages(file);
    assert_int_equal(count_triples(), triples);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_writer_begin(&writer, store, &err), KG_ERR_CORRUPT);
    assert_non_null(strstr(err.text, "free pages"));
    kg_store_close(store);
    assert_int_equal(kg_store_check(path, NULL, NULL, &err), KG_ERR_CORRUPT);
    remove_tree(path);
}

/* Let every leaf but those of the first pages say that it holds keys alone (LMDB's P_LEAF2), for
 * which LMDB gives a key and no value. */
static void let_leaves_hold_keys(const char *file) {
    enum { PAGE = 4096, FLAGS = 10, KEYS_ALONE = 0x20 };
    unsigned char page[PAGE];
    int fd = open(file, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = 2 * PAGE; pread(fd, page, PAGE, at) == PAGE; at += PAGE)
        if (page_number(page) == (uint64_t)at / PAGE && page_flags(page) == PAGE_LEAF) {
            page[FLAGS] |= KEYS_ALONE;
            assert_int_equal(pwrite(fd, page + FLAGS, 1, at + FLAGS), 1);
        }
    close(fd);
}

static void test_leaves_without_values(void **state) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot = NULL;
    char file[96];
    (void)state;
    make_sample_store(path, 120, 600, 5);
    snprintf(file, sizeof file, "%s/gen-1/data.mdb", path);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    let_leaves_hold_keys(file);
    for (kg_id id = 0; id < 120; id++) {
        kg_str name;
        kg_edges out, in;
        assert_int_equal(kg_name_get(&name, snapshot, KG_ENTITY, id), KG_ERR_CORRUPT);
        kg_status st = kg_entity_edges(&out, &in, snapshot, id); /* its search finds none */
        assert_true(st == KG_ERR_CORRUPT || (st == KG_OK && out.count + in.count == 0));
    }
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    remove_tree(path);
}

/* Let the leaf of the entities' names say that it ends before it begins: LMDB's search of a page of
 * about two billion keys never ends. */
static void let_a_leaf_have_no_end(const char *file) {
    enum { PAGE = 4096, PAD = 8 };
    static const unsigned char header[8] = {0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0};
    unsigned char page[PAGE];
    int fd = open(file, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = 2 * PAGE; pread(fd, page, PAGE, at) == PAGE; at += PAGE)
        if (page_number(page) == (uint64_t)at / PAGE && page_flags(page) == PAGE_LEAF)
            assert_int_equal(pwrite(fd, header, sizeof header, at + PAD), sizeof header);
    close(fd);
}

/* What never ends is stopped, and told as damage. */
static void test_a_search_without_end(void **state) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot = NULL;
    char file[96];
    int status;
    (void)state;
    make_sample_store(path, 120, 600, 5);
    snprintf(file, sizeof file, "%s/gen-1/data.mdb", path);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        kg_id id;
        kg_store_guard();
        if (kg_store_open(&store, path, &err) == KG_OK &&
            kg_snapshot_begin(&snapshot, store, &err) == KG_OK) {
            let_a_leaf_have_no_end(file);
            alarm(60);
            _exit(kg_name_find(&id, snapshot, KG_ENTITY, KG_STR("entity 7")) == KG_OK ? 3 : 2);
        }
        _exit(4);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2); /* damage, either way */
    remove_tree(path);
}

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(copy_path, sizeof copy_path, "%s/copy", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_database), cmocka_unit_test(test_repair),
        cmocka_unit_test(test_damaged_free_pages), cmocka_unit_test(test_leaves_without_values),
        cmocka_unit_test(test_a_search_without_end)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
