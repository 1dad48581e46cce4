/* Durations summed up from amounts of units. What is less than a whole month becomes days, what is
 * less than a day seconds: a month has 30.436875 days on average, and a day 86400 seconds. */
#ifndef KG_CYPHER_TEMPORAL_DURATION_H
#define KG_CYPHER_TEMPORAL_DURATION_H

#include "kgstore/cypher/temporal.h"

/* What a duration keeps apart. */
typedef enum cy_measure { CY_MONTHS, CY_DAYS, CY_SECONDS, CY_NANOS } cy_measure;

typedef struct cy_unit {
    const char *name; /* "years" */
    char letter;      /* 'Y', or 0 */
    cy_measure measure;
    int64_t of_measure; /* 12: this many of the measure are one */
} cy_unit;

/* By its name without regard to case, or by the letter that texts have, before or after their T.
 * NULL: there is none. */
const cy_unit *cy_unit_of_name(kg_str name);
const cy_unit *cy_unit_of_letter(char letter, bool after_t);

/* Add amounts to a duration's parts. False: they do not fit 64 bits, or are no number. */
bool cy_add_whole(cy_temporal *parts, const cy_unit *unit, int64_t amount);
bool cy_add_real(cy_temporal *parts, const cy_unit *unit, long double amount);

/* parts = a + sign * b. */
bool cy_add_durations(cy_temporal *parts, const cy_temporal *a, const cy_temporal *b, int sign);

/* parts = a * factor / divisor, fractions carried on. */
bool cy_scale_duration(cy_temporal *parts, const cy_temporal *a, long double factor,
                       long double divisor);

/* parts = a * factor, exactly. */
bool cy_multiply_duration(cy_temporal *parts, const cy_temporal *a, int64_t factor);

#endif
