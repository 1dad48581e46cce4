#include "model/model.h"
#include "model/positions.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { ROWS = 512, D = 256, HEADS = 4, WIDTH = D / HEADS };

static double dot(const float *a, const float *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Rows are orthogonal and have the deviation asked for. */
static void test_rows_are_orthogonal(void **state) {
    (void)state;
    float *values = malloc(ROWS * D * sizeof *values);
    kg_positions_begin(values, ROWS, D, 0.02);
    for (size_t p = 0; p < ROWS; p += 37) {
        const float *row = values + p * D;
        double self = dot(row, row, D);
        assert_float_equal((float)sqrt(self / D), 0.02f, 1e-6f);
        for (size_t other = p + 1; other < ROWS && other < p + D; other++)
            assert_float_equal((float)(dot(row, values + other * D, D) / self), 0, 1e-4f);
    }
    free(values);
}

/* The row of a position beside random words, as the embeddings' norm leaves it: a third of the
 * variance each for word, position and segment (left out). */
static void embed(float *out, const float *positions, size_t p) {
    kg_rng rng = kg_rng_stream(3, 0, p, 0);
    for (size_t i = 0; i < D; i++)
        out[i] = (positions[p * D + i] / 0.02f + (float)kg_rng_normal(&rng)) * 0.57735f;
}

/* y (WIDTH) = W (WIDTH, D) x */
static void project(float *y, const float *w, const float *x) {
    for (size_t r = 0; r < WIDTH; r++)
        y[r] = (float)dot(w + r * D, x, D);
}

/* The mean weight that a head's softmax gives to the token at `offset` from its own. */
static double weight_at(const float *query, const float *key, const float *positions, int offset) {
    enum { TOKENS = 64 };
    static float x[TOKENS][D], q[TOKENS][WIDTH], k[TOKENS][WIDTH];
    double weight = 0;
    for (size_t p = 0; p < TOKENS; p++) {
        embed(x[p], positions, p);
        project(q[p], query, x[p]);
        project(k[p], key, x[p]);
    }
    for (int p = 2; p < TOKENS - 2; p++) {
        double sum = 0, at = 0;
        for (int j = 0; j < TOKENS; j++) {
            double e = exp(dot(q[p], k[j], WIDTH) / sqrt((double)WIDTH));
            sum += e;
            at += j == p + offset ? e : 0;
        }
        weight += at / sum / (TOKENS - 4);
    }
    return weight;
}

static void test_heads_attend_to_their_offsets(void **state) {
    (void)state;
    static const int offsets[HEADS] = {-1, 1, -2, 2};
    kg_model_config config;
    kg_model *model;
    kg_error err;
    assert_int_equal(kg_model_config_named(&config, "mini"), KG_OK);
    config.vocab_size = 10;
    assert_int_equal(kg_model_new(&model, &config, KG_MODEL_ENCODER, &err), KG_OK);
    assert_int_equal(kg_model_allocate(model, false, 1, &err), KG_OK);
    kg_encoder encoder = kg_model_encoder(model);
    const float *positions = kg_param_values(encoder.params, encoder.ids->position);
    const float *query = kg_param_values(encoder.params, encoder.ids->layers[0].query_weight);
    const float *key = kg_param_values(encoder.params, encoder.ids->layers[0].key_weight);
    assert_true(weight_at(query, key, positions, -1) < 0.05);
    kg_model_begin_local(model, 2, 1);
    for (size_t h = 0; h < HEADS; h++)
        for (int offset = -2; offset <= 2; offset++) {
            double weight =
                weight_at(query + h * WIDTH * D, key + h * WIDTH * D, positions, offset);
            assert_true(offset == offsets[h] ? weight > 0.5 : weight < 0.05);
        }
    kg_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_orthogonal),
        cmocka_unit_test(test_heads_attend_to_their_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
