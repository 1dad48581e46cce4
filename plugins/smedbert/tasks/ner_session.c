#include "plugins/smedbert/tasks/ner_session.h"

#include "plugins/smedbert/reading/checkpoint_vocab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, PREDICT_PIECES = 4096 };

static kg_status open_graph(kg_ner_session *s, kg_error *err) {
    if (!s->host->get_extension(s->host, KGP_EXT_GRAPH_READ) ||
        !s->host->get_extension(s->host, KGP_EXT_LINK))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "mentions are linked to a graph, and none is given; give --store, or "
                            "train with --set kg=false");
    return kg_graph_view_begin(&s->view, s->host, &s->setup.graph, err);
}

kg_status kg_ner_session_open(kg_ner_session *session, const char *vocab, const char *folder,
                              kg_error *err) {
    kg_status st;
    kg_ner_session *s = session;
    if (folder && kg_checkpoint_cased(folder))
        s->setup.cased = true;
    if (vocab)
        KG_TRY(st, kg_tokenizer_open(&s->tokenizer, vocab, s->setup.cased, err));
    else
        KG_TRY(st, kg_checkpoint_tokenizer(&s->tokenizer, folder, s->setup.cased, err));
    if (vocab && folder)
        KG_TRY(st, kg_checkpoint_compare(s->tokenizer, vocab, folder, err));
    if (s->setup.kg)
        KG_TRY(st, open_graph(s, err));
    return kg_reading_open(&s->reading, s->tokenizer, &s->view, err);
}

kg_status kg_ner_session_model(kg_ner_session *session, kg_model_config *config,
                               bool vocabulary_fixed, bool training, uint64_t seed, kg_error *err) {
    kg_status st;
    kg_ner_session *s = session;
    kg_ner_task *task = &s->task;
    uint32_t tokens = kg_tokenizer_size(s->tokenizer);
    if (!vocabulary_fixed)
        config->vocab_size = tokens;
    else if (tokens > config->vocab_size)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "the vocabulary has %u tokens, the checkpoint's embeddings have %u; use "
            "the vocabulary that the checkpoint was trained with",
            tokens, config->vocab_size);
    if (s->setup.graph.neighbors)
        kg_graph_view_sizes(config, &s->view);
    if (s->setup.kg)
        s->setup.graph_types = s->view.untyped;
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
    KG_TRY(st, kg_model_new(&task->model, config, KG_MODEL_ENCODER, err));
    if (kg_ner_declare(&task->ids, kg_model_params(task->model), &task->shape,
                       config->hidden_size) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory declaring the tags' parameters");
    KG_TRY(st, kg_model_allocate(task->model, training, seed, err));
    return kg_model_take_tables(&s->view.tables, task->model, err);
}

/* The types of the graph that the checkpoint was trained with and the one at hand. */
static kg_status check_graph(const kg_ner_session *s, uint32_t trained, kg_error *err) {
    if (!s->setup.kg || s->view.untyped == trained)
        return KG_OK;
    return kg_error_set(err, KG_ERR_STALE,
                        "the checkpoint was trained with a graph of %u types, this store has %u; "
                        "give the store that it was trained with",
                        trained, s->view.untyped);
}

kg_status kg_ner_session_load(kg_ner_session *session, const kgp_host *host, const char *folder,
                              kg_error *err) {
    kg_status st;
    kg_ner_session *s = session;
    kg_model_config config;
    *s = (kg_ner_session){.host = host};
    KG_TRY(st, kg_ner_setup_read(&s->setup, folder, err));
    uint32_t trained = s->setup.graph_types;
    KG_TRY(st, kg_model_config_load(&config, folder, err));
    KG_TRY(st, kg_ner_session_open(s, NULL, folder, err));
    KG_TRY(st, check_graph(s, trained, err));
    if (s->setup.sparse) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/sparse.txt", folder);
        KG_TRY(st, kg_sparse_crf_read(&s->sparse, path, kg_tagset_tags(&s->setup.set), err));
        s->setup.windows.sparse = &s->sparse;
    }
    KG_TRY(st, kg_ner_session_model(s, &config, true, false, 0, err));
    return kg_model_load(s->task.model, folder, NULL, NULL, err);
}

void kg_ner_session_free(kg_ner_session *session) {
    kg_ner_task_free(&session->task);
    kg_model_free(session->task.model);
    free(session->allowed);
    kg_reading_close(&session->reading);
    kg_graph_view_end(&session->view);
    kg_sparse_crf_free(&session->sparse);
    kg_tokenizer_free(session->tokenizer);
    kg_tagset_free(&session->setup.set);
    memset(session, 0, sizeof *session);
}

/* Decode one pack by each reading and put its tags where the data set has the tokens. */
static kg_status predict_pack(uint16_t *tags, double *loss_sum, kg_ner_session *s,
                              const kg_ner_pack *pack, const kg_ner_trial *trial, kg_error *err) {
    kg_status st;
    double loss;
    const kg_graph_tables *tables = s->setup.graph.neighbors ? &s->view.tables : NULL;
    uint16_t *best = malloc(pack->rows.len * sizeof *best);
    if (!best)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory predicting tags");
    st = kg_ner_run(loss_sum ? &loss : NULL, &s->task, pack, tables, 0, false, err);
    for (size_t b = 0; st == KG_OK && b < trial->n; b++) {
        kg_ner_decode(best, &s->task, s->allowed, &trial->readings[b]);
        for (size_t i = 0; i < pack->rows.len; i++)
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
    const kgp_progress *progress = session->host->get_extension(session->host, KGP_EXT_PROGRESS);
    size_t n = windows->packs.len, tokens = 0;
    double sum = 0;
    for (size_t i = 0; i < n && st == KG_OK; i++) {
        if (!trial->only || trial->only[windows->sequences.data[i]])
            st = kg_ner_pack_append(&pack, &windows->packs.data[i]);
        if (st != KG_OK)
            st = kg_error_set(err, st, "out of memory predicting tags");
        if (st != KG_OK || pack.rows.len == 0 ||
            (i + 1 < n && kg_batch_tokens(&pack.batch) < PREDICT_PIECES))
            continue;
        st = predict_pack(tags, loss ? &sum : NULL, session, &pack, trial, err);
        tokens += pack.rows.len;
        kg_ner_pack_clear(&pack);
        if (progress)
            progress->report(session->host, "predicting", i + 1, n);
        if (progress && progress->is_cancelled(session->host))
            st = KG_ERR_CANCELLED;
    }
    kg_ner_pack_free(&pack);
    if (loss)
        *loss = tokens ? sum / (double)tokens : 0;
    return st;
}
