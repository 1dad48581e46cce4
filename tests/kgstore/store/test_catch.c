/* Faults that a damaged store leads to become KG_ERR_CORRUPT; other faults take their course.
 * cmocka takes the handlers for each test, so what is tested runs in a child, which takes them
 * back. */
#include "tests/support/sample_store.h"

#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { ENTITIES = 120, PAGE = 4096, DAMAGED = -30000, OTHER_FAULT = 5 };

static char folder[32], path[64], file[96];

/* In the child, where cmocka cannot be asked. */
static void need(bool so, int line) {
    if (so)
        return;
    fprintf(stderr, "test_catch.c:%d: not so\n", line);
    _exit(1);
}

#define NEED(condition) need((condition), __LINE__)

static int read_byte(void *context) {
    return *(const volatile unsigned char *)context;
}

static int assert_so(void *context) {
    (void)context;
    kg_guard_assertion("mp->mp_flags");
    return 0;
}

static void a_step_that_faults(void) {
    unsigned char sound = 7;
    void *nothing = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(nothing != MAP_FAILED);
    for (int i = 0; i < 3; i++) { /* each is caught, and what comes after is as before */
        NEED(kg_guard_read(read_byte, nothing, DAMAGED) == DAMAGED);
        NEED(kg_guard_depth == 0);
        NEED(kg_guard_step == 0);
        NEED(kg_guard_read(read_byte, &sound, DAMAGED) == 7);
        NEED(kg_guard_read(assert_so, NULL, DAMAGED) == DAMAGED);
    }
    munmap(nothing, PAGE);
}

static void on_other_fault(int number) {
    (void)number;
    _exit(OTHER_FAULT);
}

/* What faults outside a step goes to the handler from before. */
static void another_fault(void) {
    read_byte(mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static kg_status count_name(void *context, kg_str name, kg_id id) {
    (void)id;
    *(uint64_t *)context += name.len && name.data[0];
    return KG_OK;
}

static void note(unsigned *damaged, kg_status st) {
    *damaged += st == KG_ERR_CORRUPT;
    NEED(st == KG_OK || st == KG_ERR_CORRUPT || st == KG_ERR_NOT_FOUND);
}

/* Ask about everything; what is handed out is read to its end. Returns how often it was damage. */
static unsigned ask_everything(kg_snapshot *snapshot) {
    unsigned damaged = 0;
    uint64_t read = 0;
    for (kg_id id = 0; id < ENTITIES; id++) {
        kg_str name;
        kg_edges edges[2];
        kg_types types;
        kg_properties properties;
        kg_neighbour top[7];
        uint32_t n;
        kg_status st = kg_name_get(&name, snapshot, KG_ENTITY, id);
        note(&damaged, st);
        if (st == KG_OK) {
            kg_id back;
            count_name(&read, name, id);
            note(&damaged, kg_name_find(&back, snapshot, KG_ENTITY, name));
        }
        st = kg_entity_edges(&edges[0], &edges[1], snapshot, id);
        note(&damaged, st);
        for (int way = 0; st == KG_OK && way < 2; way++)
            for (uint32_t i = 0; i < edges[way].count; i++)
                read += kg_edge_entity(edges[way], i);
        st = kg_entity_types(&types, snapshot, id);
        note(&damaged, st);
        for (uint32_t i = 0; st == KG_OK && i < types.count; i++)
            read += kg_types_at(types, i);
        note(&damaged, kg_entity_aliases(snapshot, id, count_name, &read));
        note(&damaged, kg_entity_properties(&properties, snapshot, id));
        note(&damaged, kg_neighbours_top(top, &n, snapshot, id, KG_WEIGHT_PEPR, 7));
    }
    note(&damaged, kg_alias_each(snapshot, count_name, &read));
    return damaged;
}

static kg_status add_edges(kg_writer *writer, kg_error *err) {
    kg_status st = KG_OK;
    for (int i = 0; st == KG_OK && i < 40; i++) {
        char head[16];
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        snprintf(head, sizeof head, "new %d", i);
        s.head = kg_str_from(head);
        s.relation = KG_STR("new relation");
        s.tail = KG_STR("new 7");
        s.head_type = KG_STR("new type");
        st = kg_writer_statement(writer, &s, err);
    }
    return st;
}

/* Write twice: the second time what was written first is known to be sound. */
static kg_status write_edges(kg_store *store) {
    kg_error err = KG_ERROR_INIT;
    kg_status st = KG_OK;
    for (int i = 0; st == KG_OK && i < 2; i++) {
        kg_writer *writer;
        st = kg_writer_begin(&writer, store, &err);
        if (st == KG_OK) {
            st = add_edges(writer, &err);
            if (st == KG_OK)
                st = kg_writer_commit(NULL, writer, &err);
            else
                kg_writer_abort(writer);
        }
        NEED(st == KG_OK || err.text[0]);
    }
    return st;
}

/* Open, ask and write. Returns how often it was damage. */
static unsigned open_and_ask(void) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_status st = kg_store_open(&store, path, &err);
    if (st == KG_OK) {
        st = kg_snapshot_begin(&snapshot, store, &err);
        unsigned damaged = st == KG_OK ? ask_everything(snapshot) : 1;
        if (st == KG_OK)
            kg_snapshot_end(snapshot);
        note(&damaged, write_edges(store));
        kg_store_close(store);
        if (st == KG_OK)
            return damaged;
    }
    NEED(err.text[0] != '\0');
    return 1;
}

/* Half of the file is gone under an open store: every page there is a SIGBUS. */
static void a_file_cut_short(void) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    struct stat info;
    make_sample_store(path, ENTITIES, 600, 5);
    NEED(kg_store_open(&store, path, &err) == KG_OK);
    NEED(kg_snapshot_begin(&snapshot, store, &err) == KG_OK);
    NEED(ask_everything(snapshot) == 0);
    kg_snapshot_end(snapshot);
    NEED(kg_snapshot_begin(&snapshot, store, &err) == KG_OK);
    NEED(stat(file, &info) == 0);
    NEED(truncate(file, info.st_size / 2 / PAGE * PAGE) == 0);
    NEED(ask_everything(snapshot) > 0);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    remove_tree(path);
}

