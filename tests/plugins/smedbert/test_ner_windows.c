/* Windows cut from sequences: no token is lost, names and sparse scores land on their tokens. */
#include "plugins/smedbert/tasks/ner/ner_windows.h"
#include "plugins/smedbert/tune/tune_batches.h"

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

static char path[] = "/tmp/kg-windows-XXXXXX";
static kg_host *host;
static kg_tokenizer *tokenizer;
static kg_graph_view view;
static kg_reading reading;
static const kg_tune_shape shape = {.loss = KG_TUNE_SOFTMAX};

static int set_up(void **state) {
    (void)state;
    static const char vocabulary[] = "[UNK]\n[CLS]\n[SEP]\na\nb\nc\n##b\n{\n}\n";
    const kg_graph_options options = {.neighbors = 3, .keeps_types = true};
    kg_lines *lines;
    int fd = mkstemp(path);
    host = fake_host(false);
    if (fd < 0 || close(fd) != 0 || !host ||
        kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0) != KG_OK)
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
    unlink(path);
    kg_reading_close(&reading);
    kg_graph_view_end(&view);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    return 0;
}

/* A data set of one sequence for each string: characters, in upper case where the entity "x" is. */
static void make_data(kg_ner_data *data, const char *const *sequences, size_t n) {
    FILE *f = fopen(path, "w");
    for (size_t s = 0; s < n; s++, fputc('\n', f))
        for (const char *c = sequences[s]; *c; c++) {
            bool in = *c >= 'A' && *c <= 'Z', before = c > sequences[s] && c[-1] <= 'Z';
            fprintf(f, "%c %s\n", in ? *c + 32 : *c, !in ? "O" : before ? "I-x" : "B-x");
        }
    fclose(f);
    assert_int_equal(kg_ner_data_read(data, path, NULL, NULL), KG_OK);
}

/* Each token of the data stands in exactly one window, in order, none of which is too long; and
 * entities are whole unless one alone fills half a window. */
static void check_cover(const kg_tune_packs *windows, const kg_ner_data *data, uint32_t max_len) {
    size_t next = 0;
    for (size_t w = 0; w < windows->packs.len; w++) {
        const kg_tune_pack *pack = &windows->packs.data[w];
        assert_true(kg_token_batch_tokens(&pack->batch) <= max_len);
        assert_int_equal(pack->rows.len, pack->items.len);
        assert_int_equal(pack->ends.data[0], pack->rows.len);
        for (size_t i = 0; i < pack->items.len; i++) {
            assert_int_equal(pack->items.data[i], next);
            assert_int_equal(pack->gold.data[i], data->tags.data[next]);
            next++;
        }
    }
    assert_int_equal(next, data->tags.len);
}

static void test_long_sequences_lose_no_token(void **state) {
    (void)state;
    char text[1001], entity[1001];
    for (int i = 0; i < 1000; i++) {
        text[i] = i % 7 < 3 ? "ABC"[i % 3] : "abc"[i % 3];
        entity[i] = "ABC"[i % 3];
    }
    text[1000] = entity[1000] = '\0';
    const char *const sequences[] = {text, "aBc", entity, "a"};
    for (uint32_t max_len = 8; max_len < 1200; max_len = max_len * 3 / 2) {
        kg_ner_data data;
        kg_tune_packs windows;
        static const uint8_t trained[] = {1, 1, 1, 1};
        const kg_ner_window_options options = {.max_len = max_len, .trained = trained};
        make_data(&data, sequences, 4);
        assert_int_equal(kg_ner_windows_make(&windows, &data, &reading, &options, NULL), KG_OK);
        check_cover(&windows, &data, max_len);
        for (size_t w = 0; w + 1 < windows.packs.len; w++)
            if (windows.examples.data[w] == 0 && windows.examples.data[w + 1] == 0)
                assert_true(windows.packs.data[w + 1].gold.data[0] != 2);
        kg_tune_packs_free(&windows);
        kg_ner_data_free(&data);
    }
}

/* Where tags are not to be known windows are the same whatever they are: after punctuation where
 * there is some, and not within a name. */
static void test_cuts_do_not_read_tags(void **state) {
    (void)state;
    const char *const given[] = {"abcabc,abcABCab{ab}aabbccabc", "abcABCab{ab}aabbccabcabc"};
    const char *const plain[] = {"abcabc,abcabcab{ab}aabbccabc", "abcabcab{ab}aabbccabcabc"};
    const kg_ner_window_options options = {.max_len = 12};
    kg_ner_data data, other;
    kg_tune_packs windows, same;
    make_data(&data, given, 2);
    make_data(&other, plain, 2);
    assert_int_equal(kg_ner_windows_make(&windows, &data, &reading, &options, NULL), KG_OK);
    assert_int_equal(kg_ner_windows_make(&same, &other, &reading, &options, NULL), KG_OK);
    assert_int_equal(windows.packs.len, same.packs.len);
    for (size_t w = 0; w < windows.packs.len; w++)
        assert_int_equal(windows.packs.data[w].rows.len, same.packs.data[w].rows.len);
    assert_int_equal(windows.packs.data[0].rows.len, 7);
    size_t second = 0;
    while (windows.examples.data[second] == 0)
        second++;
    assert_int_equal(windows.packs.data[second].rows.len, 8);
    kg_tune_packs_free(&windows);
    kg_tune_packs_free(&same);
    kg_ner_data_free(&data);
    kg_ner_data_free(&other);
}

