/* Attention is computed a (sequence, head) at a time: two small products and a softmax in the
 * caches of one thread. The probabilities are not kept: the backward computes them again from the
 * saved log of each row's denominator, which costs one small product and saves H T floats a token.
 */
#include "model/ops_cpu.h"

#include "model/blas.h"
#include "model/vecmath.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* What one thread works in: q, k, v with their bias, and two T x T matrices. */
typedef struct item {
    const kg_attention *a;
    kg_gemm_fn *gemm;
    size_t first, length, head, size; /* tokens of the sequence; head size */
    size_t stride; /* of p and dp: the length, rounded so that products meet few strides */
    float *q, *k, *v, *p, *dp;
    float scale;
} item;

static size_t rounded(size_t length) {
    return (length + 31) / 32 * 32;
}

static size_t thread_scratch(uint32_t longest, size_t head_size) {
    size_t elements = 3 * (size_t)longest * head_size + 2 * longest * rounded(longest);
    return (elements + 15) / 16 * 16;
}

size_t kg_cpu_attention_scratch(uint32_t longest, size_t head_size) {
    return thread_scratch(longest, head_size) * (size_t)omp_get_max_threads();
}

/* Copy one of the head's three parts, with its bias, times scale. */
static void load_part(float *to, const item *it, size_t part, float scale) {
    size_t d = it->a->d, column = part * d + it->head * it->size;
    const float *bias = it->a->bias + column;
    for (size_t i = 0; i < it->length; i++) {
        const float *from = it->a->qkv + (it->first + i) * 3 * d + column;
        float *row = to + i * it->size;
#pragma omp simd
        for (size_t j = 0; j < it->size; j++)
            row[j] = (from[j] + bias[j]) * scale;
    }
}

static item item_begin(const kg_attention *a, kg_gemm_fn *gemm, size_t index, float *scratch) {
    size_t sequence = index / a->heads, head = index % a->heads;
    item it = {.a = a,
               .gemm = gemm,
               .first = a->offsets[sequence],
               .length = a->offsets[sequence + 1] - a->offsets[sequence],
               .head = head,
               .size = a->d / a->heads};
    it.stride = rounded(it.length);
    it.scale = 1.0f / sqrtf((float)it.size);
    it.q = scratch;
    it.k = it.q + it.length * it.size;
    it.v = it.k + it.length * it.size;
    it.p = it.v + it.length * it.size;
    it.dp = it.p + it.length * it.stride;
    load_part(it.q, &it, 0, it.scale);
    load_part(it.k, &it, 1, 1);
    load_part(it.v, &it, 2, 1);
    gemm(it.p, it.stride, 0, kg_mat_of(it.q, it.length, it.size),
         kg_mat_t(it.k, it.length, it.size), 1);
    return it;
}

static kg_mat square(const item *it, const float *x, bool transposed) {
    return (kg_mat){x, it->length, it->length, it->stride, transposed};
}

static float softmax_row(float *p, size_t n) {
    float greatest = -INFINITY, sum = 0;
#pragma omp simd reduction(max : greatest)
    for (size_t j = 0; j < n; j++)
        greatest = p[j] > greatest ? p[j] : greatest;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < n; j++) {
        p[j] = kg_vec_exp(p[j] - greatest);
        sum += p[j];
    }
    float inverse = 1.0f / sum;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        p[j] *= inverse;
    return greatest + logf(sum);
}

static void drop_row(float *row, const item *it, size_t i) {
    kg_dropout dropout = it->a->dropout;
    dropout.site += it->head;
    kg_cpu_dropout_row(row, it->length, &dropout, it->first + i);
}

static void item_forward(float *context, const item *it) {
    const kg_attention *a = it->a;
    for (size_t i = 0; i < it->length; i++) {
        float *row = it->p + i * it->stride;
        a->log_sums[(it->first + i) * a->heads + it->head] = softmax_row(row, it->length);
        drop_row(row, it, i);
    }
    it->gemm(context + it->first * a->d + it->head * it->size, a->d, 0, square(it, it->p, false),
             kg_mat_of(it->v, it->length, it->size), 1);
}

void kg_attention_forward_by(kg_gemm_fn *gemm, float *context, const kg_attention *a) {
    size_t stride = thread_scratch(a->longest, a->d / a->heads);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < a->sequences * a->heads; i++) {
        item it = item_begin(a, gemm, i, a->scratch + stride * (size_t)omp_get_thread_num());
        item_forward(context, &it);
    }
}

/* From dp, the gradient of the (dropped) probabilities, to the gradient of the scores, in place;
 * p is left dropped, as the forward used it. */
static void scores_backward(const item *it) {
    const kg_attention *a = it->a;
    for (size_t i = 0; i < it->length; i++) {
        float *p = it->p + i * it->stride, *dp = it->dp + i * it->stride, mean = 0;
        float log_sum = a->log_sums[(it->first + i) * a->heads + it->head];
        drop_row(dp, it, i);
#pragma omp simd reduction(+ : mean)
        for (size_t j = 0; j < it->length; j++) {
            p[j] = kg_vec_exp(p[j] - log_sum);
            mean += p[j] * dp[j];
        }
#pragma omp simd
        for (size_t j = 0; j < it->length; j++)
            dp[j] = p[j] * (dp[j] - mean);
        drop_row(p, it, i);
    }
}

static void item_backward(float *dqkv, const float *dcontext, const item *it) {
    size_t d = it->a->d, length = it->length;
    kg_mat dc = {dcontext + it->first * d + it->head * it->size, length, it->size, d, false};
    float *out = dqkv + it->first * 3 * d + it->head * it->size;
    it->gemm(it->dp, it->stride, 0, dc, kg_mat_t(it->v, length, it->size), 1);
    scores_backward(it);
    it->gemm(out, 3 * d, 0, square(it, it->dp, false), kg_mat_of(it->k, length, it->size),
             it->scale);
    it->gemm(out + d, 3 * d, 0, square(it, it->dp, true), kg_mat_of(it->q, length, it->size), 1);
    it->gemm(out + 2 * d, 3 * d, 0, square(it, it->p, true), dc, 1);
}

void kg_attention_backward_by(kg_gemm_fn *gemm, float *dqkv, const float *dcontext,
                              const kg_attention *a) {
    size_t stride = thread_scratch(a->longest, a->d / a->heads);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < a->sequences * a->heads; i++) {
        item it = item_begin(a, gemm, i, a->scratch + stride * (size_t)omp_get_thread_num());
        item_backward(dqkv, dcontext, &it);
    }
}

void kg_cpu_attention_forward(float *context, const kg_attention *a) {
    kg_attention_forward_by(kg_gemm, context, a);
}

void kg_cpu_attention_backward(float *dqkv, const float *dcontext, const kg_attention *a) {
    kg_attention_backward_by(kg_gemm, dqkv, dcontext, a);
}
