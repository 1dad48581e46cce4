#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_streams_are_reproducible_and_distinct(void **state) {
    (void)state;
    kg_rng a = kg_rng_stream(1, 2, 3, 4), same = kg_rng_stream(1, 2, 3, 4);
    kg_rng others[] = {kg_rng_stream(2, 2, 3, 4), kg_rng_stream(1, 3, 3, 4),
                       kg_rng_stream(1, 2, 4, 4), kg_rng_stream(1, 2, 3, 5)};
    uint64_t first = kg_rng_next(&a);
    assert_int_equal(first, kg_rng_next(&same));
    assert_int_equal(first, kg_rng_at(&a, 0));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(kg_rng_next(&others[i]) != first);
}

/* Chi-square over 16 bins has 15 degrees of freedom: above 45 only once in 10^4 streams. */
static void test_below_is_uniform(void **state) {
    (void)state;
    enum { BINS = 16, DRAWS = 160000 };
    double counts[BINS] = {0};
    kg_rng rng = kg_rng_stream(7, 0, 0, 0);
    for (int i = 0; i < DRAWS; i++)
        counts[kg_rng_below(&rng, BINS)]++;
    double chi = 0, expected = (double)DRAWS / BINS;
    for (int i = 0; i < BINS; i++)
        chi += (counts[i] - expected) * (counts[i] - expected) / expected;
    assert_true(chi < 45);
}

static void test_normal_has_its_moments(void **state) {
    (void)state;
    enum { DRAWS = 200000 };
    double sum = 0, squares = 0;
    kg_rng rng = kg_rng_stream(9, 0, 0, 0);
    for (int i = 0; i < DRAWS; i++) {
        double x = kg_rng_normal(&rng);
        sum += x;
        squares += x * x;
    }
    assert_true(fabs(sum / DRAWS) < 0.01);
    assert_true(fabs(squares / DRAWS - 1) < 0.02);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_are_reproducible_and_distinct),
        cmocka_unit_test(test_below_is_uniform),
        cmocka_unit_test(test_normal_has_its_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
