#include "plugins/smedbert/pretrain/examples.h"

#include "kgstore/base/rng.h"
#include "kgstore/base/utf8.h"
#include "plugins/smedbert/pretrain/show.h"
#include "tests/plugins/smedbert/fake_graph.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static uint64_t n_documents = 400;
static int longest_document = 1250000; /* mentions of 8 bytes */

static char corpus_path[64];
static const char *const corpus_paths[] = {corpus_path};
static kg_tokenizer *tokenizer;
static kg_host *host;
static kg_graph_view view;
static const kg_graph_options graph = {.neighbors = 6, .keeps_types = true};

/* Characters, words of one and of several pieces, unknown ones, punctuation, mentions. */
static void write_document(FILE *to, uint64_t number) {
    static const char *const parts[] = {"病", "毒", "人",   "ab",     "abab",   "zq",   ",", " ",
                                        "。", "a ", "{病}", "{毒ab}", "{人人}", "{ab}", " b"};
    kg_rng rng = kg_rng_stream(99, 0, number, 0);
    uint64_t n = kg_rng_below(&rng, 8) == 0 ? kg_rng_below(&rng, 40) : 40 + kg_rng_below(&rng, 200);
    if (number == 5)
        for (int i = 0; i < 60; i++)
            fputs("{病}", to);
    else if (number == 6)
        for (int i = 0; i < 90; i++)
            fputs("病", to);
    else if (number == 7)
        fputs("\xFF\xFE", to);
    else if (number == 8)
        for (int i = 0; i < longest_document; i++)
            fputs("{病}毒", to);
    else if (number == 9)
        for (int i = 0; i < 100; i++)
            fputs("\xE2\x80\x8B", to);
    else if (number != 10)
        for (uint64_t i = 0; i < n; i++)
            fputs(parts[kg_rng_below(&rng, sizeof parts / sizeof *parts)], to);
    fputc('\n', to);
}

static int set_up(void **state) {
    (void)state;
    static const char vocabulary[] =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[unused1]\n病\n毒\n人\nab\n##ab\na\nb\n,\n。\n{\n}\n";
    kg_lines *lines;
    strcpy(corpus_path, "/tmp/kg_examples_XXXXXX");
    int fd = mkstemp(corpus_path);
    FILE *file = fdopen(fd, "w");
    for (uint64_t i = 0; i < n_documents; i++)
        write_document(file, i);
    fclose(file);
    host = fake_host(true);
    if (kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0) != KG_OK)
        return -1;
    kg_status st = kg_tokenizer_read(&tokenizer, lines, false, NULL);
    kg_lines_close(lines);
    if (st == KG_OK)
        st = kg_graph_view_begin(&view, kg_host_abi(host), &graph, NULL);
    return st == KG_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    unlink(corpus_path);
    kg_graph_view_end(&view);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    return 0;
}

static kg_examples_options small_options(void) {
    kg_examples_options o = KG_EXAMPLES_OPTIONS_INIT;
    o.paths = corpus_paths;
    o.n_paths = 1;
    o.seed = 3;
    o.window = 37;
    o.tokens_per_batch = 700;
    o.tokens_per_micro = 250;
    o.epochs = 2;
    o.example.max_len = 120;
    o.example.min_chars = 20;
    o.example.negatives = 4;
    o.example.documents = KG_DOCUMENTS_START;
    return o;
}

static kg_examples *open_examples(const kg_examples_options *o) {
    kg_examples *x = NULL;
    kg_error err = KG_ERROR_INIT;
    if (kg_examples_open(&x, kg_host_abi(host), &view, tokenizer, o, &err) != KG_OK)
        fail_msg("%s", err.text);
    return x;
}

static bool next(kg_examples_batch *batch, kg_examples *x) {
    bool end;
    kg_error err = KG_ERROR_INIT;
    if (kg_examples_next(batch, &end, x, &err) != KG_OK)
        fail_msg("%s", err.text);
    return !end;
}

