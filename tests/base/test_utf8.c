#include "kgstore/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_every_code_point_survives(void **state) {
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        char text[4];
        uint32_t back;
        bool valid;
        size_t n = kg_utf8_encode(text, c);
        assert_int_equal(kg_utf8_decode(&back, &valid, text, n), n);
        assert_true(valid);
        assert_int_equal(back, c);
    }
}

static void test_what_is_invalid(void **state) {
    (void)state;
    static const char *const cases[] = {
        "\x80",         "\xC0\x80",         "\xC1\xBF",         "\xE0\x80\x80",     "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE8\x8D",
        "\xFF",         "\xE8\x8DX",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code_point;
        bool valid;
        assert_int_equal(kg_utf8_decode(&code_point, &valid, cases[i], strlen(cases[i])), 1);
        assert_false(valid);
        assert_int_equal(code_point, 0xFFFD);
    }
}

static void test_valid_prefix(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t prefix;
    } cases[] = {
        {"", 0},
        {"plain ascii of more than eight bytes", 36},
        {"\xE8\x8D\xAF\xE7\x89\xA9", 6},
        {"12345678\xE8\x8D\xAF\xFF", 11},
        {"12345678abc\x80", 11},
    };
    assert_int_equal(kg_utf8_valid_prefix(NULL, 0), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(kg_utf8_valid_prefix(cases[i].text, strlen(cases[i].text)),
                         cases[i].prefix);
}

/* Whole words are looked at at once where that is safe: the answer must be that of one character at
 * a time, whatever stands in the first three bytes. */
static void test_valid_prefix_agrees_with_decoding(void **state) {
    (void)state;
    char text[12] = "...\xE8\x8D\xAF-tail";
    for (uint32_t bytes = 0; bytes < 1 << 24; bytes++) {
        memcpy(text, &bytes, 3);
        size_t expected = 0;
        while (expected < sizeof text) {
            uint32_t code_point;
            bool valid;
            size_t n = kg_utf8_decode(&code_point, &valid, text + expected, sizeof text - expected);
            if (!valid)
                break;
            expected += n;
        }
        if (kg_utf8_valid_prefix(text, sizeof text) != expected)
            assert_int_equal(kg_utf8_valid_prefix(text, sizeof text), expected);
    }
}

/* Blocks of 32 bytes: a character of each length across every boundary, whole, cut and spoilt. */
static void test_valid_prefix_across_blocks(void **state) {
    (void)state;
    static const char *const characters[] = {"\xC3\xA9", "\xE8\x8D\xAF", "\xF0\x9F\x98\x80",
                                             "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"};
    char text[100];
    for (size_t c = 0; c < sizeof characters / sizeof *characters; c++) {
        size_t n = strlen(characters[c]);
        for (size_t at = 0; at + n <= sizeof text; at++) {
            memset(text, 'x', sizeof text);
            memcpy(text + at, characters[c], n);
            assert_int_equal(kg_utf8_valid_prefix(text, sizeof text), sizeof text);
            assert_int_equal(kg_utf8_valid_prefix(text, at + n), at + n);
            assert_int_equal(kg_utf8_valid_prefix(text, at + n - 1), at);
            text[at + n - 1] = 'x';
            assert_int_equal(kg_utf8_valid_prefix(text, sizeof text), at);
            memcpy(text + at, characters[c], n);
            if (at > 0) {
                text[at - 1] = (char)0x80;
                assert_int_equal(kg_utf8_valid_prefix(text, sizeof text), at - 1);
            }
        }
    }
}

static void test_length_counts_characters(void **state) {
    (void)state;
    assert_int_equal(kg_utf8_length("a\xE8\x8D\xAF\xFF", 5), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point_survives),
        cmocka_unit_test(test_what_is_invalid),
        cmocka_unit_test(test_valid_prefix),
        cmocka_unit_test(test_valid_prefix_agrees_with_decoding),
        cmocka_unit_test(test_valid_prefix_across_blocks),
        cmocka_unit_test(test_length_counts_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
