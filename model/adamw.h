/* AdamW: Adam with bias correction and decoupled weight decay (Loshchilov and Hutter 2019). */
#ifndef KG_MODEL_ADAMW_H
#define KG_MODEL_ADAMW_H

#include "model/params.h"

typedef struct kg_adamw {
    double learning_rate, beta1, beta2, epsilon;
    double decay; /* of weights; biases and gains do not decay */
    double clip;  /* of the norm over all gradients; 0: none */
} kg_adamw;

#define KG_ADAMW_INIT                                                                              \
    {                                                                                              \
        .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0.01,       \
        .clip = 1                                                                                  \
    }

/* The norm over all gradients. Does not depend on the number of threads. */
double kg_gradient_norm(const kg_params *params);

/* Step number `step` (from 1), given the norm of the gradients as they are; then the gradients are
 * zero again. */
void kg_adamw_step(kg_params *params, const kg_adamw *options, uint64_t step, double norm);

/* The factor of the learning rate at an optimizer step (from 1): rises linearly to 1 over `warmup`
 * steps, then falls to `floor` at step `total`, linearly or along half a cosine (Loshchilov and
 * Hutter, "SGDR", ICLR 2017), and stays. */
double kg_schedule(uint64_t step, uint64_t warmup, uint64_t total, double floor, bool cosine);

#endif
