/* Writing points in time and durations as ISO 8601, as short as it goes. */
#include "kgstore/cypher/temporal_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

typedef struct printer {
    char *to;
    size_t len;
    cy_form form;
} printer;

__attribute__((format(printf, 2, 3))) static void put(printer *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(p->to + p->len, CY_TEMPORAL_TEXT - p->len, format, args);
    va_end(args);
    size_t room = CY_TEMPORAL_TEXT - p->len - 1;
    p->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

/* .5 for half a second; digits that say nothing are left out. */
static void put_fraction(printer *p, int64_t nanoseconds) {
    if (nanoseconds == 0)
        return;
    put(p, ".%09" PRId64, nanoseconds);
    while (p->to[p->len - 1] == '0')
        p->len--;
}

static void put_date(printer *p, int64_t days) {
    int64_t year;
    int month, day;
    cy_civil_from_days(&year, &month, &day, days);
    const char *sign = year < 0 ? "-" : year > 9999 && p->form == CY_FORM_CYPHER ? "+" : "";
    put(p, "%s%04" PRId64 "-%02d-%02d", sign, year < 0 ? -year : year, month, day);
}

static void put_clock(printer *p, const cy_temporal *t) {
    int seconds = (int)t->seconds;
    put(p, "%02d:%02d", seconds / 3600, seconds / 60 % 60);
    if (seconds % 60 || t->nanoseconds || p->form == CY_FORM_STORED)
        put(p, ":%02d", seconds % 60);
    put_fraction(p, t->nanoseconds);
}

static void put_offset(printer *p, int32_t offset) {
    int32_t ahead = offset < 0 ? -offset : offset;
    if (offset == 0) {
        put(p, "Z");
        return;
    }
    put(p, "%c%02d:%02d", offset < 0 ? '-' : '+', ahead / 3600, ahead / 60 % 60);
    if (ahead % 60)
        put(p, ":%02d", ahead % 60);
}

static bool is_negative(const cy_temporal *t) {
    return t->months <= 0 && t->days <= 0 && t->seconds <= 0 &&
           (t->months < 0 || t->days < 0 || t->seconds < 0);
}

static void put_amount(printer *p, int64_t amount, char letter, bool absolute) {
    if (amount)
        put(p, "%" PRId64 "%c", absolute && amount < 0 ? -amount : amount, letter);
}

/* Seconds and nanoseconds are shown with one sign. XML Schema has one sign for all of it. */
static void put_duration(printer *p, const cy_temporal *t) {
    int64_t seconds = t->seconds, nanoseconds = t->nanoseconds;
    if (seconds < 0 && nanoseconds > 0) {
        seconds++;
        nanoseconds -= CY_NANOSECONDS;
    }
    bool absolute = p->form == CY_FORM_STORED && is_negative(t);
    put(p, absolute ? "-P" : "P");
    put_amount(p, t->months / 12, 'Y', absolute);
    put_amount(p, t->months % 12, 'M', absolute);
    put_amount(p, t->days, 'D', absolute);
    if (seconds || nanoseconds || (t->months == 0 && t->days == 0))
        put(p, "T");
    put_amount(p, seconds / 3600, 'H', absolute);
    put_amount(p, seconds / 60 % 60, 'M', absolute);
    int64_t rest = seconds % 60;
    if (rest || nanoseconds || (t->months == 0 && t->days == 0 && seconds == 0)) {
        bool minus = !absolute && (rest < 0 || nanoseconds < 0);
        put(p, "%s%" PRId64, minus ? "-" : "", rest < 0 ? -rest : rest);
        put_fraction(p, nanoseconds < 0 ? -nanoseconds : nanoseconds);
        put(p, "S");
    }
}

kg_str cy_print_temporal(char buffer[CY_TEMPORAL_TEXT], cy_kind kind, const cy_temporal *parts,
                         cy_form form) {
    printer p = {buffer, 0, form};
    if (kind == CY_DURATION)
        put_duration(&p, parts);
    if (cy_has_date(kind))
        put_date(&p, parts->days);
    if (cy_has_date(kind) && cy_has_clock(kind))
        put(&p, "T");
    if (cy_has_clock(kind))
        put_clock(&p, parts);
    if (cy_has_offset(kind))
        put_offset(&p, parts->offset);
    if (parts->zone.len)
        put(&p, "[%.*s]", KG_STR_ARG(parts->zone));
    return (kg_str){buffer, p.len};
}

kg_str cy_print_offset(char buffer[CY_TEMPORAL_TEXT], int32_t offset) {
    printer p = {buffer, 0, CY_FORM_CYPHER};
    put_offset(&p, offset);
    return (kg_str){buffer, p.len};
}

kg_status cy_temporal_text(kg_str *out, kg_arena *arena, const cy_value *value) {
    char buffer[CY_TEMPORAL_TEXT];
    kg_str text = cy_print_temporal(buffer, value->kind, value->as.temporal, CY_FORM_CYPHER);
    *out = (kg_str){kg_arena_copy(arena, text), text.len};
    return out->data ? KG_OK : KG_ERR_MEMORY;
}
