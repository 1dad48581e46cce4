/* The bridge to igraph: a module of its own, so that only a program that ranks loads igraph. The
 * one place that includes igraph's header. */
#include "kgstore/kgstore.h"

#include <igraph/igraph.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* igraph reports through a handler without a context, so the reason of the running call waits here;
 * calls are made from one thread at a time. */
static char reason[256];

static void keep_reason(const char *text, const char *file, int line, igraph_error_t code) {
    (void)file, (void)line, (void)code;
    snprintf(reason, sizeof reason, "%s", text);
    IGRAPH_FINALLY_FREE();
}

static kg_status status_of(igraph_error_t code, kg_error *err) {
    switch (code) {
    case IGRAPH_SUCCESS:
        return KG_OK;
    case IGRAPH_ENOMEM:
        return kg_error_set(err, KG_ERR_MEMORY, "igraph ran out of memory");
    case IGRAPH_EINVAL:
    case IGRAPH_EINVVID:
        return kg_error_set(err, KG_ERR_ARGUMENT, "igraph: %s", reason);
    default:
        return kg_error_set(err, KG_ERR_NUMERIC, "igraph: %s", reason);
    }
}

/* Edges as igraph takes them. On success *graph is the caller's. */
static igraph_error_t create_graph(igraph_t *graph, const kg_rank_input *input) {
    igraph_vector_int_t edges;
    igraph_integer_t n = (igraph_integer_t)input->n_edges * 2;
    igraph_error_t code = igraph_vector_int_init(&edges, n);
    if (code != IGRAPH_SUCCESS)
        return code;
    for (igraph_integer_t i = 0; i < n; ++i)
        VECTOR(edges)[i] = input->edges[i];
    code = igraph_create(graph, &edges, input->n_entities, !input->undirected);
    igraph_vector_int_destroy(&edges);
    return code;
}

static igraph_error_t run_prpack(double *scores, const igraph_t *graph,
                                 const kg_rank_input *input) {
    igraph_vector_t result, reset, given;
    const igraph_vector_t *weights =
        input->weights
            ? igraph_vector_view(&given, input->weights, (igraph_integer_t)input->n_edges)
            : NULL;
    igraph_error_t code = igraph_vector_init(&result, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    if (input->reset)
        code = igraph_personalized_pagerank(
            graph, IGRAPH_PAGERANK_ALGO_PRPACK, &result, NULL, igraph_vss_all(), !input->undirected,
            input->damping, igraph_vector_view(&reset, input->reset, input->n_entities), weights,
            NULL);
    else
        code = igraph_pagerank(graph, IGRAPH_PAGERANK_ALGO_PRPACK, &result, NULL, igraph_vss_all(),
                               !input->undirected, input->damping, weights, NULL);
    if (code == IGRAPH_SUCCESS)
        igraph_vector_copy_to(&result, scores);
    igraph_vector_destroy(&result);
    return code;
}

/* PRPACK takes what it is given in silence, so its input is examined here. */
static kg_status check_input(const kg_rank_input *input, kg_error *err) {
    if (!(input->damping >= 0 && input->damping < 1))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "damping is %g; it must be at least 0 and below 1", input->damping);
    for (uint64_t i = 0; i < input->n_edges * 2; ++i)
        if (input->edges[i] >= input->n_entities)
            return kg_error_set(err, KG_ERR_ARGUMENT, "an edge of entity %u, of which there are %u",
                                input->edges[i], input->n_entities);
    for (uint64_t i = 0; input->weights && i < input->n_edges; ++i)
        if (!(input->weights[i] >= 0 && isfinite(input->weights[i])))
            return kg_error_set(err, KG_ERR_ARGUMENT, "the weight of edge %llu is %g",
                                (unsigned long long)i, input->weights[i]);
    for (uint32_t i = 0; input->reset && i < input->n_entities; ++i)
        if (!(input->reset[i] >= 0 && isfinite(input->reset[i])))
            return kg_error_set(err, KG_ERR_ARGUMENT, "the reset weight of entity %u is %g", i,
                                input->reset[i]);
    return KG_OK;
}

static kg_status pagerank(double *scores, const kg_rank_input *input, kg_error *err) {
    kg_status st;
    igraph_t graph;
    KG_TRY(st, check_input(input, err));
    igraph_error_handler_t *before = igraph_set_error_handler(keep_reason);
    igraph_warning_handler_t *warned = igraph_set_warning_handler(igraph_warning_handler_ignore);
    igraph_error_t code = create_graph(&graph, input);
    if (code == IGRAPH_SUCCESS) {
        code = run_prpack(scores, &graph, input);
        igraph_destroy(&graph);
    }
    igraph_set_error_handler(before);
    igraph_set_warning_handler(warned);
    KG_TRY(st, status_of(code, err));
    for (uint32_t i = 0; i < input->n_entities; ++i)
        if (!isfinite(scores[i]))
            return kg_error_set(err, KG_ERR_NUMERIC, "the PageRank of entity %u is not a number",
                                i);
    return KG_OK;
}

KG_API extern const kg_ranker kg_ranker_igraph;
const kg_ranker kg_ranker_igraph = {KG_RANKER_ABI, "igraph " IGRAPH_VERSION, pagerank};
