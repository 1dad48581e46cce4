#include "plugins/smedbert/tasks/texts/text_measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Classes --------------------------------------------------------------------------------- */

kg_prf kg_confusion_class(const kg_confusion *c, size_t class) {
    kg_prf counts = {c->counts[class * c->n + class], 0, 0};
    for (size_t i = 0; i < c->n; i++) {
        counts.gold += c->counts[class * c->n + i];
        counts.predicted += c->counts[i * c->n + class];
    }
    return counts;
}

kg_prf kg_confusion_all_but(const kg_confusion *c, int left_out) {
    kg_prf sum = {0, 0, 0};
    for (size_t i = 0; i < c->n; i++)
        if ((int)i != left_out)
            kg_prf_add(&sum, kg_confusion_class(c, i));
    return sum;
}

double kg_confusion_accuracy(const kg_confusion *c) {
    return kg_prf_recall(kg_confusion_all_but(c, -1));
}

double kg_confusion_matthews(const kg_confusion *c) {
    double all = 0, correct = 0, product = 0, gold = 0, predicted = 0;
    for (size_t i = 0; i < c->n; i++) {
        kg_prf of = kg_confusion_class(c, i);
        double g = (double)of.gold, p = (double)of.predicted;
        all += g;
        correct += (double)of.correct;
        product += g * p;
        gold += g * g;
        predicted += p * p;
    }
    double spread = (all * all - predicted) * (all * all - gold);
    return spread > 0 ? (correct * all - product) / sqrt(spread) : 0;
}

/* ---- Correlation ----------------------------------------------------------------------------- */

typedef struct placed {
    double value;
    size_t at;
} placed;

static int compare_placed(const void *x, const void *y) {
    const placed *a = x, *b = y;
    return (a->value > b->value) - (a->value < b->value);
}

/* ranks (n) of values, from 1; equal ones share theirs. */
static void rank_values(double *ranks, placed *order, const double *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        order[i] = (placed){values[i], i};
    qsort(order, n, sizeof *order, compare_placed);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && order[end].value <= order[i].value;)
            end++;
        for (size_t k = i; k < end; k++)
            ranks[order[k].at] = (double)(i + end + 1) / 2;
    }
}

static double correlation(const double *x, const double *y, size_t n) {
    double mean_x = kg_mean(x, n), mean_y = kg_mean(y, n), xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        xy += (x[i] - mean_x) * (y[i] - mean_y);
        xx += pow(x[i] - mean_x, 2);
        yy += pow(y[i] - mean_y, 2);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

kg_status kg_spearman(double *out, const double *x, const double *y, size_t n) {
    double *ranks = malloc((2 * n + 1) * sizeof *ranks);
    placed *order = malloc((n + 1) * sizeof *order);
    kg_status st = ranks && order ? KG_OK : KG_ERR_MEMORY;
    *out = 0;
    if (st == KG_OK && n > 0) {
        rank_values(ranks, order, x, n);
        rank_values(ranks + n, order, y, n);
        *out = correlation(ranks, ranks + n, n);
    }
    free(ranks);
    free(order);
    return st;
}

/* ---- Ranking --------------------------------------------------------------------------------- */

static int compare_candidates(const void *x, const void *y) {
    const kg_candidate *a = x, *b = y;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return kg_str_compare(b->id, a->id);
}

kg_ranked kg_rank_candidates(kg_candidate *candidates, size_t n, size_t cut) {
    kg_ranked out = {0, 0, 0, 0};
    double found = 0, gain = 0, ideal = 0;
    size_t right = 0;
    if (n > 1)
        qsort(candidates, n, sizeof *candidates, compare_candidates);
    for (size_t i = 0; i < n; i++) {
        double discount = i < cut ? 1 / log2((double)i + 2) : 0;
        right += candidates[i].right;
        if (!candidates[i].right)
            continue;
        found += 1;
        out.precision += found / (double)(i + 1);
        gain += discount;
        if (out.reciprocal == 0)
            out.reciprocal = 1 / (double)(i + 1);
    }
    for (size_t i = 0; i < right && i < cut; i++)
        ideal += 1 / log2((double)i + 2);
    if (right == 0)
        return out;
    out.first = candidates[0].right;
    out.precision /= (double)right;
    out.gain = ideal > 0 ? gain / ideal : 0;
    return out;
}
