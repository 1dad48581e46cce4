#include "plugins/smedbert/use/golden.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kg_status load_json(json_t **out, const char *folder, const char *name, kg_error *err) {
    char path[4096];
    json_error_t fault;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the folder's name is too long");
    *out = json_load_file(path, 0, &fault);
    if (*out == NULL)
        return kg_error_at(err, fault.line < 0 ? KG_ERR_NOT_FOUND : KG_ERR_FORMAT, path,
                           fault.line > 0 ? (uint64_t)fault.line : 0, "%s", fault.text);
    return KG_OK;
}

static uint32_t integer(const json_t *object, const char *key) {
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

/* Append the elements of object[key], plus `by`, to an array of u32. */
#define PUSH_LIST(array, object, key, by)                                                          \
    do {                                                                                           \
        const json_t *list_ = json_object_get((object), (key));                                    \
        for (size_t i_ = 0; i_ < json_array_size(list_); i_++)                                     \
            KG_TRY(st,                                                                             \
                   kg_array_push((array),                                                          \
                                 (uint32_t)json_integer_value(json_array_get(list_, i_)) + (by))); \
    } while (0)

/* A neighbor of a predict mention also has its log Q and its negatives. */
static kg_status read_pair(kg_token_batch *b, const json_t *neighbor, kg_error *err) {
    kg_status st;
    const json_t *log_q = json_object_get(neighbor, "negatives_log_q");
    size_t n = json_array_size(log_q);
    if (n == 0 || (b->pair_log_q.len > 0 && n != b->negatives_per_pair))
        return kg_error_set(err, KG_ERR_FORMAT,
                            "batch.json: found a pair with %zu negatives; expected the same "
                            "number, 1 or more, in every pair",
                            n);
    b->negatives_per_pair = (uint32_t)n;
    KG_TRY(st, kg_array_push(&b->pair_log_q,
                             (float)json_number_value(json_object_get(neighbor, "log_q"))));
    PUSH_LIST(&b->negatives, neighbor, "negatives", 0);
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, kg_array_push(&b->negative_log_q,
                                 (float)json_number_value(json_array_get(log_q, i))));
    return KG_OK;
}

static kg_status read_role(kg_role *role, const json_t *mention, kg_error *err) {
    static const char *const names[] = {"infuse", "context", "predict"};
    const char *name = json_string_value(json_object_get(mention, "role"));
    for (int i = 0; i < 3 && name != NULL; i++)
        if (strcmp(name, names[i]) == 0) {
            *role = (kg_role)i;
            return KG_OK;
        }
    return kg_error_set(
        err, KG_ERR_FORMAT,
        "batch.json: found a mention of the role \"%s\"; expected infuse, context or predict",
        name ? name : "");
}

static kg_status read_mention(kg_token_batch *b, const json_t *mention, uint32_t first,
                              kg_error *err) {
    kg_status st;
    kg_role role = KG_ROLE_INFUSE;
    const json_t *neighbors = json_object_get(mention, "neighbors");
    KG_TRY(st, read_role(&role, mention, err));
    KG_TRY(st, kg_array_push(&b->mention_starts, first + integer(mention, "start")));
    KG_TRY(st, kg_array_push(&b->mention_ends, first + integer(mention, "end") + 1));
    KG_TRY(st, kg_array_push(&b->mention_roles, (uint8_t)role));
    KG_TRY(st, kg_array_push(&b->mention_entities, integer(mention, "entity")));
    KG_TRY(st, kg_array_push(&b->neighbor_counts, (uint32_t)json_array_size(neighbors)));
    for (size_t k = 0; k < json_array_size(neighbors); k++) {
        const json_t *neighbor = json_array_get(neighbors, k);
        int8_t direction = (int8_t)json_integer_value(json_object_get(neighbor, "direction"));
        KG_TRY(st, kg_array_push(&b->neighbor_entities, integer(neighbor, "entity")));
        KG_TRY(st, kg_array_push(&b->neighbor_relations, integer(neighbor, "relation")));
        KG_TRY(st, kg_array_push(&b->neighbor_directions, direction));
        KG_TRY(st, kg_array_push(&b->neighbor_types, integer(neighbor, "type")));
        if (role == KG_ROLE_PREDICT)
            KG_TRY(st, read_pair(b, neighbor, err));
    }
    return KG_OK;
}

