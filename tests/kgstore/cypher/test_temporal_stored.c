/* What lies below points in time: the calendar and time zones, beside those of the C library; the
 * forms in which the store keeps values; damaged files of zones; memory that runs out. */
#include "kgstore/cypher/temporal.h"
#include "kgstore/cypher/temporal_rule.h"
#include "kgstore/cypher/temporal_zone.h"
#include "tests/support/alloc_fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static kg_arena arena = KG_ARENA_INIT;

#define XSD "http://www.w3.org/2001/XMLSchema#"

/* ---- The calendar ---------------------------------------------------------------------------- */

static void test_dates_are_those_of_the_c_library(void **state) {
    (void)state;
    for (int64_t days = -2000000; days < 4000000; days += 97) {
        time_t seconds = days * CY_DAY_SECONDS;
        struct tm tm;
        int64_t year;
        int month, day, week, weekday;
        char text[16];
        assert_non_null(gmtime_r(&seconds, &tm));
        cy_civil_from_days(&year, &month, &day, days);
        assert_int_equal(year, tm.tm_year + 1900);
        assert_int_equal(month, tm.tm_mon + 1);
        assert_int_equal(day, tm.tm_mday);
        assert_int_equal(cy_days_from_civil(year, month, day), days);
        cy_week_from_days(&year, &week, &weekday, days);
        strftime(text, sizeof text, "%V%u", &tm);
        assert_int_equal(week * 10 + weekday, atoi(text));
    }
}

static void test_months_end_where_they_end(void **state) {
    (void)state;
    int64_t last = cy_days_from_civil(2020, 1, 31);
    assert_int_equal(cy_add_months(last, 1), cy_days_from_civil(2020, 2, 29));
    assert_int_equal(cy_add_months(last, -11), cy_days_from_civil(2019, 2, 28));
    assert_int_equal(cy_add_months(last, -12 * 2021), cy_days_from_civil(-1, 1, 31));
}

/* ---- Zones ----------------------------------------------------------------------------------- */

static const char *const ZONES[] = {"Europe/Stockholm",  "America/New_York", "Australia/Lord_Howe",
                                    "Asia/Kathmandu",    "Europe/Dublin",    "America/Sao_Paulo",
                                    "Africa/Casablanca", "Pacific/Apia",     "UTC"};

static void test_zones_are_those_of_the_c_library(void **state) {
    (void)state;
    for (size_t z = 0; z < sizeof ZONES / sizeof *ZONES; z++) {
        setenv("TZ", ZONES[z], 1);
        tzset();
        for (int64_t utc = -4000000000; utc < 9000000000; utc += 3333333) {
            time_t moment = utc;
            struct tm tm;
            int32_t offset;
            kg_status st = cy_zone_offset(&offset, kg_str_from(ZONES[z]), utc);
            if (st == KG_ERR_NOT_FOUND)
                skip(); /* a system without zones */
            assert_non_null(localtime_r(&moment, &tm));
            if (offset != tm.tm_gmtoff)
                fail_msg("%s at %lld: %d, expected %ld", ZONES[z], (long long)utc, offset,
                         tm.tm_gmtoff);
        }
    }
}

static void test_times_that_clocks_skip_or_repeat(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected;
    } CASES[] = {
        {"2017-03-26T02:30[Europe/Stockholm]", "2017-03-26T03:30+02:00[Europe/Stockholm]"},
        {"2017-10-29T02:30[Europe/Stockholm]", "2017-10-29T02:30+02:00[Europe/Stockholm]"},
        {"2017-10-29T02:30+01:00[Europe/Stockholm]", "2017-10-29T02:30+01:00[Europe/Stockholm]"},
        {"2517-10-25T02:30[Europe/Stockholm]", "2517-10-25T02:30+02:00[Europe/Stockholm]"},
        {"2040-01-01T00:00[Pacific/Apia]", "2040-01-01T00:00+13:00[Pacific/Apia]"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        cy_value value;
        kg_str text;
        kg_status st = cy_temporal_parse(&value, &arena, CY_DATETIME, kg_str_from(CASES[i].text));
        if (st == KG_ERR_NOT_FOUND)
            skip();
        assert_int_equal(st, KG_OK);
        assert_int_equal(cy_temporal_text(&text, &arena, &value), KG_OK);
        assert_true(kg_str_equal(text, kg_str_from(CASES[i].expected)));
    }
}

