/* Edits: each in a transaction of its own, looked at as a dump, with kg_store_check after it. */
#include "store_tool.h"

#include "tests/support/alloc_fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* As dumped: aspirin 0, fever 1, pain 2, Headache 3; treats 0, causes 1. */
static const char SAMPLE[] = "aspirin\ttreats\tfever\tDrug\tSymptom\n"
                             "Q\taspirin\ttreats\tpain\tdose\tinteger\t500\n"
                             "Q\taspirin\ttreats\tHeadache\tdose\tinteger\t300\n"
                             "pain\tcauses\tfever\n"
                             "pain\tcauses\tpain\n"
                             "E\taspirin\t-\tChemical\n"
                             "P\taspirin\tapproved\tdate\t1899-03-06\n"
                             "P\taspirin\tnote\tstring\told\ten\n"
                             "P\taspirin\tnote\tstring\talt\tde\n"
                             "P\tpain\tnote\tstring\tbad\n"
                             "L\taspirin\tAspirin\ten\n"
                             "L\taspirin\t阿司匹林\tzh\n"
                             "L\tpain\tPain\ten\n"
                             "A\taspirin\tASS\tde\n"
                             "A\taspirin\tASA\n"
                             "A\tpain\tache\n"
                             "A\tHeadache\tACHE\n";

static char folder[PATH_MAX], path[PATH_MAX + 8];
static kg_store *store;
static kg_error err;

static void tell(void *context, const char *problem) {
    (void)context;
    print_message("%s\n", problem);
}

static void assert_sound(void) {
    kg_error detail = KG_ERROR_INIT;
    if (kg_store_check(path, tell, NULL, &detail) != KG_OK)
        fail_msg("%s", detail.text);
}

static int set_up(void **state) {
    (void)state;
    tool_make_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    err = (kg_error)KG_ERROR_INIT;
    if (tool_load(NULL, path, NULL, SAMPLE, &err) != KG_OK ||
        kg_store_open(&store, path, &err) != KG_OK)
        fail_msg("%s", err.text);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    kg_store_close(store);
    tool_remove(folder);
    return 0;
}

static kg_writer *begin(void) {
    kg_writer *w;
    if (kg_writer_begin(&w, store, &err) != KG_OK)
        fail_msg("%s", err.text);
    return w;
}

static void commit(kg_writer *w) {
    if (kg_writer_commit(NULL, w, &err) != KG_OK)
        fail_msg("%s", err.text);
    assert_sound();
}

