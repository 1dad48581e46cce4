/* The CRF over sparse features: what it is fitted to, and its file. Without a graph. */
#include "plugins/smedbert/tasks/ner/ner_sparse.h"

#include "kgstore/base/rng.h"
#include "model/crf.h"

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

enum { TAGS = 3 };

static char path[] = "/tmp/kg-sparse-XXXXXX";
static kg_reading nothing;

static int set_up(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static void write_file(const char *content) {
    FILE *f = fopen(path, "w");
    fputs(content, f);
    fclose(f);
}

/* Sequences of the letters a to e: an entity begins at "b" after "a", and takes all "c" that
 * follow; one token in twenty is tagged otherwise. */
static void make_data(kg_ner_data *data, size_t sequences) {
    FILE *f = fopen(path, "w");
    kg_rng rng = kg_rng_stream(5, 0, 0, 0);
    for (size_t s = 0; s < sequences; s++) {
        bool in = false;
        char before = 'e';
        for (int i = 0; i < 20; i++) {
            char c = (char)('a' + kg_rng_below(&rng, 5));
            bool begins = (c == 'b' && before == 'a') || kg_rng_below(&rng, 20) == 0;
            in = !begins && in && c == 'c';
            fprintf(f, "%c %s\n", c, begins ? "B-x" : in ? "I-x" : "O");
            in = in || begins;
            before = c;
        }
        fputc('\n', f);
    }
    fclose(f);
    assert_int_equal(kg_ner_data_read(data, path, NULL, NULL), KG_OK);
}

static kg_status read_keys(kg_sparse_keys *keys, const uint16_t **gold, void *source, size_t s,
                           kg_error *err) {
    const kg_ner_data *data = source;
    kg_ner_names names = {.linked = 0};
    *gold = data->tags.data + kg_ner_sequence_start(data, s);
    assert_int_equal(kg_ner_names_find(&names, data, s, &nothing, false, err), KG_OK);
    assert_int_equal(kg_ner_sparse_keys(keys, data, s, &names), KG_OK);
    kg_ner_names_free(&names);
    return KG_OK;
}

static kg_sparse_fitting fitting_of(kg_ner_data *data) {
    return (kg_sparse_fitting){.sequences = data->sequence_ends.len,
                               .read = read_keys,
                               .source = data,
                               .min_count = 1,
                               .tags = TAGS,
                               .l1 = 0.5,
                               .l2 = 0.01,
                               .iterations = 150,
                               .threads = 1};
}

static void score(float *scores, const kg_sparse_crf *crf, kg_ner_data *data, size_t s) {
    kg_sparse_keys keys = {.lower = KG_ARRAY_INIT};
    const uint16_t *gold;
    read_keys(&keys, &gold, data, s, NULL);
    kg_sparse_crf_score(scores, crf, &keys);
    kg_sparse_keys_free(&keys);
}

/* What fitting minimizes, computed from what it gave. */
static double penalized(const kg_sparse_crf *crf, kg_ner_data *data, double l1, double l2) {
    float scores[64 * TAGS];
    double workspace[4096], sum = 0;
    for (size_t s = 0; s < data->sequence_ends.len; s++) {
        size_t first = kg_ner_sequence_start(data, s), n = data->sequence_ends.data[s] - first;
        assert_true(n <= 64 && kg_crf_workspace(n, TAGS) <= 4096);
        score(scores, crf, data, s);
        sum += kg_crf_loss(NULL, NULL, scores, data->tags.data + first, crf->transitions, n, TAGS,
                           1, workspace);
    }
    for (size_t i = 0; i < crf->weights.len + (TAGS + 2) * TAGS; i++) {
        double w = (double)(i < crf->weights.len ? crf->weights.data[i]
                                                 : crf->transitions[i - crf->weights.len]);
        sum += l1 * fabs(w) + l2 / 2 * w * w;
    }
    return sum;
}

static void check_step(float *weight, double step, const kg_sparse_crf *crf, kg_ner_data *data,
                       double least) {
    float kept = *weight;
    *weight = (float)((double)kept + step);
    assert_true(penalized(crf, data, 0.5, 0.01) > least * (1 - 1e-4));
    *weight = kept;
}

/* From the weights found, no single one can be moved to a lower value. */
static void test_the_fit_is_a_minimum(void **state) {
    (void)state;
    kg_ner_data data;
    kg_sparse_crf crf;
    make_data(&data, 12);
    kg_sparse_fitting fitting = fitting_of(&data);
    assert_int_equal(kg_sparse_crf_fit(&crf, &fitting, NULL), KG_OK);
    double least = penalized(&crf, &data, 0.5, 0.01);
    assert_true(crf.weights.len > 2 && crf.weights.len < 400);
    for (int side = -1; side <= 1; side += 2) {
        for (size_t i = 0; i < crf.weights.len; i++)
            check_step(&crf.weights.data[i], 0.05 * side, &crf, &data, least);
        for (size_t i = 0; i < (TAGS + 2) * TAGS; i++)
            check_step(&crf.transitions[i], 0.05 * side, &crf, &data, least);
    }
    kg_sparse_crf_free(&crf);
    kg_ner_data_free(&data);
}

/* Tokens a to e by themselves, of three classes: `doubled` lists those of class 1 twice. */
typedef struct singles {
    uint16_t gold[80];
    uint64_t features[80];
    size_t n;
} singles;

static singles make_singles(bool doubled) {
    singles s = {.n = 0};
    kg_rng rng = kg_rng_stream(9, 0, 0, 0);
    for (int i = 0; i < 40; i++) {
        uint64_t feature = kg_rng_below(&rng, 5);
        uint16_t gold = (uint16_t)(kg_rng_below(&rng, 3) ? feature % 3 : kg_rng_below(&rng, 3));
        for (int times = doubled && gold == 1 ? 2 : 1; times > 0; times--) {
            s.features[s.n] = feature;
            s.gold[s.n++] = gold;
        }
    }
    return s;
}

static kg_status read_single(kg_sparse_keys *keys, const uint16_t **gold, void *source, size_t i,
                             kg_error *err) {
    (void)err;
    singles *s = source;
    *gold = s->gold + i;
    keys->keys.len = keys->ends.len = 0;
    assert_int_equal(kg_array_push(&keys->keys, kg_sparse_mix(s->features[i], 1)), KG_OK);
    return kg_array_push(&keys->ends, 1);
}

/* A class that counts twice is one whose examples are there twice. */
static void test_class_weights(void **state) {
    (void)state;
    static const float weights[TAGS] = {1, 2, 1};
    singles once = make_singles(false), twice = make_singles(true);
    kg_sparse_crf plain, weighed, doubled;
    kg_sparse_fitting fitting = {.sequences = once.n,
                                 .read = read_single,
                                 .source = &once,
                                 .min_count = 1,
                                 .tags = TAGS,
                                 .all_tags = true,
                                 .l2 = 0.1,
                                 .iterations = 200,
                                 .threads = 1};
    assert_int_equal(kg_sparse_crf_fit(&plain, &fitting, NULL), KG_OK);
    fitting.class_weights = weights;
    assert_int_equal(kg_sparse_crf_fit(&weighed, &fitting, NULL), KG_OK);
    fitting.class_weights = NULL;
    fitting.source = &twice;
    fitting.sequences = twice.n;
    assert_int_equal(kg_sparse_crf_fit(&doubled, &fitting, NULL), KG_OK);
    assert_int_equal(weighed.weights.len, doubled.weights.len);
    float moved = 0;
    for (size_t i = 0; i < weighed.weights.len; i++) {
        assert_true(fabsf(weighed.weights.data[i] - doubled.weights.data[i]) < 0.01F);
        moved = fmaxf(moved, fabsf(weighed.weights.data[i] - plain.weights.data[i]));
    }
    assert_true(moved > 0.1F);
    kg_sparse_crf_free(&plain);
    kg_sparse_crf_free(&weighed);
    kg_sparse_crf_free(&doubled);
}

static void check_same(const kg_sparse_crf *a, const kg_sparse_crf *b) {
    assert_int_equal(a->keys.len, b->keys.len);
    assert_int_equal(a->weights.len, b->weights.len);
    assert_memory_equal(a->keys.data, b->keys.data, 8 * a->keys.len);
    assert_memory_equal(a->ends.data, b->ends.data, 4 * a->ends.len);
    assert_memory_equal(a->of_tags.data, b->of_tags.data, 2 * a->of_tags.len);
    assert_memory_equal(a->weights.data, b->weights.data, 4 * a->weights.len);
    assert_memory_equal(a->transitions, b->transitions, 4 * (TAGS + 2) * TAGS);
}

/* What it learnt generalizes; the same run gives the same bits, and the file says it all. */
static void test_learning_and_the_file(void **state) {
    (void)state;
    kg_ner_data data;
    kg_sparse_crf crf, again;
    size_t right = 0;
    uint16_t tags[20];
    float scores[20 * TAGS];
    double workspace[4096];
    make_data(&data, 150);
    uint8_t *held = calloc(150, 1);
    memset(held, 1, 50);
    kg_sparse_fitting fitting = fitting_of(&data);
    fitting.held = held;
    assert_int_equal(kg_sparse_crf_fit(&crf, &fitting, NULL), KG_OK);
    for (size_t s = 0; s < 50; s++) {
        score(scores, &crf, &data, s);
        kg_crf_decode(tags, scores, crf.transitions, NULL, 20, TAGS, workspace);
        for (size_t i = 0; i < 20; i++)
            right += tags[i] == data.tags.data[kg_ner_sequence_start(&data, s) + i];
    }
    assert_true(right > 900); /* one in twenty is chance, and what follows it */
    assert_int_equal(kg_sparse_crf_fit(&again, &fitting, NULL), KG_OK);
    check_same(&crf, &again);
    kg_sparse_crf_free(&again);
    fitting.threads = 2;
    assert_int_equal(kg_sparse_crf_fit(&again, &fitting, NULL), KG_OK);
    for (size_t i = 0; i < (TAGS + 2) * TAGS; i++)
        assert_true(fabsf(again.transitions[i] - crf.transitions[i]) < 0.02F);
    kg_sparse_crf_free(&again);
    assert_int_equal(kg_sparse_crf_write(&crf, path, NULL), KG_OK);
    assert_int_equal(kg_sparse_crf_read(&again, path, TAGS, NULL), KG_OK);
    check_same(&crf, &again);
    kg_sparse_crf_free(&again);
    kg_sparse_crf_free(&crf);
    free(held);
    kg_ner_data_free(&data);
}

/* With features that must occur oftener there are fewer; what never occurred scores nothing. */
static void test_rare_features(void **state) {
    (void)state;
    kg_ner_data data, other;
    kg_sparse_crf all, some;
    float scores[TAGS];
    make_data(&data, 60);
    kg_sparse_fitting fitting = fitting_of(&data);
    fitting.l1 = 0; /* every weight stays */
    assert_int_equal(kg_sparse_crf_fit(&all, &fitting, NULL), KG_OK);
    fitting.min_count = 20;
    assert_int_equal(kg_sparse_crf_fit(&some, &fitting, NULL), KG_OK);
    assert_true(some.keys.len > 0 && some.keys.len < all.keys.len);
    write_file("Z O\n");
    assert_int_equal(kg_ner_data_read(&other, path, NULL, NULL), KG_OK);
    score(scores, &some, &other, 0);
    for (size_t i = 0; i < TAGS; i++)
        assert_true(fabsf(scores[i]) < 20);
    kg_sparse_crf_free(&all);
    kg_sparse_crf_free(&some);
    kg_ner_data_free(&data);
    kg_ner_data_free(&other);
}

#define HEAD "tags 1\n0\n0\n0.5\n"

static void test_damaged_files(void **state) {
    (void)state;
    static const struct {
        const char *content;
        uint64_t line;
    } bad[] = {{"", 1},
               {"tags 2\n", 1},
               {"tags 1\n0\n0\n", 3},
               {"tags 1\n0\nnan\n0\n", 3},
               {"tags 1\n0\n0 1\n0\n", 3},
               {HEAD "00000000000000zz 0:1\n", 5},
               {HEAD "0000000000000002\n", 5},
               {HEAD "0000000000000002 1:1\n", 5},
               {HEAD "0000000000000002 0:inf\n", 5},
               {HEAD "0000000000000002 0:1 0:1\n", 5},
               {HEAD "0000000000000002 -0:1\n", 5},
               {HEAD "0000000000000002 0:1x\n", 5},
               {HEAD "0000000000000002 0:1\n0000000000000002 0:1\n", 6}};
    kg_sparse_crf crf;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kg_error err = KG_ERROR_INIT;
        write_file(bad[i].content);
        assert_int_equal(kg_sparse_crf_read(&crf, path, 1, &err), KG_ERR_FORMAT);
        assert_int_equal(err.line, bad[i].line);
        kg_sparse_crf_free(&crf);
    }
    write_file(HEAD "0000000000000002 0:-1.5\n");
    assert_int_equal(kg_sparse_crf_read(&crf, path, 1, NULL), KG_OK);
    assert_true(crf.weights.len == 1 && crf.weights.data[0] == -1.5F);
    kg_sparse_crf_free(&crf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fit_is_a_minimum),  cmocka_unit_test(test_class_weights),
        cmocka_unit_test(test_learning_and_the_file), cmocka_unit_test(test_rare_features),
        cmocka_unit_test(test_damaged_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
