/* What the Tab key offers in the shell, on a store of 300,000 names: a screenful at most, found by
 * looking up no more records than that. */
#include "cli/cyphercomplete.h"
#include "cli/shell.h"
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/plan.h"
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

static void add_typed(kg_bulk *bulk, const char *name, const char *type) {
    kg_error err = KG_ERROR_INIT;
    const kg_property stripes = {KG_STR("stripes"), kg_value_integer(40)};
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = kg_str_from(name), s.head_type = kg_str_from(type);
    s.properties = &stripes, s.n_properties = 1;
    if (kg_bulk_statement(bulk, &s, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static void add_alias(kg_bulk *bulk, const char *name, const char *alias) {
    kg_error err = KG_ERROR_INIT;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    s.head = kg_str_from(name), s.label = kg_str_from(alias);
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
    add(bulk, KG_STATEMENT_RELATION, "is caused by");
    add_typed(bulk, "zebra", "animal");
    add_alias(bulk, "zebra", "Striped horse");
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
    {"MATCH (n:", "an", 1, "animal", "animal"},
    {"MATCH (n)-[:", "", 2, "causes", "`is caused by`"},
    {"MATCH (n)-[r:causes|", "`is", 1, "`is caused by`", "`is caused by`"},
    {"MATCH (n) RETURN n.", "s", 1, "stripes", "stripes"},
    {"MATCH (n {s:", "an", 2, "any", "AND"},
    {"MATCH (zone) WITH zone AS zoo RETURN ", "ZO", 2, "zone", "zoo"},
    {"MATCH (n) RETURN ", "toup", 1, "toUpper", "toUpper"},
    {"MATCH (n) ", "optional", 1, "OPTIONAL", "OPTIONAL"},
    {"CALL kg.", "n", 1, "neighbours", "neighbours"},
    {"RETURN $", "", 0, "", ""},
    {"MATCH (n {name: 'it: ", "ze", 1, "zebra", "zebra"},
    {"merge (n:", "an", 1, "animal", "animal"},
    {"merge ", "ze", 1, "zebra", "zebra"},
    {"top ", "strip", 1, "Striped horse", "Striped horse"},
    {"MATCH (n {name: '", "Strip", 1, "Striped horse", "Striped horse"},
    {".mode ", "json", 2, "json", "jsonl"},
    {".weights ", "", 2, "pagerank", "pepr"},
    {".timer ", "of", 1, "off", "off"},
    {"help ", ".w", 1, ".weights", ".weights"},
    {"", "q", 1, "quit", "quit"},
    {"top zebra ", "--m", 1, "--mode", "--mode"},
    {"explain top zebra --weights ", "pe", 1, "pepr", "pepr"},
    {"top zebra --mode ", "t", 2, "table", "tsv"},
    {"count --by ", "", 2, "relation", "type"},
    {"path zebra --relation ", "is", 1, "is caused by", "is caused by"},
    {"top zebra -k ", "", 0, "", ""},
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

static void test_files(void **state) {
    (void)state;
    offered o = {0};
    char line[128], wanted[128];
    snprintf(line, sizeof line, ".read %s/st", folder);
    snprintf(wanted, sizeof wanted, "%s/store/", folder);
    assert_int_equal(kg_shell_complete(&shell, kg_str_from(line), 6, LIMIT, note, &o), KG_OK);
    assert_string_equal(o.first, wanted);
    assert_int_equal(o.count, 1);
}

static void test_query_of_several_lines(void **state) {
    (void)state;
    offered o = {0};
    kg_shell_line(&shell, KG_STR("MATCH (n)-[r"), NULL, 0);
    assert_int_equal(kg_shell_complete(&shell, KG_STR("  :c"), 3, LIMIT, note, &o), KG_OK);
    kg_shell_forget(&shell);
    assert_string_equal(o.first, "causes");
    assert_int_equal(o.count, 1);
}

static bool is_offered(const char *name) {
    for (const char *const *f = kg_cypher_functions; *f; f++)
        if (strcmp(*f, name) == 0)
            return true;
    return false;
}

/* What is offered is there, and the other way round. */
static void test_functions(void **state) {
    (void)state;
    static const char *const FORMS[] = {
        "all", "any", "none", "single", "reduce", "shortestPath", "allShortestPaths"};
    static const cy_function *const TABLES[] = {cy_functions_graph, cy_functions_list,
                                                cy_functions_text, cy_functions_number,
                                                cy_functions_time};
    size_t n = sizeof FORMS / sizeof *FORMS + cy_builtin_procedures.count, offered_count = 0;
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++)
        for (const cy_function *f = TABLES[i]; f->name; f++, n++)
            if (!is_offered(f->name))
                fail_msg("%s is not offered", f->name);
    for (size_t i = 0; i < cy_builtin_procedures.count; i++)
        if (!is_offered(cy_builtin_procedures.items[i].name))
            fail_msg("%s is not offered", cy_builtin_procedures.items[i].name);
    while (kg_cypher_functions[offered_count])
        offered_count++;
    assert_int_equal(offered_count, n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_offered), cmocka_unit_test(test_files),
        cmocka_unit_test(test_query_of_several_lines), cmocka_unit_test(test_functions)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
