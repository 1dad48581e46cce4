/* Putting points in time together.
 *
 * A draft has the parts that are known; fields change them, and then a time zone is given to them:
 * where the draft's time of day comes from a value with an offset it is a moment, which another
 * zone shows otherwise; else it is what clocks show, which a zone leaves alone. */
#include "kgstore/cypher/temporal_build.h"

#include "kgstore/cypher/temporal_fields.h"
#include "kgstore/cypher/temporal_scan.h"
#include "kgstore/cypher/temporal_zone.h"

#include <time.h>

typedef struct draft {
    cy_temporal parts;
    bool has_date, has_clock;
    bool is_moment; /* its offset is known, and a change of zone keeps the moment */
    bool adds;      /* fields below a second are added */
} draft;

/* ---- Faults ---------------------------------------------------------------------------------- */

kg_status cy_build_unknown_zone(cy_context *c, kg_str zone) {
    return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                   "no time zone \"%.*s\" in " CY_ZONE_FOLDER
                   "; expected a name as Europe/Stockholm, or an offset as +01:00",
                   (int)(zone.len < 60 ? zone.len : 60), zone.data);
}

kg_status cy_build_value(cy_value *out, cy_context *c, cy_kind kind, const cy_temporal *parts) {
    kg_status st = cy_temporal_make(out, c->arena, kind, parts);
    if (st == KG_ERR_MEMORY)
        return cy_out_of_memory(c);
    if (st == KG_ERR_LIMIT && kind == CY_DURATION)
        return cy_fail(c, "ArithmeticError", "IntegerOverflow",
                       "the duration is too long: its seconds do not fit 64 bits");
    if (st == KG_ERR_LIMIT)
        return cy_fail(c, "ArithmeticError", "IntegerOverflow",
                       "the %s is beyond the years -999999999 to 999999999", cy_kind_name(kind));
    return st;
}

kg_status cy_build_from_text(cy_value *out, cy_context *c, cy_kind kind, kg_str text) {
    kg_status st = cy_temporal_parse(out, c->arena, kind, text);
    if (st == KG_ERR_NOT_FOUND) {
        const char *open = memchr(text.data, '[', text.len);
        size_t at = open ? (size_t)(open - text.data) + 1 : 0;
        return cy_build_unknown_zone(c, (kg_str){text.data + at, text.len - at - 1});
    }
    if (st == KG_ERR_FORMAT)
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "\"%.*s\" is no %s; expected ISO 8601", (int)(text.len < 60 ? text.len : 60),
                       text.data, cy_kind_name(kind));
    return st == KG_ERR_MEMORY ? cy_out_of_memory(c) : st;
}

/* ---- Zones ----------------------------------------------------------------------------------- */

/* An offset or a name, as parts have it. */
static void set_zone(cy_temporal *parts, kg_str zone) {
    kg_str rest = zone;
    if (cy_scan_offset(&rest, &parts->offset) && rest.len == 0)
        parts->zone = (kg_str){NULL, 0};
    else
        parts->zone = zone;
}

/* A time of day has no date to ask a zone for its offset: the present one is meant. */
static kg_status settle_time(cy_temporal *parts, cy_context *c) {
    kg_status st =
        parts->zone.len ? cy_zone_offset(&parts->offset, parts->zone, c->now_seconds) : KG_OK;
    return st == KG_OK ? st : cy_build_unknown_zone(c, parts->zone);
}

static kg_status give_zone(draft *d, cy_context *c, cy_kind kind, kg_str zone) {
    kg_status st;
    cy_temporal *t = &d->parts;
    if (kind == CY_DATETIME && cy_zone_settle(t) != KG_OK)
        return cy_build_unknown_zone(c, t->zone);
    if (kind == CY_TIME)
        t->zone = (kg_str){NULL, 0};
    if (!zone.len)
        return KG_OK;
    int64_t utc = cy_local_seconds(t) - t->offset;
    set_zone(t, zone);
    if (kind == CY_TIME) {
        KG_TRY(st, settle_time(t, c));
        if (d->is_moment)
            cy_set_local_seconds(t, utc + t->offset);
        t->zone = (kg_str){NULL, 0};
        return KG_OK;
    }
    st = d->is_moment ? cy_zone_move(t, utc) : cy_zone_settle(t);
    return st == KG_OK ? st : cy_build_unknown_zone(c, t->zone);
}

/* ---- Drafts ---------------------------------------------------------------------------------- */

static void take_source_date(draft *d, const cy_value *from) {
    d->parts.days = from->as.temporal->days;
    d->has_date = true;
}

static void take_source_clock(draft *d, const cy_value *from) {
    const cy_temporal *t = from->as.temporal;
    d->parts.seconds = t->seconds;
    d->parts.nanoseconds = t->nanoseconds;
    d->parts.offset = t->offset;
    d->parts.zone = t->zone;
    d->has_clock = true;
    d->is_moment = cy_has_offset(from->kind);
}

