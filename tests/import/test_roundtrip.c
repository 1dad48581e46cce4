/* Out of a store and back: the graph must be the same, in every format that can hold it. */
#include "import/embeddings.h"
#include "import/export.h"
#include "import/load.h"
#include "tests/import/dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char root[] = "/tmp/kg_roundtrip_XXXXXX";

/* A path below root, in one of a few static buffers. */
static const char *at(const char *name) {
    static char buffers[8][256];
    static unsigned next;
    char *buffer = buffers[next++ % 8];
    snprintf(buffer, sizeof buffers[0], "%s/%s", root, name);
    return buffer;
}

static void run(const char *format, ...) {
    char command[600];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

static kg_statement triple(const char *head, const char *relation, const char *tail) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = kg_str_from(head);
    s.relation = kg_str_from(relation);
    s.tail = kg_str_from(tail);
    return s;
}

static kg_statement named(kg_statement_kind kind, const char *head, const char *label,
                          const char *type) {
    kg_statement s = KG_STATEMENT_INIT(kind);
    s.head = kg_str_from(head);
    s.label = kg_str_from(label);
    s.head_type = kg_str_from(type);
    return s;
}

static void add(kg_bulk *bulk, kg_statement s) {
    kg_error err = KG_ERROR_INIT;
    kg_status st = kg_bulk_statement(bulk, &s, &err);
    if (st != KG_OK)
        print_error("%s\n", err.text);
    assert_int_equal(st, KG_OK);
}

static void finish(kg_bulk *bulk) {
    kg_bulk_report report;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
}

/* Names with blanks, quotes, commas, percent signs, CJK and what looks like other formats' syntax;
 * entities of no edge, no type, several types; labels and aliases; loops and parallel edges. */
static void make_store(const char *path) {
    kg_bulk *bulk;
    kg_bulk_options options = {0};
    assert_int_equal(kg_bulk_begin(&bulk, path, &options, NULL), KG_OK);
    add(bulk, named(KG_STATEMENT_ENTITY, "alone", "", ""));
    add(bulk, named(KG_STATEMENT_ENTITY, "Gene::2625", "BRCA1", "Gene"));
    add(bulk, named(KG_STATEMENT_ENTITY, "http://x/a#b", "an IRI", "Thing"));
    add(bulk, named(KG_STATEMENT_ENTITY, "urn:kg:x", "", "Thing"));
    add(bulk, named(KG_STATEMENT_ENTITY, "say \"hi\", then", "", "B"));
    add(bulk, named(KG_STATEMENT_ENTITY, "50% <of> it\\all", "half", "B"));
    for (int i = 0; i < 3; i++)
        add(bulk, named(KG_STATEMENT_ENTITY, "\xE7\x99\xBD\xE9\x85\x92", "", "\xE8\x8D\xAF"));
    for (int i = 0; i < 2; i++)
        add(bulk, named(KG_STATEMENT_ENTITY, "\xE7\x99\xBD\xE9\x85\x92", "", "Thing"));
    add(bulk, named(KG_STATEMENT_ENTITY, "\xE7\x99\xBD\xE9\x85\x92", "", "B"));
    add(bulk, triple("head", "relation", "tail"));
    add(bulk, triple("\xE7\x99\xBD\xE9\x85\x92", "treats", "Gene::2625"));
    add(bulk, triple("\xE7\x99\xBD\xE9\x85\x92", "causes", "Gene::2625"));
    add(bulk, triple("Gene::2625", "has part", "say \"hi\", then"));
    add(bulk, triple("Gene::2625", "has part", "Gene::2625"));
    add(bulk, triple("50% <of> it\\all", "treats", "http://x/a#b"));
    add(bulk, triple("urn:kg:x", "treats", "100"));
    add(bulk, triple("-", "causes", " blank "));
    add(bulk, named(KG_STATEMENT_ALIAS, "Gene::2625", "IRIS \"gene\"", ""));
    add(bulk, named(KG_STATEMENT_ALIAS, "Gene::2625", "PSCP", ""));
    add(bulk,
        named(KG_STATEMENT_ALIAS, "\xE7\x99\xBD\xE9\x85\x92", "\xE7\x83\xA7\xE9\x85\x92", ""));
    finish(bulk);
}

/* How a format is read back, and what of the graph it holds. */
typedef struct way {
    const char *format;
    const char *paths[2]; /* below the export; "" is the export itself */
    bool tables;          /* nodes.tsv and aliases.tsv stand beside */
    unsigned holds;
} way;

