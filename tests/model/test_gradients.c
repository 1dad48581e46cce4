/* Gradients of the whole pretraining step against differences of its loss, over random models and
 * batches: other heads, layers and dimensions, dr unlike d2, no mentions, no neighbors, one token
 * in a span, every mention masked, options off, the graph's tables trained. Each tensor is stepped
 * along its own gradient, where the loss must change by the gradient's norm; and in double
 * precision (the same file and model, compiled once more: double_precision.h), element by element.
 */
#include "random_step.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#ifdef KG_DOUBLE_PRECISION
static const double STEP = 5e-5, TOLERANCE = 5e-6, NEGLIGIBLE = 1e-9;
enum { ELEMENTS = 2 }; /* of a tensor, checked one by one */
#else
static const double STEP = 4e-3, TOLERANCE = 0.03, NEGLIGIBLE = 2e-3; /* else rounding drowns it */
enum { ELEMENTS = 0 };
#endif

#define GELU KG_ACTIVATION_GELU
#define GELU_TANH KG_ACTIVATION_GELU_TANH
#define RELU KG_ACTIVATION_RELU

/* Step tensor p by +-h along its gradient g (norm n); returns the loss's change over 2 h. */
static double slope(step *st, const kg_param *p, const float *g, double n, double h) {
    float *values = kg_model_params(st->model)->values + p->offset;
    float *kept = malloc(p->count * sizeof *kept);
    double at[2];
    assert_non_null(kept);
    memcpy(kept, values, p->count * sizeof *kept);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < p->count; i++)
            values[i] = kept[i] + (float)((side ? h : -h) * (double)g[i] / n);
        at[side] = loss_of(st, false);
    }
    memcpy(values, kept, p->count * sizeof *kept);
    free(kept);
    return (at[1] - at[0]) / (2 * h);
}

/* The loss's slope along one element, by four values of it. */
static double element_slope(step *st, float *value) {
    const float kept = *value;
    double at[4];
    for (int i = 0; i < 4; i++) {
        *value = kept + (float)(STEP * (i < 2 ? i - 2 : i - 1));
        at[i] = loss_of(st, false);
    }
    *value = kept;
    return (8 * (at[2] - at[1]) - (at[3] - at[0])) / (12 * STEP);
}

/* Random elements of a tensor against their own slopes. */
static void check_elements(step *st, const char *shape_name, const kg_param *p, double all) {
    kg_params *params = kg_model_params(st->model);
    kg_rng rng = kg_rng_stream(9, 0, p->offset, 0);
    for (int i = 0; i < ELEMENTS; i++) {
        size_t at = p->offset + (size_t)kg_rng_below(&rng, p->count);
        double got = (double)params->gradients[at];
        double off = fabs(element_slope(st, params->values + at) - got);
        if (off > TOLERANCE * (fabs(got) + 1e-3 * all))
            fail_msg("%s: element %zu of the gradient of %s is %.9g, off by %.3g", shape_name,
                     at - p->offset, p->name, got, off);
    }
}

/* Mention modeling's target is made of these without a gradient, so that the loss's slope along
 * them is not the gradient; shapes without that loss, and the golden step, cover them. */
static bool makes_the_target(const char *name) {
    return strncmp(name, "smedbert.context.", 17) == 0 ||
           strcmp(name, "bert.embeddings.word_embeddings.weight") == 0;
}

static void check_shape(const shape *s, uint64_t seed) {
    step st;
    step_begin(&st, s, seed);
    kg_params *params = kg_model_params(st.model);
    double all = 0, worst = 0;
    loss_of(&st, true);
    all = kg_gradient_norm(params);
    for (size_t i = 0; i < params->table.len; i++) {
        const kg_param *p = &params->table.data[i];
        const float *g = params->gradients + p->offset;
        double n = 0;
        if (s->mmem > 0 && makes_the_target(p->name))
            continue;
        for (size_t j = 0; j < p->count; j++)
            n += (double)g[j] * (double)g[j];
        n = sqrt(n);
        check_elements(&st, s->name, p, all);
        if (n < NEGLIGIBLE * all)
            continue;
        double off = fabs(slope(&st, p, g, n, STEP) - n) / n;
        worst = off > worst ? off : worst;
        if (off > TOLERANCE)
            fail_msg("%s: the gradient of %s is off by %.3g", s->name, p->name, off);
    }
    print_message("%s: worst %.2g\n", s->name, worst);
    step_end(&st);
}

