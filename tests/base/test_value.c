/* Values: what is read from text is written as it, and what is packed comes back. */
#include "kgstore/base/value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_texts_come_back(void **state) {
    (void)state;
    static const struct {
        kg_value_kind kind;
        const char *text, *again; /* again: as written; NULL: as read */
    } cases[] = {
        {KG_VALUE_STRING, "", NULL},
        {KG_VALUE_STRING, "药物", NULL},
        {KG_VALUE_INTEGER, "0", NULL},
        {KG_VALUE_INTEGER, "007", "7"},
        {KG_VALUE_INTEGER, "+5", "5"},
        {KG_VALUE_INTEGER, "9223372036854775807", NULL},
        {KG_VALUE_INTEGER, "-9223372036854775808", NULL},
        {KG_VALUE_FLOAT, "0.1", NULL},
        {KG_VALUE_FLOAT, "1", "1.0"},
        {KG_VALUE_FLOAT, "-0.0", NULL},
        {KG_VALUE_FLOAT, "1e300", "1e+300"},
        {KG_VALUE_FLOAT, "0.30000000000000004", NULL},
        {KG_VALUE_FLOAT, "INF", NULL},
        {KG_VALUE_FLOAT, "-INF", NULL},
        {KG_VALUE_FLOAT, "NaN", NULL},
        {KG_VALUE_BOOLEAN, "true", NULL},
        {KG_VALUE_BOOLEAN, "false", NULL},
        {KG_VALUE_DATE, "2024-02-29", NULL},
        {KG_VALUE_DATE, "-0044-03-15Z", NULL},
        {KG_VALUE_DATE, "12024-01-01+08:00", NULL},
        {KG_VALUE_DATETIME, "2024-02-29T23:59:60Z", NULL},
        {KG_VALUE_DATETIME, "2000-01-01T24:00:00", NULL},
        {KG_VALUE_DATETIME, "2000-01-01T00:00:00.000001-14:00", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_value value;
        kg_error err = KG_ERROR_INIT;
        char buffer[KG_VALUE_BUFFER];
        kg_str text = kg_str_from(cases[i].text);
        if (kg_value_parse(&value, cases[i].kind, text, &err) != KG_OK)
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_int_equal(kg_value_check(&value, &err), KG_OK);
        kg_str again = kg_value_text(buffer, &value);
        kg_str expected = cases[i].again ? kg_str_from(cases[i].again) : text;
        if (!kg_str_equal(again, expected))
            fail_msg("%s is written as %.*s", cases[i].text, KG_STR_ARG(again));
    }
}

