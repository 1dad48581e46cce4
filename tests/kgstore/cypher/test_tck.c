/* The runner of the TCK, without an engine: what its parsers read, and that its comparisons say no
 * where they must. A runner that passes everything would prove nothing. */
#include "tck_accepted.h"
#include "tck_state.h"
#include "tck_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const char FEATURE[] = "# a comment\n"
                              "Feature: Few words\n"
                              "  that describe it\n"
                              "  Background:\n"
                              "    Given any graph\n"
                              "  @one @two\n"
                              "  Scenario: [1] Plain\n"
                              "    When executing query:\n"
                              "      \"\"\"\n"
                              "      RETURN 1\n"
                              "        | # not a comment\n"
                              "\n"
                              "      \"\"\"\n"
                              "    Then the result should be, in any order:\n"
                              "      | a \\| b | c\\\\d |\n"
                              "      # a comment\n"
                              "      |  'x\\ny'  |  |\n"
                              "      |\n"
                              "  Scenario Outline: [2] Take <x>\n"
                              "    When <x> and <y> and <z>:\n"
                              "      \"\"\"\n"
                              "      <x><y>\n"
                              "      \"\"\"\n"
                              "    And a table:\n"
                              "      | <y> |\n"
                              "    Examples:\n"
                              "      | x | y |\n"
                              "      | 1 | <x> |\n"
                              "    Examples:\n"
                              "      | y | x |\n"
                              "      | 2 | 3 |\n";

static void assert_str(kg_str found, const char *expected) {
    assert_int_equal(found.len, strlen(expected));
    assert_memory_equal(found.data, expected, found.len);
}

static void test_feature(void **state) {
    (void)state;
    kg_arena arena = KG_ARENA_INIT;
    tck_scenarios all;
    assert_int_equal(tck_feature_parse(&all, &arena, kg_str_from(FEATURE), NULL), KG_OK);
    assert_int_equal(all.len, 3);
    const tck_scenario *one = &all.data[0];
    assert_str(one->name, "[1] Plain");
    assert_str(one->tags, "@one @two");
    assert_int_equal(one->example, 0);
    assert_int_equal(one->steps.len, 3);
    assert_str(one->steps.data[0].text, "any graph");
    assert_str(one->steps.data[1].doc, "RETURN 1\n  | # not a comment\n");
    assert_int_equal(one->steps.data[1].line, 8);
    const tck_table *table = &one->steps.data[2].table;
    assert_int_equal(table->len, 3);
    assert_int_equal(table->data[0].len, 2);
    assert_str(table->data[0].data[0], "a | b");
    assert_str(table->data[0].data[1], "c\\d");
    assert_str(table->data[1].data[0], "'x\ny'");
    assert_str(table->data[1].data[1], "");
    assert_int_equal(table->data[2].len, 0);
    kg_arena_free(&arena);
}

static void test_outline(void **state) {
    (void)state;
    kg_arena arena = KG_ARENA_INIT;
    tck_scenarios all;
    assert_int_equal(tck_feature_parse(&all, &arena, kg_str_from(FEATURE), NULL), KG_OK);
    assert_str(all.data[1].name, "[2] Take 1");
    assert_str(all.data[1].tags, "");
    assert_int_equal(all.data[1].example, 1);
    assert_int_equal(all.data[1].steps.len, 3);
    assert_str(all.data[1].steps.data[1].text, "1 and <x> and <z>:");
    assert_str(all.data[1].steps.data[1].doc, "1<x>");
    assert_str(all.data[1].steps.data[2].table.data[0].data[0], "<x>");
    assert_str(tck_scenario_title(&arena, &all.data[2]), "[2] Take 3 [example 2]");
    assert_str(all.data[2].steps.data[1].doc, "32");
    kg_arena_free(&arena);
}

