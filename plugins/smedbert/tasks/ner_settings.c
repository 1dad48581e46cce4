#include "plugins/smedbert/tasks/ner_settings.h"

#include "kgstore/base/outfile.h"
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

/* ---- What a checkpoint keeps ---------------------------------------------------------------- */

static json_t *types_to_json(const kg_tagset *set) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < set->types.len; i++)
        json_array_append_new(list, json_string(set->types.data[i]));
    return list;
}

kg_status kg_ner_setup_write(const kg_ner_setup *setup, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    kg_outfile *file;
    kg_status st;
    const kg_ner_window_options *w = &setup->windows;
    snprintf(path, sizeof path, "%s/ner.json", folder);
    json_t *object = json_pack(
        "{s:o, s:f, s:f, s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:s, s:b, s:b, s:b, s:I}", "types",
        types_to_json(&setup->set), "entity_bias", (double)setup->reading.bias, "sparse_share",
        (double)setup->reading.share, "characters", setup->characters, "crf", setup->crf, "kg",
        setup->kg, "cased", setup->cased, "graph_types", (json_int_t)setup->graph_types, "max_len",
        (json_int_t)w->max_len, "neighbors", (json_int_t)setup->graph.neighbors, "neighbor_weights",
        setup->graph.weights == KGP_PEPR ? "pepr" : "pagerank", "mention_features",
        w->mention_features, "all_names", w->all_names, "sparse_features", setup->sparse, "bigrams",
        (json_int_t)w->bigrams);
    char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;
    json_decref(object);
    if (!text)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing %s", path);
    st = kg_outfile_open(&file, path, err);
    if (st == KG_OK) {
        fprintf(kg_outfile_stream(file), "%s\n", text);
        st = kg_outfile_commit(file, err);
    }
    free(text);
    return st;
}

static kg_graph_options graph_options(uint32_t neighbors, const char *weights) {
    return (kg_graph_options){
        .neighbors = neighbors,
        .weights = weights && strcmp(weights, "pepr") == 0 ? KGP_PEPR : KGP_PAGERANK,
        .needs_tables = neighbors > 0,
        .keeps_types = true,
    };
}

static kg_status setup_from_json(kg_ner_setup *out, const json_t *object, const char *path,
                                 kg_error *err) {
    json_t *types;
    const char *weights;
    int characters, crf, kg, cased, mention_features, all_names, sparse;
    double bias, share;
    json_int_t graph_types, max_len, neighbors, bigrams;
    json_error_t fault;
    if (json_unpack_ex(
            (json_t *)object, &fault, 0,
            "{s:o, s:F, s:F, s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:s, s:b, s:b, s:b, s:I}", "types",
            &types, "entity_bias", &bias, "sparse_share", &share, "characters", &characters, "crf",
            &crf, "kg", &kg, "cased", &cased, "graph_types", &graph_types, "max_len", &max_len,
            "neighbors", &neighbors, "neighbor_weights", &weights, "mention_features",
            &mention_features, "all_names", &all_names, "sparse_features", &sparse, "bigrams",
            &bigrams) != 0 ||
        json_array_size(types) == 0 || !isfinite((float)bias) || !(share >= 0 && share <= 1) ||
        max_len < 8 || max_len > UINT16_MAX || neighbors < 0 || neighbors > KG_MOST_NEIGHBORS ||
        bigrams < 0 || bigrams > 1 << 24 || graph_types < 0 || graph_types > UINT16_MAX)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "is not what kg ner train writes; train anew");
    out->reading = (kg_ner_reading){(float)bias, (float)share};
    out->characters = characters;
    out->crf = crf;
    out->kg = kg;
    out->cased = cased;
    out->sparse = sparse;
    out->graph_types = (uint32_t)graph_types;
    out->graph = graph_options((uint32_t)neighbors, weights);
    out->windows = (kg_ner_window_options){
        .max_len = (uint32_t)max_len,
        .mention_features = mention_features,
        .all_names = all_names,
        .bigrams = (uint32_t)bigrams,
    };
    size_t i;
    json_t *type;
    json_array_foreach(types, i, type) {
        kg_str name = {json_string_value(type), json_string_length(type)};
        if (!name.data)
            return kg_error_at(err, KG_ERR_FORMAT, path, 0, "\"types\" must be a list of strings");
        if (kg_tagset_add(&out->set, name, NULL) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    }
    return KG_OK;
}

kg_status kg_ner_setup_read(kg_ner_setup *out, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    json_error_t fault;
    *out = (kg_ner_setup){.set = KG_TAGSET_INIT};
    snprintf(path, sizeof path, "%s/ner.json", folder);
    json_t *object = json_load_file(path, 0, &fault);
    if (!object)
        return kg_error_at(err, fault.line < 0 ? KG_ERR_NOT_FOUND : KG_ERR_FORMAT, path,
                           fault.line > 0 ? (uint64_t)fault.line : 0,
                           "%s; expected a checkpoint of kg ner train, such as OUT/best",
                           fault.text);
    kg_status st = setup_from_json(out, object, path, err);
    json_decref(object);
    return st;
}

