/* The optimizer of a training run: AdamW (adamw.h) under a schedule of its rate, rates that fall
 * from layer to layer, and a running mean of the weights. One for pretraining and all tasks, under
 * the same names in their settings. */
#ifndef KG_MODEL_OPTIMIZER_H
#define KG_MODEL_OPTIMIZER_H

#include "model/model.h"

#include <jansson.h>

typedef struct kg_optimizer {
    kg_adamw adamw;     /* learning_rate: the highest; clip: the setting clip_norm */
    double warmup;      /* steps over which the rate rises; below 1: that share of all steps */
    uint64_t total;     /* step at which the rate has fallen to final_rate; 0: it stays */
    double final_rate;  /* share of the rate */
    bool cosine;        /* it falls along half a cosine, not linearly */
    double layer_decay; /* factor of the rate from a layer to the one below it */
    double average;     /* decay of the mean of the weights; 0: none */
    float *mean;        /* that mean, owned, in the backend's memory; NULL where there is none */
    const kg_backend *backend; /* where there is a mean */
    uint64_t warm_steps; /* warmup as steps; a tenth of the total where it is longer than that */
    bool warmup_cut;     /* it was */
} kg_optimizer;

/* Take the settings learning_rate, beta1, beta2, epsilon, weight_decay, clip_norm, warmup,
 * schedule, schedule_steps, final_rate, layer_decay and average; those that are not there have no
 * effect, or the defaults of KG_ADAMW_INIT. */
void kg_optimizer_read(kg_optimizer *out, const json_t *settings);

/* Before the first step, with the parameters begun: set the rates of the layers (embeddings below
 * the first), and begin the mean. steps: of the run, 0 where they are not known; they are the total
 * where no setting gives another. KG_ERR_ARGUMENT: warmup is a share of steps that are not known;
 * KG_ERR_MEMORY. */
kg_status kg_optimizer_begin(kg_optimizer *optimizer, kg_model *model, uint64_t steps,
                             kg_error *err);
void kg_optimizer_free(kg_optimizer *optimizer);

typedef struct kg_optimizer_report {
    double norm, rate; /* of the gradients before clipping; the learning rate */
} kg_optimizer_report;

/* Step `number` (from 1) by the gradients, which are zero afterwards. KG_ERR_NUMERIC: a gradient is
 * not finite; err names the tensor. */
kg_status kg_optimizer_step(kg_optimizer_report *out, kg_optimizer *optimizer, kg_model *model,
                            uint64_t number, kg_error *err);

/* The parameters in use and their mean change places; nothing where there is no mean. */
void kg_optimizer_swap(kg_optimizer *optimizer, kg_model *model);

/* The files of a checkpoint: the model as it is to be used (the mean, where there is one, and the
 * parameters themselves beside it), and the moments. */
kg_status kg_optimizer_save(kg_optimizer *optimizer, kg_model *model, const kg_model_card *card,
                            const char *folder, kg_error *err);
kg_status kg_optimizer_load(kg_optimizer *optimizer, kg_model *model, const char *folder,
                            kg_error *err);

#endif
