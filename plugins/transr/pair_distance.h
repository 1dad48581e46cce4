/* Distances between query vectors and candidate vectors, all pairs, forward and backward.
 *
 * Letters: Q queries, C candidates, dr the dimension of both. Matrices are dense and row-major.
 * What is called the measure of a pair is sum |q - p| for TRANSR_L1 and sum (q - p)^2 for both L2
 * norms: for these the matrix of pairs comes from one product, by |q|^2 + |p|^2 - 2 q.p. */
#ifndef KG_TRANSR_PAIR_DISTANCE_H
#define KG_TRANSR_PAIR_DISTANCE_H

#include "plugins/transr/recipe.h"

#include <stddef.h>

/* Query vectors beside candidate vectors. Borrowed. */
typedef struct transr_pairs {
    const float *queries;         /* (Q, dr) */
    const float *candidates;      /* (C, dr) */
    const float *query_norms;     /* (Q) sum of squares; not read for L1 */
    const float *candidate_norms; /* (C) likewise */
    size_t n_queries, n_candidates, dr;
    size_t stride; /* between the rows of a (Q, C) matrix */
    transr_norm norm;
} transr_pairs;

/* squares[i] = sum of squares of row i. */
void transr_row_norms(float *squares, const float *rows, size_t n, size_t columns);

/* First half of the forward pass: the whole matrix `values` (Q, C). It holds dot products for the
 * L2 norms, measures for L1; transr_scores_row makes scores of either, a row at a time. */
void transr_pairs_forward(float *values, const transr_pairs *pairs);

/* scores[j] = -scale * distance of query i and candidate j, from a row of transr_pairs_forward. May
 * be done in place. */
void transr_scores_row(float *scores, const float *values, const transr_pairs *pairs, size_t i,
                       float scale);

/* The chain rule through transr_scores_row: d_values[j], the gradient by the measure, from the
 * gradient by the score and the score itself. May be done in place. */
void transr_scores_row_backward(float *d_values, const float *d_scores, const float *scores,
                                const transr_pairs *pairs, float scale);

/* From d_values (Q, C): d_queries (Q, dr) is set, d_candidates (C, dr) is added to. row_sums (Q)
 * and column_sums (C) are those of d_values; not read for L1. */
void transr_pairs_backward(float *d_queries, float *d_candidates, const float *d_values,
                           const float *row_sums, const float *column_sums,
                           const transr_pairs *pairs);

#endif
