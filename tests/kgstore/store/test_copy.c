/* Backup and compact, beside readers and writers, and when they fail. */
#include "tests/support/alloc_fail.h"
#include "tests/support/sample_store.h"

#include "kgstore/base/failpoint.h"
#include "kgstore/kgstore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct fixture {
    char folder[32], path[64], dest[64];
    kg_store *store;
    kg_error err;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    make_test_folder(f->folder);
    snprintf(f->path, sizeof f->path, "%s/store", f->folder);
    snprintf(f->dest, sizeof f->dest, "%s/copy", f->folder);
    make_sample_store(f->path, 200, 1000, 1);
    assert_int_equal(kg_store_open(&f->store, f->path, &f->err), KG_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    kg_store_close(f->store);
    remove_tree(f->folder);
    free(f);
    return 0;
}

static void tell(void *context, const char *problem) {
    (void)context;
    print_message("%s\n", problem);
}

static void assert_sound(const char *path) {
    kg_error err = KG_ERROR_INIT;
    if (kg_store_check(path, tell, NULL, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static kg_stats stats_of(const char *path) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    assert_int_equal(kg_store_open(&store, path, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, NULL), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, NULL), KG_OK);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return stats;
}

static void assert_same(const char *a, const char *b) {
    kg_stats x = stats_of(a), y = stats_of(b);
    assert_int_equal(x.entities, y.entities);
    assert_int_equal(x.aliases, y.aliases);
    assert_int_equal(x.triples, y.triples);
    assert_int_equal(x.triples_version, y.triples_version);
}

static void test_backup(void **state) {
    fixture *f = *state;
    assert_int_equal(kg_store_backup(f->store, f->dest, &f->err), KG_OK);
    assert_sound(f->dest);
    assert_same(f->path, f->dest);
    assert_int_equal(kg_store_backup(f->store, f->dest, &f->err), KG_ERR_EXISTS);
    assert_int_equal(kg_store_backup(f->store, f->path, &f->err), KG_ERR_EXISTS);
    assert_int_equal(kg_store_backup(f->store, "/nonexistent/x", &f->err), KG_ERR_IO);
    grow_sample_store(f->dest, 10, 3);
    assert_sound(f->dest);
}

static atomic_bool stop;

static void *write_on(void *context) {
    fixture *f = context;
    for (unsigned seed = 100; !atomic_load(&stop); seed++)
        grow_sample_store(f->path, 20, seed);
    return NULL;
}

static void test_backup_beside_a_writer(void **state) {
    fixture *f = *state;
    pthread_t writer;
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&writer, NULL, write_on, f), 0);
    for (int i = 0; i < 10; i++) {
        snprintf(f->dest, sizeof f->dest, "%s/copy%d", f->folder, i);
        assert_int_equal(kg_store_backup(f->store, f->dest, &f->err), KG_OK);
        assert_sound(f->dest);
        assert_sound(f->path);
    }
    atomic_store(&stop, true);
    pthread_join(writer, NULL);
    assert_sound(f->path);
}

/* What a killed backup leaves is taken over by the next; what is not ours is not touched. */
static void test_leftovers(void **state) {
    fixture *f = *state;
    char path[128];
    assert_int_equal(mkdir(f->dest, 0777), 0);
    snprintf(path, sizeof path, "%s/gen-1", f->dest);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof path, "%s/gen-1/data.mdb", f->dest);
    FILE *half = fopen(path, "w");
    fputs("half", half);
    fclose(half);
    /* Without the lock that a backup takes first it is someone else's. */
    assert_int_equal(kg_store_backup(f->store, f->dest, &f->err), KG_ERR_EXISTS);
    assert_int_equal(access(path, F_OK), 0);
    snprintf(path, sizeof path, "%s/LOCK", f->dest);
    fclose(fopen(path, "w"));
    assert_int_equal(kg_store_backup(f->store, f->dest, &f->err), KG_OK);
    assert_sound(f->dest);
    remove_tree(f->dest);
    assert_int_equal(mkdir(f->dest, 0777), 0);
    snprintf(path, sizeof path, "%s/letters", f->dest);
    fclose(fopen(path, "w"));
    assert_int_equal(kg_store_backup(f->store, f->dest, &f->err), KG_ERR_EXISTS);
    assert_int_equal(access(path, F_OK), 0);
}

