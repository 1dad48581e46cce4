/* Out of a store and back is the identity, for random graphs of hostile names, languages, types and
 * values. A few under ctest; KG_RANDOM_GRAPHS says how many. */
#include "import/export.h"
#include "import/load.h"
#include "tests/import/dump.h"
#include "tests/import/random_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* In memory where it can be: each graph is synced several times. */
static char root[64];

enum { WHOLE = DUMP_RELATION_LABELS | DUMP_RELATION_LANGUAGES };

typedef struct way {
    const char *format, *read_as;
    const char *paths[2]; /* below the export; "" is the export itself */
    const char *tables;   /* nodes and aliases stand beside, with this ending; NULL: no */
    const char *avoid;    /* what names cannot hold */
    unsigned relations;   /* what is held of their labels, as DUMP_... */
} way;

static const way ways[] = {
    {"neo4j", "neo4j", {"/nodes.csv", "/relationships.csv"}, NULL, "", 0},
    {"ntriples", "ntriples", {"", NULL}, NULL, "", WHOLE},
    {"nquads", "nquads", {"", NULL}, NULL, "", WHOLE},
    {"turtle", "turtle", {"", NULL}, NULL, "", WHOLE},
    {"tsv", NULL, {"/triples.tsv", NULL}, "tsv", "\t\n\r", DUMP_RELATION_LABELS},
    {"csv", NULL, {"/triples.csv", NULL}, "csv", "\r", DUMP_RELATION_LABELS},
};

static void copy_by(const char *to, const char *from, const char *out, const way *w,
                    unsigned parts) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_export_report written;
    kg_load_report read;
    kg_error err = KG_ERROR_INIT;
    char paths[2][200], nodes[200], aliases[200];
    const char *list[2] = {paths[0], paths[1]};
    const kg_export_options how = {.format = w->format, .parts = parts};
    kg_load_options options = {.import = {.format = w->read_as}, .bulk = {.threads = 1}};
    size_t n = 0;
    assert_int_equal(kg_store_open(&store, from, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    if (kg_export(&written, snapshot, &how, out, &err) != KG_OK)
        fail_msg("%s: %s", w->format, err.text);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    for (; n < 2 && w->paths[n]; n++)
        snprintf(paths[n], sizeof paths[n], "%s%s", out, w->paths[n]);
    if (w->tables) {
        snprintf(nodes, sizeof nodes, "%s/nodes.%s", out, w->tables);
        snprintf(aliases, sizeof aliases, "%s/aliases.%s", out, w->tables);
        options.import.nodes = nodes;
        options.import.aliases = aliases;
    }
    if (kg_load(&read, to, list, n, &options, &err) != KG_OK)
        fail_msg("%s: %s:%llu: %s", w->format, err.file, (unsigned long long)err.line, err.text);
}

static void assert_same(const char *a, const char *b, uint64_t number, const way *w) {
    const unsigned what =
        DUMP_LABELS | DUMP_ALIASES | DUMP_LANGUAGES | DUMP_TYPES | DUMP_PROPERTIES | w->relations;
    kg_bytes x, y;
    dump_store(&x, a, what);
    dump_store(&y, b, what);
    size_t i = 0;
    while (i < x.len && i < y.len && x.data[i] == y.data[i])
        i++;
    if (i < x.len || i < y.len) {
        size_t start = i > 60 ? i - 60 : 0;
        fail_msg("graph %llu through %s differs:\n%.160s\n--- is now\n%.160s",
                 (unsigned long long)number, w->format, x.data + start, y.data + start);
    }
    kg_array_free(&x);
    kg_array_free(&y);
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_identity(void **state) {
    (void)state;
    uint64_t first = setting("KG_RANDOM_FIRST", 0), n = setting("KG_RANDOM_GRAPHS", 100);
    char store[100], copy[100], out[100], remove[400];
    snprintf(store, sizeof store, "%s/store", root);
    snprintf(copy, sizeof copy, "%s/copy", root);
    snprintf(out, sizeof out, "%s/out", root);
    snprintf(remove, sizeof remove, "rm -rf %s %s %s", store, copy, out);
    for (uint64_t number = first; number < first + n; number++) {
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            random_graph_make(store, number, ways[i].avoid);
            if (number % 4 == 3)
                random_graph_prune(store, number / 4);
            copy_by(copy, store, out, &ways[i], 1);
            assert_same(store, copy, number, &ways[i]);
            assert_int_equal(system(remove), 0);
        }
    }
}

static int make_root(void **state) {
    (void)state;
    snprintf(root, sizeof root, "%s/kg_random_XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state) {
    (void)state;
    char remove[100];
    snprintf(remove, sizeof remove, "rm -rf %s", root);
    return system(remove);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_identity)};
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
