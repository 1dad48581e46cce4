#include "kgstore/graph/top.h"

#include "tests/support/sample_store.h"

#include "kgstore/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MAX_EDGES 40
#define ENTITIES 12

static double weights[ENTITIES];
static uint64_t n_weights;

static double weight_of(kg_id entity) {
    return entity < n_weights ? weights[entity] : 0;
}

static int by_rank(const void *a, const void *b) {
    const kg_neighbour *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->relation != y->relation)
        return x->relation < y->relation ? -1 : 1;
    return (y->direction > x->direction) - (y->direction < x->direction);
}

/* Random distinct edges in store order into bytes (misaligned on purpose), and onto `all`. */
static kg_edges random_edges(unsigned char *bytes, kg_neighbour *all, uint32_t *n_all,
                             int32_t direction, kg_rng *rng) {
    kg_neighbour own[MAX_EDGES];
    uint32_t n = 0;
    for (kg_id e = 0; e < ENTITIES; ++e)
        for (kg_id r = 0; r < 3; ++r)
            if (kg_rng_below(rng, 3) == 0)
                own[n++] = (kg_neighbour){e, r, direction, weight_of(e)};
    qsort(own, n, sizeof *own, by_rank);
    for (uint32_t i = 0; i < n; ++i) {
        kg_store_u32(bytes + 1 + i * 8, own[i].entity);
        kg_store_u32(bytes + 5 + i * 8, own[i].relation);
        all[(*n_all)++] = own[i];
    }
    return (kg_edges){bytes + 1, n};
}

static void test_merge_equals_a_sort(void **state) {
    (void)state;
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    for (int round = 0; round < 2000; ++round) {
        unsigned char out[MAX_EDGES * 8 + 1], in[MAX_EDGES * 8 + 1];
        kg_neighbour all[2 * MAX_EDGES], got[2 * MAX_EDGES];
        uint32_t n = 0;
        for (kg_id e = 0; e < ENTITIES; ++e) /* few values, so that there are ties */
            weights[e] = (double)kg_rng_below(&rng, 4) / 4;
        n_weights = kg_rng_below(&rng, ENTITIES + 1);
        kg_top_lists lists = {.weights = n_weights ? weights : NULL, .n_weights = n_weights};
        lists.out = random_edges(out, all, &n, 1, &rng);
        lists.in = random_edges(in, all, &n, -1, &rng);
        qsort(all, n, sizeof *all, by_rank);
        uint32_t k = (uint32_t)kg_rng_below(&rng, n + 3);
        uint32_t count = kg_top_merge(got, &lists, k);
        assert_int_equal(count, k < n ? k : n);
        for (uint32_t i = 0; i < count; ++i)
            assert_true(by_rank(&got[i], &all[i]) == 0 && got[i].direction == all[i].direction);
    }
}

static void compare_with_each(kg_snapshot *snapshot, const kg_top_wanted *wanted) {
    kg_error err = KG_ERROR_INIT;
    kg_neighbour *all = malloc(wanted->n * wanted->k * sizeof *all + 1), one[64];
    uint64_t starts[64];
    uint32_t count;
    assert_non_null(all);
    assert_int_equal(kg_neighbours_top_each(all, starts, snapshot, wanted, &err), KG_OK);
    assert_int_equal(starts[0], 0);
    for (size_t i = 0; i < wanted->n; i++) {
        assert_int_equal(
            kg_neighbours_top(one, &count, snapshot, wanted->entities[i], wanted->set, wanted->k),
            KG_OK);
        assert_int_equal(starts[i + 1] - starts[i], count);
        for (uint32_t j = 0; j < count; j++)
            assert_int_equal(by_rank(&all[starts[i] + j], &one[j]), 0);
    }
    free(all);
}

static void test_many_are_each(void **state) {
    static const uint32_t ks[] = {0, 1, 7, 64};
    char folder[32], path[64];
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_neighbour out[8];
    uint64_t starts[4];
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, 40, 300, 3);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    const kg_id entities[] = {0, 39, 7, 7, 12, 1, 0};
    for (size_t i = 0; i < sizeof ks / sizeof *ks; i++)
        for (int set = KG_WEIGHT_PAGERANK; set <= KG_WEIGHT_PEPR; set++)
            compare_with_each(snapshot, &(kg_top_wanted){entities, 7, (kg_weight_set)set, ks[i]});
    compare_with_each(snapshot, &(kg_top_wanted){NULL, 0, KG_WEIGHT_PAGERANK, 7});
    const kg_id missing[] = {3, 4000, 5};
    const kg_top_wanted wanted = {missing, 3, KG_WEIGHT_PAGERANK, 2};
    assert_int_equal(kg_neighbours_top_each(out, starts, snapshot, &wanted, &err),
                     KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "the store has no entity with the id 4000");
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    remove_tree(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge_equals_a_sort),
        cmocka_unit_test(test_many_are_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
