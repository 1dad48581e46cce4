#include "plugins/smedbert/pretrain/pretrain_tools.h"

#include "plugins/smedbert/pretrain/document_stream.h"
#include "plugins/smedbert/pretrain/pretrain_state.h"

#include "model/blas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char smedbert_schema[]; /* schemas/smedbert.schema.json */

static kg_status configure(void *state, const char *json, kg_error *err) {
    kg_pretrain_state *s = state;
    return kg_pretrain_settings_parse(&s->settings, json, err);
}

static void tell_missing(void *context, const char *name, const char *found) {
    const kg_pretrain_state *s = context;
    char text[192];
    (void)found; /* no tensor of pretraining is a task's */
    snprintf(text, sizeof text, "the checkpoint lacks %s: it begins %s", name,
             strncmp(name, "kg.", 3) == 0 ? "as the store has it" : "anew");
    s->base.log->log(s->base.host, KGP_INFO, text);
}

static void tell_unused(void *context, const char *names) {
    const kg_pretrain_state *s = context;
    char text[640];
    snprintf(text, sizeof text, "the checkpoint has more than is taken: %s", names);
    s->base.log->log(s->base.host, KGP_INFO, text);
}

static kg_status make_model(kg_pretrain_state *s, kg_error *err) {
    const kg_pretrain_settings *settings = &s->settings;
    kg_session_model model = {.folder = settings->init,
                              .parts = KG_MODEL_HEADS,
                              .reads_tables = settings->kg,
                              .training = true,
                              .precision = settings->precision,
                              .seed = settings->seed,
                              .local_layers = settings->local_layers,
                              .loading = {.missing = tell_missing,
                                          .unused = tell_unused,
                                          .context = s,
                                          .allow_missing = settings->allow_missing}};
    kg_status st;
    KG_TRY(st, kg_pretrain_model_config(&model.config, settings, err));
    KG_TRY(st, kg_session_model_make(&s->session, &model, err));
    s->trainer = (kg_pretrainer){.encoder = kg_model_encoder(s->session.model),
                                 .heads = kg_model_heads(s->session.model)};
    size_t dimensions = kg_model_configuration(s->session.model)->kg_entity_dim;
    s->trainer.target_sums = calloc(dimensions + 1, sizeof *s->trainer.target_sums);
    if (!s->trainer.target_sums)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory making the trainer");
    return kg_pretrain_reserve(s, err);
}

static kg_status open_examples(kg_pretrain_state *s, kg_error *err) {
    kg_examples_options options = s->settings.train;
    kg_examples_close(s->examples);
    s->examples = NULL;
    options.start = s->place;
    return kg_examples_open(&s->examples, s->base.host, &s->session.graph, s->session.tokenizer,
                            &options, err);
}

/* What will be skipped is said, and what is no text is refused, before anything is trained; by rank
 * 0, whose failure ends the others. */
static kg_status survey(const kg_pretrain_state *s, const kg_examples_options *options,
                        const char *name, kg_error *err) {
    kg_status st;
    char found[320], text[384];
    if (options->n_paths == 0 || s->base.collective->rank(s->base.host) > 0)
        return KG_OK;
    KG_TRY(st, kg_document_survey(found, sizeof found, s->base.host, options, err));
    snprintf(text, sizeof text, "%s: %s", name, found);
    if (found[0])
        s->base.log->log(s->base.host, KGP_INFO, text);
    return KG_OK;
}

static kg_status prepare(void *state, uint64_t *steps_per_epoch, kg_error *err) {
    kg_pretrain_state *s = state;
    kg_status st;
    kg_pretrain_settings *settings = &s->settings;
    kg_blas_set_threads(settings->threads);
    settings->train.rank = settings->dev.rank = s->base.collective->rank(s->base.host);
    settings->train.ranks = settings->dev.ranks = s->base.collective->size(s->base.host);
    const kg_session_source source = kg_pretrain_source(settings);
    KG_TRY(st, kg_session_begin(&s->session, s->base.host, &source, err));
    KG_TRY(st, survey(s, &settings->train, "corpus", err));
    KG_TRY(st, survey(s, &settings->dev, "dev", err));
    KG_TRY(st, make_model(s, err));
    *steps_per_epoch = 0;
    if (settings->steps == 0 && settings->epochs > 0) {
        uint64_t documents;
        s->base.progress->report(s->base.host, "counting examples", 0, 0);
        KG_TRY(st, kg_examples_count(steps_per_epoch, &documents, s->base.host,
                                     s->session.tokenizer, &settings->train, err));
    }
    uint64_t steps = settings->steps ? settings->steps
                                     : (uint64_t)ceil(settings->epochs * (double)*steps_per_epoch);
    s->optimizer = settings->optimizer;
    KG_TRY(st, kg_session_optimizer(&s->optimizer, &s->session, steps, err));
    return open_examples(s, err);
}

