/* Entities of tag sequences, by the three conventions: the table of the header, and conlleval's own
 * rules on random sequences. */
#include "plugins/smedbert/tasks/ner/tags.h"

#include "kgstore/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { O, B_A, I_A, B_B, I_B };

/* "A0-1 B2-2 " for spans over types A, B, ...; ends inclusive. */
static void describe(char *text, const uint16_t *tags, size_t n, kg_convention convention) {
    kg_ner_spans spans = KG_ARRAY_INIT;
    assert_int_equal(kg_tags_spans(&spans, tags, n, convention), KG_OK);
    text[0] = '\0';
    for (size_t i = 0; i < spans.len; i++)
        sprintf(text + strlen(text), "%c%u-%u ", 'A' + (int)spans.data[i].type, spans.data[i].start,
                spans.data[i].end - 1);
    kg_array_free(&spans);
}

static void test_conventions(void **state) {
    (void)state;
    static const struct {
        uint16_t tags[4];
        size_t n;
        const char *expected[KG_CONVENTIONS];
    } cases[] = {
        {{O, I_A, I_A}, 3, {"", "A1-2 ", ""}},
        {{B_A, I_B, I_A}, 3, {"A0-0 ", "A0-0 B1-1 A2-2 ", "A0-2 "}},
        {{B_A, I_B}, 2, {"A0-0 ", "A0-0 B1-1 ", "A0-0 "}},
        {{B_A, I_A, B_A, I_A}, 4, {"A0-1 A2-3 ", "A0-1 A2-3 ", "A0-1 A2-3 "}},
        {{B_A, O, I_A}, 3, {"A0-0 ", "A0-0 A2-2 ", "A0-0 "}},
        {{B_A, B_B, I_B, O}, 4, {"A0-0 B1-2 ", "A0-0 B1-2 ", "A0-0 B1-2 "}},
        {{O}, 1, {"", "", ""}},
        {{O}, 0, {"", "", ""}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int convention = 0; convention < KG_CONVENTIONS; convention++) {
            char text[128];
            describe(text, cases[i].tags, cases[i].n, (kg_convention)convention);
            assert_string_equal(text, cases[i].expected[convention]);
        }
    }
}

/* The rules of the CoNLL-2000 evaluation: a chunk starts at B, at I after O, and where the type
 * changes; it ends before O, before B, and where the type changes. */
static void naive_conlleval(char *text, const uint16_t *tags, size_t n) {
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        int type = tags[i] ? (tags[i] - 1) / 2 : -1;
        int before = i > 0 && tags[i - 1] ? (tags[i - 1] - 1) / 2 : -1;
        if (type < 0 || (tags[i] % 2 == 0 && before == type))
            continue;
        size_t end = i;
        while (end + 1 < n && tags[end + 1] == 2 + 2 * type)
            end++;
        sprintf(text + strlen(text), "%c%zu-%zu ", 'A' + type, i, end);
    }
}

static void test_random_sequences_read_as_conlleval(void **state) {
    (void)state;
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    for (int round = 0; round < 1000; round++) {
        uint16_t tags[20];
        char text[512], expected[512];
        size_t n = kg_rng_below(&rng, 21);
        for (size_t i = 0; i < n; i++)
            tags[i] = (uint16_t)kg_rng_below(&rng, 7);
        describe(text, tags, n, KG_CONLLEVAL);
        naive_conlleval(expected, tags, n);
        assert_string_equal(text, expected);
    }
}

static void test_tagset_is_sorted_and_formats(void **state) {
    (void)state;
    kg_tagset set = KG_TAGSET_INIT;
    bool added;
    char text[32];
    assert_int_equal(kg_tagset_add(&set, KG_STR("symptom"), &added), KG_OK);
    assert_true(added);
    assert_int_equal(kg_tagset_add(&set, KG_STR("disease"), &added), KG_OK);
    assert_int_equal(kg_tagset_add(&set, KG_STR("symptom"), &added), KG_OK);
    assert_false(added);
    assert_int_equal(kg_tagset_tags(&set), 5);
    assert_int_equal(kg_tagset_find(&set, KG_STR("disease")), 0);
    assert_int_equal(kg_tagset_find(&set, KG_STR("drug")), -1);
    assert_string_equal(kg_tag_format(text, sizeof text, &set, 0), "O");
    assert_string_equal(kg_tag_format(text, sizeof text, &set, 1), "B-disease");
    assert_string_equal(kg_tag_format(text, sizeof text, &set, 4), "I-symptom");
    kg_tagset_free(&set);
}

static void test_forms_of_tags(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool valid;
        char letter;
        const char *type;
    } cases[] = {
        {"O", true, 'O', ""},          {"B-drug", true, 'B', "drug"},
        {"I_drug", true, 'I', "drug"}, {"B-a-b", true, 'B', "a-b"},
        {"B-", false, 0, ""},          {"S-drug", false, 0, ""},
        {"o", false, 0, ""},           {"", false, 0, ""},
        {"Bdrug", false, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char letter = 0;
        kg_str type;
        assert_int_equal(kg_tag_parse(&letter, &type, kg_str_from(cases[i].text)), cases[i].valid);
        if (cases[i].valid) {
            assert_int_equal(letter, cases[i].letter);
            assert_true(kg_str_equal(type, kg_str_from(cases[i].type)));
        }
    }
}

static void test_only_inside_tags_are_restricted(void **state) {
    (void)state;
    uint8_t allowed[7 * 5];
    kg_tags_allowed(allowed, 2);
    for (size_t from = 0; from <= 5; from++)
        for (size_t to = 0; to < 5; to++) {
            bool inside = to == I_A || to == I_B;
            bool follows = from == to || from + 1 == to;
            assert_int_equal(allowed[from * 5 + to], !inside || follows);
        }
    for (size_t last = 0; last < 5; last++)
        assert_true(allowed[6 * 5 + last]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conventions),
        cmocka_unit_test(test_random_sequences_read_as_conlleval),
        cmocka_unit_test(test_tagset_is_sorted_and_formats),
        cmocka_unit_test(test_forms_of_tags),
        cmocka_unit_test(test_only_inside_tags_are_restricted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
