/* Points in time and durations: the calendar, their texts (ISO 8601), and how the store keeps them.
 */
#ifndef KG_CYPHER_TEMPORAL_H
#define KG_CYPHER_TEMPORAL_H

#include "kgstore/cypher/cyvalue.h"

#include <strings.h>

enum { CY_DAY_SECONDS = 86400, CY_NANOSECONDS = 1000000000 };

/* ---- Values ---------------------------------------------------------------------------------- */

/* Read a value of one of the temporal kinds. KG_ERR_FORMAT: the text is none. KG_ERR_NOT_FOUND: it
 * names a time zone that the system lacks. */
kg_status cy_temporal_parse(cy_value *out, kg_arena *arena, cy_kind kind, kg_str text);

/* Its text, made in the arena. */
kg_status cy_temporal_text(kg_str *out, kg_arena *arena, const cy_value *value);

/* Dates and points in time as the store's values; times and durations, which the store does not
 * know, as texts typed xsd:time and xsd:duration. What XML Schema cannot say (a named zone, a
 * duration of mixed signs) is typed urn:kg:datetime, urn:kg:time, urn:kg:duration. A typed value of
 * another datatype is its number where that is XML Schema's, and else its text. */
kg_status cy_temporal_from_stored(cy_value *out, kg_arena *arena, const kg_value *value);
kg_status cy_temporal_to_stored(kg_value *out, kg_arena *arena, const cy_value *value);

/* A value of a kind with these parts, the zone's name copied; seconds and nanoseconds of a duration
 * are carried here. KG_ERR_LIMIT: a year beyond 999,999,999, before or after, or a duration whose
 * length in seconds does not fit 64 bits. */
kg_status cy_temporal_make(cy_value *out, kg_arena *arena, cy_kind kind, const cy_temporal *parts);

/* ---- The calendar ---------------------------------------------------------------------------- */

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. */
int64_t cy_days_from_civil(int64_t year, int month, int day);
void cy_civil_from_days(int64_t *year, int *month, int *day, int64_t days);
int cy_days_of_month(int64_t year, int month);

/* The same with ISO weeks: Monday is 1, and a year's first week has its first Thursday. */
void cy_week_from_days(int64_t *year, int *week, int *weekday, int64_t days);

/* Days of a date said in one of four ways; false: there is no such day. */
bool cy_calendar_date(int64_t *days, int64_t year, int64_t month, int64_t day);
bool cy_week_date(int64_t *days, int64_t year, int64_t week, int64_t weekday);
bool cy_quarter_date(int64_t *days, int64_t year, int64_t quarter, int64_t day);
bool cy_ordinal_date(int64_t *days, int64_t year, int64_t day);

/* Days of the date some months later; its day is the month's last where that is shorter. */
int64_t cy_add_months(int64_t days, int64_t months);

/* ---- Parts ----------------------------------------------------------------------------------- */

/* Division whose remainder is never negative, for b > 0. */
static inline int64_t cy_floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static inline int64_t cy_floor_mod(int64_t a, int64_t b) {
    return a % b + (a % b < 0 ? b : 0);
}

/* Seconds since 1970 that a local clock shows. */
static inline int64_t cy_local_seconds(const cy_temporal *t) {
    return t->days * CY_DAY_SECONDS + t->seconds;
}

static inline void cy_set_local_seconds(cy_temporal *t, int64_t seconds) {
    t->days = cy_floor_div(seconds, CY_DAY_SECONDS);
    t->seconds = cy_floor_mod(seconds, CY_DAY_SECONDS);
}

/* The first month of a month's quarter. */
static inline int cy_quarter_month(int month) {
    return (month - 1) / 3 * 3 + 1;
}

/* Names of parts, units and fields are compared without regard to case. */
static inline bool cy_is_named(kg_str text, const char *name) {
    return strlen(name) == text.len && strncasecmp(name, text.data, text.len) == 0;
}

static inline bool cy_has_date(cy_kind kind) {
    return kind == CY_DATE || kind == CY_LOCAL_DATETIME || kind == CY_DATETIME;
}

static inline bool cy_has_clock(cy_kind kind) {
    return kind >= CY_LOCAL_TIME && kind <= CY_DATETIME;
}

static inline bool cy_has_offset(cy_kind kind) {
    return kind == CY_TIME || kind == CY_DATETIME;
}

#endif
