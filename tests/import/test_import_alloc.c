/* Every reader, and every writer, with every allocation failing in turn: KG_ERR_MEMORY, nothing
 * lost, nothing broken. Allocations inside jansson and serd are not ours to fail. */
#include "import/embeddings.h"
#include "import/export.h"
#include "tests/import/random_graph.h"
#include "tests/import/recorder.h"
#include "tests/support/alloc_fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* In the folder of the test. */
#define KG_STORE "import_alloc.store"
#define KG_OUT "import_alloc.out"

typedef struct reading {
    const char *format;
    size_t n_paths;
    memory_file files[6];
    kg_import_options options;
} reading;

static const reading readings[] = {
    {"tsv",
     1,
     {{"g", "head\trelation\ttail\tw:float\tx^^\na\tr\tb\t0.5\t(1 2)\nx\n\xFF\tr\tb\n", 0},
      {"nodes",
       "id\tname\ttypes\tlabel^^\taliases^^\tn:int[]\turn:kg:y@en\n"
       "a\tAlpha\tA|urn:kg:%7C\t(\"B\"@en \"C\")\t(\"d\"@zh)\t1;2\tz\nb\t\t\t\t\tx\n",
       0},
      {"aliases", "a\tfirst\n", 0},
      {"schema", "{\"types\": [\"A\"], \"relations\": {\"q\": {\"domain\": [\"A\"]}}}", 0}},
     {.nodes = "nodes", .aliases = "aliases", .schema = "schema"}},
    {"openke",
     0,
     {{"dir/entity2id.txt.gz", "2\na\t0\nb\t1\n", 0},
      {"dir/relation2id.txt", "1\nr\t0\n", 0},
      {"dir/train2id.txt", "1\n0 1 0\n", 0},
      {"schema", "{\"relations\": {\"r\": {\"domain\": [\"A\"]}}}", 0}},
     {.schema = "schema"}},
    {"dglke",
     0,
     {{"dir/entities.tsv", "0\ta\n", 0},
      {"dir/relations.tsv", "0\tr\n", 0},
      {"dir/train.txt", "0\t0\t0\n", 0}},
     {0}},
    {"neo4j",
     2,
     {{"n",
       "id:ID(P),name,:LABEL,aliases:string[],label^^:IGNORE,n:int[],urn:kg:x@zh,z^^\n"
       "a,\"Al\npha\",A;urn:kg:%3B,x;y,(\"\"A\"\"@en 1),1;2,t,\"\"\"\\n\"\"^^<urn:kg:d>\"\n"
       "b,,,,,n/a,,\n",
       0},
      {"r", ":START_ID(P),:TYPE,:END_ID(P),w:float\na,KNOWS,a,0.5\n", 0}},
     {0}},
    {"kgtk",
     1,
     {{"e", "node1\tlabel\tnode2\tx\na\tlabel\t\"A\"\na\tr\tb|c\t'q'@en|5\na\tp\t\"l\"\n", 0}},
     {0}},
    {"turtle",
     1,
     {{"t",
       "@prefix x: <http://x/> .\n@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
       "x:r a rdf:Property .\nx:a x:r <urn:kg:%20b> , _:c .\n"
       "x:a x:p 1 , \"t\"@en , \"(1 2)\"^^<urn:kg-list:> , \"u\"^^<urn:kg:t> .\n"
       "_:s a rdf:Statement ; rdf:subject x:a ; x:w 0.5e0 ; x:w \"x\"^^<urn:kg-language:5> .\n"
       "_:t rdf:subject x:a .\n_:s rdf:predicate x:r ; rdf:object _:c ; x:by x:b .\n",
       0}},
     {0}},
    {"trig",
     1,
     {{"t", "@prefix x: <http://x/> .\nx:g { x:a x:r \"\xFF\" .\n x:a x:r % . x:b x:r x:c }\n", 0}},
     {0}},
    {"csv", 1, {{"g", "x_source,x_id,r,y_id,x_name\nS,\"1 \"\"a\"\"\",r,2,One\n", 0}}, {0}},
    {"tsv", 1, {{"g", "a b\n", 0}}, {.delimiter = "blanks", .relation = "r"}},
    {"nquads", 1, {{"q", "<x:a> <x:r> <x:b> <x:g> .\n<x:a> <x:r> \"c\" .\n", 0}}, {0}},
    {"rotate",
     0,
     {{"dir/entities.dict", "0\ta\n", 0},
      {"dir/relations.dict", "0\tr\n", 0},
      {"dir/train.txt.xz", "a\tr\ta\tx\n", 0}},
     {0}},
    {"wikidata5m",
     0,
     {{"dir/wikidata5m_entity.txt", "Q1\tOne\tUno\n", 0},
      {"dir/wikidata5m_relation.txt", "P1\tis\tare\n", 0},
      {"dir/wikidata5m_inductive_train.txt", "Q1\tP1\tQ2\n", 0}},
     {0}},
    {"umls",
     0,
     {{"dir/MRCONSO.RRF", "C1|ENG|P||PF||Y||||||||A||N||\nC2|GER|P||PF||Y||||||||B||N||\n", 0},
      {"dir/MRREL.RRF", "C1|||RN|C2|||isa|||||||N||\n", 0},
      {"dir/MRSTY.RRF", "C1|T1||Disease|\n", 0}},
     {0}},
    {"smedbert",
     0,
     {{"dir/ent2outRel.json", "{\"a\": [[\"r\", \"b\"]]}", 0},
      {"dir/ent2inRel.pkl", "(dp0\nVb\n(lp1\n(Vr\nVa\ntas.", 0},
      {"dir/type_set.pickle",
       "\x80\x02}X\x01\x00\x00\x00"
       "ac__builtin__\nset\n]X\x01\x00\x00\x00Ta\x85Rs.",
       39},
      {"dir/global_PageRank.json", "{\"a\": 0.5}", 0}},
     {0}},
};

