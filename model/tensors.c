#include "model/tensors.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define WEIGHT(type, field, name, rows, columns)                                                   \
    { name, rows, columns, offsetof(type, field), KG_PARAM_WEIGHT, false }
#define BIAS(type, field, name, rows)                                                              \
    { name, rows, 0, offsetof(type, field), KG_PARAM_BIAS, false }
#define GAIN(type, field, name, rows)                                                              \
    { name, rows, 0, offsetof(type, field), KG_PARAM_GAIN, false }
#define TABLE(type, field, name, rows, columns)                                                    \
    { name, rows, columns, offsetof(type, field), KG_PARAM_TABLE, false }
#define BEHIND(type, field, name, kind, rows, columns)                                             \
    { name, rows, columns, offsetof(type, field), kind, true }

#define ADD(ids, params, prefix, specs)                                                            \
    kg_params_add((ids), (params), (prefix), (specs), sizeof(specs) / sizeof *(specs))

static kg_status declare_layer(kg_layer_ids *ids, kg_params *params, const char *prefix,
                               const kg_model_config *c) {
    size_t d = c->hidden_size, ff = c->intermediate_size;
    const kg_param_spec specs[] = {
        WEIGHT(kg_layer_ids, query_weight, "attention.self.query.weight", d, d),
        BEHIND(kg_layer_ids, key_weight, "attention.self.key.weight", KG_PARAM_WEIGHT, d, d),
        BEHIND(kg_layer_ids, value_weight, "attention.self.value.weight", KG_PARAM_WEIGHT, d, d),
        BIAS(kg_layer_ids, query_bias, "attention.self.query.bias", d),
        BEHIND(kg_layer_ids, key_bias, "attention.self.key.bias", KG_PARAM_BIAS, d, 0),
        BEHIND(kg_layer_ids, value_bias, "attention.self.value.bias", KG_PARAM_BIAS, d, 0),
        WEIGHT(kg_layer_ids, attention_weight, "attention.output.dense.weight", d, d),
        BIAS(kg_layer_ids, attention_bias, "attention.output.dense.bias", d),
        GAIN(kg_layer_ids, attention_gain, "attention.output.LayerNorm.weight", d),
        BIAS(kg_layer_ids, attention_norm_bias, "attention.output.LayerNorm.bias", d),
        WEIGHT(kg_layer_ids, in_weight, "intermediate.dense.weight", ff, d),
        BIAS(kg_layer_ids, in_bias, "intermediate.dense.bias", ff),
        WEIGHT(kg_layer_ids, out_weight, "output.dense.weight", d, ff),
        BIAS(kg_layer_ids, out_bias, "output.dense.bias", d),
        GAIN(kg_layer_ids, out_gain, "output.LayerNorm.weight", d),
        BIAS(kg_layer_ids, out_norm_bias, "output.LayerNorm.bias", d),
    };
    return ADD(ids, params, prefix, specs);
}

static kg_status declare_mention(kg_mention_ids *ids, kg_params *params, const char *prefix,
                                 const kg_model_config *c) {
    size_t d1 = c->hidden_size, d2 = c->kg_entity_dim;
    const kg_param_spec specs[] = {
        WEIGHT(kg_mention_ids, span_weight, "span_attention.weight", 1, d1),
        BIAS(kg_mention_ids, span_bias, "span_attention.bias", 1),
        WEIGHT(kg_mention_ids, weight, "mention.weight", d2, d1),
        BIAS(kg_mention_ids, bias, "mention.bias", d2),
        GAIN(kg_mention_ids, gain, "mention_norm.weight", d2),
        BIAS(kg_mention_ids, norm_bias, "mention_norm.bias", d2),
    };
    return ADD(ids, params, prefix, specs);
}

static kg_status declare_infusion(kg_infusion_ids *ids, kg_params *params,
                                  const kg_model_config *c) {
    size_t d1 = c->hidden_size, d2 = c->kg_entity_dim;
    const kg_param_spec specs[] = {
        WEIGHT(kg_infusion_ids, type_query, "type_query.weight", d2, d2),
        WEIGHT(kg_infusion_ids, type_key, "type_key.weight", d2, d2),
        WEIGHT(kg_infusion_ids, type_score, "type_score.weight", 1, d2),
        WEIGHT(kg_infusion_ids, node_query, "node_query.weight", d2, d2),
        WEIGHT(kg_infusion_ids, node_key, "node_key.weight", d2, d2),
        WEIGHT(kg_infusion_ids, node_value, "node_value.weight", d2, d2),
        BIAS(kg_infusion_ids, node_value_bias, "node_value.bias", d2),
        WEIGHT(kg_infusion_ids, ffn_in, "ffn_in.weight", 4 * d2, d2),
        BIAS(kg_infusion_ids, ffn_in_bias, "ffn_in.bias", 4 * d2),
        WEIGHT(kg_infusion_ids, ffn_out, "ffn_out.weight", d2, 4 * d2),
        GAIN(kg_infusion_ids, neighbor_gain, "neighbor_norm.weight", d2),
        BIAS(kg_infusion_ids, neighbor_norm_bias, "neighbor_norm.bias", d2),
        WEIGHT(kg_infusion_ids, mix, "mix.weight", 2 * d2, 2 * d2),
        BIAS(kg_infusion_ids, mix_bias, "mix.bias", 2 * d2),
        WEIGHT(kg_infusion_ids, expand, "expand.weight", d1, 2 * d2),
        BIAS(kg_infusion_ids, expand_bias, "expand.bias", d1),
        GAIN(kg_infusion_ids, expand_gain, "expand_norm.weight", d1),
        BIAS(kg_infusion_ids, expand_norm_bias, "expand_norm.bias", d1),
        WEIGHT(kg_infusion_ids, gate, "gate.weight", d1, 2 * d1),
        BIAS(kg_infusion_ids, gate_bias, "gate.bias", d1),
        WEIGHT(kg_infusion_ids, output, "output.weight", d1, 2 * d1),
        BIAS(kg_infusion_ids, output_bias, "output.bias", d1),
    };
    kg_status st;
    KG_TRY(st, declare_mention(&ids->mention, params, "smedbert.infusion.", c));
    return ADD(ids, params, "smedbert.infusion.", specs);
}

