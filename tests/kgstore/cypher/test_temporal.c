/* Points in time and durations: tables of expressions and what they are.
 *
 * Expressions are read by a few functions of this file, so that the tables look like queries and
 * nothing but what is tested is needed. */
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/temporal.h"
#include "kgstore/cypher/timeparts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <cmocka.h>

static kg_arena arena = KG_ARENA_INIT;
static kg_error err;
static cy_fault fault;

/* 2020-02-29T23:30:00.5 in UTC, by a local clock that is an hour ahead. */
static cy_context context = {.arena = &arena,
                             .now_seconds = 1583019000,
                             .now_nanoseconds = 500000000,
                             .fault = &fault,
                             .err = &err};

/* ---- Expressions ----------------------------------------------------------------------------- */

static kg_status read_sum(cy_value *out, const char **at);

static bool sees(const char **at, char mark) {
    *at += strspn(*at, " ");
    if (**at != mark)
        return false;
    ++*at;
    return true;
}

static kg_str read_word(const char **at) {
    *at += strspn(*at, " ");
    kg_str word = {*at, strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.")};
    *at += word.len;
    return word;
}

static kg_status read_map(cy_value *out, const char **at) {
    kg_status st;
    cy_entry *entries;
    size_t n = 0;
    *out = cy_new_map(&entries, &arena, 16);
    if (cy_is_null(out))
        return KG_ERR_MEMORY;
    for (; !sees(at, '}'); n++) {
        entries[n].key = read_word(at);
        if (!sees(at, ':'))
            fail_msg("no map: %s", *at);
        KG_TRY(st, read_sum(&entries[n].value, at));
        sees(at, ',');
    }
    *(size_t *)&out->as.map->count = n;
    return KG_OK;
}

static kg_status read_call(cy_value *out, const char **at, kg_str name) {
    kg_status st;
    cy_value args[3];
    size_t n = 0;
    if (!sees(at, '('))
        fail_msg("no call: %s", *at);
    while (!sees(at, ')')) {
        KG_TRY(st, read_sum(&args[n++], at));
        sees(at, ',');
    }
    for (const cy_function *f = cy_functions_time; f->name; f++)
        if (strlen(f->name) == name.len && strncasecmp(f->name, name.data, name.len) == 0) {
            assert_in_range(n, f->min_args, f->max_args);
            return f->call(out, &context, args, n);
        }
    fail_msg("no function %.*s", KG_STR_ARG(name));
    return KG_ERR_ARGUMENT;
}

static kg_status read_value(cy_value *out, const char **at) {
    kg_status st;
    char *end;
    if (sees(at, '{'))
        return read_map(out, at);
    if (sees(at, '\'')) {
        kg_str text = {*at, strcspn(*at, "'")};
        *at += text.len + 1;
        *out = cy_string(text);
        return KG_OK;
    }
    kg_str name = read_word(at);
    if (name.len == 0) {
        size_t n = strspn(*at, "-0123456789");
        if ((*at)[n] == '.')
            *out = cy_float(strtod(*at, &end));
        else
            *out = cy_integer(strtoll(*at, &end, 10));
        if (end == *at)
            fail_msg("no value: %s", *at);
        *at = end;
        return KG_OK;
    }
    KG_TRY(st, read_call(out, at, name));
    if (!sees(at, '.'))
        return KG_OK;
    cy_value base = *out;
    return cy_temporal_part(out, &context, &base, read_word(at));
}

static kg_status read_sum(cy_value *out, const char **at) {
    static const struct {
        char sign;
        cy_op op;
    } SIGNS[] = {{'+', CY_ADD}, {'-', CY_SUB}, {'*', CY_MUL}, {'/', CY_DIV}};
    kg_status st;
    KG_TRY(st, read_value(out, at));
    for (size_t i = 0; i < 4; i++)
        if (sees(at, SIGNS[i].sign)) {
            cy_value first = *out, second;
            KG_TRY(st, read_value(&second, at));
            return cy_temporal_apply(out, &context, SIGNS[i].op, &first, &second);
        }
    return KG_OK;
}

typedef struct example {
    const char *expression, *result; /* "!NumberOutOfRange": the detail of a fault */
} example;

static void check(const example *examples, size_t n) {
    char number[32];
    for (size_t i = 0; i < n; i++) {
        const char *at = examples[i].expression, *expected = examples[i].result;
        cy_value value;
        kg_str text = {NULL, 0};
        fault.detail = "";
        kg_status st = read_sum(&value, &at);
        if (st == KG_ERR_FORMAT && *expected == '!' && strcmp(fault.detail, expected + 1) == 0)
            continue;
        if (st != KG_OK)
            fail_msg("%s: %s (%s)", examples[i].expression, fault.detail, err.text);
        if (cy_is_temporal(&value))
            assert_int_equal(cy_temporal_text(&text, &arena, &value), KG_OK);
        else if (value.kind == CY_STRING)
            text = value.as.text;
        else if (value.kind == CY_INTEGER)
            text = (kg_str){number, (size_t)snprintf(number, sizeof number, "%lld",
                                                     (long long)value.as.integer)};
        else
            text = KG_STR("null");
        if (!kg_str_equal(text, kg_str_from(expected)))
            fail_msg("%s: found %.*s, expected %s", examples[i].expression, KG_STR_ARG(text),
                     expected);
    }
    kg_arena_reset(&arena);
}

#define CHECK(examples) check(examples, sizeof(examples) / sizeof *(examples))

/* ---- Texts ----------------------------------------------------------------------------------- */

static void test_texts_are_read(void **state) {
    (void)state;
    static const example EXAMPLES[] = {
        {"date('2015-07-21')", "2015-07-21"},
        {"date('20150721')", "2015-07-21"},
        {"date('2015-07')", "2015-07-01"},
        {"date('201507')", "2015-07-01"},
        {"date('2015-W30-2')", "2015-07-21"},
        {"date('2015W302')", "2015-07-21"},
        {"date('2015W30')", "2015-07-20"},
        {"date('2015-Q2-60')", "2015-05-30"},
        {"date('2015Q260')", "2015-05-30"},
        {"date('2015-Q3')", "2015-07-01"},
        {"date('2015-202')", "2015-07-21"},
        {"date('2015202')", "2015-07-21"},
        {"date('2015')", "2015-01-01"},
        {"date('-0044-03-15')", "-0044-03-15"},
        {"date('+12345-01-01')", "+12345-01-01"},
        {"localtime('214032.142')", "21:40:32.142"},
        {"localtime('2140')", "21:40"},
        {"localtime('21')", "21:00"},
        {"localtime('21:40:32.5000')", "21:40:32.5"},
        {"time('2140-00:00')", "21:40Z"},
        {"time('21:40-02')", "21:40-02:00"},
        {"time('22+18:00')", "22:00+18:00"},
        {"time('12:34:56-02:05:07')", "12:34:56-02:05:07"},
        {"localdatetime('2015-W30T2140')", "2015-07-20T21:40"},
        {"localdatetime('2015202T21')", "2015-07-21T21:00"},
        {"localdatetime('2015-07-21')", "2015-07-21T00:00"},
        {"datetime('2015T214032-0100')", "2015-01-01T21:40:32-01:00"},
        {"datetime('2015-07-21T21:40')", "2015-07-21T21:40Z"},
        {"datetime('2015-07-21T21:40[Europe/London]')", "2015-07-21T21:40+01:00[Europe/London]"},
        {"duration('P5M1.5D')", "P5M1DT12H"},
        {"duration('P0.75M')", "P22DT19H51M49.5S"},
        {"duration('PT0.75M')", "PT45S"},
        {"duration('P2.5W')", "P17DT12H"},
        {"duration('P12Y5M14DT16H12M70S')", "P12Y5M14DT16H13M10S"},
        {"duration('P2012-02-02T14:37:21.545')", "P2012Y2M2DT14H37M21.545S"},
        {"duration('P12Y5M-14DT16H')", "P12Y5M-14DT16H"},
        {"duration('PT-1M-0.001S')", "PT-1M-0.001S"},
        {"duration('-P1DT2H')", "P-1DT-2H"},
    };
    CHECK(EXAMPLES);
}

static void test_other_texts_are_refused(void **state) {
    (void)state;
    static const char *const DATES[] = {
        "",          "2015-",       "2015-13-01", "2015-02-29",        "2015-7-21",
        "2015-0721", "2015-W54",    "2014-W53-1", "2015-Q5",           "2015-366",
        "215",       "2015-07-21T", "2015-W30-8", "+1000000000-01-01", "2015-07-21 "};
    static const char *const TIMES[] = {
        "24:00", "21:60",    "21:40:60",    "2",   "21:40:",         "21:40.5",
        "214",   "21:40:1.", "21:40+19:00", "T21", "21:40:32+01:00x"};
    static const char *const DATETIMES[] = {"T21:40",
                                            "2015-07-21T",
                                            "2015-07-21T21:40[",
                                            "2015-07-21T21:40[]",
                                            "2015-07-21T21:40+05:00[Europe/Stockholm]",
                                            "2015-07-21T21:40[Europe/Atlantis]",
                                            "2015-07-21T21:40[../../etc/passwd]",
                                            "2015-07-21T21:40[Europe]"};
    static const char *const DURATIONS[] = {"",
                                            "P",
                                            "PT",
                                            "P1",
                                            "1D",
                                            "P1H",
                                            "PT1D",
                                            "P1D1M",
                                            "PT1S1M",
                                            "P-D",
                                            "P1.D",
                                            "PD",
                                            "P1DT1",
                                            "P99999999999999999999Y",
                                            "P9999999999999Y"};
    static const struct {
        cy_kind kind;
        const char *const *texts;
        size_t n;
    } GROUPS[] = {{CY_DATE, DATES, sizeof DATES / sizeof *DATES},
                  {CY_TIME, TIMES, sizeof TIMES / sizeof *TIMES},
                  {CY_DATETIME, DATETIMES, sizeof DATETIMES / sizeof *DATETIMES},
                  {CY_DURATION, DURATIONS, sizeof DURATIONS / sizeof *DURATIONS}};
    for (size_t g = 0; g < sizeof GROUPS / sizeof *GROUPS; g++)
        for (size_t i = 0; i < GROUPS[g].n; i++) {
            cy_value value;
            kg_status st =
                cy_temporal_parse(&value, &arena, GROUPS[g].kind, kg_str_from(GROUPS[g].texts[i]));
            if (st != KG_ERR_FORMAT && st != KG_ERR_NOT_FOUND)
                fail_msg("\"%s\" was read as a %s", GROUPS[g].texts[i],
                         cy_kind_name(GROUPS[g].kind));
        }
    kg_arena_reset(&arena);
}

/* ---- Maps and other points in time ----------------------------------------------------------- */

static void test_maps_make_points(void **state) {
    (void)state;
    static const example EXAMPLES[] = {
        {"date({year: 1816, week: 1})", "1816-01-01"},
        {"date({year: 1817, week: 1})", "1816-12-30"},
        {"date({year: 1818, week: 53})", "1818-12-28"},
        {"date({year: 1819, week: 53})", "!InvalidArgumentValue"},
        {"date({dayOfWeek: 2, year: 1817, week: 1})", "1816-12-31"},
        {"date({date: date('1816-12-30'), week: 2, dayOfWeek: 3})", "1817-01-08"},
        {"date({year: 1984, ordinalDay: 202})", "1984-07-20"},
        {"date({year: 1984, quarter: 3, dayOfQuarter: 45})", "1984-08-14"},
        {"date({date: date('1984-11-11'), year: 28})", "0028-11-11"},
        {"date({date: localdatetime('1984-11-11T12'), quarter: 3})", "1984-08-11"},
        {"date({date: date('1984-11-11'), week: 1})", "1984-01-08"},
        {"date({year: 1984, day: 1})", "!InvalidArgumentValue"},
        {"date({year: 1984, month: 2, week: 1})", "!InvalidArgumentValue"},
        {"date({year: 1984, month: 13})", "!NumberOutOfRange"},
        {"date({year: 1984, hour: 1})", "!InvalidArgumentValue"},
        {"date({year: 'x'})", "!InvalidArgumentType"},
        {"date({moon: 1})", "!InvalidArgumentValue"},
        {"date({})", "!InvalidArgumentValue"},
        {"date(1984)", "!InvalidArgumentType"},
        {"date(localtime('12'))", "!InvalidArgumentType"},
        {"localtime({hour: 12, minute: 31, second: 14, nanosecond: 789, millisecond: 123, "
         "microsecond: 456})",
         "12:31:14.123456789"},
        {"localtime({hour: 12, minute: 31, second: 14, microsecond: 645876})", "12:31:14.645876"},
        {"localtime({hour: 1, minute: 2, second: 3, millisecond: 1, microsecond: 1000})",
         "!NumberOutOfRange"},
        {"localtime({minute: 31})", "!InvalidArgumentValue"},
        {"localtime({hour: 1, timezone: '+01:00'})", "!InvalidArgumentValue"},
        {"time({hour: 12, minute: 34, timezone: '+02:05:59'})", "12:34+02:05:59"},
        {"time({time: localtime('12:31'), timezone: '+05:00'})", "12:31+05:00"},
        {"time({time: time('12:31+01:00'), second: 42, timezone: '+05:00'})", "16:31:42+05:00"},
        {"time(datetime({year: 1984, month: 10, timezone: 'Europe/Stockholm'}))", "00:00+01:00"},
        {"localdatetime({date: date('1984-10-11'), time: time('12:31:14+01:00'), day: 28})",
         "1984-10-28T12:31:14"},
        {"datetime({year: 1984, ordinalDay: 202, timezone: 'Europe/Stockholm'})",
         "1984-07-20T00:00+02:00[Europe/Stockholm]"},
        {"datetime({date: date('1984-03-28'), time: datetime('1984-10-11T12[Europe/Stockholm]')})",
         "1984-03-28T12:00+02:00[Europe/Stockholm]"},
        {"datetime({datetime: datetime('1984-10-11T12[Europe/Stockholm]'), day: 28, timezone: "
         "'Pacific/Honolulu'})",
         "1984-10-28T01:00-10:00[Pacific/Honolulu]"},
        {"datetime({date: datetime('1984-10-11T12+01:00'), hour: 10})", "1984-10-11T10:00Z"},
        {"datetime({year: 1984, timezone: 'Europe/Atlantis'})", "!InvalidArgumentValue"},
        {"datetime({epochSeconds: 416779, nanosecond: 5, timezone: '+01:00'})",
         "1970-01-05T20:46:19.000000005+01:00"},
        {"datetime({epochMillis: -1})", "1969-12-31T23:59:59.999Z"},
        {"datetime({epochMillis: -9223372036854775808})", "-292275055-05-16T16:47:04.192Z"},
        {"datetime.fromepochmillis(-9223372036854775808)", "-292275055-05-16T16:47:04.192Z"},
        {"datetime.fromepoch(-9223372036854775808)", "!IntegerOverflow"},
        {"datetime.fromepoch(0, -9223372036854775808)", "1677-09-21T00:12:43.145224192Z"},
        {"datetime.fromEpoch(416779, 999999999)", "1970-01-05T19:46:19.999999999Z"},
        {"datetime.fromepochmillis(237821673987)", "1977-07-15T13:34:33.987Z"},
        {"duration({years: 12.5, months: 5.5, days: 14.5, hours: 16.5})", "P12Y11M29DT33H44M33S"},
        {"duration({seconds: -2, milliseconds: 1})", "PT-1.999S"},
        {"duration({days: 1, milliseconds: -1})", "P1DT-0.001S"},
        {"duration({minutes: 12, seconds: -60})", "PT11M"},
        {"duration({months: 9223372036854775807})", "!IntegerOverflow"},
        {"duration({fortnights: 1})", "!InvalidArgumentValue"},
        {"duration({days: '1'})", "!InvalidArgumentType"},
    };
    CHECK(EXAMPLES);
}

static void test_present(void **state) {
    (void)state;
    static const example EXAMPLES[] = {
        {"datetime()", "2020-03-01T00:30:00.5+01:00"},
        {"date.statement()", "2020-03-01"},
        {"localtime.transaction('Z')", "23:30:00.5"},
        {"date({timezone: 'America/New_York'})", "2020-02-29"},
        {"time.statement('-05:00')", "18:30:00.5-05:00"},
        {"localdatetime.truncate('hour')", "2020-03-01T00:00"},
        {"date.statement(1)", "!InvalidArgumentType"},
        {"duration.inSeconds(time(), time())", "PT0S"},
    };
    cy_value value;
    const char *at = "datetime.realtime('Z')";
    CHECK(EXAMPLES);
    assert_int_equal(read_sum(&value, &at), KG_OK);
    int64_t behind = (int64_t)time(NULL) - cy_local_seconds(value.as.temporal);
    assert_true(behind >= -1 && behind < 60);
}

static void test_truncation(void **state) {
    (void)state;
    static const example EXAMPLES[] = {
        {"date.truncate('millennium', date('2017-10-11'), {day: 2})", "2000-01-02"},
        {"date.truncate('century', datetime('1984-10-11T12+01:00'))", "1900-01-01"},
        {"date.truncate('decade', date('1984-10-11'), {})", "1980-01-01"},
        {"date.truncate('weekYear', date('1984-01-01'), {day: 5})", "1983-01-05"},
        {"date.truncate('quarter', date('1984-11-11'))", "1984-10-01"},
        {"date.truncate('week', date('1984-10-11'), {dayOfWeek: 2})", "1984-10-09"},
        {"datetime.truncate('hour', datetime('1984-10-11T12:31:14-01:00'), {timezone: "
         "'Europe/Stockholm'})",
         "1984-10-11T12:00+01:00[Europe/Stockholm]"},
        {"datetime.truncate('month', datetime('1984-10-11T12:31[Europe/Stockholm]'), {month: 7})",
         "1984-07-01T00:00+02:00[Europe/Stockholm]"},
        {"localdatetime.truncate('day', date('1984-10-11'), {nanosecond: 2})",
         "1984-10-11T00:00:00.000000002"},
        {"localtime.truncate('millisecond', time('12:31:14.645876123Z'), {nanosecond: 2})",
         "12:31:14.645000002"},
        {"time.truncate('minute', localtime('12:31:14'), {timezone: '+01:00'})", "12:31+01:00"},
        {"time.truncate('month', localtime('12:31'))", "!InvalidArgumentValue"},
        {"date.truncate('hour', date('1984-10-11'))", "!InvalidArgumentValue"},
        {"date.truncate('fortnight', date('1984-10-11'))", "!InvalidArgumentValue"},
        {"date.truncate('day', localtime('12'))", "!InvalidArgumentType"},
    };
    CHECK(EXAMPLES);
}

/* ---- Durations ------------------------------------------------------------------------------- */

static void test_between(void **state) {
    (void)state;
    static const example EXAMPLES[] = {
        {"duration.between(date('1984-10-11'), date('2015-06-24'))", "P30Y8M13D"},
        {"duration.between(localdatetime('2015-07-21T21:40:32.142'), date('2015-06-24'))",
         "P-27DT-21H-40M-32.142S"},
        {"duration.between(localdatetime('2018-01-02T10:00:00.1'), "
         "localdatetime('2018-01-01T10:00:00.2'))",
         "PT-23H-59M-59.9S"},
        {"duration.between(datetime('2017-10-28T23[Europe/Stockholm]'), "
         "datetime('2017-10-29T04[Europe/Stockholm]'))",
         "PT6H"},
        {"duration.between(date('1984-10-11'), time('16:30+0100'))", "PT16H30M"},
        {"duration.between(time('14:30'), datetime('2015-07-21T21:40:32.142+0100'))",
         "PT6H10M32.142S"},
        {"duration.between(date('-999999999-01-01'), date('+999999999-12-31'))",
         "P1999999998Y11M30D"},
        {"duration.inMonths(date('2018-07-21'), datetime('2016-07-21T21:40:32.142+0100'))",
         "P-1Y-11M"},
        {"duration.inMonths(datetime('2018-07-21T21:40:36+0500'), "
         "datetime('1984-07-21T22:40:36+0200'))",
         "P-33Y-11M"},
        {"duration.inMonths(localtime('14:30'), date('2015-06-24'))", "PT0S"},
        {"duration.inDays(datetime('2014-07-21T21:40:36+0200'), date('2015-06-24'))", "P337D"},
        {"duration.inSeconds(date('1984-10-11'), date('2015-06-24'))", "PT269112H"},
        {"duration.inSeconds(localdatetime('-999999999-01-01'), "
         "localdatetime('+999999999-12-31T23:59:59'))",
         "PT17531639991215H59M59S"},
        {"duration.inSeconds(datetime('2017-10-29T00[Europe/Stockholm]'), localtime('04'))",
         "PT5H"},
        {"duration.inSeconds(date('2017-10-29'), datetime('2017-10-30T00[Europe/Stockholm]'))",
         "PT25H"},
        {"duration.inSeconds(localtime('12:34:54.7'), localtime('12:34:54.3'))", "PT-0.4S"},
        {"duration.inDays(duration('P1D'), date('2015-06-24'))", "!InvalidArgumentType"},
    };
    CHECK(EXAMPLES);
}

static void test_arithmetic(void **state) {
    (void)state;
    static const example EXAMPLES[] = {
        {"date('1984-10-11') + duration('P12Y11M29DT33H58M13.5S')", "1997-10-11"},
        {"date('1984-10-11') - duration('P12Y11M29DT33H58M13.5S')", "1971-10-12"},
        {"date('2020-01-31') + duration('P1M')", "2020-02-29"},
        {"localtime('12:31:14') + duration('P5DT33H58M13.5S')", "22:29:27.5"},
        {"time('12:31+01:00') - duration('PT13H')", "23:31+01:00"},
        {"localdatetime('1984-10-11T12:31') + duration('P1M-14DT15H49M')", "1984-10-29T04:20"},
        {"datetime('2017-10-28T12[Europe/Stockholm]') + duration('P1D')",
         "2017-10-29T12:00+01:00[Europe/Stockholm]"},
        {"datetime('2017-10-28T12[Europe/Stockholm]') + duration('PT24H')",
         "2017-10-29T11:00+01:00[Europe/Stockholm]"},
        {"datetime('2017-03-25T02:30[Europe/Stockholm]') + duration('P1D')",
         "2017-03-26T03:30+02:00[Europe/Stockholm]"},
        {"duration('P1M') + date('2020-01-31')", "2020-02-29"},
        {"duration('P12Y5MT0.000000001S') - duration('P1M-14DT1S')", "P12Y4M14DT-0.999999999S"},
        {"duration('P12Y5M14DT16H13M10.000000001S') / 2", "P6Y2M22DT13H21M8S"},
        {"duration('P12Y5M14DT16H13M10.000000001S') * 2", "P24Y10M28DT32H26M20.000000002S"},
        {"0.5 * duration('P12Y5M14DT16H13M10.000000001S')", "P6Y2M22DT13H21M8S"},
        {"duration('P10D') * 0.7", "P7D"},
        {"duration('P7D') / 7", "P1D"},
        {"duration('PT1S') / 3", "PT0.333333333S"},
        {"duration('P1D') / 0", "!DivisionByZero"},
        {"duration('P1D') * 9223372036854775807", "!IntegerOverflow"},
        {"date('2020-01-31') * 2", "!InvalidArgumentType"},
        {"date('2020-01-31') - date('2020-01-01')", "!InvalidArgumentType"},
        {"date('+999999999-12-31') + duration('P1D')", "!IntegerOverflow"},
        {"localdatetime('2020') + duration({seconds: 9000000000000000000})", "!IntegerOverflow"},
    };
    CHECK(EXAMPLES);
}

static void test_parts(void **state) {
    (void)state;
    static const example EXAMPLES[] = {
        {"date('1984-11-11').year", "1984"},
        {"date('1984-11-11').quarter", "4"},
        {"date('1984-01-01').week", "52"},
        {"date('1984-01-01').weekYear", "1983"},
        {"date('1984-11-11').weekDay", "7"},
        {"date('1984-11-11').dayOfWeek", "7"},
        {"date('1984-11-11').dayOfQuarter", "42"},
        {"date('1984-11-11').ordinalDay", "316"},
        {"date('1984-11-11').hour", "null"},
        {"localtime('12:31:14.645876123').microsecond", "645876"},
        {"localtime('12:31:14.645876123').nanosecond", "645876123"},
        {"localtime('12:31').timezone", "null"},
        {"time('12:31-01:30').offset", "-01:30"},
        {"time('12:31-01:30').offsetMinutes", "-90"},
        {"datetime('1984-11-11T12:31:14.645[Europe/Stockholm]').timezone", "Europe/Stockholm"},
        {"datetime('1984-11-11T12:31:14.645[Europe/Stockholm]').epochMillis", "469020674645"},
        {"datetime('1984-11-11T12:31:14.645[Europe/Stockholm]').epochSeconds", "469020674"},
        {"datetime('+999999999-01-01').epochMillis", "!IntegerOverflow"},
        {"duration('P1Y4M10DT1H1M1.111111111S').quarters", "5"},
        {"duration('P1Y4M10DT1H1M1.111111111S').monthsOfQuarter", "1"},
        {"duration('P1Y4M10DT1H1M1.111111111S').daysOfWeek", "3"},
        {"duration('P1Y4M10DT1H1M1.111111111S').minutes", "61"},
        {"duration('P1Y4M10DT1H1M1.111111111S').milliseconds", "3661111"},
        {"duration('P1Y4M10DT1H1M1.111111111S').microsecondsOfSecond", "111111"},
        {"duration('PT-23H-59M-59.9S').seconds", "-86400"},
        {"duration('PT-23H-59M-59.9S').nanosecondsOfSecond", "100000000"},
        {"duration('P1D').moons", "null"},
    };
    CHECK(EXAMPLES);
}

int main(void) {
    setenv("TZ", "<+01>-1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_read),   cmocka_unit_test(test_other_texts_are_refused),
        cmocka_unit_test(test_maps_make_points), cmocka_unit_test(test_present),
        cmocka_unit_test(test_truncation),       cmocka_unit_test(test_between),
        cmocka_unit_test(test_arithmetic),       cmocka_unit_test(test_parts),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kg_arena_free(&arena);
    return failed;
}
