/* crash_edits KG [--kills N] [--seed S]: a child adds and deletes in small transactions and tells
 * each one that has been committed through a pipe; it is killed at a random moment, N times.
 * All that it told must be in the store, which must pass its check, and what it had not told may be
 * there whole or not at all. */
#include "tests/crash/scenario.h"

#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A store is edited so often, then made anew: the time to judge it grows with it. */
enum { MOST_EDITS = 500 };

typedef struct edit_names {
    char head[32], tail[32];
} edit_names;

static edit_names names_of(uint64_t n) {
    edit_names names;
    snprintf(names.head, sizeof names.head, "head %llu", (unsigned long long)n);
    snprintf(names.tail, sizeof names.tail, "tail %llu", (unsigned long long)(n * 7919 % 1000));
    return names;
}

static kg_status add(kg_writer *writer, const edit_names *names, kg_str relation, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = kg_str_from(names->head);
    s.relation = relation;
    s.tail = kg_str_from(names->tail);
    return kg_writer_statement(writer, &s, err);
}

/* Edit number n: two triples, the second of which goes again with edit n + 1. */
static kg_status make_edit(kg_store *store, uint64_t n, kg_error *err) {
    kg_writer *writer;
    kg_status st = kg_writer_begin(&writer, store, err);
    if (st != KG_OK)
        return st;
    edit_names now = names_of(n), before = names_of(n - (n > 0));
    st = add(writer, &now, KG_STR("lasting"), err);
    if (st == KG_OK)
        st = add(writer, &now, KG_STR("passing"), err);
    if (st == KG_OK && n > 0)
        st = kg_writer_delete(writer, kg_str_from(before.head), KG_STR("passing"),
                              kg_str_from(before.tail), err);
    if (st == KG_OK)
        return kg_writer_commit(NULL, writer, err);
    kg_writer_abort(writer);
    return st;
}

static void edit_until_killed(const char *path, uint64_t first, int to) {
    kg_store *store;
    kg_error err = KG_ERROR_INIT;
    if (kg_store_open(&store, path, &err) != KG_OK)
        _exit(1);
    for (uint64_t n = first;; n++)
        if (make_edit(store, n, &err) != KG_OK || write(to, &n, sizeof n) != sizeof n)
            _exit(1);
}

static bool has_triple(kg_snapshot *snapshot, uint64_t n, const char *relation) {
    kg_id head, r;
    kg_edges out;
    edit_names names = names_of(n);
    if (kg_name_find(&head, snapshot, KG_ENTITY, kg_str_from(names.head)) != KG_OK ||
        kg_name_find(&r, snapshot, KG_RELATION, kg_str_from(relation)) != KG_OK ||
        kg_entity_edges(&out, NULL, snapshot, head) != KG_OK)
        return false;
    for (uint32_t i = 0; i < out.count; i++)
        if (kg_edge_relation(out, i) == r)
            return true;
    return false;
}

/* How many of the edits 0..n-1 are lost; *made: edits that are there, which may be one more. */
static uint64_t count_lost(uint64_t *made, const char *path, uint64_t n) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_error err = KG_ERROR_INIT;
    uint64_t lost = 0;
    if (store_state(path) < 0 || kg_store_open(&store, path, &err) != KG_OK ||
        kg_snapshot_begin(&snapshot, store, &err) != KG_OK)
        give_up("%s cannot be read: %s", path, err.text);
    for (uint64_t i = 0; i < n; i++)
        lost += !has_triple(snapshot, i, "lasting");
    *made = n + has_triple(snapshot, n, "lasting");
    for (uint64_t i = 0; i < *made; i++)
        if (has_triple(snapshot, i, "passing") != (i + 1 == *made))
            give_up("%s: edit %llu is there in part", path, (unsigned long long)i);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return lost;
}

/* Start at edit `first`, kill after a while; the number after the last edit that was told. */
static uint64_t edit_and_kill(const place *p, uint64_t first, kg_rng *rng) {
    int ends[2];
    uint64_t n, told = first;
    if (pipe(ends) != 0)
        give_up("cannot make a pipe");
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        edit_until_killed(p->store, first, ends[1]);
    }
    close(ends[1]);
    const struct timespec t = {0, (long)(kg_rng_uniform(rng) * 30e6)};
    nanosleep(&t, NULL);
    kill(child, SIGKILL);
    while (read(ends[0], &n, sizeof n) == sizeof n)
        told = n + 1;
    close(ends[0]);
    if (wait_run(child) != -SIGKILL)
        give_up("the child failed");
    return told;
}

int main(int argc, char **argv) {
    unsigned kills = 20, seed = 1;
    uint64_t acknowledged = 0, lost = 0, next = 0;
    const scenario edits = {"edits", .from_base = true};
    if (argc < 2)
        give_up("usage: crash_edits KG [--kills N] [--seed S]");
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--kills") == 0)
            kills = (unsigned)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = (unsigned)atoi(argv[i + 1]);
        else
            give_up("unknown word %s", argv[i]);
    }
    place p;
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    place_make(&p, argv[1], 300);
    for (unsigned i = 0; i < kills; i++) {
        if (next == 0 || next > MOST_EDITS) {
            begin_run(&p, &edits);
            next = 0;
        }
        uint64_t told = edit_and_kill(&p, next, &rng);
        acknowledged += told - next;
        lost += count_lost(&next, p.store, told);
    }
    printf("edits: %u kills, %llu acknowledged, %llu lost\n", kills,
           (unsigned long long)acknowledged, (unsigned long long)lost);
    if (lost)
        return 1;
    place_remove(&p);
    return 0;
}
