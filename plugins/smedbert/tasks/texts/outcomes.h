/* What a task over texts came to on a data set: of each example what it is and what it was taken
 * for, or of each query how its candidates were ranked; its figures, and its file.
 *
 * The file has a line that tells the task, then a line an item, of columns separated by tabs: what
 * it is, what it was taken for (of a candidate 1 or 0, and its score), and the item itself. */
#ifndef KG_SMEDBERT_OUTCOMES_H
#define KG_SMEDBERT_OUTCOMES_H

#include "plugins/smedbert/tasks/texts/text_data.h"
#include "plugins/smedbert/tasks/texts/text_measures.h"

/* Where the gain of a ranking is cut: nDCG@10. */
enum { KG_TEXTS_CUT = 10, KG_OUTCOME_FIGURES = 6 };

typedef struct kg_outcomes {
    kg_text_kind kind;
    kg_labels labels;           /* owned where it was read from a file */
    int class;                  /* pair: whose F1 counts; relation: "none"; -1: there is none */
    size_t examples;            /* texts, pairs, or queries */
    uint16_t *gold, *predicted; /* of each; of rank NULL */
    double *expected, *grades;  /* pair of classes that are numbers: their mean by probability, and
                                   what is right; else NULL */
    kg_ranked *queries;         /* of rank */
    uint64_t *hashes;           /* of each example as a file has it: what it is; else NULL */
} kg_outcomes;

/* Room for so many examples, in what the kind has. KG_ERR_MEMORY; kg_outcomes_free in any case. */
kg_status kg_outcomes_make(kg_outcomes *out, kg_text_kind kind, size_t examples);
void kg_outcomes_free(kg_outcomes *outcomes);

/* "text", "pair", "relation", "rank". */
const char *kg_text_kind_name(kg_text_kind kind);

/* The names of the figures of each kind, NULL at the end. The first chooses and comes first. */
extern const char *const kg_outcome_figures[][KG_OUTCOME_FIGURES + 1];

/* How many of them, from the first, are given an interval. */
size_t kg_outcome_intervals(kg_text_kind kind);

/* All figures over n examples, which may repeat (picks NULL: over all there are); NaN for those
 * that the data do not have. KG_ERR_MEMORY. */
kg_status kg_outcomes_judge(double values[KG_OUTCOME_FIGURES], const kg_outcomes *outcomes,
                            const uint32_t *picks, size_t n);

/* Bootstrap of a figure that is given an interval, over the examples (kg_bootstrap). */
kg_status kg_outcomes_bootstrap(kg_interval *out, const kg_outcomes *outcomes, size_t figure,
                                size_t rounds, uint64_t seed);

/* The counts of all examples; the caller's to free. KG_ERR_MEMORY. */
kg_status kg_outcomes_confuse(kg_confusion *out, const kg_outcomes *outcomes);

/* Read a file of outcomes. KG_ERR_FORMAT with file, line and remedy. kg_outcomes_free in any
 * case. */
kg_status kg_outcomes_read(kg_outcomes *out, const char *path, kg_error *err);
kg_status kg_outcomes_read_lines(kg_outcomes *out, kg_lines *lines, kg_error *err);

#endif
