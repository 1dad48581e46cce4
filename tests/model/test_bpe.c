/* Byte-level BPE: tokens and places of text, words by themselves, text of tokens, and files that
 * are obeyed or refused by name. tests/plugins/smedbert/bpe_peers.py compares with Hugging Face's.
 */
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/bpe_files.h"
#include "model/tokenizer/byte_chars.h"
#include "tests/support/sample_bpe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static kg_tokenizer *sample(const char *config) {
    kg_tokenizer *t = NULL;
    kg_error err = KG_ERROR_INIT;
    json_t *json = sample_bpe_json(), *over = config ? json_loads(config, 0, NULL) : NULL;
    if (sample_bpe_read(&t, json, over, &err) != KG_OK)
        fail_msg("%s", err.text);
    json_decref(json);
    json_decref(over);
    return t;
}

/* Tokens as "token@start-end", a bar before those that continue a word. */
static void describe(char *out, size_t size, const kg_tokenizer *t, kg_str text, bool word) {
    kg_tokens tokens = KG_TOKENS_INIT;
    size_t n = 0;
    assert_int_equal((word ? kg_tokenizer_encode_word : kg_tokenizer_encode)(&tokens, t, text),
                     KG_OK);
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

static const struct {
    const char *text, *want; /* without a space before */
    const char *word;        /* as a word; NULL: the same */
} cases[] = {
    {"low lower", "low@0-3 Ġlow@4-7|er@7-9", "Ġlow@0-3 Ġlow@4-7|er@7-9"},
    {" low", "Ġlow@1-4", NULL},
    {"low  low", "low@0-3 Ġ@3-4 Ġlow@5-8", "Ġlow@0-3 Ġ@3-4 Ġlow@5-8"},
    {"low   ", "low@0-3 ĠĠ@3-5|Ġ@5-6", "Ġlow@0-3 ĠĠ@3-5|Ġ@5-6"},
    {"low\t\n1", "low@0-3 ĉ@3-4 Ċ@4-5 1@5-6", "Ġlow@0-3 ĉ@3-4 Ċ@4-5 1@5-6"},
    {"\n1", "Ċ@0-1 1@1-2", "Ġ@0-1 Ċ@0-1 1@1-2"},
    /* The pair of the smallest rank first, of equal ones the leftmost. */
    {"abcd", "abc@0-3|d@3-4", "Ġ@0-1|abc@0-3|d@3-4"},
    {"aaaaa", "aaaa@0-4|a@4-5", "Ġ@0-1|aaaa@0-4|a@4-5"},
    {"it's 's 'S", "i@0-1|t@1-2 's@2-4 Ġ@4-5|'@5-6 s@6-7 Ġ@7-8|'@8-9 S@9-10",
     "Ġ@0-1|i@0-1|t@1-2 's@2-4 Ġ@4-5|'@5-6 s@6-7 Ġ@7-8|'@8-9 S@9-10"},
    {"'ll1", "'@0-1|l@1-2|l@2-3 1@3-4", "Ġ@0-1|'@0-1 l@1-2|l@2-3 1@3-4"},
    {"a1,b", "a@0-1 1@1-2 ,@2-3 b@3-4", "Ġ@0-1|a@0-1 1@1-2 ,@2-3 b@3-4"},
    /* Characters divided between tokens have each the whole character's place. */
    {"病", "çĹħ@0-3", "Ġ@0-3|çĹħ@0-3"},
    {"病毒", "çĹ@0-3|ħæ@0-6|¯@3-6|Ĵ@3-6", "ĠçĹ@0-3|ħæ@0-6|¯@3-6|Ĵ@3-6"},
    {"毒a", "æ¯Ĵ@0-3 a@3-4", "Ġ@0-3|æ¯Ĵ@0-3 a@3-4"},
    {"é", "Ã@0-2|©@0-2", "Ġ@0-2|Ã@0-2|©@0-2"},
    /* An invalid byte is U+FFFD. */
    {"a\xFF", "a@0-1 ï@1-2|¿@1-2|½@1-2", "Ġ@0-1|a@0-1 ï@1-2|¿@1-2|½@1-2"},
    /* <mask> takes the space before it along, </s> does not; <mask is no token. */
    {"low <mask> low", "low@0-3 <mask>@4-10 Ġlow@11-14", "Ġlow@0-3 <mask>@4-10 Ġlow@11-14"},
    {"low</s>low", "low@0-3 </s>@3-7 low@7-10", "Ġlow@0-3 </s>@3-7 Ġlow@7-10"},
    {"<mask", "<@0-1 m@1-2|a@2-3|s@3-4|k@4-5", "Ġ@0-1|<@0-1 m@1-2|a@2-3|s@3-4|k@4-5"},
    {"", "", NULL},
};

static void test_tokens(void **state) {
    (void)state;
    kg_tokenizer *t[2] = {sample(NULL), sample("{\"add_prefix_space\": true}")};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[512];
        const char *word = cases[i].word ? cases[i].word : cases[i].want;
        describe(got, sizeof got, t[0], kg_str_from(cases[i].text), false);
        assert_string_equal(got, cases[i].want);
        describe(got, sizeof got, t[0], kg_str_from(cases[i].text), true);
        assert_string_equal(got, word);
        describe(got, sizeof got, t[1], kg_str_from(cases[i].text), false);
        assert_string_equal(got, word);
    }
    kg_tokenizer_free(t[0]);
    kg_tokenizer_free(t[1]);
}

