/* The encoder: BERT with the hybrid attention behind one of its layers, forward and backward over
 * one packed batch. Anything that trains on top of it (pretraining heads, token classification)
 * carves a pass, runs it forward, takes the last layer's vectors, and hands back their gradient:
 *
 *     kg_encoder_carve(&pass, carver, &encoder, &input)   twice, as model/carve.h says
 *     kg_encoder_forward(&pass)                           pass.hidden (N, d1)
 *     kg_encoder_backward(&pass, dhidden)                 gradients of all its parameters += ...
 *
 * Letters: B sequences, N tokens, d1 hidden size, e columns of the embeddings. */
#ifndef KG_MODEL_ENCODER_H
#define KG_MODEL_ENCODER_H

#include "model/infusion.h"

/* Configuration and parameters; the ids are the encoder's in that table. Borrowed by passes. */
typedef struct kg_encoder {
    const kg_model_config *config;
    const kg_params *params;
    const kg_encoder_ids *ids;
} kg_encoder;

/* What one pass reads. Borrowed until the pass has run. */
typedef struct kg_encoder_input {
    const kg_token_batch *batch;
    const kg_graph_tables *tables; /* NULL: nothing is infused */
    const float *extra;   /* (N, d1), added to the embeddings' sum (where they are projected: behind
                             that), or NULL */
    const uint32_t *rows; /* shared: the tokens whose vectors are read, each once; the others
                             become 0, and work is saved. NULL: all are read */
    size_t n_rows;
    uint64_t seed; /* of the dropout streams */
    bool dropout;  /* as the configuration has it; false: none */
    bool backward; /* keep what the backward needs */
} kg_encoder_input;

typedef struct kg_layer_pass {
    kg_linear qkv, attention_out, in, out;
    kg_activation activation; /* between in and out */
    kg_attention attention;
    kg_norm_site attention_norm, out_norm;
    const uint32_t *rows; /* n: the tokens that go on after attention; NULL: all N do */
    size_t n;
    float *input;            /* (N, d1): the layer before's output; borrowed */
    float *context, *middle; /* (n, d1) */
    float *u;                /* (n, ff) */
    float *output;           /* (N, d1) */
} kg_layer_pass;

typedef struct kg_encoder_pass {
    kg_encoder encoder;
    kg_encoder_input input;
    size_t sequences, tokens, d1;
    uint32_t longest;
    uint32_t *offsets;   /* B + 1 */
    uint32_t *positions; /* N: place of a token in its sequence */
    uint32_t *ids;       /* N: the batch's, and its segments, for operations */
    uint8_t *segments;   /* N */
    uint64_t *keys;      /* N: dropout streams */
    kg_embedding embedding;
    kg_norm_site embedding_norm;
    kg_dropout embedding_dropout;
    float *embedded; /* (N, d1) */
    kg_linear
        projection; /* of embeddings that have e columns, not d1: then narrow (N, e) is what */
    float *narrow, *dnarrow; /* is projected, and its gradient; else both NULL */
    uint32_t *all;           /* N: 0, 1, ...; likewise */
    kg_layer_pass *layers;   /* L */
    kg_infusion_pass infusion;
    bool infuses;
    float *kept;         /* (N, d1): rows of the last layer, packed */
    uint64_t *kept_keys; /* N: their dropout streams */
    float *wide;         /* (N, ff): the activation's output, forward; its gradient, backward */
    float *dbranch, *dqkv, *dcontext, *partials;
    float *hidden; /* (N, d1): the result, of input.rows; valid until the pass is carved again */
} kg_encoder_pass;

/* Lay out a pass for this batch; with a carver that has blocks, also fill its indices. */
void kg_encoder_carve(kg_encoder_pass *pass, kg_carver *carver, const kg_encoder *encoder,
                      const kg_encoder_input *input);
void kg_encoder_forward(kg_encoder_pass *pass);

/* After forward with input.backward. dhidden (N, d1) is the gradient of the result; it becomes that
 * of input.extra. */
void kg_encoder_backward(kg_encoder_pass *pass, float *dhidden);

/* Where a value first went wrong: the sequence of the first output that is NaN or infinite, and the
 * layer, 0 for the embeddings and i for layer i - 1. False: there is none. After a forward with
 * input.backward. */
bool kg_encoder_find_bad(uint32_t *sequence, uint32_t *layer, const kg_encoder_pass *pass);

#endif
