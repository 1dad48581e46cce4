/* Reading the fields of points in time from maps, and what they make of a date and a time of day.
 */
#include "kgstore/cypher/temporal_fields.h"

static const struct {
    const char *name;
    int64_t low, high;
} FIELDS[CY_FIELDS] = {
    [CY_F_YEAR] = {"year", -999999999, 999999999},
    [CY_F_QUARTER] = {"quarter", 1, 4},
    [CY_F_MONTH] = {"month", 1, 12},
    [CY_F_WEEK] = {"week", 1, 53},
    [CY_F_DAY] = {"day", 1, 31},
    [CY_F_ORDINAL_DAY] = {"ordinalDay", 1, 366},
    [CY_F_DAY_OF_QUARTER] = {"dayOfQuarter", 1, 92},
    [CY_F_DAY_OF_WEEK] = {"dayOfWeek", 1, 7},
    [CY_F_HOUR] = {"hour", 0, 23},
    [CY_F_MINUTE] = {"minute", 0, 59},
    [CY_F_SECOND] = {"second", 0, 59},
    [CY_F_MILLISECOND] = {"millisecond", 0, 999},
    [CY_F_MICROSECOND] = {"microsecond", 0, 999999},
    [CY_F_NANOSECOND] = {"nanosecond", 0, 999999999},
    [CY_F_EPOCH_SECONDS] = {"epochSeconds", -31557014167219200, 31556889864403199},
    [CY_F_EPOCH_MILLIS] = {"epochMillis", INT64_MIN, INT64_MAX},
};

/* ---- Reading --------------------------------------------------------------------------------- */

static kg_status read_number_field(cy_fields *out, cy_context *c, int field,
                                   const cy_value *value) {
    if (value->kind != CY_INTEGER)
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s is %s; expected an integer",
                       FIELDS[field].name, cy_a_kind(value->kind));
    if (value->as.integer < FIELDS[field].low || value->as.integer > FIELDS[field].high)
        return cy_fail(c, "ArgumentError", "NumberOutOfRange",
                       "%s is %lld; expected a number from %lld to %lld", FIELDS[field].name,
                       (long long)value->as.integer, (long long)FIELDS[field].low,
                       (long long)FIELDS[field].high);
    out->set |= 1U << field;
    out->numbers[field] = value->as.integer;
    return KG_OK;
}

/* A point in time that has a date, a time of day, or both. */
static kg_status read_source(const cy_value **to, cy_context *c, const char *name, bool date,
                             bool clock, const cy_value *value) {
    if ((date && !cy_has_date(value->kind)) || (clock && !cy_has_clock(value->kind)))
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s has no %s to select",
                       cy_a_kind(value->kind), name);
    *to = value;
    return KG_OK;
}

static kg_status read_field(cy_fields *out, cy_context *c, kg_str key, const cy_value *value) {
    for (int i = 0; i < CY_FIELDS; i++)
        if (cy_is_named(key, FIELDS[i].name))
            return read_number_field(out, c, i, value);
    if (cy_is_named(key, "date"))
        return read_source(&out->date, c, "date", true, false, value);
    if (cy_is_named(key, "time"))
        return read_source(&out->time, c, "time", false, true, value);
    if (cy_is_named(key, "datetime"))
        return read_source(&out->datetime, c, "date and time", true, true, value);
    if (!cy_is_named(key, "timezone"))
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "points in time have no field \"%.*s\"", (int)(key.len < 60 ? key.len : 60),
                       key.data);
    if (value->kind != CY_STRING || value->as.text.len == 0)
        return cy_fail(c, "TypeError", "InvalidArgumentType",
                       "timezone is %s; expected an offset or the name of a time zone",
                       cy_a_kind(value->kind));
    out->zone = value->as.text;
    return KG_OK;
}

kg_status cy_read_fields(cy_fields *out, cy_context *c, const cy_map *map) {
    kg_status st;
    *out = (cy_fields){0};
    for (size_t i = 0; map && i < map->count; i++)
        KG_TRY(st, read_field(out, c, map->entries[i].key, &map->entries[i].value));
    return KG_OK;
}

/* ---- Dates ----------------------------------------------------------------------------------- */

/* Ways to say a date, each by up to three fields; the smaller need the larger. */
typedef enum date_way { BY_MONTH, BY_WEEK, BY_QUARTER, BY_ORDINAL, DATE_WAYS } date_way;

static const struct {
    int n;
    cy_field fields[3];
} WAYS[DATE_WAYS] = {{3, {CY_F_YEAR, CY_F_MONTH, CY_F_DAY}},
                     {3, {CY_F_YEAR, CY_F_WEEK, CY_F_DAY_OF_WEEK}},
                     {3, {CY_F_YEAR, CY_F_QUARTER, CY_F_DAY_OF_QUARTER}},
                     {2, {CY_F_YEAR, CY_F_ORDINAL_DAY}}};

static kg_status choose_way(date_way *out, cy_context *c, const cy_fields *fields) {
    int chosen = -1;
    cy_field by = CY_F_YEAR;
    for (int way = 0; way < DATE_WAYS; way++)
        for (int i = 1; i < WAYS[way].n; i++) {
            cy_field field = WAYS[way].fields[i];
            if (!cy_has_field(fields, field))
                continue;
            if (chosen >= 0 && chosen != way)
                return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                               "%s and %s do not go together in a date", FIELDS[by].name,
                               FIELDS[field].name);
            chosen = way;
            by = field;
        }
    *out = chosen < 0 ? BY_MONTH : (date_way)chosen;
    return KG_OK;
}

