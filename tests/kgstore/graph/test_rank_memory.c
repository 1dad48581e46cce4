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
    const kg_rank_options options = {.ranker = &ranker,
                                     .damping = 0.85,
                                     .personalized = true,
                                     .edge_weight = *(const kg_str *)context,
                                     .threads = 1};
    KG_TRY(st, kg_store_open(&store, path, &err));
    st = kg_store_rank(store, &options, &err);
    kg_store_close(store);
    return st;
}

static void weigh_an_edge(void) {
    kg_store *store;
    kg_writer *w;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    const kg_property property = {KG_STR("w"), kg_value_real(2.5)};
    s.head = s.relation = s.tail = KG_STR("weighed");
    s.properties = &property;
    s.n_properties = 1;
    assert_int_equal(kg_store_open(&store, path, NULL), KG_OK);
    assert_int_equal(kg_writer_begin(&w, store, NULL), KG_OK);
    assert_int_equal(kg_writer_statement(w, &s, NULL), KG_OK);
    assert_int_equal(kg_writer_commit(NULL, w, NULL), KG_OK);
    kg_store_close(store);
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_str none = {NULL, 0}, weight = KG_STR("w");
    alloc_fail_each(rank, &none, true, 100000);
    weigh_an_edge();
    alloc_fail_each(rank, &weight, true, 100000);
    assert_int_equal(kg_store_check(path, NULL, NULL, &err), KG_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_allocation_may_fail, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
