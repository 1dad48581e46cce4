/* From scores to tags: shares of two models, O lowered, and chains that IOB2 allows. */
#include "plugins/smedbert/tasks/ner/ner_task.h"

#include "kgstore/base/rng.h"
#include "model/crf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

enum { TYPES = 2, TAGS = 1 + 2 * TYPES, WINDOWS = 3, TOKENS = 40 };

typedef struct decoding {
    kg_tune_session session;
    kg_ner_setup own;
    kg_tune_packs windows;
    kg_tune_scores scores;
    float values[TOKENS * TAGS], transitions[(TAGS + 2) * TAGS];
    uint8_t allowed[(TAGS + 2) * TAGS];
    double workspace[4096];
} decoding;

/* Windows of random scores of both models; the encoder has no transitions of its own. */
static void make(decoding *d) {
    static const uint32_t ends[WINDOWS] = {9, 28, TOKENS};
    kg_rng rng = kg_rng_stream(1, 1, 2, 3);
    kg_model_config config;
    memset(d, 0, sizeof *d);
    assert_int_equal(kg_model_config_named(&config, "tiny"), KG_OK);
    config.vocab_size = 10;
    assert_int_equal(kg_model_new(&d->session.base.model, &config, KG_MODEL_ENCODER, NULL), KG_OK);
    for (uint32_t w = 0, at = 0; w < WINDOWS; w++) {
        kg_tune_pack *pack = kg_tune_packs_add(&d->windows, w);
        assert_non_null(pack);
        for (; at < ends[w]; at++) {
            assert_int_equal(kg_array_push(&pack->items, at), KG_OK);
            for (int k = 0; k < TAGS; k++)
                assert_int_equal(kg_array_push(&pack->sparse, (float)kg_rng_normal(&rng)), KG_OK);
        }
    }
    for (size_t i = 0; i < TOKENS * TAGS; i++)
        d->values[i] = (float)kg_rng_normal(&rng);
    for (size_t i = 0; i < (TAGS + 2) * TAGS; i++)
        d->transitions[i] = (float)kg_rng_normal(&rng);
    assert_int_equal(kg_tagset_add(&d->own.set, kg_str_from("a"), NULL), KG_OK);
    assert_int_equal(kg_tagset_add(&d->own.set, kg_str_from("b"), NULL), KG_OK);
    kg_tags_allowed(d->allowed, TYPES);
    d->scores = (kg_tune_scores){.items = TOKENS, .outputs = TAGS, .own = d->values};
    d->session.setup.own = &d->own;
    d->session.sparse.transitions = d->transitions;
    d->session.head.shape.outputs = TAGS;
    d->session.head.ids.transitions = KG_NO_PARAM;
}

static void release(decoding *d) {
    kg_model_free(d->session.base.model);
    kg_tagset_free(&d->own.set);
    kg_tune_packs_free(&d->windows);
}

/* The share of the sparse CRF goes from the encoder alone to itself alone. */
static void test_shares(void **state) {
    (void)state;
    decoding *d = malloc(sizeof *d);
    uint16_t tags[TOKENS], expected[TOKENS];
    make(d);
    for (int alone = 0; alone < 2; alone++) {
        const kg_tune_reading reading = {0, (float)alone};
        assert_int_equal(kg_ner_decode(tags, &d->session, &d->windows, &d->scores, NULL, &reading),
                         KG_OK);
        for (size_t w = 0; w < WINDOWS; w++) {
            const kg_tune_pack *pack = &d->windows.packs.data[w];
            uint32_t first = pack->items.data[0];
            kg_crf_decode(
                expected + first, alone ? pack->sparse.data : d->values + (size_t)first * TAGS,
                alone ? d->transitions : NULL, d->allowed, pack->items.len, TAGS, d->workspace);
        }
        assert_memory_equal(tags, expected, sizeof tags);
    }
    release(d);
    free(d);
}

/* Lowering O's score step by step never makes a token O that was none; windows that are not asked
 * for keep what they had. */
