/* The factor of the learning rate: where it begins, how it falls, where it stays. */
#include "model/adamw.h"
#include "model/optimizer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WARMUP = 10, TOTAL = 110 };
static const double floor_rate = 0.1;

static double at(uint64_t step, bool cosine) {
    return kg_schedule(step, WARMUP, TOTAL, floor_rate, cosine);
}

static bool near(double x, double y) {
    return fabs(x - y) < 1e-12;
}

static void test_ends(void **state) {
    (void)state;
    for (int cosine = 0; cosine < 2; cosine++) {
        assert_true(near(at(5, cosine), 0.5));
        assert_true(near(at(WARMUP, cosine), 1));
        assert_true(near(at(60, cosine), 0.55));
        assert_true(near(at(TOTAL, cosine), floor_rate));
        assert_true(near(at(TOTAL + 50, cosine), floor_rate));
        assert_true(near(kg_schedule(7, 0, 0, 0, cosine), 1)); /* no end is known */
        for (uint64_t step = WARMUP; step < TOTAL; step++)
            assert_true(at(step + 1, cosine) < at(step, cosine));
    }
}

/* A quarter of the way a line has lost a quarter, half a cosine (1 - sqrt(1/2)) / 2. */
static void test_shapes(void **state) {
    (void)state;
    assert_true(near(at(35, false), 1 - 0.9 * 0.25));
    assert_true(near(at(35, true), 1 - 0.9 * (1 - sqrt(0.5)) / 2));
}

static void test_setting(void **state) {
    (void)state;
    static const char *const names[] = {"linear", "cosine"};
    for (int cosine = 0; cosine < 2; cosine++) {
        kg_optimizer optimizer;
        json_t *settings = json_pack("{s:s, s:i}", "schedule", names[cosine], "schedule_steps", 9);
        kg_optimizer_read(&optimizer, settings);
        json_decref(settings);
        assert_int_equal(optimizer.cosine, cosine);
        assert_int_equal(optimizer.total, 9);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ends), cmocka_unit_test(test_shapes),
                                       cmocka_unit_test(test_setting)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
