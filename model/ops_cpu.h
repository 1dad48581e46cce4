/* The processor's backend: OpenMP, with the products of blas.h. Its memory is the host's. */
#ifndef KG_MODEL_OPS_CPU_H
#define KG_MODEL_OPS_CPU_H

#include "model/ops.h"

/* Static; its operations use the threads of kg_blas_set_threads. */
extern const kg_backend kg_cpu;

/* The operations by themselves, as ops.h describes them: kg_cpu_linear_forward and so on. */
#define KG_CPU_DECLARE(operation) __typeof__(*((kg_backend *)NULL)->operation) kg_cpu_##operation;
KG_OPERATIONS(KG_CPU_DECLARE)

/* Apply to the n elements of one row, in place; the backward is the same. */
void kg_cpu_dropout_row(float *x, size_t n, const kg_dropout *dropout, size_t row);

#endif
