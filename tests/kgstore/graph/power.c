#include "tests/kgstore/graph/power.h"

#include <stdlib.h>
#include <string.h>

/* The definition, iterated until nothing moves: sinks restart by the reset vector. */
void kg_power_iteration(double *x, const kg_rank_input *in) {
    uint32_t n = in->n_entities;
    double *next = calloc(n, sizeof *next), *degree = calloc(n, sizeof *degree), total = 0;
    for (uint64_t i = 0; i < in->n_edges; ++i) {
        degree[in->edges[2 * i]] += 1;
        degree[in->edges[2 * i + 1]] += in->undirected;
    }
    for (uint32_t v = 0; v < n; ++v) {
        x[v] = 1.0 / n;
        total += in->reset ? in->reset[v] : 1;
    }
    for (int round = 0; round < 400; ++round) {
        double sinks = 0;
        for (uint32_t v = 0; v < n; ++v)
            sinks += degree[v] > 0 ? 0 : x[v];
        for (uint32_t v = 0; v < n; ++v)
            next[v] =
                (1 - in->damping + in->damping * sinks) * (in->reset ? in->reset[v] : 1) / total;
        for (uint64_t i = 0; i < in->n_edges; ++i) {
            kg_id a = in->edges[2 * i], b = in->edges[2 * i + 1];
            next[b] += in->damping * x[a] / degree[a];
            if (in->undirected)
                next[a] += in->damping * x[b] / degree[b];
        }
        memcpy(x, next, n * sizeof *x);
    }
    free(next);
    free(degree);
}
