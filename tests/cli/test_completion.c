/* What the Tab key offers in the shell, on a store of 300,000 names: a screenful at most, found by
 * looking up no more records than that. */
#include "cli/shell.h"
#include "kgstore/kgstore.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { NAMES = 300000, LIMIT = 200 };

static char folder[32];
static kg_shell shell;

static void add(kg_bulk *bulk, kg_statement_kind kind, const char *name) {
    kg_error err = KG_ERROR_INIT;
    kg_statement s = KG_STATEMENT_INIT(kind);
    *(kind == KG_STATEMENT_RELATION ? &s.relation : &s.head) = kg_str_from(name);
    if (kg_bulk_statement(bulk, &s, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static int set_up(void **state) {
    (void)state;
    char path[64], name[32];
    kg_bulk_options options = {0};
    kg_bulk_report report;
    kg_bulk *bulk;
    kg_error err = KG_ERROR_INIT;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    assert_int_equal(kg_bulk_begin(&bulk, path, &options, &err), KG_OK);
    for (unsigned i = 0; i < NAMES; ++i) {
        snprintf(name, sizeof name, "%s%06u", i % 2 ? "糖尿病" : "糖 ", i);
        add(bulk, KG_STATEMENT_ENTITY, name);
    }
    add(bulk, KG_STATEMENT_ENTITY, "zebra");
    add(bulk, KG_STATEMENT_RELATION, "causes");
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
    return kg_shell_open(&shell, path, KG_MODE_TSV, &err) == KG_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    kg_shell_close(&shell);
    remove_tree(folder);
    return 0;
}

typedef struct offered {
    unsigned count;
    char first[64], last[64];
} offered;

static kg_status note(void *context, kg_str name, kg_id id) {
    offered *o = context;
    (void)id;
    snprintf(o->last, sizeof o->last, "%.*s", (int)name.len, name.data);
    if (o->count++ == 0)
        memcpy(o->first, o->last, sizeof o->first);
    return KG_OK;
}

static const struct {
    const char *before, *word; /* the line, and its unfinished word */
    unsigned count;
    const char *first, *last;
} cases[] = {
    {"", "des", 1, "describe", "describe"},
    {"", ".mo", 1, ".mode", ".mode"},
    {"", "nothing", 0, "", ""},
    {"explain ", "to", 1, "top", "top"},
    {"top ", "糖", LIMIT, "糖 000000", "糖 000398"},
    {"top ", "糖尿病2999", 50, "糖尿病299901", "糖尿病299999"},
    {"path zebra ", "糖尿病123457", 1, "糖尿病123457", "糖尿病123457"},
    {"explain out ", "ze", 1, "zebra", "zebra"},
    {"top ", "糖尿病9", 0, "", ""},
    {"top ", "", LIMIT, "zebra", "糖 000396"},
    {"add zebra ", "ca", 1, "causes", "causes"},
    {"add zebra causes ", "z", 1, "zebra", "zebra"},
    {"del ", "ca", 0, "", ""},
};

static void test_what_is_offered(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char line[128];
        offered o = {0};
        kg_reads reads = {0};
        snprintf(line, sizeof line, "%s%s", cases[i].before, cases[i].word);
        kg_snapshot_count(shell.session.snapshot, &reads);
        assert_int_equal(
            kg_shell_complete(&shell, kg_str_from(line), strlen(cases[i].before), LIMIT, note, &o),
            KG_OK);
        kg_snapshot_count(shell.session.snapshot, NULL);
        if (o.count != cases[i].count || strcmp(o.first, cases[i].first) != 0 ||
            strcmp(o.last, cases[i].last) != 0)
            fail_msg("\"%s\": %u names, \"%s\" to \"%s\"", line, o.count, o.first, o.last);
        assert_true(reads.records <= LIMIT + 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_offered)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
