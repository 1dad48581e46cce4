/* No room in the reader table or in the map, and readers beside a writer. */
#include "tests/support/sample_store.h"

#include "kgstore/kgstore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

typedef struct fixture {
    char folder[32], path[64];
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    make_test_folder(f->folder);
    snprintf(f->path, sizeof f->path, "%s/store", f->folder);
    make_sample_store(f->path, 100, 400, 1);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    remove_tree(f->folder);
    free(f);
    return 0;
}

enum { SLOTS = 510 };

static bool state_adds_up(kg_snapshot *s);

/* Those beyond the slots hold the generation instead, so that a writer leaves it as it is. */
static void test_more_readers_than_slots(void **state) {
    enum { READERS = SLOTS + 40 };
    fixture *f = *state;
    static kg_snapshot *snapshots[READERS];
    kg_store *store;
    kg_error err = KG_ERROR_INIT;
    kg_stats before, now;
    bool changed;
    assert_int_equal(kg_store_open(&store, f->path, &err), KG_OK);
    for (unsigned n = 0; n < READERS; n++)
        assert_int_equal(kg_snapshot_begin(&snapshots[n], store, &err), KG_OK);
    assert_int_equal(kg_snapshot_stats(&before, snapshots[0], &err), KG_OK);
    for (unsigned i = 0; i < 3; i++)
        grow_sample_store(f->path, 40, i);
    for (unsigned n = 0; n < READERS; n++) {
        assert_int_equal(kg_snapshot_stats(&now, snapshots[n], &err), KG_OK);
        assert_int_equal(now.triples, before.triples);
        assert_true(state_adds_up(snapshots[n]));
        assert_int_equal(kg_snapshot_renew(&changed, snapshots[n], &err), KG_OK);
        assert_true(changed);
        assert_true(state_adds_up(snapshots[n]));
    }
    /* At rest they hold nothing: writes are in place. */
    assert_int_equal(kg_snapshot_stats(&before, snapshots[0], &err), KG_OK);
    for (unsigned n = 0; n < READERS; n++)
        kg_snapshot_rest(snapshots[n]);
    grow_sample_store(f->path, 40, 9);
    for (unsigned n = 0; n < READERS; n++)
        assert_int_equal(kg_snapshot_renew(&changed, snapshots[n], &err), KG_OK);
    assert_int_equal(kg_snapshot_stats(&now, snapshots[READERS - 1], &err), KG_OK);
    assert_int_equal(now.generation, before.generation);
    assert_true(now.triples > before.triples && state_adds_up(snapshots[READERS - 1]));
    for (unsigned n = 0; n < READERS; n++)
        kg_snapshot_end(snapshots[n]);
    kg_store_close(store);
    assert_int_equal(kg_store_check(f->path, NULL, NULL, &err), KG_OK);
}

/* A child that begins n snapshots, says so and waits to be killed. */
static pid_t start_readers(const char *path, unsigned n) {
    int pipe_ends[2];
    char byte = 0;
    kg_store *store;
    kg_snapshot *snapshot;
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t child = fork();
    if (child == 0) {
        if (kg_store_open(&store, path, NULL) != KG_OK)
            _exit(1);
        while (n-- > 0)
            if (kg_snapshot_begin(&snapshot, store, NULL) != KG_OK)
                _exit(2);
        if (write(pipe_ends[1], &byte, 1) == 1)
            pause();
        _exit(3);
    }
    close(pipe_ends[1]);
    assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
    close(pipe_ends[0]);
    return child;
}

static void end_readers(pid_t child) {
    int status;
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

/* Every slot is another process's when the store is opened: it can be read, and written to. */
static void test_table_full_of_others(void **state) {
    fixture *f = *state;
    kg_store *store;
    kg_snapshot *snapshot, *second;
    kg_stats stats;
    pid_t child = start_readers(f->path, SLOTS);
    assert_int_equal(kg_store_open(&store, f->path, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, NULL), KG_OK);
    assert_true(state_adds_up(snapshot));
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, NULL), KG_OK);
    uint64_t generation = stats.generation;
    grow_sample_store(f->path, 40, 7);
    assert_true(state_adds_up(snapshot));
    assert_int_equal(kg_snapshot_begin(&second, store, NULL), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, second, NULL), KG_OK);
    assert_int_equal(stats.generation, generation + 1);
    kg_snapshot_end(second);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    end_readers(child);
    assert_int_equal(kg_store_check(f->path, NULL, NULL, NULL), KG_OK);
}

/* Dead readers fill the table while one that lives keeps LMDB from making it anew. */
static void test_table_full_of_the_dead(void **state) {
    fixture *f = *state;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    pid_t alive = start_readers(f->path, 0);
    end_readers(start_readers(f->path, SLOTS));
    assert_int_equal(kg_store_open(&store, f->path, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, NULL), KG_OK);
    /* In a slot: a write is in place. */
    grow_sample_store(f->path, 40, 7);
    kg_snapshot_end(snapshot);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, NULL), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, NULL), KG_OK);
    assert_int_equal(stats.generation, 1);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    end_readers(alive);
}

