/* A backend whose operations are another's, each timed. */
#include "bench_shares.h"

#include "tests/support/wrapped_backend.h"

#include "kgstore/base/clock.h"

#include <stdio.h>
#include <string.h>

typedef enum share {
    GRAPH, /* what share_of does not name */
    LINEAR,
    ATTENTION,
    NORM,
    ACTIVATION,
    EMBEDDING,
    CROSS_ENTROPY,
    SUMS,
    OPTIMIZER,
    SHARES
} share;

static const char *const names[SHARES] = {"graph",         "linear",         "attention",
                                          "layer norm",    "activation",     "embedding",
                                          "cross-entropy", "sums and moves", "optimizer"};
static double spent[SHARES];

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

/* Which share an operation belongs to. */
static const share share_of[WRAPPED_OPERATIONS] = {
    [WRAPPED_linear_forward] = LINEAR,
    [WRAPPED_linear_backward] = LINEAR,
    [WRAPPED_attention_forward] = ATTENTION,
    [WRAPPED_attention_backward] = ATTENTION,
    [WRAPPED_norm_forward] = NORM,
    [WRAPPED_norm_backward] = NORM,
    [WRAPPED_activation_forward] = ACTIVATION,
    [WRAPPED_activation_backward] = ACTIVATION,
    [WRAPPED_embedding_forward] = EMBEDDING,
    [WRAPPED_embedding_backward] = EMBEDDING,
    [WRAPPED_cross_entropy] = CROSS_ENTROPY,
    [WRAPPED_column_sum] = SUMS,
    [WRAPPED_gather] = SUMS,
    [WRAPPED_scatter] = SUMS,
    [WRAPPED_scatter_add] = SUMS,
    [WRAPPED_clear] = SUMS,
    [WRAPPED_copy] = SUMS,
    [WRAPPED_norm] = OPTIMIZER,
    [WRAPPED_adamw] = OPTIMIZER,
};

static double since;

static void before(wrapped_operation which) {
    (void)which;
    since = kg_clock();
}

static void after(wrapped_operation which) {
    spent[share_of[which]] += kg_clock() - since;
}

kg_backend bench_shares_of(const kg_backend *backend) {
    return wrapped_backend(backend, &(wrapped_hooks){before, after});
}
