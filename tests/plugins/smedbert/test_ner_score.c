#include "plugins/smedbert/tasks/ner/ner_score.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { O, B_A, I_A, B_B, I_B, N = 12, TYPES = 3 };

static void random_tags(uint16_t *tags, kg_rng *rng) {
    for (size_t i = 0; i < N; i++)
        tags[i] = (uint16_t)kg_rng_below(rng, 1 + 2 * TYPES);
}

static kg_prf naive_counts(const uint16_t *gold, const uint16_t *predicted, kg_convention how) {
    kg_ner_spans g = KG_ARRAY_INIT, p = KG_ARRAY_INIT;
    kg_tags_spans(&g, gold, N, how);
    kg_tags_spans(&p, predicted, N, how);
    kg_prf counts = {0, p.len, g.len};
    for (size_t i = 0; i < g.len; i++)
        for (size_t j = 0; j < p.len; j++)
            counts.correct += memcmp(&g.data[i], &p.data[j], sizeof(kg_ner_span)) == 0;
    kg_array_free(&g);
    kg_array_free(&p);
    return counts;
}

static void test_random_pairs_agree_with_every_pair_compared(void **state) {
    (void)state;
    kg_rng rng = kg_rng_stream(11, 0, 0, 0);
    for (int convention = 0; convention < KG_CONVENTIONS; convention++) {
        kg_ner_score score;
        assert_int_equal(kg_ner_score_init(&score, TYPES, (kg_convention)convention), KG_OK);
        kg_prf sum = {0, 0, 0}, types = {0, 0, 0};
        for (int round = 0; round < 1000; round++) {
            uint16_t gold[N], predicted[N];
            random_tags(gold, &rng);
            memcpy(predicted, gold, sizeof gold);
            if (round % 3)
                random_tags(predicted, &rng);
            assert_int_equal(kg_ner_score_add(&score, gold, predicted, N), KG_OK);
            kg_prf counts = naive_counts(gold, predicted, (kg_convention)convention);
            assert_memory_equal(&score.sequences.data[round], &counts, sizeof counts);
            sum.correct += counts.correct;
            sum.predicted += counts.predicted;
            sum.gold += counts.gold;
        }
        for (size_t t = 0; t < TYPES; t++) {
            types.correct += score.types[t].correct;
            types.predicted += score.types[t].predicted;
            types.gold += score.types[t].gold;
        }
        assert_memory_equal(&score.micro, &sum, sizeof sum);
        assert_memory_equal(&types, &sum, sizeof sum);
        kg_ner_score_free(&score);
    }
}

static void test_figures_of_a_small_case(void **state) {
    (void)state;
    static const uint16_t gold[] = {B_A, I_A, O, B_B, O, B_A},
                          predicted[] = {B_A, I_A, O, B_A, O, O};
    kg_ner_score score;
    assert_int_equal(kg_ner_score_init(&score, 2, KG_STRICT), KG_OK);
    assert_int_equal(kg_ner_score_add(&score, gold, predicted, 6), KG_OK);
    assert_true(fabs(kg_prf_precision(score.micro) - 0.5) < 1e-12);
    assert_true(fabs(kg_prf_recall(score.micro) - 1.0 / 3) < 1e-12);
    assert_true(fabs(kg_prf_f1(score.micro) - 0.4) < 1e-12);
    assert_true(fabs(kg_ner_macro(&score).f1 - 0.25) < 1e-12);
    assert_true(fabs(kg_ner_weighted(&score).f1 - 0.5 * 2 / 3) < 1e-12);
    assert_int_equal(score.confusion[0 * 3 + 0], 1); /* A as A */
    assert_int_equal(score.confusion[1 * 3 + 0], 1); /* B as A */
    assert_int_equal(score.confusion[0 * 3 + 2], 1); /* A as none */
    kg_ner_score_free(&score);
}

static kg_status note_fault(void *context, kg_ner_fault fault, const kg_ner_span *gold,
                            const kg_ner_span *predicted) {
    char *text = context;
    sprintf(text + strlen(text), "%s %d %d; ", kg_ner_fault_name(fault),
            gold ? (int)gold->start : -1, predicted ? (int)predicted->start : -1);
    return KG_OK;
}

