/* From the tokens of a mention to one vector of the entities' dimension:
 *
 *     a_i = w . h_i + b,   alpha = softmax over the span,   h = sum alpha_i h_i
 *     h'  = LN(gelu(h Wt + b))
 *
 * METHOD 4 (2) with the infusion's parameters, METHOD 5 (12) and (20) with the context's. */
#ifndef KG_MODEL_MENTION_H
#define KG_MODEL_MENTION_H

#include "model/carve.h"
#include "model/ops.h"
#include "model/tensors.h"

/* The mentions that take part, as ragged lists of rows of a token array; shared. */
typedef struct kg_spans {
    size_t count, tokens; /* M mentions, n tokens of all of them */
    uint32_t *offsets;    /* M + 1, into rows */
    uint32_t *rows;       /* n: index of the token */
    uint32_t *mentions;   /* M: index of the mention in the batch */
} kg_spans;

/* What one pass keeps from forward to backward. */
typedef struct kg_mention_pass {
    const kg_backend *backend;
    const kg_spans *spans;
    kg_linear score, project;
    kg_norm_site norm; /* its z is gelu's output */
    float *tokens;     /* (n, d1): the gathered tokens */
    float *alpha;      /* (n) */
    float *pooled;     /* (M, d1) */
    float *u;          /* (M, d2): before gelu */
    float *out;        /* (M, d2): h' */
    float *dalpha, *dpooled, *du, *partials;
} kg_mention_pass;

/* Views of the parameters first, then the arrays. */
void kg_mention_bind(kg_mention_pass *pass, const kg_params *params, const kg_mention_ids *ids,
                     float epsilon);
void kg_mention_carve(kg_mention_pass *pass, kg_carver *carver, const kg_spans *spans);

/* From source (N, d1), whose rows are gathered. */
void kg_mention_forward(kg_mention_pass *pass, const float *source);

/* From dout (M, d2); dtokens (n, d1) += the gradient of the gathered tokens. */
void kg_mention_backward(float *dtokens, const float *dout, kg_mention_pass *pass);

#endif