static kg_status refuse_field(cy_context *c, cy_kind kind, const char *what) {
    return cy_fail(c, "ArgumentError", "InvalidArgumentValue", "%s has no %s", cy_a_kind(kind),
                   what);
}

/* The value that a draft becomes with fields. */
static kg_status finish(cy_value *out, cy_context *c, cy_kind kind, draft *d,
                        const cy_fields *fields) {
    kg_status st;
    bool date = cy_has_date(kind), clock = cy_has_clock(kind), offset = cy_has_offset(kind);
    if (!date && fields->set & CY_DATE_FIELDS)
        return refuse_field(c, kind, "date");
    if (!clock && fields->set & CY_CLOCK_FIELDS)
        return refuse_field(c, kind, "time of day");
    if (!offset && fields->zone.len)
        return refuse_field(c, kind, "time zone");
    if (date)
        KG_TRY(st, cy_apply_date_fields(&d->parts.days, c, fields, d->has_date));
    if (clock)
        KG_TRY(st, cy_apply_clock_fields(&d->parts, c, fields, d->has_clock, d->adds));
    if (offset) {
        KG_TRY(st, give_zone(d, c, kind, fields->zone));
    } else {
        d->parts.offset = 0;
        d->parts.zone = (kg_str){NULL, 0};
    }
    if (!date)
        d->parts.days = 0;
    if (!clock)
        d->parts.seconds = d->parts.nanoseconds = 0;
    return cy_build_value(out, c, kind, &d->parts);
}

static void take_epoch(draft *d, int64_t seconds, int64_t nanoseconds) {
    d->has_date = d->has_clock = d->is_moment = d->adds = true;
    cy_set_local_seconds(&d->parts, seconds);
    d->parts.nanoseconds = nanoseconds;
}

kg_status cy_build_from_map(cy_value *out, cy_context *c, cy_kind kind, const cy_map *map) {
    kg_status st;
    cy_fields fields;
    draft d = {0};
    KG_TRY(st, cy_read_fields(&fields, c, map));
    bool seconds = cy_has_field(&fields, CY_F_EPOCH_SECONDS);
    bool millis = cy_has_field(&fields, CY_F_EPOCH_MILLIS);
    int sources = !!fields.datetime + (fields.date || fields.time) + seconds + millis;
    if (sources == 0 && fields.set == 0 && fields.zone.len)
        return cy_build_now(out, c, kind, fields.zone, false);
    if (sources > 1)
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "datetime, epochSeconds, epochMillis, or date and time: expected one");
    if (fields.datetime || fields.date)
        take_source_date(&d, fields.datetime ? fields.datetime : fields.date);
    if (fields.datetime || fields.time)
        take_source_clock(&d, fields.datetime ? fields.datetime : fields.time);
    if (seconds)
        take_epoch(&d, fields.numbers[CY_F_EPOCH_SECONDS], 0);
    if (millis) {
        int64_t all = fields.numbers[CY_F_EPOCH_MILLIS];
        take_epoch(&d, cy_floor_div(all, 1000), cy_floor_mod(all, 1000) * 1000000);
    }
    if (!cy_has_date(kind) && !d.has_clock && !cy_has_field(&fields, CY_F_HOUR))
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "%s needs an hour, or a time to select from", cy_a_kind(kind));
    return finish(out, c, kind, &d, &fields);
}

kg_status cy_build_from_value(cy_value *out, cy_context *c, cy_kind kind, const cy_value *from) {
    static const cy_fields NONE;
    draft d = {0};
    bool fits = cy_has_date(kind) ? cy_has_date(from->kind) : cy_has_clock(from->kind);
    if (!fits)
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s is not made from %s",
                       cy_a_kind(kind), cy_a_kind(from->kind));
    if (cy_has_date(from->kind))
        take_source_date(&d, from);
    if (cy_has_clock(from->kind))
        take_source_clock(&d, from);
    return finish(out, c, kind, &d, &NONE);
}

/* How far the local clock is ahead of UTC when the statement runs. */
static int32_t local_offset(const cy_context *c) {
    struct tm local;
    time_t seconds = c->now_seconds;
    return localtime_r(&seconds, &local) ? (int32_t)local.tm_gmtoff : 0;
}

kg_status cy_build_now(cy_value *out, cy_context *c, cy_kind kind, kg_str zone, bool realtime) {
    static const cy_fields NONE;
    draft d = {.parts = {.offset = local_offset(c), .nanoseconds = c->now_nanoseconds},
               .has_date = true,
               .has_clock = true,
               .is_moment = true};
    int64_t seconds = c->now_seconds;
    if (realtime) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        seconds = now.tv_sec;
        d.parts.nanoseconds = now.tv_nsec;
    }
    if (zone.len)
        set_zone(&d.parts, zone);
    if (cy_zone_move(&d.parts, seconds) != KG_OK)
        return cy_build_unknown_zone(c, zone);
    return finish(out, c, kind, &d, &NONE);
}

