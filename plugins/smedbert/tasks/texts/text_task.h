/* What the tasks over texts share: their setup, and the parts of their rows. */
#ifndef KG_SMEDBERT_TEXT_TASK_H
#define KG_SMEDBERT_TEXT_TASK_H

#include "plugins/smedbert/tasks/texts/outcomes.h"
#include "plugins/smedbert/tune/tune_task.h"

/* The table of these tasks, by kg_text_kind; ends with NULL. */
extern const kg_tune_task *const kg_text_tasks[];

/* What is their own of a setup. */
typedef struct kg_texts_setup {
    kg_labels labels;      /* classes; of rank none */
    uint64_t *counts;      /* of the examples of each class in train; owned; NULL: not known */
    char *positive;        /* pair: the class whose F1 counts; owned */
    bool both_orders;      /* pair: trained in an order that is drawn, and read in both */
    bool match_features;   /* of a pair's tokens: whether the other text has them too */
    bool mention_features; /* of a mention's tokens: its type and their place */
    double margin;
    uint32_t negatives; /* rank: wrong candidates beside a right one, in training */
    double other_pairs; /* relation: of a spo_list, other pairs beside a related one */
} kg_texts_setup;

static inline kg_texts_setup *kg_texts_own(const kg_tune_session *session) {
    return session->setup.own;
}

/* The data of a part. */
typedef struct kg_texts_part {
    kg_texts texts;
    const uint8_t *trained; /* of each example: it is trained on; borrowed; NULL: none is */
    kg_tune_packs single;   /* what the packs of an epoch are dealt from: of rank a pack for each
                               candidate; of pairs in both orders the one that is not in use */
} kg_texts_part;

kg_text_kind kg_text_kind_of(const kg_tune_task *task);

/* Of a pair's two classes the one whose F1 counts, of relations "none"; -1: there is none. */
int kg_texts_class(const kg_tune_setup *setup);

/* The grades (of each class) where all classes are numbers. False: they are not. */
bool kg_texts_grades(double *grades, const kg_labels *labels);

/* ---- text_pack.c ---- */

/* Rows of features of a piece, where the graph has n_types types. */
size_t kg_texts_features(const kg_texts_setup *own, size_t n_types);
kg_status kg_texts_pack(kg_tune_part *part, kg_tune_session *session, const uint8_t *trained,
                        kg_error *err);
kg_status kg_texts_deal(kg_tune_part *part, const kg_tune_session *session, uint64_t seed,
                        uint64_t epoch, kg_error *err);

/* ---- text_keys.c ---- */

kg_status kg_texts_keys(kg_sparse_keys *keys, const uint16_t **gold, kg_tune_session *session,
                        const kg_tune_part *part, size_t example, kg_error *err);

/* ---- text_judge.c ---- */

/* By how much of the bias each of the n classes' scores is lowered: what is not positive of two, or
 * "none", by all of it; of texts each class by the logarithm of its share of train. */
void kg_texts_lower(float *low, const kg_tune_setup *setup, size_t n);

/* Probabilities of all items' classes (items, L), or of candidates their scores, by a reading; of
 * the examples whose `only` is set (NULL: all), zero elsewhere. The caller's to free; NULL: out of
 * memory. */
float *kg_texts_probabilities(const kg_tune_session *session, const kg_tune_part *part,
                              const kg_tune_scores *scores, const uint8_t *only,
                              const kg_tune_reading *reading);

/* The most probable of n classes. */
size_t kg_texts_best(const float *probabilities, size_t n);

/* What they come to. KG_ERR_MEMORY; kg_outcomes_free in any case. */
kg_status kg_texts_outcomes(kg_outcomes *out, const kg_tune_session *session, const kg_texts *texts,
                            const float *probabilities);
kg_status kg_texts_measure(kg_tune_figures *out, kg_tune_session *session, const kg_tune_part *part,
                           const kg_tune_scores *scores, const uint8_t *only, kg_error *err);

#endif