static void test_bad_features(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
    } cases[] = {
        {"Feature: a\nScenario: b\nGiven c\nnonsense\n", 4},
        {"Feature: a\nScenario: b\nGiven c\n| d\n", 4},
        {"Feature: a\nScenario: b\nGiven c\n\"\"\"\nd\n", 4},
        {"Feature: a\n| b |\n", 2},
        {"Feature: a\nScenario Outline: b\nGiven c\n", 2},
        {"Feature: a\nScenario: b\nGiven c\nExamples:\n| d |\n| e |\n", 2},
        {"Feature: a\nScenario Outline: b\nGiven c\nExamples:\n| d |\n| e | f |\n", 2},
        {"Feature: a\nExamples:\n", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_arena arena = KG_ARENA_INIT;
        kg_error err = KG_ERROR_INIT;
        tck_scenarios all;
        assert_int_equal(tck_feature_parse(&all, &arena, kg_str_from(cases[i].text), &err),
                         KG_ERR_FORMAT);
        assert_int_equal(err.line, cases[i].line);
        kg_arena_free(&arena);
    }
}

/* ---- Values ---------------------------------------------------------------------------------- */

static tck_value value_of(kg_arena *arena, const char *text) {
    tck_value out;
    kg_error err = KG_ERROR_INIT;
    if (tck_value_parse(&out, arena, kg_str_from(text), &err) != KG_OK)
        fail_msg("%s: %s", text, err.text);
    return out;
}

static void test_texts(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"null", "null"},
        {" true ", "true"},
        {"-17", "-17"},
        {"1.50", "1.5"},
        {"1e3", "1000.0"},
        {"0.1", "0.1"},
        {"NaN", "NaN"},
        {"'it\\'s \\\\ \\u'", "'it\\'s \\\\ \\\\u'"},
        {"[]", "[]"},
        {"[1,'a', [null]]", "[1, 'a', [null]]"},
        {"{b: 1, `a b`: {}}", "{a b: {}, b: 1}"},
        {"()", "()"},
        {"(:B:A {k: 'v'})", "(:A:B {k: 'v'})"},
        {"({k: 1})", "({k: 1})"},
        {"[:T]", "[:T]"},
        {"[:T {k: [1]}]", "[:T {k: [1]}]"},
        {"[[:T], (:A)]", "[[:T], (:A)]"},
        {"<()>", "<()>"},
        {"<(:A)-[:T {k: 1}]->()<-[:U]-(:C)>", "<(:A)-[:T {k: 1}]->()<-[:U]-(:C)>"},
        {"'M\xc3\xbcnchen'", "'M\xc3\xbcnchen'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_arena arena = KG_ARENA_INIT;
        tck_value value = value_of(&arena, cases[i][0]);
        assert_str(tck_value_text(&arena, &value), cases[i][1]);
        kg_arena_free(&arena);
    }
}

static void test_bad_values(void **state) {
    (void)state;
    static const char *const cases[] = {
        "",
        "nul",
        "nulls",
        "1 2",
        "'a",
        "[1",
        "[1,]",
        "{a 1}",
        "{a: 1",
        "{: 1}",
        "(A)",
        "(:A",
        "[:]",
        "[:T",
        "<()",
        "<()-()>",
        "<()-[:T]-()>",
        "<()<-[:T]->()>",
        "9223372036854775808",
        "1.2.3",
        "--1",
        "\"a\"",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_arena arena = KG_ARENA_INIT;
        tck_value value;
        if (tck_value_parse(&value, &arena, kg_str_from(cases[i]), NULL) != KG_ERR_FORMAT)
            fail_msg("%s is taken for a value", cases[i]);
        kg_arena_free(&arena);
    }
}

typedef struct pair {
    const char *a, *b;
    bool equal, equal_any_order;
} pair;

