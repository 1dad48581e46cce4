/* Properties and languages, through every way into a store and every copy of one. */
#include "store_tool.h"

#include "tests/support/alloc_fail.h"

#include "kgstore/base/rng.h"
#include "kgstore/store/properties.h"
#include "kgstore/store/rewrite.h"
#include "kgstore/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char SAMPLE[] = "Q\taspirin\ttreats\tfever\tdose\tinteger\t500\n"
                             "Q\taspirin\ttreats\tfever\tsource\tstring\tWHO\ten\n"
                             "Q\taspirin\ttreats\tpain\tconfidence\tfloat\t0.75\n"
                             "P\taspirin\tapproved\tdate\t1899-03-06\n"
                             "P\taspirin\tnote\tstring\told\ten\n"
                             "P\taspirin\tnote\tstring\talt\tde\n"
                             "P\taspirin\tnote\tstring\told\ten\n"
                             "P\tfever\tcommon\tboolean\ttrue\n"
                             "P\tfever\tlevel\ttyped\t1.50\txsd:decimal\n"
                             "L\taspirin\tAspirin\ten\n"
                             "L\taspirin\t阿司匹林\tzh\n"
                             "A\taspirin\tASS\tde\n"
                             "A\taspirin\tASA\n";

/* As dumped: ids are aspirin 0, fever 1, pain 2; treats 0; keys in the order given. */
static const char *const EXPECTED[] = {
    "property 0 approved date:1899-03-06@\n",
    "property 0 note list string:old@en string:alt@de\n",
    "property 1 common boolean:true@\nproperty 1 level typed:1.50@xsd:decimal\n",
    "property 0-0-1 dose integer:500@\nproperty 0-0-1 source string:WHO@en\n",
    "property 0-0-2 confidence float:0.75@\n",
    "preferred label Aspirin@en\nlabel 阿司匹林@zh\nalias ASS@de\nalias ASA@\n",
};

static char folder[PATH_MAX], path[PATH_MAX + 8], other[PATH_MAX + 8];

static int set_up(void **state) {
    (void)state;
    tool_make_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    tool_remove(folder);
    return 0;
}

static void tell(void *context, const char *problem) {
    (void)context;
    print_message("%s\n", problem);
}

