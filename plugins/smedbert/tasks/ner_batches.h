/* The batches of an epoch: the windows that are trained on, shuffled, and those of each step dealt
 * to ranks and micro-batches. Every rank comes to the same deal, and what a step trains on does not
 * depend on how many ranks and micro-batches there are. */
#ifndef KG_SMEDBERT_NER_BATCHES_H
#define KG_SMEDBERT_NER_BATCHES_H

#include "plugins/smedbert/tasks/ner_windows.h"

typedef struct kg_ner_batches {
    /* What it is made of; the caller's. */
    const kg_ner_windows *windows;
    const uint8_t *held;       /* of each sequence: it is not trained on */
    uint32_t tokens_per_batch; /* pieces, about */
    uint32_t tokens_per_micro; /* pieces at most; 0: no limit */
    uint32_t rank, ranks;
    uint64_t seed;
    /* Filled in by kg_ner_batches_begin. */
    uint64_t pieces, count;   /* of an epoch: pieces, and batches */
    KG_ARRAY(uint32_t) order; /* of windows, as shuffled for `epoch` */
    size_t *begins;           /* where each batch begins in order, and the end of the last */
    uint64_t epoch;           /* UINT64_MAX: order is not shuffled yet */
    KG_ARRAY(uint64_t) taken; /* pieces of each rank, of the step at hand */
    /* The step that was filled last. */
    KG_ARRAY(kg_ner_pack) micro; /* this rank's; the first `used` are filled */
    size_t used;
    size_t step_pieces, step_tokens; /* of all ranks */
} kg_ner_batches;

/* KG_ERR_ARGUMENT: no window is left to train on; KG_ERR_MEMORY. kg_ner_batches_free also after a
 * failure. */
kg_status kg_ner_batches_begin(kg_ner_batches *batches, kg_error *err);
void kg_ner_batches_free(kg_ner_batches *batches);

/* Fill the micro-batches of a step, counted from 0 over all epochs. */
kg_status kg_ner_batches_fill(kg_ner_batches *batches, uint64_t step, kg_error *err);

#endif
