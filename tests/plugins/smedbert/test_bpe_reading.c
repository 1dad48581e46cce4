/* What reads text by a byte-level BPE: two texts joined as RoBERTa has it, mentions by the places
 * of tokens that have the space before them, characters divided between tokens, examples of
 * pretraining, and words that a data set has cut. */
#include "plugins/smedbert/pretrain/example.h"
#include "plugins/smedbert/reading/text_reader.h"
#include "plugins/smedbert/tasks/ner/ner_windows.h"
#include "tests/plugins/smedbert/fake_graph.h"
#include "tests/support/sample_bpe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static kg_host *host;
static kg_tokenizer *tokenizer;
static kg_graph_view view;
static kg_reading reading;

static int set_up(void **state) {
    (void)state;
    const kg_graph_options options = {.neighbors = 3, .keeps_types = true};
    json_t *json = sample_bpe_json();
    host = fake_host(false);
    kg_status st = host ? sample_bpe_read(&tokenizer, json, NULL, NULL) : KG_ERR_MEMORY;
    json_decref(json);
    if (st == KG_OK)
        st = kg_graph_view_begin(&view, kg_host_abi(host), &options, NULL);
    if (st == KG_OK)
        st = kg_reading_open(&reading, tokenizer, &view, NULL);
    return st == KG_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    kg_reading_close(&reading);
    kg_graph_view_end(&view);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    return 0;
}

/* The tokens of a batch, one after the other. */
static void assert_reads(const kg_token_batch *b, const char *want) {
    kg_bytes got = KG_ARRAY_INIT;
    for (size_t i = 0; i < b->original_ids.len; i++) {
        kg_str token = kg_tokenizer_token(tokenizer, b->original_ids.data[i]);
        assert_int_equal(kg_array_append(&got, " ", i > 0), KG_OK);
        assert_int_equal(kg_array_append(&got, token.data, token.len), KG_OK);
    }
    assert_int_equal(kg_array_push(&got, '\0'), KG_OK);
    assert_string_equal(got.data, want);
    kg_array_free(&got);
}

static void test_pairs(void **state) {
    (void)state;
    kg_text_reader r;
    kg_token_batch b = KG_TOKEN_BATCH_INIT;
    const kg_linked_text first = {.text = KG_STR("a {low} 病")}, second = {.text = KG_STR("{b}")};
    assert_int_equal(kg_text_reader_init(&r, &reading, 64, NULL), KG_OK);
    assert_int_equal(kg_text_reader_add_pair(&b, &r, &first, &second, NULL), KG_OK);
    assert_reads(&b, "<s> a Ġ{ low } Ġ çĹħ </s> </s> { b } </s>");
    for (size_t i = 0; i < b.segments.len; i++)
        assert_int_equal(b.segments.data[i], 0);
    assert_int_equal(r.second, 9);
    assert_int_equal(b.mention_starts.len, 2);
    assert_int_equal(b.mention_starts.data[0], 2);
    assert_int_equal(b.mention_ends.data[0], 5);
    assert_int_equal(b.mention_starts.data[1], 9);
    assert_int_equal(b.mention_ends.data[1], 12);
    kg_token_batch_free(&b);
    /* One separator more takes one token of the longer text. */
    r.max_len = 10;
    assert_int_equal(kg_text_reader_add_pair(&b, &r, &first, &second, NULL), KG_OK);
    assert_reads(&b, "<s> a Ġ{ low </s> </s> { b } </s>");
    kg_token_batch_free(&b);
    kg_text_reader_free(&r);
}

/* 病毒 is çĹ ħæ ¯ Ĵ: ħæ has a part of each character. */
static void test_divided_characters(void **state) {
    (void)state;
    static const struct {
        uint32_t start, end;
        bool covered;
    } cases[] = {{0, 3, false}, {3, 6, false}, {0, 6, true}};
    kg_tokens tokens = KG_TOKENS_INIT;
    assert_int_equal(kg_tokenizer_encode(&tokens, tokenizer, KG_STR("病毒")), KG_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t first = 0, end;
        const kgp_mention mention = {.byte_start = cases[i].start, .byte_end = cases[i].end};
        assert_int_equal(
            kg_reading_cover(&first, &end, tokens.spans.data, (uint32_t)tokens.ids.len, &mention),
            cases[i].covered);
    }
    kg_tokens_free(&tokens);
}

