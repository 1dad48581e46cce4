/* Nothing above the table of operations touches a backend's own memory: with a backend whose memory
 * is closed to all but its operations, and whose views are copies, training, saving, loading and
 * tagging run, and give the bits that they give on the processor. */
#include "random_step.h"

#include "model/optimizer.h"
#include "model/ops_cpu.h"
#include "plugins/smedbert/tune/tune_head.h"
#include "tests/support/sample_store.h"
#include "tests/support/wrapped_backend.h"

#include "kgstore/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

/* ---- A backend behind a fence ---------------------------------------------------------------- */

enum { BLOCKS = 32 };

static struct {
    void *at;
    size_t size;
} blocks[BLOCKS];

static void set_fence(int protection) {
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i].at != NULL)
            assert_int_equal(mprotect(blocks[i].at, blocks[i].size, protection), 0);
}

static void open_fence(wrapped_operation which) {
    (void)which;
    set_fence(PROT_READ | PROT_WRITE);
}

static void close_fence(wrapped_operation which) {
    (void)which;
    set_fence(PROT_NONE);
}

static void *allocate(size_t n, bool shared) {
    int i = 0;
    if (shared)
        return malloc(n);
    while (i < BLOCKS && blocks[i].at != NULL)
        i++;
    assert_true(i < BLOCKS);
    void *at = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    blocks[i].at = at;
    blocks[i].size = n;
    return at;
}

static void release(void *block, bool shared) {
    if (shared)
        free(block);
    for (int i = 0; i < BLOCKS && !shared && block != NULL; i++)
        if (blocks[i].at == block) {
            munmap(block, blocks[i].size);
            blocks[i].at = NULL;
        }
}

static void *map(void *memory, size_t n) {
    void *view = malloc(n + 1);
    assert_non_null(view);
    set_fence(PROT_READ);
    memcpy(view, memory, n);
    set_fence(PROT_NONE);
    return view;
}

static void unmap(void *memory, void *view, size_t n, bool changed) {
    set_fence(PROT_READ | PROT_WRITE);
    if (changed && view != NULL)
        memcpy(memory, view, n);
    set_fence(PROT_NONE);
    free(view);
}

static kg_backend fenced(void) {
    kg_backend b = wrapped_backend(&kg_cpu, &(wrapped_hooks){open_fence, close_fence});
    b.name = "fenced";
    b.allocate = allocate;
    b.release = release;
    b.map = map;
    b.unmap = unmap;
    return b;
}

/* ---- What is run on both --------------------------------------------------------------------- */

/* Two models made alike; the second computes behind the fence. */
static kg_model *make(const kg_model_config *c, kg_model_parts parts, const kg_backend *backend,
                      kg_tune_head *task) {
    kg_error err = KG_ERROR_INIT;
    kg_model *model;
    assert_int_equal(kg_model_new(&model, c, parts, &err), KG_OK);
    kg_model_use(model, backend);
    if (task != NULL)
        assert_int_equal(
            kg_tune_declare(&task->ids, kg_model_params(model), &task->shape, c->hidden_size),
            KG_OK);
    assert_int_equal(kg_model_allocate(model, true, 5, &err), KG_OK);
    assert_int_equal(kg_model_begin_local(model, 1, 5), KG_OK);
    return model;
}

/* The parameters' values; the caller's to free. */
static float *values_of(kg_model *model) {
    const kg_params *p = kg_model_params(model);
    float *copy = malloc(p->total * sizeof *copy);
    float *view = p->backend->map(p->values, p->total * sizeof *view);
    assert_true(copy != NULL && view != NULL);
    memcpy(copy, view, p->total * sizeof *copy);
    p->backend->unmap(p->values, view, p->total * sizeof *view, false);
    return copy;
}

static void assert_same_values(kg_model *a, kg_model *b) {
    float *x = values_of(a), *y = values_of(b);
    assert_memory_equal(x, y, kg_model_params(a)->total * sizeof *x);
    free(x);
    free(y);
}

/* Three steps with a mean of the weights, a checkpoint, and one more from the checkpoint. */
static void train(kg_losses *last, kg_model *model, step *st, const char *folder) {
    kg_error err = KG_ERROR_INIT;
    kg_graph_tables tables = st->tables;
    kg_loss_counts counts = kg_token_batch_counts(&st->batch);
    kg_pretrainer trainer = {.encoder = kg_model_encoder(model), .heads = kg_model_heads(model)};
    kg_optimizer o = {.adamw = KG_ADAMW_INIT, .layer_decay = 0.9, .average = 0.5};
    kg_optimizer_report report;
    const kg_model_card card = {.architecture = "BertForPreTraining"};
    assert_int_equal(kg_model_take_tables(&tables, model, &err), KG_OK);
    assert_int_equal(kg_optimizer_begin(&o, model, 10, &err), KG_OK);
    const kg_encoder_input input = {
        .batch = &st->batch, .tables = &tables, .seed = 5, .dropout = true, .backward = true};
    for (uint64_t i = 1; i <= 4; i++) {
        assert_int_equal(kg_pretrain_run(last, &trainer, &input, &counts, &err), KG_OK);
        assert_int_equal(kg_optimizer_step(&report, &o, model, i, &err), KG_OK);
        if (i != 3)
            continue;
        assert_int_equal(kg_optimizer_save(&o, model, &card, folder, &err), KG_OK);
        assert_int_equal(kg_optimizer_load(&o, model, folder, &err), KG_OK);
    }
    kg_optimizer_swap(&o, model);
    kg_pretrainer_free(&trainer);
    kg_optimizer_free(&o);
}

