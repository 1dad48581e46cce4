/* Lines of text already linked, well and badly made. */
#include "plugins/host/linked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct place {
    char folder[64];
    kg_store *store;
    kg_snapshot *snapshot;
} place;

static int make(void **state) {
    place *p = calloc(1, sizeof *p);
    char path[80];
    kg_bulk *bulk;
    kg_bulk_report report;
    const kg_bulk_options options = {.threads = 1};
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = KG_STR("糖尿病");
    s.relation = KG_STR("symptom");
    s.tail = KG_STR("多饮");
    strcpy(p->folder, "/tmp/kg-linked-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(path, sizeof path, "%s/store", p->folder);
    assert_int_equal(kg_bulk_begin(&bulk, path, &options, NULL), KG_OK);
    assert_int_equal(kg_bulk_statement(bulk, &s, NULL), KG_OK);
    assert_int_equal(kg_bulk_finish(&report, bulk, NULL), KG_OK);
    assert_int_equal(kg_store_open(&p->store, path, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&p->snapshot, p->store, NULL), KG_OK);
    *state = p;
    return 0;
}

static int unmake(void **state) {
    place *p = *state;
    char command[128];
    kg_snapshot_end(p->snapshot);
    kg_store_close(p->store);
    snprintf(command, sizeof command, "rm -rf %s", p->folder);
    int failed = system(command);
    free(p);
    return failed;
}

static void test_what_is_taken(void **state) {
    place *p = *state;
    static const struct {
        const char *line;
        size_t n;
        kg_mention first;
    } cases[] = {
        {"{\"text\":\"\",\"mentions\":[]}", 0, {0}},
        {"{\"text\":\"a糖尿病\",\"mentions\":[{\"start\":1,\"end\":4,\"entity\":\"糖尿病\"}]}",
         1,
         {1, 10, 1, 4, 0}},
        {"{\"text\":\"a糖尿病\",\"mentions\":[{\"byte_start\":1,\"byte_end\":10,\"entity\":"
         "\"多饮\"}]}",
         1,
         {1, 10, 1, 4, 1}},
        {"{\"text\":\"é\\u0000多饮多饮\",\"mentions\":[{\"start\":2,\"end\":4,\"byte_start\":3,"
         "\"byte_end\":9,\"entity\":\"多饮\",\"type\":null,\"extra\":{}},{\"start\":4,\"end\":6,"
         "\"entity\":\"多饮\"}]}",
         2,
         {3, 9, 2, 4, 1}},
    };
    kg_linked linked = {.snapshot = p->snapshot};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_error err = KG_ERROR_INIT;
        if (kg_linked_read(&linked, kg_str_from(cases[i].line), &err) != KG_OK)
            fail_msg("%s: %s", cases[i].line, err.text);
        assert_int_equal(linked.mentions.len, cases[i].n);
        if (cases[i].n)
            assert_memory_equal(linked.mentions.data, &cases[i].first, sizeof cases[i].first);
    }
    assert_int_equal(linked.text.len, 15);
    kg_linked_free(&linked);
    /* Without a store the text alone. */
    assert_int_equal(kg_linked_read(&linked, kg_str_from(cases[1].line), NULL), KG_OK);
    assert_int_equal(linked.text.len, 10);
    assert_int_equal(linked.mentions.len, 0);
    kg_linked_free(&linked);
}

#define LINE(mentions) "{\"text\":\"a糖尿病\",\"mentions\":[" mentions "]}"

static void test_what_is_refused(void **state) {
    place *p = *state;
    static const struct {
        const char *line;
        kg_status status;
        const char *told;
    } cases[] = {
        {"", KG_ERR_FORMAT, "not JSON (column 0"},
        {"糖尿病", KG_ERR_FORMAT, "expected a line as kg link --json writes it"},
        {"[]", KG_ERR_FORMAT, "an object with \"text\" (a string) and \"mentions\" (a list)"},
        {"{\"text\":3,\"mentions\":[]}", KG_ERR_FORMAT, "an object with"},
        {"{\"text\":\"\"}", KG_ERR_FORMAT, "an object with"},
        {LINE("7"), KG_ERR_FORMAT, "mention 1 is not an object"},
        {LINE("{}"), KG_ERR_FORMAT, "mention 1 has neither \"start\" nor \"byte_start\""},
        {LINE("{\"start\":1,\"entity\":\"多饮\"}"), KG_ERR_FORMAT,
         "mention 1 has neither \"end\" nor \"byte_end\""},
        {LINE("{\"start\":-1,\"end\":2}"), KG_ERR_FORMAT,
         "mention 1: \"start\" is not a whole number, 0 or more"},
        {LINE("{\"start\":1.5,\"end\":2}"), KG_ERR_FORMAT, "\"start\" is not a whole number"},
        {LINE("{\"start\":1,\"end\":5,\"entity\":\"多饮\"}"), KG_ERR_FORMAT,
         "mention 1: \"end\" is 5, inside a character or beyond the end of the text"},
        {LINE("{\"byte_start\":2,\"byte_end\":4,\"entity\":\"多饮\"}"), KG_ERR_FORMAT,
         "\"byte_start\" is 2, inside a character"},
        {LINE("{\"start\":2,\"byte_start\":1,\"end\":4,\"entity\":\"多饮\"}"), KG_ERR_FORMAT,
         "\"start\" is 2, but \"byte_start\" is at character 1"},
        {LINE("{\"start\":2,\"end\":1,\"entity\":\"多饮\"}"), KG_ERR_FORMAT,
         "\"end\" is 1, before 2, where the mention before it ends"},
        {LINE("{\"start\":2,\"end\":2,\"entity\":\"多饮\"}"), KG_ERR_FORMAT, "mention 1 is empty"},
        {LINE("{\"start\":0,\"end\":3,\"entity\":\"多饮\"},{\"start\":2,\"end\":4,\"entity\":"
              "\"多饮\"}"),
         KG_ERR_FORMAT, "mention 2: \"start\" is 2, before 3"},
        {LINE("{\"start\":0,\"end\":3}"), KG_ERR_FORMAT, "mention 1 has no \"entity\""},
        {LINE("{\"start\":0,\"end\":3,\"entity\":\"感冒\"}"), KG_ERR_NOT_FOUND,
         "mention 1: the store has no entity \"感冒\""},
        {LINE("{\"start\":99999999999999999999,\"end\":3}"), KG_ERR_FORMAT, "not JSON"},
        {LINE("{\"start\":9223372036854775807,\"end\":3}"), KG_ERR_FORMAT, "beyond the end"},
    };
    kg_linked linked = {.snapshot = p->snapshot};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_error err = KG_ERROR_INIT;
        kg_status st = kg_linked_read(&linked, kg_str_from(cases[i].line), &err);
        if (st != cases[i].status || !strstr(err.text, cases[i].told))
            fail_msg("%s: status %d, %s", cases[i].line, (int)st, err.text);
    }
    kg_linked_free(&linked);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
