#include "plugins/smedbert/tasks/ner/ner_score.h"

#include <stdlib.h>
#include <string.h>

kg_status kg_ner_score_init(kg_ner_score *score, size_t n_types, kg_convention convention) {
    *score = (kg_ner_score){.convention = convention, .n_types = n_types};
    score->types = calloc(n_types + 1, sizeof *score->types);
    score->confusion = calloc((n_types + 1) * (n_types + 1), sizeof *score->confusion);
    return score->types && score->confusion ? KG_OK : KG_ERR_MEMORY;
}

void kg_ner_score_free(kg_ner_score *score) {
    free(score->types);
    free(score->confusion);
    kg_array_free(&score->sequences);
    kg_array_free(&score->gold);
    kg_array_free(&score->predicted);
    *score = (kg_ner_score){0};
}

static void count_pair(kg_ner_score *score, kg_prf *sequence, uint32_t gold, uint32_t predicted) {
    uint32_t none = (uint32_t)score->n_types;
    score->confusion[(size_t)gold * (none + 1) + predicted]++;
    if (gold != none) {
        sequence->gold++;
        score->types[gold].gold++;
    }
    if (predicted != none) {
        sequence->predicted++;
        score->types[predicted].predicted++;
    }
    if (gold == predicted) {
        sequence->correct++;
        score->types[gold].correct++;
    }
}

kg_status kg_ner_score_add(kg_ner_score *score, const uint16_t *gold, const uint16_t *predicted,
                           size_t n) {
    kg_status st;
    score->gold.len = score->predicted.len = 0;
    KG_TRY(st, kg_tags_spans(&score->gold, gold, n, score->convention));
    KG_TRY(st, kg_tags_spans(&score->predicted, predicted, n, score->convention));
    kg_prf sequence = {0, 0, 0};
    uint32_t none = (uint32_t)score->n_types;
    const kg_ner_span *g = score->gold.data, *p = score->predicted.data;
    size_t i = 0, j = 0;
    while (i < score->gold.len || j < score->predicted.len) {
        bool has_gold = i < score->gold.len, has_predicted = j < score->predicted.len;
        if (has_gold && has_predicted && g[i].start == p[j].start && g[i].end == p[j].end)
            count_pair(score, &sequence, g[i++].type, p[j++].type);
        else if (!has_predicted || (has_gold && g[i].start <= p[j].start))
            count_pair(score, &sequence, g[i++].type, none);
        else
            count_pair(score, &sequence, none, p[j++].type);
    }
    kg_prf_add(&score->micro, sequence);
    return kg_array_push(&score->sequences, sequence);
}

kg_averages kg_ner_macro(const kg_ner_score *score) {
    return kg_prf_average(score->types, score->n_types, false);
}

kg_averages kg_ner_weighted(const kg_ner_score *score) {
    return kg_prf_average(score->types, score->n_types, true);
}

double kg_ner_mean_f1(kg_ner_runs runs) {
    double sum = 0;
    for (size_t i = 0; i < runs.n; i++)
        sum += kg_prf_f1(runs.scores[i].micro);
    return runs.n ? sum / (double)runs.n : 0;
}

/* The mean of the runs' F1 over n picked sequences. */
static double mean_of_picked(kg_ner_runs runs, const uint32_t *picks, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < runs.n; i++) {
        kg_prf counts = {0, 0, 0};
        for (size_t j = 0; j < n; j++)
            kg_prf_add(&counts, runs.scores[i].sequences.data[picks[j]]);
        sum += kg_prf_f1(counts);
    }
    return runs.n ? sum / (double)runs.n : 0;
}

static bool hold_sequences(kg_ner_runs runs, size_t n) {
    for (size_t i = 0; i < runs.n; i++)
        if (runs.scores[i].sequences.len != n)
            return false;
    return true;
}

typedef struct difference {
    kg_ner_runs runs;
    const kg_ner_runs *others;
} difference;

static double difference_of_picked(void *context, const uint32_t *picks, size_t n) {
    const difference *d = context;
    return mean_of_picked(d->runs, picks, n) -
           (d->others ? mean_of_picked(*d->others, picks, n) : 0);
}

kg_status kg_ner_bootstrap(kg_interval *out, kg_ner_runs runs, const kg_ner_runs *others,
                           size_t rounds, uint64_t seed) {
    size_t n = runs.n ? runs.scores[0].sequences.len : 0;
    difference d = {runs, others};
    *out = (kg_interval){0, 0, 0};
    if (!hold_sequences(runs, n) || (others && !hold_sequences(*others, n)))
        return KG_ERR_ARGUMENT;
    return kg_bootstrap(out, n, rounds, seed, difference_of_picked, &d);
}

const char *kg_ner_fault_name(kg_ner_fault fault) {
    switch (fault) {
    case KG_FAULT_MISSED:
        return "missed";
    case KG_FAULT_SPURIOUS:
        return "spurious";
    case KG_FAULT_TYPE:
        return "wrong type";
    case KG_FAULT_BOUNDARY:
        return "wrong boundary";
    }
    return "";
}

/* Walks both lists in order; each list's spans do not overlap one another. A span that overlaps
 * several of the other list pairs with the first of them that is free; the rest count alone as
 * boundary faults. */
kg_status kg_ner_faults(const kg_ner_score *score, kg_ner_fault_fn visit, void *context) {
    kg_status st;
    const kg_ner_span *g = score->gold.data, *p = score->predicted.data;
    size_t n_gold = score->gold.len, n_predicted = score->predicted.len;
    uint32_t gold_reach = 0, predicted_reach = 0; /* ends of the spans already told */
    size_t i = 0, j = 0;
    while (i < n_gold || j < n_predicted) {
        if (i < n_gold && j < n_predicted && g[i].start < p[j].end && p[j].start < g[i].end) {
            bool same_span = g[i].start == p[j].start && g[i].end == p[j].end;
            if (!same_span)
                KG_TRY(st, visit(context, KG_FAULT_BOUNDARY, &g[i], &p[j]));
            else if (g[i].type != p[j].type)
                KG_TRY(st, visit(context, KG_FAULT_TYPE, &g[i], &p[j]));
            gold_reach = g[i++].end;
            predicted_reach = p[j++].end;
        } else if (j == n_predicted || (i < n_gold && g[i].start < p[j].start)) {
            bool touched = g[i].start < predicted_reach;
            KG_TRY(st, visit(context, touched ? KG_FAULT_BOUNDARY : KG_FAULT_MISSED, &g[i], NULL));
            i++;
        } else {
            bool touched = p[j].start < gold_reach;
            KG_TRY(st,
                   visit(context, touched ? KG_FAULT_BOUNDARY : KG_FAULT_SPURIOUS, NULL, &p[j]));
            j++;
        }
    }
    return KG_OK;
}
