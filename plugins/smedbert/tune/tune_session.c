#include "plugins/smedbert/tune/tune_session.h"

#include "plugins/smedbert/tune/tune_task.h"

#include "model/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, PREDICT_PIECES = 4096 };

kg_status kg_tune_session_begin(kg_tune_session *s, const kgp_host *host, const char *vocab,
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
    kg_tune_session *s = context;
    return kg_tune_declare(&s->head.ids, params, &s->head.shape, config->hidden_size);
}

kg_status kg_tune_session_model(kg_tune_session *s, const kg_session_model *given, kg_error *err) {
    kg_session_model model = *given;
    kg_status st;
    if (s->setup.kg)
        s->setup.graph_types = s->base.graph.untyped;
    s->head.shape = s->setup.task->shape(s);
    model.parts = KG_MODEL_ENCODER;
    model.reads_tables = s->setup.graph.neighbors > 0;
    model.declare = declare;
    model.declared = s;
    KG_TRY(st, kg_session_model_make(&s->base, &model, err));
    s->head.model = s->base.model;
    return KG_OK;
}

/* The types of the graph that the checkpoint was trained with and the one at hand. */
static kg_status check_graph(const kg_tune_session *s, uint32_t trained, kg_error *err) {
    if (!s->setup.kg || s->base.graph.untyped == trained)
        return KG_OK;
    return kg_error_set(err, KG_ERR_STALE,
                        "the checkpoint was trained with a graph of %u types, this store has %u; "
                        "give the store that it was trained with",
                        trained, s->base.graph.untyped);
}

kg_status kg_tune_session_load(kg_tune_session *s, const kg_tune_task *const *tasks,
                               const kgp_host *host, const char *folder, kg_error *err) {
    kg_status st;
    kg_session_model model = {.folder = folder};
    *s = (kg_tune_session){.base = {.host = host}};
    KG_TRY(st, kg_tune_setup_read(&s->setup, tasks, folder, err));
    uint32_t trained = s->setup.graph_types;
    KG_TRY(st, kg_model_config_load(&model.config, folder, err));
    KG_TRY(st, kg_tune_session_begin(s, host, NULL, folder, err));
    KG_TRY(st, check_graph(s, trained, err));
    if (s->setup.sparse) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/sparse.txt", folder);
        KG_TRY(st, kg_sparse_crf_read(&s->sparse, path, s->setup.task->shape(s).outputs, err));
    }
    return kg_tune_session_model(s, &model, err);
}

void kg_tune_session_free(kg_tune_session *session) {
    kg_tune_head_free(&session->head);
    kg_session_close(&session->base);
    kg_sparse_crf_free(&session->sparse);
    kg_tune_setup_free(&session->setup);
    memset(session, 0, sizeof *session);
}

void kg_tune_part_free(kg_tune_part *part) {
    kg_tune_packs_free(&part->packs);
    if (part->data)
        part->task->drop(part->data);
    *part = (kg_tune_part){.there = false};
}

/* ---- Scores ---------------------------------------------------------------------------------- */

/* The mean of what was said of an item: where it is read twice, as a pair in both orders. */
static void add_scores(kg_tune_scores *out, uint32_t item, const float *scores) {
    float *own = out->own + (size_t)item * out->outputs;
    float times = (float)++out->times[item];
    for (size_t k = 0; k < out->outputs; k++)
        own[k] = times > 1 ? own[k] + (scores[k] - own[k]) / times : scores[k];
}

/* Score one pack, and put its items where the data set has them. */
static kg_status score_pack(kg_tune_scores *out, double *loss, kg_tune_session *s,
                            const kg_tune_pack *pack, kg_error *err) {
    kg_status st;
    size_t n = pack->items.len, size = n * out->outputs * sizeof *out->own;
    const kg_tune_way way = {.tables = kg_session_tables(&s->base),
                             .count = kg_tune_losses(&s->head.shape, pack)};
    KG_TRY(st, kg_tune_run(loss, &s->head, pack, &way, err));
    const kg_backend *be = kg_model_params(s->base.model)->backend;
    float *view = be->map(s->head.logits, size);
    if (!view)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading scores");
    for (size_t i = 0; i < n; i++)
        add_scores(out, pack->items.data[i], view + i * out->outputs);
    be->unmap(s->head.logits, view, size, false);
    return KG_OK;
}

static kg_status begin_scores(kg_tune_scores *out, const kg_tune_session *s,
                              const kg_tune_part *part, kg_error *err) {
    *out = (kg_tune_scores){.items = part->items, .outputs = s->head.shape.outputs};
    out->own = calloc(out->items * out->outputs + 1, sizeof *out->own);
    out->times = calloc(out->items + 1, 1);
    return out->own && out->times
               ? KG_OK
               : kg_error_set(err, KG_ERR_MEMORY, "out of memory for the scores");
}

kg_status kg_tune_session_score(kg_tune_scores *out, kg_tune_session *s, const kg_tune_part *part,
                                const uint8_t *only, bool losses, kg_error *err) {
    kg_tune_pack pack = KG_TUNE_PACK_INIT;
    const kgp_progress *progress = s->base.host->get_extension(s->base.host, KGP_EXT_PROGRESS);
    const kg_tune_packs *packs = &part->packs;
    size_t n = packs->packs.len, count = 0;
    double sum = 0, loss = 0;
    kg_status st = begin_scores(out, s, part, err);
    for (size_t i = 0; i < n && st == KG_OK; i++) {
        if (!only || only[packs->examples.data[i]])
            st = kg_tune_pack_append(&pack, &packs->packs.data[i]);
        if (st != KG_OK)
            st = kg_error_set(err, st, "out of memory predicting");
        if (st != KG_OK || pack.items.len == 0 ||
            (i + 1 < n && kg_token_batch_tokens(&pack.batch) < PREDICT_PIECES))
            continue;
        size_t of = kg_tune_losses(&s->head.shape, &pack);
        st = score_pack(out, losses ? &loss : NULL, s, &pack, err);
        sum += loss * (double)of;
        count += of;
        kg_tune_pack_clear(&pack);
        if (progress)
            progress->report(s->base.host, "predicting", i + 1, n);
        if (st == KG_OK && progress && progress->is_cancelled(s->base.host))
            st = KG_ERR_CANCELLED;
    }
    kg_tune_pack_free(&pack);
    out->loss = count ? sum / (double)count : 0;
    return st;
}

void kg_tune_scores_free(kg_tune_scores *scores) {
    free(scores->own);
    free(scores->times);
    scores->own = NULL;
    scores->times = NULL;
}

void kg_tune_mix(float *to, const kg_tune_scores *scores, const kg_tune_pack *pack, float share) {
    size_t outputs = scores->outputs;
    bool mixes = share > 0 && pack->sparse.len > 0;
    for (size_t i = 0; i < pack->items.len; i++) {
        const float *own = scores->own + (size_t)pack->items.data[i] * outputs;
        for (size_t k = 0; k < outputs; k++)
            to[i * outputs + k] =
                mixes ? (1 - share) * own[k] + share * pack->sparse.data[i * outputs + k] : own[k];
    }
}
