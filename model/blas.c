#include "model/blas.h"

#include "model/gemm_tiled.h"
#include "model/onednn.h"

#include <cblas.h>

#include <omp.h>

void kg_blas_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    size_t m = a.transposed ? a.columns : a.rows;
    size_t k = a.transposed ? a.rows : a.columns;
    size_t n = b.transposed ? b.rows : b.columns;
    if (m == 0 || n == 0)
        return;
    cblas_sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
                b.transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a.data,
                (int)a.stride, b.data, (int)b.stride, beta, c, (int)ldc);
}

/* Measured over the shapes of a step (README.md): each is the fastest of the three for nearly all
 * of them where it suits, so the processor chooses, and the shape need not. */
void kg_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha) {
    if (kg_onednn_suits())
        kg_onednn_gemm(c, ldc, beta, a, b, alpha);
    else if (kg_tiled_suits())
        kg_tiled_gemm(c, ldc, beta, a, b, alpha);
    else
        kg_blas_gemm(c, ldc, beta, a, b, alpha);
}

void kg_blas_set_threads(int threads) {
    int n = threads > 0 ? threads : 1;
    omp_set_num_threads(n);
    openblas_set_num_threads(n);
}

const char *kg_arithmetic(void) {
    if (kg_onednn_suits())
        return "products by oneDNN, the rest compiled for " KG_COMPILED_FOR;
    if (kg_tiled_suits())
        return "products by own tiles for AVX2, the rest compiled for " KG_COMPILED_FOR;
    return "products by OpenBLAS, the rest compiled for " KG_COMPILED_FOR;
}
