/* The fields of maps that points in time are made from: {year: 1984, month: 10, time: other}. */
#ifndef KG_CYPHER_TEMPORAL_FIELDS_H
#define KG_CYPHER_TEMPORAL_FIELDS_H

#include "kgstore/cypher/eval.h"
#include "kgstore/cypher/temporal.h"

typedef enum cy_field {
    CY_F_YEAR,
    CY_F_QUARTER,
    CY_F_MONTH,
    CY_F_WEEK,
    CY_F_DAY,
    CY_F_ORDINAL_DAY,
    CY_F_DAY_OF_QUARTER,
    CY_F_DAY_OF_WEEK,
    CY_F_HOUR,
    CY_F_MINUTE,
    CY_F_SECOND,
    CY_F_MILLISECOND,
    CY_F_MICROSECOND,
    CY_F_NANOSECOND,
    CY_F_EPOCH_SECONDS,
    CY_F_EPOCH_MILLIS
} cy_field;

enum {
    CY_FIELDS = CY_F_EPOCH_MILLIS + 1,
    CY_DATE_FIELDS = (1 << CY_F_HOUR) - 1,
    CY_CLOCK_FIELDS = (1 << CY_F_EPOCH_SECONDS) - (1 << CY_F_HOUR)
};

typedef struct cy_fields {
    unsigned set; /* bits of the fields that are there */
    int64_t numbers[CY_FIELDS];
    const cy_value *date, *time, *datetime; /* points in time to select from, or NULL */
    kg_str zone;                            /* of "timezone", or empty */
} cy_fields;

static inline bool cy_has_field(const cy_fields *fields, cy_field field) {
    return fields->set >> field & 1U;
}

/* Read a map, which may be NULL: no fields. Fails where a key is none of them, or its value none of
 * its own. */
kg_status cy_read_fields(cy_fields *out, cy_context *context, const cy_map *map);

/* Change days (where has_base) or set them by the fields of a date: by month and day, by week, by
 * quarter, or by the day of the year. */
kg_status cy_apply_date_fields(int64_t *days, cy_context *context, const cy_fields *fields,
                               bool has_base);

/* The same with seconds and nanoseconds. adds: what is less than a second is added to that of the
 * base, and does not take its place. */
kg_status cy_apply_clock_fields(cy_temporal *parts, cy_context *context, const cy_fields *fields,
                                bool has_base, bool adds);

#endif