/* A word of a million letters takes n log n steps, and no more. */
static void test_a_long_word(void **state) {
    (void)state;
    kg_tokenizer *t = sample(NULL);
    kg_tokens tokens = KG_TOKENS_INIT;
    size_t n = 1000000;
    char *text = malloc(n);
    memset(text, 'a', n);
    assert_int_equal(kg_tokenizer_encode(&tokens, t, (kg_str){text, n}), KG_OK);
    assert_int_equal(tokens.ids.len, n / 4);
    assert_int_equal(tokens.spans.data[n / 4 - 1].start, n - 4);
    free(text);
    kg_tokens_free(&tokens);
    kg_tokenizer_free(t);
}

static void test_what_it_is(void **state) {
    (void)state;
    kg_tokenizer *t = sample(NULL);
    kg_special_tokens s = kg_tokenizer_special(t);
    kg_joining joining = kg_tokenizer_joining(t);
    assert_int_equal(s.cls, SAMPLE_CLS);
    assert_int_equal(s.pad, SAMPLE_PAD);
    assert_int_equal(s.sep, SAMPLE_SEP);
    assert_int_equal(s.unk, SAMPLE_UNK);
    assert_int_equal(s.mask, SAMPLE_MASK);
    assert_int_equal(joining.separators, 2);
    assert_int_equal(joining.second_type, 0);
    assert_true(kg_tokenizer_cased(t));
    for (uint32_t id = 0; id < kg_tokenizer_size(t); id++) {
        assert_int_equal(kg_tokenizer_id(t, kg_tokenizer_token(t, id)), id);
        assert_int_equal(kg_tokenizer_is_special(t, id), id < SAMPLE_FIRST_BYTE);
    }
    kg_tokenizer_free(t);
}

static void test_bytes(void **state) {
    (void)state;
    for (int b = 0; b < 256; b++)
        assert_int_equal(kg_char_byte(kg_byte_char((uint8_t)b)), b);
    assert_int_equal(kg_byte_char(' '), 0x120);
    assert_int_equal(kg_byte_char(0xAD), 0x143);
    assert_int_equal(kg_char_byte(0x144), -1);
    assert_int_equal(kg_char_byte(' '), -1);
}

