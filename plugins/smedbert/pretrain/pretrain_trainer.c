#include "plugins/smedbert/pretrain/pretrain_tools.h"

#include "plugins/smedbert/reading/checkpoint_vocab.h"
#include "plugins/smedbert/pretrain/pretrain_state.h"

#include "model/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char smedbert_schema[]; /* schemas/smedbert.schema.json */

static kg_status configure(void *state, const char *json, kg_error *err) {
    kg_pretrain_state *s = state;
    return kg_pretrain_settings_parse(&s->settings, json, err);
}

kg_status kg_pretrain_tokenizer(kg_tokenizer **out, const kg_pretrain_settings *settings,
                                kg_error *err) {
    if (settings->vocab != NULL)
        return kg_tokenizer_open(out, settings->vocab, settings->cased, err);
    bool cased = settings->cased || kg_checkpoint_cased(settings->init);
    return kg_checkpoint_tokenizer(out, settings->init, cased, err);
}

static void tell_missing(void *context, const char *name) {
    const kg_pretrain_state *s = context;
    char text[192];
    snprintf(text, sizeof text, "the checkpoint lacks %s: it begins %s", name,
             strncmp(name, "kg.", 3) == 0 ? "as the store has it" : "anew");
    s->base.log->log(s->base.host, KGP_INFO, text);
}

static kg_status make_model(kg_pretrain_state *s, kg_error *err) {
    kg_model_config config;
    kg_status st;
    KG_TRY(st, kg_pretrain_model_config(&config, &s->settings, err));
    uint32_t tokens = kg_tokenizer_size(s->tokenizer);
    if (s->settings.init == NULL)
        config.vocab_size = tokens;
    else if (tokens > config.vocab_size)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "the vocabulary has %u tokens, the checkpoint's embeddings have %u",
                            tokens, config.vocab_size);
    if (s->settings.kg)
        kg_graph_view_sizes(&config, &s->graph);
    KG_TRY(st, kg_model_new(&s->model, &config, KG_MODEL_HEADS, err));
    KG_TRY(st, kg_model_allocate(s->model, true, s->settings.seed, err));
    kg_model_begin_local(s->model, s->settings.local_layers, s->settings.seed);
    KG_TRY(st, kg_model_take_tables(&s->graph.tables, s->model, err));
    if (s->settings.init != NULL)
        KG_TRY(st, kg_model_load(s->model, s->settings.init, tell_missing, s, err));
    s->trainer =
        (kg_pretrainer){.encoder = kg_model_encoder(s->model), .heads = kg_model_heads(s->model)};
    s->trainer.target_sums = calloc(config.kg_entity_dim + 1, sizeof *s->trainer.target_sums);
    if (!s->trainer.target_sums)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    return kg_pretrain_reserve(s, err);
}

static kg_status open_examples(kg_pretrain_state *s, kg_error *err) {
    kg_examples_options options = s->settings.train;
    kg_examples_close(s->examples);
    s->examples = NULL;
    options.start = s->place;
    return kg_examples_open(&s->examples, s->base.host, &s->graph, s->tokenizer, &options, err);
}

static kg_status prepare(void *state, uint64_t *steps_per_epoch, kg_error *err) {
    kg_pretrain_state *s = state;
    kg_status st;
    kg_pretrain_settings *settings = &s->settings;
    kg_blas_set_threads(settings->threads);
    settings->train.rank = settings->dev.rank = s->base.collective->rank(s->base.host);
    settings->train.ranks = settings->dev.ranks = s->base.collective->size(s->base.host);
    KG_TRY(st, kg_graph_view_begin(&s->graph, s->base.host, &settings->graph, err));
    KG_TRY(st, kg_pretrain_tokenizer(&s->tokenizer, settings, err));
    KG_TRY(st, make_model(s, err));
    *steps_per_epoch = 0;
    if (settings->steps == 0 && settings->epochs > 0) {
        uint64_t documents;
        s->base.progress->report(s->base.host, "counting examples", 0, 0);
        KG_TRY(st, kg_examples_count(steps_per_epoch, &documents, s->base.host, s->tokenizer,
                                     &settings->train, err));
    }
    s->schedule_steps = settings->schedule_steps ? settings->schedule_steps
                        : settings->steps
                            ? settings->steps
                            : (uint64_t)ceil(settings->epochs * (double)*steps_per_epoch);
    return open_examples(s, err);
}

