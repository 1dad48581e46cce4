/* Out of memory at any allocation: a status, and nothing lost. */
#include "tests/support/alloc_fail.h"

#include "plugins/transr/link_prediction.h"
#include "kgstore/base/nameset.h"
#include "plugins/transr/train_step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static kg_status train_once(transr_parameters *p, transr_batches *batches, transr_queries *queries,
                            const transr_recipe *recipe) {
    static const transr_triple triples[] = {{0, 0, 1}, {1, 1, 2}, {2, 0, 3}, {3, 1, 4}};
    transr_step *step = NULL;
    transr_step_result result;
    transr_evaluation evaluation;
    kg_status st;
    KG_TRY(st, transr_queries_build(queries, triples, 4));
    KG_TRY(st, transr_parameters_new(p, 5, 2, recipe));
    KG_TRY(st, transr_batches_new(batches, queries, recipe));
    KG_TRY(st, transr_step_new(&step, p, recipe, queries, batches, (transr_ranks){.ranks = 1}));
    transr_batches_shuffle(batches, queries, recipe, 1);
    st = transr_step_run(&result, step, 0, 0);
    transr_step_free(step);
    transr_trial trial = {
        .parameters = p, .recipe = recipe, .test = queries, .known = queries, .train = queries};
    return st == KG_OK ? transr_evaluate(&evaluation, &trial) : st;
}

static kg_status train(void *context) {
    transr_queries queries = {.count = 0};
    transr_parameters p = {.E = 0};
    transr_batches batches = {.count = 0};
    kg_status st = train_once(&p, &batches, &queries, context);
    transr_batches_free(&batches);
    transr_parameters_free(&p);
    transr_queries_free(&queries);
    return st;
}

static void test_training(void **state) {
    (void)state;
    transr_recipe recipe = {.d = 4,
                            .dr = 4,
                            .project = true,
                            .separate = true,
                            .norm = TRANSR_L2,
                            .scale = 1,
                            .dropout = 0.2f,
                            .init = 0.1f,
                            .queries = 8,
                            .groups = 2,
                            .negatives = 2,
                            .seed = 1};
    alloc_fail_each(train, &recipe, false, 1000);
    recipe = (transr_recipe){.d = 4, .dr = 4, .scale = 1, .queries = 8, .groups = 2};
    alloc_fail_each(train, &recipe, false, 1000);
}

static kg_status add_names(void *context) {
    (void)context;
    kg_nameset names = {0};
    kg_status st = KG_OK;
    for (int i = 0; i < 600 && st == KG_OK; i++) {
        char text[16];
        uint32_t id = 0;
        int n = snprintf(text, sizeof text, "name %d", i);
        st = kg_nameset_add(&id, &names, (kg_str){text, (size_t)n});
    }
    kg_nameset_free(&names);
    return st;
}

static void test_names(void **state) {
    (void)state;
    alloc_fail_each(add_names, NULL, false, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_training),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
