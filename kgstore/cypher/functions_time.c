/* Functions that make points in time and durations: a table, and what chooses by arguments. */
#include "kgstore/cypher/functions.h"

#include "kgstore/cypher/temporal_build.h"
#include "kgstore/cypher/temporal_duration.h"

static kg_status refuse(cy_context *c, const cy_value *found, const char *expected) {
    return cy_fail(c, "TypeError", "InvalidArgumentType", "found %s; expected %s",
                   cy_a_kind(found->kind), expected);
}

/* date(), date('1984-10-11'), date({year: 1984}), date(other) and their like. */
static kg_status make_point(cy_value *out, cy_context *c, cy_kind kind, const cy_value *args,
                            size_t n) {
    if (n == 0)
        return cy_build_now(out, c, kind, (kg_str){NULL, 0}, false);
    if (args->kind == CY_STRING)
        return cy_build_from_text(out, c, kind, args->as.text);
    if (args->kind == CY_MAP)
        return cy_build_from_map(out, c, kind, args->as.map);
    if (cy_is_temporal(args) && args->kind != CY_DURATION)
        return cy_build_from_value(out, c, kind, args);
    return refuse(c, args, "a string, a map or a point in time");
}

/* date.statement(), date.realtime('Europe/Stockholm') and their like. */
static kg_status make_present(cy_value *out, cy_context *c, cy_kind kind, const cy_value *args,
                              size_t n, bool realtime) {
    const cy_value *zone = n ? args : NULL;
    if (zone && zone->kind == CY_MAP)
        zone = cy_map_get(zone->as.map, KG_STR("timezone"));
    if (n && (!zone || zone->kind != CY_STRING))
        return refuse(c, args, "an offset, the name of a time zone, or {timezone: ...}");
    return cy_build_now(out, c, kind, zone ? zone->as.text : (kg_str){NULL, 0}, realtime);
}

/* date.truncate('week', other, {dayOfWeek: 2}) and its like; without other the present. */
static kg_status make_truncated(cy_value *out, cy_context *c, cy_kind kind, const cy_value *args,
                                size_t n) {
    kg_status st;
    cy_value now;
    if (args->kind != CY_STRING)
        return refuse(c, args, "a unit such as 'month'");
    if (n < 2)
        KG_TRY(st, cy_build_now(&now, c, kind, (kg_str){NULL, 0}, false));
    const cy_value *from = n < 2 ? &now : &args[1];
    if (n > 2 && args[2].kind != CY_MAP)
        return refuse(c, &args[2], "a map");
    return cy_build_truncated(out, c, kind, args->as.text, from, n > 2 ? args[2].as.map : NULL);
}

/* The functions of the table are called without their names: four for each kind. */
#define POINT_FUNCTIONS(name, kind)                                                                \
    static kg_status call_##name(cy_value *out, cy_context *c, const cy_value *args, size_t n) {   \
        return make_point(out, c, kind, args, n);                                                  \
    }                                                                                              \
    static kg_status call_##name##_statement(cy_value *out, cy_context *c, const cy_value *args,   \
                                             size_t n) {                                           \
        return make_present(out, c, kind, args, n, false);                                         \
    }                                                                                              \
    static kg_status call_##name##_realtime(cy_value *out, cy_context *c, const cy_value *args,    \
                                            size_t n) {                                            \
        return make_present(out, c, kind, args, n, true);                                          \
    }                                                                                              \
    static kg_status call_##name##_truncate(cy_value *out, cy_context *c, const cy_value *args,    \
                                            size_t n) {                                            \
        return make_truncated(out, c, kind, args, n);                                              \
    }

POINT_FUNCTIONS(date, CY_DATE)
POINT_FUNCTIONS(time, CY_TIME)
POINT_FUNCTIONS(localtime, CY_LOCAL_TIME)
POINT_FUNCTIONS(datetime, CY_DATETIME)
POINT_FUNCTIONS(localdatetime, CY_LOCAL_DATETIME)

static kg_status call_from_epoch(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (args[i].kind != CY_INTEGER)
            return refuse(c, &args[i], "an integer");
    return cy_build_from_epoch(out, c, args[0].as.integer, n > 1 ? args[1].as.integer : 0);
}

static kg_status call_from_millis(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    (void)n;
    if (args->kind != CY_INTEGER)
        return refuse(c, args, "an integer");
    int64_t all = args->as.integer;
    return cy_build_from_epoch(out, c, cy_floor_div(all, 1000), cy_floor_mod(all, 1000) * 1000000);
}

