/* Reading ISO 8601 as Cypher takes it: with hyphens and colons or without, cut short at any part.
 */
#include "kgstore/cypher/temporal_scan.h"

#include "kgstore/cypher/temporal_duration.h"
#include "kgstore/cypher/temporal_zone.h"

enum { MAX_OFFSET = 18 * 3600 };

/* ---- Dates ----------------------------------------------------------------------------------- */

/* Four digits, or up to nine with a sign before them or a hyphen after them. */
static bool scan_year(kg_str *rest, int64_t *year) {
    bool negative = cy_scan_mark(rest, '-'), sign = negative || cy_scan_mark(rest, '+');
    size_t digits = cy_count_digits(*rest);
    bool open = !sign && (digits == rest->len || rest->data[digits] != '-');
    if (digits < 4 || digits > (open ? rest->len : 9) ||
        !cy_scan_digits(rest, year, open ? 4 : digits))
        return false;
    if (negative)
        *year = -*year;
    return true;
}

/* A number that may be missing at the end, after a hyphen where the text has them. */
static bool scan_last(kg_str *rest, int64_t *out, size_t digits, bool hyphens) {
    *out = 1;
    return rest->len == 0 || ((!hyphens || cy_scan_mark(rest, '-')) &&
                              cy_scan_digits(rest, out, digits) && rest->len == 0);
}

static bool scan_date(int64_t *days, kg_str text) {
    int64_t year, part, day;
    if (!scan_year(&text, &year))
        return false;
    bool hyphens = cy_scan_mark(&text, '-');
    if (text.len == 0)
        return !hyphens && cy_calendar_date(days, year, 1, 1);
    if (cy_scan_mark(&text, 'W'))
        return cy_scan_digits(&text, &part, 2) && scan_last(&text, &day, 1, hyphens) &&
               cy_week_date(days, year, part, day);
    if (cy_scan_mark(&text, 'Q'))
        return cy_scan_digits(&text, &part, 1) && scan_last(&text, &day, 2, hyphens) &&
               cy_quarter_date(days, year, part, day);
    if (text.len == 3)
        return cy_scan_digits(&text, &day, 3) && cy_ordinal_date(days, year, day);
    return cy_scan_digits(&text, &part, 2) && scan_last(&text, &day, 2, hyphens) &&
           cy_calendar_date(days, year, part, day);
}

