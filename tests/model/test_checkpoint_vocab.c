/* What a checkpoint's files say of its tokenizer is obeyed, or refused by name. */
#include "model/tokenizer/checkpoint_vocab.h"
#include "model/tokenizer/tokenizer_files.h"
#include "tests/support/sample_bpe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/kg-vocab-XXXXXX";

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static void put(const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
    if (!text)
        return;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

#define NORMALIZER(rest) "{\"normalizer\": {\"type\": \"BertNormalizer\"" rest "}}"

static const struct {
    const char *json, *config; /* NULL: there is no such file */
    int cased;                 /* -1: refused */
    const char *told;          /* a part of the message */
} cases[] = {
    {NULL, NULL, 0, NULL},
    {NULL, "{\"do_lower_case\": false}", 1, NULL},
    {NULL, "{\"do_lower_case\": true, \"strip_accents\": null}", 0, NULL},
    {NORMALIZER(", \"lowercase\": false, \"strip_accents\": null"), NULL, 1, NULL},
    {NORMALIZER(", \"lowercase\": true"), NULL, 0, NULL},
    /* The configuration counts where both say something, as with transformers. */
    {NORMALIZER(", \"lowercase\": false"), "{\"do_lower_case\": true}", 0, NULL},
    {NORMALIZER(", \"lowercase\": false"), "{}", 1, NULL},
    {"{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\"}}", NULL, 0, NULL},
    {NORMALIZER(", \"lowercase\": true, \"strip_accents\": false"), NULL, -1, "accents kept"},
    {NULL, "{\"do_lower_case\": false, \"strip_accents\": true}", -1, "accents stripped"},
    {NULL, "{\"tokenize_chinese_chars\": false}", -1, "tokenize_chinese_chars"},
    {NORMALIZER(", \"clean_text\": false"), NULL, -1, "clean_text"},
    {"{\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": []}}", NULL, -1,
     "its type is \"Sequence\"; kg reads BERT's tokenizers, where it is \"BertNormalizer\""},
    {"{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}", NULL, 1, NULL},
    {"{\"model\": {\"type\": \"Unigram\"}}", NULL, -1,
     "its type is \"Unigram\"; kg reads BERT's tokenizers, where it is \"WordPiece\", and "
     "byte-level"},
    {"{\"model\": {\"unk_token\": \"<unk>\"}}", NULL, -1, "its unk_token is \"<unk>\""},
    {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}}", NULL, -1, "\"ByteLevel\""},
    {"{", NULL, -1, "not JSON"},
    {NULL, "[", -1, "not JSON"},
};

static void test_manners(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool cased = false;
        kg_error err = KG_ERROR_INIT;
        put("tokenizer.json", cases[i].json);
        put("tokenizer_config.json", cases[i].config);
        kg_status st = kg_checkpoint_cased(&cased, folder, &err);
        if (cases[i].told && (st == KG_OK || !strstr(err.text, cases[i].told)))
            fail_msg("case %zu: told \"%s\", expected \"%s\"", i, err.text, cases[i].told);
        if (!cases[i].told)
            assert_int_equal(st, KG_OK);
        assert_int_equal(st == KG_OK ? cased : -1, cases[i].cased);
    }
    put("tokenizer.json", NULL);
    put("tokenizer_config.json", NULL);
}

static kg_tokenizer *read_words(const char *words, bool cased) {
    kg_error err = KG_ERROR_INIT;
    kg_tokenizer *tokenizer;
    kg_lines *lines;
    assert_int_equal(kg_lines_from_memory(&lines, kg_str_from(words), "words", 0), KG_OK);
    assert_int_equal(kg_tokenizer_read(&tokenizer, lines, cased, &err), KG_OK);
    kg_lines_close(lines);
    return tokenizer;
}