static void test_what_is_no_value(void **state) {
    (void)state;
    static const struct {
        kg_value_kind kind;
        const char *text;
    } cases[] = {
        {KG_VALUE_INTEGER, ""},
        {KG_VALUE_INTEGER, " 1"},
        {KG_VALUE_INTEGER, "1 "},
        {KG_VALUE_INTEGER, "0x10"},
        {KG_VALUE_INTEGER, "1.0"},
        {KG_VALUE_INTEGER, "9223372036854775808"},
        {KG_VALUE_INTEGER, "-"},
        {KG_VALUE_FLOAT, "inf"},
        {KG_VALUE_FLOAT, "nan"},
        {KG_VALUE_FLOAT, "0x1p3"},
        {KG_VALUE_FLOAT, "1e999"},
        {KG_VALUE_FLOAT, "1e"},
        {KG_VALUE_FLOAT, "."},
        {KG_VALUE_BOOLEAN, "True"},
        {KG_VALUE_BOOLEAN, "1"},
        {KG_VALUE_DATE, "2023-02-29"},
        {KG_VALUE_DATE, "1900-02-29"},
        {KG_VALUE_DATE, "2024-13-01"},
        {KG_VALUE_DATE, "24-01-01"},
        {KG_VALUE_DATE, "02024-01-01"},
        {KG_VALUE_DATE, "2024-01-01T00:00:00"},
        {KG_VALUE_DATETIME, "2024-01-01"},
        {KG_VALUE_DATETIME, "2024-01-01T24:00:01"},
        {KG_VALUE_DATETIME, "2024-01-01T00:00:00."},
        {KG_VALUE_DATETIME, "2024-01-01T00:00:00+8:00"},
        {KG_VALUE_DATETIME, "2024-01-01 00:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_value value;
        kg_error err = KG_ERROR_INIT;
        if (kg_value_parse(&value, cases[i].kind, kg_str_from(cases[i].text), &err) !=
            KG_ERR_FORMAT)
            fail_msg("\"%s\" is taken for a %s", cases[i].text, kg_value_kind_name(cases[i].kind));
        assert_non_null(strstr(err.text, "expected"));
    }
}

static void pack(kg_bytes *to, kg_value value) {
    assert_int_equal(kg_value_pack(to, &value), KG_OK);
}

static void test_packed_values_come_back(void **state) {
    (void)state;
    kg_bytes items = KG_ARRAY_INIT, all = KG_ARRAY_INIT;
    const kg_value plain[] = {
        kg_value_string(KG_STR("Paris"), KG_STR("fr")),
        kg_value_string(KG_STR(""), KG_STR("")),
        kg_value_integer(INT64_MIN),
        kg_value_real(-0.5),
        kg_value_boolean(true),
        {.kind = KG_VALUE_DATE, .text = KG_STR("2024-02-29")},
        {.kind = KG_VALUE_DATETIME, .text = KG_STR("2024-02-29T00:00:00Z")},
        {.kind = KG_VALUE_TYPED, .text = KG_STR("1.50"), .tag = KG_STR("http://x/decimal")},
    };
    enum { N = sizeof plain / sizeof *plain };
    for (size_t i = 0; i < N; i++)
        pack(&items, plain[i]);
    for (size_t i = 0; i < N; i++)
        pack(&all, plain[i]);
    pack(&all, (kg_value){.kind = KG_VALUE_LIST, .text = {items.data, items.len}});
    kg_value value;
    kg_str rest = {all.data, all.len};
    for (size_t i = 0; i < N; i++) {
        assert_true(kg_value_next(&value, &rest));
        assert_true(kg_value_equal(&value, &plain[i]));
        assert_int_equal(kg_value_equal(&value, &plain[(i + 1) % N]), false);
    }
    assert_true(kg_value_next(&value, &rest));
    assert_int_equal(value.kind, KG_VALUE_LIST);
    assert_int_equal(kg_value_check(&value, NULL), KG_OK);
    assert_int_equal(rest.len, 0);
    /* Cut anywhere, the bytes are no value, or the ones that stand before the cut. */
    for (size_t cut = 0; cut < all.len; cut++) {
        size_t n = 0;
        rest = (kg_str){all.data, cut};
        while (kg_value_next(&value, &rest))
            assert_true(kg_value_equal(&value, &plain[n++]));
        assert_true(n <= N);
    }
    kg_array_free(&items);
    kg_array_free(&all);
}

/* Each value has one packed form: a NUL stands where there is a tag, and nowhere else. */
static void test_bytes_that_are_no_value(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {{"\0\2\0\0\0a", 6}, {"\0\2\0\0\0a\0", 7}, {"\6\2\0\0\0a\0", 7},
                 {"\1\7", 2},        {"\3\2", 2},          {"\3", 1},
                 {"\4\1\0\0", 4},    {"\10", 1},           {"\0\xFF\xFF\xFF\xFF", 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_value value;
        kg_str rest = {cases[i].bytes, cases[i].n};
        assert_false(kg_value_next(&value, &rest));
        assert_int_equal(rest.len, cases[i].n);
    }
}

static void test_what_a_store_may_not_hold(void **state) {
    (void)state;
    kg_bytes inner = KG_ARRAY_INIT;
    pack(&inner, (kg_value){.kind = KG_VALUE_LIST});
    const kg_value bad[] = {
        kg_value_string(KG_STR("\xC0\x80"), KG_STR("")),
        kg_value_string((kg_str){"a\0b", 3}, KG_STR("")),
        {.kind = KG_VALUE_TYPED, .text = KG_STR("x")},
        {.kind = KG_VALUE_DATE, .text = KG_STR("yesterday")},
        {.kind = KG_VALUE_LIST, .text = {inner.data, inner.len}},
        {.kind = KG_VALUE_LIST, .text = KG_STR("x")},
        {.kind = (kg_value_kind)KG_VALUE_KINDS},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(kg_value_check(&bad[i], NULL), KG_ERR_FORMAT);
    kg_array_free(&inner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_come_back),
        cmocka_unit_test(test_what_is_no_value),
        cmocka_unit_test(test_packed_values_come_back),
        cmocka_unit_test(test_bytes_that_are_no_value),
        cmocka_unit_test(test_what_a_store_may_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