static void assert_sound(const char *store) {
    kg_error err = KG_ERROR_INIT;
    if (kg_store_check(store, tell, NULL, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static void load(const kg_bulk_options *options, const char *text) {
    kg_error err = KG_ERROR_INIT;
    if (tool_load(NULL, path, options, text, &err) != KG_OK)
        fail_msg("%s", err.text);
    assert_sound(path);
}

static char *dump_of(const char *store) {
    char *dump = tool_dump(store);
    assert_non_null(dump);
    return dump;
}

static void assert_holds(const char *store, const char *const *lines, size_t n) {
    char *dump = dump_of(store);
    for (size_t i = 0; i < n; i++)
        if (!strstr(dump, lines[i]))
            fail_msg("found\n%s\nwithout\n%s", dump, lines[i]);
    free(dump);
}

static kg_store *open_store(const char *store) {
    kg_store *out;
    kg_error err = KG_ERROR_INIT;
    if (kg_store_open(&out, store, &err) != KG_OK)
        fail_msg("%s", err.text);
    return out;
}

/* Feed a transaction; returns the first status other than KG_OK. */
static kg_status write_small(const char *store_path, const char *text, kg_error *err) {
    kg_writer *writer;
    kg_store *store = open_store(store_path);
    kg_status st = kg_writer_begin(&writer, store, err);
    if (st == KG_OK) {
        st = tool_feed(writer, kg_writer_statement, text, err);
        if (st == KG_OK)
            st = kg_writer_commit(NULL, writer, err);
        else
            kg_writer_abort(writer);
    }
    kg_store_close(store);
    return st;
}

static void test_they_come_back(void **state) {
    (void)state;
    load(NULL, SAMPLE);
    assert_holds(path, EXPECTED, sizeof EXPECTED / sizeof *EXPECTED);
}

static void test_a_transaction_gives_the_same(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    load(NULL, "nobody\tknows\tnobody\n");
    load(&(kg_bulk_options){.append = true}, SAMPLE);
    char *by_bulk = dump_of(path);
    tool_remove(path);
    load(NULL, "nobody\tknows\tnobody\n");
    if (write_small(path, SAMPLE, &err) != KG_OK)
        fail_msg("%s", err.text);
    assert_sound(path);
    char *by_writer = dump_of(path);
    assert_string_equal(by_writer, by_bulk);
    free(by_bulk);
    free(by_writer);
}

/* What was there comes first in the list that two givings of a key become. */
static void test_appending_adds_values(void **state) {
    (void)state;
    static const char *const LINES[] = {
        "property 0 note list string:old@en string:alt@de string:new@en\n",
        "property 0-0-1 dose list integer:500@ integer:300@\n",
        "property 3 note string:x@\n",
    };
    load(NULL, SAMPLE);
    load(&(kg_bulk_options){.append = true}, "P\taspirin\tnote\tstring\tnew\ten\n"
                                             "Q\taspirin\ttreats\tfever\tdose\tinteger\t300\n"
                                             "P\tlast\tnote\tstring\tx\n");
    assert_holds(path, LINES, sizeof LINES / sizeof *LINES);
}

static void test_the_preferred_language_is_the_label(void **state) {
    (void)state;
    static const char *const ZH[] = {"name 0/0 aspirin 阿司匹林\n",
                                     "preferred label 阿司匹林@zh\nlabel Aspirin@en\n"};
    static const char *const DE[] = {"preferred label Aspirin@de-AT\nlabel Aspirin@en\n"};
    load(&(kg_bulk_options){.languages = "zh,en"}, SAMPLE);
    assert_holds(path, ZH, 2);
    tool_remove(path);
    load(&(kg_bulk_options){.languages = "fr,de,en"}, "L\tA\tAspirin\ten\nL\tA\tAspirin\tde-AT\n");
    assert_holds(path, DE, 1);
}

static void test_copies_keep_them(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    const double weights[] = {0.2, 0.5, 0.3};
    const kg_rewrite_options options = {.triples_version = 1};
    uint64_t before, after;
    load(NULL, SAMPLE);
    kg_store *store = open_store(path);
    assert_int_equal(kg_rewrite(store, weights, 3, &options, &err), KG_OK);
    assert_sound(path);
    assert_holds(path, EXPECTED, sizeof EXPECTED / sizeof *EXPECTED);
    assert_int_equal(kg_store_backup(store, other, &err), KG_OK);
    assert_sound(other);
    assert_holds(other, EXPECTED, sizeof EXPECTED / sizeof *EXPECTED);
    assert_int_equal(kg_store_compact(store, &before, &after, &err), KG_OK);
    assert_sound(path);
    assert_holds(path, EXPECTED, sizeof EXPECTED / sizeof *EXPECTED);
    kg_store_close(store);
}

static void test_a_deleted_edge_takes_its_own_along(void **state) {
    (void)state;
    kg_writer *writer;
    kg_error err = KG_ERROR_INIT;
    load(NULL, SAMPLE);
    kg_store *store = open_store(path);
    assert_int_equal(kg_writer_begin(&writer, store, &err), KG_OK);
    assert_int_equal(
        kg_writer_delete(writer, KG_STR("aspirin"), KG_STR("treats"), KG_STR("fever"), &err),
        KG_OK);
    assert_int_equal(kg_writer_commit(NULL, writer, &err), KG_OK);
    kg_store_close(store);
    assert_sound(path);
    assert_int_equal(write_small(path, "aspirin\ttreats\tfever\n", &err), KG_OK);
    assert_sound(path);
    char *dump = dump_of(path);
    assert_null(strstr(dump, "property 0-0-1"));
    assert_non_null(strstr(dump, "property 0-0-2"));
    free(dump);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const struct {
        kg_property property;
        kg_str language;
        const char *told;
    } cases[] = {
        {{KG_STR(""), {.kind = KG_VALUE_BOOLEAN}}, {NULL, 0}, "name of a property"},
        {{KG_STR("\xFF"), {.kind = KG_VALUE_BOOLEAN}}, {NULL, 0}, "0xFF"},
        {{KG_STR("k"), {.kind = KG_VALUE_STRING, .text = KG_STR("\xC0\xAF")}}, {NULL, 0}, "0xC0"},
        {{KG_STR("k"), {.kind = KG_VALUE_STRING, .tag = KG_STR("e n")}}, {NULL, 0}, "language"},
        {{KG_STR("k"), {.kind = KG_VALUE_DATE, .text = KG_STR("soon")}}, {NULL, 0}, "soon"},
        {{KG_STR("k"), {.kind = KG_VALUE_BOOLEAN}}, KG_STR("=en"), "language"},
    };
    kg_bulk *bulk;
    kg_writer *writer;
    kg_bulk_report report;
    kg_error err = KG_ERROR_INIT;
    load(NULL, "a\tr\tb\n");
    kg_store *store = open_store(path);
    assert_int_equal(kg_bulk_begin(&bulk, other, &(kg_bulk_options){0}, &err), KG_OK);
    assert_int_equal(kg_writer_begin(&writer, store, &err), KG_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
        s.head = KG_STR("a"), s.label = KG_STR("A"), s.language = cases[i].language;
        s.properties = &cases[i].property, s.n_properties = 1;
        for (int way = 0; way < 2; way++) {
            kg_status st =
                way ? kg_bulk_statement(bulk, &s, &err) : kg_writer_statement(writer, &s, &err);
            assert_int_equal(st, KG_ERR_FORMAT);
            if (!strstr(err.text, cases[i].told))
                fail_msg("\"%s\" does not tell of \"%s\"", err.text, cases[i].told);
        }
    }
    kg_writer_abort(writer);
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
    kg_store_close(store);
    assert_sound(path);
    assert_sound(other);
}

/* Many properties in random order, an eighth of a megabyte of memory for each kind: runs are
 * written and merged. The same load in much memory is the model. */
static char *random_text(uint64_t seed, size_t lines) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    for (size_t i = 0; i < lines; i++) {
        unsigned a = (unsigned)kg_rng_below(&rng, 500), b = (unsigned)kg_rng_below(&rng, 500);
        unsigned key = (unsigned)kg_rng_below(&rng, 4), value = (unsigned)kg_rng_below(&rng, 100);
        if (kg_rng_below(&rng, 3) == 0)
            fprintf(to, "P\te%u\tk%u\tinteger\t%u\n", a, key, value);
        else
            fprintf(to, "Q\te%u\tr%u\te%u\tk%u\tstring\tvalue %u of many\n", a, value % 3, b, key,
                    value);
    }
    fclose(to);
    return text;
}

static void test_memory_and_threads_change_nothing(void **state) {
    (void)state;
    char *text = random_text(7, 60000), *model = NULL;
    static const kg_bulk_options ways[] = {
        {.threads = 2}, {.threads = 1}, {.threads = 1, .memory = 1 << 20}, {.memory = 1 << 20}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        tool_remove(path);
        load(&ways[i], text);
        char *dump = dump_of(path);
        if (model)
            assert_string_equal(dump, model);
        else
            model = dump;
        if (model != dump)
            free(dump);
    }
    /* In two halves, the second appended. */
    size_t half = strlen(text) / 2;
    while (text[half] != '\n')
        half++;
    text[half] = '\0';
    tool_remove(path);
    load(NULL, text);
    load(&(kg_bulk_options){.append = true, .memory = 1 << 20}, text + half + 1);
    char *dump = dump_of(path);
    assert_string_equal(dump, model);
    free(dump);
    free(model);
    free(text);
}

static void test_more_types_than_16_bits_tell(void **state) {
    (void)state;
    enum { TYPES = 66000 };
    char *text = NULL;
    size_t size;
    kg_error err = KG_ERROR_INIT;
    FILE *to = open_memstream(&text, &size);
    for (int i = 0; i < TYPES; i++)
        fprintf(to, "E\te%d\t-\tt%d\n", i % 1000, i);
    fclose(to);
    load(NULL, text);
    free(text);
    assert_int_equal(write_small(path, "E\te7\t-\tnew\nE\te999\t-\tt3\nE\tlone\t-\tt5\n", &err),
                     KG_OK);
    assert_sound(path);
    static const char *const LINES[] = {"type 999 999\n", "type 999 65999\n", "type 999 3\n",
                                        "type 7 65007\ntype 7 66000\n", "type 1000 5\n"};
    assert_holds(path, LINES, sizeof LINES / sizeof *LINES);
}

/* ---- Memory that runs out ------------------------------------------------------------------- */

static kg_status load_and_append(void *context) {
    kg_status st;
    kg_error err = KG_ERROR_INIT;
    (void)context;
    tool_remove(path);
    KG_TRY(st, tool_load(NULL, path, &(kg_bulk_options){.threads = 1}, SAMPLE, &err));
    return tool_load(NULL, path, &(kg_bulk_options){.threads = 1, .append = true}, SAMPLE, &err);
}

static void test_bulk_without_memory(void **state) {
    (void)state;
    alloc_fail_each(load_and_append, NULL, true, 5000);
}

static kg_status write_sample(void *context) {
    kg_store *store = context;
    kg_writer *writer;
    kg_error err = KG_ERROR_INIT;
    kg_status st;
    KG_TRY(st, kg_writer_begin(&writer, store, &err));
    st = tool_feed(writer, kg_writer_statement, SAMPLE, &err);
    kg_writer_abort(writer);
    return st;
}

static void test_writer_without_memory(void **state) {
    (void)state;
    load(NULL, "aspirin\ttreats\tfever\n");
    kg_store *store = open_store(path);
    alloc_fail_each(write_sample, store, true, 5000);
    kg_store_close(store);
    assert_sound(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_they_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_transaction_gives_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_appending_adds_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_preferred_language_is_the_label, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_copies_keep_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_deleted_edge_takes_its_own_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_and_threads_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_more_types_than_16_bits_tell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bulk_without_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writer_without_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
