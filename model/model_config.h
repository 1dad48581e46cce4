/* What a model is: sizes and options, as they stand in a checkpoint's config.json. */
#ifndef KG_MODEL_MODEL_CONFIG_H
#define KG_MODEL_MODEL_CONFIG_H

#include "model/activation.h"
#include "model/architecture.h"

#include "kgstore/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct kg_model_config {
    const kg_architecture *architecture; /* of the checkpoint that it was read from; NULL: BERT's */
    /* The encoder; keys of Hugging Face's BertConfig. */
    uint32_t vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size;
    uint32_t max_position_embeddings, type_vocab_size;
    uint32_t pad_token_id;   /* told to others; batches here have no padding */
    uint32_t embedding_size; /* 0: as hidden_size; else the embeddings are projected to that */
    kg_activation hidden_act;
    double initializer_range; /* deviation of weights at the start */
    double layer_norm_eps, hidden_dropout_prob, attention_probs_dropout_prob;
    /* The graph's part; all zero where the model has none. */
    uint32_t kg_entities, kg_relations, kg_types;
    uint32_t kg_entity_dim, kg_relation_dim; /* d2, dr */
    uint32_t infusion_after_layer;           /* 1..L; 0: no hybrid attention */
    uint32_t neighbors;                      /* K, of a mention */
    bool pepr_neighbors;   /* the best by personalized PageRank, not by PageRank */
    bool type_attention;   /* false: the type's weight is 1 */
    bool type_mean;        /* a type is the mean of its neighbors, not the sum */
    bool trainable_tables; /* the graph's tables are parameters, not read from the store */
    /* Losses. */
    uint32_t mnem_negatives;
    double mnem_scale;                                       /* the factor of the cosine */
    double lambda_mlm, lambda_sop, lambda_mnem, lambda_mmem; /* 0: off */
} kg_model_config;

/* What other tools are told of a checkpoint. */
typedef struct kg_model_card {
    const char *architecture; /* the class of transformers that opens it: "BertForPreTraining" */
    const json_t *labels;     /* names of its outputs, in their order; NULL: it has none */
} kg_model_card;

/* One of the named sizes: tiny, mini, small, medium, base; everything else at its default, with a
 * vocabulary of 0 and no graph. KG_ERR_NOT_FOUND. */
kg_status kg_model_config_named(kg_model_config *out, const char *size);

/* "tiny, mini, small, medium, base". */
const char *kg_model_config_names(void);

/* The default place of the hybrid attention: after 5/6 of the layers. */
uint32_t kg_infusion_default(uint32_t layers);

/* Read the keys that `object` has over what *config holds; unknown keys are ignored, since others'
 * config.json has many. KG_ERR_FORMAT: a key of the wrong type. */
kg_status kg_model_config_read(kg_model_config *config, const json_t *object, kg_error *err);

/* A new JSON object of all keys, with what other tools expect of a BERT: architectures, and of a
 * card with labels id2label and label2id. NULL: no memory. */
json_t *kg_model_config_write(const kg_model_config *config, const kg_model_card *card);

/* Sizes that fit together? KG_ERR_ARGUMENT names what does not. */
kg_status kg_model_config_check(const kg_model_config *config, kg_error *err);

/* Columns of the embeddings. */
static inline uint32_t kg_model_config_width(const kg_model_config *config) {
    return config->embedding_size ? config->embedding_size : config->hidden_size;
}

static inline bool kg_model_config_projects(const kg_model_config *config) {
    return kg_model_config_width(config) != config->hidden_size;
}

/* Does the model read neighbors: has it hybrid attention, or a loss that needs them? */
static inline bool kg_model_config_infuses(const kg_model_config *config) {
    return config->kg_entity_dim > 0 && config->infusion_after_layer > 0;
}

/* Are the graph's tables among its parameters? */
static inline bool kg_model_config_has_tables(const kg_model_config *config) {
    return config->kg_entity_dim > 0 && config->trainable_tables;
}

static inline bool kg_model_config_has_context(const kg_model_config *config) {
    return config->kg_entity_dim > 0 && (config->lambda_mnem > 0 || config->lambda_mmem > 0);
}

#endif
