/* Long documents: cut as METHOD 2 says, and streams of their chunks. */
#include "plugins/smedbert/pretrain/chunks.h"

#include "kgstore/base/rng.h"
#include "plugins/common/sentence.h"
#include "plugins/smedbert/pretrain/examples.h"
#include "tests/plugins/smedbert/fake_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static kg_tokenizer *tokenizer;
static kg_host *host;
static kg_graph_view view;
static char path[] = "/tmp/kg-chunks-XXXXXX";

static void put_text(kg_bytes *text, kg_rng *rng, size_t units) {
    static const char *const parts[] = {"病",       "毒",       "人",   "ab", "abab", "zq ",
                                        ",",        "\n",       "。",   "！", "a. ",  "{病}",
                                        "{毒. ab}", "{人。人}", "{ab}", " b"};
    size_t kinds = 1 + kg_rng_below(rng, sizeof parts / sizeof *parts);
    for (size_t i = 0; i < units; i++) {
        const char *part = parts[(i + kg_rng_below(rng, kinds)) % (sizeof parts / sizeof *parts)];
        assert_int_equal(kg_array_append(text, part, strlen(part)), KG_OK);
    }
}

static int set_up(void **state) {
    static const char vocabulary[] =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n病\n毒\n人\nab\n##ab\na\nb\n,\n。\n！\n.\n{\n}\n";
    static const kg_graph_options graph = {.neighbors = 3, .keeps_types = true};
    kg_lines *lines;
    (void)state;
    host = fake_host(true);
    if (kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0) != KG_OK)
        return -1;
    kg_status st = kg_tokenizer_read(&tokenizer, lines, false, NULL);
    kg_lines_close(lines);
    return st == KG_OK && kg_graph_view_begin(&view, kg_host_abi(host), &graph, NULL) == KG_OK ? 0
                                                                                               : -1;
}

static int tear_down(void **state) {
    (void)state;
    kg_graph_view_end(&view);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    return 0;
}

/* ---- Cutting --------------------------------------------------------------------------------- */

/* Mentions as the braces of the text say, as tokens. */
static void find_mentions(kg_units *to, const kg_tokens *tokens, kg_str text) {
    kg_unit mention = {0};
    for (uint32_t i = 0; i < tokens->ids.len; i++) {
        char c = text.data[tokens->spans.data[i].start];
        if (c == '{')
            mention.first = i;
        mention.end = i + 1;
        if (c == '}')
            assert_int_equal(kg_array_push(to, mention), KG_OK);
    }
}

static bool in_mention(const kg_units *mentions, uint32_t i) {
    for (size_t m = 0; m < mentions->len; m++)
        if (mentions->data[m].first < i && i < mentions->data[m].end)
            return true;
    return false;
}

/* A chunk is as long as fits: nothing behind its end would have been a better one. */
static void check_end(const kg_chunk *chunk, uint32_t most, const kg_tokens *tokens, kg_str text,
                      const kg_units *mentions) {
    bool ends = kg_tokens_end_sentence(tokens, text, chunk->end);
    assert_false(in_mention(mentions, chunk->end));
    for (uint32_t i = chunk->first + 1; i <= chunk->first + most; i++) {
        if (in_mention(mentions, i))
            continue;
        if (i > chunk->end || !ends)
            assert_false(kg_tokens_end_sentence(tokens, text, i));
        if (!ends && (i > chunk->end || !tokens->starts.data[chunk->end]))
            assert_false(tokens->starts.data[i]);
    }
}