static void test_training(void **state) {
    (void)state;
    static const shape s = {
        "trained tables",   2, 64, 2, 128, 20, 12, 1, 4, 6, 2, false, true, false, 2, 4, true,
        KG_ACTIVATION_GELU, 0};
    kg_backend closed = fenced();
    kg_losses here, there;
    char folder[32];
    step st;
    make_test_folder(folder);
    shape frozen = s;
    frozen.trainable_tables = false; /* the step's own model stays out of it: its tables are read */
    step_begin(&st, &frozen, 3);
    kg_model_config c = *kg_model_configuration(st.model);
    c.trainable_tables = true;
    kg_model *a = make(&c, KG_MODEL_HEADS, &kg_cpu, NULL);
    kg_model *b = make(&c, KG_MODEL_HEADS, &closed, NULL);
    assert_same_values(a, b);
    train(&here, a, &st, folder);
    train(&there, b, &st, folder);
    remove_tree(folder);
    assert_memory_equal(&here, &there, sizeof here);
    assert_same_values(a, b);
    kg_model_free(a);
    kg_model_free(b);
    step_end(&st);
}

static void fill_pack(kg_tune_pack *pack, const kg_token_batch *batch, const kg_tune_shape *sizes) {
    kg_rng rng = kg_rng_stream(8, 0, 0, 0);
    assert_int_equal(kg_token_batch_append(&pack->batch, batch), KG_OK);
    for (uint32_t s = 0, at = 0; s < batch->lengths.len; at += batch->lengths.data[s++]) {
        for (uint32_t i = 0; i < batch->lengths.data[s]; i++) {
            const kg_tune_feature f = {at + i, (uint32_t)kg_rng_below(&rng, sizes->features)};
            assert_int_equal(kg_array_push(&pack->rows, at + i), KG_OK);
            assert_int_equal(kg_array_push(&pack->items, at + i), KG_OK);
            assert_int_equal(
                kg_array_push(&pack->gold,
                              (uint16_t)kg_rng_below(&rng, sizes->outputs + (sizes->outputs == 1))),
                KG_OK);
            assert_int_equal(kg_array_push(&pack->features, f), KG_OK);
        }
        assert_int_equal(kg_array_push(&pack->ends, (uint32_t)pack->rows.len), KG_OK);
    }
}

/* A step of a task, then its scores. */
static double score(float *scores, kg_tune_head *task, const kg_tune_pack *pack) {
    kg_error err = KG_ERROR_INIT;
    kg_params *params = kg_model_params(task->model);
    const kg_adamw adamw = KG_ADAMW_INIT;
    size_t size = pack->items.len * task->shape.outputs * sizeof *scores;
    double loss;
    kg_tune_way way = {.seed = 2, .train = true, .count = pack->items.len};
    assert_int_equal(kg_tune_run(&loss, task, pack, &way, &err), KG_OK);
    kg_adamw_step(params, &adamw, 1, kg_gradient_norm(params));
    way.train = false;
    assert_int_equal(kg_tune_run(&loss, task, pack, &way, &err), KG_OK);
    float *view = params->backend->map(task->logits, size);
    assert_non_null(view);
    memcpy(scores, view, size);
    params->backend->unmap(task->logits, view, size, false);
    kg_tune_head_free(task);
    return loss;
}

static void check_task(const kg_tune_shape *of) {
    static const shape s = {"tasks", 2, 64,    2,    128,   20, 12, 1,     4,
                            6,       2, false, true, false, 2,  4,  false, KG_ACTIVATION_GELU,
                            0};
    kg_backend closed = fenced();
    step st;
    kg_tune_pack pack = KG_TUNE_PACK_INIT;
    kg_tune_head here = {.shape = *of, .dropout = 0.1}, there = here;
    float scores[2][128 * 5];
    step_begin(&st, &s, 6);
    fill_pack(&pack, &st.batch, of);
    assert_true(pack.rows.len <= 128);
    here.model = make(kg_model_configuration(st.model), KG_MODEL_ENCODER, &kg_cpu, &here);
    there.model = make(kg_model_configuration(st.model), KG_MODEL_ENCODER, &closed, &there);
    double a = score(scores[0], &here, &pack), b = score(scores[1], &there, &pack);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(scores[0], scores[1], pack.items.len * of->outputs * sizeof(float));
    assert_same_values(here.model, there.model);
    kg_model_free(here.model);
    kg_model_free(there.model);
    kg_tune_pack_free(&pack);
    step_end(&st);
}

static void test_tasks(void **state) {
    (void)state;
    static const kg_tune_shape shapes[] = {
        {.outputs = 5, .rows = 1, .features = 7, .loss = KG_TUNE_SOFTMAX},
        {.outputs = 5, .rows = 1, .features = 7, .loss = KG_TUNE_CRF},
        {.outputs = 3, .rows = 1, .features = 2, .loss = KG_TUNE_SOFTMAX, .pooled = true},
        {.outputs = 1, .rows = 1, .features = 2, .loss = KG_TUNE_GROUPS, .pooled = true},
        {.outputs = 1, .rows = 1, .features = 2, .loss = KG_TUNE_HINGE, .margin = 0.5F},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_task(&shapes[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_training),
                                       cmocka_unit_test(test_tasks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
