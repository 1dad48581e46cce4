/* Every example in schemas/ is right by its schema, and what a run writes is too. */
#include "plugins/host/schema.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SCHEMAS KG_SOURCE_DIR "/schemas/"

static json_t *load(const char *path) {
    json_error_t at;
    json_t *value = json_load_file(path, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &at);
    if (!value)
        fail_msg("%s:%d: %s", path, at.line, at.text);
    return value;
}

/* A value of any type is checked as the member of an object. */
static void check(json_t *value, json_t *schema, const char *name) {
    kg_error err = KG_ERROR_INIT;
    json_t *outer = json_pack("{s:{s:O}}", "properties", "it", schema);
    json_t *holder = json_pack("{s:O}", "it", value);
    if (kg_schema_apply(holder, outer, name, &err) != KG_OK)
        fail_msg("%s", err.text);
    json_decref(holder);
    json_decref(outer);
}

static void test_examples(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob(SCHEMAS "*.schema.json", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 3);
    for (size_t i = 0; i < found.gl_pathc; ++i) {
        char path[512];
        const char *suffix = strstr(found.gl_pathv[i], ".schema.json");
        snprintf(path, sizeof path, "%.*s.example.json", (int)(suffix - found.gl_pathv[i]),
                 found.gl_pathv[i]);
        json_t *schema = load(found.gl_pathv[i]), *example = load(path);
        json_t *properties = json_object_get(schema, "properties");
        /* A trainer's configuration holds the host's part too. */
        if (json_object_get(example, "run") && !json_object_get(properties, "run"))
            json_object_set_new(properties, "run", load(SCHEMAS "run.schema.json"));
        check(example, schema, path);
        json_decref(schema);
        json_decref(example);
    }
    globfree(&found);
}

/* kg pretrain --show takes a run's configuration: the trainer's, and the host's part of it. */
static void test_shown_configurations(void **state) {
    (void)state;
    json_t *trainer = load(SCHEMAS "smedbert.schema.json");
    json_t *show = load(SCHEMAS "smedbert.show.schema.json"), *properties = NULL;
    assert_int_equal(
        json_unpack(show, "{s:{s:{s:o}}}", "properties", "config", "properties", &properties), 0);
    assert_int_equal(json_object_del(properties, "run"), 0);
    assert_true(json_equal(properties, json_object_get(trainer, "properties")));
    json_decref(trainer);
    json_decref(show);
}

static void test_what_a_run_writes(void **state) {
    (void)state;
    char folder[] = "/tmp/kg-schemas-XXXXXX", command[1024], path[128], line[4096];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command,
             KG_PROGRAM " train template --plugin " KG_TEMPLATE " --out %s/run --set run.steps=25 "
                        "--set run.evaluate_every=10 >/dev/null 2>&1",
             folder);
    assert_int_equal(system(command), 0);
    json_t *schema = load(SCHEMAS "metrics.schema.json");
    snprintf(path, sizeof path, "%s/run/metrics.jsonl", folder);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t lines = 0;
    while (fgets(line, sizeof line, f)) {
        json_t *object = json_loads(line, 0, NULL);
        check(object, schema, "a line of metrics.jsonl");
        json_decref(object);
        ++lines;
    }
    fclose(f);
    assert_int_equal(lines, 2 + 3 + 1);
    json_decref(schema);
    schema = load(SCHEMAS "state.schema.json");
    snprintf(path, sizeof path, "%s/run/last/state.json", folder);
    json_t *written = load(path);
    check(written, schema, "state.json");
    json_decref(written);
    json_decref(schema);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_shown_configurations),
        cmocka_unit_test(test_what_a_run_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
