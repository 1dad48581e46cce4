/* Matrix products: the one door to BLAS, and to tiles of our own where they are faster. Matrices
 * are row-major, in single precision.
 *
 * Threads: a product uses as many threads as kg_blas_set_threads allows, and one where it is called
 * from inside an OpenMP parallel region, so that many small products can be spread over threads by
 * the caller. Any number of threads may call at once. */
#ifndef KG_MODEL_BLAS_H
#define KG_MODEL_BLAS_H

#include <stdbool.h>
#include <stddef.h>

/* A factor of a product: a stored matrix of rows x columns, whose rows begin `stride` elements
 * apart, or its transpose. Borrowed for the call. */
typedef struct kg_mat {
    const float *data;
    size_t rows, columns, stride; /* as stored */
    bool transposed;
} kg_mat;

/* A dense stored matrix. */
static inline kg_mat kg_mat_of(const float *data, size_t rows, size_t columns) {
    return (kg_mat){data, rows, columns, columns, false};
}

/* The transpose of a dense stored matrix. */
static inline kg_mat kg_mat_t(const float *data, size_t rows, size_t columns) {
    return (kg_mat){data, rows, columns, columns, true};
}

/* C = alpha A B + beta C, where C's rows begin ldc elements apart. With beta 0, C need not be
 * initialized. A's columns must be B's rows (both after transposition); a product with no rows or
 * columns does nothing, and with nothing to sum over it only scales C. Sizes fit an int. */
void kg_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha);

/* The same by OpenBLAS, whatever the processor. */
void kg_blas_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha);

/* Threads that a product outside a parallel region may use; at least 1. Also sets the number that
 * OpenMP regions of this program use. */
void kg_blas_set_threads(int threads);

/* What computes here, in words: what makes the products, and the processors that this library is
 * compiled for. Where both are the same, so are the bits of a run. Static storage. */
const char *kg_arithmetic(void);

#endif