/* ---- What holds of every example ------------------------------------------------------------- */

typedef struct seen {
    uint64_t roles[3], masked, kept, replaced, swapped, ordered, sequences, tokens;
} seen;

static bool starts_word(uint32_t id) {
    kg_str token = kg_tokenizer_token(tokenizer, id);
    return !(token.len > 2 && memcmp(token.data, "##", 2) == 0);
}

/* Mask flags of the tokens first..end-1 of a batch. */
static void flag_masked(uint8_t *flags, const kg_token_batch *b, uint32_t first, uint32_t end) {
    memset(flags, 0, end - first);
    for (size_t p = 0; p < b->mlm_positions.len; p++) {
        uint32_t at = b->mlm_positions.data[p];
        if (at >= first && at < end) {
            assert_int_equal(b->mlm_labels.data[p], b->original_ids.data[at]);
            assert_false(kg_tokenizer_is_special(tokenizer, b->original_ids.data[at]));
            flags[at - first] = 1;
        }
    }
}

static void check_masking(const kg_token_batch *b, uint32_t first, uint32_t end, seen *s,
                          const kg_example_options *o) {
    uint8_t masked[512];
    uint32_t maskable = 0, count = 0;
    flag_masked(masked, b, first, end);
    for (uint32_t i = first; i < end; i++) {
        uint32_t id = b->original_ids.data[i], input = b->input_ids.data[i];
        maskable += !kg_tokenizer_is_special(tokenizer, id);
        count += masked[i - first];
        if (!masked[i - first])
            assert_int_equal(input, id);
        else if (input != kg_tokenizer_special(tokenizer).mask) {
            assert_false(kg_tokenizer_is_special(tokenizer, input));
            s->kept += input == id;
            s->replaced += input != id;
        }
        /* A piece that continues a word is masked as the piece before it is. */
        if (i > first && !starts_word(id))
            assert_int_equal(masked[i - first], masked[i - first - 1]);
    }
    s->masked += count;
    assert_true(count <= (uint32_t)lround(o->mask_rate * maskable));
    assert_true(count <= o->max_predictions);
}

static uint32_t sum_of_mention(const kg_token_batch *b, uint32_t m) {
    uint32_t sum = 0;
    for (uint32_t i = b->mention_starts.data[m] + 1; i + 1 < b->mention_ends.data[m]; i++) {
        kg_str token = kg_tokenizer_token(tokenizer, b->original_ids.data[i]);
        size_t skip = starts_word(b->original_ids.data[i]) ? 0 : 2;
        for (size_t k = skip; k < token.len; k++)
            sum += (unsigned char)token.data[k];
    }
    return sum % FAKE_ENTITIES;
}

/* log Q by its definition. */
static double log_q(uint32_t entity, uint32_t positive) {
    double sum = 0;
    for (uint32_t e = 0; e < FAKE_ENTITIES; e++)
        if (fake_type(positive) == KGP_NO_ID || fake_type(e) == fake_type(positive))
            sum += 3 * e + 1;
    return log((3 * entity + 1) / sum);
}

