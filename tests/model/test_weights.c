/* Checkpoints as others write them: names without a prefix, legacy names, no heads; what does not
 * fit is refused, and told plainly. */
#include "model/model.h"
#include "model/safetensors.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { NAME = 160, PATH = 64, TENSORS = 200 };

/* How a file differs from what the model itself writes. */
typedef struct variant {
    const char *what;
    bool without_prefix, legacy, encoder_only;
    const char *wider;  /* a tensor that has a row more */
    const char *status; /* what the error must hold; NULL: it loads */
} variant;

static kg_model *new_model(uint64_t seed) {
    kg_model *model;
    kg_model_config c;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_model_config_named(&c, "tiny"), KG_OK);
    c.vocab_size = 40;
    c.hidden_size = 32;
    c.num_attention_heads = 2;
    c.intermediate_size = 48;
    c.infusion_after_layer = 0;
    c.lambda_mnem = c.lambda_mmem = 0;
    assert_int_equal(kg_model_new(&model, &c, KG_MODEL_HEADS, &err), KG_OK);
    assert_int_equal(kg_model_allocate(model, false, seed, &err), KG_OK);
    kg_params *params = kg_model_params(model);
    for (size_t i = 0; i < params->total; i++)
        params->values[i] += (float)seed / 8; /* so that nothing begins alike */
    return model;
}

static void rename_ending(char name[NAME], const char *from, const char *to) {
    size_t n = strlen(name), m = strlen(from);
    if (n > m && strcmp(name + n - m, from) == 0)
        snprintf(name + n - m, NAME - (n - m), "%s", to);
}

static void name_as(char out[NAME], const char *name, const variant *v) {
    snprintf(out, NAME, "%s",
             v->without_prefix && strncmp(name, "bert.", 5) == 0 ? name + 5 : name);
    if (!v->legacy)
        return;
    rename_ending(out, "LayerNorm.weight", "LayerNorm.gamma");
    rename_ending(out, "LayerNorm.bias", "LayerNorm.beta");
    rename_ending(out, "cls.predictions.bias", "cls.predictions.decoder.bias");
}

static bool is_head(const char *name) {
    return strncmp(name, "cls.", 4) == 0 || strncmp(name, "bert.pooler.", 12) == 0;
}

static void write_variant(const char *folder, kg_model *from, const variant *v) {
    static char names[TENSORS][NAME];
    kg_tensor_out tensors[TENSORS];
    const kg_params *params = kg_model_params(from);
    float *spare = calloc(1 << 20, sizeof *spare);
    size_t n = 0;
    char path[PATH + 32];
    kg_error err = KG_ERROR_INIT;
    assert_non_null(spare);
    for (size_t i = 0; i < params->table.len; i++) {
        const kg_param *p = &params->table.data[i];
        if (v->encoder_only && is_head(p->name))
            continue;
        name_as(names[n], p->name, v);
        tensors[n] = (kg_tensor_out){.name = names[n],
                                     .dimensions = p->columns ? 2 : 1,
                                     .shape = {p->rows, p->columns},
                                     .data = params->values + p->offset};
        if (v->wider != NULL && strcmp(p->name, v->wider) == 0) {
            tensors[n].shape[0]++;
            tensors[n].data = spare;
        }
        n++;
    }
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    assert_int_equal(kg_safetensors_write(path, tensors, n, &err), KG_OK);
    free(spare);
}

static void count_missing(void *context, const char *name, const char *found) {
    assert_true(is_head(name));
    assert_null(found);
    ++*(size_t *)context;
}

static void check_variant(const char *folder, const variant *v) {
    kg_model *from = new_model(1), *to = new_model(2);
    const kg_params *a = kg_model_params(from), *b = kg_model_params(to);
    kg_error err = KG_ERROR_INIT;
    size_t missing = 0, heads = 0;
    write_variant(folder, from, v);
    const kg_loading loading = {.missing = count_missing, .context = &missing};
    kg_status st = kg_model_load(to, folder, &loading, &err);
    if (v->status != NULL && (st == KG_OK || strstr(err.text, v->status) == NULL))
        fail_msg("%s: told \"%s\", expected \"%s\"", v->what, err.text, v->status);
    if (v->status == NULL && st != KG_OK)
        fail_msg("%s: %s", v->what, err.text);
    for (size_t i = 0; i < a->table.len && st == KG_OK; i++) {
        const kg_param *p = &a->table.data[i];
        bool same =
            memcmp(a->values + p->offset, b->values + p->offset, p->count * sizeof(float)) == 0;
        heads += is_head(p->name);
        if (same == (v->encoder_only && is_head(p->name)))
            fail_msg("%s: %s is %s", v->what, p->name, same ? "the same" : "not the same");
    }
    if (st == KG_OK)
        assert_int_equal(missing, v->encoder_only ? heads : 0);
    kg_model_free(from);
    kg_model_free(to);
}