static void test_slopes(void **state) {
    (void)state;
    static const shape shapes[] = {
        {"as golden", 3, 32, 4, 64, 12, 10, 2, 4, 4, 2, false, true, false, 2, 4, false, GELU, 0},
        {"one head, wide relations", 1, 24, 1, 40, 6, 17, 1, 3, 5, 1, false, true, false, 2, 4,
         false, GELU, 0},
        {"long spans", 2, 16, 2, 48, 9, 5, 1, 2, 3, 5, false, true, true, 2, 4, false, GELU, 0},
        {"all masked", 2, 32, 8, 32, 8, 8, 2, 4, 4, 2, true, true, false, 2, 4, false, GELU, 0},
        {"no mentions", 2, 32, 4, 64, 8, 8, 1, 0, 4, 2, false, true, false, 2, 4, false, GELU, 0},
        {"no neighbors", 2, 32, 4, 64, 8, 8, 1, 4, 0, 2, false, true, false, 2, 4, false, GELU, 0},
        {"no type attention", 2, 32, 4, 64, 8, 8, 1, 4, 4, 2, false, false, false, 2, 4, false,
         GELU, 0},
        {"no hybrid attention", 2, 32, 4, 64, 8, 8, 0, 4, 4, 2, false, true, false, 2, 4, false,
         GELU, 0},
        {"neighbor modeling alone", 2, 32, 4, 64, 10, 7, 1, 4, 4, 2, false, true, false, 2, 0,
         false, GELU, 0},
        {"no graph losses", 2, 32, 4, 64, 8, 8, 1, 4, 4, 2, false, true, false, 0, 0, false, GELU,
         0},
        {"trained tables", 2, 32, 4, 64, 10, 7, 1, 4, 4, 2, false, true, false, 2, 4, true, GELU,
         0},
        {"trained tables, means of types", 2, 32, 4, 64, 7, 9, 1, 4, 4, 2, false, true, true, 2, 0,
         true, GELU, 0},
        {"gelu by tanh", 2, 32, 4, 64, 8, 8, 1, 4, 4, 2, false, true, false, 2, 4, false, GELU_TANH,
         0},
        {"narrow embeddings", 2, 32, 4, 64, 8, 8, 1, 4, 4, 2, false, true, false, 2, 0, false, GELU,
         12},
        {"wide embeddings", 2, 16, 2, 32, 8, 8, 1, 4, 4, 2, false, true, false, 2, 0, false, GELU,
         40},
#ifndef KG_DOUBLE_PRECISION /* whose tolerance a step across the corner at 0 exceeds */
        {"relu", 2, 32, 4, 64, 8, 8, 1, 4, 4, 2, false, true, false, 2, 4, false, RELU, 0},
#endif
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], 100 + i);
}

/* Rows outside infused mentions are the same bits with and without the hybrid attention. */
static void test_other_tokens_are_untouched(void **state) {
    (void)state;
    static const shape s = {"last layer", 2,    32,    4, 64, 8,     8,    2, 3, 4, 2,
                            false,        true, false, 2, 4,  false, GELU, 0};
    step st;
    step_begin(&st, &s, 7);
    loss_of(&st, false);
    size_t tokens = kg_token_batch_tokens(&st.batch), d = s.hidden, changed = 0, inside = 0;
    float *with = malloc(tokens * d * sizeof *with);
    uint8_t *infused = calloc(tokens, 1);
    assert_non_null(with);
    assert_non_null(infused);
    memcpy(with, st.trainer.pass.hidden, tokens * d * sizeof *with);
    const kg_spans *spans = &st.trainer.pass.infusion.index.spans;
    for (size_t i = 0; i < spans->tokens; i++)
        infused[spans->rows[i]] = 1;
    for (size_t i = 0; i < st.batch.mention_roles.len; i++)
        st.batch.mention_roles.data[i] = KG_ROLE_PREDICT;
    st.batch.pair_log_q.len = 0;
    kg_encoder_pass *pass = &st.trainer.pass;
    const kg_encoder_input input = {.batch = &st.batch, .tables = NULL};
    kg_losses losses;
    kg_error err = KG_ERROR_INIT;
    kg_loss_counts counts = {1, 1, 1, 1};
    assert_int_equal(kg_pretrain_run(&losses, &st.trainer, &input, &counts, &err), KG_OK);
    for (size_t i = 0; i < tokens; i++) {
        bool same = memcmp(with + i * d, pass->hidden + i * d, d * sizeof *with) == 0;
        inside += infused[i];
        changed += infused[i] && !same;
        assert_true(infused[i] || same);
    }
    assert_true(inside > 0 && changed == inside);
    free(with);
    free(infused);
    step_end(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_other_tokens_are_untouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
