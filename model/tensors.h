/* Every tensor of the model, declared once, under the names of its checkpoint: those of Hugging
 * Face's BertForPreTraining, and smedbert.* for what reads the graph. */
#ifndef KG_MODEL_TENSORS_H
#define KG_MODEL_TENSORS_H

#include "model/model_config.h"
#include "model/params.h"

/* Self-attentive pooling of a span and its projection to the entities' dimension. */
typedef struct kg_mention_ids {
    kg_param_id span_weight, span_bias, weight, bias, gain, norm_bias;
} kg_mention_ids;

typedef struct kg_layer_ids {
    kg_param_id query_weight, key_weight, value_weight; /* adjacent: one (3 d1, d1) matrix */
    kg_param_id query_bias, key_bias, value_bias;       /* adjacent: one (3 d1) vector */
    kg_param_id attention_weight, attention_bias, attention_gain, attention_norm_bias;
    kg_param_id in_weight, in_bias, out_weight, out_bias, out_gain, out_norm_bias;
} kg_layer_ids;

typedef struct kg_infusion_ids {
    kg_mention_ids mention;
    kg_param_id type_query, type_key, type_score;
    kg_param_id node_query, node_key, node_value, node_value_bias;
    kg_param_id ffn_in, ffn_in_bias, ffn_out, neighbor_gain, neighbor_norm_bias;
    kg_param_id mix, mix_bias, expand, expand_bias, expand_gain, expand_norm_bias;
    kg_param_id gate, gate_bias, output, output_bias;
} kg_infusion_ids;

/* The graph's tables, where they are trained. */
typedef struct kg_table_ids {
    kg_param_id entities, relations, projections;
} kg_table_ids;

typedef struct kg_encoder_ids {
    kg_param_id word, position, segment, gain, norm_bias;
    kg_param_id projection_weight, projection_bias; /* where kg_model_config_projects */
    kg_layer_ids *layers;                           /* num_hidden_layers of them */
    kg_infusion_ids infusion;
    kg_table_ids tables;
} kg_encoder_ids;

typedef struct kg_heads_ids {
    kg_param_id transform_weight, transform_bias, transform_gain, transform_norm_bias;
    kg_param_id decoder_bias;
    kg_param_id pooler_weight, pooler_bias, order_weight, order_bias;
    kg_mention_ids context;
} kg_heads_ids;

/* The encoder, with the infusion and the graph's tables where the configuration has them.
 * ids->layers is allocated, and is the caller's to free also after a failure. */
kg_status kg_encoder_declare(kg_encoder_ids *ids, kg_params *params, const kg_model_config *config);

/* The pretraining heads, with the context's where a loss needs them. */
kg_status kg_heads_declare(kg_heads_ids *ids, kg_params *params, const kg_model_config *config);

#endif
