#include "model/tokenizer/tokenizer.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define GOLDEN KG_SHARED_DIR "/golden/tokenizer/wordpiece.jsonl"
#define VOCABULARY KG_SHARED_DIR "/data/vocab/bert-base-chinese.txt"

static void check_golden_line(const kg_tokenizer *t, json_t *line, kg_tokens *tokens) {
    json_t *text = json_object_get(line, "text"), *want = json_object_get(line, "tokens");
    json_t *ids = json_object_get(line, "ids");
    kg_tokens_clear(tokens);
    assert_int_equal(
        kg_tokenizer_encode(tokens, t, (kg_str){json_string_value(text), json_string_length(text)}),
        KG_OK);
    assert_int_equal(tokens->ids.len, json_array_size(want));
    for (size_t i = 0; i < tokens->ids.len; i++) {
        json_t *token = json_array_get(want, i);
        assert_true(kg_str_equal(kg_tokenizer_token(t, tokens->ids.data[i]),
                                 kg_str_from(json_string_value(token))));
        assert_int_equal(tokens->ids.data[i], json_integer_value(json_array_get(ids, i)));
    }
}

static void test_golden(void **state) {
    (void)state;
    if (access(GOLDEN, R_OK) != 0) {
        print_message("skipped: no %s\n", GOLDEN);
        skip();
    }
    kg_tokenizer *tokenizers[2];
    for (int cased = 0; cased < 2; cased++)
        assert_int_equal(kg_tokenizer_open(&tokenizers[cased], VOCABULARY, cased, NULL), KG_OK);
    kg_lines *lines;
    kg_str line;
    bool end;
    kg_tokens tokens = KG_TOKENS_INIT;
    assert_int_equal(kg_lines_open(&lines, GOLDEN, 0, NULL), KG_OK);
    while (kg_lines_next(&line, &end, lines, NULL) == KG_OK && !end) {
        json_t *object = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
        assert_non_null(object);
        bool lower = json_is_true(json_object_get(object, "lower_case"));
        check_golden_line(tokenizers[lower ? 0 : 1], object, &tokens);
        json_decref(object);
    }
    assert_int_equal(kg_lines_number(lines), 581);
    kg_lines_close(lines);
    kg_tokens_free(&tokens);
    kg_tokenizer_free(tokenizers[0]);
    kg_tokenizer_free(tokenizers[1]);
}

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[unused1]\n病\n毒\nab\n##c\n##cd\n"
    "a\n,\nb\n##b\n##a\né\ne\n[\n]\nmask\nᄀ\n##ᅡ\nＡ\nB\n";

static kg_tokenizer *small(bool cased) {
    kg_tokenizer *t = NULL;
    kg_lines *lines = NULL;
    assert_int_equal(kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0), KG_OK);
    assert_int_equal(kg_tokenizer_read(&t, lines, cased, NULL), KG_OK);
    kg_lines_close(lines);
    return t;
}

/* Tokens as "token@start-end", a bar before those that continue a word. */
static void describe(char *out, size_t size, const kg_tokenizer *t, kg_str text) {
    kg_tokens tokens = KG_TOKENS_INIT;
    size_t n = 0;
    assert_int_equal(kg_tokenizer_encode(&tokens, t, text), KG_OK);
    out[0] = '\0';
    for (size_t i = 0; i < tokens.ids.len && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%.*s@%u-%u",
                              !tokens.starts.data[i] ? "|"
                              : i                    ? " "
                                                     : "",
                              KG_STR_ARG(kg_tokenizer_token(t, tokens.ids.data[i])),
                              tokens.spans.data[i].start, tokens.spans.data[i].end);
    kg_tokens_free(&tokens);
}

static void test_spans_and_words(void **state) {
    (void)state;
    static const struct {
        bool cased;
        const char *text, *want;
    } cases[] = {
        {false, "病毒abcd,b", "病@0-3 毒@3-6 ab@6-8|##cd@8-10 ,@10-11 b@11-12"},
        {false, "ABx 病", "[UNK]@0-3 病@4-7"},
        {false,
         "a\xCC\x81"
         "b",
         "ab@0-4"},
        {false, "\xCC\x81 é", "e@3-5"},
        {false, "가", "ᄀ@0-3|##ᅡ@0-3"},
        {false, "[MASK] [mask] a[MASK]",
         "[MASK]@0-6 [@7-8 mask@8-12 ]@12-13 a@14-15 [@15-16 mask@16-20 ]@20-21"},
        {false, "病[MA\xE2\x80\x8BSK]病", "病@0-3 [MASK]@3-12 病@12-15"},
        {false, "[SEP]", "[SEP]@0-5"},
        {false,
         "\xFF"
         "a\xFF"
         "b\xFF",
         "ab@1-4"},
        {true, "AB é", "[UNK]@0-2 é@3-5"},
        {true, "Ａ B", "Ａ@0-3 B@4-5"},
        {false, "", ""},
        {false, " \t\xE3\x80\x80", ""},
    };
    kg_tokenizer *t[2] = {small(false), small(true)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[512];
        describe(got, sizeof got, t[cases[i].cased], kg_str_from(cases[i].text));
        assert_string_equal(got, cases[i].want);
    }
    kg_tokenizer_free(t[0]);
    kg_tokenizer_free(t[1]);
}