static kg_status read_one(void *context) {
    const reading *how = context;
    kg_import_options options = how->options;
    recorder r = {0};
    kg_error err = KG_ERROR_INIT;
    options.format = how->format;
    options.bad_tolerance = 5;
    kg_status st = record(&r, NULL, how->files, how->n_paths, &options, &err);
    if (st != KG_OK && st != KG_ERR_MEMORY)
        print_error("%s: %s: %s\n", how->format, err.file, err.text);
    recorder_free(&r);
    return st;
}

static void test_readers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        alloc_fail_each(read_one, (void *)(uintptr_t)&readings[i], true, 2000);
}

static kg_status write_one(void *context) {
    const char *const *how = context; /* format, path */
    kg_store *store;
    kg_snapshot *snapshot;
    kg_export_report report;
    kg_error err = KG_ERROR_INIT;
    const kg_export_options options = {.format = how[0], .parts = 1};
    kg_status st = kg_store_open(&store, KG_STORE, &err);
    if (st != KG_OK)
        return st;
    st = kg_snapshot_begin(&snapshot, store, &err);
    if (st == KG_OK) {
        st = kg_export(&report, snapshot, &options, how[1], &err);
        kg_snapshot_end(snapshot);
    }
    kg_store_close(store);
    if (st != KG_OK && st != KG_ERR_MEMORY)
        print_error("%s: %s\n", how[0], err.text);
    alloc_fail_at(0, false);
    assert_int_equal(system("rm -rf " KG_OUT), 0);
    return st;
}

static void test_writers(void **state) {
    (void)state;
    assert_int_equal(system("rm -rf " KG_STORE " " KG_OUT), 0);
    random_graph_make(KG_STORE, 4, "\t\n\r");
    random_graph_prune(KG_STORE, 2);
    for (size_t i = 0; kg_exporters[i]; i++) {
        const char *how[] = {kg_exporters[i]->name, KG_OUT};
        alloc_fail_each(write_one, how, true, 5000);
    }
    assert_int_equal(system("rm -rf " KG_STORE), 0);
}

static kg_status read_embeddings(void *context) {
    static const char text[] = "{\"ent_embeddings.weight\": [[1, 2], [3, 4.5]], "
                               "\"rel_embeddings.weight\": [[1]]}";
    kg_embeddings e = {0};
    kg_error err = KG_ERROR_INIT;
    (void)context;
    kg_status st = kg_embeddings_parse_openke(&e, (kg_str){text, sizeof text - 1}, "text", &err);
    kg_embeddings_free(&e);
    return st;
}

static void test_embeddings(void **state) {
    (void)state;
    alloc_fail_each(read_embeddings, NULL, false, 2000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_writers),
        cmocka_unit_test(test_embeddings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
