#include "model/ops_cpu.h"

#include "model/vecmath.h"

#include <string.h>

/* sqrt(2 / pi), and the cubic's factor, of GELU by tanh. */
#define TANH_FACTOR 0.79788456f
#define TANH_CUBIC 0.044715f

/* ---- Forward: a row of u, which has its bias ---- */

static void gelu_row(float *y, const float *u, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++)
        y[j] = kg_vec_gelu(u[j]);
}

static void gelu_tanh_row(float *y, const float *u, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++) {
        float x = u[j];
        y[j] = 0.5f * x * (1.0f + kg_vec_tanh(TANH_FACTOR * (x + TANH_CUBIC * x * x * x)));
    }
}

static void relu_row(float *y, const float *u, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++)
        y[j] = u[j] < 0 ? 0 : u[j]; /* NaN stays */
}

/* ---- Backward: dy becomes du, u the output, sums += du ---- */

static void gelu_row_backward(float *dy, float *u, float *sums, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++) {
        float x = u[j];
        float cumulative = 0.5f * (1.0f + kg_vec_erf(x * 0.70710678f));
        float density = 0.39894228f * kg_vec_exp(-0.5f * x * x);
        float dx = dy[j] * (cumulative + x * density);
        u[j] = x * cumulative;
        dy[j] = dx;
        sums[j] += dx;
    }
}

static void gelu_tanh_row_backward(float *dy, float *u, float *sums, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++) {
        float x = u[j];
        float t = kg_vec_tanh(TANH_FACTOR * (x + TANH_CUBIC * x * x * x));
        float inner = TANH_FACTOR * (1.0f + 3.0f * TANH_CUBIC * x * x);
        float dx = dy[j] * 0.5f * (1.0f + t + x * (1.0f - t * t) * inner);
        u[j] = 0.5f * x * (1.0f + t);
        dy[j] = dx;
        sums[j] += dx;
    }
}

static void relu_row_backward(float *dy, float *u, float *sums, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++) {
        float dx = u[j] > 0 ? dy[j] : 0;
        u[j] = u[j] < 0 ? 0 : u[j];
        dy[j] = dx;
        sums[j] += dx;
    }
}

static const struct {
    void (*forward)(float *y, const float *u, size_t d);
    void (*backward)(float *dy, float *u, float *sums, size_t d);
} kinds[] = {
    [KG_ACTIVATION_GELU] = {gelu_row, gelu_row_backward},
    [KG_ACTIVATION_GELU_TANH] = {gelu_tanh_row, gelu_tanh_row_backward},
    [KG_ACTIVATION_RELU] = {relu_row, relu_row_backward},
};

void kg_cpu_activation_forward(float *y, float *u, size_t rows, const kg_linear *linear,
                               kg_activation kind) {
    size_t d = linear->out;
    const float *bias = linear->bias;
#pragma omp parallel for schedule(static) if (rows * d > 4096)
    for (size_t r = 0; r < rows; r++) {
        float *in = u + r * d;
        if (bias != NULL) {
#pragma omp simd
            for (size_t j = 0; j < d; j++)
                in[j] += bias[j];
        }
        kinds[kind].forward(y + r * d, in, d);
    }
}

void kg_cpu_activation_backward(float *dy, float *u, size_t rows, const kg_linear *linear,
                                kg_activation kind, float *partials) {
    size_t d = linear->out, blocks = (rows + KG_BLOCK_ROWS - 1) / KG_BLOCK_ROWS;
#pragma omp parallel for schedule(static) if (rows * d > 4096)
    for (size_t b = 0; b < blocks; b++) {
        size_t end = (b + 1) * KG_BLOCK_ROWS < rows ? (b + 1) * KG_BLOCK_ROWS : rows;
        float *sums = partials + b * d;
        memset(sums, 0, d * sizeof *sums);
        for (size_t r = b * KG_BLOCK_ROWS; r < end; r++)
            kinds[kind].backward(dy + r * d, u + r * d, sums, d);
    }
    if (linear->dbias != NULL)
        kg_cpu_column_sum(linear->dbias, partials, blocks, d, d);
}

void kg_cpu_tanh_forward(float *y, const float *bias, size_t rows, size_t d) {
#pragma omp parallel for schedule(static) if (rows * d > 4096)
    for (size_t r = 0; r < rows; r++) {
        float *row = y + r * d;
        if (bias != NULL) {
#pragma omp simd
            for (size_t j = 0; j < d; j++)
                row[j] += bias[j];
        }
#pragma omp simd
        for (size_t j = 0; j < d; j++)
            row[j] = kg_vec_tanh(row[j]);
    }
}

void kg_cpu_tanh_backward(float *dy, const float *y, size_t n) {
#pragma omp parallel for simd schedule(static) if (parallel : n > 16384)
    for (size_t i = 0; i < n; i++)
        dy[i] *= 1.0f - y[i] * y[i];
}
