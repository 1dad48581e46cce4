/* Parts of points in time and durations, and arithmetic with them. */
#include "kgstore/cypher/timeparts.h"

#include "kgstore/cypher/temporal_build.h"
#include "kgstore/cypher/temporal_duration.h"
#include "kgstore/cypher/temporal_text.h"
#include "kgstore/cypher/temporal_zone.h"

/* ---- Parts ----------------------------------------------------------------------------------- */

typedef enum part {
    P_YEAR,
    P_QUARTER,
    P_MONTH,
    P_WEEK,
    P_WEEK_YEAR,
    P_DAY_OF_QUARTER,
    P_ORDINAL_DAY,
    P_DAY_OF_WEEK,
    P_DAY,
    P_HOUR,
    P_MINUTE,
    P_SECOND,
    P_MILLISECOND,
    P_MICROSECOND,
    P_NANOSECOND,
    P_TIMEZONE,
    P_OFFSET,
    P_OFFSET_MINUTES,
    P_OFFSET_SECONDS,
    P_EPOCH_SECONDS,
    P_EPOCH_MILLIS
} part;

static const struct {
    const char *name;
    part part;
} PARTS[] = {{"year", P_YEAR},
             {"quarter", P_QUARTER},
             {"month", P_MONTH},
             {"week", P_WEEK},
             {"weekYear", P_WEEK_YEAR},
             {"dayOfQuarter", P_DAY_OF_QUARTER},
             {"quarterDay", P_DAY_OF_QUARTER},
             {"ordinalDay", P_ORDINAL_DAY},
             {"dayOfWeek", P_DAY_OF_WEEK},
             {"weekDay", P_DAY_OF_WEEK},
             {"day", P_DAY},
             {"hour", P_HOUR},
             {"minute", P_MINUTE},
             {"second", P_SECOND},
             {"millisecond", P_MILLISECOND},
             {"microsecond", P_MICROSECOND},
             {"nanosecond", P_NANOSECOND},
             {"timezone", P_TIMEZONE},
             {"offset", P_OFFSET},
             {"offsetMinutes", P_OFFSET_MINUTES},
             {"offsetSeconds", P_OFFSET_SECONDS},
             {"epochSeconds", P_EPOCH_SECONDS},
             {"epochMillis", P_EPOCH_MILLIS}};

static bool find_part(part *out, kg_str key) {
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (cy_is_named(key, PARTS[i].name)) {
            *out = PARTS[i].part;
            return true;
        }
    return false;
}

static int64_t date_part(part which, int64_t days) {
    int64_t year, week_year;
    int month, day, week, weekday;
    cy_civil_from_days(&year, &month, &day, days);
    cy_week_from_days(&week_year, &week, &weekday, days);
    switch (which) {
    case P_YEAR:
        return year;
    case P_QUARTER:
        return (month + 2) / 3;
    case P_MONTH:
        return month;
    case P_WEEK:
        return week;
    case P_WEEK_YEAR:
        return week_year;
    case P_DAY_OF_QUARTER:
        return days - cy_days_from_civil(year, cy_quarter_month(month), 1) + 1;
    case P_ORDINAL_DAY:
        return days - cy_days_from_civil(year, 1, 1) + 1;
    case P_DAY_OF_WEEK:
        return weekday;
    default:
        return day;
    }
}

static int64_t clock_part(part which, const cy_temporal *t) {
    switch (which) {
    case P_HOUR:
        return t->seconds / 3600;
    case P_MINUTE:
        return t->seconds / 60 % 60;
    case P_SECOND:
        return t->seconds % 60;
    case P_MILLISECOND:
        return t->nanoseconds / 1000000;
    case P_MICROSECOND:
        return t->nanoseconds / 1000;
    default:
        return t->nanoseconds;
    }
}

static kg_status offset_part(cy_value *out, cy_context *c, part which, const cy_temporal *t) {
    char buffer[CY_TEMPORAL_TEXT];
    if (which == P_OFFSET_MINUTES || which == P_OFFSET_SECONDS) {
        *out = cy_integer(which == P_OFFSET_MINUTES ? t->offset / 60 : t->offset);
        return KG_OK;
    }
    kg_str text = which == P_TIMEZONE && t->zone.len ? t->zone : cy_print_offset(buffer, t->offset);
    *out = cy_string((kg_str){kg_arena_copy(c->arena, text), text.len});
    return out->as.text.data ? KG_OK : cy_out_of_memory(c);
}

