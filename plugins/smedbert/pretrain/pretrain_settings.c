#include "plugins/smedbert/pretrain/pretrain_settings.h"

#include "model/model.h"

#include <stdlib.h>
#include <string.h>

static uint32_t natural(const json_t *json, const char *key) {
    return (uint32_t)json_integer_value(json_object_get(json, key));
}

static double real(const json_t *json, const char *key) {
    return json_number_value(json_object_get(json, key));
}

static bool truth(const json_t *json, const char *key) {
    return json_is_true(json_object_get(json, key));
}

static const char *text(const json_t *json, const char *key) {
    return json_string_value(json_object_get(json, key));
}

/* The strings of a list; the array is the caller's to free, the strings are json's. */
static kg_status read_paths(kg_examples_options *options, const json_t *list) {
    size_t n = json_array_size(list);
    const char **paths = calloc(n + 1, sizeof *paths);
    if (paths == NULL)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        paths[i] = json_string_value(json_array_get(list, i));
    options->paths = paths;
    options->n_paths = n;
    return KG_OK;
}

static kg_graph_options read_graph(const json_t *json, bool kg) {
    const char *weights = text(json, "neighbor_weights");
    return (kg_graph_options){
        .neighbors = kg ? natural(json, "neighbors") : 0,
        .weights = weights && strcmp(weights, "pepr") == 0 ? KGP_PEPR : KGP_PAGERANK,
        .needs_tables = kg,
        .keeps_types = kg,
    };
}

static kg_documents read_documents(const char *name) {
    return name && strcmp(name, "start") == 0    ? KG_DOCUMENTS_START
           : name && strcmp(name, "random") == 0 ? KG_DOCUMENTS_RANDOM
                                                 : KG_DOCUMENTS_CHUNKS;
}

static kgp_corpus_format read_format(const char *name) {
    return name && strcmp(name, "sentences") == 0 ? KGP_SENTENCES
           : name && strcmp(name, "jsonl") == 0   ? KGP_JSONL
                                                  : KGP_LINES;
}

static kg_example_options read_example(const json_t *json) {
    kg_example_options e = KG_EXAMPLE_OPTIONS_INIT;
    e.max_len = natural(json, "max_len");
    e.min_chars = natural(json, "min_chars");
    e.documents = read_documents(text(json, "documents"));
    e.mask_rate = real(json, "mask_rate");
    e.max_predictions = natural(json, "max_predictions");
    e.mention_share = real(json, "mention_share");
    e.context_share = real(json, "context_share");
    e.negatives = natural(json, "mnem_negatives");
    return e;
}

static kg_status read_streams(kg_pretrain_settings *s, const json_t *json) {
    kg_status st;
    kg_examples_options options = KG_EXAMPLES_OPTIONS_INIT;
    options.seed = s->seed;
    options.linked = truth(json, "linked");
    options.format = read_format(text(json, "corpus_format"));
    options.threads = natural(json, "builder_threads");
    options.tokens_per_batch = natural(json, "tokens_per_batch");
    options.tokens_per_micro = natural(json, "tokens_per_micro_batch");
    options.window = natural(json, "shuffle_window");
    options.example = read_example(json);
    s->train = s->dev = options;
    s->dev.window = 0;
    s->dev.example.mask_rate = real(json, "dev_mask_rate");
    s->dev.epochs = 1;
    s->dev.seed = 0;
    KG_TRY(st, read_paths(&s->train, json_object_get(json, "corpus")));
    return read_paths(&s->dev, json_object_get(json, "dev"));
}

static kg_status check(const kg_pretrain_settings *s, kg_error *err) {
    if (s->vocab == NULL && s->init == NULL)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "name the vocabulary (vocab) or a checkpoint that has one (init)");
    if (s->train.tokens_per_batch < s->train.example.max_len)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "tokens_per_batch %u is below max_len %u: no example would fit",
                            s->train.tokens_per_batch, s->train.example.max_len);
    if (s->train.tokens_per_micro > 0 && s->train.tokens_per_micro < s->train.example.max_len)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "tokens_per_micro_batch %u is below max_len %u: no example would fit",
                            s->train.tokens_per_micro, s->train.example.max_len);
    return KG_OK;
}

