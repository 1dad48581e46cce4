/* Snapshots: consistent, renewed across generations, dead after a fork, swept when their process
 * dies, and safe beside a writer. */
#include "store_tool.h"

#include "kgstore/store/env.h"
#include "kgstore/store/generation.h"
#include "kgstore/store/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[PATH_MAX], path[PATH_MAX];

static int set_up(void **state) {
    (void)state;
    tool_make_folder(folder);
    if (snprintf(path, sizeof path, "%s/store", folder) >= (int)sizeof path)
        return -1;
    return tool_load(NULL, path, NULL, "a\tr\tb\nb\tr\tc", NULL) == KG_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    tool_remove(folder);
    return 0;
}

static uint64_t triples_of(kg_snapshot *s) {
    kg_stats stats;
    assert_int_equal(kg_snapshot_stats(&stats, s, NULL), KG_OK);
    return stats.triples;
}

static void open_both(kg_store **store, kg_snapshot **snapshot) {
    assert_int_equal(kg_store_open(store, path, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(snapshot, *store, NULL), KG_OK);
}

static void close_both(kg_store *store, kg_snapshot *snapshot) {
    kg_snapshot_end(snapshot);
    kg_store_close(store);
}

static void append(const char *text) {
    kg_bulk_options options = {.append = true};
    assert_int_equal(tool_load(NULL, path, &options, text, NULL), KG_OK);
}

static void test_snapshot_keeps_its_view_until_renewed(void **state) {
    (void)state;
    kg_store *store;
    kg_snapshot *s;
    kg_edges out;
    bool changed = true;
    open_both(&store, &s);
    assert_int_equal(kg_snapshot_renew(&changed, s, NULL), KG_OK);
    assert_false(changed);
    append("c\tr\ta");
    assert_int_equal(triples_of(s), 2);
    assert_int_equal(kg_entity_edges(&out, NULL, s, 2), KG_OK);
    assert_int_equal(out.count, 0);
    assert_int_equal(kg_snapshot_renew(&changed, s, NULL), KG_OK);
    assert_true(changed);
    assert_int_equal(triples_of(s), 3);
    assert_int_equal(kg_entity_edges(&out, NULL, s, 2), KG_OK);
    assert_int_equal(out.count, 1);
    close_both(store, s);
}

static void add_triple(const char *text) {
    kg_store *store;
    kg_writer *writer;
    assert_int_equal(kg_store_open(&store, path, NULL), KG_OK);
    assert_int_equal(kg_writer_begin(&writer, store, NULL), KG_OK);
    assert_int_equal(tool_feed(writer, kg_writer_statement, text, NULL), KG_OK);
    assert_int_equal(kg_writer_commit(NULL, writer, NULL), KG_OK);
    kg_store_close(store);
}

static void test_snapshot_follows_small_writes(void **state) {
    (void)state;
    kg_store *store;
    kg_snapshot *s;
    kg_edges out, in;
    bool changed;
    open_both(&store, &s);
    assert_int_equal(kg_entity_edges(&out, &in, s, 0), KG_OK);
    assert_int_equal(out.count, 1);
    add_triple("a\tr\tc");
    assert_int_equal(kg_entity_edges(&out, &in, s, 0), KG_OK);
    assert_int_equal(out.count, 1);
    assert_int_equal(kg_snapshot_renew(&changed, s, NULL), KG_OK);
    assert_true(changed);
    assert_int_equal(kg_entity_edges(&out, &in, s, 0), KG_OK);
    assert_int_equal(out.count, 2);
    close_both(store, s);
}

static void test_old_generation_goes_but_stays_readable(void **state) {
    (void)state;
    kg_store *store;
    kg_snapshot *s;
    kg_str name;
    open_both(&store, &s);
    append("c\tr\ta");
    char gone[PATH_MAX + 8];
    snprintf(gone, sizeof gone, "%s/gen-1", path);
    assert_int_not_equal(access(gone, F_OK), 0);
    assert_int_equal(kg_name_get(&name, s, KG_ENTITY, 2), KG_OK);
    assert_memory_equal(name.data, "c", 1);
    close_both(store, s);
}

static void test_leftovers_are_cleaned_by_the_next_writer(void **state) {
    (void)state;
    char left[PATH_MAX + 32];
    snprintf(left, sizeof left, "%s/gen-77", path);
    assert_int_equal(mkdir(left, 0777), 0);
    snprintf(left, sizeof left, "%s/gen-77/data.mdb", path);
    fclose(fopen(left, "w"));
    snprintf(left, sizeof left, "%s/CURRENT.tmp123", path);
    fclose(fopen(left, "w"));
    append("c\tr\ta");
    assert_int_not_equal(access(left, F_OK), 0);
    snprintf(left, sizeof left, "%s/gen-77", path);
    assert_int_not_equal(access(left, F_OK), 0);
}

/* What a child finds when it uses its parent's handles, then its own; 0 when all is as it should.
 */
static int use_after_fork(kg_store *store, kg_snapshot *s) {
    kg_snapshot *other;
    kg_edges out;
    kg_str name;
    kg_update update;
    int wrong = kg_snapshot_begin(&other, store, NULL) != KG_ERR_STALE;
    wrong |= (kg_snapshot_renew(NULL, s, NULL) != KG_ERR_STALE) << 1;
    wrong |= (kg_entity_edges(&out, NULL, s, 0) != KG_ERR_STALE) << 2;
    wrong |= (kg_name_get(&name, s, KG_ENTITY, 0) != KG_ERR_STALE) << 3;
    wrong |= (kg_update_begin(&update, store, NULL) != KG_ERR_STALE) << 4;
    kg_snapshot_end(s);
    kg_store_close(store);
    open_both(&store, &s);
    wrong |= (triples_of(s) != 2) << 5;
    close_both(store, s);
    return wrong;
}

static void test_handles_are_stale_in_a_child(void **state) {
    (void)state;
    kg_store *store;
    kg_snapshot *s;
    int status;
    open_both(&store, &s);
    pid_t child = fork();
    if (child == 0)
        _exit(use_after_fork(store, s));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    append("c\tr\ta");
    assert_int_equal(triples_of(s), 2);
    close_both(store, s);
}

static void test_opened_twice_in_one_process(void **state) {
    (void)state;
    kg_store *one, *two;
    kg_snapshot *a, *b;
    open_both(&one, &a);
    open_both(&two, &b);
    close_both(one, a);
    add_triple("a\tr\tc");
    assert_int_equal(triples_of(b), 2);
    close_both(two, b);
}

static void test_read_only_folder_can_be_read(void **state) {
    (void)state;
    kg_store *store;
    kg_snapshot *s;
    int status;
    char generation[PATH_MAX + 8];
    snprintf(generation, sizeof generation, "%s/gen-1", path);
    assert_int_equal(chmod(generation, 0555) | chmod(path, 0555), 0);
    pid_t child = fork();
    if (child == 0) {
        /* Root may write everywhere. */
        if (getuid() == 0 && (chmod(folder, 0755) != 0 || setuid(65534) != 0))
            _exit(2);
        if (kg_store_open(&store, path, NULL) != KG_OK ||
            kg_snapshot_begin(&s, store, NULL) != KG_OK)
            _exit(3);
        int wrong = triples_of(s) != 2;
        kg_update update;
        wrong |= (kg_update_begin(&update, store, NULL) != KG_ERR_IO) << 2;
        close_both(store, s);
        _exit(wrong);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    chmod(generation, 0755);
    chmod(path, 0755);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_little_address_space_is_enough(void **state) {
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#else
    int status;
    if (getenv("KG_VALGRIND"))
        skip();
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {(rlim_t)1 << 30, (rlim_t)1 << 30};
        kg_store *store;
        kg_snapshot *s;
        if (setrlimit(RLIMIT_AS, &limit) != 0 || kg_store_open(&store, path, NULL) != KG_OK ||
            kg_snapshot_begin(&s, store, NULL) != KG_OK)
            _exit(1);
        int wrong = triples_of(s) != 2;
        close_both(store, s);
        _exit(wrong);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
#endif
}

/* ---- Readers beside a writer ----------------------------------------------------------------- */

typedef struct reading {
    kg_store *store;
    atomic_bool *stop;
    uint64_t rounds, wrong;
} reading;

/* Each triple is seen from both of its ends, in every state that a snapshot shows. */
static uint64_t count_wrong(kg_snapshot *s) {
    kg_stats stats;
    uint64_t outs = 0, ins = 0;
    if (kg_snapshot_stats(&stats, s, NULL) != KG_OK)
        return 1;
    for (kg_id e = 0; e < stats.entities; e++) {
        kg_edges out, in;
        kg_str name;
        if (kg_entity_edges(&out, &in, s, e) != KG_OK ||
            kg_name_get(&name, s, KG_ENTITY, e) != KG_OK)
            return 1;
        outs += out.count;
        ins += in.count;
    }
    return outs != stats.triples || ins != stats.triples;
}

static void *keep_reading(void *context) {
    reading *r = context;
    kg_snapshot *s;
    if (kg_snapshot_begin(&s, r->store, NULL) != KG_OK) {
        r->wrong++;
        return NULL;
    }
    while (!atomic_load(r->stop)) {
        r->wrong += count_wrong(s);
        r->wrong += kg_snapshot_renew(NULL, s, NULL) != KG_OK;
        r->rounds++;
    }
    kg_snapshot_end(s);
    return NULL;
}

static void test_readers_beside_a_writer(void **state) {
    (void)state;
    atomic_bool stop = false;
    reading readers[2];
    pthread_t threads[2];
    kg_store *store;
    char text[64];
    assert_int_equal(kg_store_open(&store, path, NULL), KG_OK);
    for (int i = 0; i < 2; i++) {
        readers[i] = (reading){.store = store, .stop = &stop};
        assert_int_equal(pthread_create(&threads[i], NULL, keep_reading, &readers[i]), 0);
    }
    for (int i = 0; i < 60; i++) {
        snprintf(text, sizeof text, "n%d\tr\tn%d", i, i * 7 % 60);
        if (i % 20 == 19)
            append(text);
        else
            add_triple(text);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(readers[i].wrong, 0);
        assert_true(readers[i].rounds > 0);
    }
    kg_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_snapshot_keeps_its_view_until_renewed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_snapshot_follows_small_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_old_generation_goes_but_stays_readable, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_leftovers_are_cleaned_by_the_next_writer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_handles_are_stale_in_a_child, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_opened_twice_in_one_process, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_only_folder_can_be_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_little_address_space_is_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_readers_beside_a_writer, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
