/* One text, two, and one with marks as sequences: where tokens, mentions and marks stand, and what
 * is cut. */
#include "plugins/smedbert/reading/text_reader.h"

#include "tests/plugins/smedbert/fake_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { UNK, CLS, SEP, A, B, C, OPEN, CLOSE, M1, M2, M3, M4 };

static kg_host *host;
static kg_tokenizer *tokenizer;
static kg_graph_view view;
static kg_reading reading;

static int set_up(void **state) {
    (void)state;
    static const char vocabulary[] =
        "[UNK]\n[CLS]\n[SEP]\na\nb\nc\n{\n}\n[unused1]\n[unused2]\n[unused3]\n[unused4]\n";
    const kg_graph_options options = {.neighbors = 3, .keeps_types = true};
    kg_lines *lines;
    host = fake_host(false);
    if (!host || kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0) != KG_OK)
        return -1;
    kg_status st = kg_tokenizer_read(&tokenizer, lines, false, NULL);
    kg_lines_close(lines);
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

static kg_linked_text of(const char *text) {
    return (kg_linked_text){.text = kg_str_from(text)};
}

static void assert_tokens(const kg_token_batch *b, const uint32_t *ids, size_t n) {
    assert_int_equal(b->input_ids.len, n);
    assert_int_equal(b->lengths.data[b->lengths.len - 1], n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(b->input_ids.data[i], ids[i]);
}

static void assert_mentions(const kg_token_batch *b, const uint32_t (*rows)[2], size_t n) {
    assert_int_equal(b->mention_starts.len, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(b->mention_starts.data[i], rows[i][0]);
        assert_int_equal(b->mention_ends.data[i], rows[i][1]);
        assert_int_equal(b->mention_roles.data[i], KG_ROLE_CONTEXT);
    }
}

/* Mentions of both texts; what would be one across the separator is none. */
static void test_pairs(void **state) {
    (void)state;
    kg_text_reader r;
    kg_token_batch b = KG_TOKEN_BATCH_INIT;
    static const uint32_t ids[] = {CLS, A,     OPEN, B, CLOSE, OPEN, SEP,
                                   B,   CLOSE, OPEN, C, CLOSE, SEP};
    static const uint32_t mentions[][2] = {{2, 5}, {9, 12}};
    const kg_linked_text first = of("a {b} {"), second = of("b} {c}");
    assert_int_equal(kg_text_reader_init(&r, &reading, 64, NULL), KG_OK);
    assert_int_equal(kg_text_reader_add_pair(&b, &r, &first, &second, NULL), KG_OK);
    assert_tokens(&b, ids, sizeof ids / sizeof *ids);
    for (size_t i = 0; i < b.segments.len; i++)
        assert_int_equal(b.segments.data[i], i > 6);
    assert_mentions(&b, mentions, 2);
    kg_token_batch_free(&b);
    kg_text_reader_free(&r);
}

/* The longer text is cut first, and a mention that is cut is left out. */
static void test_pairs_that_are_too_long(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        uint32_t max_len, kept[2];
        size_t mentions;
    } cases[] = {{"abcabc", "ab", 9, {4, 2}, 0},
                 {"ab", "abcabc", 9, {2, 4}, 0},
                 {"abcabc", "abcabc", 10, {4, 3}, 0},
                 {"abc{b}", "ab", 10, {5, 2}, 0},
                 {"a{b}bc", "ab", 9, {4, 2}, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_text_reader r;
        kg_token_batch b = KG_TOKEN_BATCH_INIT;
        char spaced[2][64] = {"", ""};
        const char *texts[2] = {cases[i].a, cases[i].b};
        for (int t = 0; t < 2; t++)
            for (size_t k = 0; texts[t][k]; k++) {
                bool glued = strchr("{}", texts[t][k]) || (k > 0 && texts[t][k - 1] == '{');
                strncat(spaced[t], glued ? "" : " ", 2);
                strncat(spaced[t], &texts[t][k], 1);
            }
        const kg_linked_text first = of(spaced[0]), second = of(spaced[1]);
        assert_int_equal(kg_text_reader_init(&r, &reading, cases[i].max_len, NULL), KG_OK);
        assert_int_equal(kg_text_reader_add_pair(&b, &r, &first, &second, NULL), KG_OK);
        uint32_t seconds = 0;
        for (size_t k = 0; k < b.segments.len; k++)
            seconds += b.segments.data[k];
        assert_int_equal(seconds, cases[i].kept[1] + 1);
        assert_int_equal(b.input_ids.len, cases[i].kept[0] + cases[i].kept[1] + 3);
        assert_int_equal(b.mention_starts.len, cases[i].mentions);
        kg_token_batch_free(&b);
        kg_text_reader_free(&r);
    }
}

static kg_text_mark mark(uint32_t start, uint32_t end, bool tail) {
    return (kg_text_mark){start, end, tail ? M3 : M1, tail ? M4 : M2};
}

/* Marks stand around their spans; a mention that is a span stays, one that a mark cuts goes. */
static void test_marks(void **state) {
    (void)state;
    static const struct {
        const char *text;
        struct {
            uint32_t start, end; /* bytes */
        } spans[2];
        uint32_t ids[16];
        size_t n;
        uint32_t rows[2];
        size_t mentions;
    } cases[] = {
        {"a {b} c",
         {{2, 5}, {6, 7}},
         {CLS, A, M1, OPEN, B, CLOSE, M2, M3, C, M4, SEP},
         11,
         {2, 7},
         1},
        {"a {b} c",
         {{6, 7}, {0, 1}},
         {CLS, M3, A, M4, OPEN, B, CLOSE, M1, C, M2, SEP},
         11,
         {7, 1},
         1},
        {"a {b} c",
         {{3, 4}, {0, 1}},
         {CLS, M3, A, M4, OPEN, M1, B, M2, CLOSE, C, SEP},
         11,
         {5, 1},
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_text_reader r;
        kg_token_batch b = KG_TOKEN_BATCH_INIT;
        uint32_t rows[2];
        const kg_linked_text text = of(cases[i].text);
        const kg_text_mark marks[2] = {mark(cases[i].spans[0].start, cases[i].spans[0].end, false),
                                       mark(cases[i].spans[1].start, cases[i].spans[1].end, true)};
        assert_int_equal(kg_text_reader_init(&r, &reading, 64, NULL), KG_OK);
        assert_int_equal(kg_text_reader_add_marked(&b, &r, &text, marks, rows, NULL), KG_OK);
        assert_tokens(&b, cases[i].ids, cases[i].n);
        assert_int_equal(rows[0], cases[i].rows[0]);
        assert_int_equal(rows[1], cases[i].rows[1]);
        assert_int_equal(b.mention_starts.len, cases[i].mentions);
        kg_token_batch_free(&b);
        kg_text_reader_free(&r);
    }
}

/* However long the text and far the spans, the sequence fits and both spans are marked. */
static void test_marks_in_long_texts(void **state) {
    (void)state;
    char text[401];
    for (int i = 0; i < 400; i++)
        text[i] = i % 2 ? ' ' : 'a';
    text[400] = '\0';
    for (uint32_t head = 0; head < 200; head += 13)
        for (uint32_t tail = 0; tail < 200; tail += 17) {
            kg_text_reader r;
            kg_token_batch b = KG_TOKEN_BATCH_INIT;
            uint32_t rows[2] = {0, 0};
            const kg_linked_text whole = of(text);
            const kg_text_mark marks[2] = {mark(2 * head, 2 * head + 1, false),
                                           mark(2 * tail, 2 * tail + 1, true)};
            assert_int_equal(kg_text_reader_init(&r, &reading, 20, NULL), KG_OK);
            assert_int_equal(kg_text_reader_add_marked(&b, &r, &whole, marks, rows, NULL), KG_OK);
            assert_int_equal(b.input_ids.len, 20);
            assert_int_equal(b.input_ids.data[rows[0]], M1);
            assert_int_equal(b.input_ids.data[rows[1]], M3);
            kg_token_batch_free(&b);
            kg_text_reader_free(&r);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_pairs_that_are_too_long),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_marks_in_long_texts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