/* Gradients of the global batch: micro-batch by micro-batch, then summed over the ranks. */
static kg_status gradients(kg_pretrain_sums *sums, kg_pretrain_state *s,
                           const kg_examples_batch *batch, kg_error *err) {
    kg_status st;
    *sums = (kg_pretrain_sums){.counts = kg_pretrain_counts(&batch->counts),
                               .tokens = batch->counts.tokens,
                               .sequences = batch->counts.sequences};
    kg_pretrain_begin_sums(s);
    for (uint32_t i = 0; i < batch->n_micro; i++) {
        kg_losses losses;
        const kg_encoder_input input = {.batch = &batch->micro[i],
                                        .tables = kg_session_tables(&s->session),
                                        .seed = s->settings.seed,
                                        .dropout = true,
                                        .backward = true};
        KG_TRY(st, kg_pretrain_run(&losses, &s->trainer, &input, &sums->counts, err));
        kg_losses_add(&sums->losses, &losses);
    }
    KG_TRY(st, kg_pretrain_sum_ranks(&sums->losses, s));
    return kg_session_sum_gradients(&s->session, s->base.collective, err);
}

static kg_status step(void *state, uint64_t number, const kgp_metrics *out, kg_error *err) {
    kg_pretrain_state *s = state;
    kg_examples_batch batch;
    kg_pretrain_sums sums;
    kg_optimizer_report report;
    bool end = false;
    kg_status st;
    KG_TRY(st, kg_session_renew(&s->session, number, err));
    KG_TRY(st, kg_examples_next(&batch, &end, s->examples, err));
    KG_TRY(st, gradients(&sums, s, &batch, err));
    KG_TRY(st, kg_optimizer_step(&report, &s->optimizer, s->session.model, number, err));
    s->place = batch.after;
    kg_pretrain_put(out, &sums, s);
    out->put(out, "items", (double)sums.tokens);
    out->put(out, "gradient_norm", report.norm);
    out->put(out, "learning_rate", report.rate);
    return KG_OK;
}

static kg_status evaluate(void *state, const kgp_metrics *out, kg_error *err) {
    return kg_pretrain_evaluate(state, out, err);
}

static kg_status save(void *state, const char *folder, kg_error *err) {
    return kg_pretrain_save(state, folder, err);
}

static kg_status load(void *state, const char *folder, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_pretrain_load(state, folder, err));
    return open_examples(state, err);
}

/* What became of the documents of this run, and how long its steps waited for them. */
static void tell_documents(const kg_pretrain_state *s) {
    char text[512];
    kg_examples_report report = kg_examples_told(s->examples);
    kg_examples_tell(text, sizeof text, &report);
    s->base.log->log(s->base.host, KGP_INFO, text);
    snprintf(text, sizeof text, "the steps waited %.2f s for examples", report.waited);
    s->base.log->log(s->base.host, KGP_INFO, text);
}

static void release(void *state) {
    kg_pretrain_state *s = state;
    if (s->examples)
        tell_documents(s);
    kg_examples_close(s->examples);
    s->examples = NULL;
    kg_pretrainer_free(&s->trainer);
    free(s->trainer.target_sums);
    s->trainer.target_sums = NULL;
    kg_optimizer_free(&s->optimizer);
    kg_session_close(&s->session);
}

static void destroy(void *state) {
    kg_pretrain_state *s = state;
    kg_pretrain_settings_free(&s->settings);
}

static const char *const features[] = {"ranks", NULL};

const kg_trainer_class kg_pretrain_trainer = {
    .descriptor = {.size = sizeof(kgp_trainer_descriptor),
                   .id = "smedbert",
                   .name = "SMedBERT",
                   .version = "1.0",
                   .description =
                       "Pretrains a BERT whose mentions read their neighbors in the graph",
                   .features = features,
                   .schema = smedbert_schema,
                   .unit = "tokens"},
    .state = sizeof(kg_pretrain_state),
    .configure = configure,
    .prepare = prepare,
    .step = step,
    .evaluate = evaluate,
    .save = save,
    .load = load,
    .finish = evaluate,
    .release = release,
    .destroy = destroy,
};