kg_status kg_pretrain_settings_parse(kg_pretrain_settings *s, const char *json_text,
                                     kg_error *err) {
    json_error_t fault;
    kg_status st;
    *s = (kg_pretrain_settings){.json = json_loads(json_text, 0, &fault)};
    const json_t *json = s->json, *run = json_object_get(json, "run");
    if (json == NULL)
        return kg_error_set(err, KG_ERR_FORMAT, "the configuration is not JSON: %s", fault.text);
    s->vocab = text(json, "vocab");
    s->init = text(json, "init");
    s->stop_list = text(json, "stop_list");
    s->size = text(json, "size");
    s->cased = truth(json, "cased");
    s->kg = truth(json, "kg");
    s->graph = read_graph(json, s->kg);
    s->dev_tokens = natural(json, "dev_tokens");
    kg_optimizer_read(&s->optimizer, json);
    s->precision = text(json, "precision");
    s->local_layers = natural(json, "local_layers");
    s->allow_missing = truth(json, "allow_missing");
    s->seed = natural(run, "seed");
    s->steps = natural(run, "steps");
    s->epochs = real(run, "epochs");
    s->threads = (int)natural(run, "threads");
    KG_TRY(st, read_streams(s, json));
    return check(s, err);
}

void kg_pretrain_settings_free(kg_pretrain_settings *s) {
    free((void *)s->train.paths);
    free((void *)s->dev.paths);
    json_decref(s->json);
    *s = (kg_pretrain_settings){.json = NULL};
}

kg_session_source kg_pretrain_source(const kg_pretrain_settings *s) {
    return (kg_session_source){.vocab = s->vocab,
                               .folder = s->init,
                               .cased = s->cased,
                               .graph = s->graph,
                               .stop_list = s->stop_list};
}

kg_status kg_pretrain_model_config(kg_model_config *out, const kg_pretrain_settings *s,
                                   kg_error *err) {
    const json_t *json = s->json;
    kg_status st;
    if (s->init != NULL) {
        KG_TRY(st, kg_model_config_load(out, s->init, err));
    } else {
        KG_TRY(st, kg_model_config_named(out, s->size));
        out->max_position_embeddings = natural(json, "max_positions");
        out->initializer_range = real(json, "initializer_range");
    }
    uint32_t after = natural(json, "infusion_after_layer");
    const char *aggregation = text(json, "type_aggregation");
    out->hidden_dropout_prob = real(json, "hidden_dropout");
    out->attention_probs_dropout_prob = real(json, "attention_dropout");
    out->infusion_after_layer = after ? after : kg_infusion_default(out->num_hidden_layers);
    if (!s->kg || !truth(json, "hybrid_attention"))
        out->infusion_after_layer = 0;
    if (!s->kg)
        out->kg_entities = out->kg_relations = out->kg_types = out->kg_entity_dim =
            out->kg_relation_dim = 0;
    out->neighbors = s->graph.neighbors;
    out->pepr_neighbors = s->kg && s->graph.weights == KGP_PEPR;
    out->type_attention = truth(json, "type_attention");
    out->type_mean = aggregation && strcmp(aggregation, "mean") == 0;
    /* A checkpoint with tables of its own keeps them. */
    out->trainable_tables = s->kg && (out->trainable_tables || truth(json, "trainable_tables"));
    out->mnem_negatives = natural(json, "mnem_negatives");
    out->mnem_scale = real(json, "mnem_scale");
    out->lambda_mlm = truth(json, "mlm") ? 1 : 0;
    out->lambda_sop = truth(json, "sop") ? 1 : 0;
    out->lambda_mnem = s->kg && truth(json, "mnem") ? real(json, "lambda_mnem") : 0;
    out->lambda_mmem = s->kg && truth(json, "mmem") ? real(json, "lambda_mmem") : 0;
    if (s->train.example.max_len > out->max_position_embeddings)
        return kg_error_set(err, KG_ERR_ARGUMENT, "max_len %u is beyond the encoder's %u positions",
                            s->train.example.max_len, out->max_position_embeddings);
    return KG_OK;
}
