/* OWL-QN against problems whose answers are known in closed form or by their conditions. */
#include "model/owlqn.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N = 40, ROWS = 60 };

/* f = sum of a_i (x_i - b_i)^2 / 2; with l1 the answer is b_i, moved l1 / a_i towards zero. */
typedef struct separable {
    double a[N], b[N];
} separable;

static double separable_value(double *gradient, const double *x, void *context) {
    const separable *s = context;
    double value = 0;
    for (size_t i = 0; i < N; i++) {
        double apart = x[i] - s->b[i];
        gradient[i] = s->a[i] * apart;
        value += s->a[i] * apart * apart / 2;
    }
    return value;
}

static kg_owlqn problem_of(kg_objective *objective, void *context, double l1) {
    kg_owlqn q = KG_OWLQN_INIT;
    q.n = N;
    q.l1 = l1;
    q.iterations = 500;
    q.tolerance = 1e-14;
    q.objective = objective;
    q.context = context;
    return q;
}

static void test_separable(void **state) {
    (void)state;
    separable s;
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    for (size_t i = 0; i < N; i++) {
        s.a[i] = 0.5 + 3 * kg_rng_uniform(&rng);
        s.b[i] = kg_rng_normal(&rng);
    }
    for (int k = 0; k < 3; k++) {
        double l1 = 0.7 * k, x[N] = {0}, value;
        kg_owlqn q = problem_of(separable_value, &s, l1);
        assert_int_equal(kg_owlqn_minimize(x, &value, &q, NULL), KG_OK);
        size_t zeros = 0;
        for (size_t i = 0; i < N; i++) {
            double moved = fmax(fabs(s.b[i]) - l1 / s.a[i], 0);
            assert_true(fabs(x[i] - copysign(moved, s.b[i])) < 1e-6);
            assert_true(moved > 0 || x[i] == 0);
            zeros += x[i] == 0;
        }
        assert_true((k == 0) == (zeros == 0));
    }
}

/* Logistic regression on random rows, whose arguments depend on one another: at the least value the
 * gradient is -l1 sign(x_i), or within l1 where x_i is zero. */
typedef struct logistic {
    double rows[ROWS][N];
    bool labels[ROWS];
} logistic;

static double logistic_value(double *gradient, const double *x, void *context) {
    const logistic *l = context;
    double value = 0;
    memset(gradient, 0, N * sizeof *gradient);
    for (size_t r = 0; r < ROWS; r++) {
        double score = 0;
        for (size_t i = 0; i < N; i++)
            score += x[i] * l->rows[r][i];
        double p = 1 / (1 + exp(-score));
        value -= log(l->labels[r] ? p : 1 - p);
        for (size_t i = 0; i < N; i++)
            gradient[i] += (p - l->labels[r]) * l->rows[r][i];
    }
    return value;
}

static void test_conditions(void **state) {
    (void)state;
    logistic l;
    double x[N] = {0}, gradient[N], value;
    kg_rng rng = kg_rng_stream(2, 0, 0, 0);
    for (size_t r = 0; r < ROWS; r++) {
        l.labels[r] = kg_rng_below(&rng, 2);
        for (size_t i = 0; i < N; i++)
            l.rows[r][i] = kg_rng_normal(&rng) + (i < 4 && l.labels[r]);
    }
    const double l1 = 4;
    kg_owlqn q = problem_of(logistic_value, &l, l1);
    assert_int_equal(kg_owlqn_minimize(x, &value, &q, NULL), KG_OK);
    double sum = logistic_value(gradient, x, &l);
    size_t zeros = 0;
    for (size_t i = 0; i < N; i++) {
        sum += l1 * fabs(x[i]);
        zeros += x[i] == 0;
        if (x[i] == 0)
            assert_true(fabs(gradient[i]) < l1 + 1e-4);
        else
            assert_true(fabs(gradient[i] + copysign(l1, x[i])) < 1e-3);
    }
    assert_true(zeros > 5 && zeros < N);
    assert_true(fabs(sum - value) < 1e-9);
}

static bool stop_at_three(void *context, unsigned iteration, double value) {
    (void)context;
    (void)value;
    return iteration < 3;
}

static double not_finite(double *gradient, const double *x, void *context) {
    (void)gradient;
    (void)x;
    (void)context;
    return NAN;
}

static void test_ends(void **state) {
    (void)state;
    separable s;
    double x[N] = {0}, value;
    kg_error err = KG_ERROR_INIT;
    for (size_t i = 0; i < N; i++) {
        s.a[i] = 1 + (double)i;
        s.b[i] = 1;
    }
    kg_owlqn q = problem_of(separable_value, &s, 0.1);
    q.goes_on = stop_at_three;
    assert_int_equal(kg_owlqn_minimize(x, &value, &q, &err), KG_ERR_CANCELLED);
    q = problem_of(not_finite, NULL, 0);
    assert_int_equal(kg_owlqn_minimize(x, &value, &q, &err), KG_ERR_NUMERIC);
    q.memory = 0;
    assert_int_equal(kg_owlqn_minimize(x, &value, &q, &err), KG_ERR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_separable),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
