#include "model/model.h"

#include "model/ops_cpu.h"
#include "model/positions.h"

#include "kgstore/base/outfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kg_model {
    kg_model_config config;
    kg_params params;
    kg_encoder_ids encoder;
    kg_heads_ids heads;
    bool has_heads;
    const float *table_blocks[3]; /* of trained tables: one block each */
};

kg_status kg_model_new(kg_model **out, const kg_model_config *config, kg_model_parts parts,
                       kg_error *err) {
    kg_status st;
    *out = NULL;
    KG_TRY(st, kg_model_config_check(config, err));
    kg_model *model = calloc(1, sizeof *model);
    if (model == NULL)
        return KG_ERR_MEMORY;
    model->config = *config;
    model->params.backend = &kg_cpu;
    model->params.deviation = config->initializer_range;
    model->has_heads = parts == KG_MODEL_HEADS;
    st = kg_encoder_declare(&model->encoder, &model->params, &model->config);
    if (st == KG_OK && model->has_heads)
        st = kg_heads_declare(&model->heads, &model->params, &model->config);
    if (st != KG_OK) {
        kg_model_free(model);
        return st;
    }
    *out = model;
    return KG_OK;
}

void kg_model_free(kg_model *model) {
    if (model == NULL)
        return;
    free(model->encoder.layers);
    kg_params_free(&model->params);
    free(model);
}

kg_params *kg_model_params(kg_model *model) {
    return &model->params;
}

const kg_model_config *kg_model_configuration(const kg_model *model) {
    return &model->config;
}

kg_encoder kg_model_encoder(const kg_model *model) {
    return (kg_encoder){&model->config, &model->params, &model->encoder};
}

const kg_heads_ids *kg_model_heads(const kg_model *model) {
    return model->has_heads ? &model->heads : NULL;
}

void kg_model_use(kg_model *model, const kg_backend *backend) {
    model->params.backend = backend;
}

size_t kg_model_bytes(const kg_model *model, bool training) {
    return kg_params_bytes(&model->params, training);
}

kg_status kg_model_allocate(kg_model *model, bool training, uint64_t seed, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_params_allocate(&model->params, training, err));
    return kg_params_begin(&model->params, seed);
}

/* One table: its rows into the parameter, and the parameter in its place. */
static kg_status take_table(kg_rows *table, kg_model *model, kg_param_id id, const float **block,
                            kg_error *err) {
    const kg_param *p = &model->params.table.data[id];
    float *values = kg_param_values(&model->params, id);
    if (table->rows != p->rows || table->columns != p->columns)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "%s is of %zu x %zu, the graph's table of %zu x %zu", p->name, p->rows,
                            p->columns, table->rows, table->columns);
    const kg_backend *be = model->params.backend;
    float *view = be->map(values, p->count * sizeof *view);
    if (view == NULL)
        return KG_ERR_MEMORY;
    for (size_t r = 0; r < p->rows; r++)
        memcpy(view + r * p->columns, kg_row(table, r), p->columns * sizeof *view);
    be->unmap(values, view, p->count * sizeof *view, true);
    *block = values;
    *table = kg_rows_of(block, p->rows, p->columns, kg_param_gradients(&model->params, id));
    return KG_OK;
}

kg_status kg_model_take_tables(kg_graph_tables *tables, kg_model *model, kg_error *err) {
    const kg_table_ids *ids = &model->encoder.tables;
    const float **blocks = model->table_blocks;
    kg_status st;
    if (!kg_model_config_has_tables(&model->config))
        return KG_OK;
    KG_TRY(st, take_table(&tables->entities, model, ids->entities, &blocks[0], err));
    KG_TRY(st, take_table(&tables->relations, model, ids->relations, &blocks[1], err));
    return take_table(&tables->projections, model, ids->projections, &blocks[2], err);
}

kg_status kg_model_begin_local(kg_model *model, uint32_t layers, uint64_t seed) {
    const kg_backend *be = model->params.backend;
    size_t d = model->config.hidden_size, size = d * d * sizeof(float);
    for (uint32_t l = 0; l < layers && l < model->config.num_hidden_layers; l++) {
        const kg_layer_ids *ids = &model->encoder.layers[l];
        float *query = kg_param_values(&model->params, ids->query_weight);
        float *key = kg_param_values(&model->params, ids->key_weight);
        kg_local_attention attention = {be->map(query, size), be->map(key, size), l};
        bool mapped = attention.query != NULL && attention.key != NULL;
        if (mapped)
            kg_local_attention_begin(&attention, &model->config, seed);
        be->unmap(query, attention.query, size, mapped);
        be->unmap(key, attention.key, size, mapped);
        if (!mapped)
            return KG_ERR_MEMORY;
    }
    return KG_OK;
}