static void check_mentions(const kg_token_batch *b, seen *s, const kg_example_options *o) {
    uint32_t neighbor = 0, pair = 0;
    for (uint32_t m = 0; m < b->mention_starts.len; m++) {
        uint32_t first = b->mention_starts.data[m], end = b->mention_ends.data[m], masked = 0;
        uint8_t flags[512];
        kgp_neighbour want[64];
        kg_role role = b->mention_roles.data[m];
        s->roles[role]++;
        assert_string_equal(
            kg_tokenizer_token(tokenizer, b->original_ids.data[first]).data[0] == '{' ? "{" : "",
            "{");
        assert_string_equal(
            kg_tokenizer_token(tokenizer, b->original_ids.data[end - 1]).data[0] == '}' ? "}" : "",
            "}");
        assert_true(m == 0 || first >= b->mention_ends.data[m - 1]); /* one role a token */
        assert_int_equal(b->mention_entities.data[m], sum_of_mention(b, m));
        flag_masked(flags, b, first, end);
        for (uint32_t i = first; i < end; i++)
            masked += flags[i - first];
        assert_int_equal(masked, role == KG_ROLE_INFUSE ? end - first : 0);
        uint32_t n = fake_neighbor(want, b->mention_entities.data[m], graph.neighbors);
        for (uint32_t i = 1; i < n; i++)
            assert_true(want[i].weight <= want[i - 1].weight);
        assert_int_equal(b->neighbor_counts.data[m], n);
        for (uint32_t i = 0; i < n; i++, neighbor++) {
            uint32_t e = want[i].entity;
            assert_int_equal(b->neighbor_entities.data[neighbor], e);
            assert_int_equal(b->neighbor_relations.data[neighbor], want[i].relation);
            assert_int_equal(b->neighbor_directions.data[neighbor], want[i].direction);
            assert_int_equal(b->neighbor_types.data[neighbor],
                             fake_type(e) == KGP_NO_ID ? FAKE_TYPES : fake_type(e));
            if (role != KG_ROLE_PREDICT)
                continue;
            assert_true(fabs(b->pair_log_q.data[pair] - log_q(e, e)) < 1e-5);
            for (uint32_t j = 0; j < o->negatives; j++) {
                uint32_t negative = b->negatives.data[pair * o->negatives + j];
                assert_int_not_equal(negative, e);
                if (fake_type(e) != KGP_NO_ID)
                    assert_int_equal(fake_type(negative), fake_type(e));
                assert_true(fabs(b->negative_log_q.data[pair * o->negatives + j] -
                                 log_q(negative, e)) < 1e-5);
            }
            pair++;
        }
    }
}

static void check_sequence(const kg_token_batch *b, uint32_t sequence, uint32_t first, seen *s,
                           const kg_example_options *o) {
    uint32_t end = first + b->lengths.data[sequence], separators = 0;
    kg_special_tokens special = kg_tokenizer_special(tokenizer);
    assert_true(end - first <= o->max_len);
    assert_int_equal(b->input_ids.data[first], special.cls);
    assert_int_equal(b->input_ids.data[end - 1], special.sep);
    for (uint32_t i = first; i < end; i++) {
        assert_int_equal(b->segments.data[i], separators > 0);
        separators += b->original_ids.data[i] == special.sep;
    }
    uint8_t label = b->sop_labels.data[sequence];
    assert_int_equal(separators, label == KG_SOP_NONE ? 1 : 2);
    s->ordered += label != KG_SOP_NONE;
    s->swapped += label == 1;
    s->sequences++;
    s->tokens += end - first;
    check_masking(b, first, end, s, o);
}

