#include "kgstore/graph/graph_input.h"

#include "kgstore/graph/edge_weights.h"

#include <stdlib.h>

static kg_status read_lists(kg_graph_input *r, kg_error *err) {
    uint64_t out = 0, in = 0;
    kg_status st;
    for (kg_id v = 0; v < r->stats.entities; ++v) {
        kg_edge_lists *list = &r->lists[v];
        st = kg_entity_edges(&list->out, &list->in, r->snapshot, v);
        if (st == KG_ERR_NOT_FOUND && r->reset) {
            *list = (kg_edge_lists){0};
            r->reset[v] = 0;
        } else if (st != KG_OK) {
            return st;
        }
        out += list->out.count;
        in += list->in.count;
    }
    if (out != r->stats.triples || in != r->stats.triples)
        return kg_error_set(
            err, KG_ERR_CORRUPT,
            "%llu edges leave and %llu enter where the store counts %llu triples; run "
            "kg check",
            (unsigned long long)out, (unsigned long long)in, (unsigned long long)r->stats.triples);
    return KG_OK;
}

/* igraph sorts edges by lists linked through arrays. In this order the links lead to neighbours in
 * memory, and it takes two thirds of the time that it takes in the order of weights. next (E + 1)
 * tells where the next edge into each entity goes. */
static kg_status place_edges(const kg_graph_input *r, uint64_t *next, kg_error *err) {
    kg_status st;
    kg_id n = (kg_id)r->stats.entities;
    next[0] = 0;
    for (kg_id v = 0; v < n; ++v)
        next[v + 1] = next[v] + r->lists[v].in.count;
    for (kg_id v = 0; v < n; ++v)
        for (uint32_t i = 0; i < r->lists[v].out.count; ++i) {
            kg_id to = kg_edge_entity(r->lists[v].out, i);
            if (to >= n || next[to] >= r->stats.triples)
                return kg_error_set(
                    err, KG_ERR_CORRUPT,
                    "the edges of entity %u and entity %u do not match; run kg check", v, to);
            if (r->weights)
                KG_TRY(st,
                       kg_edge_weight(&r->weights[next[to]], r->snapshot,
                                      (const kg_id[3]){v, kg_edge_relation(r->lists[v].out, i), to},
                                      r->weight_key, err));
            r->edges[2 * next[to]] = v;
            r->edges[2 * next[to]++ + 1] = to;
        }
    return KG_OK;
}

static kg_status read_edges(kg_graph_input *r, kg_error *err) {
    size_t n = (size_t)r->stats.entities + 1;
    r->lists = malloc(n * sizeof *r->lists);
    r->edges = calloc(r->stats.triples + 1, 2 * sizeof *r->edges);
    uint64_t *next = malloc(n * sizeof *next);
    kg_status st = KG_ERR_MEMORY;
    r->weights = r->weighted ? malloc((r->stats.triples + 1) * sizeof *r->weights) : NULL;
    r->reset = r->stats.deleted ? malloc(n * sizeof *r->reset) : NULL;
    for (size_t i = 0; r->reset && i < n; ++i)
        r->reset[i] = 1;
    if (r->lists && r->edges && next && (r->reset || !r->stats.deleted) &&
        (r->weights || !r->weighted)) {
        st = read_lists(r, err);
        if (st == KG_OK)
            st = place_edges(r, next, err);
    } else {
        kg_error_set(err, st, "out of memory for %llu edges", (unsigned long long)r->stats.triples);
    }
    free(next);
    return st;
}

/* The key of edges that is to weigh them. */
static kg_status find_key(kg_graph_input *r, kg_str name, kg_error *err) {
    r->weighted = name.len > 0;
    if (name.len == 0)
        return KG_OK;
    kg_status st = kg_name_find(&r->weight_key, r->snapshot, KG_KEY, name);
    return st == KG_ERR_NOT_FOUND ? kg_error_set(err, st, "no edge has a property %.*s",
                                                 (int)(name.len < 200 ? name.len : 200), name.data)
                                  : st;
}

kg_status kg_graph_input_read(kg_graph_input *in, kg_str edge_weight, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&in->stats, in->snapshot, err));
    KG_TRY(st, find_key(in, edge_weight, err));
    return read_edges(in, err);
}

kg_rank_input kg_graph_rank_input(const kg_graph_input *in, const kg_rank_options *options) {
    return (kg_rank_input){.n_entities = (uint32_t)in->stats.entities,
                           .n_edges = in->stats.triples,
                           .edges = in->edges,
                           .damping = options->damping,
                           .undirected = options->undirected,
                           .reset = in->reset,
                           .weights = in->weights};
}

void kg_graph_input_free(kg_graph_input *in) {
    free(in->lists);
    free(in->edges);
    free(in->weights);
    free(in->reset);
}

kg_status kg_graph_phase(const kg_rank_options *options, const char *name, kg_error *err) {
    if (options->cancelled && options->cancelled(options->context))
        return kg_error_set(err, KG_ERR_CANCELLED, "stopped; the store is as it was");
    if (options->progress)
        options->progress(options->context, name, 0, 0);
    return KG_OK;
}

kg_status kg_graph_ranker_open(kg_rank_options *own, kg_module **module,
                               const kg_rank_options *options, kg_error *err) {
    kg_status st = KG_OK;
    *own = *options;
    *module = NULL;
    if (!own->ranker) {
        KG_TRY(st, kg_module_open(module, "kg_rank_igraph.so", err));
        st = kg_module_symbol(&own->ranker, *module, "kg_ranker_igraph", err);
    }
    if (st == KG_OK && own->ranker->abi != KG_RANKER_ABI)
        st = kg_error_set(err, KG_ERR_VERSION, "the ranker speaks version %u, not %u",
                          own->ranker->abi, KG_RANKER_ABI);
    if (st != KG_OK) {
        kg_module_close(*module);
        *module = NULL;
    }
    return st;
}
