/* A backend: the table of operations, which is everything that the model computes, and the memory
 * in which it computes. A table is a value: the processor's is kg_cpu (ops_cpu.h), each operation's
 * forward beside its backward in one of ops_*.c; another backend is another table.
 *
 * Memory is of two kinds. A backend's *own* holds what it computes: parameters, gradients, moments,
 * activations. What stands above the table holds addresses of own memory and adds to them, but
 * never reads or writes there: it calls operations, has scalars returned, and maps what it must see
 * (checkpoints, outputs). *Shared* memory is read and written by the host and read by operations:
 * the indices of a batch, filled in before the first operation of a pass. Arrays that operations
 * take are own, floats above all, unless a comment says shared; structs that hold their addresses
 * are the host's. Operations are done in the order of their calls; one that returns a number, and
 * map, return when all before them are done.
 *
 * Arrays are dense and row-major: `rows` of what the comment says. Outputs and inputs do not
 * overlap except where a comment says "in place". Backward functions *add* into gradients of
 * parameters (dw, db, dgain, ...) and *set* gradients of activations, unless told otherwise.
 * Results do not depend on the number of threads (but for the rounding of OpenBLAS's products, on
 * processors that have no others): reductions over rows are summed by blocks of KG_BLOCK_ROWS rows
 * and then over blocks, in order.
 *
 * Letters: n rows, d columns; B sequences, N tokens, H heads. */
#ifndef KG_MODEL_OPS_H
#define KG_MODEL_OPS_H

#include "model/activation.h"
#include "model/graph_tables.h"
#include "model/params.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- What operations take -------------------------------------------------------------------- */

/* A linear map: y = x Wt + b, W stored (out, in). */
typedef struct kg_linear {
    const float *weight, *bias; /* bias NULL: none */
    float *dweight, *dbias;
    size_t in, out;
} kg_linear;

/* View of a declared weight (out, in) and bias (KG_NO_PARAM: none). */
kg_linear kg_linear_of(const kg_params *params, kg_param_id weight, kg_param_id bias);

#define KG_BLOCK_ROWS 64

/* Elements of scratch that a row reduction over `rows` rows into `width` sums needs. */
static inline size_t kg_partial_size(size_t rows, size_t width) {
    return (rows + KG_BLOCK_ROWS - 1) / KG_BLOCK_ROWS * width;
}

/* Element i of row r is dropped by bits of the counter-based stream keys[r] at (site, i): it
 * depends on nothing else. With threshold 0 nothing is dropped and keys is not read. */
typedef struct kg_dropout {
    const uint64_t
        *keys;          /* shared, one a row: kg_rng_stream(seed, epoch, document, position).key */
    uint64_t site;      /* which of the model's places, below 2^32 */
    uint32_t threshold; /* dropped with probability threshold / 65536 */
    float scale;        /* 65536 / (65536 - threshold) */
} kg_dropout;

/* p is rounded to a multiple of 2^-16. */
kg_dropout kg_dropout_of(const uint64_t *keys, uint64_t site, double p);

typedef struct kg_norm {
    const float *gain, *bias; /* (d) */
    float *dgain, *dbias;
    size_t size; /* d */
    float epsilon;
} kg_norm;

kg_norm kg_norm_of(const kg_params *params, kg_param_id gain, kg_param_id bias, float epsilon);

/* One place where a norm stands, alone or closing a residual branch. z (n, d) holds the branch
 * before the call and the sum that is normalized after it: z = dropout(z + branch_bias) + residual,
 * in place. */
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

/* The sum of the three embeddings of a token, and an optional one more. */
typedef struct kg_embedding {
    const float *word, *position, *segment; /* (V, d), (positions, d), (segments, d) */
    float *dword, *dposition, *dsegment;
    size_t d;
    size_t tokens;
    const uint32_t *ids, *positions; /* N, shared */
    const uint8_t *segments;         /* N, shared */
    const float *extra;              /* (N, d) or NULL */
} kg_embedding;

/* Self-attention over packed sequences. */
typedef struct kg_attention {
    size_t sequences, tokens, heads, d; /* d = heads x head size */
    const uint32_t *offsets;            /* B + 1, shared: first token of each sequence */
    uint32_t longest;                   /* tokens of the longest sequence */
    float *qkv;                         /* (N, 3d): query, key, value before their bias */
    const float *bias;                  /* (3d) */
    float *log_sums;    /* (N, H): log of the softmax's denominator, kept for backward */
    kg_dropout dropout; /* of the probabilities; its site leaves room for H heads */
    float *scratch;     /* attention_scratch elements */
} kg_attention;

