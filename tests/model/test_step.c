/* What a pretraining step does not depend on: threads, packing, micro-batches; what it allocates;
 * and what it says of values that are not finite. */
#include "random_step.h"

#include "model/blas.h"
#include "model/gemm_tiled.h"
#include "model/onednn.h"
#include "model/ops_bf16.h"
#include "tests/support/alloc_fail.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Large enough for operations to be split among threads. */
static const shape wide = {"wide", 3, 128,   4,    512,   20, 12, 2,     4,
                           6,      2, false, true, false, 2,  4,  false, KG_ACTIVATION_GELU,
                           0};

typedef struct outcome {
    kg_losses losses;
    float *gradients;
    size_t n;
} outcome;

static void outcome_free(outcome *o) {
    free(o->gradients);
}

/* Losses and gradients of the batches, each run by itself, with the counts of all. */
static outcome run(step *st, const kg_token_batch *const *batches, size_t n) {
    kg_params *params = kg_model_params(st->model);
    outcome o = {.n = params->total};
    memset(params->gradients, 0, params->total * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        kg_losses losses;
        kg_error err = KG_ERROR_INIT;
        if (step_losses(&losses, st, batches[i], &st->batch, true, &err) != KG_OK)
            fail_msg("%s", err.text);
        kg_losses_add(&o.losses, &losses);
    }
    o.gradients = malloc(o.n * sizeof *o.gradients);
    assert_non_null(o.gradients);
    memcpy(o.gradients, params->gradients, o.n * sizeof *o.gradients);
    return o;
}

static outcome run_whole(step *st, int threads) {
    const kg_token_batch *batch = &st->batch;
    kg_blas_set_threads(threads);
    return run(st, &batch, 1);
}

static void assert_near(double a, double b) {
    assert_true(a != 0 && fabs(a - b) <= 2e-5 * fabs(a));
}

/* Other sums of the same products: OpenBLAS's AVX2 kernels, which split by threads and sizes, come
 * to 5e-10, those for AVX-512 to 5e-12. */
static void assert_same_to_rounding(const outcome *a, const outcome *b) {
    double off = 0, size = 0;
    assert_near(a->losses.mlm.sum, b->losses.mlm.sum);
    assert_near(a->losses.order.sum, b->losses.order.sum);
    assert_near(a->losses.pairs.sum, b->losses.pairs.sum);
    assert_near(a->losses.squares, b->losses.squares);
    assert_int_equal(a->losses.mlm.correct, b->losses.mlm.correct);
    for (size_t i = 0; i < a->n; i++) {
        double d = (double)a->gradients[i] - (double)b->gradients[i];
        off += d * d;
        size += (double)a->gradients[i] * (double)a->gradients[i];
    }
    assert_true(size > 0 && off <= 1e-9 * size);
}

static void test_threads(void **state) {
    (void)state;
    step st;
    step_begin(&st, &wide, 3);
    st.dropout = true;
    outcome one = run_whole(&st, 1);
    for (int threads = 1; threads <= 3; threads++) {
        outcome a = run_whole(&st, threads), b = run_whole(&st, threads);
        assert_memory_equal(&a.losses, &b.losses, sizeof a.losses);
        assert_memory_equal(a.gradients, b.gradients, a.n * sizeof *a.gradients);
        if (kg_onednn_suits() || kg_tiled_suits())
            assert_memory_equal(one.gradients, a.gradients, a.n * sizeof *a.gradients);
        assert_same_to_rounding(&one, &a);
        outcome_free(&a);
        outcome_free(&b);
    }
    kg_blas_set_threads(2);
    outcome_free(&one);
    step_end(&st);
}

/* The last layer's vectors of tokens that no loss reads are not made: nothing else changes. */
static void test_rows_that_are_read(void **state) {
    (void)state;
    step st;
    step_begin(&st, &wide, 9);
    st.dropout = true;
    outcome some = run_whole(&st, 2);
    const kg_encoder_pass *pass = &st.trainer.pass;
    assert_true(pass->input.n_rows > 0 && pass->input.n_rows < pass->tokens);
    size_t d = pass->d1, read = pass->input.n_rows;
    float *hidden = malloc(read * d * sizeof *hidden);
    uint32_t *rows = malloc(read * sizeof *rows);
    assert_true(hidden != NULL && rows != NULL);
    for (size_t i = 0; i < read; i++) {
        rows[i] = pass->input.rows[i];
        memcpy(hidden + i * d, pass->hidden + rows[i] * d, d * sizeof *hidden);
    }
    st.trainer.all_rows = true;
    outcome all = run_whole(&st, 2);
    for (size_t i = 0; i < read; i++)
        for (size_t j = 0; j < d; j++)
            assert_float_equal(hidden[i * d + j], pass->hidden[rows[i] * d + j], 1e-5f);
    assert_same_to_rounding(&some, &all);
    free(hidden);
    free(rows);
    outcome_free(&some);
    outcome_free(&all);
    step_end(&st);
}

static double dot_product(const outcome *a, const outcome *b) {
    double sum = 0;
    for (size_t i = 0; i < a->n; i++)
        sum += (double)a->gradients[i] * (double)b->gradients[i];
    return sum;
}

/* Factors with eight bits give nearly the same losses and gradients, and the same whatever the
 * threads. */
