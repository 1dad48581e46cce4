#include "kgstore/graph/edge_weights.h"
#include "kgstore/graph/pepr.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/edgesort.h"
#include "kgstore/store/rewrite.h"

#include <stdlib.h>
#include <string.h>

/* What ranking holds while it works. */
typedef struct ranking {
    const kg_rank_options *options;
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_edge_lists *lists; /* E, borrowed from the snapshot */
    kg_id *edges;         /* (triples, 2), by the entity they enter, then the one they leave */
    double *scores;       /* E */
    double *weights;      /* of edges; NULL: all count the same */
    kg_id weight_key;
    double *reset; /* E: 0 for the deleted, else 1; NULL where none is */
} ranking;

static kg_status phase(const kg_rank_options *options, const char *name, kg_error *err) {
    if (options->cancelled && options->cancelled(options->context))
        return kg_error_set(err, KG_ERR_CANCELLED, "stopped; the store is as it was");
    if (options->progress)
        options->progress(options->context, name, 0, 0);
    return KG_OK;
}

static kg_status read_lists(ranking *r, kg_error *err) {
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
static kg_status place_edges(const ranking *r, uint64_t *next, kg_error *err) {
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

static kg_status read_edges(ranking *r, kg_error *err) {
    size_t n = (size_t)r->stats.entities + 1;
    r->lists = malloc(n * sizeof *r->lists);
    r->edges = calloc(r->stats.triples + 1, 2 * sizeof *r->edges);
    r->scores = malloc(n * sizeof *r->scores);
    uint64_t *next = malloc(n * sizeof *next);
    kg_status st = KG_ERR_MEMORY;
    bool weighted = r->options->edge_weight.len > 0;
    r->weights = weighted ? malloc((r->stats.triples + 1) * sizeof *r->weights) : NULL;
    r->reset = r->stats.deleted ? malloc(n * sizeof *r->reset) : NULL;
    for (size_t i = 0; r->reset && i < n; ++i)
        r->reset[i] = 1;
    if (r->lists && r->edges && r->scores && next && (r->reset || !r->stats.deleted) &&
        (r->weights || !weighted)) {
        st = read_lists(r, err);
        if (st == KG_OK)
            st = place_edges(r, next, err);
    } else {
        kg_error_set(err, st, "no memory for %llu edges", (unsigned long long)r->stats.triples);
    }
    free(next);
    return st;
}

/* Called by kg_rewrite for the weights. */
static kg_status score(void *context, kg_error *err) {
    ranking *r = context;
    const kg_rank_options *o = r->options;
    const kg_rank_input input = {(uint32_t)r->stats.entities,
                                 r->stats.triples,
                                 r->edges,
                                 o->damping,
                                 o->undirected,
                                 r->reset,
                                 r->weights};
    kg_status st;
    if (o->ranker->abi != KG_RANKER_ABI)
        return kg_error_set(err, KG_ERR_VERSION, "the ranker speaks version %u, not %u",
                            o->ranker->abi, KG_RANKER_ABI);
    KG_TRY(st, phase(o, "PageRank", err));
    KG_TRY(st, o->ranker->pagerank(r->scores, &input, err));
    free(r->edges);
    r->edges = NULL;
    return phase(o, "writing", err);
}

static kg_rewrite_options rewrite_options(const ranking *r) {
    return (kg_rewrite_options){.triples_version = r->stats.triples_version,
                                .threads = r->options->threads,
                                .cancelled = r->options->cancelled,
                                .progress = r->options->progress,
                                .context = r->options->context};
}

/* ---- The personalised set -------------------------------------------------------------------- */

/* The graph to push along. Its nodes are the entities by their weight, so that those that most
 * pushes touch lie together in the cache. */
typedef struct walk {
    kg_adjacency graph;
    uint32_t *node_of, *entity_of;
} walk;

static void free_walk(walk *w) {
    free(w->graph.offsets);
    free(w->graph.targets);
    free(w->node_of);
    free(w->entity_of);
}

/* Of the edges, only those out were looked at on the way to the global weights. */
static kg_status check_edges_in(const ranking *r, kg_error *err) {
    for (kg_id v = 0; v < r->stats.entities; ++v)
        for (uint32_t i = 0; i < r->lists[v].in.count; ++i)
            if (kg_edge_entity(r->lists[v].in, i) >= r->stats.entities)
                return kg_error_set(err, KG_ERR_CORRUPT,
                                    "an edge into entity %u leaves entity %u, which the store does "
                                    "not have; run kg check",
                                    v, kg_edge_entity(r->lists[v].in, i));
    return KG_OK;
}

static kg_status build_walk(walk *w, const ranking *r, kg_error *err) {
    bool undirected = r->options->undirected;
    uint32_t n = (uint32_t)r->stats.entities;
    kg_adjacency *graph = &w->graph;
    uint64_t at = 0;
    kg_status st;
    graph->n = n;
    graph->offsets = malloc(((size_t)n + 1) * sizeof *graph->offsets);
    graph->targets = malloc((r->stats.triples * (undirected ? 2 : 1) + 1) * sizeof *graph->targets);
    w->node_of = malloc(((size_t)n + 1) * sizeof *w->node_of);
    w->entity_of = malloc(((size_t)n + 1) * sizeof *w->entity_of);
    if (!graph->offsets || !graph->targets || !w->node_of || !w->entity_of ||
        kg_rank_entities(w->node_of, w->entity_of, r->scores, n, n) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "no memory for %llu edges",
                            (unsigned long long)r->stats.triples);
    KG_TRY(st, check_edges_in(r, err));
    for (uint32_t v = 0; v < n; ++v) {
        const kg_edge_lists *list = &r->lists[w->entity_of[v]];
        graph->offsets[v] = at;
        for (uint32_t i = 0; i < list->out.count; ++i)
            graph->targets[at++] = w->node_of[kg_edge_entity(list->out, i)];
        for (uint32_t i = 0; undirected && i < list->in.count; ++i)
            graph->targets[at++] = w->node_of[kg_edge_entity(list->in, i)];
    }
    graph->offsets[n] = at;
    return KG_OK;
}

static kg_status fill_from_set(void *context, unsigned char *to, uint32_t *count, kg_id entity) {
    const unsigned char *edges;
    kg_pepr_set_get(&edges, count, context, entity);
    if (*count > 0)
        memcpy(to, edges, (size_t)*count * KG_PEPR_BYTES);
    return KG_OK;
}

static kg_status rank_personalized(kg_store *store, const ranking *r, kg_error *err) {
    const kg_rank_options *o = r->options;
    walk w = {0};
    kg_pepr_set *set = NULL;
    kg_status st = build_walk(&w, r, err);
    const kg_pepr_input input = {.graph = &w.graph,
                                 .node_of = w.node_of,
                                 .edges = r->lists,
                                 .global = r->scores,
                                 .damping = o->damping,
                                 .epsilon = o->epsilon > 0 ? o->epsilon : KG_PEPR_EPSILON,
                                 .threads = o->threads,
                                 .cancelled = o->cancelled,
                                 .progress = o->progress,
                                 .context = o->context};
    if (st == KG_OK)
        st = kg_pepr_compute(&set, &input, err);
    const kg_rewrite_options options = rewrite_options(r);
    if (st == KG_OK)
        st = kg_pepr_write(store, fill_from_set, set, &options, err);
    kg_pepr_set_free(set);
    free_walk(&w);
    return st;
}

/* The key of edges that is to weigh them. */
static kg_status find_key(ranking *r, kg_error *err) {
    kg_str name = r->options->edge_weight;
    if (name.len == 0)
        return KG_OK;
    if (r->options->personalized)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "personalized weights let every edge count the same; ask for them or "
                            "for an edge weight, not both");
    kg_status st = kg_name_find(&r->weight_key, r->snapshot, KG_KEY, name);
    return st == KG_ERR_NOT_FOUND ? kg_error_set(err, st, "no edge has a property %.*s",
                                                 (int)(name.len < 200 ? name.len : 200), name.data)
                                  : st;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static kg_status rank(kg_store *store, ranking *r, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&r->stats, r->snapshot, err));
    KG_TRY(st, find_key(r, err));
    KG_TRY(st, phase(r->options, "reading edges", err));
    KG_TRY(st, read_edges(r, err));
    kg_rewrite_options options = rewrite_options(r);
    options.weigh = score;
    options.weigh_context = r;
    KG_TRY(st, kg_rewrite(store, r->scores, r->stats.entities, &options, err));
    if (!r->options->personalized)
        return KG_OK;
    st = rank_personalized(store, r, err);
    return st == KG_OK ? st
                       : kg_error_context(err, st,
                                          "the global weights are in force, but no personalized "
                                          "ones are");
}

kg_status kg_store_rank(kg_store *store, const kg_rank_options *options, kg_error *err) {
    ranking r = {.options = options};
    kg_status st;
    if (!options->ranker)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "no ranker was given; kg_ranker_igraph of the module "
                            "kg_rank_igraph.so is one");
    KG_TRY(st, kg_snapshot_begin(&r.snapshot, store, err));
    st = kg_snapshot_fault(err, rank(store, &r, err), r.snapshot);
    kg_snapshot_end(r.snapshot);
    free(r.lists);
    free(r.edges);
    free(r.scores);
    free(r.reset);
    free(r.weights);
    return st;
}

kg_status kg_store_weigh(kg_store *store, const double *weights, uint64_t count,
                         uint64_t triples_version, kg_error *err) {
    const kg_rewrite_options options = {.triples_version = triples_version};
    for (uint64_t i = 0; i < count; i++)
        if (!(weights[i] >= 0))
            return kg_error_set(err, KG_ERR_NUMERIC, "the weight of entity %llu is %g",
                                (unsigned long long)i, weights[i]);
    return kg_rewrite(store, weights, count, &options, err);
}
