/* The table of operations: everything that the model computes. Each forward stands beside its
 * backward in one file; ops_*.c are the OpenBLAS and OpenMP implementation, and another backend
 * would implement this header.
 *
 * Arrays are dense and row-major: `rows` of what the comment says. Outputs and inputs do not
 * overlap except where a comment says "in place". Backward functions *add* into gradients of
 * parameters (dw, db, dgain, ...) and *set* gradients of activations, unless told otherwise.
 * Reductions over rows are summed by blocks of KG_BLOCK_ROWS rows and then over blocks, in order:
 * their result does not depend on the number of threads.
 *
 * Letters: n rows, d columns; B sequences, N tokens, H heads. */
#ifndef KG_MODEL_OPS_H
#define KG_MODEL_OPS_H

#include "model/params.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Linear maps: y = x Wt + b, W stored (out, in) ---- */

typedef struct kg_linear {
    const float *weight, *bias; /* bias NULL: none */
    float *dweight, *dbias;
    size_t in, out;
} kg_linear;

/* View of a declared weight (out, in) and bias (KG_NO_PARAM: none). */
kg_linear kg_linear_of(const kg_params *params, kg_param_id weight, kg_param_id bias);

/* y (rows, out) = x Wt, without the bias: what follows adds it. */
void kg_linear_forward(float *y, const float *x, size_t rows, const kg_linear *linear);

/* dW += dyt x, and dx (rows, in) = dy W + beta dx; x or dx NULL: that half is not wanted. */
void kg_linear_backward(float *dx, float beta, const float *dy, const float *x, size_t rows,
                        const kg_linear *linear);

/* sum (d) += the sum of the rows of x (rows, d), whose rows begin `stride` elements apart. */
void kg_column_sum(float *sum, const float *x, size_t rows, size_t d, size_t stride);

/* ---- Partial sums ---- */

#define KG_BLOCK_ROWS 64

/* Elements of scratch that a row reduction over `rows` rows into `width` sums needs. */
static inline size_t kg_partial_size(size_t rows, size_t width) {
    return (rows + KG_BLOCK_ROWS - 1) / KG_BLOCK_ROWS * width;
}

/* ---- Dropout ---- */

/* Element i of row r is dropped by bits of the counter-based stream keys[r] at (site, i): it
 * depends on nothing else. With threshold 0 nothing is dropped and keys is not read. */
typedef struct kg_dropout {
    const uint64_t *keys; /* one a row: kg_rng_stream(seed, epoch, document, position).key */
    uint64_t site;        /* which of the model's places, below 2^32 */
    uint32_t threshold;   /* dropped with probability threshold / 65536 */
    float scale;          /* 65536 / (65536 - threshold) */
} kg_dropout;

/* p is rounded to a multiple of 2^-16. */
kg_dropout kg_dropout_of(const uint64_t *keys, uint64_t site, double p);

/* Apply to the n elements of one row, in place; the backward is the same. */
void kg_dropout_row(float *x, size_t n, const kg_dropout *dropout, size_t row);

/* ---- Layer norm, alone or closing a residual branch ---- */

typedef struct kg_norm {
    const float *gain, *bias; /* (d) */
    float *dgain, *dbias;
    size_t size; /* d */
    float epsilon;
} kg_norm;

kg_norm kg_norm_of(const kg_params *params, kg_param_id gain, kg_param_id bias, float epsilon);

/* One place where a norm stands. z (n, d) holds the branch before the call and the sum that is
 * normalized after it: z = dropout(z + branch_bias) + residual, in place. */
typedef struct kg_norm_site {
    kg_norm norm;
    size_t rows;
    float *z;
    float *stats;             /* (n, 2): mean and 1 / deviation */
    const float *branch_bias; /* (d) or NULL */
    float *dbranch_bias;
    const float *residual; /* (n, d) or NULL; may be the output of the layer before */
    kg_dropout dropout;
} kg_norm_site;

/* y (n, d) = gain (z - mean) / deviation + bias. */
void kg_norm_forward(float *y, const kg_norm_site *site);