static kg_status epoch_part(cy_value *out, cy_context *c, part which, const cy_temporal *t) {
    int64_t n = cy_local_seconds(t) - t->offset;
    if (which == P_EPOCH_MILLIS && (__builtin_mul_overflow(n, 1000, &n) ||
                                    __builtin_add_overflow(n, t->nanoseconds / 1000000, &n)))
        return cy_fail(c, "ArithmeticError", "IntegerOverflow",
                       "the milliseconds since 1970 do not fit 64 bits");
    *out = cy_integer(n);
    return KG_OK;
}

/* What a duration has: a measure as a number of units, whole or within a larger unit. */
static const struct {
    const char *name;
    cy_measure measure;
    int64_t unit, within; /* 0: of all */
} DURATION_PARTS[] = {{"years", CY_MONTHS, 12, 0},
                      {"quarters", CY_MONTHS, 3, 0},
                      {"months", CY_MONTHS, 1, 0},
                      {"weeks", CY_DAYS, 7, 0},
                      {"days", CY_DAYS, 1, 0},
                      {"hours", CY_SECONDS, 3600, 0},
                      {"minutes", CY_SECONDS, 60, 0},
                      {"seconds", CY_SECONDS, 1, 0},
                      {"quartersOfYear", CY_MONTHS, 3, 4},
                      {"monthsOfQuarter", CY_MONTHS, 1, 3},
                      {"monthsOfYear", CY_MONTHS, 1, 12},
                      {"daysOfWeek", CY_DAYS, 1, 7},
                      {"minutesOfHour", CY_SECONDS, 60, 60},
                      {"secondsOfMinute", CY_SECONDS, 1, 60},
                      {"millisecondsOfSecond", CY_NANOS, 1000000, 1000},
                      {"microsecondsOfSecond", CY_NANOS, 1000, 1000000},
                      {"nanosecondsOfSecond", CY_NANOS, 1, CY_NANOSECONDS},
                      {"milliseconds", CY_NANOS, 1000000, 0},
                      {"microseconds", CY_NANOS, 1000, 0},
                      {"nanoseconds", CY_NANOS, 1, 0}};

static kg_status duration_part(cy_value *out, cy_context *c, const cy_temporal *t, kg_str key) {
    const int64_t measures[] = {t->months, t->days, t->seconds, t->nanoseconds};
    for (size_t i = 0; i < sizeof DURATION_PARTS / sizeof *DURATION_PARTS; i++) {
        if (!cy_is_named(key, DURATION_PARTS[i].name))
            continue;
        cy_measure measure = DURATION_PARTS[i].measure;
        int64_t unit = DURATION_PARTS[i].unit, within = DURATION_PARTS[i].within, seconds = 0;
        int64_t n = measures[measure] / unit;
        if (within)
            n %= within;
        else if (measure == CY_NANOS &&
                 (__builtin_mul_overflow(t->seconds, CY_NANOSECONDS / unit, &seconds) ||
                  __builtin_add_overflow(n, seconds, &n)))
            return cy_fail(c, "ArithmeticError", "IntegerOverflow",
                           "the %s of the duration do not fit 64 bits", DURATION_PARTS[i].name);
        *out = cy_integer(n);
        return KG_OK;
    }
    return KG_OK;
}