static void test_decoding(void **state) {
    (void)state;
    kg_tokenizer *t = sample(NULL);
    static const char *const texts[] = {"low lower  \n", "病毒é <mask>", "\x01\x7F\xC2\xAD"};
    kg_bytes text = KG_ARRAY_INIT;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        kg_tokens tokens = KG_TOKENS_INIT;
        kg_str given = kg_str_from(texts[i]);
        text.len = 0;
        assert_int_equal(kg_tokenizer_encode(&tokens, t, given), KG_OK);
        assert_int_equal(kg_tokenizer_decode(&text, t, tokens.ids.data, tokens.ids.len), KG_OK);
        if (i != 1)
            assert_true(kg_str_equal((kg_str){text.data, text.len}, given));
        kg_tokens_free(&tokens);
    }
    /* A part of a character, and an id beyond the vocabulary. */
    const uint32_t ids[] = {kg_tokenizer_id(t, KG_STR("Ġlow")), kg_tokenizer_id(t, KG_STR("Ã")),
                            kg_tokenizer_size(t)};
    text.len = 0;
    assert_int_equal(kg_tokenizer_decode(&text, t, ids, 3), KG_OK);
    assert_true(kg_str_equal((kg_str){text.data, text.len}, KG_STR(" low\xEF\xBF\xBD<unk>")));
    kg_array_free(&text);
    kg_tokenizer_free(t);
}

/* ---- What files say -------------------------------------------------------------------------- */

