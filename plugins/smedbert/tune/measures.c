#include "plugins/smedbert/tune/measures.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double ratio(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : 0;
}

double kg_prf_precision(kg_prf counts) {
    return ratio(counts.correct, counts.predicted);
}

double kg_prf_recall(kg_prf counts) {
    return ratio(counts.correct, counts.gold);
}

double kg_prf_f1(kg_prf counts) {
    return ratio(2 * counts.correct, counts.predicted + counts.gold);
}

void kg_prf_add(kg_prf *sum, kg_prf counts) {
    sum->correct += counts.correct;
    sum->predicted += counts.predicted;
    sum->gold += counts.gold;
}

kg_averages kg_prf_average(const kg_prf *classes, size_t n, bool by_support) {
    kg_averages mean = {0, 0, 0};
    double total = 0;
    for (size_t t = 0; t < n; t++) {
        kg_prf counts = classes[t];
        double weight = by_support ? (double)counts.gold : counts.gold + counts.predicted > 0;
        mean.precision += weight * kg_prf_precision(counts);
        mean.recall += weight * kg_prf_recall(counts);
        mean.f1 += weight * kg_prf_f1(counts);
        total += weight;
    }
    if (total > 0) {
        mean.precision /= total;
        mean.recall /= total;
        mean.f1 /= total;
    }
    return mean;
}

static int compare_doubles(const void *a, const void *b) {
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

kg_status kg_bootstrap(kg_interval *out, size_t n, size_t rounds, uint64_t seed,
                       kg_figure_fn *figure, void *context) {
    size_t above = 0;
    *out = (kg_interval){0, 0, 0};
    if (n == 0 || rounds == 0)
        return KG_OK;
    double *values = malloc(rounds * sizeof *values);
    uint32_t *picks = malloc(n * sizeof *picks);
    for (size_t r = 0; values && picks && r < rounds; r++) {
        kg_rng rng = kg_rng_stream(seed, 0, r, 0);
        for (size_t i = 0; i < n; i++)
            picks[i] = (uint32_t)kg_rng_below(&rng, n);
        values[r] = figure(context, picks, n);
        above += values[r] > 0;
    }
    kg_status st = values && picks ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK) {
        qsort(values, rounds, sizeof *values, compare_doubles);
        out->low = values[(size_t)(0.025 * (double)(rounds - 1))];
        out->high = values[(size_t)(0.975 * (double)(rounds - 1) + 0.5)];
        out->above = (double)above / (double)rounds;
    }
    free(values);
    free(picks);
    return st;
}

double kg_mean(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return n ? sum / (double)n : 0;
}

double kg_deviation(const double *values, size_t n) {
    double mean = kg_mean(values, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pow(values[i] - mean, 2);
    return n > 1 ? sqrt(sum / (double)(n - 1)) : 0;
}
