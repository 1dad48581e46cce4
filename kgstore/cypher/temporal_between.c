/* What passes between two points in time.
 *
 * What one of them lacks it takes from the other: the date, and where one has an offset the zone.
 * Months and days are counted as clocks of the first one's zone show them, and what is left of a
 * day in seconds that really pass, so that a day of 25 hours has them. */
#include "kgstore/cypher/temporal_build.h"

#include "kgstore/cypher/temporal_zone.h"

static int64_t utc_of(const cy_temporal *t) {
    return cy_local_seconds(t) - t->offset;
}

/* The sign of a's time of day beside b's. */
static int compare_clocks(const cy_temporal *a, const cy_temporal *b) {
    if (a->seconds != b->seconds)
        return a->seconds < b->seconds ? -1 : 1;
    return (a->nanoseconds > b->nanoseconds) - (a->nanoseconds < b->nanoseconds);
}

/* Whole months from a to b, toward zero. */
static int64_t whole_months(const cy_temporal *a, const cy_temporal *b) {
    int64_t year_a, year_b;
    int month_a, month_b, day_a, day_b;
    cy_civil_from_days(&year_a, &month_a, &day_a, a->days);
    cy_civil_from_days(&year_b, &month_b, &day_b, b->days);
    int64_t n = (year_b - year_a) * 12 + month_b - month_a;
    int order = day_b != day_a ? day_b - day_a : compare_clocks(b, a);
    if (n > 0 && order < 0)
        n--;
    if (n < 0 && order > 0)
        n++;
    return n;
}

static int64_t whole_days(const cy_temporal *a, const cy_temporal *b) {
    int64_t n = b->days - a->days;
    int order = compare_clocks(b, a);
    if (n > 0 && order < 0)
        n--;
    if (n < 0 && order > 0)
        n++;
    return n;
}

static kg_status count_between(cy_temporal *out, cy_span span, cy_temporal a, cy_temporal b) {
    kg_status st;
    if (span != CY_SPAN_SECONDS) {
        int64_t utc = utc_of(&b);
        b.offset = a.offset;
        b.zone = a.zone;
        KG_TRY(st, cy_zone_move(&b, utc));
        if (span != CY_SPAN_DAYS)
            out->months = whole_months(&a, &b);
        a.days = cy_add_months(a.days, out->months);
        if (span != CY_SPAN_MONTHS)
            out->days = whole_days(&a, &b);
        a.days += out->days;
        if (out->months || out->days)
            KG_TRY(st, cy_zone_settle(&a));
    }
    if (span == CY_SPAN_ALL || span == CY_SPAN_SECONDS) {
        out->seconds = utc_of(&b) - utc_of(&a);
        out->nanoseconds = b.nanoseconds - a.nanoseconds;
    }
    return KG_OK;
}

static kg_status borrow_zone(cy_temporal *to, const cy_temporal *from) {
    to->offset = from->offset;
    to->zone = from->zone;
    return cy_zone_settle(to);
}

kg_status cy_build_between(cy_value *out, cy_context *c, cy_span span, const cy_value *from,
                           const cy_value *to) {
    cy_temporal result = {0};
    const cy_value *wrong = !cy_is_temporal(from) || from->kind == CY_DURATION ? from
                            : !cy_is_temporal(to) || to->kind == CY_DURATION   ? to
                                                                               : NULL;
    if (wrong)
        return cy_fail(c, "TypeError", "InvalidArgumentType",
                       "found %s where a point in time was expected", cy_a_kind(wrong->kind));
    cy_temporal a = *from->as.temporal, b = *to->as.temporal;
    bool dated = cy_has_date(from->kind) && cy_has_date(to->kind);
    bool zoned_a = cy_has_offset(from->kind), zoned_b = cy_has_offset(to->kind);
    kg_status st = KG_OK;
    if (!cy_has_date(from->kind))
        a.days = b.days;
    if (!cy_has_date(to->kind))
        b.days = a.days;
    if (zoned_a && !zoned_b)
        st = borrow_zone(&b, &a);
    if (zoned_b && !zoned_a)
        st = borrow_zone(&a, &b);
    if (st == KG_OK && (dated || span == CY_SPAN_ALL || span == CY_SPAN_SECONDS))
        st = count_between(&result, dated ? span : CY_SPAN_SECONDS, a, b);
    if (st != KG_OK)
        return cy_build_unknown_zone(c, a.zone.len ? a.zone : b.zone);
    return cy_build_value(out, c, CY_DURATION, &result);
}