/* The sample with `value` at a path of keys, "a.b"; NULL: without that key. */
static json_t *changed(const char *path, const char *value) {
    char first[64];
    json_t *json = sample_bpe_json(), *at = json;
    const char *dot = strchr(path, '.');
    if (dot) {
        snprintf(first, sizeof first, "%.*s", (int)(dot - path), path);
        at = json_object_get(json, first);
        path = dot + 1;
    }
    if (value)
        json_object_set_new(at, path, json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(at, path);
    return json;
}

#define TOKEN(name, type) "{\"SpecialToken\":{\"id\":\"" name "\",\"type_id\":" #type "}}"
#define TEXT(name, type) "{\"Sequence\":{\"id\":\"" name "\",\"type_id\":" #type "}}"
#define TEMPLATE(pair)                                                                             \
    "{\"type\":\"TemplateProcessing\",\"single\":[" TOKEN("<s>", 0) "," TEXT("A", 0) "," TOKEN(    \
        "</s>", 0) "],\"pair\":[" pair "]}"
#define BERT_PAIR                                                                                  \
    TOKEN("<s>", 0)                                                                                \
    "," TEXT("A", 0) "," TOKEN("</s>", 0) "," TEXT("B", 1) "," TOKEN("</s>", 1)

static const struct {
    const char *path, *value, *told; /* NULL: it is taken */
} files[] = {
    {"post_processor", TEMPLATE(BERT_PAIR), NULL},
    {"post_processor", "{\"type\":\"ByteLevel\",\"trim_offsets\":true}", NULL},
    {"post_processor", NULL, NULL},
    {"model.type", NULL, NULL},
    {"model.unk_token", "\"<unk>\"", NULL},
    {"model.dropout", "0.0", NULL},
    {"model.merges", "[[\"l\",\"o\"]]", NULL},
    {"model.dropout", "0.1", "dropout is 0.1; none was expected"},
    {"model.byte_fallback", "true", "byte_fallback is true"},
    {"model.ignore_merges", "true", "ignore_merges is true"},
    {"model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix is \"</w>\""},
    {"model.continuing_subword_prefix", "\"##\"", "continuing_subword_prefix is \"##\""},
    {"model.unk_token", "\"[UNK]\"", "model.unk_token is \"[UNK]\", which is no token"},
    {"model.fuse_unk", "1", "fuse_unk is 1; true or false was expected"},
    {"model.vocab", "[]", "the vocabulary is []"},
    {"model.vocab", "{\"<s>\":0,\"</s>\":2,\"<unk>\":2,\"<mask>\":4,\"a\":1,\"b\":3}",
     "the token \"<unk>\" has the id 2; of "},
    {"model.vocab", "{\"a\":0.5}", "an id of the vocabulary is 0.5"},
    {"model.merges", "7", "model.merges is 7; a list was expected"},
    {"model.merges", "[\"lo\"]", "model.merges[0] is \"lo\"; two tokens"},
    {"model.merges", "[[\"l\",\"o\",\"w\"]]", "model.merges[0] is [\"l\",\"o\",\"w\"]"},
    {"model.merges", "[[\"l o\",\"w\"]]", "model.merges[0] is [\"l o\",\"w\"]; two tokens"},
    {"model.merges", "[\"l o\",\"l w\"]",
     "merge 1 joins \"l\" and \"w\", but the vocabulary has no"},
    {"normalizer", "{\"type\":\"NFC\"}", "normalizer is \"NFC\"; null was expected"},
    {"pre_tokenizer", "{\"type\":\"Whitespace\"}", "pre_tokenizer is \"Whitespace\""},
    {"pre_tokenizer", NULL, "pre_tokenizer is missing; \"ByteLevel\" was expected"},
    {"pre_tokenizer.use_regex", "false", "pre_tokenizer.use_regex is false"},
    {"decoder", "{\"type\":\"BPEDecoder\"}", "decoder is \"BPEDecoder\""},
    {"post_processor", "{\"type\":\"BertProcessing\"}", "post_processor is \"BertProcessing\""},
    {"post_processor", TEMPLATE(TEXT("A", 0)), "post_processor.pair is "},
    {"post_processor.sep", "[\"</s>\",1]", "sep is [\"</s>\",1]; its id in the vocabulary"},
    {"post_processor.cls", "\"<s>\"", "cls is \"<s>\"; a list of a token and its id"},
    {"post_processor.cls", "[\"[CLS]\",0]", "cls is \"[CLS]\", which is no token"},
    {"added_tokens", "{}", "added_tokens is {}; a list was expected"},
    {"added_tokens", "[{\"id\":-1}]", "added_tokens: id is -1; a whole number"},
    {"added_tokens", "[{\"id\":1}]", "added_tokens: content is missing"},
    {"added_tokens", "[{\"id\":1,\"content\":\"<s>\"}]", "its id in the vocabulary was expected"},
    {"added_tokens", "[{\"id\":4,\"content\":\"<mask>\",\"single_word\":true}]",
     "single_word of an added token is \"<mask>\""},
};

static void test_files(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        kg_error err = KG_ERROR_INIT;
        kg_tokenizer *t = NULL;
        json_t *json = changed(files[i].path, files[i].value);
        kg_status st = sample_bpe_read(&t, json, NULL, &err);
        if (!files[i].told && st != KG_OK)
            fail_msg("case %zu: %s", i, err.text);
        if (files[i].told && (st == KG_OK || !strstr(err.text, files[i].told)))
            fail_msg("case %zu: \"%s\", expected \"%s\"", i, err.text, files[i].told);
        if (files[i].told)
            assert_string_equal(err.file, "t.json");
        if (i == 0) {
            assert_int_equal(kg_tokenizer_joining(t).separators, 1);
            assert_int_equal(kg_tokenizer_joining(t).second_type, 1);
        }
        kg_tokenizer_free(t);
        json_decref(json);
    }
}