static const pair pairs[] = {
    {"null", "null", true, true},
    {"null", "false", false, false},
    {"true", "false", false, false},
    {"1", "1", true, true},
    {"1", "2", false, false},
    {"1", "1.0", false, false},
    {"1", "'1'", false, false},
    {"0.1", "0.1000000000000000055", true, true},
    {"0.3", "0.30000000000000004", true, true},
    {"0.3", "0.3000000000000004", false, false},
    {"1e300", "1.1e300", false, false},
    {"NaN", "NaN", true, true},
    {"NaN", "0.0", false, false},
    {"NaN", "null", false, false},
    {"Infinity", "-Infinity", false, false},
    {"'a'", "'a'", true, true},
    {"'a'", "'A'", false, false},
    {"'a'", "'a '", false, false},
    {"''", "null", false, false},
    {"[]", "[null]", false, false},
    {"[1, 2]", "[2, 1]", false, true},
    {"[1, 1, 2]", "[1, 2, 2]", false, false},
    {"[[1, 2], 3]", "[3, [2, 1]]", false, true},
    {"[1]", "1", false, false},
    {"{a: 1, b: 2}", "{b: 2, a: 1}", true, true},
    {"{a: 1}", "{a: 2}", false, false},
    {"{a: 1}", "{b: 1}", false, false},
    {"{a: 1}", "{a: 1, b: null}", false, false},
    {"{a: [1, 2]}", "{a: [2, 1]}", false, true},
    {"(:A:B)", "(:B:A)", true, true},
    {"(:A)", "(:A:B)", false, false},
    {"(:A)", "(:B)", false, false},
    {"(:A)", "()", false, false},
    {"({a: 1})", "({a: 1.0})", false, false},
    {"({a: 1})", "{a: 1}", false, false},
    {"[:T]", "[:U]", false, false},
    {"[:T]", "[:T {a: 1}]", false, false},
    {"[:T {a: 1, b: 2}]", "[:T {b: 2, a: 1}]", true, true},
    {"<(:A)-[:T]->(:B)>", "<(:A)-[:T]->(:B)>", true, true},
    {"<(:A)-[:T]->(:B)>", "<(:A)<-[:T]-(:B)>", false, false},
    {"<(:A)-[:T]->(:B)>", "<(:B)<-[:T]-(:A)>", false, false},
    {"<(:A)-[:T]->(:B)>", "<(:A)>", false, false},
    {"<(:A)>", "(:A)", false, false},
};

static void test_equal(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        kg_arena arena = KG_ARENA_INIT;
        const pair *p = &pairs[i];
        tck_value a = value_of(&arena, p->a), b = value_of(&arena, p->b);
        if (tck_value_equal(&a, &b, false) != p->equal ||
            tck_value_equal(&b, &a, false) != p->equal ||
            tck_value_equal(&a, &b, true) != p->equal_any_order ||
            tck_value_equal(&b, &a, true) != p->equal_any_order)
            fail_msg("%s and %s", p->a, p->b);
        kg_arena_free(&arena);
    }
}

/* What has no notation of its own: points in time, and relationships of a node to itself. */
static void test_equal_found(void **state) {
    (void)state;
    kg_arena arena = KG_ARENA_INIT;
    tck_value text = value_of(&arena, "'1984-10-11'"), other = value_of(&arena, "'1984-10-12'");
    tck_value date = {.kind = TCK_TEMPORAL, .text = text.text};
    assert_true(tck_value_equal(&text, &date, false));
    assert_false(tck_value_equal(&other, &date, false));
    tck_value there = value_of(&arena, "<(:A)-[:T]->(:A)>");
    tck_value back = value_of(&arena, "<(:A)<-[:T]-(:A)>");
    assert_false(tck_value_equal(&there, &back, false));
    back.items.data[1].direction = TCK_LOOP;
    assert_true(tck_value_equal(&there, &back, false));
    kg_arena_free(&arena);
}

/* ---- Results --------------------------------------------------------------------------------- */

