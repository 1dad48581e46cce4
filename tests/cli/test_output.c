#include "cli/output.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void fill(kg_result *r) {
    static const char *const names[] = {"name", "n", "weight", "types"};
    kg_str *items;
    kg_result_columns(r, KG_SHAPE_ROWS, names, 4);
    kg_result_text(r, KG_STR("药物"));
    kg_result_integer(r, 7);
    kg_result_real(r, 0.1);
    kg_result_texts(&items, r, 2);
    items[0] = kg_result_copy(r, KG_STR("a"));
    items[1] = kg_result_copy(r, KG_STR("b"));
    kg_result_text(r, KG_STR("x\t|\"\\,\n"));
    kg_result_integer(r, -12);
    kg_result_real(r, 1.0 / 3);
    kg_result_none(r);
    assert_int_equal(r->status, KG_OK);
}

static void expect(const kg_result *r, kg_output_mode mode, const char *expected) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_int_equal(kg_output_result(to, r, mode), KG_OK);
    fclose(to);
    assert_string_equal(text, expected);
    free(text);
}

static void test_what_people_see(void **state) {
    (void)state;
    static const char *const names[] = {"to", "direction", "label"};
    static const unsigned char shown[] = {2, 1};
    kg_result r = KG_RESULT_INIT;
    kg_result_columns(&r, KG_SHAPE_ROWS, names, 3);
    kg_result_show(&r, shown, 2);
    for (int32_t direction = 1; direction >= -1; --direction) {
        kg_result_text(&r, KG_STR("Q1"));
        kg_result_arrow(&r, direction);
        kg_result_text(&r, KG_STR("one"));
    }
    expect(&r, KG_MODE_TABLE, "label  direction\none    →\none    ↔\none    ←\n");
    expect(&r, KG_MODE_TSV, "Q1\t1\tone\nQ1\t0\tone\nQ1\t-1\tone\n");
    expect(&r, KG_MODE_JSONL,
           "{\"to\": \"Q1\", \"direction\": 1, \"label\": \"one\"}\n"
           "{\"to\": \"Q1\", \"direction\": 0, \"label\": \"one\"}\n"
           "{\"to\": \"Q1\", \"direction\": -1, \"label\": \"one\"}\n");
    expect(&r, KG_MODE_MARKDOWN,
           "| to | direction | label |\n| --- | --- | --- |\n| Q1 | 1 | one |\n| Q1 | 0 | one |\n"
           "| Q1 | -1 | one |\n");
    kg_result_columns(&r, KG_SHAPE_RECORD, names, 3);
    kg_result_show(&r, shown, 1);
    kg_result_text(&r, KG_STR("Q1"));
    kg_result_arrow(&r, 1);
    kg_result_text(&r, KG_STR("one"));
    expect(&r, KG_MODE_TABLE, "label  one\n");
    expect(&r, KG_MODE_TSV, "to\tQ1\ndirection\t1\nlabel\tone\n");
    kg_result_free(&r);
}

static void test_rows_in_every_mode(void **state) {
    (void)state;
    kg_result r = KG_RESULT_INIT;
    fill(&r);
    expect(&r, KG_MODE_TABLE,
           "name             n    weight  types\n"
           "药物             7       0.1  a, b\n"
           "x\\x09|\"\\,\\x0a  -12  0.333333  \n");
    expect(&r, KG_MODE_TSV, "药物\t7\t0.1\ta, b\nx\\t|\"\\\\,\\n\t-12\t0.3333333333333333\t\n");
    expect(&r, KG_MODE_CSV,
           "name,n,weight,types\r\n药物,7,0.1,\"a, b\"\r\n"
           "\"x\t|\"\"\\,\n\",-12,0.3333333333333333,\r\n");
    expect(&r, KG_MODE_JSON,
           "[{\"name\": \"药物\", \"n\": 7, \"weight\": 0.1, \"types\": [\"a\", \"b\"]},\n"
           " {\"name\": \"x\\t|\\\"\\\\,\\n\", \"n\": -12, \"weight\": 0.3333333333333333, "
           "\"types\": null}]\n");
    expect(&r, KG_MODE_JSONL,
           "{\"name\": \"药物\", \"n\": 7, \"weight\": 0.1, \"types\": [\"a\", \"b\"]}\n"
           "{\"name\": \"x\\t|\\\"\\\\,\\n\", \"n\": -12, \"weight\": 0.3333333333333333, "
           "\"types\": null}\n");
    expect(&r, KG_MODE_MARKDOWN,
           "| name | n | weight | types |\n| --- | --- | --- | --- |\n"
           "| 药物 | 7 | 0.1 | a, b |\n| x\t\\|\"\\\\,  | -12 | 0.333333 |  |\n");
    kg_result_free(&r);
}

static void test_csv_without_formulas(void **state) {
    (void)state;
    static const char *const texts[] = {"=1+1", "+1", "-1", "@x", "\tx", "\rx", "'x", "x=", "=a,b"};
    static const char *const columns[] = {"text", "number"};
    kg_result r = KG_RESULT_INIT;
    kg_str *items;
    kg_result_columns(&r, KG_SHAPE_ROWS, columns, 2);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        kg_result_text(&r, kg_str_from(texts[i]));
        kg_result_integer(&r, -1);
    }
    kg_result_texts(&items, &r, 1);
    items[0] = KG_STR("=list");
    kg_result_real(&r, -0.5);
    expect(&r, KG_MODE_CSV_SAFE,
           "text,number\r\n'=1+1,-1\r\n'+1,-1\r\n'-1,-1\r\n'@x,-1\r\n'\tx,-1\r\n"
           "\"'\rx\",-1\r\n'x,-1\r\nx=,-1\r\n\"'=a,b\",-1\r\n'=list,-0.5\r\n");
    kg_result_free(&r);
}

static void test_record_and_list(void **state) {
    (void)state;
    static const char *const record[] = {"entities", "ranked"};
    static const char *const list[] = {"type"};
    kg_result r = KG_RESULT_INIT;
    kg_result_columns(&r, KG_SHAPE_RECORD, record, 2);
    kg_result_integer(&r, 5);
    kg_result_bool(&r, true);
    expect(&r, KG_MODE_JSON, "{\"entities\": 5, \"ranked\": true}\n");
    expect(&r, KG_MODE_TABLE, "entities  5\nranked    yes\n");
    expect(&r, KG_MODE_TSV, "entities\t5\nranked\tyes\n");
    kg_result_columns(&r, KG_SHAPE_LIST, list, 1);
    expect(&r, KG_MODE_JSON, "[]\n");
    kg_result_text(&r, KG_STR("疾病"));
    expect(&r, KG_MODE_JSON, "[\"疾病\"]\n");
    expect(&r, KG_MODE_TSV, "疾病\n");
    kg_result_free(&r);
}

static void test_json_replaces_bad_bytes(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    kg_output_json_text(to, KG_STR("a\xFFz\x01"));
    kg_output_real(to, INFINITY);
    fclose(to);
    assert_string_equal(text, "\"a\xEF\xBF\xBDz\\u0001\"null");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_in_every_mode),      cmocka_unit_test(test_what_people_see),
        cmocka_unit_test(test_csv_without_formulas),    cmocka_unit_test(test_record_and_list),
        cmocka_unit_test(test_json_replaces_bad_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