/* Sums over what a loss covers; the count is that of the whole optimizer step, given. */
typedef struct kg_loss_sum {
    double sum;
    uint64_t correct; /* predictions that were right */
} kg_loss_sum;

/* The losses of tagged sequences: tokens of all S sequences back to back, L tags. */
typedef struct kg_tag_losses {
    const float *logits;      /* (T, L) */
    float *dlogits;           /* (T, L): becomes the gradient; NULL: losses alone */
    const uint16_t *gold;     /* T */
    const uint32_t *ends;     /* S: of each sequence, in tokens */
    const float *transitions; /* (L + 2, L): a CRF (crf.h); NULL: a softmax a token */
    float *dtransitions;      /* the gradient is added */
    double *scratch;          /* of the CRF: kg_crf_workspace of the longest sequence */
    size_t sequences, tags;
    float scale; /* of the gradients */
    /* Of the softmax alone. */
    const float *weights; /* L, shared: what a token's loss counts, by its gold; NULL: 1 */
    float smoothing;      /* share of the gold's probability that all tags have alike */
} kg_tag_losses;

/* The losses of groups of items that compete, each by one score: the candidates of queries, all
 * back to back. */
typedef struct kg_group_losses {
    const float *scores;   /* T */
    float *dscores;        /* T: becomes the gradient; NULL: losses alone */
    const uint16_t *right; /* T, shared: 1 of those that should win */
    const uint32_t *ends;  /* S, shared: of each group, in items */
    size_t groups;         /* S */
    float margin;          /* 0: softmax */
    float scale;           /* of the gradients */
} kg_group_losses;

/* One step of AdamW (adamw.h) over a range of a block of parameters. */
typedef struct kg_adamw_range {
    float *values, *gradients, *first, *second;
    size_t count;
    float beta1, beta2, clip, rate, correction2, epsilon, keep;
} kg_adamw_range;

struct kg_infusion_pass;
struct kg_mention_pass;
struct kg_neighbor_pass;
struct kg_neighbor_inputs;
struct kg_neighbor_sums;

/* ---- The table ------------------------------------------------------------------------------- */

struct kg_backend {
    const char *name;

    /* -- Memory -- */

    /* n bytes aligned to 64, not cleared; NULL when out of memory. Released with the same
     * `shared`; releasing NULL is safe. */
    void *(*allocate)(size_t n, bool shared);
    void (*release)(void *block, bool shared);

    /* The host's view of n bytes of own memory, which operations leave alone until it is given
     * back: that memory itself, or a copy, NULL when out of memory. Where the view was changed,
     * so is the memory. Giving back NULL does nothing. */
    void *(*map)(void *memory, size_t n);
    void (*unmap)(void *memory, void *view, size_t n, bool changed);

    /* -- Linear maps -- */

    /* y (rows, out) = x Wt, without the bias: what follows adds it. */
    void (*linear_forward)(float *y, const float *x, size_t rows, const kg_linear *linear);

    /* dW += dyt x, and dx (rows, in) = dy W + beta dx; x or dx NULL: that half is not wanted. */
    void (*linear_backward)(float *dx, float beta, const float *dy, const float *x, size_t rows,
                            const kg_linear *linear);

    /* sum (d) += the sum of the rows of x (rows, d), whose rows begin `stride` elements apart. */
    void (*column_sum)(float *sum, const float *x, size_t rows, size_t d, size_t stride);

    /* y (rows, d) += bias (d) in every row. */
    void (*add_bias)(float *y, const float *bias, size_t rows, size_t d);

    /* -- Dropout, norms, activations -- */

    /* y (n, d) = dropout(y), in place; likewise backward. */
    void (*dropout_rows)(float *y, size_t rows, size_t d, const kg_dropout *dropout);

    /* y (n, d) = gain (z - mean) / deviation + bias. */
    void (*norm_forward)(float *y, const kg_norm_site *site);

    /* dz (n, d): gradient of z, hence of the residual, may be dy itself; dbranch (n, d): of the
     * branch before its bias, where dropout stands (NULL where none does: it is dz then). partials:
     * kg_partial_size(rows, 3 d). */
    void (*norm_backward)(float *dz, float *dbranch, const float *dy, const kg_norm_site *site,
                          float *partials);

    /* u (n, d), what linear_forward gave of this map, += its bias (which may be NULL) in place;
     * y (n, d) = the activation of u. */
    void (*activation_forward)(float *y, float *u, size_t rows, const kg_linear *linear,
                               kg_activation kind);

