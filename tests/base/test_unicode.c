#include "kgstore/base/unicode.h"

#include "kgstore/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_categories(void **state) {
    (void)state;
    static const struct {
        uint32_t code_point;
        kg_char_category category;
    } cases[] = {
        {'a', KG_CHAR_LETTER},         {0x75C5, KG_CHAR_LETTER},    {0x0301, KG_CHAR_ACCENT},
        {0x0903, KG_CHAR_MARK},        {'7', KG_CHAR_NUMBER},       {0x2163, KG_CHAR_NUMBER},
        {0x3002, KG_CHAR_PUNCTUATION}, {0x1F600, KG_CHAR_SYMBOL},   {0x3000, KG_CHAR_SPACE},
        {0x2028, KG_CHAR_SPACE},       {0x200B, KG_CHAR_CONTROL},   {0x1C, KG_CHAR_CONTROL},
        {0xE000, KG_CHAR_OTHER},       {UINT32_MAX, KG_CHAR_OTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(kg_char_category_of(cases[i].code_point), cases[i].category);
}

static void test_decomposition(void **state) {
    (void)state;
    uint32_t out[KG_CHAR_MAX_DECOMPOSED];
    assert_int_equal(kg_char_decompose(out, 0x01D5), 3);
    assert_int_equal(out[0], 'U');
    assert_int_equal(out[1], 0x0308);
    assert_int_equal(out[2], 0x0304);
    assert_int_equal(kg_char_decompose(out, 0xAC01), 3);
    assert_int_equal(out[2], 0x11A8);
    for (uint32_t c = 0; c < 0x120000; c++) {
        size_t n = kg_char_decompose(out, c);
        assert_true(n >= 1 && n <= KG_CHAR_MAX_DECOMPOSED);
    }
}

static void test_lower_keeps_what_has_no_case(void **state) {
    (void)state;
    kg_bytes to = KG_ARRAY_INIT;
    assert_int_equal(kg_text_lower(&to, KG_STR("AbÉ病Σ\xFFЖ")), KG_OK);
    assert_int_equal(to.len, strlen("abé病σ\xFFж"));
    assert_memory_equal(to.data, "abé病σ\xFFж", to.len);
    kg_array_free(&to);
    for (uint32_t c = 0; c < 0x110000; c++)
        assert_int_equal(kg_char_is_word(c), kg_char_is_word(kg_char_lower(c)));
}

/* Folded text is the same whatever its form and case were, and stays as it is. */
static void test_folding(void **state) {
    (void)state;
    kg_folded folded, again;
    for (uint32_t c = 1; c < 0x110000; c++) {
        char text[4 * KG_CHAR_MAX_DECOMPOSED], other[4 * KG_FOLDED_MAX];
        uint32_t parts[KG_CHAR_MAX_DECOMPOSED];
        size_t n = 0, m = 0;
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        kg_text_fold_next(&folded, (kg_str){text, kg_utf8_encode(text, c)});
        assert_int_equal(folded.characters, 1);
        for (size_t i = 0, k = kg_char_decompose(parts, c); i < k; i++)
            n += kg_utf8_encode(other + n, parts[i]);
        kg_text_fold_next(&again, (kg_str){other, n});
        assert_int_equal(again.bytes, n);
        assert_int_equal(again.n, folded.n);
        assert_memory_equal(again.points, folded.points, folded.n * sizeof *folded.points);
        for (size_t i = 0; i < folded.n; i++)
            m += kg_utf8_encode(other + m, (uint32_t)folded.points[i]);
        for (size_t i = 0, at = 0; at < m; at += again.bytes) {
            kg_text_fold_next(&again, (kg_str){other + at, m - at});
            for (size_t k = 0; k < again.n; k++)
                assert_int_equal(again.points[k], folded.points[i++]);
        }
    }
    kg_bytes marks = KG_ARRAY_INIT;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(kg_array_append(&marks, "\xCC\x81", 2), KG_OK);
    for (size_t at = 0; at < marks.len; at += folded.bytes) {
        kg_text_fold_next(&folded, (kg_str){marks.data + at, marks.len - at});
        assert_true(folded.characters <= KG_CLUSTER_MAX && folded.n == folded.characters);
    }
    kg_array_free(&marks);
}

static void test_what_a_person_sees(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"plain, 病, é", "plain, 病, é"},
        {"a\x1B[2J\x7F", "a\\x1b[2J\\x7f"},
        {"\xC2\x9B"
         "31m",
         "\\u009b31m"},
        {"a\u202Eb\u2066\u200F", "a\\u202eb\\u2066\\u200f"},
        {"caf\xE9\n", "caf\\xe9\\x0a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_bytes to = KG_ARRAY_INIT;
        assert_int_equal(kg_text_show(&to, kg_str_from(cases[i][0])), KG_OK);
        assert_int_equal(to.len, strlen(cases[i][1]));
        assert_memory_equal(to.data, cases[i][1], to.len);
        kg_array_free(&to);
    }
}

static void test_word_characters(void **state) {
    (void)state;
    static const uint32_t word[] = {'a', 'Z', '0', 0xE9, 0x3B1, 0x416, 0x1E9E, 0xFF21, 0x212A};
    static const uint32_t other[] = {'_',    '-',  ' ',   0x75C5, 0x3042, 0xAC00, 0x2163, 0x0660,
                                     0x0301, 0xD7, 0x2B9, 0x0531, 0x05D0, 0xFF11, 0x1F600};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        assert_true(kg_char_is_word(word[i]));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(kg_char_is_word(other[i]));
}

static void test_width(void **state) {
    (void)state;
    assert_int_equal(kg_text_width(KG_STR("ab病,e\xCC\x81")), 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_categories),
        cmocka_unit_test(test_decomposition),
        cmocka_unit_test(test_lower_keeps_what_has_no_case),
        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_what_a_person_sees),
        cmocka_unit_test(test_word_characters),
        cmocka_unit_test(test_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