static void test_words_over_100_characters(void **state) {
    (void)state;
    kg_tokenizer *t = small(false);
    kg_tokens tokens = KG_TOKENS_INIT;
    char text[300];
    memset(text, 'b', sizeof text);
    assert_int_equal(kg_tokenizer_encode(&tokens, t, (kg_str){text, 100}), KG_OK);
    assert_int_equal(tokens.ids.len, 100);
    kg_tokens_clear(&tokens);
    for (size_t n = 101; n <= sizeof text; n += 50) {
        kg_tokens_clear(&tokens);
        assert_int_equal(kg_tokenizer_encode(&tokens, t, (kg_str){text, n}), KG_OK);
        assert_int_equal(tokens.ids.len, 1);
        assert_int_equal(tokens.ids.data[0], kg_tokenizer_special(t).unk);
        assert_int_equal(tokens.spans.data[0].end, n);
    }
    kg_tokens_free(&tokens);
    kg_tokenizer_free(t);
}

static void test_decode(void **state) {
    (void)state;
    kg_tokenizer *t = small(false);
    kg_tokens tokens = KG_TOKENS_INIT;
    kg_bytes text = KG_ARRAY_INIT;
    assert_int_equal(kg_tokenizer_encode(&tokens, t, KG_STR("病毒 abcd b病")), KG_OK);
    assert_int_equal(kg_tokenizer_decode(&text, t, tokens.ids.data, tokens.ids.len), KG_OK);
    assert_int_equal(text.len, strlen("病毒 abcd b 病"));
    assert_memory_equal(text.data, "病毒 abcd b 病", text.len);
    uint32_t beyond = 1000;
    text.len = 0;
    assert_int_equal(kg_tokenizer_decode(&text, t, &beyond, 1), KG_OK);
    assert_memory_equal(text.data, "[UNK]", 5);
    kg_array_free(&text);
    kg_tokens_free(&tokens);
    kg_tokenizer_free(t);
}

static void test_look_ups(void **state) {
    (void)state;
    kg_tokenizer *t = small(false);
    for (uint32_t id = 0; id < kg_tokenizer_size(t); id++)
        assert_int_equal(kg_tokenizer_id(t, kg_tokenizer_token(t, id)), id);
    assert_int_equal(kg_tokenizer_id(t, KG_STR("zz")), KG_NO_TOKEN);
    assert_int_equal(kg_tokenizer_id(t, KG_STR("")), KG_NO_TOKEN);
    assert_true(kg_tokenizer_is_special(t, 4));
    assert_true(kg_tokenizer_is_special(t, 5));
    assert_false(kg_tokenizer_is_special(t, 6));
    kg_tokenizer_free(t);
}

static void test_bad_vocabularies(void **state) {
    (void)state;
    static const struct {
        const char *content, *text;
    } cases[] = {
        {"", "v: the vocabulary is empty; one token a line was expected"},
        {"a\nb\n", "v: the vocabulary has no line \"[UNK]\", which stands for unknown words"},
        {"[UNK]\n\xFF\n", "v:2: the token is not valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_tokenizer *t;
        kg_lines *lines;
        kg_error err = KG_ERROR_INIT;
        char text[512];
        assert_int_equal(kg_lines_from_memory(&lines, kg_str_from(cases[i].content), "v", 0),
                         KG_OK);
        assert_int_equal(kg_tokenizer_read(&t, lines, false, &err), KG_ERR_FORMAT);
        assert_null(t);
        assert_string_equal(kg_error_format(text, sizeof text, &err), cases[i].text);
        kg_lines_close(lines);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_spans_and_words),
        cmocka_unit_test(test_words_over_100_characters),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_look_ups),
        cmocka_unit_test(test_bad_vocabularies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
