/* Ranking while memory fails: each time the store is whole, as it was or ranked. */
#include "kgstore/kgstore.h"
#include "tests/support/alloc_fail.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[32], path[64];

static int make_store(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, 30, 100, 2);
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

/* Out-degree stands for PageRank: what is ranked by does not matter here. */
static kg_status by_degree(double *scores, const kg_rank_input *input, kg_error *err) {
    (void)err;
    for (uint32_t v = 0; v < input->n_entities; ++v)
        scores[v] = 1.0 / (double)(input->n_edges + input->n_entities);
    for (uint64_t i = 0; i < input->n_edges; ++i)
        scores[input->edges[2 * i]] += 1.0 / (double)(input->n_edges + input->n_entities);
    return KG_OK;
}

static const kg_ranker ranker = {KG_RANKER_ABI, "degree", by_degree, NULL};

static kg_status rank(void *context) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_status st;
    (void)context;
    KG_TRY(st, kg_store_open(&store, path, &err));
    st = kg_store_rank(
        store,
        &(kg_rank_options){.ranker = &ranker, .damping = 0.85, .personalized = true, .threads = 1},
        &err);
    kg_store_close(store);
    return st;
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    alloc_fail_each(rank, NULL, true, 100000);
    assert_int_equal(kg_store_check(path, NULL, NULL, &err), KG_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_allocation_may_fail, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
