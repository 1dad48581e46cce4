/* Scores of named-entity recognition: an entity counts when its span and type are both right. */
#ifndef KG_SMEDBERT_NER_SCORE_H
#define KG_SMEDBERT_NER_SCORE_H

#include "plugins/smedbert/tasks/ner/tags.h"
#include "plugins/smedbert/tune/measures.h"

typedef struct kg_ner_score {
    kg_convention convention;
    size_t n_types;
    kg_prf micro;
    kg_prf *types;                /* n_types */
    uint64_t *confusion;          /* (n_types + 1)^2, row gold, column predicted, the last: none; an
                                     entity pairs with the prediction of the same span, else with none */
    KG_ARRAY(kg_prf) sequences;   /* one a sequence, for the bootstrap */
    kg_ner_spans gold, predicted; /* of the sequence last added */
} kg_ner_score;

/* KG_ERR_MEMORY. kg_ner_score_free in any case. */
kg_status kg_ner_score_init(kg_ner_score *score, size_t n_types, kg_convention convention);
void kg_ner_score_free(kg_ner_score *score);

/* Score one sequence of n tokens. KG_ERR_MEMORY. */
kg_status kg_ner_score_add(kg_ner_score *score, const uint16_t *gold, const uint16_t *predicted,
                           size_t n);

/* The plain mean over types that occur in gold or prediction, and the mean weighted by support. */
kg_averages kg_ner_macro(const kg_ner_score *score);
kg_averages kg_ner_weighted(const kg_ner_score *score);

/* Runs of one setting, such as one a seed: scores of the same sequences in the same order. */
typedef struct kg_ner_runs {
    const kg_ner_score *scores; /* borrowed */
    size_t n;
} kg_ner_runs;

/* The mean of the runs' micro F1. */
double kg_ner_mean_f1(kg_ner_runs runs);

/* Bootstrap of that mean over sequences: resampled with replacement `rounds` times, a resample
 * being the same sequences for every run. With `others`, of the difference of the two means; they
 * must hold the same sequences too (KG_ERR_ARGUMENT). KG_ERR_MEMORY. */
kg_status kg_ner_bootstrap(kg_interval *out, kg_ner_runs runs, const kg_ner_runs *others,
                           size_t rounds, uint64_t seed);

/* What is wrong with a prediction. */
typedef enum kg_ner_fault {
    KG_FAULT_MISSED,   /* no prediction touches the gold entity */
    KG_FAULT_SPURIOUS, /* the prediction touches no gold entity */
    KG_FAULT_TYPE,     /* the same span, another type */
    KG_FAULT_BOUNDARY  /* they overlap, the spans differ */
} kg_ner_fault;

const char *kg_ner_fault_name(kg_ner_fault fault);

/* Told of one fault; gold or predicted is NULL where it has no part in it. */
typedef kg_status (*kg_ner_fault_fn)(void *context, kg_ner_fault fault, const kg_ner_span *gold,
                                     const kg_ner_span *predicted);

/* The faults of the sequence last added, by order of place. Every wrong gold entity and every wrong
 * prediction is told once: as a pair where they overlap. */
kg_status kg_ner_faults(const kg_ner_score *score, kg_ner_fault_fn visit, void *context);

#endif
