/* Matrix products by tiles that stay in registers (Goto and van de Geijn 2008): the products of
 * processors with AVX2 and FMA, where these tiles outrun OpenBLAS's.
 *
 * Each element is summed in an order that depends on the sizes alone, so the result does not depend
 * on the threads. */
#ifndef KG_MODEL_GEMM_TILED_H
#define KG_MODEL_GEMM_TILED_H

#include "model/blas.h"

/* Can this processor run them? False where they were compiled for another. */
bool kg_tiled_suits(void);

/* As kg_gemm. Only where kg_tiled_suits. */
void kg_tiled_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha);

#endif
