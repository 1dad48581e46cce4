/* The gradient of a batch equals finite differences of the loss by its definition. */
#include "naive_kge.h"

#include "plugins/transr/train_step.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { E = 13, R = 3, N = 24 };

typedef struct variant {
    const char *name;
    bool project, separate;
    uint32_t d, dr;
    transr_norm norm;
    transr_loss loss;
} variant;

static const variant variants[] = {
    {"TransE L2 softmax", false, false, 6, 6, TRANSR_L2, TRANSR_SOFTMAX},
    {"TransE L1 softmax", false, false, 6, 6, TRANSR_L1, TRANSR_SOFTMAX},
    {"TransE L1 logistic", false, false, 6, 6, TRANSR_L1, TRANSR_LOGISTIC},
    {"TransR squared softmax", true, false, 6, 4, TRANSR_L2_SQUARED, TRANSR_SOFTMAX},
    {"TransR L2 logistic", true, false, 4, 6, TRANSR_L2, TRANSR_LOGISTIC},
    {"TransR L1 softmax", true, false, 5, 5, TRANSR_L1, TRANSR_SOFTMAX},
    {"separate squared logistic", true, true, 5, 4, TRANSR_L2_SQUARED, TRANSR_LOGISTIC},
    {"separate L1 logistic", true, true, 4, 5, TRANSR_L1, TRANSR_LOGISTIC},
    {"separate L2 softmax", true, true, 5, 5, TRANSR_L2, TRANSR_SOFTMAX},
};

static void make_triples(transr_triple *triples) {
    kg_rng rng = kg_rng_stream(5, 0, 0, 0);
    for (size_t i = 0; i < N;) {
        transr_triple t = {(uint32_t)kg_rng_below(&rng, E), (uint32_t)kg_rng_below(&rng, R),
                           (uint32_t)kg_rng_below(&rng, 4)};
        if (!naive_has(triples, i, t))
            triples[i++] = t;
    }
}

/* Move every parameter away from its first value, so that no two projections are alike. */
static void perturb(transr_parameters *p) {
    kg_rng rng = kg_rng_stream(6, 0, 0, 0);
    for (size_t k = 0; k < p->value.n; k++)
        p->value.entity[k] += 0.3f * (float)kg_rng_normal(&rng);
}

static void compare(const transr_parameters *p, const naive_problem *problem, const float *gradient,
                    const char *name) {
    size_t n = p->value.n;
    double *values = malloc(n * sizeof *values), *base = malloc(n * sizeof *base);
    assert_non_null(values);
    assert_non_null(base);
    for (size_t k = 0; k < n; k++)
        base[k] = values[k] = p->value.entity[k];
    naive_problem there = *problem;
    there.weights_from = base;
    double difference = 0, size = 0;
    for (size_t k = 0; k < n; k++) {
        const double h = 1e-6;
        values[k] = base[k] + h;
        double above = naive_loss(values, &there);
        values[k] = base[k] - h;
        double slope = (above - naive_loss(values, &there)) / (2 * h);
        values[k] = base[k];
        difference += (slope - gradient[k]) * (slope - gradient[k]);
        size += slope * slope;
    }
    if (!(sqrt(difference) <= 1e-5 * sqrt(size)))
        fail_msg("%s: gradient off by %g of its norm", name, sqrt(difference / size));
    free(values);
    free(base);
}

static void check_variant(const variant *v, const transr_triple *triples) {
    transr_recipe recipe = {.d = v->d,
                            .dr = v->dr,
                            .project = v->project,
                            .separate = v->separate,
                            .norm = v->norm,
                            .loss = v->loss,
                            .scale = 0.7f,
                            .gamma = 1.5f,
                            .adversarial = 0.8f,
                            .init = 0.5f,
                            .queries = 64,
                            .groups = 64,
                            .seed = 3};
    transr_queries queries;
    transr_parameters p;
    transr_batches batches;
    transr_step *step = NULL;
    assert_int_equal(transr_queries_build(&queries, triples, N), KG_OK);
    assert_int_equal(transr_parameters_new(&p, E, R, &recipe), KG_OK);
    perturb(&p);
    assert_int_equal(transr_batches_new(&batches, &queries, &recipe), KG_OK);
    assert_int_equal(batches.count, 1);
    transr_batches_shuffle(&batches, &queries, &recipe, 1);
    assert_int_equal(
        transr_step_new(&step, &p, &recipe, &queries, &batches, (transr_ranks){.ranks = 1}), KG_OK);
    float *gradient = malloc(p.value.n * sizeof *gradient);
    assert_non_null(gradient);
    transr_step_result result;
    assert_int_equal(transr_step_gradient(gradient, &result, step, 0), KG_OK);
    naive_problem problem = {&p, &recipe, triples, N, NULL};
    compare(&p, &problem, gradient, v->name);
    double *values = malloc(p.value.n * sizeof *values);
    assert_non_null(values);
    for (size_t k = 0; k < p.value.n; k++)
        values[k] = p.value.entity[k];
    problem.weights_from = values;
    double loss = naive_loss(values, &problem) / (2 * N);
    assert_true(fabs(loss - result.loss) <= 1e-6 * loss);
    assert_int_equal(result.answers, 2 * N);
    free(values);
    free(gradient);
    transr_step_free(step);
    transr_batches_free(&batches);
    transr_parameters_free(&p);
    transr_queries_free(&queries);
}

static void test_gradient(void **state) {
    (void)state;
    transr_triple triples[N];
    make_triples(triples);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        check_variant(&variants[i], triples);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradient)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