/* Bytes without a token give none, or the one that stands for them. */
static void test_unknown_bytes(void **state) {
    (void)state;
    static const char *const wanted[] = {"low@0-3|low@4-7",
                                         "low@0-3|<unk>@3-4|low@4-7 <unk>@7-8|<unk>@8-9",
                                         "low@0-3|<unk>@3-4|low@4-7 <unk>@7-9"};
    for (int i = 0; i < 3; i++) {
        char got[256];
        kg_tokenizer *t = NULL;
        json_t *json = sample_bpe_json(), *model = json_object_get(json, "model");
        json_t *vocab = json_object_get(model, "vocab");
        json_object_set_new(vocab, "unlike", json_incref(json_object_get(vocab, "x")));
        json_object_set_new(vocab, "unlike, too", json_incref(json_object_get(vocab, "!")));
        json_object_del(vocab, "x");
        json_object_del(vocab, "!");
        if (i > 0)
            json_object_set_new(model, "unk_token", json_string("<unk>"));
        json_object_set_new(model, "fuse_unk", json_boolean(i == 2));
        assert_int_equal(sample_bpe_read(&t, json, NULL, NULL), KG_OK);
        describe(got, sizeof got, t, KG_STR("lowxlow!!"), false);
        assert_string_equal(got, wanted[i]);
        kg_tokenizer_free(t);
        json_decref(json);
    }
}

static const struct {
    const char *lines, *told; /* NULL: as the sample's */
    unsigned line;
} merge_files[] = {
    {"#version: 0.2\nl o\nlo w\n", NULL, 0},
    {"l o\r\nlo w", NULL, 0},
    {"#version: 0.2\nl o\n\nlo w\n", "found \"\"; expected two tokens", 3},
    {"l o w\n", "found \"l o w\"; expected two tokens", 1},
    {"#version: 0.2\nl o\nz z\n", "merge 1 joins \"z\" and \"z\", but the vocabulary has no", 3},
};

static void test_merge_files(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof merge_files / sizeof *merge_files; i++) {
        kg_error err = KG_ERROR_INIT;
        kg_tokenizer *t = NULL;
        char got[64];
        json_t *json = sample_bpe_json();
        const kg_bpe_files f = {.name = "vocab.json",
                                .vocab = json_object_get(json_object_get(json, "model"), "vocab"),
                                .merges = kg_str_from(merge_files[i].lines),
                                .merges_name = "merges.txt"};
        kg_status st = kg_bpe_read(&t, &f, &err);
        if (!merge_files[i].told) {
            assert_int_equal(st, KG_OK);
            describe(got, sizeof got, t, KG_STR("low <mask>"), false);
            assert_string_equal(got, "low@0-3 <mask>@4-10");
        } else {
            assert_int_equal(st, KG_ERR_FORMAT);
            assert_string_equal(err.file, "merges.txt");
            assert_int_equal(err.line, merge_files[i].line);
            if (!strstr(err.text, merge_files[i].told))
                fail_msg("case %zu: \"%s\"", i, err.text);
        }
        kg_tokenizer_free(t);
        json_decref(json);
    }
}

static void test_roles(void **state) {
    (void)state;
    kg_tokenizer *t =
        sample("{\"mask_token\": {\"content\": \"z\"}, \"pad_token\": \"y\", \"unk_token\": null}");
    assert_int_equal(kg_tokenizer_special(t).mask, kg_tokenizer_id(t, KG_STR("z")));
    assert_int_equal(kg_tokenizer_special(t).pad, kg_tokenizer_id(t, KG_STR("y")));
    assert_int_equal(kg_tokenizer_special(t).unk, SAMPLE_UNK);
    kg_tokenizer_free(t);
    kg_error err = KG_ERROR_INIT;
    json_t *json = sample_bpe_json(), *config = json_pack("{s:s}", "mask_token", "[MASK]");
    assert_int_equal(sample_bpe_read(&t, json, config, &err), KG_ERR_FORMAT);
    assert_non_null(strstr(err.text, "mask_token is \"[MASK]\", which is no token"));
    json_decref(config);
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),        cmocka_unit_test(test_a_long_word),
        cmocka_unit_test(test_what_it_is),    cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_decoding),      cmocka_unit_test(test_files),
        cmocka_unit_test(test_unknown_bytes), cmocka_unit_test(test_merge_files),
        cmocka_unit_test(test_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
