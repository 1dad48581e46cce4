#include "plugins/transr/trainer.h"

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
    kg_trainer_host base;
    transr_config config;
    transr_data data;
    transr_parameters parameters;
    transr_batches batches;
    transr_step *step;
    uint64_t steps; /* of the whole run, for the learning rate; 0: not known */
} trainer;

static kg_status configure(void *state, const char *json, kg_error *err) {
    trainer *t = state;
    return transr_config_parse(&t->config, json, err);
}

/* transr_sum_fn over the host's ranks. */
static kg_status sum_ranks(void *context, void *data, size_t n, bool wide) {
    trainer *t = context;
    kgp_number type = wide ? KGP_NUMBER_F64 : KGP_NUMBER_F32;
    return (kg_status)t->base.collective->allreduce(t->base.host, data, n, type);
}

static bool is_cancelled(void *context) {
    trainer *t = context;
    return t->base.progress->is_cancelled(t->base.host) != 0;
}

static void say_size(const trainer *t) {
    char text[256];
    double mib = (double)t->parameters.value.n * 2 * sizeof(float) / (1 << 20);
    snprintf(text, sizeof text,
             "%u entities, %u relations, %zu triples to train on, %zu to validate, %zu to test; "
             "tables and their sums of squares take %.0f MiB",
             t->data.E, t->data.R, t->data.train_triples.len, t->data.valid_triples.len,
             t->data.test_triples.len, mib);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

static kg_status allocate(trainer *t) {
    const transr_recipe *recipe = &t->config.recipe;
    transr_ranks ranks = {t->base.collective->rank(t->base.host),
                          t->base.collective->size(t->base.host), sum_ranks, t};
    kg_status st;
    KG_TRY(st, transr_parameters_new(&t->parameters, t->data.E, t->data.R, recipe));
    say_size(t);
    KG_TRY(st, transr_batches_new(&t->batches, &t->data.train, recipe));
    return transr_step_new(&t->step, &t->parameters, recipe, &t->data.train, &t->batches, ranks);
}

static kg_status prepare(void *state, uint64_t *steps_per_epoch, kg_error *err) {
    trainer *t = state;
    kg_status st;
    kg_blas_set_threads(t->config.threads);
    KG_TRY(st, transr_data_read(&t->data, t->base.host, &t->config.source, err));
    KG_TRY(st, allocate(t));
    *steps_per_epoch = t->batches.count;
    t->steps = t->config.steps ? t->config.steps
                               : (uint64_t)(t->config.epochs * (double)t->batches.count + 0.5);
    return KG_OK;
}

static kg_status step(void *state, uint64_t number, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    uint64_t done = number - 1, n = t->batches.count;
    double progress = t->steps ? (double)done / (double)t->steps : 0;
    transr_step_result result;
    kg_status st;
    (void)err;
    transr_batches_shuffle(&t->batches, &t->data.train, &t->config.recipe, done / n + 1);
    KG_TRY(st, transr_step_run(&result, t->step, (size_t)(done % n), progress < 1 ? progress : 1));
    out->put(out, "loss", result.loss);
    out->put(out, "items", (double)result.answers / 2);
    return KG_OK;
}

static void put_figure(const kgp_metrics *out, const char *prefix, const char *name, double value) {
    char key[64];
    snprintf(key, sizeof key, "%s%s", prefix, name);
    out->put(out, key, value);
}

/* Rank `queries` and give the figures, their names after prefix. */
static kg_status rank_part(trainer *t, const transr_queries *queries, const char *prefix,
                           const kgp_metrics *out) {
    transr_trial trial = {.parameters = &t->parameters,
                          .recipe = &t->config.recipe,
                          .test = queries,
                          .known = &t->data.known,
                          .train = &t->data.train,
                          .cancelled = is_cancelled,
                          .context = t};
    transr_evaluation figures;
    kg_status st;
    if (queries->count == 0)
        return KG_OK;
    KG_TRY(st, transr_evaluate(&figures, &trial));
    put_figure(out, prefix, "mrr", figures.both.mrr);
    put_figure(out, prefix, "mr", figures.both.mr);
    put_figure(out, prefix, "hits1", figures.both.hits1);
    put_figure(out, prefix, "hits3", figures.both.hits3);
    put_figure(out, prefix, "hits10", figures.both.hits10);
    put_figure(out, prefix, "unseen_triples", (double)figures.unseen_triples);
    return KG_OK;
}

static kg_status evaluate(void *state, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    (void)err;
    return rank_part(t, &t->data.valid, "", out);
}

static kg_status save(void *state, const char *folder, kg_error *err) {
    const trainer *t = state;
    kg_status st;
    KG_TRY(st, transr_folder_write(folder, &t->parameters, &t->config.recipe, true, err));
    return t->data.graph ? KG_OK
                         : transr_names_write(folder, &t->data.entities, &t->data.relations, err);
}

static kg_status load(void *state, const char *folder, kg_error *err) {
    trainer *t = state;
    return transr_folder_read(&t->parameters, folder, &t->config.recipe, true, err);
}

static kg_status finish(void *state, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    kg_status st;
    KG_TRY(st, rank_part(t, &t->data.valid, "", out));
    KG_TRY(st, rank_part(t, &t->data.test, "test_", out));
    return t->data.graph ? transr_store_write(t->base.host, t->data.snapshot, &t->parameters,
                                              &t->config.recipe, err)
                         : KG_OK;
}

static void release(void *state) {
    trainer *t = state;
    transr_step_free(t->step);
    t->step = NULL;
    transr_batches_free(&t->batches);
    transr_parameters_free(&t->parameters);
    transr_data_free(&t->data);
}

static void destroy(void *state) {
    trainer *t = state;
    transr_config_free(&t->config);
}

static const char *const features[] = {"ranks", "writes-store", NULL};

const kg_trainer_class transr_trainer = {
    .descriptor = {.size = sizeof(kgp_trainer_descriptor),
                   .id = "transr",
                   .name = "TransR",
                   .version = "1.0",
                   .description = "Learns vectors of entities and relations, and projections, by "
                                  "TransR or TransE",
                   .features = features,
                   .schema = transr_schema,
                   .unit = "triples",
                   .best_metric = "mrr",
                   .best_is_highest = 1},
    .state = sizeof(trainer),
    .configure = configure,
    .prepare = prepare,
    .step = step,
    .evaluate = evaluate,
    .save = save,
    .load = load,
    .finish = finish,
    .release = release,
    .destroy = destroy,
};
