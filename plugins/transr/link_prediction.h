/* Filtered link prediction: every query of the triples under test ranked against all entities. */
#ifndef KG_TRANSR_LINK_PREDICTION_H
#define KG_TRANSR_LINK_PREDICTION_H

#include "plugins/transr/kge_tables.h"
#include "plugins/transr/queries.h"

/* Means over queries. A rank is 1 + those better + half of those equal. */
typedef struct transr_figures {
    double mrr, mr, hits1, hits3, hits10;
    uint64_t count;
} transr_figures;

typedef struct transr_evaluation {
    transr_figures head, tail, both; /* asked for heads, for tails, all */
    uint64_t triples;                /* distinct ones */
    uint64_t unseen_entities;        /* of the triples under test, not in training */
    uint64_t unseen_triples;         /* with such an entity; they are ranked as all others */
} transr_evaluation;

typedef struct transr_trial {
    const transr_parameters *parameters; /* only `value` is read */
    const transr_recipe *recipe;         /* norm, project, separate */
    const transr_queries *test;          /* what is ranked */
    const transr_queries *known;         /* all true triples: test's own among them. Filtered */
    const transr_queries *train;         /* tells which entities were seen */
    /* Polled now and then; may be NULL. */
    bool (*cancelled)(void *context);
    void *context;
} transr_trial;

/* Ranks are exact: candidates too near an answer for single precision to tell are compared in
 * double precision, by the score's definition. KG_ERR_MEMORY, KG_ERR_CANCELLED. */
kg_status transr_evaluate(transr_evaluation *out, const transr_trial *trial);

/* The distance of a triple in double precision, by its definition: L1, or the square of L2. */
double transr_distance_exact(const transr_parameters *parameters, const transr_recipe *recipe,
                             transr_triple triple);

#endif