/* The type of the entity that stands between braces. */
static size_t type_of(const char *name) {
    uint32_t sum = 0;
    for (const char *c = name; *c; c++)
        sum += (unsigned char)*c;
    return fake_type(sum % FAKE_ENTITIES);
}

static void test_names_become_features(void **state) {
    (void)state;
    kg_ner_data data;
    kg_tune_packs windows;
    const char *const sequences[] = {"Aa{b}a"};
    const kg_ner_window_options options = {
        .max_len = 32, .mention_features = true, .all_names = true};
    make_data(&data, sequences, 1);
    assert_int_equal(kg_ner_windows_make(&windows, &data, &reading, &options, NULL), KG_OK);
    const kg_tune_pack *pack = &windows.packs.data[0];
    assert_int_equal(windows.mentions, 1);
    assert_int_equal(windows.off_edge, 0);
    assert_int_equal(pack->batch.mention_starts.data[0], 3);
    assert_int_equal(pack->batch.mention_ends.data[0], 6);
    /* Begin, inside, end; once as the longest and once as one of all. */
    size_t type = type_of("b"), all = kg_ner_name_features(FAKE_TYPES, false);
    static const size_t places[] = {0, 1, 2};
    assert_int_equal(pack->features.len, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(pack->features.data[i].row, 3 + i / 2);
        assert_int_equal(pack->features.data[i].feature,
                         4 * type + places[i / 2] + (i % 2 ? all : 0));
    }
    assert_int_equal(kg_ner_feature_rows(&options, FAKE_TYPES), 2 * all);
    kg_tune_packs_free(&windows);
    kg_ner_data_free(&data);
}

static kg_status read_keys(kg_sparse_keys *keys, const uint16_t **gold, void *source, size_t s,
                           kg_error *err) {
    const kg_ner_data *data = source;
    kg_ner_names names = {.linked = 0};
    *gold = data->tags.data + kg_ner_sequence_start(data, s);
    assert_int_equal(kg_ner_names_find(&names, data, s, &reading, true, err), KG_OK);
    assert_int_equal(kg_ner_sparse_keys(keys, data, s, &names), KG_OK);
    kg_ner_names_free(&names);
    return KG_OK;
}

static void test_windows_keep_sparse_scores(void **state) {
    (void)state;
    kg_ner_data data;
    kg_tune_packs whole, cut;
    kg_sparse_crf crf;
    const char *const sequences[] = {"ab{c}abCABcab{b}aabBcabABc", "bcaabBcab{c}a"};
    make_data(&data, sequences, 2);
    const kg_sparse_fitting fitting = {.sequences = data.sequence_ends.len,
                                       .read = read_keys,
                                       .source = &data,
                                       .min_count = 2,
                                       .tags = 3,
                                       .l1 = 0.01,
                                       .iterations = 20,
                                       .threads = 1};
    assert_int_equal(kg_sparse_crf_fit(&crf, &fitting, NULL), KG_OK);
    kg_ner_window_options options = {.max_len = 64, .all_names = true, .sparse = &crf};
    assert_int_equal(kg_ner_windows_make(&whole, &data, &reading, &options, NULL), KG_OK);
    options.max_len = 9;
    assert_int_equal(kg_ner_windows_make(&cut, &data, &reading, &options, NULL), KG_OK);
    kg_tune_pack all = KG_TUNE_PACK_INIT, parts = KG_TUNE_PACK_INIT;
    for (size_t i = 0; i < whole.packs.len; i++)
        assert_int_equal(kg_tune_pack_append(&all, &whole.packs.data[i]), KG_OK);
    for (size_t i = 0; i < cut.packs.len; i++)
        assert_int_equal(kg_tune_pack_append(&parts, &cut.packs.data[i]), KG_OK);
    assert_true(cut.packs.len > whole.packs.len);
    assert_int_equal(all.sparse.len, 3 * data.tags.len);
    assert_int_equal(parts.sparse.len, 3 * data.tags.len);
    assert_memory_equal(all.sparse.data, parts.sparse.data, sizeof(float) * all.sparse.len);
    bool some = false;
    for (size_t i = 0; i < all.sparse.len; i++)
        some = some || all.sparse.data[i] != 0;
    assert_true(some);
    kg_tune_pack_free(&all);
    kg_tune_pack_free(&parts);
    kg_tune_packs_free(&whole);
    kg_tune_packs_free(&cut);
    kg_sparse_crf_free(&crf);
    kg_ner_data_free(&data);
}

