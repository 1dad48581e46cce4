#include "model/ops_cpu.h"

#include "model/blas.h"

void kg_cpu_linear_forward(float *y, const float *x, size_t rows, const kg_linear *l) {
    kg_gemm(y, l->out, 0, kg_mat_of(x, rows, l->in), kg_mat_t(l->weight, l->out, l->in), 1);
}

void kg_cpu_linear_backward(float *dx, float beta, const float *dy, const float *x, size_t rows,
                            const kg_linear *l) {
    if (x != NULL && rows > 0)
        kg_gemm(l->dweight, l->in, 1, kg_mat_t(dy, rows, l->out), kg_mat_of(x, rows, l->in), 1);
    if (dx != NULL)
        kg_gemm(dx, l->in, beta, kg_mat_of(dy, rows, l->out), kg_mat_of(l->weight, l->out, l->in),
                1);
}

/* Threads take columns, so that each sum is made in the order of the rows. */
void kg_cpu_column_sum(float *sum, const float *x, size_t rows, size_t d, size_t stride) {
    enum { WIDTH = 128 };
#pragma omp parallel for schedule(static) if (rows * d > 16384)
    for (size_t first = 0; first < d; first += WIDTH) {
        size_t end = first + WIDTH < d ? first + WIDTH : d;
        for (size_t r = 0; r < rows; r++) {
            const float *row = x + r * stride;
#pragma omp simd
            for (size_t j = first; j < end; j++)
                sum[j] += row[j];
        }
    }
}