/* dz (n, d): gradient of z, hence of the residual, may be dy itself; dbranch (n, d): of the branch
 * before its bias, where dropout stands (NULL where none does: it is dz then). partials:
 * kg_partial_size(rows, 3 d). */
void kg_norm_backward(float *dz, float *dbranch, const float *dy, const kg_norm_site *site,
                      float *partials);

/* ---- Activations ---- */

/* u (n, d) += bias in place (bias may be NULL), y = gelu(u). */
void kg_gelu_forward(float *y, float *u, const float *bias, size_t rows, size_t d);

/* dy (n, d) becomes du in place; dbias (d, may be NULL) += its column sums; u becomes gelu(u), what
 * the forward gave. partials: kg_partial_size(rows, d). */
void kg_gelu_backward(float *dy, float *u, float *dbias, size_t rows, size_t d, float *partials);

/* y (n, d) = tanh(y + bias) in place; bias may be NULL. */
void kg_tanh_forward(float *y, const float *bias, size_t rows, size_t d);

/* dy becomes the gradient before tanh, in place, from tanh's output y. */
void kg_tanh_backward(float *dy, const float *y, size_t n);

/* ---- Embeddings ---- */

/* The sum of the three embeddings of a token, and an optional one more. */
typedef struct kg_embedding {
    const float *word, *position, *segment; /* (V, d), (positions, d), (segments, d) */
    float *dword, *dposition, *dsegment;
    size_t d;
    size_t tokens;
    const uint32_t *ids, *positions; /* N */
    const uint8_t *segments;         /* N */
    const float *extra;              /* (N, d) or NULL */
} kg_embedding;

void kg_embedding_forward(float *sum, const kg_embedding *embedding);
void kg_embedding_backward(const float *dsum, const kg_embedding *embedding);

/* y (n, d) = dropout(y), in place; likewise backward. */
void kg_dropout_rows(float *y, size_t rows, size_t d, const kg_dropout *dropout);

/* ---- Self-attention over packed sequences ---- */

typedef struct kg_attention {
    size_t sequences, tokens, heads, d; /* d = heads x head size */
    const uint32_t *offsets;            /* B + 1: first token of each sequence */
    uint32_t longest;                   /* tokens of the longest sequence */
    float *qkv;                         /* (N, 3d): query, key, value before their bias */
    const float *bias;                  /* (3d) */
    float *log_sums;    /* (N, H): log of the softmax's denominator, kept for backward */
    kg_dropout dropout; /* of the probabilities; its site leaves room for H heads */
    float *scratch;     /* kg_attention_scratch elements */
} kg_attention;

size_t kg_attention_scratch(uint32_t longest, size_t head_size);

/* context (N, d). */
void kg_attention_forward(float *context, const kg_attention *attention);

/* dqkv (N, 3d); the probabilities are computed again. Bias gradients are dqkv's column sums. */
void kg_attention_backward(float *dqkv, const float *dcontext, const kg_attention *attention);

/* ---- Segments: ragged rows; segment s is rows offsets[s]..offsets[s+1]-1 ---- */

/* x (rows) becomes its softmax within each of the n segments, in place; empty ones are fine. */
void kg_segment_softmax(float *x, const uint32_t *offsets, size_t n);

/* dp (rows) becomes the gradient before the softmax, in place, from its output p. */
void kg_segment_softmax_backward(float *dp, const float *p, const uint32_t *offsets, size_t n);

/* y (n, d) = the sum of each segment's rows of x, weighted by w (rows) or, with w NULL, plainly. */
void kg_segment_sum(float *y, const float *x, const float *w, const uint32_t *offsets, size_t n,
                    size_t d);

/* y[i] = x[rows[i]]: n rows of d elements. */
void kg_gather(float *y, const float *x, const uint32_t *rows, size_t n, size_t d);

/* ---- Losses ---- */

/* Add bias to logits (n, d), take the softmax's cross-entropy with labels and leave in place the
 * gradient times `scale`. losses (n) is set; correct (n) is 1 where the label's logit was the
 * greatest. */
void kg_cross_entropy(float *logits, float *losses, uint8_t *correct, const float *bias,
                      const uint32_t *labels, size_t rows, size_t d, float scale);

#endif
