#include "plugins/host/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char schema_text[] =
    "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"corpus\"],"
    " \"properties\": {"
    "  \"corpus\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": \"string\"}},"
    "  \"learning_rate\": {\"type\": \"number\", \"exclusiveMinimum\": 0, \"default\": 0.5},"
    "  \"layers\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 48, \"default\": 4},"
    "  \"norm\": {\"enum\": [\"l1\", \"l2\"], \"default\": \"l1\"},"
    "  \"init\": {\"type\": [\"string\", \"null\"], \"default\": null},"
    "  \"run\": {\"type\": \"object\", \"default\": {}, \"additionalProperties\": false,"
    "   \"properties\": {\"steps\": {\"type\": \"integer\", \"default\": 7}}}},"
    " \"renamed\": {\"depth\": \"layers\"}}";

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static void test_values_and_messages(void **state) {
    (void)state;
    static const struct {
        const char *value, *message; /* message "": it is right */
    } cases[] = {
        {"{\"corpus\": [\"a\"]}", ""},
        {"{\"corpus\": [\"a\"], \"layers\": 48, \"learning_rate\": 1, \"init\": \"x\"}", ""},
        {"{}", "c: \"corpus\" is missing; give it"},
        {"[]", "c is not a JSON object"},
        {"{\"corpus\": []}", "c: \"corpus\" is []; expected a list of at least 1"},
        {"{\"corpus\": [\"a\", 3]}", "c: \"corpus[1]\" is 3; expected a string"},
        {"{\"corpus\": \"a\"}", "c: \"corpus\" is \"a\"; expected a list"},
        {"{\"corpus\": [\"a\"], \"lerning_rate\": 1}",
         "c: \"lerning_rate\" is not a known setting; did you mean \"learning_rate\"?"},
        {"{\"corpus\": [\"a\"], \"zzz\": 1}", "c: \"zzz\" is not a known setting"},
        {"{\"corpus\": [\"a\"], \"depth\": 1}", "c: \"depth\" is now called \"layers\""},
        {"{\"corpus\": [\"a\"], \"learning_rate\": 0}",
         "c: \"learning_rate\" is 0; expected more than 0"},
        {"{\"corpus\": [\"a\"], \"layers\": 0}", "c: \"layers\" is 0; expected at least 1"},
        {"{\"corpus\": [\"a\"], \"layers\": 49}", "c: \"layers\" is 49; expected at most 48"},
        {"{\"corpus\": [\"a\"], \"layers\": 1.5}", "c: \"layers\" is 1.5; expected a whole number"},
        {"{\"corpus\": [\"a\"], \"norm\": \"l3\"}",
         "c: \"norm\" is \"l3\"; expected one of [\"l1\",\"l2\"]"},
        {"{\"corpus\": [\"a\"], \"init\": 1}", "c: \"init\" is 1; expected a string or null"},
        {"{\"corpus\": [\"a\"], \"run\": {\"stepz\": 1}}",
         "c: \"run.stepz\" is not a known setting; did you mean \"steps\"?"},
        {"{\"corpus\": [\"a\"], \"run\": {\"steps\": \"many\"}}",
         "c: \"run.steps\" is \"many\"; expected a whole number"},
        {"{\"corpus\": [\"a\"], \"run\": true}", "c: \"run\" is true; expected an object"},
    };
    json_t *schema = parse(schema_text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        kg_error err = KG_ERROR_INIT;
        json_t *value = parse(cases[i].value);
        kg_status st = kg_schema_apply(value, schema, "c", &err);
        assert_string_equal(err.text, cases[i].message);
        assert_int_equal(st, *cases[i].message ? KG_ERR_FORMAT : KG_OK);
        json_decref(value);
    }
    json_decref(schema);
}

static void test_defaults_are_filled(void **state) {
    (void)state;
    json_t *schema = parse(schema_text), *value = parse("{\"corpus\": [\"a\"], \"layers\": 2}");
    json_t *expected = parse("{\"corpus\": [\"a\"], \"layers\": 2, \"learning_rate\": 0.5, "
                             "\"norm\": \"l1\", \"init\": null, \"run\": {\"steps\": 7}}");
    assert_int_equal(kg_schema_apply(value, schema, "c", NULL), KG_OK);
    assert_true(json_equal(value, expected));
    json_decref(value);
    json_decref(expected);
    json_decref(schema);
}

static void test_assignments(void **state) {
    (void)state;
    static const struct {
        const char *text, *result; /* result NULL: refused */
    } cases[] = {
        {"a=1", "{\"a\": 1, \"run\": {\"steps\": 3}}"},
        {"run.steps=4", "{\"run\": {\"steps\": 4}}"},
        {"run.seed=4", "{\"run\": {\"steps\": 3, \"seed\": 4}}"},
        {"model.size=mini", "{\"run\": {\"steps\": 3}, \"model\": {\"size\": \"mini\"}}"},
        {"kg=false", "{\"run\": {\"steps\": 3}, \"kg\": false}"},
        {"paths=[\"a=b\"]", "{\"run\": {\"steps\": 3}, \"paths\": [\"a=b\"]}"},
        {"text=a=b", "{\"run\": {\"steps\": 3}, \"text\": \"a=b\"}"},
        {"empty=", "{\"run\": {\"steps\": 3}, \"empty\": \"\"}"},
        {"run.steps.x=1", NULL},
        {"nothing", NULL},
        {"=1", NULL},
        {"a..b=1", NULL},
        {".a=1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        kg_error err = KG_ERROR_INIT;
        json_t *root = parse("{\"run\": {\"steps\": 3}}");
        kg_status st = kg_schema_set(root, cases[i].text, &err);
        if (cases[i].result) {
            json_t *expected = parse(cases[i].result);
            assert_int_equal(st, KG_OK);
            assert_true(json_equal(root, expected));
            json_decref(expected);
        } else {
            assert_int_equal(st, KG_ERR_ARGUMENT);
            assert_true(err.text[0] != '\0');
        }
        json_decref(root);
    }
}

static void test_files(void **state) {
    (void)state;
    char path[] = "/tmp/kg-schema-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs("{\n \"a\": 1,\n \"b\" 2\n}\n", f);
    fclose(f);
    kg_error err = KG_ERROR_INIT;
    json_t *value;
    assert_int_equal(kg_json_read(&value, path, &err), KG_ERR_FORMAT);
    assert_int_equal(err.line, 3);
    assert_string_equal(err.file, path);
    remove(path);
    assert_int_equal(kg_json_read(&value, path, &err), KG_ERR_NOT_FOUND);
    assert_int_equal(kg_json_read(&value, "/tmp", &err), KG_ERR_FORMAT);
    assert_null(value);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_and_messages),
        cmocka_unit_test(test_defaults_are_filled),
        cmocka_unit_test(test_assignments),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