static const way ways[] = {
    {"tsv", {"/triples.tsv", NULL}, true, DUMP_LABELS | DUMP_ALIASES | DUMP_TYPES},
    {"neo4j", {"/nodes.csv", "/relationships.csv"}, false, DUMP_LABELS | DUMP_ALIASES | DUMP_TYPES},
    {"ntriples", {"", NULL}, false, DUMP_LABELS | DUMP_ALIASES | DUMP_TYPES | DUMP_IDS},
    {"openke", {"", NULL}, false, DUMP_IDS},
    {"dglke", {"", NULL}, false, DUMP_IDS},
    {"smedbert", {"", NULL}, false, DUMP_TYPES},
};

static void export_to(const char *store_path, const char *format, const char *path) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_export_report report;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_store_open(&store, store_path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    kg_status st = kg_export(&report, snapshot, &(kg_export_options){.format = format}, path, &err);
    if (st != KG_OK)
        print_error("%s: %s\n", format, err.text);
    assert_int_equal(st, KG_OK);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
}

static void import_from(const char *store_path, const char *folder, const way *w) {
    char paths[2][512], nodes[512], aliases[512];
    const char *list[2] = {paths[0], paths[1]};
    size_t n = 0;
    kg_load_report report;
    kg_error err = KG_ERROR_INIT;
    kg_load_options options = {.import = {.format = w->format}};
    for (; n < 2 && w->paths[n]; n++)
        snprintf(paths[n], sizeof paths[n], "%s%s", folder, w->paths[n]);
    snprintf(nodes, sizeof nodes, "%s/nodes.tsv", folder);
    snprintf(aliases, sizeof aliases, "%s/aliases.tsv", folder);
    if (w->tables) {
        options.import.nodes = nodes;
        options.import.aliases = aliases;
    }
    kg_status st = kg_load(&report, store_path, list, n, &options, &err);
    if (st != KG_OK)
        print_error("%s: %s:%llu: %s\n", w->format, err.file, (unsigned long long)err.line,
                    err.text);
    assert_int_equal(st, KG_OK);
}

static void assert_same(const char *a, const char *b, unsigned what, const char *format) {
    kg_bytes x, y;
    dump_store(&x, a, what);
    dump_store(&y, b, what);
    if (x.len != y.len || memcmp(x.data, y.data, x.len) != 0) {
        size_t i = 0;
        while (i < x.len && i < y.len && x.data[i] == y.data[i])
            i++;
        print_error("%s: the stores differ:\n  %.*s\n  %.*s\n", format,
                    (int)(x.len - i > 80 ? 80 : x.len - i), x.data + i,
                    (int)(y.len - i > 80 ? 80 : y.len - i), y.data + i);
        fail();
    }
    kg_array_free(&x);
    kg_array_free(&y);
}

static void round_trip(const char *store, unsigned left_out) {
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char folder[300], copy[300];
        snprintf(folder, sizeof folder, "%s/out-%s", root, ways[i].format);
        snprintf(copy, sizeof copy, "%s/copy-%s", root, ways[i].format);
        export_to(store, ways[i].format, folder);
        import_from(copy, folder, &ways[i]);
        assert_same(store, copy, ways[i].holds & ~left_out, ways[i].format);
        run("rm -rf '%s' '%s'", folder, copy);
    }
}

static void test_a_graph_of_odd_names(void **state) {
    (void)state;
    make_store(at("odd"));
    round_trip(at("odd"), 0);
}

static void test_weights_through_smedbert(void **state) {
    (void)state;
    kg_bulk *bulk;
    kg_bulk_options options = {0};
    assert_int_equal(kg_bulk_begin(&bulk, at("ranked"), &options, NULL), KG_OK);
    add(bulk, triple("a", "r", "b"));
    const char *const names[] = {"a", "b"};
    for (int i = 0; i < 2; i++) {
        kg_statement s = named(KG_STATEMENT_WEIGHT, names[i], "", "");
        s.number = 1.0 / (3 + i);
        add(bulk, s);
    }
    finish(bulk);
    export_to(at("ranked"), "smedbert", at("ranked-out"));
    import_from(at("ranked-copy"), at("ranked-out"), &ways[5]);
    assert_same(at("ranked"), at("ranked-copy"), DUMP_WEIGHTS | DUMP_IDS, "smedbert");
}

static void test_names_that_a_table_cannot_hold(void **state) {
    (void)state;
    kg_bulk *bulk;
    kg_bulk_options options = {0};
    static const char *const formats[] = {"tsv", "openke", "dglke", "smedbert"};
    assert_int_equal(kg_bulk_begin(&bulk, at("tabs"), &options, NULL), KG_OK);
    add(bulk, triple("a\tb", "r\nr", "\"c\""));
    finish(bulk);
    kg_store *store;
    kg_snapshot *snapshot;
    assert_int_equal(kg_store_open(&store, at("tabs"), NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, NULL), KG_OK);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        kg_export_report report;
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(kg_export(&report, snapshot, &(kg_export_options){.format = formats[i]},
                                   at("tabs-no"), &err),
                         KG_ERR_FORMAT);
        assert_non_null(strstr(err.text, "cannot hold; export as ntriples"));
    }
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    for (size_t i = 1; i <= 2; i++) {
        export_to(at("tabs"), ways[i].format, at("tabs-out"));
        import_from(at("tabs-copy"), at("tabs-out"), &ways[i]);
        assert_same(at("tabs"), at("tabs-copy"), ways[i].holds, ways[i].format);
        run("rm -rf '%s' '%s'", at("tabs-out"), at("tabs-copy"));
    }
}