static void test_variants(void **state) {
    (void)state;
    static const variant variants[] = {
        {.what = "as written"},
        {.what = "no prefix", .without_prefix = true},
        {.what = "legacy names", .legacy = true},
        {.what = "an encoder alone", .encoder_only = true},
        {.what = "an encoder alone, all else at once",
         .without_prefix = true,
         .legacy = true,
         .encoder_only = true},
        {.what = "another shape",
         .wider = "bert.embeddings.word_embeddings.weight",
         .status = "tensor bert.embeddings.word_embeddings.weight has shape (41, 32), the "
                   "configuration asks for (40, 32)"},
        {.what = "another length",
         .wider = "bert.encoder.layer.1.attention.output.LayerNorm.bias",
         .status = "LayerNorm.bias has shape (33), the configuration asks for (32)"},
    };
    char folder[PATH];
    make_test_folder(folder);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        check_variant(folder, &variants[i]);
    remove_tree(folder);
}

static void note_shape(void *context, const char *name, const char *found) {
    assert_string_equal(name, "cls.seq_relationship.bias");
    snprintf(context, 32, "%s", found);
}

/* A head of other classes than the checkpoint's begins anew, and all else is read. */
static void test_another_head(void **state) {
    (void)state;
    static const variant wider = {.what = "another head", .wider = "cls.seq_relationship.bias"};
    char folder[PATH], found[32] = "";
    kg_model *from = new_model(1), *to = new_model(2);
    kg_params *a = kg_model_params(from), *b = kg_model_params(to);
    kg_error err = KG_ERROR_INIT;
    const kg_loading strict = {.missing = NULL};
    const kg_loading noted = {.missing = note_shape, .context = found};
    make_test_folder(folder);
    write_variant(folder, from, &wider);
    kg_param *p = &b->table.data[kg_params_find(b, "cls.seq_relationship.bias")];
    assert_int_equal(kg_model_load(to, folder, &noted, &err), KG_ERR_FORMAT);
    p->of_task = true;
    assert_int_equal(kg_model_load(to, folder, &strict, &err), KG_ERR_FORMAT);
    assert_int_equal(kg_model_load(to, folder, &noted, &err), KG_OK);
    assert_string_equal(found, "(3)");
    assert_memory_equal(a->values, b->values, a->table.data[0].count * sizeof(float));
    kg_model_free(from);
    kg_model_free(to);
    remove_tree(folder);
}

static void expect_fault(const char *folder, const char *told) {
    kg_model *model = new_model(1);
    kg_error err = KG_ERROR_INIT;
    size_t missing = 0;
    const kg_loading loading = {.missing = count_missing, .context = &missing};
    assert_int_not_equal(kg_model_load(model, folder, &loading, &err), KG_OK);
    if (strstr(err.text, told) == NULL)
        fail_msg("told \"%s\", expected \"%s\"", err.text, told);
    kg_model_free(model);
}

static void test_what_is_no_checkpoint(void **state) {
    (void)state;
    char folder[PATH], path[PATH + 32];
    kg_error err = KG_ERROR_INIT;
    const float one = 1;
    const kg_tensor_out other = {"transformer.wte.weight", 1, {1}, &one};
    make_test_folder(folder);
    expect_fault(folder, "model.safetensors");
    snprintf(path, sizeof path, "%s/pytorch_model.bin", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    expect_fault(folder, "not a checkpoint of PyTorch: it is neither a zip nor a pickle");
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    assert_int_equal(kg_safetensors_write(path, &other, 1, &err), KG_OK);
    expect_fault(folder, "none of the model's tensors");
    remove_tree(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_another_head),
        cmocka_unit_test(test_what_is_no_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
