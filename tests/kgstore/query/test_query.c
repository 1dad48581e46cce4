/* Every verb on a small graph whose weights are given, so that each answer can be told by hand. */
#include "kgstore/kgstore.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[32], path[64];
static kg_store *store;
static kg_snapshot *snapshot;

static void say(kg_bulk *bulk, kg_statement_kind kind, const char *head, const char *relation,
                const char *tail) {
    kg_error err = KG_ERROR_INIT;
    kg_statement s = KG_STATEMENT_INIT(kind);
    s.head = kg_str_from(head);
    if (kind == KG_STATEMENT_TRIPLE) {
        s.relation = kg_str_from(relation);
        s.tail = kg_str_from(tail);
    } else if (kind == KG_STATEMENT_WEIGHT) {
        s.number = strtod(relation, NULL);
    } else {
        s.label = kg_str_from(relation);
        s.head_type = kg_str_from(tail);
    }
    if (kg_bulk_statement(bulk, &s, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static const struct {
    kg_statement_kind kind;
    const char *head, *relation, *tail;
} statements[] = {
    {KG_STATEMENT_ENTITY, "D:1", "糖尿病", "disease"},
    {KG_STATEMENT_ENTITY, "D:1", "", "topic"},
    {KG_STATEMENT_ENTITY, "M:1", "胰岛素", "drug"},
    {KG_STATEMENT_ENTITY, "M:2", "Metformin", "drug"},
    {KG_STATEMENT_ENTITY, "S:1", "多饮", "symptom"},
    {KG_STATEMENT_ENTITY, "S:2", "口渴", "symptom"},
    {KG_STATEMENT_ENTITY, "X:1", "", ""},
    {KG_STATEMENT_ALIAS, "D:1", "消渴症", NULL},
    {KG_STATEMENT_ALIAS, "S:1", "渴", NULL},
    {KG_STATEMENT_ALIAS, "S:2", "渴", NULL},
    {KG_STATEMENT_TRIPLE, "D:1", "treated_by", "M:1"},
    {KG_STATEMENT_TRIPLE, "D:1", "treated_by", "M:2"},
    {KG_STATEMENT_TRIPLE, "D:1", "has", "S:1"},
    {KG_STATEMENT_TRIPLE, "M:2", "treats", "D:1"},
    {KG_STATEMENT_TRIPLE, "S:1", "like", "S:2"},
    {KG_STATEMENT_WEIGHT, "D:1", "0.4", NULL},
    {KG_STATEMENT_WEIGHT, "M:1", "0.125", NULL},
    {KG_STATEMENT_WEIGHT, "M:2", "0.25", NULL},
    {KG_STATEMENT_WEIGHT, "S:1", "0.125", NULL},
    {KG_STATEMENT_WEIGHT, "S:2", "0.05", NULL},
    {KG_STATEMENT_WEIGHT, "X:1", "0.05", NULL},
};

static int make_store(void **state) {
    kg_error err = KG_ERROR_INIT;
    kg_bulk *bulk;
    kg_bulk_report report;
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    assert_int_equal(kg_bulk_begin(&bulk, path, &(kg_bulk_options){0}, &err), KG_OK);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; ++i)
        say(bulk, statements[i].kind, statements[i].head, statements[i].relation,
            statements[i].tail);
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    remove_tree(folder);
    return 0;
}

static void render_cell(FILE *to, const kg_cell *cell) {
    switch (cell->kind) {
    case KG_CELL_NONE:
        return;
    case KG_CELL_TEXT:
        fprintf(to, "%.*s", KG_STR_ARG(cell->as.text));
        return;
    case KG_CELL_INTEGER:
    case KG_CELL_ARROW:
        fprintf(to, "%lld", (long long)cell->as.integer);
        return;
    case KG_CELL_REAL:
        fprintf(to, "%.4g", cell->as.real);
        return;
    case KG_CELL_BOOL:
        fputs(cell->as.yes ? "yes" : "no", to);
        return;
    case KG_CELL_TEXTS:
        for (size_t i = 0; i < cell->as.texts.count; ++i)
            fprintf(to, "%s%.*s", i ? "," : "", KG_STR_ARG(cell->as.texts.items[i]));
        return;
    case KG_CELL_LIST:
        for (size_t i = 0; i < cell->as.list.count; ++i) {
            fputs(i ? "," : "", to);
            render_cell(to, &cell->as.list.items[i]);
        }
        return;
    case KG_CELL_ITEM:
        render_cell(to, cell->as.item.whole);
        return;
    case KG_CELL_MAP:
        for (size_t i = 0; i < cell->as.map.count; ++i) {
            fprintf(to, "%s%.*s=", i ? ";" : "", KG_STR_ARG(cell->as.map.keys[i]));
            render_cell(to, &cell->as.map.items[i]);
        }
        return;
    }
}

/* The cells separated by '|', the rows by line feeds; or the error. The caller's to free. */
static char *ask_in_full(kg_question question, const char *const *words) {
    kg_result result = KG_RESULT_INIT;
    kg_error err = KG_ERROR_INIT;
    kg_str names[3];
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    for (size_t i = 0; i < question.n_args; ++i)
        names[i] = kg_str_from(words[i]);
    question.args = names;
    kg_status st = kg_query(&result, snapshot, &question, &err);
    if (st != KG_OK)
        fprintf(to, "%d %s", st, err.text);
    for (size_t i = 0; st == KG_OK && i < result.cells.len; ++i) {
        render_cell(to, &result.cells.data[i]);
        putc((i + 1) % result.n_columns ? '|' : '\n', to);
    }
    kg_result_free(&result);
    fclose(to);
    return text;
}

static char *ask(const char *verb, const char *const *words, size_t n, uint32_t k,
                 kg_weight_set weights) {
    const kg_question question = {.verb = verb, .n_args = n, .k = k, .weights = weights};
    return ask_in_full(question, words);
}

static const struct {
    const char *verb, *words[3];
    size_t n;
    uint32_t k;
    const char *answer;
} cases[] = {
    {"top",
     {"D:1"},
     1,
     0,
     "M:2|treated_by|1|0.25|drug|Metformin\nM:2|treats|-1|0.25|drug|Metformin\nM:1|treated_by|1|0."
     "125|drug|胰岛素\n"
     "S:1|has|1|0.125|symptom|多饮\n"},
    {"top",
     {"D:1"},
     1,
     2,
     "M:2|treated_by|1|0.25|drug|Metformin\nM:2|treats|-1|0.25|drug|Metformin\n"},
    {"top", {"消渴症"}, 1, 1, "M:2|treated_by|1|0.25|drug|Metformin\n"},
    {"top", {"metFORMIN"}, 1, 1, "D:1|treated_by|-1|0.4|disease,topic|糖尿病\n"},
    {"top", {"X:1"}, 1, 0, ""},
    {"out",
     {"D:1"},
     1,
     0,
     "M:2|treated_by|1|0.25|drug|Metformin\nM:1|treated_by|1|0.125|drug|胰岛素\nS:1|has|1|0.125|"
     "symptom|多饮\n"},
    {"out", {"D:1"}, 1, 1, "M:2|treated_by|1|0.25|drug|Metformin\n"},
    {"in", {"D:1"}, 1, 0, "M:2|treats|-1|0.25|drug|Metformin\n"},
    {"in", {"S:2"}, 1, 0, "S:1|like|-1|0.125|symptom|多饮\n"},
    {"type", {"D:1"}, 1, 0, "disease\ntopic\n"},
    {"type", {"X:1"}, 1, 0, ""},
    {"alias", {"D:1"}, 1, 0, "糖尿病\n消渴症\n"},
    {"alias", {"X:1"}, 1, 0, ""},
    {"name", {"渴"}, 1, 0, "S:1|多饮|0.125|symptom\nS:2|口渴|0.05|symptom\n"},
    {"name", {"D:1"}, 1, 0, "D:1|糖尿病|0.4|disease,topic\n"},
    {"search", {"糖"}, 1, 0, "D:1|糖尿病|prefix|糖尿病|0.4|disease,topic\n"},
    {"search", {"metfromin"}, 1, 0, "M:2|Metformin|misspelled|Metformin|0.25|drug\n"},
    {"search", {"S:"}, 1, 1, "S:1|多饮|prefix|S:1|0.125|symptom\n"},
    {"search", {"nobody"}, 1, 0, "3 nothing is called \"nobody\", or nearly so"},
    {"search", {""}, 1, 0, "3 nothing is called \"\", or nearly so"},
    {"count", {"D:1"}, 1, 0, "treated_by|1|2\nhas|1|1\ntreats|-1|1\n"},
    {"count", {NULL}, 0, 0, "treated_by|2\nhas|1\ntreats|1\nlike|1\n"},
    {"path",
     {"M:1", "S:2"},
     2,
     0,
     "M:1|treated_by|-1|D:1|胰岛素|糖尿病|1\nD:1|has|1|S:1|糖尿病|多饮|1\nS:1|like|1|S:2|多饮|口渴|"
     "1\n"},
    {"path",
     {"S:2", "M:1"},
     2,
     0,
     "S:2|like|-1|S:1|口渴|多饮|1\nS:1|has|-1|D:1|多饮|糖尿病|1\nD:1|treated_by|1|M:1|糖尿病|"
     "胰岛素|1\n"},
    {"path", {"D:1", "D:1"}, 2, 0, ""},
    {"path", {"D:1", "X:1"}, 2, 0, "3 no path from \"D:1\" to \"X:1\""},
    {"describe",
     {"D:1"},
     1,
     0,
     "D:1|0|糖尿病|disease,topic|糖尿病,消渴症|0.4|3|1|M:2,M:2,M:1,S:1||Metformin,Metformin,胰岛素,"
     "多饮\n"},
    {"similar",
     {"D:1"},
     1,
     0,
     "3 the store has no vectors (table ent_emb of floats); run kg embed"},
    {"top", {"渴"}, 1, 0, "3 \"渴\" names 2 entities: S:1, S:2; say which by its identifier"},
    {"top", {"M:"}, 1, 0, "3 nothing is called \"M:\"; did you mean M:2, M:1?"},
    {"path",
     {"D:1", "metfromin"},
     2,
     0,
     "3 nothing is called \"metfromin\"; did you mean Metformin?"},
    {"name", {"Metphormin"}, 1, 0, "3 nothing is called \"Metphormin\"; did you mean Metformin?"},
    {"top", {"nobody"}, 1, 0, "3 nothing is called \"nobody\""},
    {"top", {""}, 1, 0, "3 nothing is called \"\""},
    {"top", {"D:1", "M:1"}, 2, 0, "2 found 2 words after top; expected NAME"},
    {"tpo", {"D:1"}, 1, 0, "2 no verb tpo; did you mean top?"},
    {"frobnicate", {"D:1"}, 1, 0, "2 no verb frobnicate"},
};

static void test_verbs_answer(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char *got = ask(cases[i].verb, cases[i].words, cases[i].n, cases[i].k, KG_WEIGHT_PAGERANK);
        assert_string_equal(got, cases[i].answer);
        free(got);
    }
}

static void expect(kg_question question, const char *a, const char *b, const char *answer) {
    const char *const words[] = {a, b};
    question.n_args = (a ? 1U : 0U) + (b ? 1U : 0U);
    char *got = ask_in_full(question, words);
    assert_string_equal(got, answer);
    free(got);
}

static void test_options(void **state) {
    (void)state;
    const kg_str treats = KG_STR("treats"), wrong = KG_STR("treat");
    kg_question q = {.verb = "top", .by_entity = true};
    expect(q, "D:1", NULL,
           "M:2|treated_by,treats|0|0.25|drug|Metformin\nM:1|treated_by|1|0.125|drug|胰岛素\n"
           "S:1|has|1|0.125|symptom|多饮\n");
    q.k = 1;
    expect(q, "D:1", NULL, "M:2|treated_by,treats|0|0.25|drug|Metformin\n");
    q.verb = "in";
    expect(q, "D:1", NULL, "M:2|treats|-1|0.25|drug|Metformin\n");
    q = (kg_question){.verb = "top", .relations = &treats, .n_relations = 1};
    expect(q, "D:1", NULL, "M:2|treats|-1|0.25|drug|Metformin\n");
    q.relations = &wrong;
    expect(q, "D:1", NULL, "3 there is no relation \"treat\"; did you mean treats?");
    q = (kg_question){.verb = "count", .by_type = true};
    expect(q, NULL, NULL, "drug|2\nsymptom|2\ndisease|1\ntopic|1\n");
    expect(q, "D:1", NULL, "drug|2\nsymptom|1\n");
    expect(q, "X:1", NULL, "");
    q = (kg_question){.verb = "path", .directed = true};
    expect(q, "M:1", "S:2", "3 no such path from \"M:1\" to \"S:2\"");
    expect(q, "M:2", "S:1", "M:2|treats|1|D:1|Metformin|糖尿病|1\nD:1|has|1|S:1|糖尿病|多饮|1\n");
    q = (kg_question){.verb = "path", .most_edges = 3};
    expect(q, "M:2", "S:1", "3 no such path from \"M:2\" to \"S:1\"");
    q = (kg_question){.verb = "alias", .directed = true};
    expect(q, "D:1", NULL, "2 alias takes no --directed");
}

static kg_status list_name(void *context, kg_str name, kg_id id) {
    fprintf(context, "%.*s=%u ", KG_STR_ARG(name), id);
    return KG_OK;
}

static void expect_complete(const char *prefix, uint32_t limit, const char *names) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    assert_int_equal(kg_entity_complete(snapshot, kg_str_from(prefix), limit, list_name, to),
                     KG_OK);
    fclose(to);
    assert_string_equal(text, names);
    free(text);
}

