/* The tables that are learnt, and the sums of squares that Adagrad keeps beside them: two blocks of
 * the same layout, with named views. */
#ifndef KG_TRANSR_KGE_TABLES_H
#define KG_TRANSR_KGE_TABLES_H

#include "kgstore/base/status.h"
#include "plugins/transr/recipe.h"

#include <stddef.h>

typedef struct transr_tables {
    float *entity;    /* (E, d) */
    float *relation;  /* (R, dr) */
    float *head_proj; /* (R, d, dr), of heads and, unless separate, of tails; NULL for TransE */
    float *tail_proj; /* (R, d, dr), of tails; head_proj unless separate */
    size_t n;         /* floats of the whole, from entity on */
} transr_tables;

typedef struct transr_parameters {
    uint32_t E, R, d, dr;
    transr_tables value, square;
} transr_parameters;

/* Allocate and initialize: entities N(0, init^2), relations N(0, (init / 3)^2), projections the
 * identity (d and dr may differ), squares 0. Draws depend on the seed and the row alone. *out is
 * freed by transr_parameters_free, also after a failure. KG_ERR_MEMORY. */
kg_status transr_parameters_new(transr_parameters *out, uint32_t E, uint32_t R,
                                const transr_recipe *recipe);
void transr_parameters_free(transr_parameters *parameters);

#endif
