/* A head's gradients against differences of its loss: each tensor is stepped along its own
 * gradient, where the loss must change by the gradient's norm. With every loss, with and without a
 * pooler, from one row and from two, with features. And the losses of groups against their
 * definition. */
#include "plugins/smedbert/tune/tune_head.h"

#include "plugins/smedbert/tune/class_weights.h"

#include "kgstore/base/rng.h"
#include "model/ops_cpu.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { VOCABULARY = 40, TAGS = 5, FEATURES = 7, SEQUENCES = 3 };

#define PUSH(array, value) assert_int_equal(kg_array_push(&(array), (value)), KG_OK)

static void add_sequence(kg_tune_pack *pack, const kg_tune_shape *shape, kg_rng *rng) {
    uint32_t first = kg_token_batch_tokens(&pack->batch),
             length = 6 + (uint32_t)kg_rng_below(rng, 9);
    PUSH(pack->batch.documents, first);
    PUSH(pack->batch.epochs, 0);
    PUSH(pack->batch.sop_labels, KG_SOP_NONE);
    PUSH(pack->batch.lengths, length);
    for (uint32_t i = 0; i < length; i++) {
        PUSH(pack->batch.input_ids, (uint32_t)kg_rng_below(rng, VOCABULARY));
        PUSH(pack->batch.original_ids, 0);
        PUSH(pack->batch.segments, 0);
        bool taken = shape->rows > 1 && i > 1; /* rows are distinct */
        if (i == 0 || i + 2 >= length || i % 4 == 3 || taken)
            continue;
        uint32_t item = (uint32_t)pack->items.len;
        PUSH(pack->items, item);
        for (uint32_t r = 0; r < shape->rows; r++)
            PUSH(pack->rows, first + i + r * (length - 1 - i));
        size_t classes = shape->outputs > 1 ? shape->outputs : 2;
        PUSH(pack->gold, (uint16_t)kg_rng_below(rng, classes));
        kg_tune_feature feature = {first + i, (uint32_t)kg_rng_below(rng, FEATURES)};
        PUSH(pack->features, feature);
    }
    PUSH(pack->ends, (uint32_t)pack->items.len);
}

static void make_task(kg_tune_head *task, const kg_tune_shape *shape) {
    kg_model_config config;
    assert_int_equal(kg_model_config_named(&config, "tiny"), KG_OK);
    config.vocab_size = VOCABULARY;
    config.num_hidden_layers = 1;
    config.hidden_size = 8;
    config.num_attention_heads = 2;
    config.intermediate_size = 16;
    config.max_position_embeddings = 32;
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0;
    *task = (kg_tune_head){.shape = *shape};
    assert_int_equal(kg_model_new(&task->model, &config, KG_MODEL_ENCODER, NULL), KG_OK);
    kg_params *params = kg_model_params(task->model);
    assert_int_equal(kg_tune_declare(&task->ids, params, &task->shape, config.hidden_size), KG_OK);
    assert_int_equal(kg_model_allocate(task->model, true, 1, NULL), KG_OK);
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    for (size_t i = 0; i < params->total; i++)
        params->values[i] += 0.2F * (float)kg_rng_normal(&rng);
}

static double loss_of(kg_tune_head *task, const kg_tune_pack *pack, bool train) {
    double loss;
    const kg_tune_way way = {
        .seed = 5, .train = train, .count = kg_tune_losses(&task->shape, pack)};
    assert_int_equal(kg_tune_run(&loss, task, pack, &way, NULL), KG_OK);
    return loss;
}

static void check_tensor(kg_tune_head *task, const kg_tune_pack *pack, const kg_param *p,
                         const float *gradient) {
    float *values = kg_model_params(task->model)->values + p->offset;
    float *kept = malloc(p->count * sizeof *kept);
    double norm = 0, losses[2];
    for (size_t i = 0; i < p->count; i++)
        norm += (double)gradient[i] * (double)gradient[i];
    norm = sqrt(norm);
    if (norm > 1e-4) {
        const double step = 2e-2;
        memcpy(kept, values, p->count * sizeof *kept);
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < p->count; i++)
                values[i] = kept[i] + (float)((side ? -step : step) * gradient[i] / norm);
            losses[side] = loss_of(task, pack, true);
        }
        memcpy(values, kept, p->count * sizeof *kept);
        double found = (losses[0] - losses[1]) / (2 * step);
        if (fabs(found - norm) > 0.02 * norm)
            fail_msg("%s: the loss changes by %g, the gradient says %g", p->name, found, norm);
    }
    free(kept);
}

/* `smoothing` with class weights too, where it is not 0. */
static void check_gradients(const kg_tune_shape *shape, double smoothing) {
    static const float class_weights[TAGS] = {0.5F, 2, 1, 0.25F, 3};
    kg_tune_head task;
    kg_tune_pack pack = KG_TUNE_PACK_INIT;
    kg_rng rng = kg_rng_stream(shape->loss, shape->rows, 2, 3);
    for (int s = 0; s < SEQUENCES; s++)
        add_sequence(&pack, shape, &rng);
    make_task(&task, shape);
    task.class_weights = smoothing > 0 ? class_weights : NULL;
    task.smoothing = smoothing;
    kg_params *params = kg_model_params(task.model);
    loss_of(&task, &pack, true);
    float *gradients = malloc(params->total * sizeof *gradients);
    memcpy(gradients, params->gradients, params->total * sizeof *gradients);
    for (size_t i = 0; i < params->table.len; i++)
        check_tensor(&task, &pack, &params->table.data[i],
                     gradients + params->table.data[i].offset);
    free(gradients);
    kg_tune_head_free(&task);
    kg_model_free(task.model);
    kg_tune_pack_free(&pack);
}

