/* The chain's recursions against an enumeration of every tag sequence. */
#include "model/crf.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum {
    MAX_N = 5,
    MAX_TAGS = 4,
    CASES = 60,
    WORKSPACE = (3 * MAX_N + MAX_TAGS + 2) * MAX_TAGS + MAX_N
};

typedef struct chain {
    size_t n, tags;
    float emissions[MAX_N * MAX_TAGS];
    float transitions[(MAX_TAGS + 2) * MAX_TAGS];
    uint8_t allowed[(MAX_TAGS + 2) * MAX_TAGS];
    uint16_t gold[MAX_N];
} chain;

static chain random_chain(uint64_t seed) {
    chain c;
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    c.n = 1 + kg_rng_below(&rng, MAX_N);
    c.tags = 1 + kg_rng_below(&rng, MAX_TAGS);
    for (size_t i = 0; i < c.n * c.tags; i++)
        c.emissions[i] = (float)kg_rng_normal(&rng);
    for (size_t i = 0; i < (c.tags + 2) * c.tags; i++) {
        c.transitions[i] = (float)kg_rng_normal(&rng);
        c.allowed[i] = kg_rng_below(&rng, 4) > 0;
    }
    for (size_t i = 0; i < c.n; i++)
        c.gold[i] = (uint16_t)kg_rng_below(&rng, c.tags);
    return c;
}

static double score_of(const chain *c, const uint16_t *tags, const uint8_t *allowed) {
    double score = 0;
    size_t from = c->tags;
    for (size_t t = 0; t <= c->n; t++) {
        size_t at = t < c->n ? from * c->tags + tags[t] : (c->tags + 1) * c->tags + from;
        if (allowed && !allowed[at])
            return -INFINITY;
        score += c->transitions[at];
        if (t < c->n) {
            score += c->emissions[t * c->tags + tags[t]];
            from = tags[t];
        }
    }
    return score;
}

/* The next tag sequence in counting order; 0 after the last. */
static int next_sequence(uint16_t *tags, size_t n, size_t n_tags) {
    for (size_t i = 0; i < n; i++) {
        if (++tags[i] < n_tags)
            return 1;
        tags[i] = 0;
    }
    return 0;
}

static double naive_loss(const chain *c) {
    uint16_t tags[MAX_N] = {0};
    double sum = 0;
    do
        sum += exp(score_of(c, tags, NULL));
    while (next_sequence(tags, c->n, c->tags));
    return log(sum) - score_of(c, c->gold, NULL);
}

static double loss_of(const chain *c) {
    double workspace[WORKSPACE];
    return kg_crf_loss(NULL, NULL, c->emissions, c->gold, c->transitions, c->n, c->tags, 1,
                       workspace);
}

static void test_loss_is_that_of_all_sequences(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        chain c = random_chain(seed);
        assert_true(fabs(loss_of(&c) - naive_loss(&c)) < 1e-9);
    }
}

/* Central difference of the naive loss; the step is exact in single precision. */
static double difference(chain *c, float *parameter) {
    const float step = 0x1p-7F;
    float saved = *parameter;
    *parameter = saved + step;
    double above = naive_loss(c), width = *parameter;
    *parameter = saved - step;
    double below = naive_loss(c);
    width -= *parameter;
    *parameter = saved;
    return (above - below) / width;
}

static void test_gradients_are_finite_differences(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        chain c = random_chain(seed);
        float d_emissions[MAX_N * MAX_TAGS], d_transitions[(MAX_TAGS + 2) * MAX_TAGS] = {0};
        double workspace[WORKSPACE];
        assert_true(kg_crf_workspace(c.n, c.tags) <= sizeof workspace / sizeof *workspace);
        kg_crf_loss(d_emissions, d_transitions, c.emissions, c.gold, c.transitions, c.n, c.tags, 2,
                    workspace);
        for (size_t i = 0; i < c.n * c.tags; i++)
            assert_true(fabs(d_emissions[i] - 2 * difference(&c, &c.emissions[i])) < 2e-4);
        for (size_t i = 0; i < (c.tags + 2) * c.tags; i++)
            assert_true(fabs(d_transitions[i] - 2 * difference(&c, &c.transitions[i])) < 2e-4);
    }
}

static void test_decoding_finds_the_best_allowed(void **state) {
    (void)state;
    size_t decoded = 0;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        chain c = random_chain(seed);
        uint16_t tags[MAX_N] = {0}, best[MAX_N];
        double top = -INFINITY, workspace[(2 * MAX_N + 2) * MAX_TAGS];
        do {
            double score = score_of(&c, tags, c.allowed);
            top = score > top ? score : top;
        } while (next_sequence(tags, c.n, c.tags));
        if (!isfinite(top))
            continue;
        kg_crf_decode(best, c.emissions, c.transitions, c.allowed, c.n, c.tags, workspace);
        assert_true(fabs(score_of(&c, best, c.allowed) - top) < 1e-9);
        decoded++;
    }
    assert_true(decoded > CASES / 2);
}

static void test_without_transitions_each_token_takes_its_best(void **state) {
    (void)state;
    static const float emissions[] = {0, 1, 2, 0, 3, 3};
    uint16_t best[3];
    double workspace[16];
    kg_crf_decode(best, emissions, NULL, NULL, 3, 2, workspace);
    assert_int_equal(best[0], 1);
    assert_int_equal(best[1], 0);
    assert_int_equal(best[2], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss_is_that_of_all_sequences),
        cmocka_unit_test(test_gradients_are_finite_differences),
        cmocka_unit_test(test_decoding_finds_the_best_allowed),
        cmocka_unit_test(test_without_transitions_each_token_takes_its_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