/* Over an epoch every window that is not held out is dealt to one rank, whatever their number, in
 * micro-batches that are not too large; and a step has the same windows for any number. */
static void deal_epoch(const kg_tune_packs *windows, const uint8_t *held, uint32_t ranks,
                       uint32_t micro, const size_t *tokens_of_step) {
    uint8_t seen[64] = {0};
    size_t dealt = 0;
    for (uint32_t rank = 0; rank < ranks; rank++) {
        kg_tune_batches b = {.packs = windows,
                             .held = held,
                             .shape = &shape,
                             .tokens_per_batch = 40,
                             .tokens_per_micro = micro,
                             .rank = rank,
                             .ranks = ranks,
                             .seed = 3};
        assert_int_equal(kg_tune_batches_begin(&b, NULL), KG_OK);
        assert_true(b.count > 2);
        for (uint64_t step = 0; step < b.count; step++) {
            assert_int_equal(kg_tune_batches_fill(&b, b.count + step, NULL), KG_OK);
            assert_int_equal(b.step_count, tokens_of_step[step]);
            for (size_t m = 0; m < b.used; m++) {
                const kg_tune_pack *pack = &b.micro.data[m];
                assert_true(micro == 0 || kg_token_batch_tokens(&pack->batch) <= micro);
                for (size_t i = 0; i < pack->batch.documents.len; i++, dealt++) {
                    assert_int_equal(pack->batch.epochs.data[i], 1);
                    assert_int_equal(seen[pack->batch.documents.data[i] / 5]++, 0);
                }
            }
        }
        kg_tune_batches_free(&b);
    }
    assert_int_equal(dealt, 30);
}

static void test_every_window_is_dealt_once(void **state) {
    (void)state;
    kg_ner_data data;
    kg_tune_packs windows;
    const char *sequences[40];
    uint8_t held[40];
    size_t tokens_of_step[16], n = 0;
    const kg_ner_window_options options = {.max_len = 16};
    for (int i = 0; i < 40; i++) {
        sequences[i] = i % 3 ? "abCab" : "aBcac";
        held[i] = i % 4 == 3;
    }
    make_data(&data, sequences, 40);
    assert_int_equal(kg_ner_windows_make(&windows, &data, &reading, &options, NULL), KG_OK);
    kg_tune_batches whole = {.packs = &windows,
                             .held = held,
                             .shape = &shape,
                             .tokens_per_batch = 40,
                             .ranks = 1,
                             .seed = 3};
    assert_int_equal(kg_tune_batches_begin(&whole, NULL), KG_OK);
    assert_true(whole.count <= 16);
    for (uint64_t step = 0; step < whole.count; step++) {
        assert_int_equal(kg_tune_batches_fill(&whole, whole.count + step, NULL), KG_OK);
        assert_true(whole.used <= 1);
        tokens_of_step[n++] = whole.step_count;
    }
    kg_tune_batches_free(&whole);
    for (uint32_t ranks = 1; ranks < 5; ranks++)
        for (uint32_t micro = 0; micro < 40; micro += 16)
            deal_epoch(&windows, held, ranks, micro, tokens_of_step);
    memset(held, 1, sizeof held);
    assert_int_equal(kg_tune_batches_begin(&whole, NULL), KG_ERR_ARGUMENT);
    kg_tune_batches_free(&whole);
    kg_tune_packs_free(&windows);
    kg_ner_data_free(&data);
}

static void test_equal_contexts_have_equal_keys(void **state) {
    (void)state;
    kg_ner_data data;
    kg_ner_names names = {.linked = 0};
    kg_sparse_keys keys = {.lower = KG_ARRAY_INIT};
    /* Tokens 3 and 9 see the same two neighbors on either side; token 4 others. */
    const char *const sequences[] = {"abcabaabcababB"};
    make_data(&data, sequences, 1);
    assert_int_equal(kg_ner_names_find(&names, &data, 0, &reading, true, NULL), KG_OK);
    assert_int_equal(kg_ner_sparse_keys(&keys, &data, 0, &names), KG_OK);
    uint32_t n = keys.ends.data[3] - keys.ends.data[2];
    assert_int_equal(n, keys.ends.data[9] - keys.ends.data[8]);
    assert_memory_equal(keys.keys.data + keys.ends.data[2], keys.keys.data + keys.ends.data[8],
                        8 * n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++)
            assert_true(keys.keys.data[keys.ends.data[2] + i] !=
                        keys.keys.data[keys.ends.data[2] + j]);
    assert_true(keys.keys.data[keys.ends.data[2]] != keys.keys.data[keys.ends.data[3]]);
    kg_ner_names_free(&names);
    kg_sparse_keys_free(&keys);
    kg_ner_data_free(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_sequences_lose_no_token),
        cmocka_unit_test(test_cuts_do_not_read_tags),
        cmocka_unit_test(test_names_become_features),
        cmocka_unit_test(test_windows_keep_sparse_scores),
        cmocka_unit_test(test_every_window_is_dealt_once),
        cmocka_unit_test(test_equal_contexts_have_equal_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
