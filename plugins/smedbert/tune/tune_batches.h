/* The batches of an epoch: the packs that are trained on, shuffled, and those of each step dealt to
 * ranks and micro-batches. Every rank comes to the same deal, and what a step trains on does not
 * depend on how many ranks and micro-batches there are. */
#ifndef KG_SMEDBERT_TUNE_BATCHES_H
#define KG_SMEDBERT_TUNE_BATCHES_H

#include "plugins/smedbert/tune/tune_head.h"

typedef struct kg_tune_batches {
    /* What it is made of; the caller's. */
    const kg_tune_packs *packs;
    const uint8_t *held;        /* of each example: it is not trained on */
    const kg_tune_shape *shape; /* read when a batch is filled */
    /* Make the packs of an epoch anew, as many as before; NULL: they stay. */
    kg_status (*deal)(void *context, uint64_t epoch, kg_error *err);
    void *context;
    uint32_t tokens_per_batch; /* pieces, about */
    uint32_t tokens_per_micro; /* pieces at most; 0: no limit */
    uint32_t rank, ranks;
    uint64_t seed;
    /* Filled in by kg_tune_batches_begin. */
    uint64_t pieces, count;   /* of an epoch: pieces, and batches */
    KG_ARRAY(uint32_t) order; /* of packs, as shuffled for `epoch` */
    size_t *begins;           /* where each batch begins in order, and the end of the last */
    uint64_t epoch;           /* UINT64_MAX: order is not shuffled yet */
    KG_ARRAY(uint64_t) taken; /* pieces of each rank, of the step at hand */
    /* The step that was filled last. */
    KG_ARRAY(kg_tune_pack) micro; /* this rank's; the first `used` are filled */
    size_t used;
    size_t step_pieces, step_count; /* of all ranks; what the loss is divided by */
} kg_tune_batches;

/* KG_ERR_ARGUMENT: no pack is left to train on; KG_ERR_MEMORY, and what deal gives.
 * kg_tune_batches_free also after a failure. */
kg_status kg_tune_batches_begin(kg_tune_batches *batches, kg_error *err);
void kg_tune_batches_free(kg_tune_batches *batches);

/* Fill the micro-batches of a step, counted from 0 over all epochs. */
kg_status kg_tune_batches_fill(kg_tune_batches *batches, uint64_t step, kg_error *err);

#endif
