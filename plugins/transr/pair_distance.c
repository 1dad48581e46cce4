#include "plugins/transr/pair_distance.h"

#include "plugins/transr/lanes.h"

#include "model/blas.h"

#include <math.h>

/* Below this a distance counts as this: the slope of the root is not bounded at 0. */
static const float least_distance = 1e-6f;

void transr_row_norms(float *squares, const float *rows, size_t n, size_t columns) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t k = 0; k < columns; k++)
            sum += rows[i * columns + k] * rows[i * columns + k];
        squares[i] = sum;
    }
}

static void forward_l1(float *values, const transr_pairs *p) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < p->n_queries; i++) {
        const float *q = p->queries + i * p->dr;
        for (size_t j = 0; j < p->n_candidates; j++) {
            const float *c = p->candidates + j * p->dr;
            float sum = 0;
#pragma omp simd reduction(+ : sum)
            for (size_t k = 0; k < p->dr; k++)
                sum += fabsf(q[k] - c[k]);
            values[i * p->stride + j] = sum;
        }
    }
}

void transr_pairs_forward(float *values, const transr_pairs *pairs) {
    const transr_pairs *p = pairs;
    if (p->norm == TRANSR_L1) {
        forward_l1(values, p);
        return;
    }
    kg_gemm(values, p->stride, 0, kg_mat_of(p->queries, p->n_queries, p->dr),
            kg_mat_t(p->candidates, p->n_candidates, p->dr), 1);
}

void transr_scores_row(float *scores, const float *values, const transr_pairs *pairs, size_t i,
                       float scale) {
    size_t n = pairs->n_candidates;
    const float *norms = pairs->candidate_norms;
    float own = pairs->norm == TRANSR_L1 ? 0 : pairs->query_norms[i];
    switch (pairs->norm) {
    case TRANSR_L1:
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            scores[j] = -scale * values[j];
        break;
    case TRANSR_L2:
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            scores[j] = -scale * sqrtf(transr_max(own + norms[j] - 2 * values[j], 0));
        break;
    case TRANSR_L2_SQUARED:
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            scores[j] = -scale * transr_max(own + norms[j] - 2 * values[j], 0);
        break;
    }
}

void transr_scores_row_backward(float *d_values, const float *d_scores, const float *scores,
                                const transr_pairs *pairs, float scale) {
    size_t n = pairs->n_candidates;
    if (pairs->norm == TRANSR_L2) {
        /* d sqrt(m) / dm = 1 / (2 sqrt(m)), with sqrt(m) = -score / scale */
        float least = -scale * least_distance, factor = scale * scale / 2;
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            d_values[j] = d_scores[j] * factor / transr_min(scores[j], least);
        return;
    }
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        d_values[j] = -scale * d_scores[j];
}

/* The slope of |q - c| is the sign of q - c; at 0, where there is none, it is taken as 1. */
static void backward_l1(float *d_queries, float *d_candidates, const float *d_values,
                        const transr_pairs *p) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < p->n_queries; i++) {
        const float *q = p->queries + i * p->dr;
        float *d = d_queries + i * p->dr;
        for (size_t k = 0; k < p->dr; k++)
            d[k] = 0;
        for (size_t j = 0; j < p->n_candidates; j++) {
            const float *c = p->candidates + j * p->dr;
            float g = d_values[i * p->stride + j];
#pragma omp simd
            for (size_t k = 0; k < p->dr; k++)
                d[k] += copysignf(1, q[k] - c[k]) * g;
        }
    }
#pragma omp parallel for schedule(static)
    for (size_t j = 0; j < p->n_candidates; j++) {
        const float *c = p->candidates + j * p->dr;
        float *d = d_candidates + j * p->dr;
        for (size_t i = 0; i < p->n_queries; i++) {
            const float *q = p->queries + i * p->dr;
            float g = d_values[i * p->stride + j];
#pragma omp simd
            for (size_t k = 0; k < p->dr; k++)
                d[k] -= copysignf(1, q[k] - c[k]) * g;
        }
    }
}

/* rows[i] += 2 sums[i] * from[i] */
static void add_scaled_rows(float *rows, const float *from, const float *sums, size_t n,
                            size_t columns) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        float factor = 2 * sums[i];
#pragma omp simd
        for (size_t k = 0; k < columns; k++)
            rows[i * columns + k] += factor * from[i * columns + k];
    }
}

void transr_pairs_backward(float *d_queries, float *d_candidates, const float *d_values,
                           const float *row_sums, const float *column_sums,
                           const transr_pairs *pairs) {
    const transr_pairs *p = pairs;
    if (p->norm == TRANSR_L1) {
        backward_l1(d_queries, d_candidates, d_values, p);
        return;
    }
    /* d (q - p)^2 / dq = 2 (q - p): a product for the part in p, the row's sum for the part in q;
     * and the other way round for d/dp */
    kg_mat g = {d_values, p->n_queries, p->n_candidates, p->stride, false};
    kg_mat gt = {d_values, p->n_queries, p->n_candidates, p->stride, true};
    kg_gemm(d_queries, p->dr, 0, g, kg_mat_of(p->candidates, p->n_candidates, p->dr), -2);
    kg_gemm(d_candidates, p->dr, 1, gt, kg_mat_of(p->queries, p->n_queries, p->dr), -2);
    add_scaled_rows(d_queries, p->queries, row_sums, p->n_queries, p->dr);
    add_scaled_rows(d_candidates, p->candidates, column_sums, p->n_candidates, p->dr);
}
