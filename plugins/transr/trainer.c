#include "plugins/transr/trainer.h"

#include "plugins/transr/give.h"
#include "plugins/transr/link_prediction.h"
#include "plugins/transr/recipe_json.h"
#include "plugins/transr/table_files.h"
#include "plugins/transr/train_step.h"

#include "model/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char transr_schema[]; /* schemas/transr.schema.json */

typedef struct trainer {
    kgp_trainer base; /* what the host holds; its self is this struct */
    const kgp_host *host;
    const kgp_collective *collective;
    const kgp_log *log;
    const kgp_progress *progress;
    transr_config config;
    transr_data data;
    transr_parameters parameters;
    transr_batches batches;
    transr_step *step;
    uint64_t steps; /* of the whole run, for the learning rate; 0: not known */
} trainer;

static kgp_status trainer_init(void *self, kgp_error *err) {
    trainer *t = self;
    t->collective = t->host->get_extension(t->host, KGP_EXT_COLLECTIVE);
    t->log = t->host->get_extension(t->host, KGP_EXT_LOG);
    t->progress = t->host->get_extension(t->host, KGP_EXT_PROGRESS);
    if (t->collective && t->log && t->progress)
        return KGP_OK;
    kg_error detail = KG_ERROR_INIT;
    kg_error_set(&detail, KG_ERR_UNSUPPORTED, "the host lacks collectives, a log or progress");
    return transr_give(err, KG_ERR_UNSUPPORTED, &detail);
}

static kgp_status trainer_configure(void *self, const char *json, kgp_error *err) {
    trainer *t = self;
    kg_error detail = KG_ERROR_INIT;
    kg_status st = transr_config_parse(&t->config, json, &detail);
    return transr_give(err, st, &detail);
}

/* transr_sum_fn over the host's ranks. */
static kg_status sum_ranks(void *context, void *data, size_t n, bool wide) {
    trainer *t = context;
    kgp_number type = wide ? KGP_NUMBER_F64 : KGP_NUMBER_F32;
    return (kg_status)t->collective->allreduce(t->host, data, n, type);
}

static bool is_cancelled(void *context) {
    trainer *t = context;
    return t->progress->is_cancelled(t->host) != 0;
}

static void say_size(const trainer *t) {
    char text[256];
    double mib = (double)t->parameters.value.n * 2 * sizeof(float) / (1 << 20);
    snprintf(text, sizeof text,
             "%u entities, %u relations, %zu triples to train on, %zu to validate, %zu to test; "
             "tables and their sums of squares take %.0f MiB",
             t->data.E, t->data.R, t->data.train_triples.len, t->data.valid_triples.len,
             t->data.test_triples.len, mib);
    t->log->log(t->host, KGP_INFO, text);
}

static kg_status allocate(trainer *t) {
    const transr_recipe *recipe = &t->config.recipe;
    transr_ranks ranks = {t->collective->rank(t->host), t->collective->size(t->host), sum_ranks, t};
    kg_status st;
    KG_TRY(st, transr_parameters_new(&t->parameters, t->data.E, t->data.R, recipe));
    say_size(t);
    KG_TRY(st, transr_batches_new(&t->batches, &t->data.train, recipe));
    return transr_step_new(&t->step, &t->parameters, recipe, &t->data.train, &t->batches, ranks);
}

static kgp_status trainer_prepare(void *self, uint64_t *steps_per_epoch, kgp_error *err) {
    trainer *t = self;
    kg_error detail = KG_ERROR_INIT;
    kg_blas_set_threads(t->config.threads);
    kg_status st = transr_data_read(&t->data, t->host, &t->config.source, &detail);
    if (st != KG_OK)
        return transr_give(err, st, &detail);
    st = allocate(t);
    if (st != KG_OK)
        return transr_give(err, st, NULL);
    *steps_per_epoch = t->batches.count;
    t->steps = t->config.steps ? t->config.steps
                               : (uint64_t)(t->config.epochs * (double)t->batches.count + 0.5);
    return KGP_OK;
}

static kgp_status trainer_step(void *self, uint64_t step, const kgp_metrics *out, kgp_error *err) {
    trainer *t = self;
    uint64_t done = step - 1, n = t->batches.count;
    double progress = t->steps ? (double)done / (double)t->steps : 0;
    transr_step_result result;
    transr_batches_shuffle(&t->batches, &t->data.train, &t->config.recipe, done / n + 1);
    kg_status st =
        transr_step_run(&result, t->step, (size_t)(done % n), progress < 1 ? progress : 1);
    if (st != KG_OK)
        return transr_give(err, st, NULL);
    out->put(out, "loss", result.loss);
    out->put(out, "items", (double)result.answers / 2);
    return KGP_OK;
}

