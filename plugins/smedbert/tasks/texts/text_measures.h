/* Figures of the tasks over texts, as scikit-learn and trec_eval define them. */
#ifndef KG_SMEDBERT_TEXT_MEASURES_H
#define KG_SMEDBERT_TEXT_MEASURES_H

#include "kgstore/base/str.h"
#include "plugins/smedbert/tune/measures.h"

/* What items were and were taken for, in n classes: (n, n), row gold, column predicted. */
typedef struct kg_confusion {
    size_t n;
    uint64_t *counts;
} kg_confusion;

kg_prf kg_confusion_class(const kg_confusion *confusion, size_t class);

/* All classes but one together (-1: none is left out), as F1 without the class "none" is taken. */
kg_prf kg_confusion_all_but(const kg_confusion *confusion, int left_out);
double kg_confusion_accuracy(const kg_confusion *confusion);

/* Matthews' coefficient of n classes (Gorodkin 2004); 0 where gold or prediction is one class. */
double kg_confusion_matthews(const kg_confusion *confusion);

/* Spearman's rank correlation of n pairs, equal values having the mean of their ranks; 0 where one
 * side is constant. KG_ERR_MEMORY. */
kg_status kg_spearman(double *out, const double *x, const double *y, size_t n);

/* Of one query. */
typedef struct kg_ranked {
    double first;      /* 1: the best candidate is right */
    double reciprocal; /* of the rank of the best right one */
    double precision;  /* average precision */
    double gain;       /* normalized discounted cumulative gain, at a cut */
} kg_ranked;

/* A candidate. */
typedef struct kg_candidate {
    double score;
    kg_str id;
    bool right;
} kg_candidate;

/* Sort n candidates, best first, ties as trec_eval's by id from the last to the first, and judge
 * them; `cut` is k of the gain. All 0 where none is right. */
kg_ranked kg_rank_candidates(kg_candidate *candidates, size_t n, size_t cut);

#endif
