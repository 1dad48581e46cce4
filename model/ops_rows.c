#include "model/ops_cpu.h"

#include <string.h>

void kg_cpu_gather(float *y, const float *x, const uint32_t *rows, size_t n, size_t d) {
#pragma omp parallel for schedule(static) if (n * d > 16384)
    for (size_t i = 0; i < n; i++)
        memcpy(y + i * d, x + rows[i] * d, d * sizeof *y);
}

void kg_cpu_gather_table(float *y, const kg_rows *table, const uint32_t *rows, size_t n) {
    size_t d = table->columns;
    for (size_t i = 0; i < n; i++)
        memcpy(y + i * d, kg_row(table, rows[i]), d * sizeof *y);
}

void kg_cpu_scatter(float *y, const float *x, const uint32_t *rows, size_t n, size_t d) {
#pragma omp parallel for schedule(static) if (n * d > 16384)
    for (size_t i = 0; i < n; i++)
        memcpy(y + rows[i] * d, x + i * d, d * sizeof *y);
}

static void add_row(float *to, const float *from, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++)
        to[j] += from[j];
}

void kg_cpu_scatter_add(float *y, const float *x, const uint32_t *rows, size_t n, size_t d) {
#pragma omp parallel for schedule(static) if (n * d > 16384)
    for (size_t i = 0; i < n; i++)
        add_row(y + rows[i] * d, x + i * d, d);
}

void kg_cpu_add_rows(float *y, const float *x, const uint32_t *to, const uint32_t *from, size_t n,
                     size_t d) {
    for (size_t i = 0; i < n; i++)
        add_row(y + to[i] * d, x + from[i] * d, d);
}

void kg_cpu_add_bias(float *y, const float *bias, size_t rows, size_t d) {
    for (size_t r = 0; r < rows; r++)
        add_row(y + r * d, bias, d);
}

void kg_cpu_join(float *y, const float *a, const float *b, size_t n, size_t d) {
    for (size_t i = 0; i < n; i++) {
        memcpy(y + 2 * i * d, a + i * d, d * sizeof *y);
        memcpy(y + (2 * i + 1) * d, b + i * d, d * sizeof *y);
    }
}

void kg_cpu_split(float *a, float *b, const float *y, size_t n, size_t d) {
    for (size_t i = 0; i < n; i++) {
        memcpy(a + i * d, y + 2 * i * d, d * sizeof *y);
        memcpy(b + i * d, y + (2 * i + 1) * d, d * sizeof *y);
    }
}

void kg_cpu_clear(void *to, size_t n) {
    memset(to, 0, n);
}

void kg_cpu_copy(void *to, const void *from, size_t n) {
    memcpy(to, from, n);
}

float kg_dot_product(const float *a, const float *b, size_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}