/* XML Schema's dates may have an offset, which Cypher's have not. */
static kg_str without_offset(kg_str text) {
    if (text.len && text.data[text.len - 1] == 'Z')
        text.len--;
    else if (text.len > 6 && text.data[text.len - 3] == ':')
        text.len -= 6;
    return text;
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* Digits of less than a second; those beyond nanoseconds are dropped. */
static bool scan_fraction(kg_str *rest, int64_t *nanoseconds) {
    size_t digits = cy_count_digits(*rest), used = digits < 9 ? digits : 9;
    *nanoseconds = 0;
    if (digits == 0 || !cy_scan_digits(rest, nanoseconds, used))
        return false;
    for (size_t i = used; i < 9; i++)
        *nanoseconds *= 10;
    *rest = (kg_str){rest->data + digits - used, rest->len - (digits - used)};
    return true;
}

/* hh, hh:mm, hh:mm:ss, hh:mm:ss.fraction, and these without colons. Seconds may come to more than a
 * day's. */
static bool scan_clock(kg_str *rest, cy_temporal *to, cy_form form) {
    int64_t hour, minute = 0, second = 0;
    bool stored = form == CY_FORM_STORED;
    if (!cy_scan_digits(rest, &hour, 2))
        return false;
    bool colons = cy_scan_mark(rest, ':');
    if ((colons || cy_count_digits(*rest)) && !cy_scan_digits(rest, &minute, 2))
        return false;
    bool more = colons ? cy_scan_mark(rest, ':') : cy_count_digits(*rest) > 0;
    if (more) {
        if (!cy_scan_digits(rest, &second, 2))
            return false;
        if ((cy_scan_mark(rest, '.') || cy_scan_mark(rest, ',')) &&
            !scan_fraction(rest, &to->nanoseconds))
            return false;
    }
    to->seconds = (hour * 60 + minute) * 60 + second;
    return hour <= (stored ? 24 : 23) && minute <= 59 && second <= (stored ? 60 : 59) &&
           to->seconds <= CY_DAY_SECONDS;
}

bool cy_scan_offset(kg_str *rest, int32_t *offset) {
    int64_t hour, minute = 0, second = 0;
    *offset = 0;
    if (cy_scan_mark(rest, 'Z'))
        return true;
    bool negative = cy_scan_mark(rest, '-');
    if ((!negative && !cy_scan_mark(rest, '+')) || !cy_scan_digits(rest, &hour, 2))
        return false;
    bool colons = cy_scan_mark(rest, ':');
    if ((colons || cy_count_digits(*rest)) && !cy_scan_digits(rest, &minute, 2))
        return false;
    if ((colons ? cy_scan_mark(rest, ':') : cy_count_digits(*rest) > 0) &&
        !cy_scan_digits(rest, &second, 2))
        return false;
    int64_t all = (hour * 60 + minute) * 60 + second;
    *offset = (int32_t)(negative ? -all : all);
    return minute <= 59 && second <= 59 && all <= MAX_OFFSET;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* Take "[Europe/Stockholm]" off the end. */
static bool scan_zone(kg_str *text, kg_str *zone) {
    if (text->len == 0 || text->data[text->len - 1] != ']')
        return true;
    const char *open = memchr(text->data, '[', text->len);
    if (!open)
        return false;
    size_t at = (size_t)(open - text->data);
    *zone = (kg_str){open + 1, text->len - at - 2};
    text->len = at;
    return zone->len > 0 && zone->len <= CY_ZONE_NAME_MAX;
}

static bool scan_time_and_offset(kg_str text, cy_temporal *parts, bool *has_offset, cy_kind kind,
                                 cy_form form) {
    if (!scan_clock(&text, parts, form))
        return false;
    if (text.len == 0)
        return true;
    *has_offset = true;
    return cy_has_offset(kind) && cy_scan_offset(&text, &parts->offset) && text.len == 0;
}

bool cy_scan_temporal(cy_temporal *parts, bool *has_offset, cy_kind kind, kg_str text,
                      cy_form form) {
    *parts = (cy_temporal){0};
    *has_offset = false;
    if (kind == CY_DATE)
        return scan_date(&parts->days, form == CY_FORM_STORED ? without_offset(text) : text);
    if (kind == CY_DURATION)
        return cy_scan_duration(parts, text);
    if (!cy_has_date(kind)) {
        if (!scan_time_and_offset(text, parts, has_offset, kind, form))
            return false;
        parts->seconds %= CY_DAY_SECONDS;
        return true;
    }
    if (kind == CY_DATETIME && !scan_zone(&text, &parts->zone))
        return false;
    const char *t = text.len ? memchr(text.data, 'T', text.len) : NULL;
    size_t at = t ? (size_t)(t - text.data) : text.len;
    if (!scan_date(&parts->days, (kg_str){text.data, at}) ||
        (t &&
         !scan_time_and_offset((kg_str){t + 1, text.len - at - 1}, parts, has_offset, kind, form)))
        return false;
    cy_set_local_seconds(parts, cy_local_seconds(parts));
    return true;
}

static bool has_known_zone(cy_temporal *parts, bool has_offset, kg_status *st) {
    int32_t offset = parts->offset;
    *st = cy_zone_settle(parts);
    return *st != KG_OK || !has_offset || offset == parts->offset;
}

kg_status cy_temporal_parse(cy_value *out, kg_arena *arena, cy_kind kind, kg_str text) {
    cy_temporal parts;
    bool has_offset;
    kg_status st;
    if (!cy_scan_temporal(&parts, &has_offset, kind, text, CY_FORM_CYPHER) ||
        !has_known_zone(&parts, has_offset, &st))
        return KG_ERR_FORMAT;
    if (st != KG_OK)
        return st;
    st = cy_temporal_make(out, arena, kind, &parts);
    return st == KG_ERR_LIMIT ? KG_ERR_FORMAT : st;
}

/* ---- Durations ------------------------------------------------------------------------------- */

/* A number with a sign and a fraction if any, and its unit's letter: added to parts. */
static bool scan_amount(kg_str *rest, cy_temporal *parts, char *letter, bool negative,
                        bool after_t) {
    int64_t whole, below = 0;
    long double fraction = 0;
    bool minus = cy_scan_mark(rest, '-');
    if (!minus)
        cy_scan_mark(rest, '+');
    if (cy_count_digits(*rest) == 0 || !cy_scan_digits(rest, &whole, cy_count_digits(*rest)))
        return false;
    if (cy_scan_mark(rest, '.') || cy_scan_mark(rest, ',')) {
        size_t digits = cy_count_digits(*rest);
        if (digits == 0 || !cy_scan_digits(rest, &below, digits))
            return false;
        fraction = (long double)below;
        for (size_t i = 0; i < digits; i++)
            fraction /= 10;
    }
    if (rest->len == 0)
        return false;
    *letter = rest->data[0];
    const cy_unit *unit = cy_unit_of_letter(*letter, after_t);
    *rest = (kg_str){rest->data + 1, rest->len - 1};
    int sign = minus != negative ? -1 : 1;
    return unit && cy_add_whole(parts, unit, sign * whole) &&
           cy_add_real(parts, unit, sign * fraction);
}

/* P2012-02-02T14:37:21.545 */
static bool scan_date_form(kg_str text, cy_temporal *parts, bool negative) {
    int64_t year, month, day;
    if (!cy_scan_digits(&text, &year, 4) || !cy_scan_mark(&text, '-') ||
        !cy_scan_digits(&text, &month, 2) || !cy_scan_mark(&text, '-') ||
        !cy_scan_digits(&text, &day, 2) || month > 12 || day > 31)
        return false;
    if (text.len &&
        (!cy_scan_mark(&text, 'T') || !scan_clock(&text, parts, CY_FORM_CYPHER) || text.len))
        return false;
    int sign = negative ? -1 : 1;
    parts->months = sign * (year * 12 + month);
    parts->days = sign * day;
    parts->seconds *= sign;
    parts->nanoseconds *= sign;
    return true;
}

bool cy_scan_duration(cy_temporal *parts, kg_str text) {
    static const char ORDER[] = "YQMWDTHMS"; /* months before the T, minutes after it */
    *parts = (cy_temporal){0};
    bool negative = cy_scan_mark(&text, '-');
    if (!negative)
        cy_scan_mark(&text, '+');
    if (!cy_scan_mark(&text, 'P') || text.len == 0)
        return false;
    if (cy_count_digits(text) == 4 && text.len > 4 && text.data[4] == '-')
        return scan_date_form(text, parts, negative);
    const char *place = ORDER;
    bool after_t = false;
    while (text.len) {
        char letter;
        if (!after_t && cy_scan_mark(&text, 'T')) {
            after_t = true;
            place = strchr(ORDER, 'T') + 1;
        }
        if (!scan_amount(&text, parts, &letter, negative, after_t))
            return false;
        place = strchr(place, letter);
        if (!place || (place > strchr(ORDER, 'T')) != after_t)
            return false;
        place++;
    }
    return true;
}