static void test_bfloat16(void **state) {
    (void)state;
    step st;
    if (kg_bf16() == NULL)
        skip();
    step_begin(&st, &wide, 3);
    outcome f32 = run_whole(&st, 2);
    kg_model_use(st.model, kg_bf16());
    outcome one = run_whole(&st, 1), three = run_whole(&st, 3);
    assert_memory_equal(one.gradients, three.gradients, one.n * sizeof *one.gradients);
    assert_true(fabs(one.losses.mlm.sum / f32.losses.mlm.sum - 1) < 5e-3);
    assert_true(fabs(one.losses.pairs.sum / f32.losses.pairs.sum - 1) < 1e-2);
    assert_true(fabs(one.losses.squares / f32.losses.squares - 1) < 1e-2);
    double cosine =
        dot_product(&one, &f32) / sqrt(dot_product(&one, &one) * dot_product(&f32, &f32));
    assert_true(cosine > 0.999 && cosine < 0.9999999);
    outcome_free(&f32);
    outcome_free(&one);
    outcome_free(&three);
    kg_blas_set_threads(2);
    step_end(&st);
}

static void test_precision_is_chosen_by_name(void **state) {
    (void)state;
    const kg_backend *backend;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_backend_choose(&backend, NULL, &err), KG_OK);
    assert_string_equal(backend->name, "cpu");
    assert_int_equal(kg_backend_choose(&backend, "auto", &err), KG_OK);
    assert_string_equal(backend->name, "cpu");
    kg_status st = kg_backend_choose(&backend, "bf16", &err);
    assert_int_equal(st, kg_bf16() ? KG_OK : KG_ERR_UNSUPPORTED);
}

/* With dropout too: it is drawn by document and position, not by place in the batch. */
static void test_packing(void **state) {
    (void)state;
    static const uint32_t orders[][SEQUENCES] = {{2, 0, 1}, {1, 2, 0}, {2, 1, 0}};
    step st;
    step_begin(&st, &wide, 4);
    st.dropout = true;
    outcome want = run_whole(&st, 2);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        kg_token_batch packed = KG_TOKEN_BATCH_INIT;
        const kg_token_batch *batch = &packed;
        for (int s = 0; s < SEQUENCES; s++)
            copy_sequence(&packed, &st.batch, orders[i][s]);
        assert_int_equal(kg_token_batch_tokens(&packed), kg_token_batch_tokens(&st.batch));
        outcome got = run(&st, &batch, 1);
        assert_same_to_rounding(&want, &got);
        outcome_free(&got);
        kg_token_batch_free(&packed);
    }
    outcome_free(&want);
    step_end(&st);
}

/* Sequences dealt to micro-batches, or to ranks: the sums are those of the whole. */
static void test_micro_batches(void **state) {
    (void)state;
    step st;
    step_begin(&st, &wide, 5);
    kg_token_batch parts[SEQUENCES] = {KG_TOKEN_BATCH_INIT};
    const kg_token_batch *each[SEQUENCES];
    for (uint32_t s = 0; s < SEQUENCES; s++) {
        copy_sequence(&parts[s], &st.batch, s);
        each[s] = &parts[s];
    }
    outcome want = run_whole(&st, 2), got = run(&st, each, SEQUENCES);
    assert_same_to_rounding(&want, &got);
    outcome_free(&want);
    outcome_free(&got);
    for (int s = 0; s < SEQUENCES; s++)
        kg_token_batch_free(&parts[s]);
    step_end(&st);
}

static void test_nothing_is_allocated(void **state) {
    (void)state;
    static const kg_adamw adamw = KG_ADAMW_INIT;
    step st;
    step_begin(&st, &wide, 6);
    st.dropout = true;
    loss_of(&st, true);
    alloc_fail_at(0, false);
    loss_of(&st, true);
    kg_adamw_step(kg_model_params(st.model), &adamw, 1,
                  kg_gradient_norm(kg_model_params(st.model)));
    assert_int_equal(alloc_fail_count(), 0);
    kg_pretrainer_free(&st.trainer);
    loss_of(&st, true);
    assert_true(alloc_fail_count() > 0); /* or the counter counts nothing */
    step_end(&st);
}

static void expect_fault(step *st, const char *told) {
    kg_losses losses;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(step_losses(&losses, st, &st->batch, &st->batch, true, &err), KG_ERR_NUMERIC);
    if (strstr(err.text, told) == NULL)
        fail_msg("told \"%s\", expected \"%s\"", err.text, told);
}

/* A parameter is named; and where none is at fault, the sequence and the layer. */
static void test_bad_values_are_named(void **state) {
    (void)state;
    static const float bad[] = {NAN, INFINITY};
    for (size_t i = 0; i < 2; i++) {
        step st;
        step_begin(&st, &wide, 8);
        const kg_params *params = kg_model_params(st.model);
        const char *name = "bert.encoder.layer.1.output.dense.weight";
        float *weight = kg_param_values(params, kg_params_find(params, name)), kept = weight[7];
        weight[7] = bad[i];
        expect_fault(&st, name);
        weight[7] = kept;
        kg_token_batch *b = &st.batch;
        uint32_t mention = 0, first = 0, sequence = 0, neighbor = 0;
        while (b->mention_roles.data[mention] == KG_ROLE_PREDICT ||
               b->neighbor_counts.data[mention] == 0)
            neighbor += b->neighbor_counts.data[mention++];
        while (first + b->lengths.data[sequence] <= b->mention_starts.data[mention])
            first += b->lengths.data[sequence++];
        st.blocks[0][b->neighbor_entities.data[neighbor] * wide.d2] = bad[i];
        char told[96];
        snprintf(told, sizeof told, "sequence %u (document %u)", sequence, sequence);
        expect_fault(&st, told);
        expect_fault(&st, "at the output of bert.encoder.layer.1");
        step_end(&st);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_rows_that_are_read),
        cmocka_unit_test(test_bfloat16),
        cmocka_unit_test(test_precision_is_chosen_by_name),
        cmocka_unit_test(test_packing),
        cmocka_unit_test(test_micro_batches),
        cmocka_unit_test(test_nothing_is_allocated),
        cmocka_unit_test(test_bad_values_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