/* folder/name; the caller's to free, NULL when out of memory. */
static char *join(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

kg_status kg_model_load(kg_model *model, const char *folder, const kg_loading *loading,
                        kg_error *err) {
    kg_tensor_source *source;
    kg_loading named = *loading;
    kg_status st;
    named.architecture = model->config.architecture;
    KG_TRY(st, kg_tensor_source_open_folder(&source, folder, err));
    st = kg_weights_read(&model->params, source, &named, err);
    kg_tensor_source_close(source);
    if (st == KG_OK) /* what is in memory is a BERT, and so is what is saved of it and read again */
        model->config.architecture = NULL;
    return st;
}

static kg_status write_config(const kg_model_config *config, const kg_model_card *card,
                              const char *path, kg_error *err) {
    json_t *object = kg_model_config_write(config, card);
    char *text = object ? json_dumps(object, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    if (text == NULL)
        return KG_ERR_MEMORY;
    kg_status st = kg_outfile_write_line(path, text, err);
    free(text);
    return st;
}

kg_status kg_model_save(const kg_model *model, const kg_model_card *card, const char *folder,
                        kg_error *err) {
    char *weights = join(folder, "model.safetensors"), *config = join(folder, "config.json");
    kg_status st = KG_ERR_MEMORY;
    if (weights != NULL && config != NULL)
        st = kg_weights_write(&model->params, weights, err);
    if (st == KG_OK)
        st = write_config(&model->config, card, config, err);
    free(weights);
    free(config);
    return st;
}

/* What others' files say of an encoder that is none of ours. */
static kg_status check_kind(kg_model_config *config, const json_t *object, const char *path,
                            kg_error *err) {
    const char *type = json_string_value(json_object_get(object, "model_type"));
    const char *positions = json_string_value(json_object_get(object, "position_embedding_type"));
    config->architecture = kg_architecture_find(type ? type : "bert");
    if (config->architecture == NULL)
        return kg_error_at(err, KG_ERR_UNSUPPORTED, path, 0, "model_type is \"%s\", expected %s",
                           type, kg_architecture_names());
    if (positions != NULL && strcmp(positions, "absolute") != 0)
        return kg_error_at(err, KG_ERR_UNSUPPORTED, path, 0,
                           "position_embedding_type is \"%s\", expected \"absolute\"", positions);
    return KG_OK;
}

/* The keys under our names. */
static kg_status rename_keys(json_t *object) {
    const char *type = json_string_value(json_object_get(object, "model_type"));
    const kg_architecture *a = kg_architecture_find(type ? type : "bert");
    for (const kg_rename *key = a ? a->keys : NULL; key != NULL && key->ours != NULL; key++) {
        json_t *value = json_object_get(object, key->theirs);
        if (value != NULL && json_object_set(object, key->ours, value) != 0)
            return KG_ERR_MEMORY;
    }
    return KG_OK;
}

/* What the architecture does otherwise than BERT. */
static kg_status fit(kg_model_config *c, const char *path, kg_error *err) {
    if (c->max_position_embeddings <= c->architecture->first_position)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "max_position_embeddings is %u; the first token has position %u",
                           c->max_position_embeddings, c->architecture->first_position);
    c->max_position_embeddings -= c->architecture->first_position;
    if (c->architecture->without_segments)
        c->type_vocab_size = 1;
    return KG_OK;
}

kg_status kg_model_config_load(kg_model_config *out, const char *folder, kg_error *err) {
    kg_status st = KG_ERR_MEMORY;
    json_error_t fault;
    char *path = join(folder, "config.json");
    json_t *object = path ? json_load_file(path, 0, &fault) : NULL;
    if (path == NULL)
        return st;
    if (object == NULL) {
        st = kg_error_at(err, fault.line < 0 ? KG_ERR_NOT_FOUND : KG_ERR_FORMAT, path,
                         fault.line > 0 ? (uint64_t)fault.line : 0, "%s%s",
                         fault.line < 0 ? strerror(errno) : fault.text,
                         fault.line < 0 ? "; expected the folder of a checkpoint" : "");
        goto out;
    }
    (void)kg_model_config_named(out, "base");
    st = rename_keys(object);
    if (st == KG_OK)
        st = kg_model_config_read(out, object, err);
    if (st == KG_OK)
        st = check_kind(out, object, path, err);
    if (st == KG_OK)
        st = fit(out, path, err);
    if (st == KG_OK && json_object_get(object, "infusion_after_layer") == NULL)
        out->infusion_after_layer = kg_infusion_default(out->num_hidden_layers);
    if (st == KG_OK)
        st = kg_model_config_check(out, err);
out:
    json_decref(object);
    free(path);
    return st;
}