#define assert_ok(expression)                                                                      \
    do                                                                                             \
        if ((expression) != KG_OK)                                                                 \
            fail_msg("%s: %s", #expression, err.text);                                             \
    while (0)

/* The dump has every line of `there` (separated by newlines) and none of `gone`. */
static void assert_dump(const char *there, const char *gone) {
    char line[256], *dump = tool_dump(path);
    assert_non_null(dump);
    for (int side = 0; side < 2; side++)
        for (const char *at = side ? gone : there; *at;) {
            size_t n = strcspn(at, "\n");
            /* At the beginning of a line: the counts come first. */
            snprintf(line, sizeof line, "\n%.*s\n", (int)n, at);
            if ((strstr(dump, line) != NULL) != !side)
                fail_msg("found\n%s\n%s%s", dump, side ? "with" : "without", line);
            at += n + (at[n] == '\n');
        }
    free(dump);
}

static uint64_t triples_version(void) {
    kg_snapshot *s;
    kg_stats stats;
    assert_ok(kg_snapshot_begin(&s, store, &err));
    assert_ok(kg_snapshot_stats(&stats, s, &err));
    kg_snapshot_end(s);
    return stats.triples_version;
}

/* ---- Properties ------------------------------------------------------------------------------ */

static void test_set_property(void **state) {
    (void)state;
    const kg_value one = kg_value_integer(1), two = kg_value_integer(2);
    uint64_t version = triples_version();
    kg_writer *w = begin();
    assert_ok(kg_writer_set_property(w, KG_STR("aspirin"), KG_STR("note"), &one, &err));
    assert_ok(kg_writer_set_property(w, KG_STR("aspirin"), KG_STR("approved"), NULL, &err));
    assert_ok(kg_writer_set_property(w, KG_STR("fever"), KG_STR("new"), &one, &err));
    assert_ok(kg_writer_set_property(w, KG_STR("fever"), KG_STR("new"), &two, &err));
    assert_ok(kg_writer_set_property(w, KG_STR("pain"), KG_STR("note"), NULL, &err));
    commit(w);
    assert_dump("property 0 note integer:1@\nproperty 1 new integer:2@",
                "property 0 approved date:1899-03-06@\nproperty 2 note string:bad@");
    assert_int_equal(triples_version(), version);
}

static void test_set_edge_property(void **state) {
    (void)state;
    const kg_value one = kg_value_integer(1);
    const kg_str a = KG_STR("aspirin"), r = KG_STR("treats"), dose = KG_STR("dose");
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = a, s.relation = r, s.tail = KG_STR("cold");
    kg_writer *w = begin();
    assert_ok(kg_writer_set_edge_property(w, a, r, KG_STR("pain"), dose, &one, &err));
    assert_ok(kg_writer_set_edge_property(w, a, r, KG_STR("Headache"), dose, NULL, &err));
    assert_int_equal(kg_writer_set_edge_property(w, a, r, KG_STR("aspirin"), dose, &one, &err),
                     KG_ERR_NOT_FOUND);
    /* An edge of the same transaction. */
    assert_ok(kg_writer_statement(w, &s, &err));
    assert_ok(kg_writer_set_edge_property(w, a, r, KG_STR("cold"), dose, &one, &err));
    assert_ok(kg_writer_delete(w, a, r, KG_STR("fever"), &err));
    assert_int_equal(kg_writer_set_edge_property(w, a, r, KG_STR("fever"), dose, &one, &err),
                     KG_ERR_NOT_FOUND);
    commit(w);
    assert_dump("property 0-0-2 dose integer:1@\nproperty 0-0-4 dose integer:1@",
                "property 0-0-3 dose integer:300@");
}

static void test_set_an_empty_list(void **state) {
    (void)state;
    const kg_value none = {.kind = KG_VALUE_LIST};
    kg_writer *w = begin();
    assert_ok(kg_writer_set_property(w, KG_STR("fever"), KG_STR("new"), &none, &err));
    commit(w);
    assert_dump("property 1 new list", "");
    w = begin();
    assert_ok(kg_writer_set_property(w, KG_STR("fever"), KG_STR("new"), NULL, &err));
    commit(w);
    assert_dump("", "property 1 new list");
}

static void test_what_set_refuses(void **state) {
    (void)state;
    const kg_value yes = kg_value_boolean(true);
    const kg_value soon = {.kind = KG_VALUE_DATE, .text = KG_STR("soon")};
    const kg_str pain = KG_STR("pain"), note = KG_STR("note");
    kg_writer *w = begin();
    assert_int_equal(kg_writer_set_property(w, KG_STR("nobody"), note, &yes, &err),
                     KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "the store has no entity nobody");
    assert_int_equal(kg_writer_set_property(w, pain, note, &soon, &err), KG_ERR_FORMAT);
    assert_int_equal(kg_writer_set_property(w, pain, KG_STR(""), &yes, &err), KG_ERR_FORMAT);
    assert_int_equal(kg_writer_set_property(w, pain, KG_STR("dose"), NULL, &err), KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "it has no property dose");
    assert_int_equal(kg_writer_set_property(w, pain, KG_STR("unheard"), NULL, &err),
                     KG_ERR_NOT_FOUND);
    commit(w);
    assert_dump("property 2 note string:bad@", "");
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void test_preferred_label(void **state) {
    (void)state;
    kg_writer *w = begin();
    /* One that was a label in another language, one in the same, one of an entity without. */
    assert_ok(kg_writer_set_label(w, KG_STR("aspirin"), KG_STR("阿司匹林"), KG_STR("zh"), &err));
    assert_ok(kg_writer_set_label(w, KG_STR("pain"), KG_STR("Ache"), KG_STR("en"), &err));
    assert_ok(kg_writer_set_label(w, KG_STR("fever"), KG_STR("Fever"), KG_STR(""), &err));
    commit(w);
    assert_dump("name 0/0 aspirin 阿司匹林\npreferred label 阿司匹林@zh\nlabel Aspirin@en\n"
                "name 0/2 pain Ache\nalias ache@\nname 0/1 fever Fever",
                "label 阿司匹林@zh\nlabel Pain@en");
    w = begin();
    /* The identifier as the label: none is kept. */
    assert_ok(kg_writer_set_label(w, KG_STR("fever"), KG_STR("fever"), KG_STR(""), &err));
    /* What was an alias. */
    assert_ok(kg_writer_set_label(w, KG_STR("pain"), KG_STR("ache"), KG_STR(""), &err));
    commit(w);
    assert_dump("name 0/1 fever fever\npreferred label ache@\nlabel Ache@en", "alias ache@");
}

static void test_remove_label(void **state) {
    (void)state;
    kg_writer *w = begin();
    assert_ok(kg_writer_remove_label(w, KG_STR("aspirin"), KG_STR("en"), &err));
    assert_ok(kg_writer_remove_label(w, KG_STR("pain"), KG_STR("en"), &err));
    assert_int_equal(kg_writer_remove_label(w, KG_STR("pain"), KG_STR("en"), &err),
                     KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "pain has no label in the language en");
    commit(w);
    assert_dump("name 0/0 aspirin 阿司匹林\npreferred label 阿司匹林@zh\nname 0/2 pain pain",
                "preferred label Aspirin@en\npreferred label Pain@en\nalias pain 2");
}

static void test_remove_alias(void **state) {
    (void)state;
    kg_writer *w = begin();
    assert_ok(kg_writer_remove_alias(w, KG_STR("aspirin"), KG_STR("ASS"), &err));
    assert_ok(kg_writer_remove_alias(w, KG_STR("pain"), KG_STR("ache"), &err));
    assert_int_equal(kg_writer_remove_alias(w, KG_STR("pain"), KG_STR("Pain"), &err),
                     KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "pain has no alias Pain");
    commit(w);
    assert_dump("alias ASA@\nalias ache 3", "alias ASS@de\nalias ass 0\nalias ache 2");
}

static void test_remove_type(void **state) {
    (void)state;
    kg_writer *w = begin();
    assert_ok(kg_writer_remove_type(w, KG_STR("aspirin"), KG_STR("Drug"), &err));
    assert_ok(kg_writer_remove_type(w, KG_STR("fever"), KG_STR("Symptom"), &err));
    assert_int_equal(kg_writer_remove_type(w, KG_STR("fever"), KG_STR("Drug"), &err),
                     KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "fever has not the type Drug");
    commit(w);
    assert_dump("type 0 2", "type 0 0\ntype 1 1");
}

/* ---- Renaming and merging -------------------------------------------------------------------- */

static void test_rename(void **state) {
    (void)state;
    kg_writer *w = begin();
    assert_ok(kg_writer_rename(w, KG_ENTITY, KG_STR("fever"), KG_STR("Fieber"), &err));
    /* To what was its label, and its alias. */
    assert_ok(kg_writer_set_label(w, KG_STR("Headache"), KG_STR("cephalgia"), KG_STR(""), &err));
    assert_ok(kg_writer_rename(w, KG_ENTITY, KG_STR("Headache"), KG_STR("cephalgia"), &err));
    assert_ok(kg_writer_rename(w, KG_ENTITY, KG_STR("pain"), KG_STR("ache"), &err));
    assert_ok(kg_writer_rename(w, KG_RELATION, KG_STR("treats"), KG_STR("heals"), &err));
    assert_ok(kg_writer_rename(w, KG_TYPE, KG_STR("Drug"), KG_STR("Remedy"), &err));
    assert_ok(kg_writer_rename(w, KG_KEY, KG_STR("dose"), KG_STR("amount"), &err));
    assert_ok(kg_writer_rename(w, KG_TYPE, KG_STR("Symptom"), KG_STR("Symptom"), &err));
    assert_int_equal(kg_writer_rename(w, KG_ENTITY, KG_STR("ache"), KG_STR("Fieber"), &err),
                     KG_ERR_EXISTS);
    assert_string_equal(err.text, "there is another entity Fieber");
    assert_int_equal(kg_writer_rename(w, KG_ENTITY, KG_STR("fever"), KG_STR("x"), &err),
                     KG_ERR_NOT_FOUND);
    assert_int_equal(kg_writer_rename(w, KG_ENTITY, KG_STR("ache"), KG_STR(""), &err),
                     KG_ERR_FORMAT);
    commit(w);
    assert_dump("name 0/1 Fieber Fieber\nname 0/2 ache Pain\nname 0/3 cephalgia cephalgia\n"
                "name 1/0 heals heals\nname 2/0 Remedy Remedy\n"
                "property 0-0-2 amount integer:500@\nalias pain 2",
                "alias ache 2\nalias ache@\nalias cephalgia 3");
}

static void test_rename_to_a_long_name(void **state) {
    (void)state;
    static char name[5001];
    memset(name, 'x', sizeof name - 1);
    kg_writer *w = begin();
    assert_ok(kg_writer_rename(w, KG_ENTITY, KG_STR("fever"), kg_str_from(name), &err));
    commit(w);
    w = begin();
    assert_ok(kg_writer_rename(w, KG_ENTITY, kg_str_from(name), KG_STR("fever"), &err));
    commit(w);
    assert_dump("name 0/1 fever fever", "");
}

static void test_merge(void **state) {
    (void)state;
    const kg_value bad = kg_value_string(KG_STR("bad"), KG_STR("")), one = kg_value_integer(1);
    kg_writer *w = begin();
    assert_ok(kg_writer_set_property(w, KG_STR("Headache"), KG_STR("note"), &bad, &err));
    assert_ok(kg_writer_set_property(w, KG_STR("Headache"), KG_STR("level"), &one, &err));
    assert_ok(kg_writer_merge_entity(w, KG_STR("pain"), KG_STR("Headache"), &err));
    assert_int_equal(kg_writer_merge_entity(w, KG_STR("pain"), KG_STR("Headache"), &err),
                     KG_ERR_NOT_FOUND);
    assert_int_equal(kg_writer_merge_entity(w, KG_STR("fever"), KG_STR("fever"), &err),
                     KG_ERR_ARGUMENT);
    commit(w);
    assert_dump("name 0/2 deleted\nout 0 0 3\nout 3 1 1\nout 3 1 3\nalias pain@\nalias Pain@en\n"
                "property 0-0-3 dose list integer:300@ integer:500@\n"
                "property 3 note string:bad@\nproperty 3 level integer:1@\nalias pain 3",
                "entity 2 is deleted in part\nalias pain 2\nalias ache 2");
    /* Types, and what both say. */
    w = begin();
    assert_ok(kg_writer_merge_entity(w, KG_STR("fever"), KG_STR("aspirin"), &err));
    commit(w);
    assert_dump("out 0 0 0\nout 3 1 0\ntype 0 0\ntype 0 2\ntype 0 1\nalias fever@", "");
}

/* ---- Deleting -------------------------------------------------------------------------------- */

static void test_delete_entity(void **state) {
    (void)state;
    const kg_value one = kg_value_integer(1);
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = KG_STR("cold"), s.relation = KG_STR("causes"), s.tail = KG_STR("pain");
    kg_writer *w = begin();
    assert_int_equal(kg_writer_delete_entity(w, KG_STR("pain"), false, &err), KG_ERR_EXISTS);
    assert_string_equal(err.text, "pain has 3 edges; delete them first, or detach it from them");
    /* An edge staged, one taken away in the same transaction. */
    assert_ok(kg_writer_statement(w, &s, &err));
    assert_ok(kg_writer_delete(w, KG_STR("pain"), KG_STR("causes"), KG_STR("fever"), &err));
    assert_int_equal(kg_writer_delete_entity(w, KG_STR("pain"), false, &err), KG_ERR_EXISTS);
    assert_string_equal(err.text, "pain has 3 edges; delete them first, or detach it from them");
    assert_ok(kg_writer_delete_entity(w, KG_STR("pain"), true, &err));
    assert_int_equal(kg_writer_delete_entity(w, KG_STR("pain"), true, &err), KG_ERR_NOT_FOUND);
    assert_int_equal(kg_writer_set_property(w, KG_STR("pain"), KG_STR("k"), &one, &err),
                     KG_ERR_NOT_FOUND);
    commit(w);
    assert_dump("name 0/2 deleted\nname 0/4 cold cold\nout 0 0 1\nout 0 0 3\nalias ache 3",
                "entity 2 is deleted in part\nout 0 0 2\nalias ache 2\nalias pain 2");
    /* The name comes back with an id of its own. */
    w = begin();
    assert_ok(kg_writer_statement(w, &s, &err));
    commit(w);
    assert_dump("name 0/2 deleted\nname 0/5 pain pain\nout 4 1 5", "property 5 note string:bad@");
}

/* What every other way of writing makes of it. */
static void test_deleted_ids_stay(void **state) {
    (void)state;
    kg_writer *w = begin();
    assert_ok(kg_writer_delete_entity(w, KG_STR("fever"), true, &err));
    assert_ok(kg_writer_delete_entity(w, KG_STR("Headache"), true, &err));
    commit(w);
    char *before = tool_dump(path);
    kg_bulk_report report;
    assert_ok(tool_load(&report, path, &(kg_bulk_options){.append = true}, "", &err));
    assert_int_equal(report.entities, 2);
    assert_sound();
    char *after = tool_dump(path);
    assert_string_equal(after, before);
    free(after);
    assert_ok(
        tool_load(&report, path, &(kg_bulk_options){.append = true}, "fever\tis\tback\n", &err));
    assert_sound();
    assert_dump("name 0/1 deleted\nname 0/3 deleted\nname 0/4 fever fever", "");
    free(before);
}

static kg_status fill_rows(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    (void)context;
    for (uint64_t i = 0; i < n_rows; i++)
        ((float *)to)[i] = (float)(first_row + i);
    return KG_OK;
}

static float value_at(const char *table, uint64_t row) {
    kg_snapshot *s;
    const void *data;
    uint64_t first, n;
    assert_ok(kg_snapshot_begin(&s, store, &err));
    assert_ok(kg_table_block(&data, &first, &n, s, table, row));
    float value = ((const float *)data)[row - first];
    kg_snapshot_end(s);
    return value;
}

static void put_table(const char *name, uint64_t rows) {
    const kg_table shape = {KG_F32, rows, 1, 0, triples_version(), false};
    assert_ok(kg_table_put(store, name, &shape, fill_rows, NULL, &err));
}

static void test_compacting_gives_ids_anew(void **state) {
    (void)state;
    uint64_t before, after;
    kg_snapshot *s;
    kg_stats stats;
    kg_table table;
    kg_writer *w = begin();
    assert_ok(kg_writer_delete_entity(w, KG_STR("fever"), true, &err));
    commit(w);
    put_table("ent_emb", 4);
    put_table("rel_emb", 2);
    assert_ok(kg_store_compact(store, &before, &after, &err));
    assert_sound();
    assert_dump("name 0/0 aspirin Aspirin\nname 0/1 pain Pain\nname 0/2 Headache Headache\n"
                "out 0 0 1\nout 0 0 2\nout 1 1 1\nproperty 0-0-2 dose integer:300@\n"
                "property 1 note string:bad@\ntype 0 0\nalias ache 2",
                "name 0/2 deleted\nname 0/3 Headache Headache");
    assert_true(value_at("ent_emb", 0) == 0 && value_at("ent_emb", 1) == 2 &&
                value_at("ent_emb", 2) == 3 && value_at("rel_emb", 1) == 1);
    assert_ok(kg_snapshot_begin(&s, store, &err));
    assert_ok(kg_snapshot_stats(&stats, s, &err));
    assert_true(stats.entities == 3 && stats.deleted == 0);
    assert_ok(kg_table_find(&table, s, "ent_emb", &err));
    assert_true(table.rows == 3 && !table.stale);
    kg_snapshot_end(s);
    /* The freed id is given again. */
    kg_statement statement = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    statement.head = KG_STR("new");
    w = begin();
    assert_ok(kg_writer_statement(w, &statement, &err));
    commit(w);
    assert_dump("name 0/3 new new", "");
}

/* ---- Indexes --------------------------------------------------------------------------------- */

static kg_status count_entity(void *context, kg_id entity) {
    (void)entity;
    ++*(uint64_t *)context;
    return KG_OK;
}

/* Entities that an index gives; KG_NO_ID: the key is not indexed. */
static uint64_t count_value(const char *key, kg_value value) {
    kg_snapshot *s;
    kg_id id;
    uint64_t count = 0;
    assert_ok(kg_snapshot_begin(&s, store, &err));
    assert_ok(kg_name_find(&id, s, KG_KEY, kg_str_from(key)));
    kg_status st = kg_property_find_entities(s, id, &value, count_entity, &count);
    kg_snapshot_end(s);
    return st == KG_OK ? count : KG_NO_ID;
}

static void test_index(void **state) {
    (void)state;
    const kg_value bad = kg_value_string(KG_STR("bad"), KG_STR(""));
    const kg_value alt = kg_value_string(KG_STR("alt"), KG_STR("de"));
    const uint64_t version = triples_version();
    char copy[PATH_MAX + 8];
    assert_int_equal(count_value("note", bad), KG_NO_ID);
    assert_int_equal(kg_store_index(store, KG_STR("nothing"), true, &err), KG_ERR_NOT_FOUND);
    assert_ok(kg_store_index(store, KG_STR("note"), true, &err));
    assert_int_equal(kg_store_index(store, KG_STR("note"), true, &err), KG_ERR_EXISTS);
    assert_sound();
    assert_int_equal(triples_version(), version);
    assert_int_equal(count_value("note", bad), 1);
    assert_int_equal(count_value("note", alt), 1);
    assert_int_equal(count_value("note", kg_value_string(KG_STR("alt"), KG_STR(""))), 0);
    kg_writer *w = begin();
    assert_ok(kg_writer_set_property(w, KG_STR("fever"), KG_STR("note"), &bad, &err));
    assert_ok(kg_writer_set_property(w, KG_STR("aspirin"), KG_STR("note"), NULL, &err));
    commit(w);
    assert_int_equal(count_value("note", bad), 2);
    assert_int_equal(count_value("note", alt), 0);
    assert_ok(tool_load(NULL, path, &(kg_bulk_options){.append = true},
                        "P\tlast\tnote\tstring\tbad\n", &err));
    assert_sound();
    assert_int_equal(count_value("note", bad), 3);
    snprintf(copy, sizeof copy, "%s/copy", folder);
    assert_ok(kg_store_backup(store, copy, &err));
    assert_ok(kg_store_check(copy, tell, NULL, &err));
    assert_ok(kg_store_index(store, KG_STR("note"), false, &err));
    assert_int_equal(kg_store_index(store, KG_STR("note"), false, &err), KG_ERR_EXISTS);
    assert_sound();
    assert_int_equal(count_value("note", bad), KG_NO_ID);
}

/* ---- Memory that runs out ------------------------------------------------------------------- */

static kg_status edit_all(void *context) {
    kg_status st;
    kg_writer *w;
    kg_error detail = KG_ERROR_INIT;
    const kg_value value = kg_value_string(KG_STR("x"), KG_STR("en"));
    (void)context;
    KG_TRY(st, kg_writer_begin(&w, store, &detail));
    st = kg_writer_set_property(w, KG_STR("aspirin"), KG_STR("new"), &value, &detail);
    if (st == KG_OK)
        st = kg_writer_set_edge_property(w, KG_STR("aspirin"), KG_STR("treats"), KG_STR("pain"),
                                         KG_STR("dose"), NULL, &detail);
    if (st == KG_OK)
        st = kg_writer_set_label(w, KG_STR("aspirin"), KG_STR("new"), KG_STR("de"), &detail);
    if (st == KG_OK)
        st = kg_writer_remove_label(w, KG_STR("aspirin"), KG_STR("en"), &detail);
    if (st == KG_OK)
        st = kg_writer_remove_alias(w, KG_STR("aspirin"), KG_STR("ASA"), &detail);
    if (st == KG_OK)
        st = kg_writer_remove_type(w, KG_STR("aspirin"), KG_STR("Drug"), &detail);
    if (st == KG_OK)
        st = kg_writer_rename(w, KG_ENTITY, KG_STR("fever"), KG_STR("Fieber"), &detail);
    if (st == KG_OK)
        st = kg_writer_rename(w, KG_RELATION, KG_STR("treats"), KG_STR("heals"), &detail);
    if (st == KG_OK)
        st = kg_writer_merge_entity(w, KG_STR("pain"), KG_STR("Headache"), &detail);
    if (st == KG_OK)
        st = kg_writer_delete_entity(w, KG_STR("aspirin"), true, &detail);
    kg_writer_abort(w);
    return st;
}

static void test_without_memory(void **state) {
    (void)state;
    alloc_fail_each(edit_all, NULL, true, 5000);
    assert_sound();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_set_property),
        TEST(test_set_edge_property),
        TEST(test_set_an_empty_list),
        TEST(test_what_set_refuses),
        TEST(test_preferred_label),
        TEST(test_remove_label),
        TEST(test_remove_alias),
        TEST(test_remove_type),
        TEST(test_rename),
        TEST(test_rename_to_a_long_name),
        TEST(test_merge),
        TEST(test_delete_entity),
        TEST(test_deleted_ids_stay),
        TEST(test_compacting_gives_ids_anew),
        TEST(test_index),
        TEST(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