static void test_compact(void **state) {
    fixture *f = *state;
    uint64_t before, after;
    kg_snapshot *old;
    kg_id id;
    for (unsigned i = 0; i < 20; i++)
        grow_sample_store(f->path, 50, i);
    kg_stats stats = stats_of(f->path);
    assert_int_equal(kg_snapshot_begin(&old, f->store, &f->err), KG_OK);
    assert_int_equal(kg_store_compact(f->store, &before, &after, &f->err), KG_OK);
    assert_true(after < before);
    assert_sound(f->path);
    kg_stats compacted = stats_of(f->path);
    assert_int_equal(compacted.triples, stats.triples);
    assert_int_equal(compacted.generation, stats.generation + 1);
    assert_int_equal(compacted.triples_version, stats.triples_version);
    /* A reader of the old generation reads on, and moves when it renews. */
    bool changed;
    assert_int_equal(kg_name_find(&id, old, KG_RELATION,
                                  KG_STR("r\xE8\x8D\xAF"
                                         "2")),
                     KG_OK);
    assert_int_equal(kg_snapshot_renew(&changed, old, &f->err), KG_OK);
    assert_true(changed);
    assert_int_equal(kg_snapshot_stats(&stats, old, &f->err), KG_OK);
    assert_int_equal(stats.generation, compacted.generation);
    kg_snapshot_end(old);
    grow_sample_store(f->path, 10, 77);
    assert_sound(f->path);
}

/* ---- Failures -------------------------------------------------------------------------------- */

#ifdef KG_FAILPOINTS
static const char *const points[] = {
    "backup.folder-made",  "copy.written",   "backup.copied",           "backup.current-written",
    "compact.folder-made", "compact.copied", "compact.current-written",
};

/* A failure at each point leaves the store whole and no half store behind. */
static void test_failures(void **state) {
    fixture *f = *state;
    uint64_t before, after;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char setting[128];
        remove_tree(f->dest);
        snprintf(setting, sizeof setting, "%s:1:full", points[i]);
        setenv("KG_FAILPOINT", setting, 1);
        kg_status st = strncmp(points[i], "compact", 7) == 0
                           ? kg_store_compact(f->store, &before, &after, &f->err)
                           : kg_store_backup(f->store, f->dest, &f->err);
        unsetenv("KG_FAILPOINT");
        assert_int_equal(st, KG_ERR_FULL);
        assert_sound(f->path);
        if (access(f->dest, F_OK) == 0)
            assert_sound(f->dest);
        remove_tree(f->dest);
        assert_int_equal(kg_store_backup(f->store, f->dest, &f->err), KG_OK);
        assert_int_equal(kg_store_compact(f->store, &before, &after, &f->err), KG_OK);
    }
}
#else
static void test_failures(void **state) {
    (void)state;
    skip();
}
#endif

static kg_status backup_work(void *context) {
    fixture *f = context;
    kg_status st = kg_store_backup(f->store, f->dest, &f->err);
    alloc_fail_at(0, false);
    if (st == KG_OK)
        assert_sound(f->dest);
    remove_tree(f->dest);
    return st;
}

static kg_status compact_work(void *context) {
    fixture *f = context;
    uint64_t before, after;
    kg_status st = kg_store_compact(f->store, &before, &after, &f->err);
    return st;
}

static kg_status check_work(void *context) {
    fixture *f = context;
    return kg_store_check(f->path, NULL, NULL, &f->err);
}

static kg_status write_work(void *context) {
    fixture *f = context;
    kg_status st;
    kg_writer *w;
    KG_TRY(st, kg_writer_begin(&w, f->store, &f->err));
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = KG_STR("new head");
    s.relation = KG_STR("new relation");
    s.tail = KG_STR("new tail");
    s.head_type = KG_STR("new type");
    st = kg_writer_statement(w, &s, &f->err);
    s.kind = KG_STATEMENT_ENTITY;
    s.label = KG_STR("new label");
    if (st == KG_OK)
        st = kg_writer_statement(w, &s, &f->err);
    s.kind = KG_STATEMENT_ALIAS;
    s.label = KG_STR("new alias");
    if (st == KG_OK)
        st = kg_writer_statement(w, &s, &f->err);
    if (st == KG_OK)
        st = kg_writer_delete(w, s.head, s.relation, s.tail, &f->err);
    if (st == KG_OK)
        st = kg_writer_commit(NULL, w, &f->err);
    else
        kg_writer_abort(w);
    return st;
}

static void test_every_allocation_fails_in_turn(void **state) {
    fixture *f = *state;
    alloc_fail_each(backup_work, f, false, 1000);
    alloc_fail_each(check_work, f, false, 1000);
    alloc_fail_each(write_work, f, false, 1000);
    alloc_fail_each(compact_work, f, false, 1000);
    assert_sound(f->path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_backup, setup, teardown),
        cmocka_unit_test_setup_teardown(test_backup_beside_a_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_leftovers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_allocation_fails_in_turn, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
