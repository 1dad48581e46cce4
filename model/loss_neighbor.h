/* Masked neighbor modeling and masked mention modeling: METHOD 5 (12) to (21).
 *
 * Letters: M mentions that take part (predict ones with neighbors, then all infuse ones, as they
 * come), Q pairs of a predict mention and a neighbor, J negatives a pair. */
#ifndef KG_MODEL_LOSS_NEIGHBOR_H
#define KG_MODEL_LOSS_NEIGHBOR_H

#include "model/batch.h"
#include "model/loss_mlm.h"
#include "model/mention.h"

typedef struct kg_neighbor_pass {
    const kg_backend *backend;
    const kg_token_batch *batch;
    const kg_model_config *config;
    size_t d1, d2, dr;
    kg_spans spans;
    kg_mention_pass mention; /* h_m in mention.out */
    float *dout;             /* (M, d2) */
    float *dtokens;          /* (n, d1) */

    /* Neighbor modeling: the rows of all arrays are the pairs in order of their relation. Shared:
     */
    size_t pairs, groups, candidates_per_pair; /* Q; those that share a relation; 1 + J */
    uint32_t *mention_of;                      /* Q: row of dout */
    uint32_t *candidates;                      /* (Q, 1 + J): the neighbor itself, its negatives */
    float *log_q, *directions;                 /* (Q, 1 + J), (Q) */
    uint32_t *group_offsets, *group_relations; /* groups + 1, groups */
    /* Own: */
    float *h, *v, *u; /* (Q, d2), (Q, dr), (Q, d2 + 1): u = [h; 1] A At */
    float *logits;    /* (Q, 1 + J); then their gradient */
    float *cosines;   /* (Q, 1 + J) */
    float *losses;    /* (Q) */
    uint8_t *correct;
    uint64_t *order;                       /* shared: relation << 32 | pair of the batch */
    uint32_t *pair_mentions, *pair_places; /* shared, Q, by pair of the batch: row of dout;
                                              neighbor of the batch */

    /* Mention modeling. */
    kg_spans targets;       /* rows are ids of the true tokens */
    uint32_t *infused;      /* row of dout of each target */
    kg_mention_pass target; /* forward only */
} kg_neighbor_pass;

void kg_neighbor_bind(kg_neighbor_pass *pass, const kg_params *params, const kg_heads_ids *heads,
                      const kg_model_config *config);

/* Also fills the indices where the carver has blocks. */
void kg_neighbor_carve(kg_neighbor_pass *pass, kg_carver *carver, const kg_token_batch *batch);

typedef struct kg_neighbor_inputs {
    const float *hidden; /* (N, d1) */
    const float *words;  /* (V, d1): the word embeddings */
    const kg_graph_tables *tables;
    float pair_scale;    /* of the sum over pairs */
    float mention_scale; /* of the sum over mentions and dimensions */
    double *target_sums; /* (d2): the targets of the mentions are added; NULL: not wanted */
} kg_neighbor_inputs;

typedef struct kg_neighbor_sums {
    kg_loss_sum pairs; /* correct: the neighbor scored above all its negatives */
    uint64_t mentions;
    double squares;        /* of the differences, over mentions and dimensions */
    double target_squares; /* of the targets, likewise */
} kg_neighbor_sums;

/* Gradients of both scaled sums are added to dhidden (N, d1), the parameters' and those of tables
 * that have one, where dhidden is not NULL. */
kg_neighbor_sums kg_neighbor_run(kg_neighbor_pass *pass, float *dhidden,
                                 const kg_neighbor_inputs *in);

#endif
