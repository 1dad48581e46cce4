/* Tables in every dialect: what separates and quotes their fields, what headers say, SIF, and the
 * shapes of neo4j-admin and KGTK. */
#include "tests/import/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

typedef struct table_case {
    const char *what;
    const char *paths[6]; /* ends with NULL */
    memory_file files[6];
    kg_import_options options;
    const char *says; /* the statements, or a part of the message */
    uint64_t dropped;
    kg_status status;
} table_case;

#define ONE(text)                                                                                  \
    {"g"}, {                                                                                       \
        { "g", text, 0 }                                                                           \
    }

static const table_case cases[] = {
    {"commas", ONE("a,r,b\nc,r,\"d, e\"\n"), {0}, "t a r b\nt c r d, e\n", 0, KG_OK},
    {"semicolons, with commas in names",
     ONE("a;r;b,c\nd;r;e,f\n"),
     {0},
     "t a r b,c\nt d r e,f\n",
     0,
     KG_OK},
    {"pipes", ONE("a|r|b\n"), {0}, "t a r b\n", 0, KG_OK},
    {"runs of blanks",
     ONE("a  r b\n c\tr   d \n"),
     {.delimiter = "blanks"},
     "t a r b\nt c r d\n",
     0,
     KG_OK},
    {"blanks that are told", ONE("a r b\nc r  d\n"), {0}, "t a r b\nt c r d\n", 0, KG_OK},
    {"a delimiter of one's own", ONE("a:r:b\n"), {.delimiter = ":"}, "t a r b\n", 0, KG_OK},
    {"two that fit",
     ONE("a,b;c,d;e\nf,g;h,i;j\n"),
     {0},
     "say which separates them with --delimiter",
     0,
     KG_ERR_FORMAT},
    {"a delimiter that is none",
     ONE("a\n"),
     {.delimiter = "xy"},
     "--delimiter: found \"xy\"",
     0,
     KG_ERR_ARGUMENT},
    {"quotes all over",
     ONE("'a'\t'r'\t'b''s'\n'c'\t'r'\t'd'\n"),
     {0},
     "t a r b's\nt c r d\n",
     0,
     KG_OK},
    {"quotes as pandas has them, with lines in them",
     ONE("head\trelation\ttail\n\"a \"\"x\"\"\"\tr\tb\n\"two\nlines\"\tr\t\"has\ttab\"\n"),
     {0},
     "t a \"x\" r b\nt two\nlines r has\ttab\n",
     0,
     KG_OK},
    {"quotes that belong to names",
     ONE("\"Heroes\"\tr\tb\n\"Weird Al\" Y\tr\t5\" disk\n"),
     {0},
     "t \"Heroes\" r b\nt \"Weird Al\" Y r 5\" disk\n",
     0,
     KG_OK},
    {"no quotes, whatever it looks like",
     ONE("\"a\",r,b\n"),
     {.quote = "none"},
     "t \"a\" r b\n",
     0,
     KG_OK},
    {"backslashes before quotes",
     ONE("a,r,\"say \\\"hi\\\", b\"\n\"c\",r,d\n"),
     {0},
     "t a r say \"hi\", b\nt c r d\n",
     0,
     KG_OK},
    {"a line of a quoted field that is no text",
     ONE("a,r,\"b\n\xFF\nc\"\nd,r,e\n"),
     {.bad_tolerance = 2},
     "t d r e\n",
     0,
     KG_OK},
    {"a weight is no relation",
     ONE("source\ttarget\tweight\nA\tB\t0.5\n"),
     {0},
     "with \"source\" and \"target\" but no relation",
     0,
     KG_ERR_FORMAT},
    {"one relation for all",
     ONE("source,target,weight\nA,B,0.5\n"),
     {.relation = "to"},
     "t A to B {weight: \"0.5\"}\n",
     0,
     KG_OK},
    {"one relation for all, without a header",
     ONE("A\tB\n"),
     {.relation = "to"},
     "t A to B\n",
     0,
     KG_OK},
    {"KGX",
     ONE("id\tsubject\tpredicate\tobject\trelation\ne1\tX:1\tp\tY:1\tRO:1\n"),
     {0},
     "t X:1 p Y:1 {id: \"e1\", relation: \"RO:1\"}\n",
     0,
     KG_OK},
    {"KGX, with columns named",
     ONE("id\tsubject\tpredicate\tobject\trelation\ne1\tX:1\tp\tY:1\tRO:1\n"),
     {.columns = "-,head,relation,tail,-"},
     "t X:1 p Y:1\n",
     0,
     KG_OK},
    {"PrimeKG",
     ONE("relation,display_relation,x_index,x_id,x_type,x_name,x_source,y_id,y_type,y_name,y_"
         "source\n"
         "p_p,ppi,0,7,gene,PHY,NCBI,7,disease,\"K, x\",MONDO\n"),
     {0},
     "t NCBI:7(gene) p_p MONDO:7(disease) {x_index: \"0\"}\ne NCBI:7 =PHY\nr p_p =ppi\n"
     "e MONDO:7 =K, x\n",
     0,
     KG_OK},
    {"names that begin with an apostrophe",
     ONE("'\tr\t'\na\tr\tb\n"),
     {0},
     "t ' r '\nt a r b\n",
     0,
     KG_OK},
    {"nodes of KGX",
     {"g"},
     {{"g", "a,r,b\n", 0}, {"n", "id\tname\tcategory\tsynonym\txref\na\tAlpha\tA|B\tx|y\tz\n", 0}},
     {.nodes = "n"},
     "e a =Alpha (A) {xref: \"z\"}\ne a =Alpha (A)\ne a =Alpha (B)\na a =x\na a =y\nt a r b\n",
     0,
     KG_OK},
    {"nodes that are names alone",
     {"g"},
     {{"g", "a,r,b\n", 0}, {"n", "acute kidney, failure\n", 0}},
     {.nodes = "n"},
     "e acute kidney, failure\nt a r b\n",
     0,
     KG_OK},
    {"SIF",
     {"g.sif"},
     {{"g.sif", "F\nA\tpp\tB\nA\tpp\tC D\tE\n", 0}},
     {0},
     "e F\nt A pp B\nt A pp C D\nt A pp E\n",
     0,
     KG_OK},
    {"SIF of blanks",
     ONE("A pp B C\nF\n"),
     {.format = "sif"},
     "t A pp B\nt A pp C\ne F\n",
     0,
     KG_OK},
    {"SIF, a target missing",
     ONE("A pp B C\nF pp\n"),
     {.format = "sif"},
     "g:2: found 2 columns, expected 3",
     0,
     KG_ERR_FORMAT},
    {"neo4j, headers in files of their own",
     {"h", "p", "q", "k", "l"},
     {{"h", "i:ID(P){label:Person},name\n", 0},
      {"p", "1,Ann\n", 0},
      {"q", "2,\"B, b\"\n", 0},
      {"k", ":START_ID(P),:END_ID(P),:TYPE\n", 0},
      {"l", "1,2,KNOWS\n", 0}},
     {0},
     "e P::1 =Ann (Person)\ne P::2 =B, b (Person)\nt P::1 KNOWS P::2\n",
     0,
     KG_OK},
    {"neo4j, files joined and named",
     {"A:B=h,p", "K=k,l"},
     {{"h", ":ID|:LABEL|:LABEL\n", 0},
      {"p", "1|C|A;C\n", 0},
      {"k", ":START_ID,:END_ID,since\n", 0},
      {"l", "1,2,3\n", 0}},
     {0},
     "e 1 (C)\ne 1 (C)\ne 1 (C)\ne 1 (A)\ne 1 (A)\ne 1 (B)\nt 1 K 2 {since: \"3\"}\n",
     0,
     KG_OK},
    {"neo4j, several IDs",
     {"h", "k"},
     {{"h", ":ID(P),:ID(P)\na:b,c\na,b:c\n", 0},
      {"k", ":START_ID(P),:START_ID(P),:END_ID(P),:END_ID(P)\na,b:c,a:b,c\n", 0}},
     {.relation = "r"},
     "e P::a\\:b:c\ne P::a:b\\:c\nt P::a:b\\:c r P::a\\:b:c\n",
     0,
     KG_OK},
    {"neo4j, quotes and arrays of another kind",
     {"h"},
     {{"h", ":ID\taliases:string[]\n'a''s'\t'x|y'\n'b'\t'z'\n", 0}},
     {.array_delimiter = "|", .quote = "'"},
     "e a's\na a's =x\na a's =y\ne b\na b =z\n",
     0,
     KG_OK},
    {"neo4j, a part before its header",
     {"p"},
     {{"p", "1,Ann\n", 0}},
     {.format = "neo4j"},
     "p:1: found a header of neither nodes nor relationships",
     0,
     KG_ERR_FORMAT},
    {"files joined for another format",
     {"x=g"},
     {{"g", "a\tr\tb\n", 0}},
     {0},
     "found \"x=g\", which is no file",
     0,
     KG_ERR_ARGUMENT},
    {"KGTK, lists of labels",
     ONE("node1\tlabel\tnode2\tnode1;label\tlabel;label\nQ1\tP1\tQ2\t'A'@en|'B'@de\t'is'@en\n"),
     {0},
     "t Q1 P1 Q2\ne Q1 =A@en\ne Q1 =B@de\nr P1 =is@en\n",
     0,
     KG_OK},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const table_case *c = &cases[i];
        recorder r = {0};
        kg_import_counts counts;
        kg_error err = KG_ERROR_INIT;
        kg_status st = record_paths(&r, &counts, c->files, c->paths, &c->options, &err);
        assert_reading(c->what, &(expected_reading){c->status, c->says, c->dropped}, &r, st,
                       &counts, &err);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
