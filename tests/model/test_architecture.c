/* Checkpoints of other encoders that compute as BERT: their names and keys, positions that begin
 * later, no segments; what is missing and what is not taken. */
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

enum { D = 8, LAYERS = 2, POSITIONS = 6, TENSORS = 80, NAME = 128, PATH = 64 };

/* A checkpoint to write: every tensor a run of numbers that begins at its own place. */
typedef struct checkpoint {
    kg_tensor_out tensors[TENSORS];
    char names[TENSORS][NAME];
    size_t n;
} checkpoint;

static float numbers[4096];

static void add(checkpoint *c, const char *prefix, const char *name, uint64_t rows,
                uint64_t columns) {
    assert_true(c->n < TENSORS);
    assert_true(snprintf(c->names[c->n], NAME, "%s%s", prefix, name) < NAME);
    c->tensors[c->n] = (kg_tensor_out){.name = c->names[c->n],
                                       .dimensions = columns ? 2 : 1,
                                       .shape = {rows, columns},
                                       .data = numbers + 7 * c->n};
    c->n++;
}

static const float *values_of(const checkpoint *c, const char *name) {
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->names[i], name) == 0)
            return c->tensors[i].data;
    fail_msg("the test has no tensor %s", name);
    return NULL;
}

static void add_weight_and_bias(checkpoint *c, const char *prefix, const char *name, uint64_t rows,
                                uint64_t columns) {
    char full[NAME];
    assert_true(snprintf(full, sizeof full, "%s.weight", name) < NAME);
    add(c, prefix, full, rows, columns);
    assert_true(snprintf(full, sizeof full, "%s.bias", name) < NAME);
    add(c, prefix, full, rows, 0);
}

/* What a kind of checkpoint calls its tensors; those of a layer in the order of `shapes`. */
typedef struct kind {
    const char *config, *prefix, *layer, *names[8];
    uint64_t positions;
    bool segments;
} kind;

static const struct {
    const char *ours;
    uint64_t rows, columns;
} shapes[8] = {
    {"attention.self.query", D, D},       {"attention.self.key", D, D},
    {"attention.self.value", D, D},       {"attention.output.dense", D, D},
    {"attention.output.LayerNorm", D, 0}, {"intermediate.dense", 2 * D, D},
    {"output.dense", D, 2 * D},           {"output.LayerNorm", D, 0},
};

#define BERT_LAYER                                                                                 \
    {                                                                                              \
        "attention.self.query", "attention.self.key", "attention.self.value",                      \
            "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense",          \
            "output.dense", "output.LayerNorm"                                                     \
    }

#define SIZES                                                                                      \
    "\"vocab_size\": 9, \"hidden_size\": 8, \"num_hidden_layers\": 2, \"num_attention_heads\": 2," \
    "\"intermediate_size\": 16, "

static const kind kinds[] = {
    {"{\"model_type\": \"bert\", " SIZES "\"max_position_embeddings\": 6, \"type_vocab_size\": 2}",
     "bert.", "encoder.layer.", BERT_LAYER, POSITIONS, true},
    {"{" SIZES "\"max_position_embeddings\": 6, \"type_vocab_size\": 2}", "", "encoder.layer.",
     BERT_LAYER, POSITIONS, true},
    {"{\"model_type\": \"roberta\", " SIZES
     "\"max_position_embeddings\": 8, \"type_vocab_size\": 1}",
     "roberta.", "encoder.layer.", BERT_LAYER, POSITIONS + 2, true},
    {"{\"model_type\": \"electra\", " SIZES
     "\"embedding_size\": 8, \"max_position_embeddings\": 6, \"type_vocab_size\": 2}",
     "electra.", "encoder.layer.", BERT_LAYER, POSITIONS, true},
    {"{\"model_type\": \"distilbert\", \"vocab_size\": 9, \"dim\": 8, \"n_layers\": 2, "
     "\"n_heads\": "
     "2, \"hidden_dim\": 16, \"activation\": \"relu\", \"max_position_embeddings\": 6}",
     "distilbert.",
     "transformer.layer.",
     {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
      "ffn.lin1", "ffn.lin2", "output_layer_norm"},
     POSITIONS,
     false},
};

static void fill(checkpoint *c, const kind *k, uint32_t layers) {
    char name[NAME];
    c->n = 0;
    add(c, k->prefix, "embeddings.word_embeddings.weight", 9, D);
    add(c, k->prefix, "embeddings.position_embeddings.weight", k->positions, D);
    if (k->segments)
        add(c, k->prefix, "embeddings.token_type_embeddings.weight",
            strstr(k->config, "\"type_vocab_size\": 1") ? 1 : 2, D);
    add_weight_and_bias(c, k->prefix, "embeddings.LayerNorm", D, 0);
    for (uint32_t l = 0; l < layers; l++)
        for (size_t i = 0; i < 8; i++) {
            snprintf(name, sizeof name, "%s%u.%s", k->layer, l, k->names[i]);
            add_weight_and_bias(c, k->prefix, name, shapes[i].rows, shapes[i].columns);
        }
}

