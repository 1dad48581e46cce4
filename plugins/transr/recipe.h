/* What a TransR or TransE training run is asked to do. Letters: E entities, R relations, d entity
 * dimension, dr relation dimension. */
#ifndef KG_TRANSR_RECIPE_H
#define KG_TRANSR_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

/* How far a query vector q is from a candidate's p. L2_SQUARED ranks as L2 does: it is another
 * slope for the loss, not another model. */
typedef enum transr_norm {
    TRANSR_L1,        /* sum |q - p| */
    TRANSR_L2,        /* sqrt(sum (q - p)^2) */
    TRANSR_L2_SQUARED /* sum (q - p)^2 */
} transr_norm;

typedef enum transr_loss {
    /* -log of an answer's share among itself and the candidates that are no answers, by softmax of
     * the scores */
    TRANSR_SOFTMAX,
    /* Sun et al. 2019 (RotatE), equation 5: -log s(gamma - dist(answer)) - sum_j w_j log
     * s(dist(j) - gamma), w the softmax of adversarial * score over the negatives, taken as given
     */
    TRANSR_LOGISTIC
} transr_loss;

typedef struct transr_recipe {
    uint32_t d, dr;
    bool project;  /* false: TransE (then d = dr) */
    bool separate; /* a projection for heads and another for tails */
    transr_norm norm;
    transr_loss loss;
    float scale;           /* the score is -scale * distance while training */
    float gamma;           /* margin of the logistic loss */
    float adversarial;     /* temperature of the logistic loss's weights; 0: all alike */
    float learning_rate;   /* Adagrad's, for entities and relations */
    float projection_rate; /* the same for projections */
    float final_rate;      /* share of the learning rate that remains at the last step, linearly */
    float regularization;  /* L2 on anchors and answers, times the times they occur */
    float dropout;         /* share of projected coordinates left out of a group's distances */
    float init;            /* standard deviation of the first values of entities */
    uint32_t queries;      /* in a group (of one relation, with projections), at most */
    uint32_t groups;       /* in a batch, at most */
    uint32_t negatives;    /* sampled for a batch; 0: every entity is a candidate */
    float degree_share;    /* of the sampled negatives, drawn by degree instead of uniformly */
    uint32_t warm_epochs;  /* with projections held at the identity: TransE first */
    uint64_t seed;
} transr_recipe;

#endif