/* The slots of a reader that was killed are taken back by the next that needs one. */
static void test_dead_readers_are_swept(void **state) {
    fixture *f = *state;
    kg_store *store;
    kg_snapshot *snapshot;
    pid_t child = fork();
    if (child == 0) {
        if (kg_store_open(&store, f->path, NULL) != KG_OK)
            _exit(1);
        for (unsigned n = 0; n < SLOTS; n++)
            if (kg_snapshot_begin(&snapshot, store, NULL) != KG_OK)
                _exit(2);
        kill(getpid(), SIGKILL);
    }
    /* Open before the child dies, so that LMDB does not make the table anew. */
    assert_int_equal(kg_store_open(&store, f->path, NULL), KG_OK);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(kg_snapshot_begin(&snapshot, store, NULL), KG_OK);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
}

#ifndef SANITIZED
static kg_status fill_zero(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    (void)context;
    (void)first_row;
    memset(to, 0, n_rows * 1024 * sizeof(float));
    return KG_OK;
}

/* In a child whose address space leaves a map of 64 MiB: a table too large for it. */
static void put_large_table(const char *path) {
    kg_store *store;
    kg_error err = KG_ERROR_INIT;
    const rlim_t room = (rlim_t)110 << 20;
    struct rlimit limit = {room, room};
    if (setrlimit(RLIMIT_AS, &limit) != 0 || kg_store_open(&store, path, &err) != KG_OK)
        _exit(1);
    kg_table shape = {.dtype = KG_F32, .rows = 16384, .columns = 1024, .triples_version = 1};
    kg_status st = kg_table_put(store, "large", &shape, fill_zero, NULL, &err);
    if (st != KG_ERR_FULL || !strstr(err.text, "address space reserved for the store is used up")) {
        fprintf(stderr, "%s: %s\n", kg_strerror(st), err.text);
        _exit(2);
    }
    kg_store_close(store);
    _exit(0);
}
#endif

static void test_map_full(void **state) {
#ifdef SANITIZED
    (void)state;
    skip();
#else
    fixture *f = *state;
    int status;
    if (getenv("KG_VALGRIND"))
        skip();
    pid_t child = fork();
    if (child == 0)
        put_large_table(f->path);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(kg_store_check(f->path, NULL, NULL, NULL), KG_OK);
    grow_sample_store(f->path, 50, 5);
    assert_int_equal(kg_store_check(f->path, NULL, NULL, NULL), KG_OK);
#endif
}

/* A program of someone's own without standard descriptors: what it prints does not go into the
 * store, and it is told that it goes nowhere. */
static void use_without_descriptors(const char *path) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_writer *writer;
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    if (kg_store_open(&store, path, NULL) != KG_OK ||
        kg_snapshot_begin(&snapshot, store, NULL) != KG_OK ||
        kg_writer_begin(&writer, store, NULL) != KG_OK)
        _exit(1);
    char byte = 'x';
    for (int fd = 0; fd <= 2; fd++)
        if (write(fd, &byte, 1) != -1 || errno != EBADF || read(fd, &byte, 1) != -1 ||
            errno != EBADF)
            _exit(2);
    kg_writer_abort(writer);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    _exit(0);
}

static void test_closed_descriptors(void **state) {
    fixture *f = *state;
    int status;
    pid_t child = fork();
    if (child == 0)
        use_without_descriptors(f->path);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(kg_store_check(f->path, NULL, NULL, NULL), KG_OK);
}

/* ---- Readers beside a writer ----------------------------------------------------------------- */

typedef struct watch {
    kg_store *store;
    atomic_bool *stop;
    uint64_t seen; /* states */
    bool sound;
} watch;

/* In every state the edges out and in add up to the triples. */
static bool state_adds_up(kg_snapshot *s) {
    kg_stats stats;
    uint64_t n_out = 0, n_in = 0;
    if (kg_snapshot_stats(&stats, s, NULL) != KG_OK)
        return false;
    for (kg_id id = 0; id < stats.entities; id++) {
        kg_edges out, in;
        kg_str name;
        if (kg_entity_edges(&out, &in, s, id) != KG_OK ||
            kg_name_get(&name, s, KG_ENTITY, id) != KG_OK)
            return false;
        n_out += out.count;
        n_in += in.count;
    }
    return n_out == stats.triples && n_in == stats.triples;
}

static void *read_on(void *context) {
    watch *w = context;
    kg_snapshot *s;
    bool changed;
    if (kg_snapshot_begin(&s, w->store, NULL) != KG_OK)
        return NULL;
    w->sound = true;
    while (w->sound && !atomic_load(w->stop)) {
        w->sound = state_adds_up(s) && kg_snapshot_renew(&changed, s, NULL) == KG_OK;
        w->seen += changed;
    }
    kg_snapshot_end(s);
    return NULL;
}

static void test_readers_beside_a_writer(void **state) {
    enum { READERS = 3 };
    fixture *f = *state;
    kg_store *store;
    atomic_bool stop = false;
    pthread_t threads[READERS];
    watch watches[READERS];
    uint64_t before, after;
    assert_int_equal(kg_store_open(&store, f->path, NULL), KG_OK);
    for (int i = 0; i < READERS; i++) {
        watches[i] = (watch){.store = store, .stop = &stop};
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &watches[i]), 0);
    }
    for (unsigned i = 0; i < 15; i++) {
        grow_sample_store(f->path, 20, 100 + i);
        if (i % 5 == 4)
            assert_int_equal(kg_store_compact(store, &before, &after, NULL), KG_OK);
        assert_int_equal(kg_store_check(f->path, NULL, NULL, NULL), KG_OK);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(watches[i].sound);
        assert_true(watches[i].seen > 0);
    }
    kg_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_more_readers_than_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_table_full_of_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_table_full_of_the_dead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dead_readers_are_swept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closed_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_map_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readers_beside_a_writer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