kg_status cy_build_from_epoch(cy_value *out, cy_context *c, int64_t seconds, int64_t nanoseconds) {
    cy_temporal parts = {0};
    int64_t carried = cy_floor_div(nanoseconds, CY_NANOSECONDS);
    parts.nanoseconds = cy_floor_mod(nanoseconds, CY_NANOSECONDS);
    if (__builtin_add_overflow(seconds, carried, &seconds))
        return cy_fail(c, "ArithmeticError", "IntegerOverflow", "the seconds do not fit 64 bits");
    cy_set_local_seconds(&parts, seconds);
    return cy_build_value(out, c, CY_DATETIME, &parts);
}

/* ---- Truncation ------------------------------------------------------------------------------ */

typedef enum cy_truncation {
    TO_MILLENNIUM,
    TO_CENTURY,
    TO_DECADE,
    TO_YEAR,
    TO_WEEK_YEAR,
    TO_QUARTER,
    TO_MONTH,
    TO_WEEK,
    TO_DAY,
    TO_HOUR,
    TO_MINUTE,
    TO_SECOND,
    TO_MILLISECOND,
    TO_MICROSECOND,
    TRUNCATIONS
} cy_truncation;

static cy_truncation truncation_of(kg_str unit) {
    static const char *const NAMES[] = {
        "millennium", "century", "decade", "year",   "weekYear", "quarter",     "month",
        "week",       "day",     "hour",   "minute", "second",   "millisecond", "microsecond"};
    for (unsigned i = 0; i < TRUNCATIONS; i++)
        if (cy_is_named(unit, NAMES[i]))
            return (cy_truncation)i;
    return TRUNCATIONS;
}

static int64_t truncate_days(int64_t days, cy_truncation to) {
    static const int YEARS[] = {1000, 100, 10, 1};
    int64_t year;
    int month, day;
    if (to >= TO_DAY)
        return days;
    if (to == TO_WEEK || to == TO_WEEK_YEAR) {
        cy_week_from_days(&year, &month, &day, days);
        return days - (day - 1) - (to == TO_WEEK ? 0 : (month - 1) * 7);
    }
    cy_civil_from_days(&year, &month, &day, days);
    if (to <= TO_YEAR)
        return cy_days_from_civil(cy_floor_div(year, YEARS[to]) * YEARS[to], 1, 1);
    return cy_days_from_civil(year, to == TO_QUARTER ? cy_quarter_month(month) : month, 1);
}

static void truncate_clock(cy_temporal *t, cy_truncation to) {
    int64_t seconds = to <= TO_DAY      ? CY_DAY_SECONDS
                      : to == TO_HOUR   ? 3600
                      : to == TO_MINUTE ? 60
                                        : 1;
    int64_t nanoseconds = to == TO_MICROSECOND   ? 1000
                          : to == TO_MILLISECOND ? 1000000
                                                 : CY_NANOSECONDS;
    t->seconds = t->seconds / seconds * seconds;
    t->nanoseconds = t->nanoseconds / nanoseconds * nanoseconds;
}

kg_status cy_build_truncated(cy_value *out, cy_context *c, cy_kind kind, kg_str unit,
                             const cy_value *from, const cy_map *map) {
    kg_status st;
    cy_fields fields;
    cy_truncation to = truncation_of(unit);
    draft d = {.has_date = true, .has_clock = true, .adds = true};
    if (to == TRUNCATIONS || (!cy_has_date(kind) && to < TO_DAY) ||
        (!cy_has_clock(kind) && to > TO_DAY))
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "%s is not truncated to \"%.*s\"", cy_a_kind(kind),
                       (int)(unit.len < 60 ? unit.len : 60), unit.data);
    if (!(cy_has_date(kind) ? cy_has_date(from->kind) : cy_has_clock(from->kind)))
        return cy_fail(c, "TypeError", "InvalidArgumentType", "a truncated %s is not made from %s",
                       cy_kind_name(kind), cy_a_kind(from->kind));
    KG_TRY(st, cy_read_fields(&fields, c, map));
    if (fields.date || fields.time || fields.datetime ||
        fields.set & ~(unsigned)(CY_DATE_FIELDS | CY_CLOCK_FIELDS))
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "truncation selects from its second argument only");
    d.parts = *from->as.temporal;
    d.parts.days = truncate_days(d.parts.days, to);
    truncate_clock(&d.parts, to);
    return finish(out, c, kind, &d, &fields);
}
