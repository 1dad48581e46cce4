#include "model/vecmath.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

typedef float (*approximation)(float);
typedef double (*truth)(double);

static double slope_truth(double x) {
    return 0.5 * (1 + erf(x * M_SQRT1_2)) + x * exp(-0.5 * x * x) * 0.3989422804014327;
}

static double gelu_truth(double x) {
    return 0.5 * x * (1 + erf(x * M_SQRT1_2));
}

static void test_accuracy(void **state) {
    (void)state;
    static const struct {
        const char *name;
        approximation f;
        truth g;
        double low, high, absolute, relative;
    } cases[] = {
        {"exp", kg_vec_exp, exp, -87.3, 88.3, 0, 3e-7},
        {"erf", kg_vec_erf, erf, -6, 6, 5e-7, 1},
        {"erf", kg_vec_erf, erf, -1, 1, 5e-7, 1e-6},
        {"tanh", kg_vec_tanh, tanh, -20, 20, 4e-7, 1e-6},
        {"gelu", kg_vec_gelu, gelu_truth, -10, 10, 2e-6, 1},
        {"gelu slope", kg_vec_gelu_slope, slope_truth, -10, 10, 2e-6, 1},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double worst_absolute = 0, worst_relative = 0;
        for (int i = 0; i <= 1000000; i++) {
            float x = (float)(cases[c].low + (cases[c].high - cases[c].low) * i / 1e6);
            double want = cases[c].g((double)x), off = fabs((double)cases[c].f(x) - want);
            if (off > worst_absolute)
                worst_absolute = off;
            if (want != 0 && off / fabs(want) > worst_relative)
                worst_relative = off / fabs(want);
        }
        print_message("%s: absolute %.2g relative %.2g\n", cases[c].name, worst_absolute,
                      worst_relative);
        assert_true(cases[c].absolute == 0 || worst_absolute <= cases[c].absolute);
        assert_true(cases[c].relative == 1 || worst_relative <= cases[c].relative);
    }
}

static void test_ends_of_the_range(void **state) {
    (void)state;
    assert_true(kg_vec_exp(-1000.0f) == 0.0f);
    assert_true(kg_vec_exp(-INFINITY) == 0.0f);
    assert_true(isfinite(kg_vec_exp(1000.0f)));
    assert_true(isnan(kg_vec_exp(NAN)) && isnan(kg_vec_erf(NAN)) && isnan(kg_vec_tanh(NAN)));
    assert_true(kg_vec_exp(0.0f) == 1.0f && kg_vec_erf(0.0f) == 0.0f && kg_vec_tanh(0.0f) == 0.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_ends_of_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
