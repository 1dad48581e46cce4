#include "tests/kgstore/graph/power.h"

#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"
#include "kgstore/base/module.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static kg_module *module;
static const kg_ranker *ranker;

static int open_bridge(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    if (kg_module_open(&module, "kg_rank_igraph.so", &err) != KG_OK)
        return -1;
    return kg_module_symbol(&ranker, module, "kg_ranker_igraph", &err) == KG_OK ? 0 : -1;
}

static int close_bridge(void **state) {
    (void)state;
    kg_module_close(module);
    return 0;
}

enum { N = 200, M = 900 };

static void test_agrees_with_power_iteration(void **state) {
    (void)state;
    kg_rng rng = kg_rng_stream(2, 0, 0, 0);
    for (int round = 0; round < 12; ++round) {
        kg_id edges[2 * M];
        double reset[N], scores[N], wanted[N], sum = 0;
        kg_error err = KG_ERROR_INIT;
        for (int i = 0; i < M; ++i) { /* some sinks, parallel edges and loops among them */
            edges[2 * i] = (kg_id)kg_rng_below(&rng, N - 40);
            edges[2 * i + 1] = (kg_id)(N * kg_rng_uniform(&rng) * kg_rng_uniform(&rng));
        }
        for (int i = 0; i < N; ++i)
            reset[i] = kg_rng_uniform(&rng);
        kg_rank_input input = {
            N,   M, edges, round % 3 ? 0.85 : 0.5, round % 2 == 1, round % 4 >= 2 ? reset : NULL,
            NULL};
        assert_int_equal(ranker->pagerank(scores, &input, &err), KG_OK);
        kg_power_iteration(wanted, &input);
        for (int i = 0; i < N; ++i) {
            assert_true(fabs(scores[i] - wanted[i]) < 1e-9);
            sum += scores[i];
        }
        assert_true(fabs(sum - 1) < 1e-9);
    }
}

/* An edge of weight 3 is three edges, one of weight 0 none. */
static void test_weights_are_parallel_edges(void **state) {
    (void)state;
    for (int round = 0; round < 20; ++round) {
        kg_rng rng = kg_rng_stream((uint64_t)round, 2, 0, 0);
        static kg_id edges[2 * M], repeated[6 * M];
        static double weights[M];
        double reset[N], scores[N], wanted[N];
        uint64_t n = 0;
        kg_error err = KG_ERROR_INIT;
        for (int i = 0; i < N; ++i)
            reset[i] = kg_rng_uniform(&rng);
        for (int i = 0; i < M; ++i) {
            edges[2 * i] = (kg_id)kg_rng_below(&rng, N - 10);
            edges[2 * i + 1] = (kg_id)kg_rng_below(&rng, N);
            weights[i] = (double)kg_rng_below(&rng, 4);
            for (double k = 0; k < weights[i]; ++k, ++n) {
                repeated[2 * n] = edges[2 * i];
                repeated[2 * n + 1] = edges[2 * i + 1];
            }
        }
        const double *jump = round % 2 ? reset : NULL;
        const kg_rank_input weighed = {N, M, edges, 0.85, round % 4 >= 2, jump, weights};
        const kg_rank_input plain = {N, n, repeated, 0.85, round % 4 >= 2, jump, NULL};
        assert_int_equal(ranker->pagerank(scores, &weighed, &err), KG_OK);
        assert_int_equal(ranker->pagerank(wanted, &plain, &err), KG_OK);
        for (int i = 0; i < N; ++i)
            assert_true(fabs(scores[i] - wanted[i]) < 1e-9);
    }
}

static void test_bad_input_is_refused(void **state) {
    (void)state;
    static const kg_id edges[] = {0, 1, 1, 7};
    double scores[3], negative[3] = {1, -1, 1};
    kg_error err = KG_ERROR_INIT;
    kg_rank_input input = {3, 2, edges, 0.85, false, NULL, NULL};
    assert_int_equal(ranker->pagerank(scores, &input, &err), KG_ERR_ARGUMENT);
    assert_string_equal(err.text, "an edge of entity 7, of which there are 3");
    input.n_edges = 1;
    input.damping = 1;
    assert_int_equal(ranker->pagerank(scores, &input, &err), KG_ERR_ARGUMENT);
    assert_string_equal(err.text, "found damping 1; expected a number from 0 to below 1");
    input.damping = 0.85;
    input.reset = negative;
    assert_int_equal(ranker->pagerank(scores, &input, &err), KG_ERR_ARGUMENT);
    assert_string_equal(err.text, "the reset weight of entity 1 is -1");
    input.reset = NULL;
    assert_int_equal(ranker->pagerank(scores, &input, &err), KG_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_power_iteration),
        cmocka_unit_test(test_weights_are_parallel_edges),
        cmocka_unit_test(test_bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, open_bridge, close_bridge);
}