static void check_example(const kg_token_batch *b) {
    uint32_t separators = 0;
    for (size_t i = 0; i < b->original_ids.len; i++) {
        separators += b->original_ids.data[i] == SAMPLE_SEP;
        assert_int_equal(b->segments.data[i], 0);
        assert_int_not_equal(b->input_ids.data[i], SAMPLE_UNK);
    }
    assert_int_equal(b->original_ids.data[0], SAMPLE_CLS);
    assert_int_equal(separators, b->sop_labels.data[0] == KG_SOP_NONE ? 1 : 3);
    assert_true(b->mention_starts.len > 0);
    for (size_t m = 0; m < b->mention_starts.len; m++) {
        kg_str first =
            kg_tokenizer_token(tokenizer, b->original_ids.data[b->mention_starts.data[m]]);
        kg_str last =
            kg_tokenizer_token(tokenizer, b->original_ids.data[b->mention_ends.data[m] - 1]);
        assert_int_equal(first.data[first.len - 1], '{');
        assert_string_equal(last.data[last.len - 1] == '}' ? "}" : "", "}");
    }
}

static void test_examples(void **state) {
    (void)state;
    static const char text[] = "low {low} it's 病毒 {ab}. a {b} low, {low} {abc} aa 毒 病";
    kg_example_options options = KG_EXAMPLE_OPTIONS_INIT;
    kg_example_builder *builder;
    kg_example_note note;
    kg_negatives *negatives = NULL;
    kg_token_batch b = KG_TOKEN_BATCH_INIT;
    uint32_t swapped = 0, masked = 0;
    const kg_example_text given = {.text = {.text = kg_str_from(text)}};
    options.min_chars = 1;
    options.max_len = 48;
    assert_int_equal(kg_negatives_new(&negatives, view.primary_types, NULL, view.entities), KG_OK);
    assert_int_equal(kg_example_builder_new(&builder, &reading, negatives, &options), KG_OK);
    for (uint64_t epoch = 0; epoch < 40; epoch++) {
        const kg_example_key key = {1, epoch, 0};
        assert_int_equal(kg_example_read(&note, builder, &key, &given, NULL), KG_OK);
        assert_int_equal(note.chunks, 1);
        assert_int_equal(kg_example_build(&b, &note, builder, &key, 0, NULL), KG_OK);
        assert_int_equal(b.input_ids.len, kg_example_length(builder, 0));
        check_example(&b);
        swapped += b.sop_labels.data[0] == 1;
        for (size_t i = 0; i < b.input_ids.len; i++)
            masked += b.input_ids.data[i] == SAMPLE_MASK;
    }
    assert_in_range(swapped, 5, 35);
    assert_true(masked > 40);
    kg_example_builder_free(builder);
    kg_negatives_free(negatives);
    kg_token_batch_free(&b);
}

/* A word is cut with a space before it, whatever stands before it in the data. */
static void test_words(void **state) {
    (void)state;
    char file[] = "/tmp/kg-bpe-ner-XXXXXX";
    kg_ner_data data;
    kg_tune_packs windows;
    const kg_ner_window_options options = {.max_len = 100};
    int fd = mkstemp(file);
    assert_true(fd >= 0 && dprintf(fd, "low B-x\nit's O\n病 O\n") > 0 && close(fd) == 0);
    assert_int_equal(kg_ner_data_read(&data, file, NULL, NULL), KG_OK);
    unlink(file);
    assert_int_equal(kg_ner_windows_make(&windows, &data, &reading, &options, NULL), KG_OK);
    assert_int_equal(windows.packs.len, 1);
    assert_reads(&windows.packs.data[0].batch, "<s> Ġlow Ġ i t 's Ġ çĹħ </s>");
    kg_tune_packs_free(&windows);
    kg_ner_data_free(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_divided_characters),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