/* Change some bytes of a page, but for the metas. */
static void damage(kg_rng *rng) {
    struct stat info;
    int fd = open(file, O_RDWR | O_CLOEXEC);
    NEED(fd >= 0);
    NEED(fstat(fd, &info) == 0);
    uint64_t page = 2 + kg_rng_below(rng, (uint64_t)info.st_size / PAGE - 2);
    for (int i = 0; i < 4; i++) {
        /* where a page keeps its bounds and offsets, or anywhere */
        uint64_t at = kg_rng_below(rng, 2) ? 10 + kg_rng_below(rng, 40) : kg_rng_below(rng, PAGE);
        unsigned char byte = (unsigned char)kg_rng_below(rng, 256);
        NEED(pwrite(fd, &byte, 1, (off_t)(page * PAGE + at)) == 1);
    }
    close(fd);
}

static void damaged_pages(void) {
    kg_rng rng = kg_rng_stream(22, 0, 0, 0);
    unsigned met = 0;
    for (int round = 0; round < 60; round++) {
        make_sample_store(path, ENTITIES, 600, 5);
        for (int i = 0; i < 3; i++)
            damage(&rng);
        met += open_and_ask() > 0;
        remove_tree(path);
    }
    NEED(met > 10);
}

/* ---- In children ----------------------------------------------------------------------------- */

/* The exit status of a child that runs work, 0 where it comes to its end. */
static int in_child(void (*work)(void)) {
    const struct sigaction action = {.sa_handler = on_other_fault};
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sigaction(SIGSEGV, &action, NULL);
        kg_store_catch();
        kg_store_catch(); /* does nothing more */
        work();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_a_step_that_faults(void **state) {
    (void)state;
    assert_int_equal(in_child(a_step_that_faults), 0);
}

static void test_another_fault(void **state) {
    (void)state;
    assert_int_equal(in_child(another_fault), OTHER_FAULT);
}

static void test_a_file_cut_short(void **state) {
    (void)state;
    assert_int_equal(in_child(a_file_cut_short), 0);
}

static void test_damaged_pages(void **state) {
    (void)state;
    assert_int_equal(in_child(damaged_pages), 0);
}

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(file, sizeof file, "%s/gen-1/data.mdb", path);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step_that_faults), cmocka_unit_test(test_another_fault),
        cmocka_unit_test(test_a_file_cut_short), cmocka_unit_test(test_damaged_pages)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