static void test_gradients(void **state) {
    (void)state;
    static const kg_tune_shape shapes[] = {
        {.outputs = TAGS, .rows = 1, .features = FEATURES, .loss = KG_TUNE_SOFTMAX},
        {.outputs = TAGS, .rows = 1, .features = FEATURES, .loss = KG_TUNE_CRF},
        {.outputs = TAGS, .rows = 1, .features = FEATURES, .pooled = true},
        {.outputs = TAGS, .rows = 2, .features = FEATURES, .loss = KG_TUNE_SOFTMAX},
        {.outputs = 1, .rows = 1, .features = FEATURES, .pooled = true, .loss = KG_TUNE_GROUPS},
        {.outputs = 1, .rows = 1, .features = FEATURES, .margin = 30, .loss = KG_TUNE_HINGE},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_gradients(&shapes[i], 0);
    check_gradients(&shapes[2], 0.2);
}

/* Two items of two classes, against what the definition gives. */
static void test_losses_of_classes(void **state) {
    (void)state;
    static const float logits[] = {1, -1, 0.5F, 2}, weights[] = {3, 0.5F};
    static const uint16_t gold[] = {0, 1};
    static const uint32_t ends[] = {1, 2};
    float d[4];
    kg_tag_losses l = {.logits = logits,
                       .dlogits = d,
                       .gold = gold,
                       .ends = ends,
                       .sequences = 2,
                       .tags = 2,
                       .scale = 2,
                       .weights = weights,
                       .smoothing = 0.2F};
    double a = log1p(exp(-2)), b = log1p(exp(-1.5)); /* -log of what is right */
    double first = 0.9 * a + 0.1 * (a + 2), second = 0.9 * b + 0.1 * (b + 1.5);
    assert_true(fabs(kg_cpu.tag_losses(&l) - 3 * first - 0.5 * second) < 1e-6);
    assert_true(fabs((double)d[0] - 2 * 3 * (exp(-a) - 0.9)) < 1e-6);
    assert_true(fabs((double)d[1] - 2 * 3 * (1 - exp(-a) - 0.1)) < 1e-6);
    assert_true(fabs((double)d[3] - 2 * 0.5 * (exp(-b) - 0.9)) < 1e-6);
}

/* Classes of 1, 4 and 16 items, and one of none; of the third two are left out. */
static void test_class_weights(void **state) {
    (void)state;
    uint16_t gold[21] = {0};
    uint8_t only[21];
    uint64_t counts[4];
    float w[4];
    for (size_t i = 0; i < 21; i++) {
        gold[i] = i < 1 ? 0 : i < 5 ? 1 : 2;
        only[i] = i < 19;
    }
    kg_class_counts(counts, 4, gold, only, 21);
    assert_true(counts[0] == 1 && counts[1] == 4 && counts[2] == 14 && counts[3] == 0);
    kg_class_counts(counts, 4, gold, NULL, 21);
    kg_class_weights(w, counts, 4, 0);
    assert_true(w[0] == 1 && w[1] == 1 && w[2] == 1 && w[3] == 0);
    kg_class_weights(w, counts, 4, 0.5);
    assert_true(w[0] == 3 && w[1] == 1.5F && w[2] == 0.75F);
    kg_class_weights(w, counts, 4, 1);
    assert_true(w[0] == 7 && w[1] == 1.75F && w[2] == 0.4375F);
    kg_class_logs(w, counts, 4);
    assert_true(fabs(exp((double)w[2]) - 16.5 / 23) < 1e-6);
    assert_true(fabs(exp((double)w[3]) - 0.5 / 23) < 1e-6);
}

/* Groups of two, three and one: one right of two; two right of three; nothing to choose. */
static void test_losses_of_groups(void **state) {
    (void)state;
    static const float scores[] = {1, 2, 0.5F, -1, 0.25F, 3};
    static const uint16_t right[] = {1, 0, 1, 0, 1, 1};
    static const uint32_t ends[] = {2, 5, 6};
    float d[6];
    kg_group_losses l = {
        .scores = scores, .dscores = d, .right = right, .ends = ends, .groups = 3, .scale = 1};
    double two = log(exp(1) + exp(2)) - 1;
    double some = exp(0.5) + exp(0.25), three = log(some + exp(-1)) - log(some);
    assert_true(fabs(kg_cpu.group_losses(&l) - two - three) < 1e-6);
    assert_true(fabs((double)d[1] - 1 / (1 + exp(-1))) < 1e-6 && d[5] == 0);
    assert_true(fabsf(d[0] + d[1]) < 1e-6F && fabsf(d[2] + d[3] + d[4]) < 1e-6F);
    l.margin = 1.5F; /* 1.5 - 1 + 2; then of the pairs 1.5 - .5 - 1 = 0 and 1.5 - .25 - 1 = .25 */
    assert_true(fabs(kg_cpu.group_losses(&l) - 2.5 - 0.25 / 2) < 1e-6);
    assert_true(d[0] == -1 && d[1] == 1 && d[2] == 0 && d[3] == 0.5F && d[4] == -0.5F && d[5] == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_losses_of_groups),
        cmocka_unit_test(test_losses_of_classes),
        cmocka_unit_test(test_class_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
