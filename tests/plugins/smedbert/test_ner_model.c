/* The task's gradients against differences of its loss: each tensor is stepped along its own
 * gradient, where the loss must change by the gradient's norm. With and without CRF, with features
 * of both kinds. */
#include "plugins/smedbert/tasks/ner_model.h"

#include "kgstore/base/rng.h"
#include "model/crf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { VOCABULARY = 40, TAGS = 5, FEATURES = 7, SEQUENCES = 3 };

static float sparse_transitions[(TAGS + 2) * TAGS];

#define PUSH(array, value) assert_int_equal(kg_array_push(&(array), (value)), KG_OK)

static void add_sequence(kg_ner_pack *pack, kg_rng *rng) {
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
        if (i == 0 || i + 1 == length || i % 4 == 3)
            continue;
        PUSH(pack->tokens, (uint32_t)pack->rows.len);
        PUSH(pack->rows, first + i);
        PUSH(pack->gold, (uint16_t)kg_rng_below(rng, TAGS));
        kg_ner_feature feature = {first + i, (uint32_t)kg_rng_below(rng, FEATURES)};
        PUSH(pack->features, feature);
        for (int k = 0; k < TAGS; k++)
            PUSH(pack->sparse, (float)kg_rng_normal(rng));
    }
    PUSH(pack->ends, (uint32_t)pack->rows.len);
}

static void make_task(kg_ner_task *task, bool crf) {
    kg_model_config config;
    assert_int_equal(kg_model_config_named(&config, "tiny"), KG_OK);
    config.vocab_size = VOCABULARY;
    config.num_hidden_layers = 1;
    config.hidden_size = 8;
    config.num_attention_heads = 2;
    config.intermediate_size = 16;
    config.max_position_embeddings = 32;
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0;
    *task = (kg_ner_task){.shape = {.tags = TAGS, .features = FEATURES, .crf = crf},
                          .sparse_transitions = sparse_transitions};
    assert_int_equal(kg_model_new(&task->model, &config, KG_MODEL_ENCODER, NULL), KG_OK);
    kg_params *params = kg_model_params(task->model);
    assert_int_equal(kg_ner_declare(&task->ids, params, &task->shape, config.hidden_size), KG_OK);
    assert_int_equal(kg_model_allocate(task->model, true, 1, NULL), KG_OK);
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    for (size_t i = 0; i < params->total; i++)
        params->values[i] += 0.2F * (float)kg_rng_normal(&rng);
    for (size_t i = 0; i < sizeof sparse_transitions / sizeof *sparse_transitions; i++)
        sparse_transitions[i] = (float)kg_rng_normal(&rng);
}

static double loss_of(kg_ner_task *task, const kg_ner_pack *pack, bool train) {
    double loss;
    const kg_ner_way way = {.seed = 5, .train = train, .tokens = pack->rows.len};
    assert_int_equal(kg_ner_run(&loss, task, pack, &way, NULL), KG_OK);
    return loss;
}

static void check_tensor(kg_ner_task *task, const kg_ner_pack *pack, const kg_param *p,
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
            losses[side] = loss_of(task, pack, false);
        }
        memcpy(values, kept, p->count * sizeof *kept);
        double found = (losses[0] - losses[1]) / (2 * step);
        if (fabs(found - norm) > 0.02 * norm)
            fail_msg("%s: the loss changes by %g, the gradient says %g", p->name, found, norm);
    }
    free(kept);
}

static void check_gradients(bool crf) {
    kg_ner_task task;
    kg_ner_pack pack = KG_NER_PACK_INIT;
    kg_rng rng = kg_rng_stream(crf, 1, 2, 3);
    for (int s = 0; s < SEQUENCES; s++)
        add_sequence(&pack, &rng);
    make_task(&task, crf);
    kg_params *params = kg_model_params(task.model);
    loss_of(&task, &pack, true);
    float *gradients = malloc(params->total * sizeof *gradients);
    memcpy(gradients, params->gradients, params->total * sizeof *gradients);
    for (size_t i = 0; i < params->table.len; i++)
        check_tensor(&task, &pack, &params->table.data[i],
                     gradients + params->table.data[i].offset);
    free(gradients);
    kg_ner_task_free(&task);
    kg_model_free(task.model);
    kg_ner_pack_free(&pack);
}

static void test_gradients_with_a_crf(void **state) {
    (void)state;
    check_gradients(true);
}

static void test_gradients_without(void **state) {
    (void)state;
    check_gradients(false);
}

/* The share of the sparse CRF goes from the encoder alone to itself alone, and lowering O's score
 * step by step never makes a token O that was none. */
static void test_readings(void **state) {
    (void)state;
    kg_ner_task task;
    kg_ner_pack pack = KG_NER_PACK_INIT;
    kg_rng rng = kg_rng_stream(1, 1, 2, 3);
    uint8_t allowed[(TAGS + 2) * TAGS];
    uint16_t tags[64], expected[64];
    double workspace[2048];
    memset(allowed, 1, sizeof allowed);
    for (int s = 0; s < SEQUENCES; s++)
        add_sequence(&pack, &rng);
    make_task(&task, false);
    loss_of(&task, &pack, false);
    for (int alone = 0; alone < 2; alone++) {
        kg_ner_decode(tags, &task, allowed, &(kg_ner_reading){0, (float)alone});
        for (size_t s = 0, start = 0; s < pack.ends.len; start = pack.ends.data[s++])
            kg_crf_decode(expected + start, (alone ? pack.sparse.data : task.logits) + start * TAGS,
                          alone ? sparse_transitions : NULL, NULL, pack.ends.data[s] - start, TAGS,
                          workspace);
        assert_memory_equal(tags, expected, pack.rows.len * sizeof *tags);
    }
    size_t outside = pack.rows.len + 1;
    for (int step = 0; step < 8; step++) {
        size_t left = 0;
        kg_ner_decode(tags, &task, allowed, &(kg_ner_reading){0.5F * (float)step, 0});
        for (size_t i = 0; i < pack.rows.len; i++)
            left += tags[i] == 0;
        assert_true(left <= outside);
        outside = left;
    }
    kg_ner_decode(tags, &task, allowed, &(kg_ner_reading){100, 0.5F});
    for (size_t i = 0; i < pack.rows.len; i++)
        assert_true(tags[i] > 0);
    kg_ner_task_free(&task);
    kg_model_free(task.model);
    kg_ner_pack_free(&pack);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_with_a_crf),
        cmocka_unit_test(test_gradients_without),
        cmocka_unit_test(test_readings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