static void test_cutting(void **state) {
    (void)state;
    kg_tokens tokens = KG_TOKENS_INIT;
    kg_units mentions = KG_ARRAY_INIT;
    kg_chunks chunks = KG_ARRAY_INIT;
    kg_bytes bytes = KG_ARRAY_INIT;
    for (uint64_t d = 0; d < 500; d++) {
        kg_rng rng = kg_rng_stream(5, 0, d, 0);
        uint32_t most = 8 + (uint32_t)kg_rng_below(&rng, 60), at = 0;
        bytes.len = mentions.len = chunks.len = 0;
        put_text(&bytes, &rng, 1 + kg_rng_below(&rng, 300));
        kg_str text = {bytes.data, bytes.len};
        kg_tokens_clear(&tokens);
        assert_int_equal(kg_tokenizer_encode(&tokens, tokenizer, text), KG_OK);
        find_mentions(&mentions, &tokens, text);
        assert_int_equal(kg_chunks_cut(&chunks, &tokens, text, &mentions, most), KG_OK);
        for (size_t i = 0; i < chunks.len; at = chunks.data[i++].end) {
            assert_int_equal(chunks.data[i].first, at);
            assert_true(chunks.data[i].end > at && chunks.data[i].end - at <= most);
            if (i + 1 < chunks.len)
                check_end(&chunks.data[i], most, &tokens, text, &mentions);
        }
        assert_int_equal(at, tokens.ids.len);
    }
    /* A mention that no chunk can hold is cut. */
    kg_unit all = {0, (uint32_t)tokens.ids.len, 0, KG_ROLE_PREDICT};
    mentions.len = chunks.len = 0;
    assert_int_equal(kg_array_push(&mentions, all), KG_OK);
    assert_int_equal(kg_chunks_cut(&chunks, &tokens, (kg_str){bytes.data, bytes.len}, &mentions, 5),
                     KG_OK);
    assert_int_equal(chunks.len, (tokens.ids.len + 4) / 5);
    kg_tokens_free(&tokens);
    kg_array_free(&mentions);
    kg_array_free(&chunks);
    kg_array_free(&bytes);
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* Short documents, and two that come in parts. */
static uint64_t write_corpus(void) {
    kg_tokens tokens = KG_TOKENS_INIT;
    kg_bytes text = KG_ARRAY_INIT;
    uint64_t total = 0;
    FILE *file = fopen(path, "w");
    for (uint64_t d = 0; d < 150; d++) {
        kg_rng rng = kg_rng_stream(6, 0, d, 0);
        text.len = 0;
        put_text(&text, &rng, d == 40 || d == 90 ? 60000 : 5 + kg_rng_below(&rng, 120));
        for (size_t i = 0; i < text.len; i++)
            if (text.data[i] == '\n')
                text.data[i] = ' ';
        kg_tokens_clear(&tokens);
        assert_int_equal(kg_tokenizer_encode(&tokens, tokenizer, (kg_str){text.data, text.len}),
                         KG_OK);
        total += tokens.ids.len;
        fwrite(text.data, 1, text.len, file);
        fputc('\n', file);
    }
    fclose(file);
    kg_tokens_free(&tokens);
    kg_array_free(&text);
    return total;
}

static const char *const paths[] = {path};

static kg_examples_options chunk_options(void) {
    kg_examples_options o = KG_EXAMPLES_OPTIONS_INIT;
    o.paths = paths;
    o.n_paths = 1;
    o.seed = 3;
    o.window = 50;
    o.tokens_per_batch = 700;
    o.tokens_per_micro = 250;
    o.epochs = 1;
    o.example.max_len = 60;
    o.example.min_chars = 0;
    o.example.negatives = 2;
    return o;
}

typedef KG_ARRAY(uint64_t) hashes;

typedef struct taken {
    hashes batches;
    kg_examples_place after[8]; /* every so often */
    uint64_t tokens;            /* special ones aside */
    uint32_t longest;
    uint64_t in_a_row; /* sequences that follow one of the same document */
    uint64_t last;
} taken;

/* What a global batch holds of this rank, order within it aside. */
static uint64_t sum_of(taken *t, const kg_examples_batch *batch) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < batch->n_micro; i++) {
        const kg_token_batch *b = &batch->micro[i];
        for (uint32_t q = 0, at = 0; q < kg_token_batch_sequences(b); at += b->lengths.data[q++]) {
            uint64_t document = b->documents.data[q];
            sum += kg_hash_bytes(b->input_ids.data + at, b->lengths.data[q] * sizeof(uint32_t),
                                 document);
            t->tokens += b->lengths.data[q] - (b->sop_labels.data[q] == KG_SOP_NONE ? 2 : 3);
            if (b->lengths.data[q] > t->longest)
                t->longest = b->lengths.data[q];
            t->in_a_row += t->last == kg_chunk_document(document);
            t->last = kg_chunk_document(document);
        }
    }
    return sum;
}

static void take_all(taken *t, const kg_examples_options *o) {
    kg_examples *x;
    kg_examples_batch batch;
    kg_error err = KG_ERROR_INIT;
    bool end = false;
    kg_status st = kg_examples_open(&x, kg_host_abi(host), &view, tokenizer, o, &err);
    t->batches.len = t->tokens = t->in_a_row = 0;
    t->longest = 0;
    while (st == KG_OK && (st = kg_examples_next(&batch, &end, x, &err)) == KG_OK && !end) {
        if (t->batches.len % 50 == 7 && t->batches.len / 50 < 8)
            t->after[t->batches.len / 50] = batch.after;
        assert_int_equal(kg_array_push(&t->batches, sum_of(t, &batch)), KG_OK);
    }
    if (st != KG_OK)
        fail_msg("%s", err.text);
    kg_examples_close(x);
}

static void test_streams(void **state) {
    (void)state;
    taken alone = {.tokens = 0}, other = {.tokens = 0}, rank[3] = {{.tokens = 0}};
    int fd = mkstemp(path);
    assert_int_equal(close(fd), 0);
    uint64_t tokens = write_corpus();
    kg_examples_options o = chunk_options();
    take_all(&alone, &o);
    assert_int_equal(alone.tokens, tokens);
    assert_true(alone.longest <= 60 && alone.batches.len > 358);
    assert_true(alone.in_a_row < 3 * alone.batches.len);
    for (o.threads = 2; o.threads < 5; o.threads++) {
        take_all(&other, &o);
        assert_int_equal(alone.batches.len, other.batches.len);
        assert_memory_equal(alone.batches.data, other.batches.data, other.batches.len * 8);
    }
    o.ranks = 3;
    for (o.rank = 0; o.rank < 3; o.rank++)
        take_all(&rank[o.rank], &o);
    for (size_t i = 0; i < alone.batches.len; i++)
        assert_int_equal(alone.batches.data[i], rank[0].batches.data[i] + rank[1].batches.data[i] +
                                                    rank[2].batches.data[i]);
    o = chunk_options();
    uint64_t within = 0;
    for (size_t i = 0; i < 8; i++) {
        o.start = alone.after[i];
        within += o.start.chunk > 0;
        take_all(&other, &o);
        size_t given = i * 50 + 8;
        assert_int_equal(given + other.batches.len, alone.batches.len);
        assert_memory_equal(alone.batches.data + given, other.batches.data, other.batches.len * 8);
    }
    assert_true(within > 4);
    /* The batches of an epoch, counted in file order, where no mentions are looked for. */
    uint64_t batches, documents;
    o = chunk_options();
    assert_int_equal(
        kg_examples_count(&batches, &documents, kg_host_abi(host), tokenizer, &o, NULL), KG_OK);
    assert_int_equal(documents, 150);
    assert_in_range(batches, alone.batches.len * 98 / 100, alone.batches.len * 102 / 100);
    for (size_t i = 0; i < 3; i++)
        kg_array_free(&rank[i].batches);
    kg_array_free(&alone.batches);
    kg_array_free(&other.batches);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cutting),
        cmocka_unit_test(test_streams),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