static void write_checkpoint(const char *folder, const checkpoint *c, const char *config) {
    char path[PATH + 32];
    kg_error err = KG_ERROR_INIT;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    assert_int_equal(kg_safetensors_write(path, c->tensors, c->n, &err), KG_OK);
    snprintf(path, sizeof path, "%s/config.json", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(config, file);
    fclose(file);
}

static kg_status load(kg_model **out, const char *folder, const kg_loading *loading,
                      kg_error *err) {
    kg_model_config config;
    *out = NULL;
    kg_status st = kg_model_config_load(&config, folder, err);
    config.infusion_after_layer = 0;
    if (st == KG_OK)
        st = kg_model_new(out, &config, KG_MODEL_ENCODER, err);
    if (st == KG_OK)
        st = kg_model_allocate(*out, false, 1, err);
    return st == KG_OK ? kg_model_load(*out, folder, loading, err) : st;
}

static void expect_values(kg_model *model, const char *name, const float *want) {
    const kg_params *params = kg_model_params(model);
    kg_param_id id = kg_params_find(params, name);
    assert_int_not_equal(id, KG_NO_PARAM);
    size_t size = params->table.data[id].count * sizeof(float);
    if (memcmp(kg_param_values(params, id), want, size) != 0)
        fail_msg("%s was not read as it is", name);
}

static void expect_all(kg_model *model, const checkpoint *c, const kind *k) {
    static const float zeros[2 * D];
    char ours[NAME], theirs[NAME];
    snprintf(theirs, sizeof theirs, "%sembeddings.position_embeddings.weight", k->prefix);
    expect_values(model, "bert.embeddings.position_embeddings.weight",
                  values_of(c, theirs) + (k->positions - POSITIONS) * D);
    snprintf(theirs, sizeof theirs, "%sembeddings.token_type_embeddings.weight", k->prefix);
    expect_values(model, "bert.embeddings.token_type_embeddings.weight",
                  k->segments ? values_of(c, theirs) : zeros);
    for (int l = 0; l < LAYERS; l++)
        for (size_t i = 0; i < 16; i++) {
            const char *ending = i % 2 ? "bias" : "weight";
            snprintf(ours, sizeof ours, "bert.encoder.layer.%d.%s.%s", l, shapes[i / 2].ours,
                     ending);
            snprintf(theirs, sizeof theirs, "%s%s%d.%s.%s", k->prefix, k->layer, l, k->names[i / 2],
                     ending);
            expect_values(model, ours, values_of(c, theirs));
        }
}

/* Each kind is read, and what is saved of it is a BERT with the same values. */
static void test_kinds(void **state) {
    (void)state;
    static checkpoint c;
    const kg_loading whole = {.missing = NULL};
    const kg_model_card card = {.architecture = "BertModel"};
    char folder[PATH];
    kg_error err = KG_ERROR_INIT;
    make_test_folder(folder);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        kg_model *model, *again;
        fill(&c, &kinds[i], LAYERS);
        write_checkpoint(folder, &c, kinds[i].config);
        if (load(&model, folder, &whole, &err) != KG_OK)
            fail_msg("%s: %s", kinds[i].config, err.text);
        assert_int_equal(kg_model_configuration(model)->max_position_embeddings, POSITIONS);
        expect_all(model, &c, &kinds[i]);
        assert_int_equal(kg_model_save(model, &card, folder, &err), KG_OK);
        assert_int_equal(load(&again, folder, &whole, &err), KG_OK);
        expect_all(again, &c, &kinds[i]);
        /* The one that was read from another kind reads what is saved of it, too. */
        assert_int_equal(kg_model_load(model, folder, &whole, &err), KG_OK);
        expect_all(model, &c, &kinds[i]);
        assert_int_equal(kg_model_configuration(again)->hidden_act,
                         kg_model_configuration(model)->hidden_act);
        kg_model_free(model);
        kg_model_free(again);
    }
    remove_tree(folder);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *config, *told;
    } cases[] = {
        {"{\"model_type\": \"albert\"}",
         "model_type is \"albert\", expected bert, roberta, electra or distilbert"},
        {"{\"hidden_act\": \"silu\"}", "hidden_act is \"silu\", expected gelu, gelu_new or relu"},
        {"{\"hidden_act\": 3}", "hidden_act is 3; expected a name"},
        {"{\"model_type\": \"distilbert\", \"dim\": \"8\"}",
         "hidden_size is \"8\"; expected a whole number"},
        {"{\"position_embedding_type\": \"relative_key\"}", "expected \"absolute\""},
        {"{\"model_type\": \"roberta\", \"max_position_embeddings\": 2}",
         "the first token has position 2"},
    };
    static checkpoint c;
    char folder[PATH];
    make_test_folder(folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_model_config config;
        kg_error err = KG_ERROR_INIT;
        fill(&c, &kinds[0], 1);
        write_checkpoint(folder, &c, cases[i].config);
        assert_int_not_equal(kg_model_config_load(&config, folder, &err), KG_OK);
        if (strstr(err.text, cases[i].told) == NULL)
            fail_msg("told \"%s\", expected \"%s\"", err.text, cases[i].told);
    }
    remove_tree(folder);
}