/* ---- Durations ------------------------------------------------------------------------------- */

static kg_status duration_of_map(cy_value *out, cy_context *c, const cy_map *map) {
    cy_temporal sum = {0};
    if (map->count == 0)
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "an empty map is no duration; expected units such as {days: 1}");
    for (size_t i = 0; i < map->count; i++) {
        kg_str key = map->entries[i].key;
        const cy_value *amount = &map->entries[i].value;
        const cy_unit *unit = cy_unit_of_name(key);
        if (!unit)
            return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                           "durations have no unit \"%.*s\"", (int)(key.len < 60 ? key.len : 60),
                           key.data);
        if (!cy_is_number(amount))
            return refuse(c, amount, "a number of a duration's units");
        bool fits = amount->kind == CY_INTEGER
                        ? cy_add_whole(&sum, unit, amount->as.integer)
                        : cy_add_real(&sum, unit, (long double)amount->as.real);
        if (!fits)
            return cy_fail(c, "ArithmeticError", "IntegerOverflow",
                           "%s of the duration do not fit 64 bits", unit->name);
    }
    return cy_build_value(out, c, CY_DURATION, &sum);
}

static kg_status call_duration(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    (void)n;
    if (args->kind == CY_STRING)
        return cy_build_from_text(out, c, CY_DURATION, args->as.text);
    if (args->kind == CY_MAP)
        return duration_of_map(out, c, args->as.map);
    if (args->kind != CY_DURATION)
        return refuse(c, args, "a string, a map or a duration");
    *out = *args;
    return KG_OK;
}

static kg_status call_between(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    (void)n;
    return cy_build_between(out, c, CY_SPAN_ALL, &args[0], &args[1]);
}

static kg_status call_in_months(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    (void)n;
    return cy_build_between(out, c, CY_SPAN_MONTHS, &args[0], &args[1]);
}

static kg_status call_in_days(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    (void)n;
    return cy_build_between(out, c, CY_SPAN_DAYS, &args[0], &args[1]);
}

static kg_status call_in_seconds(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    (void)n;
    return cy_build_between(out, c, CY_SPAN_SECONDS, &args[0], &args[1]);
}

/* ---- The table ------------------------------------------------------------------------------- */

enum {
    SOURCE = CY_BIT(CY_TYPE_STRING) | CY_BIT(CY_TYPE_MAP) | CY_BIT(CY_TYPE_TEMPORAL),
    ZONE = CY_BIT(CY_TYPE_STRING) | CY_BIT(CY_TYPE_MAP),
    UNIT = CY_BIT(CY_TYPE_STRING),
    NUMBER = CY_BIT(CY_TYPE_INTEGER),
    POINT = CY_BIT(CY_TYPE_TEMPORAL)
};

#define TIME_FUNCTION(name, min, max, accepts, call)                                               \
    { name, min, max, false, CY_TYPE_TEMPORAL, accepts, CY_AGG_NONE, call }

#define POINT_ENTRIES(name)                                                                        \
    TIME_FUNCTION(#name, 0, 1, SOURCE, call_##name),                                               \
        TIME_FUNCTION(#name ".transaction", 0, 1, ZONE, call_##name##_statement),                  \
        TIME_FUNCTION(#name ".statement", 0, 1, ZONE, call_##name##_statement),                    \
        TIME_FUNCTION(#name ".realtime", 0, 1, ZONE, call_##name##_realtime),                      \
        TIME_FUNCTION(#name ".truncate", 1, 3, UNIT, call_##name##_truncate)

const cy_function cy_functions_time[] = {
    POINT_ENTRIES(date),
    POINT_ENTRIES(time),
    POINT_ENTRIES(localtime),
    POINT_ENTRIES(datetime),
    POINT_ENTRIES(localdatetime),
    TIME_FUNCTION("datetime.fromepoch", 1, 2, NUMBER, call_from_epoch),
    TIME_FUNCTION("datetime.fromepochmillis", 1, 1, NUMBER, call_from_millis),
    TIME_FUNCTION("duration", 1, 1, SOURCE, call_duration),
    TIME_FUNCTION("duration.between", 2, 2, POINT, call_between),
    TIME_FUNCTION("duration.inMonths", 2, 2, POINT, call_in_months),
    TIME_FUNCTION("duration.inDays", 2, 2, POINT, call_in_days),
    TIME_FUNCTION("duration.inSeconds", 2, 2, POINT, call_in_seconds),
    {.name = NULL}};