static kg_status declare_tables(kg_table_ids *ids, kg_params *params, const kg_model_config *c) {
    size_t d2 = c->kg_entity_dim, dr = c->kg_relation_dim;
    const kg_param_spec specs[] = {
        TABLE(kg_table_ids, entities, "entity_embedding", c->kg_entities, d2),
        TABLE(kg_table_ids, relations, "relation_embedding", c->kg_relations, dr),
        TABLE(kg_table_ids, projections, "relation_projection", c->kg_relations, d2 * dr),
    };
    return ADD(ids, params, "kg.", specs);
}

kg_status kg_encoder_declare(kg_encoder_ids *ids, kg_params *params, const kg_model_config *c) {
    kg_status st;
    size_t d = c->hidden_size, e = kg_model_config_width(c);
    const kg_param_spec specs[] = {
        WEIGHT(kg_encoder_ids, word, "word_embeddings.weight", c->vocab_size, e),
        {"position_embeddings.weight", c->max_position_embeddings, e,
         offsetof(kg_encoder_ids, position), KG_PARAM_POSITION, false},
        WEIGHT(kg_encoder_ids, segment, "token_type_embeddings.weight", c->type_vocab_size, e),
        GAIN(kg_encoder_ids, gain, "LayerNorm.weight", e),
        BIAS(kg_encoder_ids, norm_bias, "LayerNorm.bias", e),
    };
    const kg_param_spec projection[] = {
        WEIGHT(kg_encoder_ids, projection_weight, "embeddings_project.weight", d, e),
        BIAS(kg_encoder_ids, projection_bias, "embeddings_project.bias", d),
    };
    ids->layers = calloc(c->num_hidden_layers, sizeof *ids->layers);
    if (ids->layers == NULL)
        return KG_ERR_MEMORY;
    KG_TRY(st, ADD(ids, params, "bert.embeddings.", specs));
    if (kg_model_config_projects(c))
        KG_TRY(st, ADD(ids, params, "bert.", projection));
    for (uint32_t i = 0; i < c->num_hidden_layers; i++) {
        char prefix[48];
        snprintf(prefix, sizeof prefix, "bert.encoder.layer.%u.", i);
        KG_TRY(st, declare_layer(&ids->layers[i], params, prefix, c));
    }
    if (kg_model_config_infuses(c))
        KG_TRY(st, declare_infusion(&ids->infusion, params, c));
    return kg_model_config_has_tables(c) ? declare_tables(&ids->tables, params, c) : KG_OK;
}

kg_status kg_heads_declare(kg_heads_ids *ids, kg_params *params, const kg_model_config *c) {
    kg_status st;
    size_t d = c->hidden_size, e = kg_model_config_width(c);
    const kg_param_spec specs[] = {
        WEIGHT(kg_heads_ids, pooler_weight, "bert.pooler.dense.weight", d, d),
        BIAS(kg_heads_ids, pooler_bias, "bert.pooler.dense.bias", d),
        WEIGHT(kg_heads_ids, transform_weight, "cls.predictions.transform.dense.weight", e, d),
        BIAS(kg_heads_ids, transform_bias, "cls.predictions.transform.dense.bias", e),
        GAIN(kg_heads_ids, transform_gain, "cls.predictions.transform.LayerNorm.weight", e),
        BIAS(kg_heads_ids, transform_norm_bias, "cls.predictions.transform.LayerNorm.bias", e),
        BIAS(kg_heads_ids, decoder_bias, "cls.predictions.bias", c->vocab_size),
        WEIGHT(kg_heads_ids, order_weight, "cls.seq_relationship.weight", 2, d),
        BIAS(kg_heads_ids, order_bias, "cls.seq_relationship.bias", 2),
    };
    KG_TRY(st, ADD(ids, params, "", specs));
    return kg_model_config_has_context(c)
               ? declare_mention(&ids->context, params, "smedbert.context.", c)
               : KG_OK;
}