    /* dy (n, d) becomes du in place; the bias's gradient (which may be NULL) += its column sums;
     * u becomes what the forward gave. partials: kg_partial_size(rows, d). */
    void (*activation_backward)(float *dy, float *u, size_t rows, const kg_linear *linear,
                                kg_activation kind, float *partials);

    /* y (n, d) = tanh(y + bias) in place; bias may be NULL. */
    void (*tanh_forward)(float *y, const float *bias, size_t rows, size_t d);

    /* dy becomes the gradient before tanh, in place, from tanh's output y. */
    void (*tanh_backward)(float *dy, const float *y, size_t n);

    /* -- The encoder's ends and attention -- */

    void (*embedding_forward)(float *sum, const kg_embedding *embedding);
    void (*embedding_backward)(const float *dsum, const kg_embedding *embedding);

    /* Elements of scratch that attention over such sequences needs. */
    size_t (*attention_scratch)(uint32_t longest, size_t head_size);

    /* context (N, d). */
    void (*attention_forward)(float *context, const kg_attention *attention);

    /* dqkv (N, 3d); the probabilities are computed again. Bias gradients are dqkv's column sums. */
    void (*attention_backward)(float *dqkv, const float *dcontext, const kg_attention *attention);

    /* -- Segments: ragged rows; segment s is rows offsets[s]..offsets[s+1]-1; offsets is shared --
     */

    /* x (rows) becomes its softmax within each of the n segments, in place; empty ones are fine. */
    void (*segment_softmax)(float *x, const uint32_t *offsets, size_t n);

    /* dp (rows) becomes the gradient before the softmax, in place, from its output p. */
    void (*segment_softmax_backward)(float *dp, const float *p, const uint32_t *offsets, size_t n);

    /* y (n, d) = the sum of each segment's rows of x, weighted by w (rows) or, with w NULL,
     * plainly. */
    void (*segment_sum)(float *y, const float *x, const float *w, const uint32_t *offsets, size_t n,
                        size_t d);

    /* Every row of y in segment s += row s of x (n, d). */
    void (*segment_spread)(float *y, const float *x, const uint32_t *offsets, size_t n, size_t d);

    /* -- Rows: the arrays of numbers of rows are shared -- */

    /* y[i] = x[rows[i]]: n rows of d elements. */
    void (*gather)(float *y, const float *x, const uint32_t *rows, size_t n, size_t d);

    /* y (n, columns): the same from a table of the graph. */
    void (*gather_table)(float *y, const kg_rows *table, const uint32_t *rows, size_t n);

    /* y[rows[i]] = x[i], or += x[i]; the rows are distinct. */
    void (*scatter)(float *y, const float *x, const uint32_t *rows, size_t n, size_t d);
    void (*scatter_add)(float *y, const float *x, const uint32_t *rows, size_t n, size_t d);

    /* y[to[i]] += x[from[i]], in order; rows may repeat. */
    void (*add_rows)(float *y, const float *x, const uint32_t *to, const uint32_t *from, size_t n,
                     size_t d);

    /* y (n, 2 d) = each row of a followed by that of b; and the two again from y. */
    void (*join)(float *y, const float *a, const float *b, size_t n, size_t d);
    void (*split)(float *a, float *b, const float *y, size_t n, size_t d);

    /* -- Mentions (mention.h) and hybrid attention (infusion.h) -- */

    /* From dpooled: dalpha, and dtokens (n, d1) += alpha dpooled. */
    void (*pool_backward)(float *dtokens, struct kg_mention_pass *pass);

    /* h_t of (3) from the neighbors' rows. */
    void (*type_sums)(struct kg_infusion_pass *pass);

    /* (4) and the bias of (6): node_v += bias, dot, and the logits of (5) in node_weight. */
    void (*node_scores)(struct kg_infusion_pass *pass);

    /* From dattended: dweight, dscore, dvalue, dquery and dkey. */
    void (*node_backward)(struct kg_infusion_pass *pass);

    /* drows and dsums are added to the gradient of the entities' table. */
    void (*table_backward)(struct kg_infusion_pass *pass, const kg_rows *entities);

    /* gate_in = [x_i ; f~] of (10), and output_in = [x_i ; u_i * f~] of (11). */
    void (*gate_join)(struct kg_infusion_pass *pass);
    void (*gate_product)(struct kg_infusion_pass *pass);