static void check_properties(const kg_examples_options *options) {
    kg_examples_options o = *options;
    kg_examples *x = open_examples(&o);
    kg_examples_batch batch;
    kg_token_batch_limits limits = {
        kg_tokenizer_size(tokenizer), 120, 2, FAKE_ENTITIES, FAKE_RELATIONS, FAKE_TYPES + 1};
    seen s = {{0}, 0, 0, 0, 0, 0, 0, 0};
    while (next(&batch, x)) {
        uint64_t before = s.tokens;
        for (uint32_t i = 0; i < batch.n_micro; i++) {
            const kg_token_batch *b = &batch.micro[i];
            kg_error err = KG_ERROR_INIT;
            if (kg_token_batch_check(b, &limits, &err) != KG_OK)
                fail_msg("%s", err.text);
            assert_true(kg_token_batch_tokens(b) <= o.tokens_per_micro);
            for (uint32_t q = 0, first = 0; q < kg_token_batch_sequences(b); q++) {
                check_sequence(b, q, first, &s, &o.example);
                first += b->lengths.data[q];
            }
            check_mentions(b, &s, &o.example);
        }
        assert_int_equal(batch.counts.tokens, s.tokens - before);
        assert_true(batch.counts.tokens <= o.tokens_per_batch);
    }
    kg_examples_report r = kg_examples_told(x);
    assert_int_equal(r.documents, 2 * n_documents);
    assert_int_equal(r.documents, r.too_short + r.empty + s.sequences);
    assert_true(r.empty == 2 && r.too_short > 10 && r.cut > 50 && r.without_mentions >= 2);
    assert_true(r.mentions > 5000);
    double total = (double)(s.roles[0] + s.roles[1] + s.roles[2]);
    double infused = (double)s.roles[KG_ROLE_INFUSE];
    assert_true(infused / total > 0.05 && infused / total <= 0.5);
    double context = (double)s.roles[1] / (double)(s.roles[1] + s.roles[2]);
    assert_true(context > 0.17 && context < 0.23);
    assert_true(fabs((double)s.swapped / (double)s.ordered - 0.5) < 0.07);
    assert_true((double)(s.kept + s.replaced) / (double)s.masked > 0.15 &&
                (double)(s.kept + s.replaced) / (double)s.masked < 0.25);
    kg_examples_close(x);
}

static void test_properties(void **state) {
    (void)state;
    kg_examples_options o = small_options();
    check_properties(&o);
    o.example.documents = KG_DOCUMENTS_RANDOM;
    check_properties(&o);
}

/* Of a document of three sentences, each longer than fits, an example is of one, begun at its
 * beginning; epoch by epoch each comes as often. */
static void test_random_start(void **state) {
    (void)state;
    static const char *const letters[] = {"病", "毒", "人"};
    char name[] = "/tmp/kg_start_XXXXXX";
    const char *const names[] = {name};
    FILE *f = fdopen(mkstemp(name), "w");
    for (int sentence = 0; sentence < 3; sentence++) {
        for (int i = 0; i < 60; i++)
            fputs(letters[sentence], f);
        fputs("。", f);
    }
    fclose(f);
    kg_examples_options o = small_options();
    o.paths = names;
    o.epochs = 300;
    o.example.max_len = 50;
    o.example.documents = KG_DOCUMENTS_RANDOM;
    kg_examples *x = open_examples(&o);
    kg_examples_batch batch;
    uint32_t counts[64] = {0}, sequences = 0;
    while (next(&batch, x))
        for (uint32_t m = 0; m < batch.n_micro; m++) {
            const kg_token_batch *b = &batch.micro[m];
            for (uint32_t q = 0, at = 0; q < kg_token_batch_sequences(b);
                 at += b->lengths.data[q++]) {
                uint32_t letter = b->original_ids.data[at + 1], same = 0;
                assert_true(letter < 64 && b->lengths.data[q] == 50);
                for (uint32_t i = 0; i < 50; i++)
                    same += b->original_ids.data[at + i] == letter;
                assert_int_equal(same, 47);
                counts[letter]++;
                sequences++;
            }
        }
    assert_int_equal(sequences, 300);
    size_t kinds = 0;
    for (size_t i = 0; i < 64; i++) {
        kinds += counts[i] > 0;
        assert_true(counts[i] == 0 || (counts[i] > 70 && counts[i] < 130));
    }
    assert_int_equal(kinds, 3);
    kg_examples_close(x);
    unlink(name);
}

/* Of the sequences of each label, how many have a longer first, and a longer second, sentence. */
typedef struct lengths_seen {
    uint32_t longer[2][2];
    uint32_t equal;
} lengths_seen;

