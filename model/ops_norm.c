#include "model/ops_cpu.h"

#include <math.h>
#include <string.h>

static void close_branch(float *z, const kg_norm_site *site, size_t row) {
    size_t d = site->norm.size;
    if (site->branch_bias != NULL) {
        const float *bias = site->branch_bias;
#pragma omp simd
        for (size_t j = 0; j < d; j++)
            z[j] += bias[j];
    }
    kg_cpu_dropout_row(z, d, &site->dropout, row);
    if (site->residual != NULL) {
        const float *residual = site->residual + row * d;
#pragma omp simd
        for (size_t j = 0; j < d; j++)
            z[j] += residual[j];
    }
}

static void norm_row(float *y, float *stats, const float *z, const kg_norm *norm) {
    size_t d = norm->size;
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < d; j++)
        sum += z[j];
    float mean = sum / (float)d;
#pragma omp simd reduction(+ : squares)
    for (size_t j = 0; j < d; j++)
        squares += (z[j] - mean) * (z[j] - mean);
    float inverse = 1.0f / sqrtf(squares / (float)d + norm->epsilon);
    const float *gain = norm->gain, *bias = norm->bias;
#pragma omp simd
    for (size_t j = 0; j < d; j++)
        y[j] = gain[j] * ((z[j] - mean) * inverse) + bias[j];
    stats[0] = mean;
    stats[1] = inverse;
}

void kg_cpu_norm_forward(float *y, const kg_norm_site *site) {
    size_t d = site->norm.size;
#pragma omp parallel for schedule(static) if (site->rows * d > 8192)
    for (size_t r = 0; r < site->rows; r++) {
        close_branch(site->z + r * d, site, r);
        norm_row(y + r * d, site->stats + 2 * r, site->z + r * d, &site->norm);
    }
}

/* With x = (z - m) / s and g = gain dy: dz = (g - mean(g) - x mean(g x)) / s. */
static void norm_row_backward(float *dz, float *sums, const float *dy, const float *z,
                              const float *stats, const kg_norm *norm) {
    size_t d = norm->size;
    float mean = stats[0], inverse = stats[1], g_sum = 0, gx_sum = 0;
    const float *gain = norm->gain;
    float *dgain = sums, *dbias = sums + d;
#pragma omp simd reduction(+ : g_sum, gx_sum)
    for (size_t j = 0; j < d; j++) {
        float x = (z[j] - mean) * inverse, g = gain[j] * dy[j];
        g_sum += g;
        gx_sum += g * x;
        dgain[j] += dy[j] * x;
        dbias[j] += dy[j];
    }
    float g_mean = g_sum / (float)d, gx_mean = gx_sum / (float)d;
#pragma omp simd
    for (size_t j = 0; j < d; j++) {
        float x = (z[j] - mean) * inverse;
        dz[j] = inverse * (gain[j] * dy[j] - g_mean - x * gx_mean);
    }
}

static void block_backward(float *dz, float *dbranch, const float *dy, const kg_norm_site *site,
                           float *sums, size_t first) {
    size_t d = site->norm.size;
    size_t end = first + KG_BLOCK_ROWS < site->rows ? first + KG_BLOCK_ROWS : site->rows;
    memset(sums, 0, 3 * d * sizeof *sums);
    for (size_t r = first; r < end; r++) {
        float *out = dz + r * d;
        norm_row_backward(out, sums, dy + r * d, site->z + r * d, site->stats + 2 * r, &site->norm);
        if (dbranch != NULL) {
            float *branch = dbranch + r * d;
            memcpy(branch, out, d * sizeof *branch);
            kg_cpu_dropout_row(branch, d, &site->dropout, r);
            out = branch;
        }
        if (site->dbranch_bias != NULL) {
            float *bias = sums + 2 * d;
#pragma omp simd
            for (size_t j = 0; j < d; j++)
                bias[j] += out[j];
        }
    }
}

void kg_cpu_norm_backward(float *dz, float *dbranch, const float *dy, const kg_norm_site *site,
                          float *partials) {
    size_t d = site->norm.size, blocks = (site->rows + KG_BLOCK_ROWS - 1) / KG_BLOCK_ROWS;
#pragma omp parallel for schedule(static) if (site->rows * d > 8192)
    for (size_t b = 0; b < blocks; b++)
        block_backward(dz, dbranch, dy, site, partials + b * 3 * d, b * KG_BLOCK_ROWS);
    kg_cpu_column_sum(site->norm.dgain, partials, blocks, d, 3 * d);
    kg_cpu_column_sum(site->norm.dbias, partials + d, blocks, d, 3 * d);
    if (site->dbranch_bias != NULL)
        kg_cpu_column_sum(site->dbranch_bias, partials + 2 * d, blocks, d, 3 * d);
}
