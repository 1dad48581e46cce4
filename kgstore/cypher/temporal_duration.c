/* Arithmetic of durations. Fractions are long doubles, so that a nanosecond of years is exact; they
 * are rounded to whole nanoseconds, half to even. */
#include "kgstore/cypher/temporal_duration.h"

#include <math.h>

static const cy_unit UNITS[] = {{"years", 'Y', CY_MONTHS, 12},
                                {"quarters", 'Q', CY_MONTHS, 3},
                                {"months", 'M', CY_MONTHS, 1},
                                {"weeks", 'W', CY_DAYS, 7},
                                {"days", 'D', CY_DAYS, 1},
                                {"hours", 'H', CY_SECONDS, 3600},
                                {"minutes", 'M', CY_SECONDS, 60},
                                {"seconds", 'S', CY_SECONDS, 1},
                                {"milliseconds", 0, CY_NANOS, 1000000},
                                {"microseconds", 0, CY_NANOS, 1000},
                                {"nanoseconds", 0, CY_NANOS, 1}};

enum { N_UNITS = sizeof UNITS / sizeof *UNITS };

const cy_unit *cy_unit_of_name(kg_str name) {
    for (size_t i = 0; i < N_UNITS; i++)
        if (cy_is_named(name, UNITS[i].name))
            return &UNITS[i];
    return NULL;
}

const cy_unit *cy_unit_of_letter(char letter, bool after_t) {
    for (size_t i = 0; i < N_UNITS; i++)
        if (UNITS[i].letter == letter && (UNITS[i].measure == CY_SECONDS) == after_t)
            return letter ? &UNITS[i] : NULL;
    return NULL;
}

/* Nanoseconds are kept below a second, of either sign, so that many of them fit. */
static bool add_to_measure(cy_temporal *parts, cy_measure measure, int64_t n) {
    switch (measure) {
    case CY_MONTHS:
        return !__builtin_add_overflow(parts->months, n, &parts->months);
    case CY_DAYS:
        return !__builtin_add_overflow(parts->days, n, &parts->days);
    case CY_SECONDS:
        return !__builtin_add_overflow(parts->seconds, n, &parts->seconds);
    case CY_NANOS:
        parts->nanoseconds += n % CY_NANOSECONDS;
        n = n / CY_NANOSECONDS + parts->nanoseconds / CY_NANOSECONDS;
        parts->nanoseconds %= CY_NANOSECONDS;
        return !__builtin_add_overflow(parts->seconds, n, &parts->seconds);
    }
    return false;
}

bool cy_add_whole(cy_temporal *parts, const cy_unit *unit, int64_t amount) {
    int64_t n;
    if (unit->measure == CY_NANOS) { /* milliseconds may be more than nanoseconds can count */
        int64_t of_second = CY_NANOSECONDS / unit->of_measure;
        return add_to_measure(parts, CY_SECONDS, amount / of_second) &&
               add_to_measure(parts, CY_NANOS, amount % of_second * unit->of_measure);
    }
    return !__builtin_mul_overflow(amount, unit->of_measure, &n) &&
           add_to_measure(parts, unit->measure, n);
}

static bool add_real_measure(cy_temporal *parts, cy_measure measure, long double x) {
    static const long double OF_NEXT[] = {30.436875L, CY_DAY_SECONDS, CY_NANOSECONDS};
    for (;; measure++) {
        if (!(fabsl(x) < 0x1p63L))
            return false;
        if (measure <
            CY_SECONDS) /* 0.7 of 10 days is 7 days only if it is rounded as a double is */
            x = (double)x;
        if (measure == CY_NANOS)
            return add_to_measure(parts, measure, (int64_t)rintl(x));
        int64_t whole = (int64_t)x;
        if (!add_to_measure(parts, measure, whole))
            return false;
        x = (x - (long double)whole) * OF_NEXT[measure];
    }
}

bool cy_add_real(cy_temporal *parts, const cy_unit *unit, long double amount) {
    return add_real_measure(parts, unit->measure, amount * (long double)unit->of_measure);
}

bool cy_add_durations(cy_temporal *parts, const cy_temporal *a, const cy_temporal *b, int sign) {
    cy_temporal other;
    *parts = *a;
    return cy_multiply_duration(&other, b, sign) &&
           add_to_measure(parts, CY_MONTHS, other.months) &&
           add_to_measure(parts, CY_DAYS, other.days) &&
           add_to_measure(parts, CY_SECONDS, other.seconds) &&
           add_to_measure(parts, CY_NANOS, other.nanoseconds);
}

bool cy_scale_duration(cy_temporal *parts, const cy_temporal *a, long double factor,
                       long double divisor) {
    const int64_t amounts[] = {a->months, a->days, a->seconds, a->nanoseconds};
    *parts = (cy_temporal){0};
    for (cy_measure measure = CY_MONTHS; measure <= CY_NANOS; measure++)
        if (!add_real_measure(parts, measure, (long double)amounts[measure] * factor / divisor))
            return false;
    return true;
}

bool cy_multiply_duration(cy_temporal *parts, const cy_temporal *a, int64_t factor) {
    int64_t carried;
    *parts = (cy_temporal){0};
    /* Less than 2^30 nanoseconds times 2^63 does not fit; the seconds among them do. */
    __extension__ __int128 nanoseconds = (__int128)a->nanoseconds * factor;
    carried = (int64_t)(nanoseconds / CY_NANOSECONDS);
    parts->nanoseconds = (int64_t)(nanoseconds % CY_NANOSECONDS);
    return !__builtin_mul_overflow(a->months, factor, &parts->months) &&
           !__builtin_mul_overflow(a->days, factor, &parts->days) &&
           !__builtin_mul_overflow(a->seconds, factor, &parts->seconds) &&
           !__builtin_add_overflow(parts->seconds, carried, &parts->seconds);
}