static kg_status read_sequence(kg_token_batch *b, const json_t *sequence, kg_error *err) {
    kg_status st;
    uint32_t first = kg_token_batch_tokens(b);
    const json_t *segments = json_object_get(sequence, "token_type_ids");
    const json_t *mentions = json_object_get(sequence, "mentions");
    KG_TRY(st, kg_array_push(&b->documents, b->lengths.len));
    KG_TRY(st, kg_array_push(&b->epochs, 0));
    KG_TRY(st, kg_array_push(&b->sop_labels, (uint8_t)integer(sequence, "sop_label")));
    PUSH_LIST(&b->input_ids, sequence, "input_ids", 0);
    PUSH_LIST(&b->original_ids, sequence, "original_ids", 0);
    KG_TRY(st, kg_array_push(&b->lengths, kg_token_batch_tokens(b) - first));
    for (size_t i = 0; i < json_array_size(segments); i++)
        KG_TRY(st, kg_array_push(&b->segments,
                                 (uint8_t)json_integer_value(json_array_get(segments, i))));
    PUSH_LIST(&b->mlm_positions, sequence, "mlm_positions", first);
    PUSH_LIST(&b->mlm_labels, sequence, "mlm_labels", 0);
    for (size_t i = 0; i < json_array_size(mentions); i++)
        KG_TRY(st, read_mention(b, json_array_get(mentions, i), first, err));
    return KG_OK;
}

static kg_status read_batch(kg_token_batch *batch, const char *folder, const kg_model_config *c,
                            kg_error *err) {
    kg_status st;
    json_t *object = NULL;
    KG_TRY(st, load_json(&object, folder, "batch.json", err));
    const json_t *sequences = json_object_get(object, "sequences");
    for (size_t i = 0; i < json_array_size(sequences) && st == KG_OK; i++)
        st = read_sequence(batch, json_array_get(sequences, i), err);
    json_decref(object);
    KG_TRY(st, st);
    const kg_token_batch_limits limits = {c->vocab_size,      c->max_position_embeddings,
                                          c->type_vocab_size, c->kg_entities,
                                          c->kg_relations,    c->kg_types};
    return kg_token_batch_check(batch, &limits, err);
}

/* The graph's three tables, one block each. */
static kg_status read_tables(kg_golden *g, kg_tensor_source *file, kg_error *err) {
    static const char *const names[] = {"kg.entity_embedding", "kg.relation_embedding",
                                        "kg.relation_projection"};
    const kg_model_config *c = kg_model_configuration(g->model);
    const size_t rows[] = {c->kg_entities, c->kg_relations, c->kg_relations};
    const size_t columns[] = {c->kg_entity_dim, c->kg_relation_dim,
                              (size_t)c->kg_entity_dim * c->kg_relation_dim};
    kg_rows *tables[] = {&g->tables.entities, &g->tables.relations, &g->tables.projections};
    size_t total = 0;
    for (int i = 0; i < 3; i++)
        total += rows[i] * columns[i];
    g->table_data = malloc((total + 1) * sizeof *g->table_data);
    if (g->table_data == NULL)
        return KG_ERR_MEMORY;
    float *at = g->table_data;
    for (int i = 0; i < 3; i++) {
        kg_status st;
        const kg_tensor_info *t = kg_tensor_source_find(file, names[i]);
        if (t == NULL || t->count != rows[i] * columns[i])
            return kg_error_set(err, KG_ERR_FORMAT,
                                "weights.safetensors: %s is missing or not of %zu elements",
                                names[i], rows[i] * columns[i]);
        KG_TRY(st, kg_tensor_source_read(at, file, t, err));
        g->table_blocks[i] = at;
        *tables[i] = kg_rows_of(&g->table_blocks[i], rows[i], columns[i], NULL);
        at += t->count;
    }
    return KG_OK;
}

static kg_status read_weights(kg_golden *g, const char *folder, kg_error *err) {
    const kg_loading whole = {.missing = NULL};
    char path[4096];
    kg_tensor_source *file;
    kg_status st;
    snprintf(path, sizeof path, "%s/weights.safetensors", folder);
    KG_TRY(st, kg_tensor_source_open(&file, path, err));
    st = kg_weights_read(kg_model_params(g->model), file, &whole, err);
    if (st == KG_OK && kg_model_configuration(g->model)->kg_entity_dim > 0)
        st = read_tables(g, file, err);
    kg_tensor_source_close(file);
    return st;
}

kg_status kg_golden_read(kg_golden *g, const char *folder, kg_error *err) {
    kg_status st;
    kg_model_config config;
    KG_TRY(st, kg_model_config_load(&config, folder, err));
    KG_TRY(st, kg_model_new(&g->model, &config, KG_MODEL_HEADS, err));
    KG_TRY(st, kg_model_allocate(g->model, true, 0, err));
    KG_TRY(st, read_weights(g, folder, err));
    KG_TRY(st, kg_model_take_tables(&g->tables, g->model, err));
    return read_batch(&g->batch, folder, &config, err);
}

void kg_golden_free(kg_golden *g) {
    kg_model_free(g->model);
    kg_token_batch_free(&g->batch);
    free(g->table_data);
    *g = (kg_golden)KG_GOLDEN_INIT;
}
