#include "plugins/smedbert/tasks/texts/outcomes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"text", "pair", "relation", "rank"};

const char *kg_text_kind_name(kg_text_kind kind) {
    return kind_names[kind];
}

const char *const kg_outcome_figures[][KG_OUTCOME_FIGURES + 1] = {
    {"micro_f1", "macro_f1", "weighted_f1", "accuracy", NULL},
    {"f1", "precision", "recall", "accuracy", "matthews", "spearman", NULL},
    {"f1", "precision", "recall", "accuracy", NULL},
    {"mrr", "accuracy_at_1", "map", "ndcg_at_10", NULL}};

size_t kg_outcome_intervals(kg_text_kind kind) {
    return kind == KG_TEXT || kind == KG_TEXT_RANK ? 2 : 1;
}

kg_status kg_outcomes_make(kg_outcomes *out, kg_text_kind kind, size_t n) {
    bool ranks = kind == KG_TEXT_RANK;
    *out = (kg_outcomes){.kind = kind, .class = -1, .examples = n};
    if (ranks) {
        out->queries = calloc(n + 1, sizeof *out->queries);
        return out->queries ? KG_OK : KG_ERR_MEMORY;
    }
    out->gold = calloc(n + 1, sizeof *out->gold);
    out->predicted = calloc(n + 1, sizeof *out->predicted);
    return out->gold && out->predicted ? KG_OK : KG_ERR_MEMORY;
}

void kg_outcomes_free(kg_outcomes *o) {
    kg_labels_free(&o->labels);
    free(o->gold);
    free(o->predicted);
    free(o->expected);
    free(o->grades);
    free(o->queries);
    free(o->hashes);
    *o = (kg_outcomes){.kind = KG_TEXT};
}

/* ---- Figures --------------------------------------------------------------------------------- */

static uint32_t pick(const uint32_t *picks, size_t i) {
    return picks ? picks[i] : (uint32_t)i;
}

static void put_classes(double *values, const kg_outcomes *o, const kg_confusion *c,
                        const kg_prf *classes) {
    kg_prf main = kg_confusion_all_but(c, o->kind == KG_TEXT_RELATION ? o->class : -1);
    if (o->kind == KG_TEXT_PAIR && o->class >= 0)
        main = classes[o->class];
    values[0] = kg_prf_f1(main);
    values[1] = kg_prf_precision(main);
    values[2] = kg_prf_recall(main);
    values[3] = kg_confusion_accuracy(c);
    values[4] = kg_confusion_matthews(c);
    if (o->kind == KG_TEXT) {
        values[1] = kg_prf_average(classes, c->n, false).f1;
        values[2] = kg_prf_average(classes, c->n, true).f1;
    }
}

static kg_status count(kg_confusion *c, const kg_outcomes *o, const uint32_t *picks, size_t n) {
    *c = (kg_confusion){o->labels.types.len, NULL};
    c->counts = calloc(c->n * c->n + 1, sizeof *c->counts);
    if (!c->counts)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        uint32_t at = pick(picks, i);
        c->counts[o->gold[at] * c->n + o->predicted[at]]++;
    }
    return KG_OK;
}

static kg_status judge_classes(double *values, const kg_outcomes *o, const uint32_t *picks,
                               size_t n) {
    kg_confusion c;
    kg_status st = count(&c, o, picks, n);
    kg_prf *classes = calloc(c.n + 1, sizeof *classes);
    if (!classes)
        st = KG_ERR_MEMORY;
    for (size_t k = 0; st == KG_OK && k < c.n; k++)
        classes[k] = kg_confusion_class(&c, k);
    if (st == KG_OK)
        put_classes(values, o, &c, classes);
    free(c.counts);
    free(classes);
    return st;
}

static kg_status correlate(double *value, const kg_outcomes *o, const uint32_t *picks, size_t n) {
    double *both = malloc((2 * n + 1) * sizeof *both);
    if (!both)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        both[i] = o->expected[pick(picks, i)];
        both[n + i] = o->grades[pick(picks, i)];
    }
    kg_status st = kg_spearman(value, both, both + n, n);
    free(both);
    return st;
}

static void judge_ranks(double *values, const kg_outcomes *o, const uint32_t *picks, size_t n) {
    double sums[4] = {0, 0, 0, 0};
    for (size_t i = 0; i < n; i++) {
        kg_ranked r = o->queries[pick(picks, i)];
        const double of[] = {r.reciprocal, r.first, r.precision, r.gain};
        for (int k = 0; k < 4; k++)
            sums[k] += of[k];
    }
    for (int k = 0; k < 4; k++)
        values[k] = n ? sums[k] / (double)n : 0;
}

kg_status kg_outcomes_judge(double values[KG_OUTCOME_FIGURES], const kg_outcomes *o,
                            const uint32_t *picks, size_t n) {
    kg_status st = KG_OK;
    size_t all = picks ? n : o->examples;
    for (int k = 0; k < KG_OUTCOME_FIGURES; k++)
        values[k] = NAN;
    if (o->kind == KG_TEXT_RANK)
        judge_ranks(values, o, picks, all);
    else
        st = judge_classes(values, o, picks, all);
    if (st == KG_OK && o->expected)
        st = correlate(&values[5], o, picks, all);
    return st;
}

typedef struct interval_of {
    const kg_outcomes *outcomes;
    size_t figure;
} interval_of;

static double figure_of_picked(void *context, const uint32_t *picks, size_t n) {
    const interval_of *of = context;
    double values[KG_OUTCOME_FIGURES];
    return kg_outcomes_judge(values, of->outcomes, picks, n) == KG_OK ? values[of->figure] : 0;
}

kg_status kg_outcomes_bootstrap(kg_interval *out, const kg_outcomes *outcomes, size_t figure,
                                size_t rounds, uint64_t seed) {
    kg_outcomes plain = *outcomes;
    plain.expected = NULL; /* whose correlation has no interval, and takes long */
    interval_of of = {&plain, figure};
    return kg_bootstrap(out, outcomes->examples, rounds, seed, figure_of_picked, &of);
}

kg_status kg_outcomes_confuse(kg_confusion *out, const kg_outcomes *o) {
    return count(out, o, NULL, o->examples);
}