kg_status cy_temporal_part(cy_value *out, cy_context *c, const cy_value *base, kg_str key) {
    const cy_temporal *t = base->as.temporal;
    part which;
    *out = CY_NULL_VALUE;
    if (base->kind == CY_DURATION)
        return duration_part(out, c, t, key);
    if (!find_part(&which, key))
        return KG_OK;
    if (which <= P_DAY) {
        if (cy_has_date(base->kind))
            *out = cy_integer(date_part(which, t->days));
    } else if (which <= P_NANOSECOND) {
        if (cy_has_clock(base->kind))
            *out = cy_integer(clock_part(which, t));
    } else if (which <= P_OFFSET_SECONDS) {
        if (cy_has_offset(base->kind))
            return offset_part(out, c, which, t);
    } else if (base->kind == CY_DATETIME) {
        return epoch_part(out, c, which, t);
    }
    return KG_OK;
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

static kg_status too_long(cy_context *c) {
    return cy_fail(c, "ArithmeticError", "IntegerOverflow", "the duration does not fit 64 bits");
}

/* A date is moved by whole days, those that the seconds come to among them. */
static void shift_date(cy_temporal *t, const cy_temporal *by) {
    int64_t seconds = by->seconds + (by->seconds < 0 && by->nanoseconds > 0);
    t->days = cy_add_months(t->days, by->months) + by->days + seconds / CY_DAY_SECONDS;
}

/* A time of day goes round the clock, whatever months and days there are. */
static void shift_time(cy_temporal *t, const cy_temporal *by) {
    int64_t nanoseconds = t->nanoseconds + by->nanoseconds;
    int64_t carried = cy_floor_div(nanoseconds, CY_NANOSECONDS);
    t->nanoseconds = cy_floor_mod(nanoseconds, CY_NANOSECONDS);
    cy_set_local_seconds(t, t->seconds + by->seconds % CY_DAY_SECONDS + carried);
    t->days = 0;
}

/* Months and days are those of the calendar, seconds those that pass. False: too far. */
static bool shift_datetime(cy_temporal *t, const cy_temporal *by, kg_status *st) {
    static const int64_t FAR = INT64_MAX / 4; /* in seconds; no year that there is comes near */
    int64_t nanoseconds = t->nanoseconds + by->nanoseconds;
    int64_t carried = cy_floor_div(nanoseconds, CY_NANOSECONDS);
    t->nanoseconds = cy_floor_mod(nanoseconds, CY_NANOSECONDS);
    t->days = cy_add_months(t->days, by->months) + by->days;
    if (t->days > FAR / CY_DAY_SECONDS || t->days < -FAR / CY_DAY_SECONDS || by->seconds > FAR ||
        by->seconds < -FAR)
        return false;
    *st = by->months || by->days ? cy_zone_settle(t) : KG_OK;
    if (*st == KG_OK)
        *st = cy_zone_move(t, cy_local_seconds(t) - t->offset + carried + by->seconds);
    return true;
}

static kg_status shift(cy_value *out, cy_context *c, const cy_value *point,
                       const cy_value *duration, int sign) {
    cy_temporal t = *point->as.temporal, by;
    kg_status st = KG_OK;
    if (!cy_multiply_duration(&by, duration->as.temporal, sign))
        return too_long(c);
    if (point->kind == CY_DATE)
        shift_date(&t, &by);
    else if (!cy_has_date(point->kind))
        shift_time(&t, &by);
    else if (!shift_datetime(&t, &by, &st))
        return too_long(c);
    if (st != KG_OK)
        return cy_build_unknown_zone(c, t.zone);
    return cy_build_value(out, c, point->kind, &t);
}

static kg_status scale(cy_value *out, cy_context *c, cy_op op, const cy_value *duration,
                       const cy_value *number) {
    cy_temporal scaled;
    const cy_temporal *t = duration->as.temporal;
    long double factor =
        number->kind == CY_INTEGER ? (long double)number->as.integer : (long double)number->as.real;
    if (op == CY_DIV && !(factor < 0 || factor > 0))
        return cy_fail(c, "ArithmeticError", "DivisionByZero", "a duration is divided by zero");
    bool fits = op == CY_MUL && number->kind == CY_INTEGER
                    ? cy_multiply_duration(&scaled, t, number->as.integer)
                : op == CY_MUL ? cy_scale_duration(&scaled, t, factor, 1)
                               : cy_scale_duration(&scaled, t, 1, factor);
    return fits ? cy_build_value(out, c, CY_DURATION, &scaled) : too_long(c);
}

kg_status cy_temporal_apply(cy_value *out, cy_context *c, cy_op op, const cy_value *a,
                            const cy_value *b) {
    cy_temporal sum;
    bool first = a->kind == CY_DURATION, second = b->kind == CY_DURATION;
    bool adds = op == CY_ADD || op == CY_SUB;
    if (adds && first && second)
        return cy_add_durations(&sum, a->as.temporal, b->as.temporal, op == CY_ADD ? 1 : -1)
                   ? cy_build_value(out, c, CY_DURATION, &sum)
                   : too_long(c);
    if (adds && second && cy_is_temporal(a))
        return shift(out, c, a, b, op == CY_ADD ? 1 : -1);
    if (op == CY_ADD && first && cy_is_temporal(b))
        return shift(out, c, b, a, 1);
    if ((op == CY_MUL || op == CY_DIV) && first && cy_is_number(b))
        return scale(out, c, op, a, b);
    if (op == CY_MUL && second && cy_is_number(a))
        return scale(out, c, op, b, a);
    return cy_fail(c, "TypeError", "InvalidArgumentType", "%c cannot be applied to %s and %s",
                   "+-*/%^"[op - CY_ADD], cy_a_kind(a->kind), cy_a_kind(b->kind));
}
