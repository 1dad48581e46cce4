/* Numbers as text, beside the plain way: print with more and more digits until it reads back. */
#include "kgstore/base/realtext.h"
#include "kgstore/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void check(double value) {
    char text[32], plain[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(plain, sizeof plain, "%.*g", digits, value);
        if (strtod(plain, NULL) == value)
            break;
    }
    kg_real_text(text, value);
    assert_string_equal(text, plain);
}

static void test_known_numbers(void **state) {
    static const double numbers[] = {0,
                                     -0.0,
                                     1,
                                     -1,
                                     0.1,
                                     0.3,
                                     2.5,
                                     1e22,
                                     1e23,
                                     1e-7,
                                     1e-5,
                                     123456789012345678.0,
                                     9.95e15,
                                     0.99999999999999989,
                                     9.999999999999999e22,
                                     DBL_MAX,
                                     DBL_MIN,
                                     5e-324,
                                     1.0 / 3,
                                     2.0 / 3,
                                     1e15,
                                     1e16,
                                     1e17,
                                     4503599627370497.5};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        check(numbers[i]);
}

static void test_random_numbers(void **state) {
    kg_rng rng = kg_rng_stream(7, 0, 0, 0);
    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = kg_rng_next(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            check(value);
        check((double)(bits >> 40) / 1000);
        check(ldexp((double)(bits >> 11), -60));
    }
}

static void test_no_numbers(void **state) {
    char text[32];
    (void)state;
    kg_real_text(text, INFINITY);
    assert_string_equal(text, "inf");
    kg_real_text(text, NAN);
    assert_true(strstr(text, "nan") != NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_numbers),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
