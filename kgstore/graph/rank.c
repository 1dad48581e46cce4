#include "kgstore/graph/walk.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/rewrite.h"

#include <stdlib.h>
#include <string.h>

/* What ranking holds while it works. */
typedef struct ranking {
    const kg_rank_options *options;
    kg_graph_input in;
    double *scores; /* E */
} ranking;

/* Called by kg_rewrite for the weights. */
static kg_status score(void *context, kg_error *err) {
    ranking *r = context;
    const kg_rank_options *o = r->options;
    const kg_rank_input input = kg_graph_rank_input(&r->in, o);
    kg_status st;
    KG_TRY(st, kg_graph_phase(o, "PageRank", err));
    KG_TRY(st, o->ranker->pagerank(r->scores, &input, err));
    if (!o->personalized || !r->in.weights) {
        free(r->in.edges);
        r->in.edges = NULL;
    }
    return kg_graph_phase(o, "writing", err);
}

static kg_rewrite_options rewrite_options(const ranking *r) {
    return (kg_rewrite_options){.triples_version = r->in.stats.triples_version,
                                .threads = r->options->threads,
                                .cancelled = r->options->cancelled,
                                .progress = r->options->progress,
                                .context = r->options->context};
}

/* ---- The personalised set -------------------------------------------------------------------- */

static kg_status fill_from_set(void *context, unsigned char *to, uint32_t *count, kg_id entity) {
    const unsigned char *edges;
    kg_pepr_set_get(&edges, count, context, entity);
    if (*count > 0)
        memcpy(to, edges, (size_t)*count * KG_PEPR_BYTES);
    return KG_OK;
}

static kg_status rank_personalized(kg_store *store, const ranking *r, kg_error *err) {
    const kg_rank_options *o = r->options;
    kg_walk w = {0};
    kg_pepr_set *set = NULL;
    kg_status st = kg_walk_build(&w, &r->in, r->scores, o->undirected, err);
    const kg_pepr_input input = {.graph = &w.graph,
                                 .node_of = w.node_of,
                                 .edges = r->in.lists,
                                 .deleted = (uint32_t)r->in.stats.deleted,
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
    kg_walk_free(&w);
    return st;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static kg_status rank(kg_store *store, ranking *r, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_graph_phase(r->options, "reading edges", err));
    KG_TRY(st, kg_graph_input_read(&r->in, r->options->edge_weight, err));
    r->scores = malloc((r->in.stats.entities + 1) * sizeof *r->scores);
    if (!r->scores)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory for %llu entities",
                            (unsigned long long)r->in.stats.entities);
    kg_rewrite_options options = rewrite_options(r);
    options.weigh = score;
    options.weigh_context = r;
    KG_TRY(st, kg_rewrite(store, r->scores, r->in.stats.entities, &options, err));
    if (!r->options->personalized)
        return KG_OK;
    st = rank_personalized(store, r, err);
    return st == KG_OK ? st
                       : kg_error_context(err, st,
                                          "the global weights are in force, but no personalized "
                                          "ones are");
}

kg_status kg_store_rank(kg_store *store, const kg_rank_options *options, kg_error *err) {
    kg_rank_options own;
    kg_module *module;
    ranking r = {.options = &own};
    kg_status st;
    KG_TRY(st, kg_graph_ranker_open(&own, &module, options, err));
    st = kg_snapshot_begin(&r.in.snapshot, store, err);
    if (st == KG_OK)
        st = kg_snapshot_fault(err, rank(store, &r, err), r.in.snapshot);
    kg_snapshot_end(r.in.snapshot);
    kg_graph_input_free(&r.in);
    free(r.scores);
    kg_module_close(module);
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