static void see_lengths(lengths_seen *s, const kg_token_batch *b) {
    for (uint32_t q = 0, at = 0; q < kg_token_batch_sequences(b); q++) {
        uint32_t n = b->lengths.data[q], second = 0;
        assert_int_not_equal(b->sop_labels.data[q], KG_SOP_NONE);
        for (uint32_t i = at; i < at + n; i++)
            second += b->segments.data[i];
        at += n;
        uint32_t first = n - second - 1; /* [CLS] aside */
        if (first == second)
            s->equal++;
        else
            s->longer[b->sop_labels.data[q]][second > first]++;
    }
}

/* Where no token stands at the middle, which sentence is longer must not tell whether they were
 * swapped. */
static void test_lengths_do_not_tell_the_order(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        int count, equal;
    } cases[] = {{"病", 61, 0}, {"abab ", 31, 0}, {"病", 60, 1}};
    enum { MANY = 2000 };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char path[] = "/tmp/kg_examples_XXXXXX";
        const char *const paths[] = {path};
        FILE *file = fdopen(mkstemp(path), "w");
        for (int d = 0; d < MANY; d++, fputc('\n', file))
            for (int i = 0; i < cases[c].count; i++)
                fputs(cases[c].unit, file);
        fclose(file);
        kg_examples_options o = small_options();
        o.paths = paths;
        o.epochs = 1;
        lengths_seen s = {{{0}, {0}}, 0};
        kg_examples *x = open_examples(&o);
        kg_examples_batch batch;
        while (next(&batch, x))
            for (uint32_t i = 0; i < batch.n_micro; i++)
                see_lengths(&s, &batch.micro[i]);
        kg_examples_close(x);
        unlink(path);
        assert_int_equal(s.equal, cases[c].equal ? MANY : 0);
        for (int k = 0; k < 4 && !cases[c].equal; k++) /* each a quarter, to five deviations */
            assert_in_range(s.longer[k / 2][k % 2], MANY / 4 - 97, MANY / 4 + 97);
    }
}

/* ---- The same stream, whatever the threads, ranks and pauses --------------------------------- */

/* A digest of one example, taken from a batch. */
static uint64_t digest(const kg_token_batch *b, uint32_t sequence, uint32_t first) {
    uint64_t h = b->documents.data[sequence] * 31 + b->epochs.data[sequence];
    uint32_t end = first + b->lengths.data[sequence];
    h = kg_hash_bytes(b->input_ids.data + first, (end - first) * sizeof(uint32_t), h);
    for (size_t m = 0, n = 0; m < b->mention_starts.len; n += b->neighbor_counts.data[m++])
        if (b->mention_starts.data[m] >= first && b->mention_ends.data[m] <= end) {
            uint64_t mention[] = {b->mention_starts.data[m] - first,
                                  b->mention_ends.data[m] - first, b->mention_roles.data[m]};
            h = kg_hash_bytes(mention, sizeof mention, h);
            h = kg_hash_bytes(b->neighbor_entities.data + n,
                              b->neighbor_counts.data[m] * sizeof(uint32_t), h);
        }
    return h;
}

typedef KG_ARRAY(uint64_t) digests;

/* What a global batch holds, order within it aside: the sum over its sequences of this rank. */
static uint64_t sum_of(const kg_examples_batch *batch) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < batch->n_micro; i++) {
        const kg_token_batch *b = &batch->micro[i];
        for (uint32_t q = 0, first = 0; q < kg_token_batch_sequences(b);
             first += b->lengths.data[q++])
            sum += digest(b, q, first);
        for (size_t k = 0; k < b->negatives.len; k++)
            sum += kg_hash_u64(b->negatives.data[k]);
    }
    return sum;
}

static void take_all(digests *out, const kg_examples_options *o) {
    kg_examples *x = open_examples(o);
    kg_examples_batch batch;
    while (next(&batch, x))
        assert_int_equal(kg_array_push(out, sum_of(&batch)), KG_OK);
    kg_examples_close(x);
}

/* Documents that are read from their beginning, or from a sentence drawn, have given the same
 * stream since it was first written. */
