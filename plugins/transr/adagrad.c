#include "plugins/transr/adagrad.h"

#include <math.h>

void transr_adagrad(float *value, float *square, const float *gradient, size_t n, float rate) {
#pragma omp simd
    for (size_t k = 0; k < n; k++) {
        float g = gradient[k];
        square[k] += g * g;
        value[k] -= rate * g / (sqrtf(square[k]) + 1e-10f);
    }
}

void transr_adagrad_rows(float *values, float *squares, const float *gradient, const uint32_t *ids,
                         size_t rows, size_t columns, float rate) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < rows; i++) {
        size_t row = (ids ? ids[i] : i) * columns;
        transr_adagrad(values + row, squares + row, gradient + i * columns, columns, rate);
    }
}

void transr_axpy(float *to, float factor, const float *from, size_t n) {
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        to[k] += factor * from[k];
}
