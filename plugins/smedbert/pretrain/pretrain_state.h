/* What a pretraining run holds, shared by the trainer's parts. */
#ifndef KG_SMEDBERT_PRETRAIN_STATE_H
#define KG_SMEDBERT_PRETRAIN_STATE_H

#include "model/model.h"
#include "plugins/common/plugin_module.h"
#include "plugins/smedbert/reading/model_session.h"
#include "plugins/smedbert/pretrain/pretrain_settings.h"

typedef struct kg_pretrain_state {
    kg_trainer_host base;
    kg_pretrain_settings settings;
    kg_session session;
    kg_optimizer optimizer;
    kg_pretrainer trainer; /* its target_sums are owned */
    kg_examples *examples;
    kg_examples_place place; /* where the stream goes on after the last step */
} kg_pretrain_state;

/* Losses and counts of a step or an evaluation, of all ranks; the targets' sums stand in the
 * trainer. */
typedef struct kg_pretrain_sums {
    kg_losses losses;
    kg_loss_counts counts;
    uint64_t tokens, sequences;
} kg_pretrain_sums;

/* Before the losses of a step or an evaluation are summed. */
void kg_pretrain_begin_sums(kg_pretrain_state *state);

/* Sum the losses over the ranks; counts are global already. */
kg_status kg_pretrain_sum_ranks(kg_losses *losses, kg_pretrain_state *state);

static inline kg_loss_counts kg_pretrain_counts(const kg_examples_counts *counts) {
    return (kg_loss_counts){counts->masked, counts->ordered, counts->pairs, counts->infused};
}

/* Log what the run will take, and take the memory of a step. */
kg_status kg_pretrain_reserve(kg_pretrain_state *state, kg_error *err);

/* Measure on dev and put the figures. */
kg_status kg_pretrain_evaluate(kg_pretrain_state *state, const kgp_metrics *out, kg_error *err);

/* Figures of losses, under the names of metrics.jsonl. */
void kg_pretrain_put(const kgp_metrics *out, const kg_pretrain_sums *sums,
                     const kg_pretrain_state *state);

/* The files of a checkpoint. */
kg_status kg_pretrain_save(kg_pretrain_state *state, const char *folder, kg_error *err);
kg_status kg_pretrain_load(kg_pretrain_state *state, const char *folder, kg_error *err);

#endif
