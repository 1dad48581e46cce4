#include "kgstore/base/unicode.h"

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
        cmocka_unit_test(test_word_characters),
        cmocka_unit_test(test_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