/* What was told of a loading. */
typedef struct told {
    size_t missing;
    char unused[640];
} told;

static void note_missing(void *context, const char *name, const char *found) {
    assert_null(found);
    assert_non_null(strstr(name, "encoder.layer.1."));
    ((told *)context)->missing++;
}

static void note_unused(void *context, const char *names) {
    told *t = context;
    assert_true(t->unused[0] == '\0'); /* once */
    snprintf(t->unused, sizeof t->unused, "%s", names);
}

/* A layer that is not there is an error that lists it, unless it may begin anew; what is not taken
 * is listed, in groups. */
static void test_missing_and_unused(void **state) {
    (void)state;
    static checkpoint c;
    told t = {.missing = 0};
    kg_loading loading = {.missing = note_missing, .unused = note_unused, .context = &t};
    char folder[PATH];
    kg_model *model;
    kg_error err = KG_ERROR_INIT;
    make_test_folder(folder);
    fill(&c, &kinds[3], 1);
    add(&c, "", "electra.embeddings.position_ids", 1, 6);
    add_weight_and_bias(&c, "", "discriminator_predictions.dense", D, D);
    add_weight_and_bias(&c, "", "electra.encoder.one_hop_mixer.mix", D, D);
    add(&c, "", "spare", 3, 0);
    write_checkpoint(folder, &c, kinds[3].config);
    assert_int_equal(load(&model, folder, &loading, &err), KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "the checkpoint lacks bert.encoder.layer.1.* (16); set "
                                  "allow_missing=true to let them begin anew");
    kg_model_free(model);
    loading.allow_missing = true;
    assert_int_equal(load(&model, folder, &loading, &err), KG_OK);
    assert_int_equal(t.missing, 16);
    assert_string_equal(t.unused, "discriminator_predictions.dense.* (2), "
                                  "electra.encoder.* (2), spare");
    expect_values(model, "bert.embeddings.word_embeddings.weight", numbers);
    kg_model_free(model);
    remove_tree(folder);
}

static void count(void *context, const char *name, const char *found) {
    (void)name;
    assert_null(found);
    ((told *)context)->missing++;
}

/* The authors' SMedBERT: its two_hop_mixer begins our hybrid attention where shapes are alike. */
static void test_upstream(void **state) {
    (void)state;
    static checkpoint c;
    static const char mixer[] = "bert.encoder.two_hop_mixer.";
    enum { D2 = 4 };
    told t = {.missing = 0};
    const kg_loading loading = {.missing = count, .unused = note_unused, .context = &t};
    char folder[PATH];
    kg_model *model;
    kg_model_config config;
    kg_error err = KG_ERROR_INIT;
    make_test_folder(folder);
    fill(&c, &kinds[0], LAYERS);
    add_weight_and_bias(&c, mixer, "one_two_hop_mix", 2 * D2, 2 * D2);
    add_weight_and_bias(&c, mixer, "update_gate", D, 2 * D);
    add(&c, mixer, "add_attention.q_proj.weight", D2, D2);
    add(&c, mixer, "bert2entity.weight", D2 + 1, D);
    add(&c, mixer, "span_extractor._global_attention._module.weight", 1, D);
    write_checkpoint(folder, &c, kinds[0].config);
    assert_int_equal(kg_model_config_load(&config, folder, &err), KG_OK);
    config.kg_entities = config.kg_relations = config.kg_types = 2;
    config.kg_entity_dim = config.kg_relation_dim = D2;
    config.infusion_after_layer = 1;
    assert_int_equal(kg_model_new(&model, &config, KG_MODEL_ENCODER, &err), KG_OK);
    assert_int_equal(kg_model_allocate(model, false, 1, &err), KG_OK);
    assert_int_equal(kg_model_load(model, folder, &loading, &err), KG_OK);
    expect_values(model, "smedbert.infusion.mix.bias",
                  values_of(&c, "bert.encoder.two_hop_mixer.one_two_hop_mix.bias"));
    expect_values(model, "smedbert.infusion.gate.weight",
                  values_of(&c, "bert.encoder.two_hop_mixer.update_gate.weight"));
    expect_values(model, "smedbert.infusion.type_query.weight",
                  values_of(&c, "bert.encoder.two_hop_mixer.add_attention.q_proj.weight"));
    assert_int_equal(t.missing, 28 - 6);
    assert_string_equal(t.unused, "bert.encoder.two_hop_mixer.bert2entity.weight");
    kg_model_free(model);
    remove_tree(folder);
}

static int number(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        numbers[i] = (float)i / 64;
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_missing_and_unused),
        cmocka_unit_test(test_upstream),
    };
    return cmocka_run_group_tests(tests, number, NULL);
}
