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

static const igraph_vector_t *view_weights(igraph_vector_t *view, const kg_rank_input *input) {
    return input->weights
               ? igraph_vector_view(view, input->weights, (igraph_integer_t)input->n_edges)
               : NULL;
}

static igraph_error_t run_prpack(double *scores, const igraph_t *graph,
                                 const kg_rank_input *input) {
    igraph_vector_t result, reset, given;
    const igraph_vector_t *weights = view_weights(&given, input);
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
                            "found damping %g; expected a number from 0 to below 1",
                            input->damping);
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

/* ---- Measures ------------------------------------------------------------------------------- */

static void copy_integers(double *out, const igraph_vector_int_t *from) {
    for (igraph_integer_t i = 0; i < igraph_vector_int_size(from); ++i)
        out[i] = (double)VECTOR(*from)[i];
}

static igraph_error_t components(igraph_vector_int_t *result, const igraph_t *graph) {
    return igraph_connected_components(graph, result, NULL, NULL, IGRAPH_WEAK);
}

static igraph_error_t cores(igraph_vector_int_t *result, const igraph_t *graph) {
    return igraph_coreness(graph, result, IGRAPH_ALL);
}

/* Modularity: a community is good by how many more edges it has than chance gives. */
static igraph_error_t leiden(igraph_vector_int_t *result, const igraph_t *graph,
                             const kg_rank_input *input) {
    enum { ROUNDS = 4, SEED = 1 };
    igraph_vector_t strengths, view;
    const igraph_vector_t *weights = view_weights(&view, input);
    igraph_error_t code = igraph_vector_init(&strengths, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = igraph_strength(graph, &strengths, igraph_vss_all(), IGRAPH_ALL, IGRAPH_LOOPS, weights);
    double sum = code == IGRAPH_SUCCESS ? igraph_vector_sum(&strengths) : 0;
    if (code == IGRAPH_SUCCESS)
        code = igraph_rng_seed(igraph_rng_default(), SEED);
    if (code == IGRAPH_SUCCESS)
        code = igraph_community_leiden(graph, weights, &strengths, sum > 0 ? 1 / sum : 0, 0.01,
                                       false, ROUNDS, result, NULL, NULL);
    igraph_vector_destroy(&strengths);
    return code;
}

typedef igraph_error_t (*integers_fn)(igraph_vector_int_t *result, const igraph_t *graph);

static igraph_error_t whole_numbers(double *out, const igraph_t *graph, const kg_rank_input *input,
                                    integers_fn compute) {
    igraph_vector_int_t result;
    igraph_error_t code = igraph_vector_int_init(&result, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = compute ? compute(&result, graph) : leiden(&result, graph, input);
    if (code == IGRAPH_SUCCESS)
        copy_integers(out, &result);
    igraph_vector_int_destroy(&result);
    return code;
}

/* From some entities only, drawn without replacement; scaled to what all would give. */
static igraph_error_t sampled(igraph_vector_t *result, const igraph_t *graph,
                              const kg_rank_input *input, uint32_t samples) {
    enum { SEED = 1 };
    igraph_vector_int_t sources;
    igraph_integer_t n = input->n_entities;
    igraph_error_t code = igraph_vector_int_init(&sources, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = igraph_rng_seed(igraph_rng_default(), SEED);
    if (code == IGRAPH_SUCCESS)
        code = igraph_random_sample(&sources, 0, n - 1, samples);
    if (code == IGRAPH_SUCCESS)
        code = igraph_betweenness_subset(graph, result, igraph_vss_all(), !input->undirected,
                                         igraph_vss_vector(&sources), igraph_vss_all(), NULL);
    if (code == IGRAPH_SUCCESS)
        igraph_vector_scale(result, (double)n / samples);
    igraph_vector_int_destroy(&sources);
    return code;
}

static igraph_error_t betweenness(double *out, const igraph_t *graph, const kg_rank_input *input,
                                  uint32_t samples) {
    igraph_vector_t result;
    igraph_error_t code = igraph_vector_init(&result, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = samples > 0 && samples < input->n_entities
               ? sampled(&result, graph, input, samples)
               : igraph_betweenness(graph, &result, igraph_vss_all(), !input->undirected, NULL);
    if (code == IGRAPH_SUCCESS)
        igraph_vector_copy_to(&result, out);
    igraph_vector_destroy(&result);
    return code;
}

static igraph_error_t hits(double *out, const igraph_t *graph, const kg_rank_input *input) {
    igraph_vector_t hubs, authorities, view;
    igraph_arpack_options_t options;
    igraph_error_t code = igraph_vector_init(&hubs, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = igraph_vector_init(&authorities, 0);
    if (code == IGRAPH_SUCCESS) {
        igraph_arpack_options_init(&options);
        code = igraph_hub_and_authority_scores(graph, &hubs, &authorities, NULL, true,
                                               view_weights(&view, input), &options);
        if (code == IGRAPH_SUCCESS) {
            igraph_vector_copy_to(&hubs, out);
            igraph_vector_copy_to(&authorities, out + input->n_entities);
        }
        igraph_vector_destroy(&authorities);
    }
    igraph_vector_destroy(&hubs);
    return code;
}

static igraph_error_t run_measure(double *out, const igraph_t *graph, const kg_rank_input *input,
                                  kg_measure measure, uint32_t samples) {
    switch (measure) {
    case KG_MEASURE_COMPONENTS:
        return whole_numbers(out, graph, input, components);
    case KG_MEASURE_LEIDEN:
        return whole_numbers(out, graph, input, NULL);
    case KG_MEASURE_BETWEENNESS:
        return betweenness(out, graph, input, samples);
    case KG_MEASURE_HITS:
        return hits(out, graph, input);
    case KG_MEASURE_CORE:
        break;
    }
    return whole_numbers(out, graph, input, cores);
}

static kg_status compute_measure(double *out, const kg_rank_input *input, kg_measure measure,
                                 uint32_t samples, kg_error *err) {
    kg_status st;
    igraph_t graph;
    kg_rank_input given = *input;
    given.undirected = input->undirected || measure == KG_MEASURE_LEIDEN;
    given.damping = 0;
    KG_TRY(st, check_input(&given, err));
    igraph_error_handler_t *before = igraph_set_error_handler(keep_reason);
    igraph_warning_handler_t *warned = igraph_set_warning_handler(igraph_warning_handler_ignore);
    igraph_error_t code = create_graph(&graph, &given);
    if (code == IGRAPH_SUCCESS) {
        code = run_measure(out, &graph, &given, measure, samples);
        igraph_destroy(&graph);
    }
    igraph_set_error_handler(before);
    igraph_set_warning_handler(warned);
    return status_of(code, err);
}

/* ---- PageRank ------------------------------------------------------------------------------- */

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
const kg_ranker kg_ranker_igraph = {KG_RANKER_ABI, "igraph " IGRAPH_VERSION, pagerank,
                                    compute_measure};
