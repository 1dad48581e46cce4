#include "model/model_config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum key_kind { KEY_U32, KEY_REAL, KEY_BOOL, KEY_ACTIVATION } key_kind;

typedef struct key {
    const char *name;
    key_kind kind;
    size_t offset;
} key;

#define U32(field)                                                                                 \
    { #field, KEY_U32, offsetof(kg_model_config, field) }
#define REAL(field)                                                                                \
    { #field, KEY_REAL, offsetof(kg_model_config, field) }
#define BOOL(field)                                                                                \
    { #field, KEY_BOOL, offsetof(kg_model_config, field) }

static const key keys[] = {
    U32(vocab_size),
    U32(hidden_size),
    U32(num_hidden_layers),
    U32(num_attention_heads),
    U32(intermediate_size),
    U32(max_position_embeddings),
    U32(type_vocab_size),
    U32(pad_token_id),
    U32(embedding_size),
    {"hidden_act", KEY_ACTIVATION, offsetof(kg_model_config, hidden_act)},
    REAL(initializer_range),
    REAL(layer_norm_eps),
    REAL(hidden_dropout_prob),
    REAL(attention_probs_dropout_prob),
    U32(kg_entities),
    U32(kg_relations),
    U32(kg_types),
    U32(kg_entity_dim),
    U32(kg_relation_dim),
    U32(infusion_after_layer),
    U32(neighbors),
    BOOL(pepr_neighbors),
    BOOL(type_attention),
    BOOL(type_mean),
    BOOL(trainable_tables),
    U32(mnem_negatives),
    REAL(mnem_scale),
    REAL(lambda_mlm),
    REAL(lambda_sop),
    REAL(lambda_mnem),
    REAL(lambda_mmem),
};

enum { KEYS = sizeof keys / sizeof *keys };

static const struct {
    const char *name;
    uint32_t layers, hidden;
} sizes[] = {
    {"tiny", 2, 128}, {"mini", 4, 256}, {"small", 4, 512}, {"medium", 8, 512}, {"base", 12, 768},
};

const char *kg_model_config_names(void) {
    return "tiny, mini, small, medium, base";
}

uint32_t kg_infusion_default(uint32_t layers) {
    uint32_t after = 5 * layers / 6;
    return after > 0 ? after : 1;
}

kg_status kg_model_config_named(kg_model_config *out, const char *size) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (strcmp(sizes[i].name, size) != 0)
            continue;
        *out = (kg_model_config){
            .hidden_size = sizes[i].hidden,
            .num_hidden_layers = sizes[i].layers,
            .num_attention_heads = sizes[i].hidden / 64,
            .intermediate_size = 4 * sizes[i].hidden,
            .max_position_embeddings = 512,
            .type_vocab_size = 2,
            .initializer_range = 0.02,
            .layer_norm_eps = 1e-12,
            .hidden_dropout_prob = 0.1,
            .attention_probs_dropout_prob = 0.1,
            .infusion_after_layer = kg_infusion_default(sizes[i].layers),
            .neighbors = 10,
            .type_attention = true,
            .mnem_negatives = 16,
            .mnem_scale = 10,
            .lambda_mlm = 1,
            .lambda_sop = 1,
            .lambda_mnem = 2,
            .lambda_mmem = 4,
        };
        return KG_OK;
    }
    return KG_ERR_NOT_FOUND;
}

static kg_status wrong_kind(const char *name, const json_t *value, const char *expected,
                            kg_error *err) {
    char *found = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    kg_status st = kg_error_set(err, KG_ERR_FORMAT, "%s is %.60s; expected %s", name,
                                found ? found : "of another kind", expected);
    free(found);
    return st;
}

static kg_status read_key(void *field, key_kind kind, const char *name, const json_t *value,
                          kg_error *err) {
    switch (kind) {
    case KEY_U32:
        if (!json_is_integer(value) || json_integer_value(value) < 0 ||
            json_integer_value(value) > INT32_MAX)
            return wrong_kind(name, value, "a whole number from 0 to 2^31 - 1", err);
        *(uint32_t *)field = (uint32_t)json_integer_value(value);
        return KG_OK;
    case KEY_REAL:
        if (!json_is_number(value))
            return wrong_kind(name, value, "a number", err);
        *(double *)field = json_number_value(value);
        return KG_OK;
    case KEY_BOOL:
        if (!json_is_boolean(value))
            return wrong_kind(name, value, "true or false", err);
        *(bool *)field = json_is_true(value);
        return KG_OK;
    case KEY_ACTIVATION:
        if (!json_is_string(value))
            return wrong_kind(name, value, "a name", err);
        if (!kg_activation_named(field, json_string_value(value)))
            return kg_error_set(err, KG_ERR_UNSUPPORTED,
                                "%s is \"%s\", expected gelu, gelu_new or relu", name,
                                json_string_value(value));
        return KG_OK;
    }
    return KG_ERR_ARGUMENT;
}

kg_status kg_model_config_read(kg_model_config *config, const json_t *object, kg_error *err) {
    for (size_t i = 0; i < KEYS; i++) {
        const json_t *value = json_object_get(object, keys[i].name);
        kg_status st;
        if (value != NULL && !json_is_null(value))
            KG_TRY(st, read_key((char *)config + keys[i].offset, keys[i].kind, keys[i].name, value,
                                err));
    }
    return KG_OK;
}

static json_t *write_key(const void *field, key_kind kind) {
    switch (kind) {
    case KEY_U32:
        return json_integer(*(const uint32_t *)field);
    case KEY_REAL:
        return json_real(*(const double *)field);
    case KEY_BOOL:
        return json_boolean(*(const bool *)field);
    case KEY_ACTIVATION:
        return json_string(kg_activation_name(*(const kg_activation *)field));
    }
    return NULL;
}

/* id2label {"0": "O", ...} and label2id {"O": 0, ...}. */
static int write_labels(json_t *object, const json_t *labels) {
    json_t *names = json_object(), *ids = json_object(), *label;
    int failed = names == NULL || ids == NULL;
    size_t i;
    json_array_foreach((json_t *)labels, i, label) {
        char id[24];
        snprintf(id, sizeof id, "%zu", i);
        failed |= json_object_set(names, id, label) |
                  json_object_set_new(ids, json_string_value(label), json_integer((json_int_t)i));
    }
    return failed | json_object_set_new(object, "id2label", names) |
           json_object_set_new(object, "label2id", ids);
}

json_t *kg_model_config_write(const kg_model_config *config, const kg_model_card *card) {
    json_t *object = json_pack("{s:s, s:[s], s:s}", "model_type", "bert", "architectures",
                               card->architecture, "position_embedding_type", "absolute");
    int failed = object == NULL || (card->labels && write_labels(object, card->labels) != 0);
    for (size_t i = 0; i < KEYS && !failed; i++) {
        if (keys[i].offset == offsetof(kg_model_config, embedding_size) &&
            !kg_model_config_projects(config))
            continue;
        failed = json_object_set_new(
            object, keys[i].name, write_key((const char *)config + keys[i].offset, keys[i].kind));
    }
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

kg_status kg_model_config_check(const kg_model_config *c, kg_error *err) {
    if (c->vocab_size == 0 || c->hidden_size == 0 || c->num_hidden_layers == 0 ||
        c->intermediate_size == 0 || c->max_position_embeddings == 0 || c->type_vocab_size == 0)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found vocab_size %u, hidden_size %u, num_hidden_layers %u, intermediate_size %u, "
            "max_position_embeddings %u, type_vocab_size %u; expected 1 or more of each",
            c->vocab_size, c->hidden_size, c->num_hidden_layers, c->intermediate_size,
            c->max_position_embeddings, c->type_vocab_size);
    if (c->num_attention_heads == 0 || c->hidden_size % c->num_attention_heads != 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found hidden_size %u and num_attention_heads %u; expected a multiple",
                            c->hidden_size, c->num_attention_heads);
    if (c->infusion_after_layer > c->num_hidden_layers)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found infusion_after_layer %u; expected at most the encoder's %u layers",
            c->infusion_after_layer, c->num_hidden_layers);
    if (!(c->hidden_dropout_prob >= 0 && c->hidden_dropout_prob < 1) ||
        !(c->attention_probs_dropout_prob >= 0 && c->attention_probs_dropout_prob < 1))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found hidden_dropout_prob %g and attention_probs_dropout_prob %g; "
                            "expected 0 to below 1",
                            c->hidden_dropout_prob, c->attention_probs_dropout_prob);
    if (kg_model_config_projects(c) && c->kg_entity_dim > 0 && c->lambda_mmem > 0)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "mention modeling compares mentions with the embeddings of words, which "
            "have %u columns here, not the hidden_size of %u; set mmem=false",
            kg_model_config_width(c), c->hidden_size);
    if (!(c->layer_norm_eps > 0) || !(c->mnem_scale > 0))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found layer_norm_eps %g and mnem_scale %g; expected more than 0",
                            c->layer_norm_eps, c->mnem_scale);
    if (c->lambda_mlm < 0 || c->lambda_sop < 0 || c->lambda_mnem < 0 || c->lambda_mmem < 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found lambda_mlm %g, lambda_sop %g, lambda_mnem %g, lambda_mmem %g; "
                            "expected 0 or more",
                            c->lambda_mlm, c->lambda_sop, c->lambda_mnem, c->lambda_mmem);
    return KG_OK;
}
