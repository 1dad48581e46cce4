/* Every allocation of tokenizing, decoding and learning a vocabulary made to fail in turn. */
#include "tests/support/alloc_fail.h"

#include "model/tokenizer/learn.h"
#include "model/tokenizer/tokenizer.h"
#include "tests/support/sample_bpe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char text[] = "病 lower low, é [MASK] 한";

static kg_status use(const kg_tokenizer *tokenizer) {
    kg_tokens tokens = KG_TOKENS_INIT;
    kg_bytes decoded = KG_ARRAY_INIT;
    kg_status st = kg_tokenizer_encode(&tokens, tokenizer, kg_str_from(text));
    if (st == KG_OK)
        st = kg_tokenizer_decode(&decoded, tokenizer, tokens.ids.data, tokens.ids.len);
    kg_tokens_free(&tokens);
    kg_array_free(&decoded);
    return st;
}

static kg_status tokenize(void *context) {
    static const char vocabulary[] =
        "[PAD]\n[UNK]\n[MASK]\n病\n毒\nlow\n##er\n##est\nun\n##i\n##code\nnew\nwid\n,\n";
    kg_lines *lines;
    kg_tokenizer *tokenizer;
    kg_status st;
    (void)context;
    KG_TRY(st, kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0));
    st = kg_tokenizer_read(&tokenizer, lines, false, NULL);
    kg_lines_close(lines);
    if (st != KG_OK)
        return st;
    st = use(tokenizer);
    kg_tokenizer_free(tokenizer);
    return st;
}

static void test_tokenizing(void **state) {
    (void)state;
    alloc_fail_each(tokenize, NULL, true, 400);
}

static kg_status tokenize_bytes(void *context) {
    kg_tokenizer *tokenizer = NULL;
    kg_status st = sample_bpe_read(&tokenizer, context, NULL, NULL);
    if (st != KG_OK)
        return st;
    st = use(tokenizer);
    kg_tokenizer_free(tokenizer);
    return st;
}

static void test_bytes(void **state) {
    (void)state;
    json_t *json = sample_bpe_json();
    alloc_fail_each(tokenize_bytes, json, true, 400);
    json_decref(json);
}

static kg_status count_token(void *context, kg_str token) {
    (void)token;
    ++*(size_t *)context;
    return KG_OK;
}

static kg_status learn(void *context) {
    const kg_vocab_options options = {.size = 60, .min_count = 1};
    kg_vocab_learner *learner;
    size_t n = 0;
    kg_status st;
    (void)context;
    KG_TRY(st, kg_vocab_learner_new(&learner, &options));
    st = kg_vocab_learner_add(learner, kg_str_from(text));
    if (st == KG_OK)
        st = kg_vocab_learner_finish(learner, count_token, &n);
    kg_vocab_learner_free(learner);
    if (st == KG_OK)
        assert_in_range(n, 15, 60);
    return st;
}

static void test_learning(void **state) {
    (void)state;
    alloc_fail_each(learn, NULL, true, 400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokenizing),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_learning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
