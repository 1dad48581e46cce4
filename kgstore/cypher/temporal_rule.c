/* Rules of daylight saving time: standard time, and where there are two, the days on which the
 * other begins and ends. */
#include "kgstore/cypher/temporal_rule.h"

#include "kgstore/cypher/temporal_scan.h"

/* A day of every year, and the second of it. */
typedef struct rule_day {
    char kind; /* 'M': the week-th weekday of a month; 'J': a day from 1, 29 February not counted;
                  'N': a day from 0, 29 February counted */
    int64_t month, week, weekday, day;
    int64_t seconds;
} rule_day;

static bool scan_rule_number(kg_str *rest, int64_t *out, int64_t low, int64_t high) {
    size_t digits = cy_count_digits(*rest);
    return digits > 0 && digits <= 3 && cy_scan_digits(rest, out, digits) && *out >= low &&
           *out <= high;
}

/* Letters, or anything in angle brackets. */
static bool scan_rule_name(kg_str *rest) {
    size_t n = 0;
    if (cy_scan_mark(rest, '<')) {
        const char *end = rest->len ? memchr(rest->data, '>', rest->len) : NULL;
        if (!end)
            return false;
        n = (size_t)(end - rest->data) + 1;
    } else {
        while (n < rest->len && ((rest->data[n] >= 'a' && rest->data[n] <= 'z') ||
                                 (rest->data[n] >= 'A' && rest->data[n] <= 'Z')))
            n++;
    }
    *rest = (kg_str){rest->data + n, rest->len - n};
    return n > 0;
}

/* [+-]hh[:mm[:ss]] */
static bool scan_rule_time(kg_str *rest, int64_t *seconds) {
    int64_t hour, minute = 0, second = 0;
    bool negative = cy_scan_mark(rest, '-');
    if (!negative)
        cy_scan_mark(rest, '+');
    if (!scan_rule_number(rest, &hour, 0, 167) ||
        (cy_scan_mark(rest, ':') && !scan_rule_number(rest, &minute, 0, 59)) ||
        (cy_scan_mark(rest, ':') && !scan_rule_number(rest, &second, 0, 59)))
        return false;
    *seconds = (hour * 60 + minute) * 60 + second;
    if (negative)
        *seconds = -*seconds;
    return true;
}

static bool scan_rule_day(kg_str *rest, rule_day *to) {
    *to = (rule_day){.kind = 'N', .seconds = 7200};
    if (!cy_scan_mark(rest, ','))
        return false;
    if (cy_scan_mark(rest, 'M')) {
        to->kind = 'M';
        if (!scan_rule_number(rest, &to->month, 1, 12) || !cy_scan_mark(rest, '.') ||
            !scan_rule_number(rest, &to->week, 1, 5) || !cy_scan_mark(rest, '.') ||
            !scan_rule_number(rest, &to->weekday, 0, 6))
            return false;
    } else {
        if (cy_scan_mark(rest, 'J'))
            to->kind = 'J';
        if (!scan_rule_number(rest, &to->day, to->kind == 'J', 365))
            return false;
    }
    return !cy_scan_mark(rest, '/') || scan_rule_time(rest, &to->seconds);
}

/* Seconds since 1970, as clocks show them, at which it comes in a year. */
static int64_t rule_moment(const rule_day *rule, int64_t year) {
    int64_t days;
    if (rule->kind == 'M') {
        int month = (int)rule->month;
        int64_t first = cy_days_from_civil(year, month, 1);
        int64_t weekday = cy_floor_mod(first + 4, 7); /* Sunday is 0 */
        int64_t day = (rule->weekday - weekday + 7) % 7 + (rule->week - 1) * 7;
        while (day >= cy_days_of_month(year, month))
            day -= 7;
        days = first + day;
    } else if (rule->kind == 'J') {
        bool after_leap_day = cy_days_of_month(year, 2) == 29 && rule->day >= 60;
        days = cy_days_from_civil(year, 1, 1) + rule->day - 1 + after_leap_day;
    } else {
        days = cy_days_from_civil(year, 1, 1) + rule->day;
    }
    return days * CY_DAY_SECONDS + rule->seconds;
}

bool cy_rule_offset(int32_t *offset, kg_str rule, int64_t utc) {
    int64_t standard, summer, year;
    int month, day;
    rule_day from, to;
    if (!scan_rule_name(&rule) || !scan_rule_time(&rule, &standard))
        return false;
    *offset = (int32_t)-standard; /* POSIX counts west of Greenwich */
    if (rule.len == 0)
        return true;
    summer = standard - 3600;
    if (!scan_rule_name(&rule) ||
        (rule.len && rule.data[0] != ',' && !scan_rule_time(&rule, &summer)) ||
        !scan_rule_day(&rule, &from) || !scan_rule_day(&rule, &to) || rule.len)
        return false;
    cy_civil_from_days(&year, &month, &day, cy_floor_div(utc - standard, CY_DAY_SECONDS));
    int64_t begins = rule_moment(&from, year) + standard, ends = rule_moment(&to, year) + summer;
    bool is_summer = begins < ends ? utc >= begins && utc < ends : utc >= begins || utc < ends;
    if (is_summer)
        *offset = (int32_t)-summer;
    return true;
}
