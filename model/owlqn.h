/* Minimizing a smooth convex function plus the sum of the magnitudes of its arguments:
 * limited-memory quasi-Newton steps that stay within an orthant (OWL-QN; Andrew and Gao, "Scalable
 * training of L1-regularized log-linear models", ICML 2007). Most arguments end at exactly zero. */
#ifndef KG_MODEL_OWLQN_H
#define KG_MODEL_OWLQN_H

#include "kgstore/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The smooth part at x, and its gradient (both of the problem's n). */
typedef double kg_objective(double *gradient, const double *x, void *context);

typedef struct kg_owlqn {
    size_t n;
    double l1; /* factor of the sum of magnitudes; 0: plain L-BFGS */
    unsigned iterations;
    unsigned memory;  /* steps that the curvature is estimated from */
    double tolerance; /* stop where ten iterations lowered the value by less than this share */
    kg_objective *objective;
    /* Told the value after each iteration; false stops. May be NULL. */
    bool (*goes_on)(void *context, unsigned iteration, double value);
    void *context; /* of both */
} kg_owlqn;

#define KG_OWLQN_INIT                                                                              \
    { .iterations = 100, .memory = 6, .tolerance = 1e-5 }

/* Improve x (n) from where it is. *value is what is reached. Stops early, with KG_OK, where no step
 * along the direction lowers the value. KG_ERR_CANCELLED: told not to go on; KG_ERR_NUMERIC: the
 * value is not finite at the start; KG_ERR_MEMORY. */
kg_status kg_owlqn_minimize(double *x, double *value, const kg_owlqn *problem, kg_error *err);

#endif
