/* What a task puts on the encoder's last layer: dropout and a linear map from the states of an
 * item's rows to its scores, and a loss over them (METHOD 8 and 9); the pooler before it where the
 * task has one. Features may be added to the input embeddings.
 *
 * Letters as in tune_pack.h, and F feature rows, d1 hidden size. */
#ifndef KG_SMEDBERT_TUNE_HEAD_H
#define KG_SMEDBERT_TUNE_HEAD_H

#include "model/model.h"
#include "plugins/smedbert/tune/tune_pack.h"

typedef enum kg_tune_loss {
    KG_TUNE_SOFTMAX, /* an item's classes compete */
    KG_TUNE_CRF,     /* the tags of a group are a chain */
    KG_TUNE_GROUPS,  /* the items of a group compete, by one score each */
    KG_TUNE_HINGE    /* likewise: those that are right must be better by a margin */
} kg_tune_loss;

typedef struct kg_tune_shape {
    size_t outputs;  /* L */
    size_t rows;     /* R */
    size_t features; /* F */
    bool pooled;     /* tanh of a linear map of the states comes first; R is 1 */
    kg_tune_loss loss;
    float margin; /* of KG_TUNE_HINGE */
} kg_tune_shape;

typedef struct kg_tune_ids {
    kg_param_id weight, bias;               /* classifier.weight (L, R d1), classifier.bias (L) */
    kg_param_id transitions;                /* crf.transitions (L + 2, L), or KG_NO_PARAM */
    kg_param_id features;                   /* features.weight (F, d1), likewise; begins at zero */
    kg_param_id pooler_weight, pooler_bias; /* bert.pooler.dense, likewise */
} kg_tune_ids;

/* Declare the task's tensors behind the encoder's. */
kg_status kg_tune_declare(kg_tune_ids *ids, kg_params *params, const kg_tune_shape *shape,
                          size_t d1);

typedef struct kg_tune_head {
    kg_model *model;
    kg_tune_ids ids;
    kg_tune_shape shape;
    double dropout;             /* of the states, before the linear map */
    const float *class_weights; /* L, borrowed: of softmax losses in training; NULL: 1 */
    double smoothing;           /* of the gold of softmax losses in training */
    /* What a pass works in; zero at first. */
    kg_workspace workspace;
    kg_encoder_input input;
    kg_encoder_pass pass;
    const kg_tune_pack *pack;
    size_t count;            /* what the loss is divided by */
    float *extra;            /* (N, d1) */
    float *dhidden;          /* (N, d1) */
    float *taken, *dtaken;   /* (T, R d1): states of the items' rows */
    float *pooled, *kept;    /* (T, d1); tanh's output before dropout */
    float *logits, *dlogits; /* (T, L) */
    uint64_t *keys;          /* T: dropout streams of the items */
    uint32_t *rows, *ends;   /* (T, R), S: the pack's, and the next three, for operations */
    uint16_t *gold;          /* T */
    float *weights;          /* L: class_weights; NULL where there are none */
    uint32_t *feature_rows, *feature_ids;
    double *scratch; /* of the CRF's loss */
} kg_tune_head;

void kg_tune_head_free(kg_tune_head *head);

/* How a pass is run. */
typedef struct kg_tune_way {
    const kg_graph_tables *tables; /* NULL: nothing is infused */
    uint64_t seed;                 /* of dropout */
    bool train;                    /* with dropout, and the gradients are added */
    size_t count; /* what the loss is divided by: items, or groups where they are what the loss is
                     of, of all packs of a step where there are several */
} kg_tune_way;

/* What the loss of a pack is a sum over: its items, or where they compete its groups. */
size_t kg_tune_losses(const kg_tune_shape *shape, const kg_tune_pack *pack);

/* Forward and, where training, backward. *loss is the sum of the pack's losses over way->count
 * (NULL, without training, where gold does not matter). KG_ERR_MEMORY, KG_ERR_NUMERIC. */
kg_status kg_tune_run(double *loss, kg_tune_head *head, const kg_tune_pack *pack,
                      const kg_tune_way *way, kg_error *err);

#endif
