#include "tests/import/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

typedef struct good {
    const char *what, *input;
    kg_import_options options;
    const char *expected;
    uint64_t dropped;
} good;

static const good goods[] = {
    {"three columns", "a\tr\tb\nb\tr\tc\n", {0}, "t a r b\nt b r c\n", 0},
    {"no end of line, and CRLF", "a\tr\tb\r\nb\tr\tc", {0}, "t a r b\nt b r c\n", 0},
    {"blank lines are nothing", "\na\tr\tb\n\n", {0}, "t a r b\n", 0},
    {"a header is told", "source\tmetaedge\ttarget\na\tr\tb\n", {0}, "t a r b\n", 0},
    {"a header in another order, with properties",
     "tail\tweight:float\thead\trelation\tnote@en\tx^^\nb\t0.5\ta\tr\tn\t(1 true)\nc\t\ta\tr\n",
     {0},
     "t a r b {weight: 0.5e0, note: \"n\"@en, x: (1 true)}\nt a r c\n",
     0},
    {"a header that is said not to be one",
     "head\trelation\ttail\n",
     {.header = KG_HEADER_NO},
     "t head relation tail\n",
     0},
    {"a header that only the option tells",
     "x\ty\tz\na\tr\tb\n",
     {.header = KG_HEADER_YES, .columns = "head,relation,tail"},
     "t a r b\n",
     0},
    {"five columns",
     "a\tA\tr\tb\tB\n",
     {.columns = "head,head_type,relation,tail,tail_type"},
     "t a(A) r b(B)\n",
     0},
    {"any order, with columns to ignore",
     "r\tx\tb\ta\ty\n",
     {.columns = "relation,-,tail,head,skip"},
     "t a r b\n",
     0},
    {"more columns than named",
     "a\tr\tb\tmore\tyet\n",
     {.columns = "head,relation,tail"},
     "t a r b\n",
     2},
    {"an empty type is no type",
     "a\t\tr\tb\tB\n",
     {.columns = "head,head_type,relation,tail,tail_type"},
     "t a r b(B)\n",
     0},
};

static void test_what_is_read(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        const memory_file files[] = {{"g.tsv", goods[i].input, 0}, {0}};
        recorder r = {0};
        kg_import_counts counts;
        kg_error err = KG_ERROR_INIT;
        kg_status st = record(&r, &counts, files, 1, &goods[i].options, &err);
        if (st != KG_OK || strcmp(recorded(&r), goods[i].expected) != 0)
            print_error("case: %s: %s\n", goods[i].what, err.text);
        assert_int_equal(st, KG_OK);
        assert_string_equal(recorded(&r), goods[i].expected);
        assert_int_equal(counts.dropped, goods[i].dropped);
        assert_string_equal(counts.format, "tsv");
        recorder_free(&r);
    }
}

typedef struct bad {
    const char *what, *input;
    size_t size; /* 0: up to the terminator */
    kg_import_options options;
    kg_status status;
    uint64_t line;
    const char *says; /* a part of the message */
} bad;

static const bad bads[] = {
    {"a column missing",
     "a\tr\tb\na\tr\n",
     0,
     {0},
     KG_ERR_FORMAT,
     2,
     "found 2 columns, expected 3"},
    {"an empty name", "a\t\tb\n", 0, {0}, KG_ERR_FORMAT, 1, "the relation is empty"},
    {"bad UTF-8", "a\tr\tb\xFF\n", 0, {0}, KG_ERR_FORMAT, 1, "0xFF at byte 6"},
    {"NUL", "a\tr\tb\0c\n", 8, {0}, KG_ERR_FORMAT, 1, "NUL at byte 6"},
    {"empty", "\n\n", 0, {.format = "tsv"}, KG_ERR_FORMAT, 0, "the file is empty"},
    {"not a table", "hello world\n", 0, {.format = "tsv"}, KG_ERR_FORMAT, 1, "found 1 column"},
    {"no format", "hello world\n", 0, {0}, KG_ERR_FORMAT, 0, "--format"},
    {"too many columns", "a\tb\tc\td\te\n", 0, {0}, KG_ERR_FORMAT, 1, "--columns"},
    {"an unknown column",
     "a\tr\tb\n",
     0,
     {.columns = "head,rel,tail"},
     KG_ERR_ARGUMENT,
     0,
     "\"rel\""},
    {"a column twice",
     "a\tr\tb\n",
     0,
     {.columns = "head,head,relation,tail"},
     KG_ERR_ARGUMENT,
     0,
     "names head twice"},
    {"a column not named",
     "a\tr\tb\n",
     0,
     {.columns = "head,tail"},
     KG_ERR_ARGUMENT,
     0,
     "must name"},
    {"a header without names",
     "x\ty\tz\n",
     0,
     {.header = KG_HEADER_YES},
     KG_ERR_FORMAT,
     1,
     "found the header"},
    {"a format there is not", "a\tr\tb\n", 0, {.format = "xls"}, KG_ERR_ARGUMENT, 0, "\"xls\""},
};

static void test_what_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        const memory_file files[] = {{"g.tsv", bads[i].input, bads[i].size}, {0}};
        recorder r = {0};
        kg_error err = KG_ERROR_INIT;
        kg_status st = record(&r, NULL, files, 1, &bads[i].options, &err);
        if (st != bads[i].status || !strstr(err.text, bads[i].says))
            print_error("case: %s: %s\n", bads[i].what, err.text);
        assert_int_equal(st, bads[i].status);
        assert_int_equal(err.line, bads[i].line);
        assert_non_null(strstr(err.text, bads[i].says));
        recorder_free(&r);
    }
}