static void test_biases(void **state) {
    (void)state;
    static const uint8_t only[WINDOWS] = {1, 0, 1};
    decoding *d = malloc(sizeof *d);
    uint16_t tags[TOKENS];
    make(d);
    size_t outside = TOKENS + 1;
    for (int step = 0; step < 8; step++) {
        const kg_tune_reading reading = {0.5F * (float)step, 0};
        size_t left = 0;
        assert_int_equal(kg_ner_decode(tags, &d->session, &d->windows, &d->scores, NULL, &reading),
                         KG_OK);
        for (size_t i = 0; i < TOKENS; i++)
            left += tags[i] == 0;
        assert_true(left <= outside);
        outside = left;
    }
    memset(tags, 0, sizeof tags);
    assert_int_equal(kg_ner_decode(tags, &d->session, &d->windows, &d->scores, only,
                                   &(kg_tune_reading){100, 0.5F}),
                     KG_OK);
    for (size_t i = 0; i < TOKENS; i++)
        assert_true((tags[i] > 0) == (i < 9 || i >= 28));
    release(d);
    free(d);
}

/* The probability of a token's tag, by how much the loss of the best chain falls where all other
 * tags of the token are out of the question. */
static void expect_confidence(const float *confidence, const uint16_t *best, float *scores,
                              const float *transitions, size_t n, double *workspace) {
    double loss = kg_crf_loss(NULL, NULL, scores, best, transitions, n, TAGS, 1, workspace);
    for (size_t i = 0; i < n; i++) {
        float kept[TAGS];
        memcpy(kept, scores + i * TAGS, sizeof kept);
        for (size_t j = 0; j < TAGS; j++)
            scores[i * TAGS + j] -= j == best[i] ? 0 : 200;
        double other = kg_crf_loss(NULL, NULL, scores, best, transitions, n, TAGS, 1, workspace);
        memcpy(scores + i * TAGS, kept, sizeof kept);
        assert_true(fabs(exp(other - loss) - (double)confidence[i]) < 1e-5);
    }
}

/* Two models, the encoder of one and the sparse CRF of the other: the chains of their means. */
static void test_models(void **state) {
    (void)state;
    decoding *d = malloc(sizeof *d);
    float mean[TOKENS * TAGS], half[(TAGS + 2) * TAGS];
    float confidence[TOKENS];
    uint16_t tags[TOKENS], expected[TOKENS];
    kg_ner_chains chains;
    make(d);
    assert_int_equal(kg_ner_chains_make(&chains, TOKENS, TAGS), KG_OK);
    for (int sparse = 0; sparse < 2; sparse++) {
        const kg_ner_said said = {.session = &d->session,
                                  .windows = &d->windows,
                                  .scores = &d->scores,
                                  .reading = {sparse ? 0.5F : 0, (float)sparse},
                                  .weight = 0.5F};
        assert_int_equal(kg_ner_chains_add(&chains, &said), KG_OK);
    }
    assert_int_equal(
        kg_ner_chains_decode(tags, confidence, &chains, &d->session, &d->windows, NULL), KG_OK);
    for (size_t i = 0; i < (TAGS + 2) * TAGS; i++)
        half[i] = d->transitions[i] / 2;
    for (size_t w = 0; w < WINDOWS; w++) {
        const kg_tune_pack *pack = &d->windows.packs.data[w];
        uint32_t first = pack->items.data[0];
        for (size_t i = 0; i < pack->items.len * TAGS; i++)
            mean[i] = (d->values[first * TAGS + i] + pack->sparse.data[i]) / 2 -
                      (i % TAGS == 0 ? 0.25F : 0);
        kg_crf_decode(expected + first, mean, half, d->allowed, pack->items.len, TAGS,
                      d->workspace);
        expect_confidence(confidence + first, expected + first, mean, half, pack->items.len,
                          d->workspace);
    }
    assert_memory_equal(tags, expected, sizeof tags);
    kg_ner_chains_free(&chains);
    release(d);
    free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shares), cmocka_unit_test(test_biases),
                                       cmocka_unit_test(test_models)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