static void test_faults_are_named(void **state) {
    (void)state;
    static const struct {
        uint16_t gold[6], predicted[6];
        const char *faults;
    } cases[] = {
        {{B_A, I_A, O, O, O, O}, {B_A, I_A, O, O, O, O}, ""},
        {{B_A, I_A, O, O, O, O}, {B_B, I_B, O, O, O, O}, "wrong type 0 0; "},
        {{B_A, I_A, O, B_B, O, O},
         {B_A, O, O, O, O, B_A},
         "wrong boundary 0 0; missed 3 -1; spurious -1 5; "},
        {{B_A, I_A, I_A, O, O, O},
         {B_A, O, B_A, O, O, O},
         "wrong boundary 0 0; wrong boundary -1 2; "},
        {{B_A, O, B_B, O, O, O},
         {B_A, I_A, I_A, O, O, O},
         "wrong boundary 0 0; wrong boundary 2 -1; "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_ner_score score;
        char text[256] = "";
        assert_int_equal(kg_ner_score_init(&score, 2, KG_STRICT), KG_OK);
        assert_int_equal(kg_ner_score_add(&score, cases[i].gold, cases[i].predicted, 6), KG_OK);
        assert_int_equal(kg_ner_faults(&score, note_fault, text), KG_OK);
        assert_string_equal(text, cases[i].faults);
        kg_ner_score_free(&score);
    }
}

static void test_bootstrap_brackets_the_figure(void **state) {
    (void)state;
    kg_rng rng = kg_rng_stream(5, 0, 0, 0);
    kg_ner_score good[2], poor[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kg_ner_score_init(&good[i], TYPES, KG_STRICT), KG_OK);
        assert_int_equal(kg_ner_score_init(&poor[i], TYPES, KG_STRICT), KG_OK);
    }
    for (int round = 0; round < 300; round++) {
        uint16_t gold[N], noise[N];
        random_tags(gold, &rng);
        random_tags(noise, &rng);
        for (int i = 0; i < 2; i++) {
            kg_ner_score_add(&good[i], gold, (round + i) % 4 ? gold : noise, N);
            kg_ner_score_add(&poor[i], gold, (round + i) % 2 ? gold : noise, N);
        }
    }
    kg_interval alone, both, paired, same;
    const kg_ner_runs one = {good, 1}, two = {good, 2}, others = {poor, 2}, empty = {poor, 1};
    assert_int_equal(kg_ner_bootstrap(&alone, one, NULL, 1000, 1), KG_OK);
    assert_int_equal(kg_ner_bootstrap(&both, two, NULL, 1000, 1), KG_OK);
    assert_int_equal(kg_ner_bootstrap(&paired, two, &others, 1000, 1), KG_OK);
    assert_int_equal(kg_ner_bootstrap(&same, two, &two, 1000, 1), KG_OK);
    double f1 = kg_ner_mean_f1(one), mean = kg_ner_mean_f1(two);
    assert_true(f1 == kg_prf_f1(good[0].micro));
    assert_true(mean == (f1 + kg_prf_f1(good[1].micro)) / 2);
    assert_true(alone.low < f1 && f1 < alone.high && alone.high - alone.low < 0.2);
    assert_true(both.low < mean && mean < both.high);
    /* The two runs fail at other sequences: their mean varies less than either. */
    assert_true(both.high - both.low < alone.high - alone.low);
    assert_true(paired.low > 0 && paired.above == 1);
    assert_true(same.low == 0 && same.high == 0);
    kg_ner_score_free(&poor[0]);
    assert_int_equal(kg_ner_score_init(&poor[0], TYPES, KG_STRICT), KG_OK);
    assert_int_equal(kg_ner_bootstrap(&paired, one, &empty, 10, 1), KG_ERR_ARGUMENT);
    assert_int_equal(kg_ner_bootstrap(&paired, others, NULL, 10, 1), KG_ERR_ARGUMENT);
    for (int i = 0; i < 2; i++) {
        kg_ner_score_free(&good[i]);
        kg_ner_score_free(&poor[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_pairs_agree_with_every_pair_compared),
        cmocka_unit_test(test_figures_of_a_small_case),
        cmocka_unit_test(test_faults_are_named),
        cmocka_unit_test(test_bootstrap_brackets_the_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
