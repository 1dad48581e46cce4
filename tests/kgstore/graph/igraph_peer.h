/* igraph called directly: the peer that ranking is compared with. Independent of the program's
 * bridge, and the graph is made once. One at a time. */
#ifndef KG_TESTS_IGRAPH_PEER_H
#define KG_TESTS_IGRAPH_PEER_H

#include "kgstore/kgstore.h"

typedef struct igraph_peer igraph_peer;

/* igraph_create on n_edges pairs {from, to}. Aborts where igraph fails. */
igraph_peer *igraph_peer_new(const kg_rank_input *input);
void igraph_peer_free(igraph_peer *peer);

/* igraph_pagerank by PRPACK. */
void igraph_peer_pagerank(double *scores, const igraph_peer *peer);

/* igraph_personalized_pagerank by PRPACK: 1 for entity m, 1/Z for each other. */
void igraph_peer_personalized(double *scores, const igraph_peer *peer, kg_id m);

#endif
