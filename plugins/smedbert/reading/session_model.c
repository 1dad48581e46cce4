#include "plugins/smedbert/reading/session_model.h"

#include "plugins/smedbert/reading/checkpoint_vocab.h"

#include <math.h>

static kg_status open_graph(kg_session_model *s, const kgp_host *host, bool infuses,
                            kg_error *err) {
    const kg_model_config *c = kg_model_configuration(s->model);
    kg_status st;
    const kg_graph_options options = {
        .neighbors = infuses ? c->neighbors : 0,
        .weights = c->pepr_neighbors ? KGP_PEPR : KGP_PAGERANK,
        .needs_tables = infuses,
    };
    KG_TRY(st, kg_graph_view_begin(&s->graph, host, &options, err));
    if (!infuses)
        return KG_OK;
    if (s->graph.tables.entities.columns != c->kg_entity_dim)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "the store's entities have %zu dimensions, the model's %u",
                            s->graph.tables.entities.columns, c->kg_entity_dim);
    return kg_model_take_tables(&s->graph.tables, s->model, err);
}

kg_status kg_session_model_open(kg_session_model *s, const kgp_host *host, const char *folder,
                                bool mentions, kg_error *err) {
    kg_model_config config;
    kg_status st;
    bool store = host->get_extension(host, KGP_EXT_GRAPH_READ) != NULL;
    *s = (kg_session_model){.model = NULL};
    KG_TRY(st, kg_model_config_load(&config, folder, err));
    KG_TRY(st, kg_model_new(&s->model, &config, KG_MODEL_ENCODER, err));
    KG_TRY(st, kg_model_allocate(s->model, false, 0, err));
    KG_TRY(st, kg_checkpoint_tokenizer(&s->tokenizer, folder, kg_checkpoint_cased(folder), err));
    if (kg_tokenizer_size(s->tokenizer) > config.vocab_size)
        return kg_error_at(err, KG_ERR_FORMAT, folder, 0,
                           "the vocabulary has %u tokens, the embeddings have %u",
                           kg_tokenizer_size(s->tokenizer), config.vocab_size);
    bool infuses = kg_model_config_infuses(&config) && store;
    if (mentions && !store)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "there is no store to find mentions by; name one with --store");
    if (infuses || mentions)
        KG_TRY(st, open_graph(s, host, infuses, err));
    KG_TRY(st, kg_reading_open(&s->reading, s->tokenizer, &s->graph, err));
    return kg_model_load(s->model, folder, NULL, NULL, err);
}

void kg_session_model_close(kg_session_model *s) {
    kg_reading_close(&s->reading);
    kg_graph_view_end(&s->graph);
    kg_workspace_free(&s->workspace);
    kg_tokenizer_free(s->tokenizer);
    kg_model_free(s->model);
    *s = (kg_session_model){.model = NULL};
}

typedef struct carve_context {
    kg_session_model *session;
    kg_encoder_input input;
} carve_context;

static void carve(void *context, kg_carver *carver) {
    carve_context *c = context;
    kg_encoder encoder = kg_model_encoder(c->session->model);
    kg_encoder_carve(&c->session->pass, carver, &encoder, &c->input);
}

kg_status kg_session_model_run(kg_session_model *s, const kg_batch *batch, kg_error *err) {
    carve_context context = {
        s, {.batch = batch, .tables = s->graph.tables.entities.rows ? &s->graph.tables : NULL}};
    kg_status st;
    KG_TRY(st, kg_workspace_carve(&s->workspace, carve, &context, err));
    kg_encoder_forward(&s->pass);
    /* Weights that are finite can still be so large that what comes of them is not. */
    size_t n = s->pass.tokens * s->pass.d1;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(s->pass.hidden[i]))
            return kg_error_set(err, KG_ERR_NUMERIC,
                                "the encoder's output holds %g; the model's weights are damaged, "
                                "or its training went astray",
                                (double)s->pass.hidden[i]);
    return KG_OK;
}
