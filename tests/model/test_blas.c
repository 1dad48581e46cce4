#include "model/blas.h"
#include "model/gemm_tiled.h"
#include "model/onednn.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { LARGEST = 40 };

static double element(kg_mat m, size_t i, size_t j) {
    return (double)(m.transposed ? m.data[j * m.stride + i] : m.data[i * m.stride + j]);
}

typedef void (*gemm_fn)(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha);

static void check(gemm_fn gemm, kg_rng *rng, bool a_t, bool b_t) {
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
    gemm(c, LARGEST, beta, left, right, 0.5f);
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
    for (int i = 0; i < 200; i++) {
        check(kg_gemm, &rng, i & 1, i & 2);
        check(kg_blas_gemm, &rng, i & 1, i & 2);
        if (kg_tiled_suits())
            check(kg_tiled_gemm, &rng, i & 1, i & 2);
    }
}

static float *random_floats(kg_rng *rng, size_t n) {
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)kg_rng_normal(rng);
    return x;
}

/* Sizes that go round every loop of the tiles more than once. */
static void test_large_products_agree_whatever_the_threads(void **state) {
    (void)state;
    static const size_t sizes[][3] = {{203, 45, 520}, {13, 2100, 30}, {410, 100, 256}, {5, 7, 900}};
    kg_rng rng = kg_rng_stream(2, 0, 0, 0);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int form = 0; form < 4; form++) {
            size_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2], bytes = m * n * sizeof(float);
            float *a = random_floats(&rng, m * k), *b = random_floats(&rng, k * n);
            float *want = random_floats(&rng, m * n), *got = malloc(bytes), *again = malloc(bytes);
            assert_true(got != NULL && again != NULL);
            memcpy(got, want, bytes);
            memcpy(again, want, bytes);
            kg_mat left = form & 1 ? kg_mat_t(a, k, m) : kg_mat_of(a, m, k);
            kg_mat right = form & 2 ? kg_mat_t(b, n, k) : kg_mat_of(b, k, n);
            kg_blas_set_threads(1);
            kg_gemm(got, n, 0.5f, left, right, 2);
            kg_blas_gemm(want, n, 0.5f, left, right, 2);
            kg_blas_set_threads(3);
            kg_gemm(again, n, 0.5f, left, right, 2);
            for (size_t i = 0; i < m * n; i++)
                assert_true(fabsf(got[i] - want[i]) < 1e-5f * (float)k);
            if (kg_onednn_suits() || kg_tiled_suits())
                assert_memory_equal(got, again, bytes);
            free(a);
            free(b);
            free(want);
            free(got);
            free(again);
        }
}

/* To nearest, ties to even, by doubles. */
static double to_bf16(float x) {
    int exponent;
    double fraction = frexp((double)x, &exponent);
    return ldexp(nearbyint(fraction * 256), exponent - 8);
}

/* Sizes around the pieces that C is cut into and the rounds of a sum. */
static void test_products_in_bfloat16(void **state) {
    (void)state;
    static const size_t sizes[][3] = {{300, 45, 1100}, {33, 530, 64}, {31, 7, 90}, {260, 1070, 33}};
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    if (!kg_onednn_has_bf16())
        skip();
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int form = 0; form < 8; form++) {
            size_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2], bytes = m * n * sizeof(float);
            float *a = random_floats(&rng, m * k), *b = random_floats(&rng, k * n);
            float *before = random_floats(&rng, m * n), *got = malloc(bytes),
                  *again = malloc(bytes);
            assert_true(got != NULL && again != NULL);
            memcpy(got, before, bytes);
            memcpy(again, before, bytes);
            kg_mat left = form & 1 ? kg_mat_t(a, k, m) : kg_mat_of(a, m, k);
            kg_mat right = form & 2 ? kg_mat_t(b, n, k) : kg_mat_of(b, k, n);
            kg_blas_set_threads(1);
            kg_onednn_gemm_bf16(got, n, form & 4, left, right);
            kg_blas_set_threads(3);
            kg_onednn_gemm_bf16(again, n, form & 4, left, right);
            assert_memory_equal(got, again, bytes);
            for (size_t i = 0; i < m * n; i += 13) {
                double sum = form & 4 ? (double)before[i] : 0;
                for (size_t l = 0; l < k; l++)
                    sum += to_bf16(form & 1 ? a[l * m + i / n] : a[i / n * k + l]) *
                           to_bf16(form & 2 ? b[i % n * k + l] : b[l * n + i % n]);
                assert_true(fabs((double)got[i] - sum) < 1e-5 * (double)k);
            }
            free(a);
            free(b);
            free(before);
            free(got);
            free(again);
        }
    kg_blas_set_threads(2);
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
        cmocka_unit_test(test_large_products_agree_whatever_the_threads),
        cmocka_unit_test(test_products_in_bfloat16),
        cmocka_unit_test(test_beta_zero_ignores_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
