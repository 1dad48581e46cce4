#include "tests/kgstore/graph/igraph_peer.h"

#include <igraph/igraph.h>

#include <stdlib.h>

struct igraph_peer {
    igraph_t graph;
    double damping;
    bool directed;
};

igraph_peer *igraph_peer_new(const kg_rank_input *input) {
    igraph_peer *peer = malloc(sizeof *peer);
    igraph_vector_int_t edges;
    if (!peer)
        abort();
    igraph_vector_int_init(&edges, (igraph_integer_t)(2 * input->n_edges));
    for (uint64_t i = 0; i < 2 * input->n_edges; ++i)
        VECTOR(edges)[i] = input->edges[i];
    peer->damping = input->damping;
    peer->directed = !input->undirected;
    igraph_create(&peer->graph, &edges, input->n_entities, peer->directed);
    igraph_vector_int_destroy(&edges);
    return peer;
}

void igraph_peer_free(igraph_peer *peer) {
    igraph_destroy(&peer->graph);
    free(peer);
}

void igraph_peer_pagerank(double *scores, const igraph_peer *peer) {
    igraph_vector_t result;
    igraph_vector_init(&result, 0);
    igraph_pagerank(&peer->graph, IGRAPH_PAGERANK_ALGO_PRPACK, &result, NULL, igraph_vss_all(),
                    peer->directed, peer->damping, NULL, NULL);
    igraph_vector_copy_to(&result, scores);
    igraph_vector_destroy(&result);
}

void igraph_peer_personalized(double *scores, const igraph_peer *peer, kg_id m) {
    igraph_integer_t n = igraph_vcount(&peer->graph);
    igraph_vector_t result, reset;
    igraph_vector_init(&result, 0);
    igraph_vector_init(&reset, n);
    igraph_vector_fill(&reset, 1 / (double)n);
    VECTOR(reset)[m] = 1;
    igraph_personalized_pagerank(&peer->graph, IGRAPH_PAGERANK_ALGO_PRPACK, &result, NULL,
                                 igraph_vss_all(), peer->directed, peer->damping, &reset, NULL,
                                 NULL);
    igraph_vector_copy_to(&result, scores);
    igraph_vector_destroy(&result);
    igraph_vector_destroy(&reset);
}
