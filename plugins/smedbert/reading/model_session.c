#include "plugins/smedbert/reading/model_session.h"

#include "plugins/common/abi_status.h"
#include "plugins/smedbert/reading/stop_list.h"

#include "model/ops_bf16.h"
#include "model/tokenizer/checkpoint_vocab.h"
#include "model/tokenizer/tokenizer_files.h"

enum { STEPS_A_SNAPSHOT = 50 };

/* ---- Vocabulary and graph -------------------------------------------------------------------- */

static kg_status open_tokenizer(kg_session *s, const kg_session_source *source, kg_error *err) {
    kg_status st;
    bool cased = false;
    if (source->folder)
        KG_TRY(st, kg_checkpoint_cased(&cased, source->folder, err));
    cased = cased || source->cased;
    if (source->vocab == NULL)
        return kg_checkpoint_tokenizer(&s->tokenizer, source->folder, cased, err);
    KG_TRY(st, kg_tokenizer_open_any(&s->tokenizer, source->vocab, cased, err));
    if (source->folder == NULL || !kg_checkpoint_has_vocabulary(source->folder))
        return KG_OK;
    return kg_checkpoint_compare(s->tokenizer, source->vocab, source->folder, err);
}

/* Names that are not to be found, before the first linker is opened. */
static kg_status stop_names(kg_session *s, const kg_session_source *source, kg_error *err) {
    kg_status st;
    kgp_error detail = {""};
    const kgp_link *link = s->graph.link;
    KG_TRY(st, kg_stop_list_read(&s->stopped, source->stop_list, source->folder, err));
    if (s->stopped.len == 0 || !link)
        return KG_OK;
    if (link->size < sizeof *link)
        return kg_error_set(err, KG_ERR_UNSUPPORTED, "the host takes no stop list");
    kgp_text names = {s->stopped.data, s->stopped.len};
    return kg_abi_take(err, link->stop(s->host, names, &detail), &detail);
}

kg_status kg_session_save_reading(const kg_session *s, const char *folder, kg_error *err) {
    kg_status st;
    const kg_model_config *config = kg_model_configuration(s->model);
    KG_TRY(st,
           kg_tokenizer_write_files(s->tokenizer, config->max_position_embeddings, folder, err));
    return kg_stop_list_write(&s->stopped, folder, err);
}

kg_status kg_session_begin(kg_session *s, const kgp_host *host, const kg_session_source *source,
                           kg_error *err) {
    kg_status st;
    *s = (kg_session){.host = host};
    if (!source->without_graph)
        KG_TRY(st, kg_graph_view_begin(&s->graph, host, &source->graph, err));
    KG_TRY(st, open_tokenizer(s, source, err));
    KG_TRY(st, stop_names(s, source, err));
    return kg_reading_open(&s->reading, s->tokenizer, &s->graph, err);
}

/* ---- The model ------------------------------------------------------------------------------- */

static kg_status fill_sizes(kg_model_config *config, const kg_session *s, const kg_session_model *m,
                            kg_error *err) {
    uint32_t tokens = kg_tokenizer_size(s->tokenizer);
    uint32_t pad = kg_tokenizer_special(s->tokenizer).pad;
    size_t columns = s->graph.tables.entities.columns;
    config->pad_token_id = pad == KG_NO_TOKEN ? 0 : pad;
    if (m->folder == NULL)
        config->vocab_size = tokens;
    else if (tokens > config->vocab_size)
        return kg_error_at(err, KG_ERR_ARGUMENT, m->folder, 0,
                           "the vocabulary has %u tokens, the checkpoint's embeddings have %u; use "
                           "the vocabulary that it was trained with",
                           tokens, config->vocab_size);
    if (!m->reads_tables)
        return KG_OK;
    if (m->folder != NULL && config->kg_entity_dim > 0 && columns != config->kg_entity_dim)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "the store's entities have %zu dimensions, the model's %u", columns,
                            config->kg_entity_dim);
    kg_graph_view_sizes(config, &s->graph);
    return KG_OK;
}

