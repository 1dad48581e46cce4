/* The processor's backend: OpenMP, with the products of blas.h. Its memory is the host's. */
#ifndef KG_MODEL_OPS_CPU_H
#define KG_MODEL_OPS_CPU_H

#include "model/blas.h"
#include "model/ops.h"

/* Static; its operations use the threads of kg_blas_set_threads. */
extern const kg_backend kg_cpu;

/* The operations by themselves, as ops.h describes them: kg_cpu_linear_forward and so on. */
#define KG_CPU_DECLARE(operation) __typeof__(*((kg_backend *)NULL)->operation) kg_cpu_##operation;
KG_OPERATIONS(KG_CPU_DECLARE)

/* Attention by any products of the processor's, as kg_gemm. */
typedef void kg_gemm_fn(float *c, size_t ldc, float beta, kg_mat a, kg_mat b, float alpha);
void kg_attention_forward_by(kg_gemm_fn *gemm, float *context, const kg_attention *attention);
void kg_attention_backward_by(kg_gemm_fn *gemm, float *dqkv, const float *dcontext,
                              const kg_attention *attention);

/* Of two rows of n elements. */
float kg_dot_product(const float *a, const float *b, size_t n);

/* Apply to the n elements of one row, in place; the backward is the same. */
void kg_cpu_dropout_row(float *x, size_t n, const kg_dropout *dropout, size_t row);

#endif