/* ---- The configuration ---------------------------------------------------------------------- */

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static bool truth(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

static uint32_t count(const json_t *object, const char *key) {
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static void read_setup(kg_ner_setup *setup, const json_t *o) {
    setup->crf = truth(o, "crf");
    setup->stop_list = text(o, "stop_list");
    setup->kg = truth(o, "kg");
    setup->cased = truth(o, "cased");
    setup->sparse = truth(o, "sparse_features");
    setup->reading.share = setup->sparse ? 0.5F : 0;
    setup->graph =
        graph_options(setup->kg && truth(o, "hybrid_attention") ? count(o, "neighbors") : 0,
                      text(o, "neighbor_weights"));
    setup->windows = (kg_ner_window_options){
        .max_len = count(o, "max_len"),
        .mention_features = setup->kg && truth(o, "mention_features"),
        .all_names = setup->kg && truth(o, "all_names"),
        .bigrams = count(o, "bigrams"),
    };
}

static void read_run(kg_ner_settings *s, const json_t *run) {
    s->seed = (uint64_t)json_integer_value(json_object_get(run, "seed"));
    s->steps = (uint64_t)json_integer_value(json_object_get(run, "steps"));
    s->epochs = number(run, "epochs");
    s->threads = (int)json_integer_value(json_object_get(run, "threads"));
}

static kg_status check(const kg_ner_settings *s, kg_error *err) {
    if (!s->init && !s->vocab)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "neither init nor vocab is given; name a checkpoint to start from, or a "
            "vocabulary to start from nothing");
    if (s->tokens_per_batch < s->setup.windows.max_len)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "tokens_per_batch is %u, less than max_len, %u; a batch must hold a "
                            "window",
                            s->tokens_per_batch, s->setup.windows.max_len);
    if (s->tokens_per_micro > 0 && s->tokens_per_micro < s->setup.windows.max_len)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "tokens_per_micro_batch is %u, less than max_len, %u; it must hold a "
                            "window",
                            s->tokens_per_micro, s->setup.windows.max_len);
    return KG_OK;
}

kg_status kg_ner_settings_parse(kg_ner_settings *out, const char *json, kg_error *err) {
    json_error_t fault;
    *out = (kg_ner_settings){.json = json_loads(json, 0, &fault)};
    const json_t *o = out->json;
    if (!o)
        return kg_error_set(err, KG_ERR_FORMAT, "the configuration: %s", fault.text);
    out->init = text(o, "init");
    out->vocab = text(o, "vocab");
    out->size = text(o, "size");
    out->train = text(o, "train");
    out->dev = text(o, "dev");
    out->test = text(o, "test");
    out->dev_split = number(o, "dev_split");
    read_setup(&out->setup, o);
    out->tokens_per_batch = count(o, "tokens_per_batch");
    out->tokens_per_micro = count(o, "tokens_per_micro_batch");
    kg_optimizer_read(&out->optimizer, o);
    out->precision = text(o, "precision");
    out->head_rate = number(o, "head_learning_rate");
    out->feature_rate = number(o, "feature_learning_rate");
    out->tune_reading = truth(o, "tune_reading");
    out->sparse = (kg_sparse_fitting){.min_count = count(o, "sparse_min_count"),
                                      .l1 = number(o, "sparse_l1"),
                                      .l2 = number(o, "sparse_l2"),
                                      .iterations = count(o, "sparse_iterations")};
    out->dropout = number(o, "dropout");
    out->hidden_dropout = number(o, "hidden_dropout");
    out->attention_dropout = number(o, "attention_dropout");
    read_run(out, json_object_get(o, "run"));
    return check(out, err);
}

void kg_ner_settings_free(kg_ner_settings *settings) {
    kg_tagset_free(&settings->setup.set);
    json_decref(settings->json);
    settings->json = NULL;
}

kg_status kg_ner_model_config(kg_model_config *out, const kg_ner_settings *s, kg_error *err) {
    kg_status st;
    if (s->init)
        KG_TRY(st, kg_model_config_load(out, s->init, err));
    else
        KG_TRY(st, kg_model_config_named(out, s->size));
    out->hidden_dropout_prob = s->hidden_dropout;
    out->attention_probs_dropout_prob = s->attention_dropout;
    out->kg_entities = out->kg_relations = out->kg_types = 0;
    out->kg_entity_dim = out->kg_relation_dim = 0;
    out->neighbors = s->setup.graph.neighbors;
    out->pepr_neighbors = s->setup.graph.weights == KGP_PEPR;
    if (!s->init && s->setup.windows.max_len > out->max_position_embeddings)
        out->max_position_embeddings = s->setup.windows.max_len;
    if (s->setup.windows.max_len > out->max_position_embeddings)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "max_len is %u; the checkpoint has %u positions: set max_len to that",
                            s->setup.windows.max_len, out->max_position_embeddings);
    return KG_OK;
}
