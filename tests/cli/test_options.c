#include "kgstore/base/nearest.h"
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

typedef struct settings {
    bool quick;
    const char *file;
    kg_texts sets;
    uint64_t count, memory;
    double damping;
    int format;
} settings;

static const kg_option table[] = {
    {"quick", 'q', KG_OPTION_FLAG, offsetof(settings, quick), NULL, "be quick"},
    {"file", 'f', KG_OPTION_TEXT, offsetof(settings, file), "FILE", "a file"},
    {"set", 0, KG_OPTION_LIST, offsetof(settings, sets), "K=V", "a setting"},
    {"count", 'k', KG_OPTION_COUNT, offsetof(settings, count), "N", "how many"},
    {"memory", 0, KG_OPTION_SIZE, offsetof(settings, memory), "SIZE", "memory"},
    {"damping", 0, KG_OPTION_REAL, offsetof(settings, damping), "D", "damping"},
    {"format", 0, KG_OPTION_CHOICE, offsetof(settings, format), "tsv|openke|neo4j", "format"},
    {0}};

static void test_values_of_each_kind(void **state) {
    (void)state;
    static const char *const words[] = {
        "a",         "-q",   "--file=x=y", "--set", "k=v", "--set=l=w", "-k7", "--memory", "2G",
        "--damping", "-0.5", "--format",   "neo4j", "-",   "--",        "-z",  "--json"};
    settings s = {.count = 1};
    kg_parsed parsed;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(
        kg_options_parse(&parsed, &s, table, words, sizeof words / sizeof *words, &err), KG_OK);
    assert_true(s.quick);
    assert_string_equal(s.file, "x=y");
    assert_int_equal(s.sets.len, 2);
    assert_string_equal(s.sets.data[1], "l=w");
    assert_int_equal(s.count, 7);
    assert_int_equal(s.memory, UINT64_C(2) << 30);
    assert_true(s.damping == -0.5);
    assert_int_equal(s.format, 2);
    assert_int_equal(parsed.args.len, 4);
    assert_string_equal(parsed.args.data[1], "-");
    assert_string_equal(parsed.args.data[3], "--json");
    assert_null(parsed.args.data[4]);
    assert_false(parsed.common.json);
    kg_options_free(&parsed, &s, table);
}

static void test_errors_say_what_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *words[2];
        size_t n;
        const char *text;
    } cases[] = {
        {{"--qiuck"}, 1, "unknown option --qiuck; did you mean --quick?"},
        {{"--fromat=tsv"}, 1, "unknown option --fromat; did you mean --format?"},
        {{"-x"}, 1, "unknown option -x"},
        {{"--file"}, 1, "found --file without a value; expected --file FILE"},
        {{"--quick=1"}, 1, "found --quick=1; expected no value"},
        {{"-k", "many"}, 2, "found -k \"many\"; expected a whole number, 0 or more"},
        {{"-k", "-1"}, 2, "found -k \"-1\"; expected a whole number, 0 or more"},
        {{"-k", "99999999999999999999"},
         2,
         "found -k \"99999999999999999999\"; expected a whole number, 0 or more"},
        {{"--memory", "2X"}, 2, "found --memory \"2X\"; expected a size such as 512M or 2G"},
        {{"--memory", "99999999999T"},
         2,
         "found --memory \"99999999999T\"; expected a size such as 512M or 2G"},
        {{"--damping", "nan"}, 2, "found --damping \"nan\"; expected a number"},
        {{"--format", "ts"}, 2, "found --format \"ts\"; expected one of tsv|openke|neo4j"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        settings s = {0};
        kg_parsed parsed;
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(kg_options_parse(&parsed, &s, table, cases[i].words, cases[i].n, &err),
                         KG_ERR_ARGUMENT);
        assert_string_equal(err.text, cases[i].text);
        kg_options_free(&parsed, &s, table);
    }
}

static void test_edit_distance(void **state) {
    (void)state;
    assert_int_equal(kg_edit_distance("", "abc"), 3);
    assert_int_equal(kg_edit_distance("import", "imprt"), 1);
    assert_int_equal(kg_edit_distance("import", "improt"), 1);
    assert_int_equal(kg_edit_distance("kitten", "sitting"), 3);
    assert_int_equal(kg_edit_distance("abcdef", "badcfe"), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_each_kind),
        cmocka_unit_test(test_errors_say_what_is_wrong),
        cmocka_unit_test(test_edit_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
