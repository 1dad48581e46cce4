#include "bench_shares.h"

#include "bench_tool.h"

#include "model/adamw.h"
#include "model/infusion.h"
#include "model/loss_neighbor.h"
#include "model/ops.h"

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
static int depth; /* an operation called by another belongs to that one */

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

static double enter(void) {
    return depth++ == 0 ? kg_clock() : 0;
}

static void leave(share which, double since) {
    if (--depth == 0)
        spent[which] += kg_clock() - since;
}

/* WRAP(share, function, (parameters), (arguments)) */
#define WRAP(which, function, parameters, arguments)                                               \
    void __real_##function parameters;                                                             \
    void __wrap_##function parameters;                                                             \
    void __wrap_##function parameters {                                                            \
        double since = enter();                                                                    \
        __real_##function arguments;                                                               \
        leave(which, since);                                                                       \
    }

WRAP(LINEAR, kg_linear_forward, (float *y, const float *x, size_t n, const kg_linear *l),
     (y, x, n, l))
WRAP(LINEAR, kg_linear_backward,
     (float *dx, float beta, const float *dy, const float *x, size_t n, const kg_linear *l),
     (dx, beta, dy, x, n, l))
WRAP(ATTENTION, kg_attention_forward, (float *y, const kg_attention *a), (y, a))
WRAP(ATTENTION, kg_attention_backward, (float *dx, const float *dy, const kg_attention *a),
     (dx, dy, a))
WRAP(NORM, kg_norm_forward, (float *y, const kg_norm_site *s), (y, s))
WRAP(NORM, kg_norm_backward,
     (float *dz, float *db, const float *dy, const kg_norm_site *s, float *partials),
     (dz, db, dy, s, partials))
WRAP(GELU, kg_gelu_forward, (float *y, float *u, const float *b, size_t n, size_t d),
     (y, u, b, n, d))
WRAP(GELU, kg_gelu_backward, (float *dy, float *u, float *db, size_t n, size_t d, float *partials),
     (dy, u, db, n, d, partials))
WRAP(EMBEDDING, kg_embedding_forward, (float *y, const kg_embedding *e), (y, e))
WRAP(EMBEDDING, kg_embedding_backward, (const float *dy, const kg_embedding *e), (dy, e))
WRAP(CROSS_ENTROPY, kg_cross_entropy,
     (float *x, float *losses, uint8_t *right, const float *b, const uint32_t *labels, size_t n,
      size_t d, float scale),
     (x, losses, right, b, labels, n, d, scale))
WRAP(SUMS, kg_column_sum, (float *sum, const float *x, size_t n, size_t d, size_t stride),
     (sum, x, n, d, stride))
WRAP(SUMS, kg_gather, (float *y, const float *x, const uint32_t *rows, size_t n, size_t d),
     (y, x, rows, n, d))
WRAP(GRAPH, kg_infusion_forward, (float *y, kg_infusion_pass *p, const kg_rows *entities),
     (y, p, entities))
WRAP(GRAPH, kg_infusion_backward, (float *dy, kg_infusion_pass *p, const kg_rows *entities),
     (dy, p, entities))
WRAP(OPTIMIZER, kg_adamw_step, (kg_params * p, const kg_adamw *options, uint64_t step, double norm),
     (p, options, step, norm))

kg_neighbor_sums __real_kg_neighbor_run(kg_neighbor_pass *p, float *dy,
                                        const kg_neighbor_inputs *in);
kg_neighbor_sums __wrap_kg_neighbor_run(kg_neighbor_pass *p, float *dy,
                                        const kg_neighbor_inputs *in);
kg_neighbor_sums __wrap_kg_neighbor_run(kg_neighbor_pass *p, float *dy,
                                        const kg_neighbor_inputs *in) {
    double since = enter();
    kg_neighbor_sums sums = __real_kg_neighbor_run(p, dy, in);
    leave(GRAPH, since);
    return sums;
}

double __real_kg_gradient_norm(const kg_params *params);
double __wrap_kg_gradient_norm(const kg_params *params);
double __wrap_kg_gradient_norm(const kg_params *params) {
    double since = enter(), norm = __real_kg_gradient_norm(params);
    leave(OPTIMIZER, since);
    return norm;
}
