/* Adagrad (Duchi, Hazan, Singer 2011), on rows that a batch touched. */
#ifndef KG_TRANSR_ADAGRAD_H
#define KG_TRANSR_ADAGRAD_H

#include <stddef.h>
#include <stdint.h>

/* For n numbers: square += g^2, value -= rate * g / (sqrt(square) + 1e-10). */
void transr_adagrad(float *value, float *square, const float *gradient, size_t n, float rate);

/* The same for the rows that ids name of matrices of `columns`, row i of gradient belonging to row
 * ids[i]; ids NULL: to row i. ids are distinct. */
void transr_adagrad_rows(float *values, float *squares, const float *gradient, const uint32_t *ids,
                         size_t rows, size_t columns, float rate);

/* to += factor * from, n numbers. */
void transr_axpy(float *to, float factor, const float *from, size_t n);

#endif
