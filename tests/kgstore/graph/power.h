/* PageRank by its definition, in double precision: what the tests hold the program to. */
#ifndef KG_TESTS_POWER_H
#define KG_TESTS_POWER_H

#include "kgstore/kgstore.h"

/* Iterate from the uniform vector until nothing moves (400 rounds); x has n_entities. */
void kg_power_iteration(double *x, const kg_rank_input *input);

#endif