static void test_streams_of_one_example_a_document(void **state) {
    (void)state;
    static const struct {
        kg_documents documents;
        uint32_t max_len;
        uint64_t hash;
    } cases[] = {{KG_DOCUMENTS_START, 120, 0x60a8d67e9228c9f8},
                 {KG_DOCUMENTS_RANDOM, 120, 0x6c90b57def6ea82b},
                 {KG_DOCUMENTS_START, 600, 0x627340fc998413d2}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        digests got = KG_ARRAY_INIT;
        kg_examples_options o = small_options();
        o.example.documents = cases[c].documents;
        o.example.max_len = cases[c].max_len;
        if (o.example.max_len > 120)
            o.tokens_per_batch = o.tokens_per_micro = 1500;
        take_all(&got, &o);
        assert_int_equal(kg_hash_bytes(got.data, got.len * 8, 0), cases[c].hash);
        kg_array_free(&got);
    }
}

static void test_threads_and_ranks(void **state) {
    (void)state;
    digests alone = KG_ARRAY_INIT, threads = KG_ARRAY_INIT, ranks[3] = {KG_ARRAY_INIT};
    kg_examples_options o = small_options();
    take_all(&alone, &o);
    o.threads = 3;
    take_all(&threads, &o);
    assert_int_equal(alone.len, threads.len);
    assert_memory_equal(alone.data, threads.data, alone.len * 8);
    o.ranks = 3;
    for (o.rank = 0; o.rank < 3; o.rank++)
        take_all(&ranks[o.rank], &o);
    for (size_t i = 0; i < alone.len; i++)
        assert_int_equal(alone.data[i], ranks[0].data[i] + ranks[1].data[i] + ranks[2].data[i]);
    for (int r = 0; r < 3; r++)
        kg_array_free(&ranks[r]);
    kg_array_free(&alone);
    kg_array_free(&threads);
}

static void test_resuming(void **state) {
    (void)state;
    digests whole = KG_ARRAY_INIT;
    kg_examples_options o = small_options();
    take_all(&whole, &o);
    kg_examples *x = open_examples(&o);
    kg_examples_batch batch;
    for (size_t i = 0; i < whole.len; i++) {
        assert_true(next(&batch, x));
        if (i % 29 != 10)
            continue;
        digests rest = KG_ARRAY_INIT;
        kg_examples_options later = o;
        later.start = batch.after;
        take_all(&rest, &later);
        assert_int_equal(rest.len, whole.len - i - 1);
        assert_memory_equal(rest.data, whole.data + i + 1, rest.len * 8);
        kg_array_free(&rest);
    }
    kg_examples_close(x);
    kg_array_free(&whole);
}

static void test_epochs_differ_and_evaluation_does_not(void **state) {
    (void)state;
    digests first = KG_ARRAY_INIT, again = KG_ARRAY_INIT, second = KG_ARRAY_INIT;
    kg_examples_options o = small_options();
    o.epochs = 1;
    o.window = 0;
    take_all(&first, &o);
    take_all(&again, &o);
    assert_int_equal(first.len, again.len);
    assert_memory_equal(first.data, again.data, first.len * 8);
    o.epochs = 2;
    o.start.epoch = 1;
    take_all(&second, &o);
    assert_memory_not_equal(first.data, second.data, 8);
    uint64_t batches, documents;
    assert_int_equal(
        kg_examples_count(&batches, &documents, kg_host_abi(host), tokenizer, &o, NULL), KG_OK);
    assert_int_equal(batches, first.len);
    assert_int_equal(documents, n_documents);
    o.example.documents = KG_DOCUMENTS_RANDOM;
    second.len = 0;
    take_all(&second, &o);
    assert_int_equal(
        kg_examples_count(&batches, &documents, kg_host_abi(host), tokenizer, &o, NULL), KG_OK);
    assert_int_equal(batches, second.len);
    kg_array_free(&first);
    kg_array_free(&again);
    kg_array_free(&second);
}