static void split_date(int64_t numbers[3], date_way way, int64_t days) {
    int64_t year;
    int month, day;
    if (way == BY_WEEK)
        cy_week_from_days(&year, &month, &day, days);
    else
        cy_civil_from_days(&year, &month, &day, days);
    numbers[0] = year;
    numbers[1] = month;
    numbers[2] = day;
    if (way == BY_QUARTER) {
        numbers[1] = (month + 2) / 3;
        numbers[2] = days - cy_days_from_civil(year, cy_quarter_month(month), 1) + 1;
    }
    if (way == BY_ORDINAL)
        numbers[1] = days - cy_days_from_civil(year, 1, 1) + 1;
}

static bool join_date(int64_t *days, date_way way, const int64_t numbers[3]) {
    switch (way) {
    case BY_WEEK:
        return cy_week_date(days, numbers[0], numbers[1], numbers[2]);
    case BY_QUARTER:
        return cy_quarter_date(days, numbers[0], numbers[1], numbers[2]);
    case BY_ORDINAL:
        return cy_ordinal_date(days, numbers[0], numbers[1]);
    case BY_MONTH:
    case DATE_WAYS:
        break;
    }
    return cy_calendar_date(days, numbers[0], numbers[1], numbers[2]);
}

static kg_status missing_field(cy_context *c, cy_field field) {
    return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                   "%s is missing: it has to be given, or selected from another point in time",
                   FIELDS[field].name);
}

kg_status cy_apply_date_fields(int64_t *days, cy_context *c, const cy_fields *fields,
                               bool has_base) {
    kg_status st;
    date_way way = BY_MONTH;
    int64_t numbers[3] = {1, 1, 1};
    KG_TRY(st, choose_way(&way, c, fields));
    if (has_base)
        split_date(numbers, way, *days);
    else if (!cy_has_field(fields, CY_F_YEAR))
        return missing_field(c, CY_F_YEAR);
    for (int i = 0; i < WAYS[way].n; i++) {
        cy_field field = WAYS[way].fields[i];
        if (!cy_has_field(fields, field))
            continue;
        if (!has_base && i > 0 && !cy_has_field(fields, WAYS[way].fields[i - 1]))
            return missing_field(c, WAYS[way].fields[i - 1]);
        numbers[i] = fields->numbers[field];
    }
    if (!join_date(days, way, numbers))
        return cy_fail(c, "ArgumentError", "InvalidArgumentValue",
                       "there is no such date: the year %lld has no %s %lld%s",
                       (long long)numbers[0], FIELDS[WAYS[way].fields[1]].name,
                       (long long)numbers[1], way == BY_ORDINAL ? "" : " with this day");
    return KG_OK;
}

/* ---- Times of day ---------------------------------------------------------------------------- */

/* {millisecond: 123, microsecond: 456, nanosecond: 789}: beside a larger unit each is below 1000 of
 * its own. */
static kg_status nanoseconds_of(int64_t *out, cy_context *c, const cy_fields *fields) {
    static const int64_t OF_UNIT[] = {1000000, 1000, 1};
    int64_t room = CY_NANOSECONDS; /* of the unit before */
    *out = 0;
    for (int i = 0; i < 3; i++) {
        cy_field field = CY_F_MILLISECOND + (cy_field)i;
        if (!cy_has_field(fields, field))
            continue;
        int64_t nanoseconds = fields->numbers[field] * OF_UNIT[i];
        if (nanoseconds >= room)
            return cy_fail(c, "ArgumentError", "NumberOutOfRange",
                           "%s is %lld; beside a larger unit expected a number below %lld",
                           FIELDS[field].name, (long long)fields->numbers[field],
                           (long long)(room / OF_UNIT[i]));
        *out += nanoseconds;
        room = OF_UNIT[i];
    }
    return KG_OK;
}

kg_status cy_apply_clock_fields(cy_temporal *parts, cy_context *c, const cy_fields *fields,
                                bool has_base, bool adds) {
    static const int64_t OF_UNIT[] = {3600, 60, 1};
    kg_status st;
    int64_t numbers[3] = {parts->seconds / 3600, parts->seconds / 60 % 60, parts->seconds % 60};
    int64_t nanoseconds;
    parts->seconds = 0;
    for (int i = 0; i < 3; i++) {
        cy_field field = CY_F_HOUR + (cy_field)i;
        if (cy_has_field(fields, field)) {
            if (!has_base && i > 0 && !cy_has_field(fields, field - 1))
                return missing_field(c, field - 1);
            numbers[i] = fields->numbers[field];
        }
        parts->seconds += numbers[i] * OF_UNIT[i];
    }
    if (!cy_has_field(fields, CY_F_MILLISECOND) && !cy_has_field(fields, CY_F_MICROSECOND) &&
        !cy_has_field(fields, CY_F_NANOSECOND))
        return KG_OK;
    if (!has_base && !cy_has_field(fields, CY_F_SECOND))
        return missing_field(c, CY_F_SECOND);
    KG_TRY(st, nanoseconds_of(&nanoseconds, c, fields));
    parts->nanoseconds = nanoseconds + (adds ? parts->nanoseconds : 0);
    return parts->nanoseconds < CY_NANOSECONDS
               ? KG_OK
               : cy_fail(c, "ArgumentError", "NumberOutOfRange",
                         "milliseconds, microseconds and nanoseconds come to more than a second");
}
