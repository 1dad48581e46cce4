/* Every setting that the manual and the READMEs show, as NAME=VALUE, is one that its trainer takes.
 */
#include "plugins/host/schema.h"

#include "kgstore/base/array.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A page, and the trainers that its settings may be of. */
static const struct {
    const char *page, *schemas[3];
    size_t least;   /* examples that it has */
    bool after_set; /* other programs' settings are shown too: only what follows --set */
} pages[] = {
    {"cli/man/kg-train.1", {"smedbert", NULL}, 3, false},
    {"cli/man/kg-pretrain.1", {"smedbert", NULL}, 3, false},
    {"cli/man/kg-embed.1", {"transr", NULL}, 3, false},
    {"cli/man/kg-ner-train.1", {"ner", NULL}, 8, false},
    {"cli/man/kg-tune.1", {"tune", NULL}, 8, false},
    {"README.md", {"smedbert", "transr", NULL}, 1, true},
    {"plugins/smedbert/README.md", {"smedbert", "ner", "tune"}, 10, false},
};

static json_t *read_schema(const char *name) {
    char path[512];
    json_t *schema;
    kg_error err = KG_ERROR_INIT;
    snprintf(path, sizeof path, KG_SOURCE_DIR "/schemas/%s.schema.json", name);
    if (kg_json_read(&schema, path, &err) != KG_OK)
        fail_msg("%s", err.text);
    json_object_del(schema, "required");
    return schema;
}

/* Whether a trainer takes the setting, which is of the form a.b=VALUE. */
static bool takes(const char *trainer, const char *setting, kg_error *err) {
    json_t *schema = read_schema(trainer), *config = json_object();
    json_object_set_new(json_object_get(schema, "properties"), "run", read_schema("run"));
    kg_status st = kg_schema_set(config, setting, err);
    if (st == KG_OK)
        st = kg_schema_apply(config, schema, trainer, err);
    json_decref(schema);
    json_decref(config);
    return st == KG_OK;
}

/* The page without the marks of roff. */
static char *read_page(const char *page) {
    char path[512];
    kg_bytes text = KG_ARRAY_INIT;
    snprintf(path, sizeof path, KG_SOURCE_DIR "/%s", page);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        if (c == '\\' && (c = fgetc(file)) == 'f') {
            fgetc(file);
            continue;
        }
        assert_int_equal(kg_array_push(&text, (char)c), KG_OK);
    }
    assert_int_equal(kg_array_push(&text, '\0'), KG_OK);
    fclose(file);
    return text.data;
}

static void test_settings_shown(void **state) {
    (void)state;
    regex_t form;
    /* In man pages a value ends before a period, in READMEs before a backquote. */
    assert_int_equal(regcomp(&form, "[a-z][a-z0-9_]*(\\.[a-z_]+)?=[]A-Za-z0-9./[\"]*[]A-Za-z0-9\"]",
                             REG_EXTENDED),
                     0);
    for (size_t p = 0; p < sizeof pages / sizeof *pages; p++) {
        char *text = read_page(pages[p].page), *at = text;
        regmatch_t found;
        size_t count = 0;
        for (; regexec(&form, at, 1, &found, 0) == 0; at += found.rm_eo) {
            const char *start = at + found.rm_so;
            char setting[128];
            kg_error err = KG_ERROR_INIT;
            if (pages[p].after_set && (start < text + 6 || memcmp(start - 6, "--set ", 6) != 0))
                continue;
            count++;
            snprintf(setting, sizeof setting, "%.*s", (int)(found.rm_eo - found.rm_so), start);
            bool taken = false;
            for (size_t t = 0; !taken && t < 3 && pages[p].schemas[t]; t++)
                taken = takes(pages[p].schemas[t], setting, &err);
            if (!taken)
                fail_msg("%s shows %s: %s", pages[p].page, setting, err.text);
        }
        if (count < pages[p].least)
            fail_msg("%s: only %zu settings were found", pages[p].page, count);
        free(text);
    }
    regfree(&form);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_settings_shown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