static void test_tables_with_fewer_rows(void **state) {
    (void)state;
    kg_examples_options o = small_options();
    o.epochs = 1;
    kg_graph_view_end(&view);
    fake_tables(100, 2);
    assert_int_equal(kg_graph_view_begin(&view, kg_host_abi(host), &graph, NULL), KG_OK);
    kg_examples *x = open_examples(&o);
    kg_examples_batch batch;
    uint64_t neighbors = 0;
    while (next(&batch, x))
        for (uint32_t i = 0; i < batch.n_micro; i++) {
            const kg_token_batch *b = &batch.micro[i];
            neighbors += b->neighbor_entities.len;
            for (size_t k = 0; k < b->neighbor_entities.len; k++)
                assert_true(b->neighbor_entities.data[k] < 100 &&
                            b->neighbor_relations.data[k] < 2);
            for (size_t k = 0; k < b->negatives.len; k++)
                assert_true(b->negatives.data[k] < 100);
        }
    assert_true(neighbors > 100);
    kg_examples_close(x);
    kg_graph_view_end(&view);
    fake_tables(0, 0);
    assert_int_equal(kg_graph_view_begin(&view, kg_host_abi(host), &graph, NULL), KG_OK);
}

static void test_what_cannot_be(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_examples *x;
    kg_examples_batch batch;
    bool end;
    kg_examples_options o = small_options();
    o.tokens_per_batch = 100;
    assert_int_equal(kg_examples_open(&x, kg_host_abi(host), &view, tokenizer, &o, &err),
                     KG_ERR_ARGUMENT);
    o = small_options();
    o.example.min_chars = 20000000;
    for (o.epochs = 0; o.epochs < 2; o.epochs++) {
        x = open_examples(&o);
        assert_int_equal(kg_examples_next(&batch, &end, x, &err), KG_ERR_FORMAT);
        assert_non_null(strstr(err.text, "no document of the corpus gives an example"));
        kg_examples_close(x);
    }
    const char *const missing[] = {"/nowhere/at/all.txt"};
    o.paths = missing;
    x = open_examples(&o);
    assert_int_equal(kg_examples_next(&batch, &end, x, &err), KG_ERR_NOT_FOUND);
    kg_examples_close(x);
    kg_graph_view none;
    kg_graph_options wanted = graph;
    wanted.weights = KGP_PEPR;
    assert_int_equal(kg_graph_view_begin(&none, kg_host_abi(host), &wanted, &err),
                     KG_ERR_NOT_FOUND);
    kg_graph_view_end(&none);
    wanted = (kg_graph_options){.neighbors = KG_MOST_NEIGHBORS + 1};
    assert_int_equal(kg_graph_view_begin(&none, kg_host_abi(host), &wanted, &err), KG_ERR_ARGUMENT);
    kg_graph_view_end(&none);
    wanted = (kg_graph_options){.neighbors = 1, .needs_tables = true};
    assert_int_equal(kg_graph_view_begin(&none, kg_host_abi(host), &wanted, &err),
                     KG_ERR_NOT_FOUND);
    kg_graph_view_end(&none);
}

