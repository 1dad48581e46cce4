#include "kgstore/graph/pepr.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/rewrite.h"

#include <stdlib.h>
#include <string.h>

/* What ranking holds while it works. */
typedef struct ranking {
    const kg_rank_options *options;
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_edge_lists *lists; /* E, borrowed from the snapshot */
    kg_id *edges;         /* (triples, 2), by the entity they leave */
    double *scores;       /* E */
} ranking;

static kg_status phase(const kg_rank_options *options, const char *name, kg_error *err) {
    if (options->cancelled && options->cancelled(options->context))
        return kg_error_set(err, KG_ERR_CANCELLED, "stopped; the store is as it was");
    if (options->progress)
        options->progress(options->context, name, 0, 0);
    return KG_OK;
}

static kg_status read_edges(ranking *r, kg_error *err) {
    uint32_t n = (uint32_t)r->stats.entities;
    uint64_t at = 0;
    kg_status st;
    r->lists = malloc(((size_t)n + 1) * sizeof *r->lists);
    r->edges = malloc((r->stats.triples + 1) * 2 * sizeof *r->edges);
    r->scores = malloc(((size_t)n + 1) * sizeof *r->scores);
    if (!r->lists || !r->edges || !r->scores)
        return kg_error_set(err, KG_ERR_MEMORY, "no memory for %llu edges",
                            (unsigned long long)r->stats.triples);
    for (kg_id v = 0; v < n; ++v) {
        kg_edge_lists *list = &r->lists[v];
        KG_TRY(st, kg_entity_edges(&list->out, &list->in, r->snapshot, v));
        if (list->out.count > r->stats.triples - at)
            return kg_error_set(err, KG_ERR_CORRUPT, "more edges than the store counts triples");
        for (uint32_t i = 0; i < list->out.count; ++i, ++at) {
            r->edges[2 * at] = v;
            r->edges[2 * at + 1] = kg_edge_entity(list->out, i);
        }
    }
    if (at != r->stats.triples)
        return kg_error_set(err, KG_ERR_CORRUPT, "fewer edges than the store counts triples");
    return KG_OK;
}

static kg_status score(const ranking *r, kg_error *err) {
    const kg_rank_options *o = r->options;
    const kg_rank_input input = {
        (uint32_t)r->stats.entities, r->stats.triples, r->edges, o->damping, o->undirected, NULL};
    if (o->ranker->abi != KG_RANKER_ABI)
        return kg_error_set(err, KG_ERR_VERSION, "the ranker speaks version %u, not %u",
                            o->ranker->abi, KG_RANKER_ABI);
    return o->ranker->pagerank(r->scores, &input, err);
}

static kg_rewrite_options rewrite_options(const ranking *r) {
    return (kg_rewrite_options){.triples_version = r->stats.triples_version,
                                .threads = r->options->threads,
                                .cancelled = r->options->cancelled,
                                .progress = r->options->progress,
                                .context = r->options->context};
}

/* ---- The personalised set -------------------------------------------------------------------- */

static kg_status build_adjacency(kg_adjacency *graph, const ranking *r) {
    bool undirected = r->options->undirected;
    uint64_t at = 0;
    graph->n = (uint32_t)r->stats.entities;
    graph->offsets = malloc(((size_t)graph->n + 1) * sizeof *graph->offsets);
    graph->targets = malloc((r->stats.triples * (undirected ? 2 : 1) + 1) * sizeof *graph->targets);
    if (!graph->offsets || !graph->targets)
        return KG_ERR_MEMORY;
    for (uint32_t v = 0; v < graph->n; ++v) {
        const kg_edge_lists *list = &r->lists[v];
        graph->offsets[v] = at;
        for (uint32_t i = 0; i < list->out.count; ++i)
            graph->targets[at++] = kg_edge_entity(list->out, i);
        for (uint32_t i = 0; undirected && i < list->in.count; ++i)
            graph->targets[at++] = kg_edge_entity(list->in, i);
    }
    graph->offsets[graph->n] = at;
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
    kg_adjacency graph = {0};
    kg_pepr_set *set = NULL;
    kg_status st = build_adjacency(&graph, r);
    const kg_pepr_input input = {.graph = &graph,
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
    free(graph.offsets);
    free(graph.targets);
    return st;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static kg_status rank(kg_store *store, ranking *r, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&r->stats, r->snapshot, err));
    KG_TRY(st, phase(r->options, "reading edges", err));
    KG_TRY(st, read_edges(r, err));
    KG_TRY(st, phase(r->options, "PageRank", err));
    KG_TRY(st, score(r, err));
    free(r->edges);
    r->edges = NULL;
    KG_TRY(st, phase(r->options, "writing", err));
    const kg_rewrite_options options = rewrite_options(r);
    KG_TRY(st, kg_rewrite(store, r->scores, r->stats.entities, &options, NULL, err));
    return r->options->personalized ? rank_personalized(store, r, err) : KG_OK;
}

kg_status kg_store_rank(kg_store *store, const kg_rank_options *options, kg_error *err) {
    ranking r = {.options = options};
    kg_status st;
    KG_TRY(st, kg_snapshot_begin(&r.snapshot, store, err));
    st = rank(store, &r, err);
    kg_snapshot_end(r.snapshot);
    free(r.lists);
    free(r.edges);
    free(r.scores);
    return st;
}
