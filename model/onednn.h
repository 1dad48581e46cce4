/* Matrix products by oneDNN: in single precision where the processor has AVX-512, and with factors
 * rounded to bfloat16 where it multiplies those (AVX512_BF16, AMX). The environment variable
 * ONEDNN_MAX_CPU_ISA lowers what is used, as oneDNN's manual says.
 *
 * Both cut the longer side of C into strips that one thread each computes whole, so an element is
 * summed in an order that depends on the sizes alone, and not on the threads. */
#ifndef KG_MODEL_ONEDNN_H
#define KG_MODEL_ONEDNN_H

#include "model/blas.h"

/* Is it the fastest in single precision here? */
bool kg_onednn_suits(void);

/* As kg_gemm. */
void kg_onednn_gemm(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha);

bool kg_onednn_has_bf16(void);

/* C = A B or, where it accumulates, C + A B. The factors are rounded to bfloat16 (to nearest, ties
 * to even); products and sums are in single precision. Only where kg_onednn_has_bf16. */
void kg_onednn_gemm_bf16(float *c, size_t ldc, bool accumulate, kg_mat a, kg_mat b);

#endif
