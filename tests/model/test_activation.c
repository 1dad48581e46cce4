/* Each activation, forward and backward, against its formula in double precision. */
#include "model/ops_cpu.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { ROWS = 70, D = 5, N = ROWS * D };

static double gelu(double x) {
    return 0.5 * x * erfc(-x * M_SQRT1_2);
}

static double gelu_tanh(double x) {
    return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

static double relu(double x) {
    return fmax(x, 0);
}

static const struct {
    const char *name, *written;
    double (*truth)(double);
} kinds[] = {
    {"gelu", "gelu", gelu},
    {"gelu_python", "gelu", gelu},
    {"gelu_new", "gelu_new", gelu_tanh},
    {"gelu_pytorch_tanh", "gelu_new", gelu_tanh},
    {"gelu_fast", "gelu_new", gelu_tanh},
    {"relu", "relu", relu},
};

/* From -7 to 7, never 0. */
static double at(int i) {
    return -7 + 14 * (i + 0.25) / N;
}

static void check_values(kg_activation kind, double (*truth)(double)) {
    static float u[N], y[N], dy[N], partials[N];
    float bias[D] = {0.5f, -0.25f, 0, 1, -2}, dbias[D] = {1, 1, 1, 1, 1};
    double sums[D] = {1, 1, 1, 1, 1};
    const kg_linear linear = {.in = 1, .out = D, .bias = bias, .dbias = dbias};
    assert_true(kg_partial_size(ROWS, D) <= N);
    for (int i = 0; i < N; i++) {
        u[i] = (float)(at(i) - (double)bias[i % D]);
        dy[i] = (float)(i % 7 - 3);
    }
    kg_cpu_activation_forward(y, u, ROWS, &linear, kind);
    for (int i = 0; i < N; i++)
        assert_true(fabs((double)y[i] - truth(at(i))) < 4e-6);
    kg_cpu_activation_backward(dy, u, ROWS, &linear, kind, partials);
    for (int i = 0; i < N; i++) {
        double slope = (truth(at(i) + 1e-5) - truth(at(i) - 1e-5)) / 2e-5;
        double want = slope * (i % 7 - 3);
        assert_true(fabs((double)dy[i] - want) < 2e-5);
        assert_true(fabs((double)u[i] - truth(at(i))) < 4e-6);
        sums[i % D] += want;
    }
    for (int j = 0; j < D; j++)
        assert_true(fabs((double)dbias[j] - sums[j]) < 1e-3);
}

static void test_values(void **state) {
    (void)state;
    kg_activation kind;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_true(kg_activation_named(&kind, kinds[i].name));
        assert_string_equal(kg_activation_name(kind), kinds[i].written);
        check_values(kind, kinds[i].truth);
    }
    assert_false(kg_activation_named(&kind, "silu"));
}

static void test_nan_stays(void **state) {
    (void)state;
    const kg_linear linear = {.in = 1, .out = 1};
    for (int kind = KG_ACTIVATION_GELU; kind <= KG_ACTIVATION_RELU; kind++) {
        float u = NAN, y = 0;
        kg_cpu_activation_forward(&y, &u, 1, &linear, (kg_activation)kind);
        assert_true(isnan(y));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_nan_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
