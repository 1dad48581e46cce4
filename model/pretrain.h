/* A pretraining step: encoder, heads and the four losses of METHOD 5 over one packed batch, forward
 * and backward, in one block of memory. */
#ifndef KG_MODEL_PRETRAIN_H
#define KG_MODEL_PRETRAIN_H

#include "model/encoder.h"
#include "model/loss_mlm.h"
#include "model/loss_neighbor.h"
#include "model/workspace.h"

/* What each loss is a mean over, counted over the whole optimizer step: all its micro-batches, all
 * its ranks. */
typedef struct kg_loss_counts {
    uint64_t masked;   /* positions */
    uint64_t ordered;  /* sequences with a label */
    uint64_t pairs;    /* of a predict mention and a neighbor */
    uint64_t mentions; /* infuse */
} kg_loss_counts;

kg_loss_counts kg_token_batch_counts(const kg_token_batch *batch);

/* Sums that belong to those counts; means are sums divided by counts. */
typedef struct kg_losses {
    kg_loss_sum mlm, order, pairs;
    double squares, target_squares; /* mention modeling: over mentions and dimensions */
} kg_losses;

/* to += from */
void kg_losses_add(kg_losses *to, const kg_losses *from);

/* Mean losses and the total with the configuration's weights. */
typedef struct kg_loss_means {
    double mlm, sop, mnem, mmem, total;
} kg_loss_means;

kg_loss_means kg_losses_mean(const kg_losses *losses, const kg_loss_counts *counts,
                             const kg_model_config *config);

/* The summed squares of the mentions' targets around their mean, where sums (d2) are those that
 * kg_pretrainer.target_sums gathered for the same losses: what always guessing the mean would
 * cost. */
double kg_target_variance(const kg_losses *losses, const double *sums, uint64_t mentions,
                          const kg_model_config *config);

typedef struct kg_pretrainer {
    kg_encoder encoder;
    const kg_heads_ids *heads;
    double *target_sums; /* (d2), the caller's: every run adds the targets of its infuse mentions,
                            for kg_target_variance; NULL: not wanted */
    bool all_rows;       /* make pass.hidden of every token, and not of those alone that the losses
                            read */
    /* What a pass works in; zero at first. */
    kg_workspace workspace;
    kg_encoder_pass pass;
    kg_mlm_pass mlm;
    kg_order_pass order;
    kg_neighbor_pass neighbor;
    float *dhidden;
} kg_pretrainer;

/* Run a batch. `counts` are those of the whole optimizer step. Where input->backward the gradients
 * are added to the parameters'. Grows the workspace where the batch is larger than any before,
 * and allocates nothing otherwise. KG_ERR_MEMORY; KG_ERR_NUMERIC: a loss is NaN or infinite, and
 * err names the sequence and the tensor. */
kg_status kg_pretrain_run(kg_losses *losses, kg_pretrainer *trainer, const kg_encoder_input *input,
                          const kg_loss_counts *counts, kg_error *err);

/* Bytes that kg_pretrain_run needs for this batch. */
size_t kg_pretrain_bytes(kg_pretrainer *trainer, const kg_encoder_input *input);

/* Take that memory, so that a run that will not fit fails before it begins. KG_ERR_MEMORY. */
kg_status kg_pretrain_warm(kg_pretrainer *trainer, const kg_encoder_input *input, kg_error *err);
void kg_pretrainer_free(kg_pretrainer *trainer);

#endif
