/* The syntaxes of RDF: how they are detected, what is read, and where a read goes on. */
#include "import/rdf_detect.h"
#include "import/turtle_scan.h"
#include "tests/import/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_detection(void **state) {
    (void)state;
    static const struct {
        const char *path, *text;
        kg_rdf_kind kind;
    } cases[] = {
        {"f", "<http://a/s>\t<http://a/p>\t<http://a/o> .\n", KG_RDF_NTRIPLES},
        {"f", "<http://a/s>\t<http://a/p>\t<http://a/o>\t.\n", KG_RDF_NTRIPLES},
        {"f", "# c\n\n_:a <http://a/p> \"o . \\\" o\"@en . # c\n", KG_RDF_NTRIPLES},
        {"f", "<a><b>\"1\"^^<c>.\r\n", KG_RDF_NTRIPLES},
        {"f", "<a> <b> _:c.\n", KG_RDF_NTRIPLES},
        {"f", "<a> <b> _:c.d .", KG_RDF_NTRIPLES},
        {"f", "<a> <b> <c> <g> .\n", KG_RDF_NQUADS},
        {"f", "<a> <b> <c> .\n<a> <b> \"c\"@en _:g .\n", KG_RDF_NQUADS},
        {"f", "<a> <b> <c> .\n<a> <b> <c> ;\n <d> <e> .\n", KG_RDF_TURTLE},
        {"f", "# c\n@base <http://a/> .\n", KG_RDF_TURTLE},
        {"f", "PreFix x: <http://a/>\n", KG_RDF_TURTLE},
        {"f", "base <http://a/>\nx:g {", KG_RDF_TRIG},
        {"f", "@prefix x: <a> .\nx:a x:b \"{\" . # {\n", KG_RDF_TURTLE},
        {"f", "<g> { <a> <b> <c> }", KG_RDF_TRIG},
        {"f", "<a> a <b> ,\n <c> .\n", KG_RDF_TURTLE},
        {"f.ttl", "<a> <b> <c> .\n", KG_RDF_TURTLE},
        {"f.nq.zst", "", KG_RDF_NQUADS},
        {"f.trig.bz2", "", KG_RDF_TRIG},
        {"f.nt.tsv", "a\tb\tc\n", KG_RDF_NONE},
        /* Tables, whose fields may look like a part of RDF. */
        {"f", "<a>\t<b>\t<c>\n", KG_RDF_NONE},
        {"f", "base\tprefix\tc\n", KG_RDF_NONE},
        {"f", "prefix x: y\n", KG_RDF_NONE},
        {"f", "a\t> <\tc\n", KG_RDF_NONE},
        {"f", "<?xml version=\"1.0\"?>\n<rdf:RDF>\n", KG_RDF_NONE},
        {"f", "", KG_RDF_NONE},
        {"f", "#", KG_RDF_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const kg_sample sample = {.path = cases[i].path, .text = kg_str_from(cases[i].text)};
        if (kg_rdf_detect(&sample) != cases[i].kind)
            fail_msg("\"%s\" in %s: %d, expected %d", cases[i].text, cases[i].path,
                     (int)kg_rdf_detect(&sample), (int)cases[i].kind);
    }
}

/* Where statements may begin, each such byte marked by a '|' before it. */
static void test_where_statements_begin(void **state) {
    (void)state;
    static const char *const cases[] = {
        "a b c .|\n",
        "a b 1.5 .| d e f.g .|#. \n",
        "a b \"x . y\" .|\n",
        "a b \"\"\"x .\n\"\" . \\\"\"\" . \"\"\" .|\n",
        "a b \"\" , '' .|\n",
        "a b ''' . ' . '' . ''' .|\n",
        "a b \"open . \n c .|\n",
        "a b <http://x. y> .|\n",
        "# . \n# {\na b c\\. d .|\n",
        "g {| a b c .| d e f }|\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_turtle_scan scan = {.place = KG_TURTLE_PLAIN};
        char found[256];
        size_t n = 0;
        for (const char *at = cases[i]; *at; at++) {
            if (*at == '|')
                continue;
            if (kg_turtle_scan_byte(&scan, *at))
                found[n++] = '|';
            found[n++] = *at;
        }
        found[n] = 0;
        assert_string_equal(found, cases[i]);
    }
}

typedef struct rdf_case {
    const char *what;
    memory_file file;
    uint64_t bad, dropped;
    const char *read;
} rdf_case;

#define X "@prefix x: <x:> .\n"