static void test_rules(void **state) {
    (void)state;
    enum { JANUARY = 1610000000, JULY = 1625000000 }; /* of 2021 */
    static const struct {
        const char *rule;
        int january, july;
    } RULES[] = {{"CET-1CEST,M3.5.0,M10.5.0/3", 3600, 7200},
                 {"EST5EDT,M3.2.0,M11.1.0", -18000, -14400},
                 {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39600, 37800},
                 {"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", -10800, -7200},
                 {"XXX3EDT4,0/0,J365/23", -14400, -14400}, /* summer all year */
                 {"IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600},
                 {"UTC0", 0, 0}};
    static const char *const WRONG[] = {"",
                                        "CET",
                                        "CET-1CEST",
                                        "CET-1CEST,M3.5.0",
                                        "1",
                                        "CET-1CEST,M13.5.0,M10.5.0",
                                        "<CET-1",
                                        "CET-999",
                                        "CET-1CEST,M3.5.0,M10.5.0/3x"};
    int32_t offset;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        assert_true(cy_rule_offset(&offset, kg_str_from(RULES[i].rule), JANUARY));
        assert_int_equal(offset, RULES[i].january);
        assert_true(cy_rule_offset(&offset, kg_str_from(RULES[i].rule), JULY));
        assert_int_equal(offset, RULES[i].july);
    }
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        assert_false(cy_rule_offset(&offset, kg_str_from(WRONG[i]), JULY));
}

/* Cut short anywhere, and with any byte changed: an offset or a status, and nothing read beyond. */
static void test_damaged_zone_files(void **state) {
    (void)state;
    char file[8192];
    int32_t offset;
    FILE *from = fopen(CY_ZONE_FOLDER "/Europe/Stockholm", "rb");
    if (!from)
        skip();
    size_t length = fread(file, 1, sizeof file, from);
    fclose(from);
    assert_int_equal(cy_zone_offset_in(&offset, (kg_str){file, length}, 1625000000), KG_OK);
    assert_int_equal(offset, 7200);
    for (size_t n = 0; n < length; n++) {
        char *cut = malloc(n + 1);
        memcpy(cut, file, n);
        kg_status st = cy_zone_offset_in(&offset, (kg_str){cut, n}, 1625000000);
        assert_true(st == KG_OK || st == KG_ERR_FORMAT);
        cut = realloc(cut, length);
        memcpy(cut, file, length);
        cut[n] = (char)~cut[n];
        for (int64_t utc = -4000000000; utc < 5000000000; utc += 3000000000)
            cy_zone_offset_in(&offset, (kg_str){cut, length}, utc);
        free(cut);
    }
}

/* ---- The store ------------------------------------------------------------------------------- */

