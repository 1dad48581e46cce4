#include "model/ops_cpu.h"

#include "model/vecmath.h"

#include <string.h>

void kg_cpu_gelu_forward(float *y, float *u, const float *bias, size_t rows, size_t d) {
#pragma omp parallel for schedule(static) if (rows * d > 4096)
    for (size_t r = 0; r < rows; r++) {
        float *in = u + r * d, *out = y + r * d;
        if (bias != NULL) {
#pragma omp simd
            for (size_t j = 0; j < d; j++)
                in[j] += bias[j];
        }
#pragma omp simd
        for (size_t j = 0; j < d; j++)
            out[j] = kg_vec_gelu(in[j]);
    }
}

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

void kg_cpu_gelu_backward(float *dy, float *u, float *dbias, size_t rows, size_t d,
                          float *partials) {
    size_t blocks = (rows + KG_BLOCK_ROWS - 1) / KG_BLOCK_ROWS;
#pragma omp parallel for schedule(static) if (rows * d > 4096)
    for (size_t b = 0; b < blocks; b++) {
        size_t end = (b + 1) * KG_BLOCK_ROWS < rows ? (b + 1) * KG_BLOCK_ROWS : rows;
        float *sums = partials + b * d;
        memset(sums, 0, d * sizeof *sums);
        for (size_t r = b * KG_BLOCK_ROWS; r < end; r++)
            gelu_row_backward(dy + r * d, u + r * d, sums, d);
    }
    if (dbias != NULL)
        kg_cpu_column_sum(dbias, partials, blocks, d, d);
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
