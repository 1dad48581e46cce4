#include "plugins/smedbert/tasks/ner_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, PREDICT_PIECES = 4096 };

kg_status kg_ner_session_begin(kg_ner_session *s, const kgp_host *host, const char *vocab,
                               const char *folder, kg_error *err) {
    kg_session_source source = {
        .vocab = vocab, .folder = folder, .cased = s->setup.cased, .stop_list = s->setup.stop_list};
    kg_status st;
    if (s->setup.kg && (!host->get_extension(host, KGP_EXT_GRAPH_READ) ||
                        !host->get_extension(host, KGP_EXT_LINK)))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "mentions are linked to a graph, and none is given; give --store, or "
                            "train with --set kg=false");
    source.graph = s->setup.graph;
    source.without_graph = !s->setup.kg;
    KG_TRY(st, kg_session_begin(&s->base, host, &source, err));
    s->setup.cased = kg_tokenizer_cased(s->base.tokenizer);
    return KG_OK;
}

static kg_status declare(void *context, kg_params *params, const kg_model_config *config) {
    kg_ner_session *s = context;
    return kg_ner_declare(&s->task.ids, params, &s->task.shape, config->hidden_size);
}

kg_status kg_ner_session_model(kg_ner_session *s, const kg_session_model *given, kg_error *err) {
    kg_session_model model = *given;
    kg_ner_task *task = &s->task;
    kg_status st;
    if (s->setup.kg)
        s->setup.graph_types = s->base.graph.untyped;
    task->shape = (kg_ner_shape){
        .tags = kg_tagset_tags(&s->setup.set),
        .features = kg_ner_feature_rows(&s->setup.windows, s->setup.graph_types),
        .crf = s->setup.crf,
    };
    task->sparse_transitions = s->sparse.transitions;
    s->allowed = malloc((task->shape.tags + 2) * task->shape.tags);
    if (!s->allowed)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    kg_tags_allowed(s->allowed, s->setup.set.types.len);
    model.parts = KG_MODEL_ENCODER;
    model.reads_tables = s->setup.graph.neighbors > 0;
    model.declare = declare;
    model.declared = s;
    KG_TRY(st, kg_session_model_make(&s->base, &model, err));
    task->model = s->base.model;
    return KG_OK;
}

/* The types of the graph that the checkpoint was trained with and the one at hand. */
static kg_status check_graph(const kg_ner_session *s, uint32_t trained, kg_error *err) {
    if (!s->setup.kg || s->base.graph.untyped == trained)
        return KG_OK;
    return kg_error_set(err, KG_ERR_STALE,
                        "the checkpoint was trained with a graph of %u types, this store has %u; "
                        "give the store that it was trained with",
                        trained, s->base.graph.untyped);
}

kg_status kg_ner_session_load(kg_ner_session *session, const kgp_host *host, const char *folder,
                              kg_error *err) {
    kg_status st;
    kg_ner_session *s = session;
    kg_session_model model = {.folder = folder};
    *s = (kg_ner_session){.base = {.host = host}};
    KG_TRY(st, kg_ner_setup_read(&s->setup, folder, err));
    uint32_t trained = s->setup.graph_types;
    KG_TRY(st, kg_model_config_load(&model.config, folder, err));
    KG_TRY(st, kg_ner_session_begin(s, host, NULL, folder, err));
    KG_TRY(st, check_graph(s, trained, err));
    if (s->setup.sparse) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/sparse.txt", folder);
        KG_TRY(st, kg_sparse_crf_read(&s->sparse, path, kg_tagset_tags(&s->setup.set), err));
        s->setup.windows.sparse = &s->sparse;
    }
    return kg_ner_session_model(s, &model, err);
}

void kg_ner_session_free(kg_ner_session *session) {
    kg_ner_task_free(&session->task);
    free(session->allowed);
    kg_session_close(&session->base);
    kg_sparse_crf_free(&session->sparse);
    kg_tagset_free(&session->setup.set);
    memset(session, 0, sizeof *session);
}

/* Decode one pack by each reading and put its tags where the data set has the tokens. */
static kg_status predict_pack(uint16_t *tags, double *loss_sum, kg_ner_session *s,
                              const kg_ner_pack *pack, const kg_ner_trial *trial, kg_error *err) {
    kg_status st;
    double loss;
    const kg_ner_way way = {.tables = kg_session_tables(&s->base), .tokens = pack->rows.len};
    uint16_t *best = malloc(pack->rows.len * sizeof *best);
    if (!best)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory predicting tags");
    st = kg_ner_run(loss_sum ? &loss : NULL, &s->task, pack, &way, err);
    for (size_t b = 0; st == KG_OK && b < trial->n; b++) {
        st = kg_ner_decode(best, &s->task, s->allowed, &trial->readings[b]);
        for (size_t i = 0; st == KG_OK && i < pack->rows.len; i++)
            tags[b * trial->tokens + pack->tokens.data[i]] = best[i];
    }
    if (st == KG_OK && loss_sum)
        *loss_sum += loss * (double)pack->rows.len;
    free(best);
    return st;
}

kg_status kg_ner_session_predict(uint16_t *tags, double *loss, kg_ner_session *session,
                                 const kg_ner_windows *windows, kg_error *err) {
    const kg_ner_trial one = {.readings = &session->setup.reading, .n = 1};
    return kg_ner_session_try(tags, loss, session, windows, &one, err);
}

kg_status kg_ner_session_try(uint16_t *tags, double *loss, kg_ner_session *session,
                             const kg_ner_windows *windows, const kg_ner_trial *trial,
                             kg_error *err) {
    kg_status st = KG_OK;
    kg_ner_pack pack = KG_NER_PACK_INIT;
    const kgp_progress *progress =
        session->base.host->get_extension(session->base.host, KGP_EXT_PROGRESS);
    size_t n = windows->packs.len, tokens = 0;
    double sum = 0;
    for (size_t i = 0; i < n && st == KG_OK; i++) {
        if (!trial->only || trial->only[windows->sequences.data[i]])
            st = kg_ner_pack_append(&pack, &windows->packs.data[i]);
        if (st != KG_OK)
            st = kg_error_set(err, st, "out of memory predicting tags");
        if (st != KG_OK || pack.rows.len == 0 ||
            (i + 1 < n && kg_token_batch_tokens(&pack.batch) < PREDICT_PIECES))
            continue;
        st = predict_pack(tags, loss ? &sum : NULL, session, &pack, trial, err);
        tokens += pack.rows.len;
        kg_ner_pack_clear(&pack);
        if (progress)
            progress->report(session->base.host, "predicting", i + 1, n);
        if (progress && progress->is_cancelled(session->base.host))
            st = KG_ERR_CANCELLED;
    }
    kg_ner_pack_free(&pack);
    if (loss)
        *loss = tokens ? sum / (double)tokens : 0;
    return st;
}
