/* Every query is trained on once an epoch, in an order that depends on seed and epoch alone; groups
 * are of one relation where there are projections. */
#include "plugins/transr/candidates.h"

#include "kgstore/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { E = 50, R = 4, N = 400 };

static transr_queries make_queries(void) {
    transr_triple triples[N];
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    for (size_t i = 0; i < N; i++)
        triples[i] =
            (transr_triple){(uint32_t)kg_rng_below(&rng, E), (uint32_t)kg_rng_below(&rng, R),
                            (uint32_t)kg_rng_below(&rng, E)};
    transr_queries queries;
    assert_int_equal(transr_queries_build(&queries, triples, N), KG_OK);
    for (size_t i = 0; i < N; i++) {
        transr_triple t = triples[i];
        size_t tails = transr_queries_find(&queries, (transr_query){t.head, t.relation, 0});
        size_t heads = transr_queries_find(&queries, (transr_query){t.tail, t.relation, 1});
        assert_true(transr_queries_has(&queries, tails, t.tail));
        assert_true(transr_queries_has(&queries, heads, t.head));
        assert_false(transr_queries_has(&queries, tails, E));
    }
    assert_int_equal(transr_queries_find(&queries, (transr_query){0, R, 0}), queries.count);
    return queries;
}

static const transr_recipe recipe = {
    .project = true, .queries = 16, .groups = 3, .negatives = 9, .degree_share = 0.5f, .seed = 4};

static void test_order(void **state) {
    (void)state;
    transr_queries queries = make_queries();
    transr_batches one, two;
    assert_int_equal(transr_batches_new(&one, &queries, &recipe), KG_OK);
    assert_int_equal(transr_batches_new(&two, &queries, &recipe), KG_OK);
    transr_batches_shuffle(&two, &queries, &recipe, 7);
    for (uint64_t epoch = 1; epoch <= 2; epoch++) {
        transr_batches_shuffle(&one, &queries, &recipe, epoch);
        transr_batches_shuffle(&two, &queries, &recipe, epoch);
        assert_memory_equal(one.order, two.order, queries.count * sizeof *one.order);
        unsigned char *seen = calloc(queries.count, 1);
        assert_non_null(seen);
        size_t place = 0;
        for (size_t b = 0; b < one.count; b++) {
            assert_int_equal(one.list[b].first, place);
            assert_true(one.list[b].count <= one.most);
            place += one.list[b].count;
        }
        assert_int_equal(place, queries.count);
        for (size_t i = 0; i < queries.count; i++)
            assert_int_equal(seen[one.order[i]]++, 0);
        for (size_t g = 0; g < one.n_groups; g++) {
            assert_true(one.groups[g].count <= recipe.queries);
            const uint32_t *members = one.scratch + one.groups[g].first;
            for (size_t i = 1; i < one.groups[g].count; i++)
                assert_int_equal(queries.list[members[i]].relation,
                                 queries.list[members[0]].relation);
        }
        free(seen);
    }
    uint32_t *before = malloc(queries.count * sizeof *before);
    assert_non_null(before);
    memcpy(before, one.order, queries.count * sizeof *before);
    transr_batches_shuffle(&one, &queries, &recipe, 3);
    assert_memory_not_equal(before, one.order, queries.count * sizeof *before);
    free(before);
    transr_batches_free(&one);
    transr_batches_free(&two);
    transr_queries_free(&queries);
}

static void test_candidates(void **state) {
    (void)state;
    transr_queries queries = make_queries();
    transr_batches batches;
    transr_candidates c;
    assert_int_equal(transr_batches_new(&batches, &queries, &recipe), KG_OK);
    assert_int_equal(transr_candidates_new(&c, E, &queries, &batches, &recipe), KG_OK);
    transr_batches_shuffle(&batches, &queries, &recipe, 1);
    for (size_t b = 0; b < batches.count; b++) {
        transr_candidates_choose(&c, &queries, &batches, &recipe, b);
        assert_true(c.count <= c.most);
        for (uint32_t i = 0; i < c.count; i++)
            assert_int_equal(transr_candidate_of(&c, c.ids[i]), i);
        for (size_t i = 0; i < batches.list[b].count; i++) {
            size_t q = batches.order[batches.list[b].first + i];
            assert_true(transr_candidate_of(&c, queries.list[q].anchor) < c.count);
            for (size_t a = queries.first[q]; a < queries.first[q + 1]; a++)
                assert_true(transr_candidate_of(&c, queries.answers[a]) < c.count);
        }
    }
    transr_candidates_free(&c);
    transr_batches_free(&batches);
    transr_queries_free(&queries);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_candidates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
