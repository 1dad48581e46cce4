#include "kgstore/graph/push.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* The two numbers that every edge touches, side by side. A residual of exactly 0 means that the
 * node was not reached in this run; one that was pushed holds DBL_MIN, which adds nothing. */
typedef struct node {
    double residual, threshold;
} node;

struct kg_push {
    const kg_adjacency *graph;
    double damping;
    node *nodes;
    double *estimates;
    uint32_t *queue;   /* a ring of n + 1: nodes whose residual exceeds their threshold */
    uint32_t *touched; /* nodes reached in this run */
    uint32_t n_touched;
};

kg_status kg_push_new(kg_push **out, const kg_adjacency *graph, double damping, double epsilon) {
    kg_push *p = calloc(1, sizeof *p);
    *out = p;
    if (!p)
        return KG_ERR_MEMORY;
    p->graph = graph;
    p->damping = damping;
    p->nodes = calloc((size_t)graph->n + 1, sizeof *p->nodes);
    p->estimates = calloc((size_t)graph->n + 1, sizeof *p->estimates);
    p->queue = malloc(((size_t)graph->n + 1) * sizeof *p->queue);
    p->touched = malloc(((size_t)graph->n + 1) * sizeof *p->touched);
    if (!p->nodes || !p->estimates || !p->queue || !p->touched) {
        kg_push_free(p);
        *out = NULL;
        return KG_ERR_MEMORY;
    }
    for (uint32_t v = 0; v < graph->n; ++v) {
        uint64_t degree = graph->offsets[v + 1] - graph->offsets[v];
        p->nodes[v].threshold = degree ? epsilon * (double)degree : INFINITY;
    }
    return KG_OK;
}

void kg_push_free(kg_push *push) {
    if (!push)
        return;
    free(push->nodes);
    free(push->estimates);
    free(push->queue);
    free(push->touched);
    free(push);
}

static void forget(kg_push *p) {
    for (uint32_t i = 0; i < p->n_touched; ++i) {
        p->nodes[p->touched[i]].residual = 0;
        p->estimates[p->touched[i]] = 0;
    }
    p->n_touched = 0;
}

static double mass(const kg_push *p) {
    double sum = 0;
    for (uint32_t i = 0; i < p->n_touched; ++i) {
        uint32_t v = p->touched[i];
        double r = p->nodes[v].residual;
        /* A sink keeps its share; elsewhere the rest is counted as if it found no sink. */
        sum += p->estimates[v] + (p->nodes[v].threshold == INFINITY ? (1 - p->damping) * r : r);
    }
    return sum;
}

/* Let a node have more than 0; returns where the queue ends then. */
static inline uint32_t receive(kg_push *push, uint32_t w, double amount, uint32_t tail) {
    node *to = &push->nodes[w];
    double before = to->residual, after = before + amount;
    to->residual = after;
    if (before == 0)
        push->touched[push->n_touched++] = w;
    if (after > to->threshold && before <= to->threshold) {
        push->queue[tail] = w;
        tail = tail == push->graph->n ? 0 : tail + 1;
    }
    return tail;
}

/* Pass on what node v has left, r of it; returns where the queue ends then. */
static inline uint32_t pass_on(kg_push *push, uint32_t v, double r, uint32_t tail) {
    const kg_adjacency *graph = push->graph;
    uint64_t begin = graph->offsets[v], end = graph->offsets[v + 1];
    double all = push->damping * r, share = all / (double)(end - begin);
    if (!graph->shares) {
        for (uint64_t i = begin; i < end; ++i)
            tail = receive(push, graph->targets[i], share, tail);
        return tail;
    }
    for (uint64_t i = begin; i < end; ++i) {
        share = all * graph->shares[i];
        if (share > 0) /* it may be too small for a number */
            tail = receive(push, graph->targets[i], share, tail);
    }
    return tail;
}

double kg_push_run(kg_push *push, uint32_t m) {
    node *nodes = push->nodes;
    uint32_t head = 0, tail = 0, ring = push->graph->n + 1;
    forget(push);
    nodes[m].residual = 1;
    push->touched[push->n_touched++] = m;
    if (nodes[m].threshold < 1)
        push->queue[tail++] = m;
    while (head != tail) {
        uint32_t v = push->queue[head];
        double r = nodes[v].residual;
        head = head + 1 == ring ? 0 : head + 1;
        push->estimates[v] += (1 - push->damping) * r;
        nodes[v].residual = DBL_MIN;
        tail = pass_on(push, v, r, tail);
    }
    return mass(push);
}

double kg_push_value(const kg_push *push, uint32_t v) {
    return push->estimates[v] + (1 - push->damping) * push->nodes[v].residual;
}
