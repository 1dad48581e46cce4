/* Figures against tables computed by hand, and outcomes read back from their file. */
#include "plugins/smedbert/tasks/texts/outcomes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void assert_near(double found, double expected) {
    if (!(fabs(found - expected) < 1e-9))
        fail_msg("found %.12g, expected %.12g", found, expected);
}

/* Of class 0: 4 right, 1 taken for 1; of 1: 2 right, 2 for 0, 1 for 2; of 2: 3 right. */
static void test_confusion(void **state) {
    (void)state;
    uint64_t counts[] = {4, 1, 0, 2, 2, 1, 0, 0, 3};
    const kg_confusion c = {3, counts};
    kg_prf classes[3];
    for (size_t k = 0; k < 3; k++)
        classes[k] = kg_confusion_class(&c, k);
    assert_true(classes[1].correct == 2 && classes[1].predicted == 3 && classes[1].gold == 5);
    assert_near(kg_confusion_accuracy(&c), 9.0 / 13);
    assert_near(kg_prf_f1(classes[0]), 8.0 / 11);
    assert_near(kg_prf_f1(classes[1]), 4.0 / 8);
    assert_near(kg_prf_f1(classes[2]), 6.0 / 7);
    assert_near(kg_prf_average(classes, 3, false).f1, (8.0 / 11 + 0.5 + 6.0 / 7) / 3);
    assert_near(kg_prf_average(classes, 3, true).f1, (5 * 8.0 / 11 + 5 * 0.5 + 3 * 6.0 / 7) / 13);
    /* Without class 0: 5 right of 7 predicted and of 8 that are there. */
    assert_near(kg_prf_f1(kg_confusion_all_but(&c, 0)), 10.0 / 15);
    /* (9 x 13 - (5 x 6 + 5 x 3 + 3 x 4)) / sqrt((169 - 61) (169 - 59)) */
    assert_near(kg_confusion_matthews(&c), 60 / sqrt(108.0 * 110));
    uint64_t one_sided[] = {3, 0, 2, 0};
    assert_near(kg_confusion_matthews(&(kg_confusion){2, one_sided}), 0);
    uint64_t two[] = {6, 2, 1, 3}; /* (6 x 3 - 2 x 1) / sqrt(8 x 4 x 7 x 5) */
    assert_near(kg_confusion_matthews(&(kg_confusion){2, two}), 16 / sqrt(8.0 * 4 * 7 * 5));
}

/* Ranks 1, 2.5, 2.5, 4 against 2, 1, 3, 4. */
static void test_spearman(void **state) {
    (void)state;
    static const double x[] = {0.1, 0.5, 0.5, 0.9}, y[] = {20, 10, 30, 40}, flat[] = {1, 1, 1, 1};
    double value;
    assert_int_equal(kg_spearman(&value, x, y, 4), KG_OK);
    /* sum of products of the deviations 3, over sqrt(4.5 x 5) */
    assert_near(value, 3 / sqrt(4.5 * 5));
    assert_int_equal(kg_spearman(&value, x, flat, 4), KG_OK);
    assert_near(value, 0);
    assert_int_equal(kg_spearman(&value, x, x, 4), KG_OK);
    assert_near(value, 1);
}

/* Right at ranks 2 and 4 of 5; d2 and d3 tie, and the later id comes first. */
static void test_ranking(void **state) {
    (void)state;
    kg_candidate c[] = {{0.9, {"d1", 2}, false},
                        {0.5, {"d2", 2}, false},
                        {0.5, {"d3", 2}, true},
                        {0.4, {"d4", 2}, true},
                        {0.1, {"d5", 2}, false}};
    kg_ranked r = kg_rank_candidates(c, 5, 10);
    assert_near(r.first, 0);
    assert_near(r.reciprocal, 0.5);
    assert_near(r.precision, (1.0 / 2 + 2.0 / 4) / 2);
    assert_near(r.gain, (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3)));
    r = kg_rank_candidates(c, 5, 3); /* the second is beyond the cut, not beyond the ideal */
    assert_near(r.gain, (1 / log2(3)) / (1 + 1 / log2(3)));
    kg_candidate wrong[] = {{1, {"a", 1}, false}};
    r = kg_rank_candidates(wrong, 1, 10);
    assert_true(r.first == 0 && r.reciprocal == 0 && r.precision == 0 && r.gain == 0);
}

