/* Functions of numbers. */
#include "kgstore/cypher/eval.h"
#include "kgstore/cypher/functions.h"

#include "kgstore/base/hash.h"

#include <math.h>

static kg_status want_numbers(cy_context *c, const cy_value *a, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!cy_is_number(&a[i]))
            return cy_fail(c, "TypeError", "InvalidArgumentType", "expected a number, found %s",
                           cy_a_kind(a[i].kind));
    return KG_OK;
}

static kg_status f_abs(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_numbers(c, a, n));
    if (a->kind == CY_INTEGER && a->as.integer == INT64_MIN)
        return cy_fail(c, "ArithmeticError", "IntegerOverflow", "the result does not fit 64 bits");
    *out = a->kind == CY_INTEGER ? cy_integer(a->as.integer < 0 ? -a->as.integer : a->as.integer)
                                 : cy_float(fabs(a->as.real));
    return KG_OK;
}

static kg_status f_sign(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_numbers(c, a, n));
    double x = cy_to_real(a);
    *out = cy_integer((x > 0) - (x < 0));
    return KG_OK;
}

/* Functions of one float that give one. */
#define REAL(name, expression)                                                                     \
    static kg_status f_##name(cy_value *out, cy_context *c, const cy_value *a, size_t n) {         \
        kg_status st;                                                                              \
        KG_TRY(st, want_numbers(c, a, n));                                                         \
        double x = cy_to_real(a);                                                                  \
        *out = cy_float(expression);                                                               \
        return KG_OK;                                                                              \
    }

REAL(ceil, ceil(x))
REAL(floor, floor(x))
REAL(sqrt, sqrt(x))
REAL(exp, exp(x))
REAL(log, log(x))
REAL(log10, log10(x))
REAL(sin, sin(x))
REAL(cos, cos(x))
REAL(tan, tan(x))
REAL(cot, 1 / tan(x))
REAL(asin, asin(x))
REAL(acos, acos(x))
REAL(atan, atan(x))
REAL(degrees, x * 180 / M_PI)
REAL(radians, x *M_PI / 180)
REAL(haversin, (1 - cos(x)) / 2)

static kg_status f_round(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_numbers(c, a, n));
    double x = cy_to_real(a);
    double scale = n > 1 ? pow(10, cy_to_real(&a[1])) : 1;
    *out = cy_float(floor(x * scale + 0.5) / scale);
    return KG_OK;
}

static kg_status f_atan2(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_numbers(c, a, n));
    *out = cy_float(atan2(cy_to_real(&a[0]), cy_to_real(&a[1])));
    return KG_OK;
}

static kg_status f_is_nan(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_numbers(c, a, n));
    *out = cy_boolean(a->kind == CY_FLOAT && isnan(a->as.real));
    return KG_OK;
}

static kg_status f_pi(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)c, (void)a, (void)n;
    *out = cy_float(M_PI);
    return KG_OK;
}

static kg_status f_e(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)c, (void)a, (void)n;
    *out = cy_float(M_E);
    return KG_OK;
}

static kg_status f_rand(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)a, (void)n;
    c->random += UINT64_C(0x9E3779B97F4A7C15);
    *out = cy_float((double)(kg_hash_u64(c->random) >> 11) * 0x1p-53);
    return KG_OK;
}

#define ROW(text, function)                                                                        \
    { text, 1, 1, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, function }

const cy_function cy_functions_number[] = {
    {"abs", 1, 1, false, CY_TYPE_ANY, 0, CY_AGG_NONE, f_abs},
    {"sign", 1, 1, false, CY_TYPE_INTEGER, 0, CY_AGG_NONE, f_sign},
    {"round", 1, 2, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, f_round},
    {"atan2", 2, 2, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, f_atan2},
    {"isNaN", 1, 1, false, CY_TYPE_BOOLEAN, 0, CY_AGG_NONE, f_is_nan},
    {"pi", 0, 0, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, f_pi},
    {"e", 0, 0, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, f_e},
    {"rand", 0, 0, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, f_rand},
    ROW("ceil", f_ceil),
    ROW("floor", f_floor),
    ROW("sqrt", f_sqrt),
    ROW("exp", f_exp),
    ROW("log", f_log),
    ROW("log10", f_log10),
    ROW("sin", f_sin),
    ROW("cos", f_cos),
    ROW("tan", f_tan),
    ROW("cot", f_cot),
    ROW("asin", f_asin),
    ROW("acos", f_acos),
    ROW("atan", f_atan),
    ROW("degrees", f_degrees),
    ROW("radians", f_radians),
    ROW("haversin", f_haversin),
    {0}};