void kg_pretrain_begin_sums(kg_pretrain_state *s) {
    if (s->trainer.target_sums)
        memset(s->trainer.target_sums, 0,
               kg_model_configuration(s->model)->kg_entity_dim * sizeof(double));
}

kg_status kg_pretrain_sum_ranks(kg_losses *l, kg_pretrain_state *s) {
    double sums[] = {l->mlm.sum,   (double)l->mlm.correct,   l->order.sum, (double)l->order.correct,
                     l->pairs.sum, (double)l->pairs.correct, l->squares,   l->target_squares};
    if (s->base.collective->size(s->base.host) == 1)
        return KG_OK;
    kgp_status st = s->base.collective->allreduce(s->base.host, sums, 8, KGP_NUMBER_F64);
    if (st == KGP_OK && s->trainer.target_sums)
        st = s->base.collective->allreduce(s->base.host, s->trainer.target_sums,
                                           kg_model_configuration(s->model)->kg_entity_dim,
                                           KGP_NUMBER_F64);
    l->mlm = (kg_loss_sum){sums[0], (uint64_t)sums[1]};
    l->order = (kg_loss_sum){sums[2], (uint64_t)sums[3]};
    l->pairs = (kg_loss_sum){sums[4], (uint64_t)sums[5]};
    l->squares = sums[6];
    l->target_squares = sums[7];
    return (kg_status)st;
}

/* The first gradient that is not finite, by name. */
static kg_status bad_gradient(const kg_params *params, kg_error *err) {
    for (size_t i = 0; i < params->table.len; i++)
        for (size_t j = 0; j < params->table.data[i].count; j++)
            if (!isfinite(params->gradients[params->table.data[i].offset + j]))
                return kg_error_set(err, KG_ERR_NUMERIC, "the gradient of %s is not finite",
                                    params->table.data[i].name);
    return kg_error_set(err, KG_ERR_NUMERIC, "the gradients' norm is not finite");
}

/* Gradients of the global batch: micro-batch by micro-batch, then summed over the ranks. */
static kg_status gradients(kg_pretrain_sums *sums, kg_pretrain_state *s,
                           const kg_examples_batch *batch, kg_error *err) {
    kg_params *params = kg_model_params(s->model);
    kg_status st;
    *sums = (kg_pretrain_sums){.counts = kg_pretrain_counts(&batch->counts),
                               .tokens = batch->counts.tokens,
                               .sequences = batch->counts.sequences};
    kg_pretrain_begin_sums(s);
    for (uint32_t i = 0; i < batch->n_micro; i++) {
        kg_losses losses;
        const kg_encoder_input input = {.batch = &batch->micro[i],
                                        .tables = s->settings.kg ? &s->graph.tables : NULL,
                                        .seed = s->settings.seed,
                                        .dropout = true,
                                        .backward = true};
        KG_TRY(st, kg_pretrain_run(&losses, &s->trainer, &input, &sums->counts, err));
        kg_losses_add(&sums->losses, &losses);
    }
    KG_TRY(st, kg_pretrain_sum_ranks(&sums->losses, s));
    return (kg_status)s->base.collective->allreduce(s->base.host, params->gradients, params->total,
                                                    KGP_NUMBER_F32);
}

static kg_status step(void *state, uint64_t number, const kgp_metrics *out, kg_error *err) {
    kg_pretrain_state *s = state;
    kg_params *params = kg_model_params(s->model);
    kg_pretrain_settings *settings = &s->settings;
    kg_examples_batch batch;
    kg_pretrain_sums sums;
    bool end = false;
    kg_status st;
    KG_TRY(st, kg_examples_next(&batch, &end, s->examples, err));
    KG_TRY(st, gradients(&sums, s, &batch, err));
    double norm = kg_gradient_norm(params);
    if (!isfinite(norm))
        return bad_gradient(params, err);
    kg_adamw adamw = settings->adamw;
    adamw.learning_rate *=
        kg_schedule(number, settings->warmup_steps, s->schedule_steps, settings->final_rate);
    kg_adamw_step(params, &adamw, number, norm);
    s->place = batch.after;
    kg_pretrain_put(out, &sums, s);
    out->put(out, "items", (double)sums.tokens);
    out->put(out, "gradient_norm", norm);
    out->put(out, "learning_rate", adamw.learning_rate);
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
    kg_model_free(s->model);
    s->model = NULL;
    kg_tokenizer_free(s->tokenizer);
    s->tokenizer = NULL;
    kg_graph_view_end(&s->graph);
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