static void put_tables(const char *path, kg_embeddings *e) {
    kg_store *store;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_embeddings_store(store, e, &err), KG_OK);
    kg_store_close(store);
}

static void assert_same_matrix(const kg_matrix *a, const kg_matrix *b) {
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->columns, b->columns);
    if (a->data)
        assert_memory_equal(a->data, b->data, a->rows * a->columns * sizeof *a->data);
}

static void embeddings_round_trip(kg_embeddings *e) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_error err = KG_ERROR_INIT;
    put_tables(at("emb"), e);
    assert_int_equal(kg_store_open(&store, at("emb"), &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    assert_int_equal(kg_embeddings_write_openke(snapshot, at("emb.json"), &err), KG_OK);
    assert_int_equal(kg_embeddings_write_dglke(snapshot, at("emb.npy"), "x", &err), KG_OK);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    const char *const paths[] = {at("emb.json"), at("emb.npy")};
    for (int i = 0; i < 2; i++) {
        kg_embeddings back;
        assert_int_equal(kg_embeddings_read(&back, paths[i], &err), KG_OK);
        assert_same_matrix(&e->entities, &back.entities);
        assert_same_matrix(&e->relations, &back.relations);
        assert_same_matrix(&e->projections, &back.projections);
        kg_embeddings_free(&back);
    }
    run("rm -rf '%s' '%s'", at("emb.json"), at("emb.npy"));
}

static void test_embeddings(void **state) {
    (void)state;
    float entities[6], relations[3] = {1.5f, -2.25f, 1e-30f}, projections[6];
    for (int i = 0; i < 6; i++) {
        entities[i] = 1.0f / (float)(i + 3);
        projections[i] = -0.1f * (float)i;
    }
    kg_bulk *bulk;
    kg_bulk_options options = {0};
    assert_int_equal(kg_bulk_begin(&bulk, at("emb"), &options, NULL), KG_OK);
    add(bulk, triple("a", "r", "b"));
    add(bulk, triple("c", "r", "b"));
    finish(bulk);
    kg_embeddings e = {{3, 2, entities}, {1, 3, relations}, {1, 6, projections}};
    embeddings_round_trip(&e);
    e.projections = (kg_matrix){0};
    embeddings_round_trip(&e); /* and the old projections are gone */
    kg_store *store;
    kg_error err = KG_ERROR_INIT;
    e.entities.rows = 2;
    assert_int_equal(kg_store_open(&store, at("emb"), NULL), KG_OK);
    assert_int_equal(kg_embeddings_store(store, &e, &err), KG_ERR_FORMAT);
    assert_non_null(strstr(err.text, "ent_embeddings.weight has 2 rows, the store 3 entities"));
    kg_store_close(store);
}

/* The medical graph that lies beside the project, where it does. */
static void test_medical_zh(void **state) {
    (void)state;
    static const char DATA[] = KG_SOURCE_DIR "/../shared/data/kg/medical_zh";
    const char *const paths[] = {KG_SOURCE_DIR "/../shared/data/kg/medical_zh/triples.tsv.gz"};
    kg_load_options options = {
        .import = {.columns = "head,head_type,relation,tail,tail_type",
                   .aliases = KG_SOURCE_DIR "/../shared/data/kg/medical_zh/aliases.tsv"}};
    kg_load_report report;
    kg_error err = KG_ERROR_INIT;
    if (access(DATA, R_OK) != 0) {
        print_message("%s is not there: skipped\n", DATA);
        skip();
    }
    assert_int_equal(kg_load(&report, at("med"), paths, 1, &options, &err), KG_OK);
    assert_int_equal(report.store.entities, 24874);
    assert_int_equal(report.store.relations, 9);
    assert_int_equal(report.store.types, 8);
    assert_int_equal(report.store.triples, 267924);
    assert_int_equal(report.read.bad, 0);
    round_trip(at("med"), 0);
}

static int make_root(void **state) {
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state) {
    (void)state;
    run("rm -rf '%s'", root);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_graph_of_odd_names),
        cmocka_unit_test(test_weights_through_smedbert),
        cmocka_unit_test(test_names_that_a_table_cannot_hold),
        cmocka_unit_test(test_embeddings),
        cmocka_unit_test(test_medical_zh),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
