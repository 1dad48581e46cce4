/* The model by its definition, in double precision and without any product of matrices: what the
 * tests compare with. Shares no code with the trainer. */
#ifndef KG_TESTS_NAIVE_KGE_H
#define KG_TESTS_NAIVE_KGE_H

#include "plugins/transr/kge_tables.h"
#include "plugins/transr/queries.h"

/* The distance of a triple; values is laid out as kge_tables has it, in double precision. */
double naive_distance(const double *values, const transr_parameters *shape,
                      const transr_recipe *recipe, transr_triple triple);

/* The loss of all triples, both sides, against every entity. */
typedef struct naive_problem {
    const transr_parameters *shape;
    const transr_recipe *recipe;
    const transr_triple *triples;
    size_t n;
    const double *weights_from; /* values at which the negatives' weights are taken */
} naive_problem;

double naive_loss(const double *values, const naive_problem *problem);

/* The triple of a query and an answer to it. */
transr_triple naive_answered(transr_query query, uint32_t answer);

/* Whether triples hold one. */
bool naive_has(const transr_triple *triples, size_t n, transr_triple triple);

#endif
