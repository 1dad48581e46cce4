/* The search among names beside the naive one: random names of few letters, so that all kinds of
 * matches and ties are frequent, and random words. */
#include "kgstore/base/rng.h"
#include "kgstore/search/spelling.h"
#include "tests/kgstore/search/naive_search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { NAMES = 400, WORDS = 1500, LONGEST = 100 };

static const char *const letters[] = {"a", "A", "b", "C", " ", "糖", "尿", "病",
                                      "é", "e", "ß", "s", "1", "İ",  "가"};

/* A text of up to `most` letters, now and then a mark or a byte that is not UTF-8 among them. */
static kg_str random_text(char *to, kg_rng *rng, size_t most) {
    static const char accent[] = "\xCC\x81";
    size_t n = kg_rng_below(rng, most + 1), alphabet = 2 + kg_rng_below(rng, 14), len = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t odd = kg_rng_below(rng, 60);
        const char *letter = odd == 0   ? accent
                             : odd == 1 ? "\xFF"
                                        : letters[kg_rng_below(rng, alphabet)];
        memcpy(to + len, letter, strlen(letter));
        len += strlen(letter);
    }
    return (kg_str){to, len};
}

static void expect_same(const kg_name_table *table, const naive_name *names, kg_str word,
                        const double *weights, uint64_t n_weights, uint32_t k) {
    kg_hits got = KG_ARRAY_INIT, want = KG_ARRAY_INIT;
    assert_int_equal(kg_name_table_search(&got, table, word, weights, n_weights, k), KG_OK);
    naive_search(&want, names, NAMES, word, weights, n_weights, k);
    assert_int_equal(got.len, want.len);
    for (size_t i = 0; i < got.len; i++) {
        assert_int_equal(got.data[i].entity, want.data[i].entity);
        assert_int_equal(got.data[i].match, want.data[i].match);
        assert_int_equal(got.data[i].distance, want.data[i].distance);
        assert_int_equal(got.data[i].name, want.data[i].name);
        assert_true(got.data[i].weight == want.data[i].weight);
    }
    kg_array_free(&got);
    kg_array_free(&want);
}

static void test_as_the_naive_search(void **state) {
    (void)state;
    static char texts[NAMES][LONGEST * 4], word[LONGEST * 4];
    static naive_name names[NAMES];
    double weights[NAMES];
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    kg_name_table table = {0};
    kg_id entity = 0;
    for (size_t i = 0; i < NAMES; i++) {
        entity += kg_rng_below(&rng, 3) > 0;
        names[i] = (naive_name){random_text(texts[i], &rng, i % 50 ? 8 : LONGEST), entity};
        weights[i] = (double)kg_rng_below(&rng, 4);
        assert_int_equal(kg_name_table_add(&table, names[i].text, entity), KG_OK);
    }
    for (size_t i = 0; i < WORDS; i++) {
        kg_str text = random_text(word, &rng, i % 50 ? 9 : LONGEST);
        if (i % 3 == 0)
            text = names[kg_rng_below(&rng, NAMES)].text;
        expect_same(&table, names, text, weights, entity / 2, i % 2 ? 5 : UINT32_MAX);
    }
    expect_same(&table, names, names[0].text, NULL, 0, 0);
    kg_name_table_free(&table);
}

static void test_distance_as_the_table(void **state) {
    (void)state;
    char a[LONGEST * 4], b[LONGEST * 4];
    kg_rng rng = kg_rng_stream(2, 0, 0, 0);
    for (int round = 0; round < 3000; round++) {
        kg_bytes x = KG_ARRAY_INIT, y = KG_ARRAY_INIT;
        size_t n, m;
        kg_str word = random_text(a, &rng, round % 10 ? 6 : 64);
        kg_str name = random_text(b, &rng, round % 10 ? 6 : LONGEST);
        uint32_t *p = naive_fold(&n, word), *q = naive_fold(&m, name);
        assert_int_equal(kg_name_fold(&x, word), KG_OK);
        assert_int_equal(kg_name_fold(&y, name), KG_OK);
        kg_spelling spelling;
        kg_spelling_init(&spelling, (kg_str){x.data, x.len});
        assert_int_equal(spelling.size, n > KG_SPELLING_LONGEST ? 0 : n);
        if (spelling.size > 0)
            assert_int_equal(kg_spelling_distance(&spelling, (kg_str){y.data, y.len}),
                             naive_distance(p, n, q, m));
        free(p);
        free(q);
        kg_array_free(&x);
        kg_array_free(&y);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_naive_search),
        cmocka_unit_test(test_distance_as_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
