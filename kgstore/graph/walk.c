#include "kgstore/graph/walk.h"

#include "kgstore/store/edgesort.h"

#include <stdlib.h>

void kg_walk_free(kg_walk *w) {
    free(w->graph.offsets);
    free(w->graph.targets);
    free(w->graph.shares);
    free(w->node_of);
    free(w->entity_of);
    *w = (kg_walk){0};
}

/* Of the edges, only those out were looked at on the way to the global weights. */
static kg_status check_edges_in(const kg_graph_input *in, kg_error *err) {
    for (kg_id v = 0; v < in->stats.entities; ++v)
        for (uint32_t i = 0; i < in->lists[v].in.count; ++i)
            if (kg_edge_entity(in->lists[v].in, i) >= in->stats.entities)
                return kg_error_set(err, KG_ERR_CORRUPT,
                                    "an edge into entity %u leaves entity %u, which the store does "
                                    "not have; run kg check",
                                    v, kg_edge_entity(in->lists[v].in, i));
    return KG_OK;
}

static void fill(kg_walk *w, const kg_graph_input *in, bool undirected) {
    kg_adjacency *graph = &w->graph;
    uint64_t at = 0;
    for (uint32_t v = 0; v < graph->n; ++v) {
        const kg_edge_lists *list = &in->lists[w->entity_of[v]];
        graph->offsets[v] = at;
        for (uint32_t i = 0; i < list->out.count; ++i)
            graph->targets[at++] = w->node_of[kg_edge_entity(list->out, i)];
        for (uint32_t i = 0; undirected && i < list->in.count; ++i)
            graph->targets[at++] = w->node_of[kg_edge_entity(list->in, i)];
    }
    graph->offsets[graph->n] = at;
}

/* ---- Weighted -------------------------------------------------------------------------------- */

/* Count the edges of each node that count something, into offsets[1 + node], then sum them up. */
static void count_weighted(kg_walk *w, const kg_graph_input *in, bool undirected) {
    kg_adjacency *graph = &w->graph;
    for (uint32_t v = 0; v <= graph->n; ++v)
        graph->offsets[v] = 0;
    for (uint64_t i = 0; i < in->stats.triples; ++i)
        if (in->weights[i] > 0) {
            graph->offsets[w->node_of[in->edges[2 * i]] + 1]++;
            graph->offsets[w->node_of[in->edges[2 * i + 1]] + 1] += undirected;
        }
    for (uint32_t v = 0; v < graph->n; ++v)
        graph->offsets[v + 1] += graph->offsets[v];
}

/* next (n): where the next edge of each node goes. */
static void place(kg_adjacency *graph, uint64_t *next, uint32_t from, uint32_t to, double weight) {
    graph->targets[next[from]] = to;
    graph->shares[next[from]++] = weight;
}

/* Weights become shares of what all edges of their node weigh. */
static void share_out(const kg_adjacency *graph) {
    for (uint32_t v = 0; v < graph->n; ++v) {
        double most = 0, sum = 0;
        for (uint64_t i = graph->offsets[v]; i < graph->offsets[v + 1]; ++i)
            most = graph->shares[i] > most ? graph->shares[i] : most;
        for (uint64_t i = graph->offsets[v]; i < graph->offsets[v + 1]; ++i)
            sum += graph->shares[i] / most; /* of huge weights the sum may not be finite */
        for (uint64_t i = graph->offsets[v]; i < graph->offsets[v + 1]; ++i)
            graph->shares[i] = graph->shares[i] / most / sum;
    }
}

static kg_status fill_weighted(kg_walk *w, const kg_graph_input *in, bool undirected) {
    kg_adjacency *graph = &w->graph;
    uint64_t *next = malloc(((size_t)graph->n + 1) * sizeof *next);
    graph->shares = malloc((in->stats.triples * (undirected ? 2 : 1) + 1) * sizeof *graph->shares);
    if (!next || !graph->shares) {
        free(next);
        return KG_ERR_MEMORY;
    }
    count_weighted(w, in, undirected);
    for (uint32_t v = 0; v < graph->n; ++v)
        next[v] = graph->offsets[v];
    for (uint64_t i = 0; i < in->stats.triples; ++i) {
        uint32_t from = w->node_of[in->edges[2 * i]], to = w->node_of[in->edges[2 * i + 1]];
        if (in->weights[i] > 0)
            place(graph, next, from, to, in->weights[i]);
        if (in->weights[i] > 0 && undirected)
            place(graph, next, to, from, in->weights[i]);
    }
    free(next);
    share_out(graph);
    return KG_OK;
}

kg_status kg_walk_build(kg_walk *w, const kg_graph_input *in, const double *global, bool undirected,
                        kg_error *err) {
    uint32_t n = (uint32_t)in->stats.entities;
    kg_adjacency *graph = &w->graph;
    kg_status st;
    graph->n = n;
    graph->offsets = malloc(((size_t)n + 1) * sizeof *graph->offsets);
    graph->targets =
        malloc((in->stats.triples * (undirected ? 2 : 1) + 1) * sizeof *graph->targets);
    w->node_of = malloc(((size_t)n + 1) * sizeof *w->node_of);
    w->entity_of = malloc(((size_t)n + 1) * sizeof *w->entity_of);
    st = graph->offsets && graph->targets && w->node_of && w->entity_of
             ? kg_rank_entities(w->node_of, w->entity_of, global, n, n)
             : KG_ERR_MEMORY;
    if (st == KG_OK)
        KG_TRY(st, check_edges_in(in, err));
    if (st == KG_OK && in->weights)
        st = fill_weighted(w, in, undirected);
    else if (st == KG_OK)
        fill(w, in, undirected);
    return st == KG_OK ? st
                       : kg_error_set(err, st, "out of memory for %llu edges",
                                      (unsigned long long)in->stats.triples);
}