static void test_values_are_stored_and_come_back(void **state) {
    (void)state;
    static const struct {
        cy_kind kind;
        const char *text;
        kg_value_kind stored;
        const char *stored_text, *datatype;
    } CASES[] = {
        {CY_DATE, "-0044-03-15", KG_VALUE_DATE, "-0044-03-15", NULL},
        {CY_DATE, "+12345-01-01", KG_VALUE_DATE, "12345-01-01", NULL},
        {CY_LOCAL_TIME, "12:00", KG_VALUE_TYPED, "12:00:00", XSD "time"},
        {CY_TIME, "12:00:00.5+01:00", KG_VALUE_TYPED, "12:00:00.5+01:00", XSD "time"},
        {CY_TIME, "12:00+01:00:30", KG_VALUE_TYPED, "12:00+01:00:30", "urn:kg:time"},
        {CY_LOCAL_DATETIME, "1912-01-01T00:00", KG_VALUE_DATETIME, "1912-01-01T00:00:00", NULL},
        {CY_DATETIME, "1912-01-01T00:00Z", KG_VALUE_DATETIME, "1912-01-01T00:00:00Z", NULL},
        {CY_DATETIME, "2012-07-01T00:00+02:00[Europe/Stockholm]", KG_VALUE_TYPED,
         "2012-07-01T00:00+02:00[Europe/Stockholm]", "urn:kg:datetime"},
        {CY_DATETIME, "1912-01-01T00:00+18:00", KG_VALUE_TYPED, "1912-01-01T00:00+18:00",
         "urn:kg:datetime"},
        {CY_DURATION, "P1Y2M3DT4H5M6.7S", KG_VALUE_TYPED, "P1Y2M3DT4H5M6.7S", XSD "duration"},
        {CY_DURATION, "P-1DT-0.5S", KG_VALUE_TYPED, "-P1DT0.5S", XSD "duration"},
        {CY_DURATION, "PT0S", KG_VALUE_TYPED, "PT0S", XSD "duration"},
        {CY_DURATION, "P1M-14D", KG_VALUE_TYPED, "P1M-14D", "urn:kg:duration"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        cy_value value, back;
        kg_value stored;
        kg_error err;
        kg_status st = cy_temporal_parse(&value, &arena, CASES[i].kind, kg_str_from(CASES[i].text));
        if (st == KG_ERR_NOT_FOUND)
            continue; /* a system without zones */
        assert_int_equal(st, KG_OK);
        assert_int_equal(cy_temporal_to_stored(&stored, &arena, &value), KG_OK);
        assert_int_equal(kg_value_check(&stored, &err), KG_OK);
        assert_int_equal(stored.kind, CASES[i].stored);
        if (!kg_str_equal(stored.text, kg_str_from(CASES[i].stored_text)) ||
            !kg_str_equal(stored.tag, kg_str_from(CASES[i].datatype)))
            fail_msg("%s was stored as %.*s", CASES[i].text, KG_STR_ARG(stored.text));
        assert_int_equal(cy_temporal_from_stored(&back, &arena, &stored), KG_OK);
        assert_int_equal(back.kind, CASES[i].kind);
        assert_int_equal(cy_equal(&back, &value), CY_TRUE);
    }
}

static void test_what_others_have_stored(void **state) {
    (void)state;
    static const struct {
        kg_value_kind kind;
        const char *datatype, *text, *expected; /* of a temporal value or string, or a number */
        cy_kind is;
    } CASES[] = {
        {KG_VALUE_DATE, NULL, "2024-02-29+02:00", "2024-02-29", CY_DATE},
        {KG_VALUE_DATE, NULL, "2024-02-29Z", "2024-02-29", CY_DATE},
        {KG_VALUE_DATETIME, NULL, "2024-02-29T24:00:00", "2024-03-01T00:00", CY_LOCAL_DATETIME},
        {KG_VALUE_DATETIME, NULL, "2024-12-31T23:59:60Z", "2025-01-01T00:00Z", CY_DATETIME},
        {KG_VALUE_TYPED, XSD "dateTimeStamp", "2024-02-29T12:00:00-05:00", "2024-02-29T12:00-05:00",
         CY_DATETIME},
        {KG_VALUE_TYPED, XSD "time", "24:00:00", "00:00", CY_LOCAL_TIME},
        {KG_VALUE_TYPED, XSD "yearMonthDuration", "-P1Y2M", "P-1Y-2M", CY_DURATION},
        {KG_VALUE_TYPED, XSD "int", "+42", "42", CY_INTEGER},
        {KG_VALUE_TYPED, XSD "nonNegativeInteger", "18446744073709551616", "1.84467e+19", CY_FLOAT},
        {KG_VALUE_TYPED, XSD "decimal", "2.50", "2.5", CY_FLOAT},
        {KG_VALUE_TYPED, XSD "int", "many", "many", CY_STRING},
        {KG_VALUE_TYPED, XSD "duration", "long", "long", CY_STRING},
        {KG_VALUE_TYPED, "urn:kg:datetime", "2012-07-01T00:00+02:00[Europe/Atlantis]",
         "2012-07-01T00:00+02:00[Europe/Atlantis]", CY_DATETIME},
        {KG_VALUE_TYPED, "http://example.org/color", "red", "red", CY_STRING},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char number[32];
        const kg_value stored = {.kind = CASES[i].kind,
                                 .text = kg_str_from(CASES[i].text),
                                 .tag = kg_str_from(CASES[i].datatype)};
        cy_value value;
        assert_int_equal(cy_temporal_from_stored(&value, &arena, &stored), KG_OK);
        assert_int_equal(value.kind, CASES[i].is);
        kg_str text = value.as.text;
        if (cy_is_temporal(&value))
            assert_int_equal(cy_temporal_text(&text, &arena, &value), KG_OK);
        if (cy_is_number(&value)) {
            snprintf(number, sizeof number, "%g", cy_to_real(&value));
            text = kg_str_from(number);
        }
        if (!kg_str_equal(text, kg_str_from(CASES[i].expected)))
            fail_msg("%s came back as %.*s", CASES[i].text, KG_STR_ARG(text));
    }
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static kg_status use_all_of_it(void *unused) {
    (void)unused;
    kg_arena own = KG_ARENA_INIT;
    cy_value value, back;
    kg_value stored;
    kg_str text;
    kg_status st =
        cy_temporal_parse(&value, &own, CY_DATETIME, KG_STR("2012-07-01T00:00+02:00[Etc/GMT-2]"));
    if (st == KG_ERR_NOT_FOUND)
        st = cy_temporal_parse(&value, &own, CY_DATETIME, KG_STR("2012-07-01T00:00+02:00"));
    if (st == KG_OK)
        st = cy_temporal_text(&text, &own, &value);
    if (st == KG_OK)
        st = cy_temporal_to_stored(&stored, &own, &value);
    if (st == KG_OK)
        st = cy_temporal_from_stored(&back, &own, &stored);
    kg_arena_free(&own);
    return st;
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    alloc_fail_each(use_all_of_it, NULL, false, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_are_those_of_the_c_library),
        cmocka_unit_test(test_months_end_where_they_end),
        cmocka_unit_test(test_zones_are_those_of_the_c_library),
        cmocka_unit_test(test_times_that_clocks_skip_or_repeat),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_damaged_zone_files),
        cmocka_unit_test(test_values_are_stored_and_come_back),
        cmocka_unit_test(test_what_others_have_stored),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kg_arena_free(&arena);
    return failed;
}