static kg_status declare_task(kg_model *model, const kg_session_model *m,
                              const kg_model_config *config, kg_error *err) {
    kg_params *params = kg_model_params(model);
    size_t encoder = params->table.len;
    if (m->declare && m->declare(m->declared, params, config) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory declaring the task's parameters");
    for (size_t i = encoder; i < params->table.len; i++)
        params->table.data[i].of_task = true;
    return KG_OK;
}

kg_status kg_session_model_make(kg_session *s, const kg_session_model *m, kg_error *err) {
    kg_model_config config = m->config;
    kg_status st;
    KG_TRY(st, fill_sizes(&config, s, m, err));
    const kg_backend *backend;
    KG_TRY(st, kg_backend_choose(&backend, m->precision, err));
    KG_TRY(st, kg_model_new(&s->model, &config, m->parts, err));
    kg_model_use(s->model, backend);
    KG_TRY(st, declare_task(s->model, m, &config, err));
    KG_TRY(st, kg_model_allocate(s->model, m->training, m->seed, err));
    KG_TRY(st, kg_model_begin_local(s->model, m->local_layers, m->seed));
    s->reads_tables = m->reads_tables;
    if (m->reads_tables)
        KG_TRY(st, kg_model_take_tables(&s->graph.tables, s->model, err));
    return m->folder ? kg_model_load(s->model, m->folder, &m->loading, err) : KG_OK;
}

kg_status kg_session_open(kg_session *s, const kgp_host *host, const char *folder, bool mentions,
                          kg_error *err) {
    kg_session_model model = {.folder = folder};
    kg_status st;
    bool store = host->get_extension(host, KGP_EXT_GRAPH_READ) != NULL;
    *s = (kg_session){.host = host};
    KG_TRY(st, kg_model_config_load(&model.config, folder, err));
    if (mentions && !store)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "there is no store to find mentions by; name one with --store");
    model.reads_tables = store && kg_model_config_infuses(&model.config);
    kg_session_source source = {.folder = folder};
    source.graph = (kg_graph_options){
        .neighbors = model.reads_tables ? model.config.neighbors : 0,
        .weights = model.config.pepr_neighbors ? KGP_PEPR : KGP_PAGERANK,
        .needs_tables = model.reads_tables,
    };
    KG_TRY(st, kg_session_begin(s, host, &source, err));
    return kg_session_model_make(s, &model, err);
}

void kg_session_close(kg_session *s) {
    kg_reading_close(&s->reading);
    kg_graph_view_end(&s->graph);
    kg_array_free(&s->stopped);
    kg_workspace_free(&s->workspace);
    kg_tokenizer_free(s->tokenizer);
    kg_model_free(s->model);
    *s = (kg_session){.model = NULL};
}

kg_status kg_session_renew(kg_session *s, uint64_t step, kg_error *err) {
    if (!s->reading.resting)
        kg_reading_rest(&s->reading);
    return step % STEPS_A_SNAPSHOT == 0 ? kg_graph_view_renew(&s->graph, err) : KG_OK;
}

kg_status kg_session_sum_gradients(kg_session *s, const kgp_collective *ranks, kg_error *err) {
    kg_params *params = kg_model_params(s->model);
    size_t size = params->total * sizeof *params->gradients;
    if (ranks->size(s->host) == 1)
        return KG_OK;
    float *view = params->backend->map(params->gradients, size);
    if (view == NULL)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory summing the gradients");
    kg_status st =
        kg_abi_take(err, ranks->allreduce(s->host, view, params->total, KGP_NUMBER_F32), NULL);
    params->backend->unmap(params->gradients, view, size, true);
    return st;
}

const kg_graph_tables *kg_session_tables(const kg_session *s) {
    return s->reads_tables ? &s->graph.tables : NULL;
}

/* ---- Running it ------------------------------------------------------------------------------ */

typedef struct carve_context {
    kg_session *session;
    kg_encoder_input input;
} carve_context;

static void carve(void *context, kg_carver *carver) {
    carve_context *c = context;
    kg_encoder encoder = kg_model_encoder(c->session->model);
    kg_encoder_carve(&c->session->pass, carver, &encoder, &c->input);
}

kg_status kg_session_run(kg_session *s, const kg_token_batch *batch, kg_error *err) {
    carve_context context = {s, {.batch = batch, .tables = kg_session_tables(s)}};
    kg_status st;
    const kg_backend *be = kg_model_params(s->model)->backend;
    KG_TRY(st, kg_workspace_carve(&s->workspace, be, carve, &context, err));
    kg_encoder_forward(&s->pass);
    /* Weights that are finite can still be so large that what comes of them is not. */
    size_t n = s->pass.tokens * s->pass.d1;
    if (be->first_bad(s->pass.hidden, n) < n)
        return kg_error_set(err, KG_ERR_NUMERIC,
                            "the encoder's output is not finite; the model's weights are damaged, "
                            "or its training went astray");
    return KG_OK;
}

kg_status kg_session_optimizer(kg_optimizer *optimizer, const kg_session *session, uint64_t steps,
                               kg_error *err) {
    kg_status st;
    char text[192];
    const kgp_log *log = session->host->get_extension(session->host, KGP_EXT_LOG);
    KG_TRY(st, kg_optimizer_begin(optimizer, session->model, steps, err));
    if (!optimizer->warmup_cut || !log)
        return KG_OK;
    snprintf(text, sizeof text,
             "warmup is %.0f steps, more than the %llu of the run: cut to %llu; set warmup to "
             "choose it",
             optimizer->warmup, (unsigned long long)optimizer->total,
             (unsigned long long)optimizer->warm_steps);
    log->log(session->host, KGP_WARNING, text);
    return KG_OK;
}
