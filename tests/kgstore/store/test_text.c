/* What is no text stays out of a store, whichever part of a statement it stands in and whoever
 * writes: nothing of the statement is kept, and the error names the place and the byte. */
#include "store_tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *name, *text, *byte;
    size_t len;
} bad[] = {
    {"GBK", "\xB8\xD0\xC3\xB0", "0xB8 at byte 1", 4},
    {"Latin-1", "caf\xE9", "0xE9 at byte 4", 4},
    {"overlong", "a\xC0\xAF", "0xC0 at byte 2", 3},
    {"overlong of three", "abcdefgh\xE0\x80\xAF", "0xE0 at byte 9", 11},
    {"surrogate", "\xED\xA0\x80", "0xED at byte 1", 3},
    {"beyond U+10FFFF", "\xF4\x90\x80\x80", "0xF4 at byte 1", 4},
    {"cut short", "\xE6\x84\x9F\xE5\x86", "0xE5 at byte 4", 5},
    {"NUL", "a\0b", "a NUL at byte 2", 3},
    {"NUL after a word", "abcdefghi\0", "a NUL at byte 10", 10},
};

/* The places where a statement has text; a statement with the text at one of them. */
enum { PLACES = 11 };

static kg_statement statement_with(size_t place, kg_str text) {
    static const kg_statement_kind kinds[PLACES] = {
        KG_STATEMENT_TRIPLE,   KG_STATEMENT_TRIPLE,   KG_STATEMENT_TRIPLE, KG_STATEMENT_TRIPLE,
        KG_STATEMENT_TRIPLE,   KG_STATEMENT_ENTITY,   KG_STATEMENT_ENTITY, KG_STATEMENT_ENTITY,
        KG_STATEMENT_RELATION, KG_STATEMENT_RELATION, KG_STATEMENT_ALIAS};
    kg_statement s = KG_STATEMENT_INIT(kinds[place]);
    s.head = KG_STR("new head");
    if (s.kind == KG_STATEMENT_TRIPLE) {
        s.relation = KG_STR("new relation");
        s.tail = KG_STR("new tail");
    }
    if (s.kind == KG_STATEMENT_RELATION)
        s.relation = KG_STR("new relation");
    s.file = "the file";
    s.line = 7;
    kg_str *const places[PLACES] = {&s.head,      &s.relation, &s.tail,  &s.head_type,
                                    &s.tail_type, &s.head,     &s.label, &s.head_type,
                                    &s.relation,  &s.label,    &s.label};
    *places[place] = text;
    return s;
}

static char folder[PATH_MAX], path[PATH_MAX];

static int set_up(void **state) {
    (void)state;
    tool_make_folder(folder);
    return snprintf(path, sizeof path, "%s/store", folder) >= (int)sizeof path ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    tool_remove(folder);
    return 0;
}

static void assert_told(const kg_error *err, size_t i, size_t place) {
    if (err->status != KG_ERR_FORMAT || !strstr(err->text, bad[i].byte) ||
        strcmp(err->file, "the file") != 0 || err->line != 7)
        fail_msg("%s at place %zu: %s:%llu: %s", bad[i].name, place, err->file,
                 (unsigned long long)err->line, err->text);
}

static void test_small_writes(void **state) {
    (void)state;
    kg_store *store;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(tool_load(NULL, path, NULL, "a\tr\tb\n", &err), KG_OK);
    char *before = tool_dump(path);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t place = 0; place < PLACES; place++) {
            kg_writer *writer;
            kg_statement s = statement_with(place, (kg_str){bad[i].text, bad[i].len});
            assert_int_equal(kg_writer_begin(&writer, store, &err), KG_OK);
            assert_int_equal(kg_writer_statement(writer, &s, &err), KG_ERR_FORMAT);
            assert_told(&err, i, place);
            assert_int_equal(kg_writer_commit(NULL, writer, &err), KG_OK);
        }
    kg_store_close(store);
    char *after = tool_dump(path);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* Good statements around the bad one, as many as it takes to fill batches. */
static void load_around(size_t around, size_t i, size_t place, unsigned threads) {
    kg_bulk *bulk;
    kg_bulk_report report;
    kg_error err = KG_ERROR_INIT;
    const kg_bulk_options options = {.threads = threads};
    kg_status st = kg_bulk_begin(&bulk, path, &options, &err);
    for (size_t n = 0; n < 2 * around && st == KG_OK; n++) {
        char name[32];
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        s.head = s.tail = (kg_str){name, (size_t)snprintf(name, sizeof name, "e%zu", n)};
        s.relation = KG_STR("r");
        s.file = n < around ? "a file before" : "a file after";
        s.line = n + 1;
        if (n == around) {
            s = statement_with(place, (kg_str){bad[i].text, bad[i].len});
            kg_statement known = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
            known.head = KG_STR("new head");
            st = kg_bulk_statement(bulk, &known, &err);
        }
        if (st == KG_OK)
            st = kg_bulk_statement(bulk, &s, &err);
    }
    if (st == KG_OK)
        st = kg_bulk_finish(&report, bulk, &err);
    else
        kg_bulk_abort(bulk);
    assert_int_equal(st, KG_ERR_FORMAT);
    assert_told(&err, i, place);
    kg_store *store;
    assert_int_equal(kg_store_open(&store, path, NULL), KG_ERR_NOT_FOUND);
}

static void test_bulk_loads(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t place = 0; place < PLACES; place++)
            for (unsigned threads = 1; threads <= 2; threads++)
                load_around(1, i, place, threads);
    for (size_t place = 0; place < 5; place++)
        for (unsigned threads = 1; threads <= 2; threads++)
            load_around(20000, 0, place, threads);
}

/* A statement that is refused at once may be left out: the load goes on without it. */
static void test_a_load_goes_on(void **state) {
    (void)state;
    kg_bulk *bulk;
    kg_bulk_report report;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_bulk_begin(&bulk, path, &(kg_bulk_options){0}, &err), KG_OK);
    for (size_t place = 5; place < PLACES; place++) {
        kg_statement s = statement_with(place, KG_STR("caf\xE9"));
        assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_ERR_FORMAT);
    }
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = s.tail = KG_STR("caf\xC3\xA9");
    s.relation = KG_STR("r");
    assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
    assert_int_equal(report.entities, 1);
    assert_int_equal(report.relations, 1);
    assert_int_equal(report.types, 0);
    assert_int_equal(report.aliases, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_small_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bulk_loads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_load_goes_on, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
