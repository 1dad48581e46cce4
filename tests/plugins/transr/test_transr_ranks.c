/* Two ranks take the same batches and follow the same loss curve as one, to rounding; both end with
 * the same tables to the bit. The ranks are two threads, and their sum a meeting of the two. */
#include "plugins/transr/train_step.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { E = 60, R = 5, N = 500, EPOCHS = 4, MOST_BATCHES = 200 };

typedef struct meeting {
    pthread_barrier_t barrier;
    void *parts[2];
} meeting;

typedef struct run {
    const transr_queries *queries;
    const transr_recipe *recipe;
    uint32_t rank, ranks;
    meeting *meeting;
    transr_parameters parameters;
    double losses[MOST_BATCHES];
    size_t n;
    kg_status status;
} run;

/* Add the other's part to the first's in the order of ranks, on one thread, then copy. */
static kg_status meet(void *context, void *data, size_t n, bool wide) {
    run *r = context;
    meeting *m = r->meeting;
    m->parts[r->rank] = data;
    pthread_barrier_wait(&m->barrier);
    if (r->rank == 0)
        for (size_t i = 0; i < n; i++) {
            if (wide)
                ((double *)m->parts[0])[i] += ((double *)m->parts[1])[i];
            else
                ((float *)m->parts[0])[i] += ((float *)m->parts[1])[i];
        }
    pthread_barrier_wait(&m->barrier);
    if (r->rank == 1)
        memcpy(data, m->parts[0], n * (wide ? sizeof(double) : sizeof(float)));
    pthread_barrier_wait(&m->barrier);
    return KG_OK;
}

static void *train(void *context) {
    run *r = context;
    transr_batches batches;
    transr_step *step = NULL;
    transr_ranks ranks = {r->rank, r->ranks, meet, r};
    r->status = transr_batches_new(&batches, r->queries, r->recipe);
    if (r->status == KG_OK)
        r->status = transr_step_new(&step, &r->parameters, r->recipe, r->queries, &batches, ranks);
    for (uint64_t epoch = 1; epoch <= EPOCHS && r->status == KG_OK; epoch++) {
        transr_batches_shuffle(&batches, r->queries, r->recipe, epoch);
        for (size_t b = 0; b < batches.count && r->status == KG_OK; b++) {
            transr_step_result result = {.loss = 0};
            r->status = transr_step_run(&result, step, b, 0);
            r->losses[r->n++] = result.loss;
        }
    }
    transr_step_free(step);
    transr_batches_free(&batches);
    return NULL;
}

static void check_recipe(const transr_queries *queries, const transr_recipe *recipe) {
    meeting m;
    run runs[3];
    pthread_t threads[2];
    assert_int_equal(pthread_barrier_init(&m.barrier, NULL, 2), 0);
    for (uint32_t i = 0; i < 3; i++) {
        runs[i] = (run){.queries = queries,
                        .recipe = recipe,
                        .rank = i % 2,
                        .ranks = i == 2 ? 1 : 2,
                        .meeting = &m};
        assert_int_equal(transr_parameters_new(&runs[i].parameters, E, R, recipe), KG_OK);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, train, &runs[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    train(&runs[2]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(runs[i].status, KG_OK);
    assert_true(runs[2].n > EPOCHS);
    assert_true(runs[2].losses[runs[2].n - 1] < runs[2].losses[0]);
    for (size_t i = 0; i < runs[2].n; i++) {
        assert_true(runs[0].losses[i] == runs[1].losses[i]);
        assert_true(fabs(runs[0].losses[i] - runs[2].losses[i]) <= 1e-4 * runs[2].losses[i]);
    }
    size_t bytes = runs[0].parameters.value.n * sizeof(float);
    assert_memory_equal(runs[0].parameters.value.entity, runs[1].parameters.value.entity, bytes);
    for (int i = 0; i < 3; i++)
        transr_parameters_free(&runs[i].parameters);
    pthread_barrier_destroy(&m.barrier);
}

static void test_two_ranks(void **state) {
    (void)state;
    transr_triple triples[N];
    kg_rng rng = kg_rng_stream(8, 0, 0, 0);
    for (size_t i = 0; i < N; i++)
        triples[i] =
            (transr_triple){(uint32_t)kg_rng_below(&rng, E), (uint32_t)kg_rng_below(&rng, R),
                            (uint32_t)kg_rng_below(&rng, 10)};
    transr_queries queries;
    assert_int_equal(transr_queries_build(&queries, triples, N), KG_OK);
    for (int kind = 0; kind < 4; kind++) {
        transr_recipe recipe = {.d = 8,
                                .dr = 8,
                                .project = kind > 0,
                                .separate = kind > 1,
                                .norm = TRANSR_L2_SQUARED,
                                .scale = 1,
                                .gamma = 2,
                                .adversarial = 1,
                                .loss = kind == 3 ? TRANSR_LOGISTIC : TRANSR_SOFTMAX,
                                .learning_rate = 0.05f,
                                .projection_rate = 0.01f,
                                .final_rate = 1,
                                .regularization = 0.01f,
                                .init = 0.3f,
                                .queries = 20,
                                .groups = 4,
                                .negatives = kind == 1 ? 0 : 12,
                                .seed = 2};
        check_recipe(&queries, &recipe);
    }
    transr_queries_free(&queries);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_ranks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
