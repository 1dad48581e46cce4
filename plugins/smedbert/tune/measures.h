/* Precision, recall and F1 from counts, as scikit-learn defines them, and intervals of any figure
 * by a bootstrap. */
#ifndef KG_SMEDBERT_MEASURES_H
#define KG_SMEDBERT_MEASURES_H

#include "kgstore/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counts of what belongs to a class: precision = correct / predicted, recall = correct / gold. */
typedef struct kg_prf {
    uint64_t correct, predicted, gold;
} kg_prf;

/* In [0, 1]; 0 where nothing was predicted, nothing is there, or neither. */
double kg_prf_precision(kg_prf counts);
double kg_prf_recall(kg_prf counts);
double kg_prf_f1(kg_prf counts);

/* *sum += counts */
void kg_prf_add(kg_prf *sum, kg_prf counts);

typedef struct kg_averages {
    double precision, recall, f1;
} kg_averages;

/* Over n classes: the plain mean of those that occur in gold or prediction (macro), or the mean
 * weighted by support. */
kg_averages kg_prf_average(const kg_prf *classes, size_t n, bool by_support);

typedef struct kg_interval {
    double low, high; /* 2.5 and 97.5 percentiles */
    double above;     /* share of resamples above zero */
} kg_interval;

/* A figure over the n examples numbered by picks, which may repeat. */
typedef double kg_figure_fn(void *context, const uint32_t *picks, size_t n);

/* Bootstrap of a figure over n examples: resampled with replacement `rounds` times. The same seed
 * draws the same examples. Zeros where n or rounds is 0. KG_ERR_MEMORY. */
kg_status kg_bootstrap(kg_interval *out, size_t n, size_t rounds, uint64_t seed,
                       kg_figure_fn *figure, void *context);

/* The mean of n values, and their deviation over n - 1 (0 of one). */
double kg_mean(const double *values, size_t n);
double kg_deviation(const double *values, size_t n);

#endif
