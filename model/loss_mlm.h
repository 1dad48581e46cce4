/* Masked language modeling and sentence order: METHOD 5. Forward and backward in one call, since
 * the logits, by far the largest array, are made and used up a few rows at a time. */
#ifndef KG_MODEL_LOSS_MLM_H
#define KG_MODEL_LOSS_MLM_H

#include "model/batch.h"
#include "model/carve.h"
#include "model/ops.h"
#include "model/tensors.h"

/* Letters: P masked positions, V vocabulary, e columns of the embeddings. */
typedef struct kg_mlm_pass {
    const kg_backend *backend;
    const kg_token_batch *batch;
    kg_linear transform, decoder; /* the decoder is tied to the word embeddings */
    kg_norm_site norm;
    kg_activation activation;
    size_t chunk;  /* rows of logits made at a time */
    float *rows;   /* (P, d1) */
    float *u;      /* (P, e) */
    float *out;    /* (P, e) */
    float *logits; /* (chunk, V) */
    float *dout;   /* (P, e) */
    float *losses; /* (P) */
    uint8_t *correct;
    float *partials;
    uint32_t *positions, *labels; /* P, shared: the batch's */
} kg_mlm_pass;

void kg_mlm_bind(kg_mlm_pass *pass, const kg_params *params, const kg_encoder_ids *encoder,
                 const kg_heads_ids *heads, const kg_model_config *config);
void kg_mlm_carve(kg_mlm_pass *pass, kg_carver *carver, const kg_token_batch *batch);

/* From hidden (N, d1). Where dhidden is not NULL the gradients of `scale` times the sum of the
 * losses are added: to dhidden (N, d1) and to the parameters'. */
kg_loss_sum kg_mlm_run(kg_mlm_pass *pass, float *dhidden, const float *hidden, float scale);

/* Letters: B' sequences that have a label. */
typedef struct kg_order_pass {
    const kg_backend *backend;
    kg_linear pooler, classifier;
    size_t count;
    uint32_t *firsts, *labels;      /* B': first token; label */
    float *rows, *pooled, *dpooled; /* (B', d1) */
    float *logits;                  /* (B', 2) */
    float *losses;
    uint8_t *correct;
} kg_order_pass;

void kg_order_bind(kg_order_pass *pass, const kg_params *params, const kg_heads_ids *heads);

/* Also fills the indices where the carver has blocks. */
void kg_order_carve(kg_order_pass *pass, kg_carver *carver, const kg_token_batch *batch);
kg_loss_sum kg_order_run(kg_order_pass *pass, float *dhidden, const float *hidden, float scale);

#endif
