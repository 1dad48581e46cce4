/* The proleptic Gregorian calendar, and values made of parts. */
#include "kgstore/cypher/temporal.h"

enum { MAX_YEAR = 999999999, MONTH_SECONDS = 2629746 };

/* ---- The calendar ---------------------------------------------------------------------------- */

/* Counted from March, a year has its leap day last, and 400 years are 146097 days whatever year
 * they begin with. */
int64_t cy_days_from_civil(int64_t year, int month, int day) {
    int64_t y = year - (month <= 2);
    int64_t era = cy_floor_div(y, 400), of_era = cy_floor_mod(y, 400);
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void cy_civil_from_days(int64_t *year, int *month, int *day, int64_t days) {
    int64_t z = days + 719468;
    int64_t era = cy_floor_div(z, 146097), of_era = cy_floor_mod(z, 146097);
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

static bool is_leap(int64_t year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int cy_days_of_month(int64_t year, int month) {
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : DAYS[month - 1];
}

/* Monday is 0; 1970-01-01 was a Thursday. */
static int64_t weekday_of(int64_t days) {
    return cy_floor_mod(days + 3, 7);
}

void cy_week_from_days(int64_t *year, int *week, int *weekday, int64_t days) {
    int month, day;
    int64_t thursday = days - weekday_of(days) + 3;
    cy_civil_from_days(year, &month, &day, thursday);
    *week = (int)((thursday - cy_days_from_civil(*year, 1, 1)) / 7 + 1);
    *weekday = (int)weekday_of(days) + 1;
}

static bool is_year(int64_t year) {
    return year >= -MAX_YEAR && year <= MAX_YEAR;
}

bool cy_calendar_date(int64_t *days, int64_t year, int64_t month, int64_t day) {
    if (!is_year(year) || month < 1 || month > 12 || day < 1 ||
        day > cy_days_of_month(year, (int)month))
        return false;
    *days = cy_days_from_civil(year, (int)month, (int)day);
    return true;
}

bool cy_week_date(int64_t *days, int64_t year, int64_t week, int64_t weekday) {
    int64_t of_year;
    int its_week, its_weekday;
    if (!is_year(year) || week < 1 || week > 53 || weekday < 1 || weekday > 7)
        return false;
    int64_t in_first = cy_days_from_civil(year, 1, 4); /* 4 January always is in the first week */
    *days = in_first - weekday_of(in_first) + (week - 1) * 7 + weekday - 1;
    cy_week_from_days(&of_year, &its_week, &its_weekday, *days);
    return of_year == year;
}

bool cy_quarter_date(int64_t *days, int64_t year, int64_t quarter, int64_t day) {
    if (!is_year(year) || quarter < 1 || quarter > 4 || day < 1)
        return false;
    int first = (int)quarter * 3 - 2, length = 0;
    for (int month = first; month < first + 3; month++)
        length += cy_days_of_month(year, month);
    *days = cy_days_from_civil(year, first, 1) + day - 1;
    return day <= length;
}

bool cy_ordinal_date(int64_t *days, int64_t year, int64_t day) {
    if (!is_year(year) || day < 1 || day > 365 + is_leap(year))
        return false;
    *days = cy_days_from_civil(year, 1, 1) + day - 1;
    return true;
}

int64_t cy_add_months(int64_t days, int64_t months) {
    int64_t year;
    int month, day;
    cy_civil_from_days(&year, &month, &day, days);
    int64_t at = year * 12 + month - 1 + months;
    year = cy_floor_div(at, 12);
    month = (int)cy_floor_mod(at, 12) + 1;
    int last = cy_days_of_month(year, month);
    return cy_days_from_civil(year, month, day < last ? day : last);
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Durations are ordered by their length in seconds, which has to fit, as have its summands. */
static bool carry_duration(cy_temporal *t) {
    int64_t carried = cy_floor_div(t->nanoseconds, CY_NANOSECONDS), of_months, of_days, all;
    t->nanoseconds = cy_floor_mod(t->nanoseconds, CY_NANOSECONDS);
    return !__builtin_add_overflow(t->seconds, carried, &t->seconds) &&
           !__builtin_mul_overflow(t->months, MONTH_SECONDS, &of_months) &&
           !__builtin_mul_overflow(t->days, CY_DAY_SECONDS, &of_days) &&
           !__builtin_add_overflow(of_days, t->seconds, &all) &&
           !__builtin_add_overflow(of_months, of_days, &all) &&
           !__builtin_add_overflow(all, t->seconds, &all);
}

kg_status cy_temporal_make(cy_value *out, kg_arena *arena, cy_kind kind, const cy_temporal *parts) {
    cy_temporal *t = kg_arena_alloc(arena, sizeof *t);
    if (!t)
        return KG_ERR_MEMORY;
    *t = *parts;
    *out = (cy_value){.kind = kind, .as.temporal = t};
    if (kind == CY_DURATION)
        return carry_duration(t) ? KG_OK : KG_ERR_LIMIT;
    if (t->days < cy_days_from_civil(-MAX_YEAR, 1, 1) ||
        t->days > cy_days_from_civil(MAX_YEAR, 12, 31))
        return KG_ERR_LIMIT;
    if (t->zone.len) {
        t->zone.data = kg_arena_copy(arena, parts->zone);
        if (!t->zone.data)
            return KG_ERR_MEMORY;
    }
    return KG_OK;
}