static void test_bad_lines_within_the_tolerance_are_left_out(void **state) {
    (void)state;
    const memory_file files[] = {{"g.tsv", "a\tr\tb\nx\ny\nb\tr\tc\n", 0}, {0}};
    kg_import_options options = {.bad_tolerance = 2};
    recorder r = {0};
    kg_import_counts counts;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(record(&r, &counts, files, 1, &options, &err), KG_OK);
    assert_string_equal(recorded(&r), "t a r b\nt b r c\n");
    assert_int_equal(counts.bad, 2);
    assert_int_equal(counts.lines, 4);
    assert_int_equal(counts.triples, 2);
    assert_string_equal(recorded_problems(&r),
                        "g.tsv:2: found 1 column, expected 3 (head, relation, tail); complete the "
                        "line, or leave such lines out with --bad-tolerance\n"
                        "g.tsv:3: found 1 column, expected 3 (head, relation, tail); complete the "
                        "line, or leave such lines out with --bad-tolerance\n");
    recorder_free(&r);
    options.bad_tolerance = 1;
    recorder again = {0};
    assert_int_equal(record(&again, &counts, files, 1, &options, &err), KG_ERR_FORMAT);
    assert_int_equal(err.line, 3);
    assert_non_null(strstr(err.text, "one bad line more than --bad-tolerance 1 allows"));
    recorder_free(&again);
}

static void test_nodes_and_aliases_stand_beside(void **state) {
    (void)state;
    const memory_file files[] = {
        {"g.tsv", "a\tr\tb\n", 0},
        {"nodes", "id\tname\tkind\tscore\tlabel@zh\ts:string[]\na\tAlpha\tA\t3\tB\tx;y\nb\t\tB\n",
         0},
        {"aliases", "name\talias\na\tfirst\nb\tsecond\tx\n", 0},
        {0}};
    const kg_import_options options = {.nodes = "nodes", .aliases = "aliases"};
    recorder r = {0};
    kg_import_counts counts;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(record(&r, &counts, files, 1, &options, &err), KG_OK);
    assert_string_equal(recorded(&r),
                        "e a =Alpha (A) {score: \"3\", s: (\"x\" \"y\")}\ne a =B@zh\ne b (B)\n"
                        "t a r b\na a =first\na b =second\n");
    assert_int_equal(counts.dropped, 1);
    recorder_free(&r);
}

static void test_nodes_by_place_and_their_faults(void **state) {
    (void)state;
    const memory_file files[] = {{"g.tsv", "a\tr\tb\n", 0},
                                 {"nodes", "a\tAlpha\tA\n\tBeta\tB\nc\n", 0},
                                 {"aliases", "a\nb\t\nc\td\n", 0},
                                 {0}};
    const kg_import_options options = {.nodes = "nodes", .aliases = "aliases", .bad_tolerance = 3};
    recorder r = {0};
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(record(&r, NULL, files, 1, &options, &err), KG_OK);
    assert_string_equal(recorded(&r), "e a =Alpha (A)\ne c\nt a r b\na c =d\n");
    assert_string_equal(recorded_problems(&r),
                        "nodes:2: the identifier is missing; expected identifier, label and type "
                        "separated by tabs; complete the line\n"
                        "aliases:1: found 1 column, expected 2 (identifier, alias) separated "
                        "by tabs, neither empty; complete the line\n"
                        "aliases:2: found 2 columns, expected 2 (identifier, alias) separated "
                        "by tabs, neither empty; complete the line\n");
    recorder_free(&r);
}

static kg_status refuse_c(void *context, const kg_statement *s, kg_error *err) {
    if (kg_str_equal(s->tail, KG_STR("c")))
        return kg_error_set(err, KG_ERR_FORMAT, "c is refused");
    return record_statement(context, s, err);
}

static void test_what_the_sink_refuses_is_a_bad_line(void **state) {
    (void)state;
    char path[] = "/tmp/kg_tsv_XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    fputs("a\tr\tb\na\tr\tc\na\tr\td\n", f);
    fclose(f);
    const char *paths[] = {path};
    recorder r = {0};
    kg_import_options options = {.bad_tolerance = 1};
    kg_import_counts counts;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_import_read(&counts, paths, 1, &options, refuse_c, &r, &err), KG_OK);
    assert_string_equal(recorded(&r), "t a r b\nt a r d\n");
    assert_int_equal(counts.bad, 1);
    assert_int_equal(counts.triples, 2);
    options.bad_tolerance = 0;
    assert_int_equal(kg_import_read(&counts, paths, 1, &options, refuse_c, &r, &err),
                     KG_ERR_FORMAT);
    assert_string_equal(err.text, "c is refused");
    assert_int_equal(err.line, 2);
    recorder_free(&r);
    remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_bad_lines_within_the_tolerance_are_left_out),
        cmocka_unit_test(test_nodes_and_aliases_stand_beside),
        cmocka_unit_test(test_nodes_by_place_and_their_faults),
        cmocka_unit_test(test_what_the_sink_refuses_is_a_bad_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
