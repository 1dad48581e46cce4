#include "plugins/smedbert/export/portable.h"

#include "plugins/smedbert/tasks/ner/ner_task.h"
#include "plugins/smedbert/tasks/texts/text_task.h"

#include "model/ops.h"
#include "model/tokenizer/tokenizer_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static void leave(kg_portable *p, bool there, const char *what) {
    if (there)
        json_array_append_new(p->left_out, json_string(what));
}

/* The configuration without the graph, whose sizes alone say that there is one. */
static kg_status load_config(kg_model_config *config, kg_portable *p, const char *folder,
                             kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_model_config_load(config, folder, err));
    if (kg_model_config_projects(config))
        return kg_error_at(
            err, KG_ERR_UNSUPPORTED, folder, 0,
            "its embeddings have %u columns, its layers %u; only encoders where both "
            "are the same are exported",
            kg_model_config_width(config), config->hidden_size);
    leave(p, kg_model_config_infuses(config), "infusion of neighbors");
    leave(p, kg_model_config_has_tables(config), "trained tables of the graph");
    config->kg_entities = config->kg_relations = config->kg_types = 0;
    config->kg_entity_dim = config->kg_relation_dim = 0;
    config->trainable_tables = false;
    return KG_OK;
}

/* ---- Without a task -------------------------------------------------------------------------- */

/* A checkpoint that lacks any of the heads is one of the encoder alone. */
typedef struct gaps {
    char encoder[96], head[96]; /* the first tensor of each that is not there */
} gaps;

static void note_missing(void *context, const char *name, const char *found) {
    gaps *g = context;
    bool of_head = strncmp(name, "cls.", 4) == 0 || strncmp(name, "bert.pooler.", 12) == 0;
    char *to = of_head ? g->head : g->encoder;
    (void)found;
    if (*to == '\0')
        snprintf(to, sizeof g->head, "%s", name);
}

static kg_status make_model(gaps *g, kg_portable *p, const kg_model_config *config,
                            const char *folder, kg_model_parts parts, kg_error *err) {
    const kg_session_model model = {.config = *config,
                                    .folder = folder,
                                    .parts = parts,
                                    .loading = {.missing = note_missing, .context = g}};
    *g = (gaps){.encoder = ""};
    kg_model_free(p->session.base.model);
    p->session.base.model = NULL;
    return kg_session_model_make(&p->session.base, &model, err);
}

static kg_status open_encoder(kg_portable *p, const kgp_host *host, const char *folder,
                              kg_error *err) {
    const kg_session_source source = {.folder = folder, .without_graph = true};
    kg_model_config config;
    kg_status st;
    gaps g;
    KG_TRY(st, load_config(&config, p, folder, err));
    KG_TRY(st, kg_session_begin(&p->session.base, host, &source, err));
    KG_TRY(st, make_model(&g, p, &config, folder, KG_MODEL_HEADS, err));
    p->architecture = *g.head ? "BertModel" : "BertForPreTraining";
    p->kind = *g.head ? KG_ONNX_STATES : KG_ONNX_WORDS;
    if (*g.head)
        KG_TRY(st, make_model(&g, p, &config, folder, KG_MODEL_ENCODER, err));
    if (*g.encoder)
        return kg_error_at(err, KG_ERR_NOT_FOUND, folder, 0, "the checkpoint lacks tensor %s",
                           g.encoder);
    return KG_OK;
}

/* ---- Of a task ------------------------------------------------------------------------------- */

/* What reads the scores lowers them by the bias; the classifier's own bias can do that. */
static kg_status lower(kg_portable *p, float bias) {
    const kg_tune_session *s = &p->session;
    const kg_params *params = kg_model_params(s->base.model);
    size_t n = s->head.shape.outputs, size = n * sizeof(float);
    float *values = kg_param_values(params, s->head.ids.bias), *low = malloc(size);
    float *view = low ? params->backend->map(values, size) : NULL;
    if (view) {
        s->setup.task->lower(low, &s->setup, n);
        for (size_t k = 0; k < n; k++)
            view[k] -= bias * low[k];
    }
    params->backend->unmap(values, view, size, view != NULL);
    free(low);
    return view ? KG_OK : KG_ERR_MEMORY;
}

static kg_status open_task(kg_portable *p, const kgp_host *host, const char *folder,
                           kg_error *err) {
    kg_tune_setup *setup = &p->session.setup;
    kg_session_model model = {.folder = folder};
    kg_status st;
    KG_TRY(st, kg_tune_setup_read(setup, p->tasks, folder, err));
    KG_TRY(st, load_config(&model.config, p, folder, err));
    float bias = setup->reading.bias;
    leave(p, setup->sparse, "sparse model");
    setup->task->reduce(setup, p->left_out);
    setup->sparse = setup->kg = false;
    setup->reading = (kg_tune_reading){.bias = 0};
    setup->graph.neighbors = setup->graph_types = 0;
    KG_TRY(st, kg_tune_session_begin(&p->session, host, NULL, folder, err));
    const kg_tune_shape shape = setup->task->shape(&p->session);
    if (shape.rows > 1)
        return kg_error_at(err, KG_ERR_UNSUPPORTED, folder, 0,
                           "its head reads the states of %zu tokens side by side, which no class "
                           "of transformers does; a checkpoint of %s cannot be exported",
                           shape.rows, setup->task->command);
    p->architecture = setup->task->architecture;
    p->kind = shape.pooled ? KG_ONNX_SEQUENCES : KG_ONNX_TOKENS;
    KG_TRY(st, kg_tune_session_model(&p->session, &model, err));
    return lower(p, bias);
}

static bool has_file(const char *folder, const char *name) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

kg_status kg_portable_open(kg_portable *out, const kgp_host *host, const char *folder,
                           kg_error *err) {
    static const kg_tune_task *const ner[] = {&kg_ner_task, NULL};
    *out = (kg_portable){.session = {.base = {.host = host}}, .left_out = json_array()};
    if (!out->left_out)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the checkpoint");
    if (has_file(folder, ner[0]->file))
        out->tasks = ner;
    else if (has_file(folder, kg_text_tasks[0]->file))
        out->tasks = kg_text_tasks;
    return out->tasks ? open_task(out, host, folder, err) : open_encoder(out, host, folder, err);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static kg_status save_model(kg_portable *p, const char *folder, kg_error *err) {
    json_t *labels = p->tasks ? p->session.setup.task->labels(&p->session.setup) : NULL;
    const kg_model_card card = {p->architecture, labels};
    kg_status st = p->tasks && !labels ? KG_ERR_MEMORY
                                       : kg_model_save(p->session.base.model, &card, folder, err);
    json_decref(labels);
    return st;
}

kg_status kg_portable_write(kg_portable *p, const char *folder, bool onnx, kg_error *err) {
    kg_model *model = p->session.base.model;
    char path[PATH_SIZE];
    kg_status st;
    KG_TRY(st, kg_tokenizer_write_files(p->session.base.tokenizer,
                                        kg_model_configuration(model)->max_position_embeddings,
                                        folder, err));
    if (p->tasks)
        KG_TRY(st, kg_tune_setup_write(&p->session.setup, folder, err));
    KG_TRY(st, save_model(p, folder, err));
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    return onnx ? kg_onnx_write_bert(model, p->kind, path, err) : KG_OK;
}

void kg_portable_free(kg_portable *p) {
    kg_tune_session_free(&p->session);
    json_decref(p->left_out);
    p->left_out = NULL;
}