/* "a,b;1,2;3,4": rows end with semicolons, cells with commas. */
static tck_result result_of(kg_arena *arena, const char *text) {
    tck_table table = {0};
    tck_result out;
    while (*text) {
        tck_row row = {0};
        for (size_t n; (n = strcspn(text, ",;")) || *text == ','; text += *text == ',') {
            TCK_PUSH(arena, &row, tck_copy(arena, (kg_str){text, n}));
            text += n;
        }
        TCK_PUSH(arena, &table, row);
        text += *text == ';';
    }
    assert_int_equal(tck_result_parse(&out, arena, &table, NULL), KG_OK);
    return out;
}

static void test_results(void **state) {
    (void)state;
    static const struct {
        const char *expected, *found;
        bool in_order, any_rows, any_both; /* rows and items */
    } cases[] = {
        {"a,b;1,2", "a,b;1,2", true, true, true},
        {"a,b;1,2", "b,a;2,1", true, true, true},
        {"a,b;1,2", "a,b;2,1", false, false, false},
        {"a,b;1,2", "a;1", false, false, false},
        {"a;1", "a,b;1,2", false, false, false},
        {"a;1", "b;1", false, false, false},
        {"a", "a", true, true, true},
        {"a", "b", false, false, false},
        {"a", "a;1", false, false, false},
        {"a;1", "a", false, false, false},
        {"a;1;2", "a;2;1", false, true, true},
        {"a;1;1;2", "a;1;2;2", false, false, false},
        {"a;1;1", "a;1", false, false, false},
        {"a;{k: 1}", "a;{k: 2}", false, false, false},
        {"a;[[1]]", "a;[[2]]", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_arena arena = KG_ARENA_INIT;
        kg_str why = {NULL, 0};
        tck_result a = result_of(&arena, cases[i].expected), b = result_of(&arena, cases[i].found);
        bool same = tck_result_equal(&why, &arena, &a, &b, (tck_order){false, false});
        if (same != cases[i].in_order ||
            tck_result_equal(NULL, &arena, &a, &b, (tck_order){true, false}) != cases[i].any_rows ||
            tck_result_equal(NULL, &arena, &a, &b, (tck_order){true, true}) != cases[i].any_both)
            fail_msg("%s and %s", cases[i].expected, cases[i].found);
        assert_int_equal(why.len == 0, same);
        kg_arena_free(&arena);
    }
}

/* Free order of items is not free order of cells or, unless asked for, of rows. */
static void test_item_order(void **state) {
    (void)state;
    kg_arena arena = KG_ARENA_INIT;
    kg_str why;
    tck_result a = result_of(&arena, "a;0;0"), b = result_of(&arena, "a;0;0");
    a.rows.data[0].items.data[0] = value_of(&arena, "[1, 2]");
    b.rows.data[0].items.data[0] = value_of(&arena, "[2, 1]");
    assert_false(tck_result_equal(&why, &arena, &a, &b, (tck_order){false, false}));
    assert_str(why, "row [[1, 2]] expected, found [[2, 1]]");
    assert_true(tck_result_equal(&why, &arena, &a, &b, (tck_order){false, true}));
    tck_value row = b.rows.data[0];
    b.rows.data[0] = b.rows.data[1];
    b.rows.data[1] = row;
    assert_false(tck_result_equal(&why, &arena, &a, &b, (tck_order){false, true}));
    assert_false(tck_result_equal(&why, &arena, &a, &b, (tck_order){true, false}));
    assert_str(why, "row [[1, 2]] expected, found [[2, 1]]");
    assert_true(tck_result_equal(&why, &arena, &a, &b, (tck_order){true, true}));
    kg_arena_free(&arena);
}

/* ---- Side effects ---------------------------------------------------------------------------- */

static void add(tck_state *state, kg_arena *arena, tck_part part, const char *text) {
    TCK_PUSH(arena, &state->parts[part], kg_str_from(text));
}

static bool effects(kg_arena *arena, const tck_state *before, const tck_state *after,
                    const char *name, const char *number) {
    kg_str why = {NULL, 0};
    tck_table table = {0};
    tck_row row = {0};
    TCK_PUSH(arena, &row, kg_str_from(name));
    TCK_PUSH(arena, &row, kg_str_from(number));
    if (*name)
        TCK_PUSH(arena, &table, row);
    bool same = tck_state_equal(&why, arena, &table, before, after);
    assert_int_equal(why.len == 0, same);
    return same;
}

static void test_side_effects(void **state) {
    (void)state;
    kg_arena arena = KG_ARENA_INIT;
    tck_state before = {0}, after = {0};
    add(&before, &arena, TCK_NODES, "2");
    add(&before, &arena, TCK_NODES, "10");
    add(&before, &arena, TCK_LABELS, "A");
    add(&before, &arena, TCK_LABELS, "A");
    add(&after, &arena, TCK_NODES, "10");
    add(&after, &arena, TCK_NODES, "2");
    add(&after, &arena, TCK_LABELS, "A");
    tck_state_sort(&before);
    tck_state_sort(&after);
    assert_true(effects(&arena, &before, &after, "", ""));
    assert_true(effects(&arena, &before, &after, "+labels", "0"));
    assert_false(effects(&arena, &before, &after, "+labels", "1"));
    assert_false(effects(&arena, &before, &after, "+label", "0"));
    add(&after, &arena, TCK_NODES, "11");
    tck_state_sort(&after);
    assert_true(effects(&arena, &before, &after, "+nodes", "1"));
    assert_false(effects(&arena, &before, &after, "+nodes", "2"));
    assert_false(effects(&arena, &before, &after, "", ""));
    assert_true(effects(&arena, &after, &before, "-nodes", "1"));
    assert_false(effects(&arena, &after, &before, "+nodes", "1"));
    add(&after, &arena, TCK_PROPERTIES, "11 k = 1");
    assert_false(effects(&arena, &before, &after, "+nodes", "1"));
    kg_arena_free(&arena);
}

/* ---- The list -------------------------------------------------------------------------------- */

static void test_accepted(void **state) {
    (void)state;
    static const char list[] = "# comment\n\na/b.feature | [1] All of it | why | because\n"
                               "a/b.feature | [2] One [example 2] | why\n";
    kg_arena arena = KG_ARENA_INIT;
    kg_error err = KG_ERROR_INIT;
    tck_exceptions all;
    tck_scenario one = {.name = KG_STR("[1] All of it"), .example = 3};
    assert_int_equal(tck_accepted_parse(&all, &arena, kg_str_from(list), NULL), KG_OK);
    assert_int_equal(all.len, 2);
    assert_str(all.data[0].reason, "why | because");
    assert_true(tck_accepted_has(&all, KG_STR("a/b.feature"), &one));
    assert_false(tck_accepted_has(&all, KG_STR("a/c.feature"), &one));
    one.name = KG_STR("[2] One");
    assert_false(tck_accepted_has(&all, KG_STR("a/b.feature"), &one));
    one.example = 2;
    assert_true(tck_accepted_has(&all, KG_STR("a/b.feature"), &one));
    assert_int_equal(all.data[0].hits, 1);
    assert_int_equal(all.data[1].hits, 1);
    assert_int_equal(tck_accepted_parse(&all, &arena, KG_STR("\na | b\n"), &err), KG_ERR_FORMAT);
    assert_int_equal(err.line, 2);
    kg_arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feature),      cmocka_unit_test(test_outline),
        cmocka_unit_test(test_bad_features), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_bad_values),   cmocka_unit_test(test_equal),
        cmocka_unit_test(test_equal_found),  cmocka_unit_test(test_results),
        cmocka_unit_test(test_item_order),   cmocka_unit_test(test_side_effects),
        cmocka_unit_test(test_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
