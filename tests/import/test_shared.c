/* The public graphs that lie beside the project, where they do: each loads with no line lost. The
 * figures are those of `zcat | sort -u | wc -l` and of the data's own publications. */
#include "import/load.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define DATA KG_SHARED_DIR "/data/"
#define SPLITS(set)                                                                                \
    {                                                                                              \
        DATA "kge/" set "/train.txt.gz", DATA "kge/" set "/valid.txt.gz",                          \
            DATA "kge/" set "/test.txt.gz"                                                         \
    }

static const struct {
    const char *name, *paths[3];
    size_t n_paths;
    const char *columns, *nodes, *aliases;
    uint64_t entities, relations, types, triples, multi_typed, aliases_kept;
} graphs[] = {
    {"medical_zh",
     {DATA "kg/medical_zh/triples.tsv.gz"},
     1,
     "head,head_type,relation,tail,tail_type",
     NULL,
     DATA "kg/medical_zh/aliases.tsv",
     24874,
     9,
     8,
     267924,
     2663,
     8477},
    {"hetionet_100k",
     {DATA "kg/hetionet_100k/edges.sif.gz"},
     1,
     NULL,
     DATA "kg/hetionet_100k/nodes.tsv.gz",
     NULL,
     47031,
     24,
     11,
     99676,
     0,
     UINT64_MAX},
    {"fb15k-237", SPLITS("fb15k-237"), 3, NULL, NULL, NULL, 14541, 237, 0, 310116, 0, 0},
    {"wn18rr", SPLITS("wn18rr"), 3, NULL, NULL, NULL, 40943, 11, 0, 93003, 0, 0},
    {"umls", SPLITS("umls"), 3, NULL, NULL, NULL, 135, 46, 0, 6529, 0, 0},
    {"kinship", SPLITS("kinship"), 3, NULL, NULL, NULL, 104, 25, 0, 10686, 0, 0},
};

static void test_no_line_is_lost(void **state) {
    (void)state;
    char folder[32], path[64];
    if (access(DATA, R_OK) != 0) {
        print_message("%s is not there: skipped\n", DATA);
        skip();
    }
    make_test_folder(folder);
    for (size_t i = 0; i < sizeof graphs / sizeof *graphs; ++i) {
        kg_load_options options = {.import = {.columns = graphs[i].columns,
                                              .nodes = graphs[i].nodes,
                                              .aliases = graphs[i].aliases}};
        kg_load_report report;
        kg_error err = KG_ERROR_INIT;
        kg_store *store;
        kg_snapshot *s;
        kg_stats stats;
        print_message("%s\n", graphs[i].name);
        snprintf(path, sizeof path, "%s/%s", folder, graphs[i].name);
        if (kg_load(&report, path, graphs[i].paths, graphs[i].n_paths, &options, &err) != KG_OK)
            fail_msg("%s", err.text);
        assert_int_equal(report.read.bad, 0);
        assert_int_equal(report.read.triples, graphs[i].triples);
        assert_int_equal(report.store.duplicates, 0);
        assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
        assert_int_equal(kg_snapshot_begin(&s, store, &err), KG_OK);
        assert_int_equal(kg_snapshot_stats(&stats, s, &err), KG_OK);
        assert_int_equal(stats.entities, graphs[i].entities);
        assert_int_equal(stats.relations, graphs[i].relations);
        assert_int_equal(stats.types, graphs[i].types);
        assert_int_equal(stats.triples, graphs[i].triples);
        assert_int_equal(stats.multi_typed, graphs[i].multi_typed);
        if (graphs[i].aliases_kept != UINT64_MAX)
            assert_int_equal(stats.aliases, graphs[i].aliases_kept);
        kg_snapshot_end(s);
        kg_store_close(store);
    }
    remove_tree(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_line_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
