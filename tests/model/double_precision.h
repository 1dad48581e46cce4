/* Put before every file of the model by the build of kgmodel_double: single precision becomes
 * double, so that differences of the loss tell a wrong gradient from rounding. Everything else is
 * the model as it is, its elementary functions (model/vecmath.h) aside: those come from libm. */
#ifndef KG_TESTS_DOUBLE_PRECISION_H
#define KG_TESTS_DOUBLE_PRECISION_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KG_DOUBLE_PRECISION
#undef __AVX2__ /* products are OpenBLAS's: our tiles hold eight floats */
#define float double
#define sqrtf sqrt
#define logf log
#define fabsf fabs
#define cblas_sgemm cblas_dgemm

/* Stands for model/vecmath.h. */
#define KG_MODEL_VECMATH_H

static inline double kg_vec_exp(double x) {
    return exp(x);
}

static inline double kg_vec_erf(double x) {
    return erf(x);
}

static inline double kg_vec_tanh(double x) {
    return tanh(x);
}

static inline double kg_vec_gelu(double x) {
    return 0.5 * x * (1.0 + erf(x * 0.70710678));
}

#endif