static void test_completion_by_all_names(void **state) {
    (void)state;
    expect_complete("M", 10, "M:1=1 M:2=2 Metformin=2 ");
    expect_complete("M", 2, "M:1=1 M:2=2 ");
    expect_complete("m", 10, "Metformin=2 ");
    expect_complete("METf", 10, "Metformin=2 ");
    expect_complete("渴", 10, "渴=3 "); /* of S:1 and S:2 the one of greater weight */
    expect_complete("糖", 10, "糖尿病=0 ");
    expect_complete("", 3, "D:1=0 M:1=1 M:2=2 ");
    expect_complete("nobody", 10, "");
}

static void test_absent_weight_set_is_told(void **state) {
    (void)state;
    static const char *const words[] = {"D:1"};
    char *got = ask("top", words, 1, 0, KG_WEIGHT_PEPR);
    assert_string_equal(got, "3 the store has no personalized weights; run kg rank --personalized");
    free(got);
}

static kg_status fill_vectors(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    static const float vectors[6][2] = {{1, 0}, {2, 2}, {0, 3}, {-1, 0}, {4, 1}, {0, 0}};
    (void)context;
    memcpy(to, vectors[first_row], n_rows * sizeof vectors[0]);
    return KG_OK;
}

static void test_similar_by_cosine(void **state) {
    (void)state;
    static const char *const words[] = {"D:1"};
    kg_error err = KG_ERROR_INIT;
    const kg_table shape = {KG_F32, 6, 2, 0, 1, false};
    assert_int_equal(kg_table_put(store, "ent_emb", &shape, fill_vectors, NULL, &err), KG_OK);
    assert_int_equal(kg_snapshot_renew(NULL, snapshot, &err), KG_OK);
    char *got = ask("similar", words, 1, 0, KG_WEIGHT_PAGERANK);
    assert_string_equal(got, "S:2|0.9701|symptom|口渴\nM:1|0.7071|drug|胰岛素\nM:2|0|drug|"
                             "Metformin\nS:1|-1|symptom|多饮\n");
    free(got);
    got = ask("similar", words, 1, 1, KG_WEIGHT_PAGERANK);
    assert_string_equal(got, "S:2|0.9701|symptom|口渴\n");
    free(got);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs_answer),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_completion_by_all_names),
        cmocka_unit_test(test_absent_weight_set_is_told),
        cmocka_unit_test(test_similar_by_cosine),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
