#include "tests/kgstore/graph/power.h"

#include <stdlib.h>
#include <string.h>

static double weight(const kg_rank_input *in, uint64_t edge) {
    return in->weights ? in->weights[edge] : 1;
}

/* The definition, iterated until nothing moves: sinks restart by the reset vector. */
void kg_power_iteration(double *x, const kg_rank_input *in) {
    uint32_t n = in->n_entities;
    double *next = calloc(n, sizeof *next), *degree = calloc(n, sizeof *degree), total = 0;
    for (uint64_t i = 0; i < in->n_edges; ++i) {
        degree[in->edges[2 * i]] += weight(in, i);
        degree[in->edges[2 * i + 1]] += in->undirected ? weight(in, i) : 0;
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
            double flow = in->damping * weight(in, i);
            next[b] += flow > 0 ? flow * x[a] / degree[a] : 0;
            next[a] += flow > 0 && in->undirected ? flow * x[b] / degree[b] : 0;
        }
        memcpy(x, next, n * sizeof *x);
    }
    free(next);
    free(degree);
}