static kg_status read(kg_outcomes *o, const char *content, kg_error *err) {
    kg_lines *lines;
    assert_int_equal(kg_lines_from_memory(&lines, kg_str_from(content), "outcomes", 0), KG_OK);
    kg_status st = kg_outcomes_read_lines(o, lines, err);
    kg_lines_close(lines);
    return st;
}

static void test_outcomes_of_pairs(void **state) {
    (void)state;
    static const uint32_t picks[] = {0, 0, 2};
    kg_outcomes o;
    double v[KG_OUTCOME_FIGURES];
    assert_int_equal(read(&o,
                          "# kg tune pair yes\nyes\tyes\ta\tb\nyes\tno\tc\td\nno\tyes\te\tf\n"
                          "no\tno\tg\th\nyes\tyes\ti\tj\n",
                          NULL),
                     KG_OK);
    assert_int_equal(o.examples, 5);
    assert_int_equal(kg_outcomes_judge(v, &o, NULL, 0), KG_OK);
    assert_near(v[0], 2.0 / 3); /* 2 right of 3 and 3 */
    assert_near(v[3], 3.0 / 5);
    assert_true(isnan(v[5]));
    assert_int_equal(kg_outcomes_judge(v, &o, picks, 3), KG_OK);
    assert_near(v[0], 4.0 / 5); /* 2 right, 3 predicted, 2 there */
    kg_outcomes_free(&o);
}

static void test_outcomes_of_relations_and_ranks(void **state) {
    (void)state;
    kg_outcomes o;
    double v[KG_OUTCOME_FIGURES];
    assert_int_equal(read(&o,
                          "# kg tune relation none\ncure\tcure\t0\t1\t2\t3\tx\nnone\tcure\t0\t1\t2"
                          "\t3\ty\nnone\tnone\t0\t1\t2\t3\tz\n",
                          NULL),
                     KG_OK);
    assert_int_equal(kg_outcomes_judge(v, &o, NULL, 0), KG_OK);
    assert_near(v[0], 2.0 / 3); /* 1 right, 2 predicted, 1 there, "none" left out */
    kg_outcomes_free(&o);
    assert_int_equal(read(&o,
                          "# kg tune rank\n1\t0.5\ta\tq\ta\n0\t0.7\tb\tq\tb\n1\t2\tc\tr\tc\n"
                          "0\t1\td\tr\td\n",
                          NULL),
                     KG_OK);
    assert_int_equal(o.examples, 2);
    assert_int_equal(kg_outcomes_judge(v, &o, NULL, 0), KG_OK);
    assert_near(v[0], 0.75);
    assert_near(v[1], 0.5);
    kg_outcomes_free(&o);
}

static void test_damaged_files(void **state) {
    (void)state;
    static const struct {
        const char *content;
        uint64_t line;
    } bad[] = {{"", 0},
               {"yes\tno\tx\n", 1},
               {"# kg tune pairs\nyes\tno\tx\n", 1},
               {"# kg tune pair\n", 1},
               {"# kg tune pair\nyes\tno\n", 2},
               {"# kg tune pair\nyes\t\tx\n", 2},
               {"# kg tune rank\n1\tbest\ta\tq\ta\n", 2},
               {"# kg tune rank\n2\t0.5\ta\tq\ta\n", 2},
               {"# kg tune rank\n1\tnan\ta\tq\ta\n", 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kg_outcomes o;
        kg_error err = KG_ERROR_INIT;
        if (read(&o, bad[i].content, &err) != KG_ERR_FORMAT || err.line != bad[i].line)
            fail_msg("case %zu: line %d, \"%s\"", i, (int)err.line, err.text);
        kg_outcomes_free(&o);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confusion),
        cmocka_unit_test(test_spearman),
        cmocka_unit_test(test_ranking),
        cmocka_unit_test(test_outcomes_of_pairs),
        cmocka_unit_test(test_outcomes_of_relations_and_ranks),
        cmocka_unit_test(test_damaged_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