static void put_figure(const kgp_metrics *out, const char *prefix, const char *name, double value) {
    char key[64];
    snprintf(key, sizeof key, "%s%s", prefix, name);
    out->put(out, key, value);
}

/* Rank `queries` and give the figures, their names after prefix. */
static kgp_status rank_part(trainer *t, const transr_queries *queries, const char *prefix,
                            const kgp_metrics *out, kgp_error *err) {
    transr_trial trial = {.parameters = &t->parameters,
                          .recipe = &t->config.recipe,
                          .test = queries,
                          .known = &t->data.known,
                          .train = &t->data.train,
                          .cancelled = is_cancelled,
                          .context = t};
    transr_evaluation figures;
    if (queries->count == 0)
        return KGP_OK;
    kg_status st = transr_evaluate(&figures, &trial);
    if (st != KG_OK)
        return transr_give(err, st, NULL);
    put_figure(out, prefix, "mrr", figures.both.mrr);
    put_figure(out, prefix, "mr", figures.both.mr);
    put_figure(out, prefix, "hits1", figures.both.hits1);
    put_figure(out, prefix, "hits3", figures.both.hits3);
    put_figure(out, prefix, "hits10", figures.both.hits10);
    put_figure(out, prefix, "unseen_triples", (double)figures.unseen_triples);
    return KGP_OK;
}

static kgp_status trainer_evaluate(void *self, const kgp_metrics *out, kgp_error *err) {
    trainer *t = self;
    return rank_part(t, &t->data.valid, "", out, err);
}

static kgp_status trainer_save(void *self, const char *folder, kgp_error *err) {
    trainer *t = self;
    if (!folder)
        return KGP_OK;
    kg_error detail = KG_ERROR_INIT;
    kg_status st = transr_folder_write(folder, &t->parameters, &t->config.recipe, true, &detail);
    if (st == KG_OK && !t->data.graph)
        st = transr_names_write(folder, &t->data.entities, &t->data.relations, &detail);
    return transr_give(err, st, &detail);
}

static kgp_status trainer_load(void *self, const char *folder, kgp_error *err) {
    trainer *t = self;
    kg_error detail = KG_ERROR_INIT;
    kg_status st = transr_folder_read(&t->parameters, folder, &t->config.recipe, true, &detail);
    return transr_give(err, st, &detail);
}

static kgp_status trainer_finish(void *self, const kgp_metrics *out, kgp_error *err) {
    trainer *t = self;
    kgp_status ranked = rank_part(t, &t->data.valid, "", out, err);
    if (ranked == KGP_OK)
        ranked = rank_part(t, &t->data.test, "test_", out, err);
    if (ranked != KGP_OK || !t->data.graph)
        return ranked;
    kg_error detail = KG_ERROR_INIT;
    kg_status st =
        transr_store_write(t->host, t->data.snapshot, &t->parameters, &t->config.recipe, &detail);
    return transr_give(err, st, &detail);
}

static void trainer_release(void *self) {
    trainer *t = self;
    transr_step_free(t->step);
    t->step = NULL;
    transr_batches_free(&t->batches);
    transr_parameters_free(&t->parameters);
    transr_data_free(&t->data);
}

static void trainer_destroy(void *self) {
    trainer *t = self;
    transr_config_free(&t->config);
    free(t);
}

static const char *const features[] = {"ranks", "writes-store", NULL};

const kgp_trainer_descriptor transr_trainer_descriptor = {
    .size = sizeof transr_trainer_descriptor,
    .id = "transr",
    .name = "TransR",
    .version = "1.0",
    .description = "Learns vectors of entities and relations, and projections, by TransR or TransE",
    .features = features,
    .schema = transr_schema,
    .unit = "triples",
    .best_metric = "mrr",
    .best_is_highest = 1,
};

kgp_status transr_trainer_create(kgp_trainer **out, const kgp_host *host, const char *id,
                                 kgp_error *err) {
    (void)id;
    trainer *t = calloc(1, sizeof *t);
    if (!t)
        return transr_give(err, KG_ERR_MEMORY, NULL);
    t->host = host;
    t->base = (kgp_trainer){.size = sizeof t->base,
                            .self = t,
                            .init = trainer_init,
                            .configure = trainer_configure,
                            .prepare = trainer_prepare,
                            .step = trainer_step,
                            .evaluate = trainer_evaluate,
                            .save = trainer_save,
                            .load = trainer_load,
                            .finish = trainer_finish,
                            .release = trainer_release,
                            .destroy = trainer_destroy};
    *out = &t->base;
    return KGP_OK;
}
