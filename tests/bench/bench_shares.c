/* A backend whose operations are another's, each timed. */
#include "bench_shares.h"

#include "model/loss_neighbor.h"

#include "kgstore/base/clock.h"

#include <stdio.h>
#include <string.h>

typedef enum share {
    LINEAR,
    ATTENTION,
    NORM,
    GELU,
    EMBEDDING,
    CROSS_ENTROPY,
    SUMS,
    GRAPH,
    OPTIMIZER,
    SHARES
} share;

static const char *const names[SHARES] = {"linear",         "attention", "layer norm",
                                          "gelu",           "embedding", "cross-entropy",
                                          "sums and moves", "graph",     "optimizer"};
static double spent[SHARES];
static const kg_backend *timed; /* the operations themselves */

void bench_shares_begin(void) {
    memset(spent, 0, sizeof spent);
}

void bench_shares_print(int steps, double seconds) {
    double rest = seconds;
    for (int i = 0; i < SHARES; rest -= spent[i++])
        printf("{\"share\": \"%s\", \"of_step\": %.4f, \"ms\": %.3f}\n", names[i],
               spent[i] / seconds, 1e3 * spent[i] / steps);
    printf("{\"share\": \"other\", \"of_step\": %.4f, \"ms\": %.3f}\n", rest / seconds,
           1e3 * rest / steps);
}

/* TIMED(share, operation, (parameters), (arguments)) */
#define TIMED(which, operation, parameters, arguments)                                             \
    static void time_##operation parameters {                                                      \
        double since = kg_clock();                                                                 \
        timed->operation arguments;                                                                \
        spent[which] += kg_clock() - since;                                                        \
    }

TIMED(LINEAR, linear_forward, (float *y, const float *x, size_t n, const kg_linear *l),
      (y, x, n, l))
TIMED(LINEAR, linear_backward,
      (float *dx, float beta, const float *dy, const float *x, size_t n, const kg_linear *l),
      (dx, beta, dy, x, n, l))
TIMED(ATTENTION, attention_forward, (float *y, const kg_attention *a), (y, a))
TIMED(ATTENTION, attention_backward, (float *dx, const float *dy, const kg_attention *a),
      (dx, dy, a))
TIMED(NORM, norm_forward, (float *y, const kg_norm_site *s), (y, s))
TIMED(NORM, norm_backward,
      (float *dz, float *db, const float *dy, const kg_norm_site *s, float *partials),
      (dz, db, dy, s, partials))
TIMED(GELU, gelu_forward, (float *y, float *u, const float *b, size_t n, size_t d), (y, u, b, n, d))
TIMED(GELU, gelu_backward, (float *dy, float *u, float *db, size_t n, size_t d, float *partials),
      (dy, u, db, n, d, partials))
TIMED(EMBEDDING, embedding_forward, (float *y, const kg_embedding *e), (y, e))
TIMED(EMBEDDING, embedding_backward, (const float *dy, const kg_embedding *e), (dy, e))
TIMED(CROSS_ENTROPY, cross_entropy,
      (float *x, float *losses, uint8_t *right, const float *b, const uint32_t *labels, size_t n,
       size_t d, float scale),
      (x, losses, right, b, labels, n, d, scale))
TIMED(SUMS, column_sum, (float *sum, const float *x, size_t n, size_t d, size_t stride),
      (sum, x, n, d, stride))
TIMED(SUMS, gather, (float *y, const float *x, const uint32_t *rows, size_t n, size_t d),
      (y, x, rows, n, d))
TIMED(SUMS, scatter_add, (float *y, const float *x, const uint32_t *rows, size_t n, size_t d),
      (y, x, rows, n, d))
TIMED(SUMS, clear, (void *to, size_t n), (to, n))
TIMED(GRAPH, node_scores, (struct kg_infusion_pass * p), (p))
TIMED(GRAPH, node_backward, (struct kg_infusion_pass * p), (p))
TIMED(GRAPH, type_sums, (struct kg_infusion_pass * p), (p))
TIMED(GRAPH, gate_join, (struct kg_infusion_pass * p), (p))
TIMED(GRAPH, gate_product, (struct kg_infusion_pass * p), (p))
TIMED(GRAPH, gate_product_backward, (struct kg_infusion_pass * p), (p))
TIMED(GRAPH, gate_join_backward, (struct kg_infusion_pass * p), (p))
TIMED(GRAPH, pool_backward, (float *dtokens, struct kg_mention_pass *p), (dtokens, p))
TIMED(GRAPH, mention_losses,
      (kg_neighbor_sums * sums, kg_neighbor_pass *p, bool backward, const kg_neighbor_inputs *in),
      (sums, p, backward, in))
TIMED(OPTIMIZER, adamw, (const kg_adamw_range *range), (range))

static kg_loss_sum time_pair_losses(kg_neighbor_pass *p, bool backward,
                                    const kg_neighbor_inputs *in) {
    double since = kg_clock();
    kg_loss_sum sum = timed->pair_losses(p, backward, in);
    spent[GRAPH] += kg_clock() - since;
    return sum;
}

static double time_norm(const float *x, size_t n) {
    double since = kg_clock(), norm = timed->norm(x, n);
    spent[OPTIMIZER] += kg_clock() - since;
    return norm;
}

kg_backend bench_shares_of(const kg_backend *backend) {
    kg_backend b = *backend;
    timed = backend;
    b.linear_forward = time_linear_forward;
    b.linear_backward = time_linear_backward;
    b.attention_forward = time_attention_forward;
    b.attention_backward = time_attention_backward;
    b.norm_forward = time_norm_forward;
    b.norm_backward = time_norm_backward;
    b.gelu_forward = time_gelu_forward;
    b.gelu_backward = time_gelu_backward;
    b.embedding_forward = time_embedding_forward;
    b.embedding_backward = time_embedding_backward;
    b.cross_entropy = time_cross_entropy;
    b.column_sum = time_column_sum;
    b.gather = time_gather;
    b.scatter_add = time_scatter_add;
    b.clear = time_clear;
    b.node_scores = time_node_scores;
    b.node_backward = time_node_backward;
    b.type_sums = time_type_sums;
    b.gate_join = time_gate_join;
    b.gate_product = time_gate_product;
    b.gate_product_backward = time_gate_product_backward;
    b.gate_join_backward = time_gate_join_backward;
    b.pool_backward = time_pool_backward;
    b.mention_losses = time_mention_losses;
    b.pair_losses = time_pair_losses;
    b.adamw = time_adamw;
    b.norm = time_norm;
    return b;
}