/* What is written is read again as the same, by vocab.txt and by tokenizer.json alone. */
static void test_written_files(void **state) {
    (void)state;
    static const char *const files[] = {"vocab.txt", "tokenizer.json", "tokenizer_config.json",
                                        "special_tokens_map.json"};
    for (int round = 0; round < 2; round++) {
        kg_error err = KG_ERROR_INIT;
        bool given = round == 1, cased = !given;
        kg_tokenizer *first = read_words(
            given ? "[UNK]\n\"\n\\\n" : "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\xe7\x97\x9b\n##b\n",
            given);
        kg_tokenizer *second;
        assert_int_equal(kg_tokenizer_write_files(first, 64, folder, &err), KG_OK);
        assert_int_equal(kg_checkpoint_cased(&cased, folder, &err), KG_OK);
        assert_int_equal(cased, given);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(kg_checkpoint_tokenizer(&second, folder, cased, &err), KG_OK);
            assert_int_equal(kg_tokenizer_size(second), kg_tokenizer_size(first));
            for (uint32_t k = 0; k < kg_tokenizer_size(first); k++)
                assert_true(
                    kg_str_equal(kg_tokenizer_token(first, k), kg_tokenizer_token(second, k)));
            kg_tokenizer_free(second);
            put("vocab.txt", NULL);
        }
        kg_tokenizer_free(first);
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            put(files[i], NULL);
    }
}

static void assert_same(const kg_tokenizer *a, const kg_tokenizer *b) {
    static const char text[] = "low 病毒 <mask> it's {low}\n";
    kg_tokens one = KG_TOKENS_INIT, two = KG_TOKENS_INIT;
    kg_special_tokens x = kg_tokenizer_special(a), y = kg_tokenizer_special(b);
    assert_memory_equal(&x, &y, sizeof x);
    assert_int_equal(kg_tokenizer_joining(a).separators, kg_tokenizer_joining(b).separators);
    assert_int_equal(kg_tokenizer_joining(a).second_type, kg_tokenizer_joining(b).second_type);
    assert_int_equal(kg_tokenizer_size(a), kg_tokenizer_size(b));
    for (uint32_t k = 0; k < kg_tokenizer_size(a); k++)
        assert_true(kg_str_equal(kg_tokenizer_token(a, k), kg_tokenizer_token(b, k)));
    assert_int_equal(kg_tokenizer_encode(&one, a, kg_str_from(text)), KG_OK);
    assert_int_equal(kg_tokenizer_encode(&two, b, kg_str_from(text)), KG_OK);
    assert_int_equal(one.ids.len, two.ids.len);
    assert_memory_equal(one.ids.data, two.ids.data, one.ids.len * sizeof *one.ids.data);
    kg_tokens_free(&one);
    kg_tokens_free(&two);
}

/* A BPE likewise: by tokenizer.json, and by vocab.json with merges.txt where RoBERTa's joining is
 * the tokenizer's. */
static void test_written_bpe(void **state) {
    (void)state;
    static const char *const files[] = {"tokenizer.json", "vocab.json", "merges.txt",
                                        "tokenizer_config.json", "special_tokens_map.json"};
    for (int round = 0; round < 3; round++) {
        kg_error err = KG_ERROR_INIT;
        kg_tokenizer *first, *second;
        json_t *json = sample_bpe_json(), *config = json_pack("{s:b}", "add_prefix_space", round);
        bool cased = false;
        if (round == 2) {
            json_object_set_new(json_object_get(json, "model"), "unk_token", json_string("<unk>"));
            json_object_del(json, "post_processor");
        }
        assert_int_equal(sample_bpe_read(&first, json, config, &err), KG_OK);
        assert_int_equal(kg_tokenizer_write_files(first, 64, folder, &err), KG_OK);
        assert_int_equal(kg_checkpoint_cased(&cased, folder, &err), KG_OK);
        assert_true(cased);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(kg_tokenizer_open_any(&second, folder, false, &err), KG_OK);
            assert_same(first, second);
            kg_tokenizer_free(second);
            put("tokenizer.json", NULL);
        }
        assert_true(kg_checkpoint_has_vocabulary(folder));
        assert_int_equal(kg_checkpoint_compare(first, "given", folder, &err), KG_OK);
        put("merges.txt", "#version: 0.2\nl o\nab c\n");
        assert_int_equal(kg_checkpoint_compare(first, "given", folder, &err), KG_ERR_FORMAT);
        assert_non_null(strstr(err.text, "from merge 1 on"));
        put("merges.txt", NULL);
        assert_int_equal(kg_checkpoint_tokenizer(&second, folder, true, &err), KG_ERR_NOT_FOUND);
        assert_non_null(strstr(err.text, "merges.txt"));
        kg_tokenizer_free(first);
        json_decref(json);
        json_decref(config);
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            put(files[i], NULL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manners),
        cmocka_unit_test(test_written_bpe),
        cmocka_unit_test(test_written_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
