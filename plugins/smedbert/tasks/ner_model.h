/* Token classification on the encoder's last layer: dropout, a linear map from a token's first
 * piece to the scores of its tags, and a softmax or a CRF over them (METHOD 8). Features may be
 * added to the input embeddings. Where tags are read, the scores of another model, the sparse CRF
 * (sparse_crf.h), may have a share in them: a product of two experts (Hinton 1999), each of which
 * has learnt alone.
 *
 * Letters: N pieces of the batch, T tokens (words or characters, each with one label), L tags,
 * S sequences, F feature rows, d1 hidden size. */
#ifndef KG_SMEDBERT_NER_MODEL_H
#define KG_SMEDBERT_NER_MODEL_H

#include "model/model.h"

typedef struct kg_ner_ids {
    kg_param_id weight, bias; /* classifier.weight (L, d1), classifier.bias (L) */
    kg_param_id transitions;  /* crf.transitions (L + 2, L), or KG_NO_PARAM */
    kg_param_id features;     /* features.weight (F, d1), or KG_NO_PARAM; begins at zero */
} kg_ner_ids;

typedef struct kg_ner_shape {
    size_t tags, features;
    bool crf;
} kg_ner_shape;

/* Declare the task's tensors behind the encoder's. */
kg_status kg_ner_declare(kg_ner_ids *ids, kg_params *params, const kg_ner_shape *shape, size_t d1);

/* A feature of a piece: its row of the batch, and the row of the feature table that is added. */
typedef struct kg_ner_feature {
    uint32_t row, feature;
} kg_ner_feature;

/* Sequences as the model reads them. */
typedef struct kg_ner_pack {
    kg_token_batch batch;
    KG_ARRAY(uint32_t) rows;           /* T: the first piece of each token, in the batch */
    KG_ARRAY(uint32_t) tokens;         /* T: index of the token in its data set */
    KG_ARRAY(uint16_t) gold;           /* T: its tag */
    KG_ARRAY(uint32_t) ends;           /* S: of each sequence, in tokens */
    KG_ARRAY(kg_ner_feature) features; /* by row, ascending */
    KG_ARRAY(float) sparse;            /* (T, L): the sparse CRF's scores; or empty */
} kg_ner_pack;

#define KG_NER_PACK_INIT                                                                           \
    { .batch = KG_TOKEN_BATCH_INIT }

void kg_ner_pack_clear(kg_ner_pack *pack);
void kg_ner_pack_free(kg_ner_pack *pack);

/* Put all sequences of `from` behind those of `to`. On KG_ERR_MEMORY `to` must be cleared. */
kg_status kg_ner_pack_append(kg_ner_pack *to, const kg_ner_pack *from);

typedef struct kg_ner_task {
    kg_model *model;
    kg_ner_ids ids;
    kg_ner_shape shape;
    double dropout;                  /* of the last layer, before the linear map */
    const float *sparse_transitions; /* (L + 2, L), borrowed; NULL: there are none */
    /* What a pass works in; zero at first. */
    kg_workspace workspace;
    kg_encoder_input input;
    kg_encoder_pass pass;
    const kg_ner_pack *pack;
    size_t tokens;           /* of the loss */
    float *extra;            /* (N, d1) */
    float *dhidden;          /* (N, d1) */
    float *taken, *dtaken;   /* (T, d1): rows of the tokens */
    float *logits, *dlogits; /* (T, L) */
    float *mixed;            /* (T, L), shared: logits and sparse scores together */
    float *transitions;      /* (L + 2, L), likewise */
    uint64_t *keys;          /* T: dropout streams of the tokens */
    uint32_t *rows, *ends;   /* T, S: the pack's, and the next two, for operations */
    uint16_t *gold;          /* T */
    uint32_t *feature_rows, *feature_ids;
    double *scratch;  /* of the CRF's loss */
    double *decoding; /* of decoding, shared */
} kg_ner_task;

void kg_ner_task_free(kg_ner_task *task);

/* How a pass is run. */
typedef struct kg_ner_way {
    const kg_graph_tables *tables; /* NULL: nothing is infused */
    uint64_t seed;                 /* of dropout */
    bool train;                    /* with dropout, and the gradients are added */
    size_t
        tokens; /* what the loss is divided by: of all packs of a step, where there are several */
} kg_ner_way;

/* Forward and, where training, backward. *loss is the sum of the pack's losses over way->tokens
 * (NULL, without training, where gold tags do not matter). KG_ERR_MEMORY, KG_ERR_NUMERIC. */
kg_status kg_ner_run(double *loss, kg_ner_task *task, const kg_ner_pack *pack,
                     const kg_ner_way *way, kg_error *err);

/* How scores are read as tags. */
typedef struct kg_ner_reading {
    float bias;  /* by which the score of tag 0, O, is lowered: more entities are then found, at the
                    price of precision */
    float share; /* of the sparse CRF in all scores; the encoder has the rest */
} kg_ner_reading;

/* The best tags (T) of what kg_ner_run last computed without training, such that I-x follows only
 * B-x or I-x. May be called again with another reading.
 * KG_ERR_MEMORY. */
kg_status kg_ner_decode(uint16_t *tags, kg_ner_task *task, const uint8_t *allowed,
                        const kg_ner_reading *reading);

#endif