    /* From dwide, the gradient of output_in: dgate, and dexpanded; dtokens is added to. */
    void (*gate_product_backward)(struct kg_infusion_pass *pass);

    /* From dwide, the gradient of gate_in: dtokens and dexpanded are added to. */
    void (*gate_join_backward)(struct kg_infusion_pass *pass);

    /* -- Losses -- */

    /* Add bias to logits (n, d), take the softmax's cross-entropy with labels and leave in place
     * the gradient times `scale`. labels (n) is shared, losses (n) is set; correct (n) is 1 where
     * the label's logit was the greatest. */
    void (*cross_entropy)(float *logits, float *losses, uint8_t *correct, const float *bias,
                          const uint32_t *labels, size_t rows, size_t d, float scale);

    /* Both summed, in order. */
    kg_loss_sum (*loss_sum)(const float *losses, const uint8_t *correct, size_t n);

    /* METHOD 5 (15), (18), (19): from pass->mention.out; where backward, pass->dout is added to,
     * and the gradients of tables that have one. */
    kg_loss_sum (*pair_losses)(struct kg_neighbor_pass *pass, bool backward,
                               const struct kg_neighbor_inputs *in);

    /* (20), (21): from pass->target.out; sets all of *sums but pairs, adds to in->target_sums (of
     * the host) and, where backward, to pass->dout. */
    void (*mention_losses)(struct kg_neighbor_sums *sums, struct kg_neighbor_pass *pass,
                           bool backward, const struct kg_neighbor_inputs *in);

    /* The sum of the losses of all sequences. */
    double (*tag_losses)(const kg_tag_losses *losses);

    /* The sum of the losses of all groups. A softmax: -log of the share that those that are right
     * have of the sum of exp(score). With a margin: the mean, over the pairs of a right item r and
     * a wrong one w, of max(0, margin - score r + score w). A group without either loses nothing.
     */
    double (*group_losses)(const kg_group_losses *losses);

    /* -- Whole blocks -- */

    /* The norm of x (n), in double precision. */
    double (*norm)(const float *x, size_t n);

    /* The first of x (n) that is not finite, or n. */
    size_t (*first_bad)(const float *x, size_t n);

    void (*adamw)(const kg_adamw_range *range);

    /* y (n) += share (x - y). */
    void (*blend)(float *y, const float *x, float share, size_t n);

    /* n bytes become zero; or those of another place in the backend's memory. */
    void (*clear)(void *to, size_t n);
    void (*copy)(void *to, const void *from, size_t n);
};

/* The name of each operation: X(name). */
#define KG_OPERATIONS(X)                                                                           \
    X(linear_forward)                                                                              \
    X(linear_backward)                                                                             \
    X(column_sum)                                                                                  \
    X(add_bias)                                                                                    \
    X(dropout_rows)                                                                                \
    X(norm_forward)                                                                                \
    X(norm_backward)                                                                               \
    X(activation_forward)                                                                          \
    X(activation_backward)                                                                         \
    X(tanh_forward)                                                                                \
    X(tanh_backward)                                                                               \
    X(embedding_forward)                                                                           \
    X(embedding_backward)                                                                          \
    X(attention_scratch)                                                                           \
    X(attention_forward)                                                                           \
    X(attention_backward)                                                                          \
    X(segment_softmax)                                                                             \
    X(segment_softmax_backward)                                                                    \
    X(segment_sum)                                                                                 \
    X(segment_spread)                                                                              \
    X(gather)                                                                                      \
    X(gather_table)                                                                                \
    X(scatter)                                                                                     \
    X(scatter_add)                                                                                 \
    X(add_rows)                                                                                    \
    X(join)                                                                                        \
    X(split)                                                                                       \
    X(pool_backward)                                                                               \
    X(type_sums)                                                                                   \
    X(node_scores)                                                                                 \
    X(node_backward)                                                                               \
    X(table_backward)                                                                              \
    X(gate_join)                                                                                   \
    X(gate_product)                                                                                \
    X(gate_product_backward)                                                                       \
    X(gate_join_backward)                                                                          \
    X(cross_entropy)                                                                               \
    X(loss_sum)                                                                                    \
    X(pair_losses)                                                                                 \
    X(mention_losses)                                                                              \
    X(tag_losses)                                                                                  \
    X(group_losses)                                                                                \
    X(norm)                                                                                        \
    X(first_bad)                                                                                   \
    X(adamw)                                                                                       \
    X(blend)                                                                                       \
    X(clear)                                                                                       \
    X(copy)

#endif
