/* Mention-neighbor hybrid attention: METHOD 4 (2) to (11), forward and backward, over all mentions
 * of a batch at once.
 *
 * Letters: M mentions that take part (infuse and context, with at least one neighbor), n their
 * tokens, X their neighbors, G their distinct types, mention by mention. */
#ifndef KG_MODEL_INFUSION_H
#define KG_MODEL_INFUSION_H

#include "model/batch.h"
#include "model/mention.h"

/* Which rows of which mention, type and neighbor: indices only, in shared memory. */
typedef struct kg_infusion_index {
    kg_spans spans;
    size_t neighbors, groups;   /* X, G */
    uint32_t *neighbor_offsets; /* M + 1 */
    uint32_t *entities;         /* X */
    uint32_t *group_of;         /* X: group of a neighbor, 0..G-1 */
    uint32_t *group_offsets;    /* M + 1 */
    uint32_t *group_types;      /* G, ascending within a mention */
    float *group_sizes;         /* G: neighbors of the type */
} kg_infusion_index;

/* Everything that one pass keeps. */
typedef struct kg_infusion_pass {
    const kg_backend *backend;
    kg_infusion_index index;
    bool type_attention, type_mean, trains_rows;
    size_t d1, d2;
    kg_mention_pass mention; /* (2): h' in mention.out, the tokens' h_i in mention.tokens */
    kg_linear type_query, type_key, type_score, node_query, node_key, node_value;
    kg_linear ffn_in, ffn_out, mix, expand, gate, output;
    kg_norm_site neighbor_norm; /* (7) */
    kg_norm_site expand_norm;   /* (9) */

    float *rows;                        /* (X, d2): Gamma_ent[e_k] */
    float *type_sums;                   /* (G, d2): h_tau */
    float *type_q, *type_hidden;        /* (M, d2) h' W_t; (G, d2) the tanh of (3) */
    float *type_weight;                 /* (G): alpha */
    float *node_q, *node_k, *node_v;    /* (M, d2), (X, d2), (X, d2) */
    float *dot;                         /* (X): the scaled product in (4) */
    float *node_weight;                 /* (X): beta */
    float *attended;                    /* (M, d2): (6) */
    float *ffn_u, *ffn_h;               /* (M, 4 d2) */
    float *neighbor;                    /* (M, d2): (7) */
    float *pair, *mix_u, *mix_h;        /* (M, 2 d2): [(7); h'], before and after gelu, (8) */
    float *expanded;                    /* (M, d1): (9) */
    float *gate_in, *gated, *output_in; /* (n, 2 d1), (n, d1), (n, 2 d1) */
    float *output_u, *output_h;         /* (n, d1): before and after gelu in (11) */

    /* Backward's. */
    float *dtokens, *dwide, *dgate;       /* (n, d1), (n, 2 d1), (n, d1) */
    float *dexpanded, *dpair, *dffn;      /* (M, d1), (M, 2 d2), (M, 4 d2) */
    float *dattended, *dmention, *dquery; /* (M, d2) */
    float *dvalue, *dkey, *dtype;         /* (X, d2), (X, d2), (G, d2) */
    float *drows, *dsums;                 /* (X, d2), (G, d2): where the table is trained */
    float *dweight, *dscore;              /* (X), (G) */
    float *partials;
} kg_infusion_pass;

/* Views of the parameters first, then index and arrays, then the index filled. */
void kg_infusion_bind(kg_infusion_pass *pass, const kg_params *params, const kg_infusion_ids *ids,
                      const kg_model_config *config);
void kg_infusion_carve(kg_infusion_pass *pass, kg_carver *carver, const kg_token_batch *batch);
void kg_infusion_index_fill(kg_infusion_pass *pass, const kg_token_batch *batch);

/* hidden (N, d1): the rows of the mentions' tokens are changed, no other is touched. */
void kg_infusion_forward(float *hidden, kg_infusion_pass *pass, const kg_rows *entities);

/* dhidden (N, d1), the gradient of the output, becomes that of the input; again only the mentions'
 * rows are touched. Adds to the gradient of the entities' table where it has one. */
void kg_infusion_backward(float *dhidden, kg_infusion_pass *pass, const kg_rows *entities);

#endif