static const rdf_case cases[] = {
    {"a fault inside a statement with a long string behind it",
     {"f.ttl", X "x:q x:page <x:a b> ;\nx:c \"\"\"Say:\nx:a x:r x:b .\n\"\"\" .\nx:a x:r x:c .\n",
      0},
     1,
     0,
     "t x:a x:r x:c\n"},
    {"a fault before a comment that holds a statement",
     {"f.ttl", X "x:q x:p % . # x:a x:r x:b .\nx:a x:r x:c .\n", 0},
     1,
     0,
     "t x:a x:r x:c\n"},
    {"faults in a row, the last without an end",
     {"f.ttl", X "% . x:a x:r x:b . % . x:a x:r x:c . %", 0},
     3,
     0,
     "t x:a x:r x:b\nt x:a x:r x:c\n"},
    {"a line that is no text, inside a statement",
     {"f.ttl", X "x:a x:r x:b ;\n x:q \"\xFF\" .\nx:c x:r x:d .\nx:e x:r x:f .\n", 0},
     1,
     0,
     "t x:a x:r x:b\nt x:c x:r x:d\nt x:e x:r x:f\n"},
    {"a line that is no text and leaves the statement open",
     {"f.ttl", X "x:a x:r x:b ;\n x:q \xFF\n ; x:c x:r .\nx:e x:r x:f .\n", 0},
     1,
     0,
     "t x:a x:r x:b\nt x:e x:r x:f\n"},
    {"a stray byte does not end the file",
     {"f.ttl", X "x:a x:r x:b .\n) .\nx:c x:r x:d .\n", 0},
     1,
     0,
     "t x:a x:r x:b\nt x:c x:r x:d\n"},
    {"a statement that is cut is not completed from the next line",
     {"f.nt", "<x:a> <x:r>\n<x:b> <x:r> <x:c> . # c\n<x:d>\n# <x:e> c\n<x:f> <x:r> <x:g>\n", 0},
     3,
     0,
     "t x:b x:r x:c\nt x:f x:r x:g\n"},
    {"nor is one of quads",
     {"f.nq",
      "<x:a> <x:r> <x:b>\n<x:c> .\n<x:c> <x:r> <x:d> .# c\n<x:e> <x:r> <x:f> <x:g> . # c\n\n"
      "<x:h> <x:r>\n<x:i> <x:r> <x:j> .",
      0},
     3,
     0,
     "t x:c x:r x:d\nt x:e x:r x:f {graph: \"x:g\"}\nt x:i x:r x:j\n"},
    {"names of other vocabularies",
     {"f.ttl",
      X "@prefix s: <https://schema.org/> .\n@prefix f: <http://xmlns.com/foaf/0.1/> .\n"
        "@prefix o: <http://www.geneontology.org/formats/oboInOwl#> .\n"
        "@prefix i: <http://purl.obolibrary.org/obo/> .\n"
        "x:a s:name \"A\" ; s:alternateName \"a\" .\nx:b f:name \"B\" .\n"
        "x:c o:hasExactSynonym \"c\" ; i:IAO_0000111 \"C\" ; x:note \"n\" .\n",
      0},
     0,
     0,
     "e x:a =A\ne x:a\na x:a =a\ne x:b =B\ne x:c\na x:c =c\ne x:c =C\ne x:c {x:note: \"n\"}\n"},
    {"literals",
     {"f.ttl",
      X
      "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
      "x:a x:i 7 , -07 , \"99999999999999999999\"^^xsd:integer ; x:f 1.5E0 ; x:d 1.5 ; x:b true ;\n"
      " x:n \"1\"^^xsd:boolean ; x:w \"2024-02-29\"^^xsd:date , \"2024-02-30\"^^xsd:date ;\n"
      " x:s \"\" , \"s\"^^xsd:string , \"t\"@en-GB , \"p\"^^x:p , \"q\"^^<urn:kg:point> ;\n"
      " x:l \"(1 (2))\"^^<urn:kg-list:> , \"(1 \\\"a\\\"@en)\"^^<urn:kg-list:> ;\n"
      " x:k \"k\"^^<urn:kg-language:5%2D> .\nx:b x:r x:c .\n",
      0},
     0,
     0,
     "e x:a {x:i: 7, x:i: -7, "
     "x:i: \"99999999999999999999\"^^<http://www.w3.org/2001/XMLSchema#integer>, x:f: 1.5e0, "
     "x:d: \"1.5\"^^<http://www.w3.org/2001/XMLSchema#decimal>, x:b: true, "
     "x:n: \"1\"^^<http://www.w3.org/2001/XMLSchema#boolean>, x:w: \"2024-02-29\"^^xsd:date, "
     "x:w: \"2024-02-30\"^^<http://www.w3.org/2001/XMLSchema#date>, x:s: \"\", x:s: \"s\", "
     "x:s: \"t\"@en-GB, x:s: \"p\"^^<x:p>, x:s: \"q\"^^<urn:kg:point>, "
     "x:l: \"(1 (2))\"^^<urn:kg-list:>, x:l: (1 \"a\"@en), "
     "x:k: \"k\"^^<urn:kg-language:5%2D>}\nt x:b x:r x:c\n"},
    {"labels with languages, and what is no label",
     {"f.ttl",
      X "@prefix l: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix k: <http://www.w3.org/2004/02/skos/core#> .\n"
        "x:a l:label \"A\"@en , \"B\"@zh , 5 , \"\" ; k:altLabel \"c\"@de .\n",
      0},
     0,
     0,
     "e x:a =A@en\ne x:a =B@zh\ne x:a\na x:a =c@de\n"
     "e x:a {http://www.w3.org/2000/01/rdf-schema#label: 5, "
     "http://www.w3.org/2000/01/rdf-schema#label: \"\"}\n"},
    {"properties of a relation have no place",
     {"f.ttl",
      X "@prefix d: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        "x:r a d:Property ; x:note \"n\" .\n",
      0},
     0,
     1,
     "r x:r\n"},
    {"of a relation one label is kept, and nothing else",
     {"f.ttl",
      X "@prefix d: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix k: <http://www.w3.org/2004/02/skos/core#> .\n"
        "@prefix o: <http://www.w3.org/2002/07/owl#> .\n"
        "x:r a o:ObjectProperty , o:TransitiveProperty ; d:label \"R\"@en , \"R\"@en , \"Q\"@de ;\n"
        " k:altLabel \"A\" ; d:comment \"c\" .\nx:a x:r x:b .\n",
      0},
     0,
     3,
     "r x:r\nr x:r\nr x:r =R@en\nr x:r =R@en\nr x:r =Q@de\nt x:a x:r x:b\n"},
    {"edges described, together and scattered",
     {"f.ttl",
      X "@prefix d: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        "[] a d:Statement ; d:subject x:a ; d:predicate x:r ; d:object x:b ; x:w 1 ; x:by x:m .\n"
        "[] x:w 2 ; d:object x:b ; d:subject x:a ; d:predicate x:q .\n"
        "x:s a d:Statement ; d:subject x:c .\nx:a x:r x:b .\nx:s d:object x:d ; x:w 3 .\n"
        "x:e x:r x:f .\nx:s d:predicate x:r . x:s x:w 4 .\n",
      0},
     0,
     0,
     "t x:a x:r x:b {x:w: 1, x:by: \"x:m\"^^<http://www.w3.org/2000/01/rdf-schema#Resource>}\n"
     "t x:a x:q x:b {x:w: 2}\nt x:a x:r x:b\nt x:e x:r x:f\nt x:c x:r x:d {x:w: 3, x:w: 4}\n"},
    {"edges that are not described whole",
     {"f.ttl",
      X "@prefix d: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        "[] a d:Statement ; d:subject x:a ; d:predicate x:r ; d:object \"b\" ; x:w 1 .\n",
      0},
     0,
     3,
     ""},
    {"quads",
     {"f.nq", "<x:a> <x:r> <x:b> <x:g> .\nbad\n# c\n_:n <x:r>\t_:m .\n", 0},
     1,
     0,
     "t x:a x:r x:b {graph: \"x:g\"}\nt _:n x:r _:m\n"},
    {"graphs of what is no edge",
     {"f.nq", "<x:a> <x:p> \"v\" <x:g> .\n<x:a> <x:r> <x:b> <urn:kg:g%20h> .\n", 0},
     0,
     1,
     "t x:a x:r x:b {graph: \"g h\"}\ne x:a {x:p: \"v\"}\n"},
    {"graphs, with a fault in one",
     {"f.trig",
      X "x:g { x:a x:r x:b . x:a x:r <x: > ; x:q \"} .\" . x:c x:r x:d }\n"
        "GRAPH x:h { x:e x:r x:f }\nx:i x:r x:j .\n",
      0},
     1,
     0,
     "t x:a x:r x:b {graph: \"x:g\"}\nt x:c x:r x:d\n"
     "t x:e x:r x:f {graph: \"x:h\"}\nt x:i x:r x:j\n"},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rdf_case *c = &cases[i];
        const memory_file files[] = {c->file, {0}};
        const kg_import_options options = {.bad_tolerance = 5};
        recorder r = {0};
        kg_import_counts counts;
        kg_error err = KG_ERROR_INIT;
        kg_status st = record(&r, &counts, files, 1, &options, &err);
        if (st != KG_OK || strcmp(recorded(&r), c->read) != 0 || counts.bad != c->bad)
            print_error("case: %s\n  said: %s\n  read: %s  problems: %s\n", c->what, err.text,
                        recorded(&r), recorded_problems(&r));
        assert_int_equal(st, KG_OK);
        assert_string_equal(recorded(&r), c->read);
        assert_int_equal(counts.bad, c->bad);
        assert_int_equal(counts.dropped, c->dropped);
        recorder_free(&r);
    }
}

static void test_blank_nodes_are_their_files_own(void **state) {
    (void)state;
    static const memory_file files[] = {
        {"a.nt", "_:n <x:r> _:f1n .\n", 0}, {"b.nt", "_:n <x:r> <x:o> .\n", 0}, {0}};
    static const struct {
        uint64_t scope;
        const char *read;
    } loads[] = {{0, "t _:n x:r _:f1n\nt _:f1/n x:r x:o\n"},
                 {7, "t _:v7/n x:r _:v7/f1n\nt _:v7/f1/n x:r x:o\n"}};
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        recorder r = {0};
        const kg_import_options options = {.blank_scope = loads[i].scope};
        assert_int_equal(record(&r, NULL, files, 2, &options, NULL), KG_OK);
        assert_string_equal(recorded(&r), loads[i].read);
        recorder_free(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detection),
        cmocka_unit_test(test_where_statements_begin),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_blank_nodes_are_their_files_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