/* Documents out of the ordinary: what is made of each, and what is said. */
static void test_odd_documents_are_said(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        int count;
        uint64_t sequences;
        const char *told;
    } cases[] = {
        {"", 0, 0, "1 documents read: 1 too short, 0 without a token"},
        {"\xFF", 40, 0, "0 too short, 1 without a token"},
        {"病\xFF", 40, 1, "0 too short, 0 without a token"},
        {"{病}毒ab,", 10 << 20 >> 3, 1,
         "1 cut; 1 examples: 0 with no place to split, 0 without a mention"},
        {"病毒", 40, 1,
         "0 cut; 1 examples: 0 with no place to split, 1 without a mention; of 0 mentions"},
        {"{病}", 20, 1, "0 with no place to split, 0 without a mention; of 20 mentions 0 dropped"},
        {"{病", 40, 1, "1 without a mention"},
        {"abababababababababababab", 2, 1, "1 with no place to split"},
        {"http://a.b/c ", 40, 0, "0 too short, 1 without a token"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char path[] = "/tmp/kg_examples_XXXXXX", text[512];
        const char *const paths[] = {path};
        FILE *file = fdopen(mkstemp(path), "w");
        for (int i = 0; i < cases[c].count; i++)
            fputs(cases[c].unit, file);
        fputs("\n", file);
        fclose(file);
        kg_examples_options o = small_options();
        o.paths = paths;
        o.epochs = 1;
        kg_examples *x = open_examples(&o);
        kg_examples_batch batch;
        bool end;
        kg_error err = KG_ERROR_INIT;
        kg_status st = kg_examples_next(&batch, &end, x, &err);
        assert_int_equal(st, cases[c].sequences ? KG_OK : KG_ERR_FORMAT);
        if (st == KG_OK)
            assert_int_equal(batch.counts.sequences, cases[c].sequences);
        else
            assert_non_null(strstr(err.text, "no document of the corpus gives an example"));
        kg_examples_report report = kg_examples_told(x);
        kg_examples_tell(text, sizeof text, &report);
        if (!strstr(text, cases[c].told))
            fail_msg("%s: %s", cases[c].unit, text);
        kg_examples_close(x);
        unlink(path);
    }
}

static kgp_status keep_text(const kgp_output *output, const void *data, size_t n) {
    return (kgp_status)kg_array_append((kg_bytes *)output->self, data, n);
}

static void test_show(void **state) {
    (void)state;
    kg_bytes text = KG_ARRAY_INIT;
    kgp_output output = {sizeof output, &text, keep_text};
    kg_examples_options o = small_options();
    o.window = 0;
    kg_session session = {.host = kg_host_abi(host), .tokenizer = tokenizer, .graph = view};
    assert_int_equal(kg_reading_open(&session.reading, tokenizer, &view, NULL), KG_OK);
    assert_int_equal(kg_show_examples(&output, 3, &session, &o, NULL), KG_OK);
    kg_reading_close(&session.reading);
    assert_int_equal(kg_array_push(&text, '\0'), KG_OK);
    assert_non_null(strstr(text.data, "example 3: document "));
    assert_null(strstr(text.data, "example 4: "));
    assert_non_null(strstr(text.data, "[CLS]"));
    assert_non_null(strstr(text.data, "|MASK]"));
    assert_non_null(strstr(text.data, "  {1} "));
    assert_non_null(strstr(text.data, "      1.000000  -> relation  entity ("));
    assert_non_null(strstr(text.data, " documents read: "));
    kg_array_free(&text);
}

/* With an argument only what runs on several threads, on fewer documents: for ThreadSanitizer. */
int main(int argc, char **argv) {
    (void)argv;
    const struct CMUnitTest threads[] = {cmocka_unit_test(test_threads_and_ranks)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_random_start),
        cmocka_unit_test(test_lengths_do_not_tell_the_order),
        cmocka_unit_test(test_streams_of_one_example_a_document),
        cmocka_unit_test(test_threads_and_ranks),
        cmocka_unit_test(test_resuming),
        cmocka_unit_test(test_epochs_differ_and_evaluation_does_not),
        cmocka_unit_test(test_tables_with_fewer_rows),
        cmocka_unit_test(test_what_cannot_be),
        cmocka_unit_test(test_odd_documents_are_said),
        cmocka_unit_test(test_show),
    };
    if (argc == 1)
        return cmocka_run_group_tests(tests, set_up, tear_down);
    n_documents = 60;
    longest_document = 1000;
    return cmocka_run_group_tests(threads, set_up, tear_down);
}
