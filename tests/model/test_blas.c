#include "model/blas.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { LARGEST = 40 };

static double element(kg_mat m, size_t i, size_t j) {
    return (double)(m.transposed ? m.data[j * m.stride + i] : m.data[i * m.stride + j]);
}

static void check(kg_rng *rng, bool a_t, bool b_t) {
    float a[LARGEST * LARGEST], b[LARGEST * LARGEST], c[LARGEST * LARGEST],
        before[LARGEST * LARGEST];
    size_t m = 1 + kg_rng_below(rng, 20), n = 1 + kg_rng_below(rng, 20), k = kg_rng_below(rng, 20);
    for (size_t i = 0; i < LARGEST * LARGEST; i++) {
        a[i] = (float)kg_rng_normal(rng);
        b[i] = (float)kg_rng_normal(rng);
        before[i] = c[i] = (float)kg_rng_normal(rng);
    }
    kg_mat left = {a, a_t ? k : m, a_t ? m : k, LARGEST, a_t};
    kg_mat right = {b, b_t ? n : k, b_t ? k : n, LARGEST, b_t};
    float beta = (float)kg_rng_below(rng, 3) / 2;
    kg_gemm(c, LARGEST, beta, left, right, 0.5f);
    for (size_t i = 0; i < LARGEST; i++)
        for (size_t j = 0; j < LARGEST; j++) {
            double want = (double)before[i * LARGEST + j];
            if (i < m && j < n) {
                want *= (double)beta;
                for (size_t l = 0; l < k; l++)
                    want += 0.5 * element(left, i, l) * element(right, l, j);
            }
            assert_true(fabs((double)c[i * LARGEST + j] - want) < 1e-5);
        }
}

static void test_products_agree_with_sums(void **state) {
    (void)state;
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    for (int i = 0; i < 200; i++)
        check(&rng, i & 1, i & 2);
}

static void test_beta_zero_ignores_what_was_there(void **state) {
    (void)state;
    float one = 1, c = NAN;
    kg_gemm(&c, 1, 0, kg_mat_of(&one, 1, 1), kg_mat_t(&one, 1, 1), 2);
    assert_true(c == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products_agree_with_sums),
        cmocka_unit_test(test_beta_zero_ignores_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
