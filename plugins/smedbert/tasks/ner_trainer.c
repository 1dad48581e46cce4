/* The trainer `ner`: fine-tuning for named-entity recognition, under the host's run loop. */
#include "plugins/smedbert/tasks/ner_tools.h"

#include "plugins/common/abi_status.h"
#include "plugins/smedbert/tasks/ner_batches.h"
#include "plugins/smedbert/tasks/ner_choose.h"

#include "model/blas.h"
#include "model/epoch_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_schema[]; /* schemas/ner.schema.json */

enum { PATH_SIZE = 4096 };

typedef struct trainer {
    kg_trainer_host base;
    kg_ner_settings settings;
    kg_ner_session session;
    kg_optimizer optimizer;
    kg_ner_part train, dev, test;
    uint8_t *held, *trained; /* of each sequence of train: held out to choose the epoch; or not */
    kg_ner_batches batches;
} trainer;

/* ---- Data ------------------------------------------------------------------------------------ */

static void say_how_read(const trainer *t, const kg_ner_data *data, const char *path) {
    char text[512];
    if (data->told[0] == '\0')
        return;
    snprintf(text, sizeof text, "%s: %s", path, data->told);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

static kg_status read_part(kg_ner_part *p, trainer *t, const char *path, kg_error *err) {
    kg_status st;
    if (!path)
        return KG_OK;
    p->there = true;
    KG_TRY(st, kg_ner_data_read(&p->data, path, false, err));
    say_how_read(t, &p->data, path);
    if (p == &t->train) {
        t->session.setup.characters = p->data.characters;
        for (size_t i = 0; i < p->data.set.types.len; i++)
            if (kg_tagset_add(&t->session.setup.set, kg_str_from(p->data.set.types.data[i]),
                              NULL) != KG_OK)
                return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
        if (p->data.set.types.len == 0)
            return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                               "holds no entity: every tag is O; there is nothing to learn");
    }
    return kg_ner_data_align(&p->data, &t->session.setup.set, path, err);
}

static kg_status cut_part(kg_ner_part *p, trainer *t, kg_error *err) {
    kg_ner_window_options options = t->session.setup.windows;
    if (!p->there)
        return KG_OK;
    options.trained = p == &t->train ? t->trained : NULL;
    return kg_ner_windows_make(&p->windows, &p->data, &t->session.base.reading, &options, err);
}

/* Draw the sequences that are held out. */
static kg_status hold_out(trainer *t, kg_error *err) {
    size_t n = t->train.data.sequence_ends.len;
    t->held = calloc(n, 1);
    t->trained = calloc(n, 1);
    if (!t->held || !t->trained)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory splitting the training data");
    kg_hold_out(t->held, n, t->settings.dev_split);
    for (size_t s = 0; s < n; s++)
        t->trained[s] = !t->held[s];
    return KG_OK;
}

static bool tell_fit(void *context, unsigned iteration, double loss) {
    const trainer *t = context;
    const kgp_progress *progress = t->base.progress;
    (void)loss;
    progress->report(t->base.host, "fitting sparse features", iteration,
                     t->settings.sparse.iterations);
    return !progress->is_cancelled(t->base.host);
}

static kg_status fit_sparse(trainer *t, kg_error *err) {
    kg_ner_session *s = &t->session;
    kg_sparse_fitting fitting = t->settings.sparse;
    if (!s->setup.sparse)
        return KG_OK;
    fitting.data = &t->train.data;
    fitting.held = t->held;
    fitting.from = &s->base.reading;
    fitting.all_names = s->setup.windows.all_names;
    fitting.tags = kg_tagset_tags(&s->setup.set);
    fitting.threads = t->settings.threads;
    fitting.goes_on = tell_fit;
    fitting.context = t;
    s->setup.windows.sparse = &s->sparse;
    return kg_sparse_crf_fit(&s->sparse, &fitting, err);
}

static void say_data(const trainer *t) {
    char text[320];
    const kg_ner_windows *w = &t->train.windows;
    snprintf(text, sizeof text,
             "%zu windows to train on (%llu tokens), %zu types; %llu mentions linked, %llu dropped "
             "whose edges are no token edges; %zu weights of %zu sparse features",
             t->batches.order.len, (unsigned long long)t->batches.pieces,
             t->session.setup.set.types.len, (unsigned long long)(w->mentions - w->off_edge),
             (unsigned long long)w->off_edge, t->session.sparse.weights.len,
             t->session.sparse.keys.len);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

static kg_status read_data(trainer *t, kg_error *err) {
    kg_status st;
    const kg_ner_settings *s = &t->settings;
    KG_TRY(st, read_part(&t->train, t, s->train, err));
    KG_TRY(st, read_part(&t->dev, t, s->dev, err));
    KG_TRY(st, read_part(&t->test, t, s->test, err));
    KG_TRY(st, kg_ner_session_begin(&t->session, t->base.host, s->vocab, s->init, err));
    KG_TRY(st, hold_out(t, err));
    KG_TRY(st, fit_sparse(t, err));
    KG_TRY(st, cut_part(&t->train, t, err));
    KG_TRY(st, cut_part(&t->dev, t, err));
    KG_TRY(st, cut_part(&t->test, t, err));
    t->batches = (kg_ner_batches){.windows = &t->train.windows,
                                  .held = t->held,
                                  .tokens_per_batch = s->tokens_per_batch,
                                  .tokens_per_micro = s->tokens_per_micro,
                                  .rank = t->base.collective->rank(t->base.host),
                                  .ranks = t->base.collective->size(t->base.host),
                                  .seed = s->seed};
    return kg_ner_batches_begin(&t->batches, err);
}

/* ---- The model ------------------------------------------------------------------------------- */

/* The new parameters have learning rates of their own. */
static void set_rates(trainer *t) {
    kg_params *params = kg_model_params(t->session.base.model);
    const kg_ner_settings *s = &t->settings;
    double base = s->optimizer.adamw.learning_rate;
    for (size_t i = 0; i < params->table.len; i++) {
        kg_param *p = &params->table.data[i];
        if (strncmp(p->name, "classifier.", 11) == 0 || strncmp(p->name, "crf.", 4) == 0)
            p->rate = (float)(s->head_rate / base);
        else if (strncmp(p->name, "features.", 9) == 0)
            p->rate = (float)(s->feature_rate / base);
    }
}

static void tell_missing(void *context, const char *name) {
    const trainer *t = context;
    char text[192];
    if (strncmp(name, "classifier.", 11) == 0 || strncmp(name, "crf.", 4) == 0 ||
        strncmp(name, "features.", 9) == 0)
        return;
    snprintf(text, sizeof text, "the checkpoint lacks %s: it begins anew", name);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

static kg_status make_model(trainer *t, uint64_t steps, kg_error *err) {
    kg_status st;
    const kg_ner_settings *s = &t->settings;
    kg_session_model model = {.folder = s->init,
                              .training = true,
                              .precision = s->precision,
                              .seed = s->seed,
                              .missing = tell_missing,
                              .context = t};
    KG_TRY(st, kg_ner_model_config(&model.config, s, err));
    KG_TRY(st, kg_ner_session_model(&t->session, &model, err));
    t->session.task.dropout = s->dropout;
    t->optimizer = s->optimizer;
    set_rates(t);
    return kg_session_optimizer(&t->optimizer, &t->session.base, steps, err);
}

static kg_status configure(void *state, const char *json, kg_error *err) {
    trainer *t = state;
    return kg_ner_settings_parse(&t->settings, json, err);
}

static kg_status prepare(void *state, uint64_t *steps_per_epoch, kg_error *err) {
    trainer *t = state;
    kg_status st;
    const kg_ner_settings *s = &t->settings;
    kg_blas_set_threads(s->threads);
    t->session = (kg_ner_session){.setup = s->setup};
    KG_TRY(st, read_data(t, err));
    uint64_t n = t->batches.count;
    KG_TRY(st, make_model(t, s->steps ? s->steps : (uint64_t)ceil(s->epochs * (double)n), err));
    say_data(t);
    *steps_per_epoch = n;
    return KG_OK;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* Gradients of the step: micro-batch by micro-batch, then summed over the ranks. */
static kg_status gradients(double *loss, trainer *t, kg_error *err) {
    kg_status st;
    const kg_ner_way way = {.tables = kg_session_tables(&t->session.base),
                            .seed = t->settings.seed,
                            .train = true,
                            .tokens = t->batches.step_tokens};
    const kgp_collective *ranks = t->base.collective;
    *loss = 0;
    for (size_t i = 0; i < t->batches.used; i++) {
        double part;
        KG_TRY(st, kg_ner_run(&part, &t->session.task, &t->batches.micro.data[i], &way, err));
        *loss += part;
    }
    KG_TRY(st, kg_abi_take(err, ranks->allreduce(t->base.host, loss, 1, KGP_NUMBER_F64), NULL));
    return kg_session_sum_gradients(&t->session.base, ranks, err);
}

static kg_status step(void *state, uint64_t number, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    kg_status st;
    kg_optimizer_report report;
    double loss;
    KG_TRY(st, kg_session_renew(&t->session.base, number, err));
    KG_TRY(st, kg_ner_batches_fill(&t->batches, number - 1, err));
    KG_TRY(st, gradients(&loss, t, err));
    KG_TRY(st, kg_optimizer_step(&report, &t->optimizer, t->session.base.model, number, err));
    out->put(out, "loss", loss);
    out->put(out, "items", (double)t->batches.step_pieces);
    out->put(out, "gradient_norm", report.norm);
    out->put(out, "learning_rate", report.rate);
    return KG_OK;
}

/* ---- Evaluation ------------------------------------------------------------------------------ */

/* Every rank measures all; what rank 0 found counts, lest ranks differ in the best. */
static kg_status agree(kg_ner_figures *figures, const trainer *t, kg_error *err) {
    return kg_abi_take(
        err, t->base.collective->broadcast(t->base.host, figures, sizeof *figures, 0), NULL);
}

static void put_figures(const kg_ner_figures *f, const char *prefix, const kgp_metrics *out) {
    char name[64];
    const struct {
        const char *name;
        double value;
    } figures[] = {{"f1", f->f1},
                   {"precision", f->precision},
                   {"recall", f->recall},
                   {"macro_f1", f->macro_f1},
                   {"loss", f->loss}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, figures[i].name);
        out->put(out, name, figures[i].value);
    }
}

static kg_status score_part(trainer *t, const kg_ner_part *p, const char *prefix,
                            const kgp_metrics *out, kg_error *err) {
    kg_ner_figures figures = {.f1 = 0};
    kg_status st;
    if (!p->there)
        return KG_OK;
    KG_TRY(st, kg_ner_measure(&figures, &t->session, p, err));
    KG_TRY(st, agree(&figures, t, err));
    put_figures(&figures, prefix, out);
    return KG_OK;
}

/* Score what chooses the epoch, and choose the reading too. */
static kg_status choose(trainer *t, const kg_ner_part *p, const uint8_t *only,
                        const kgp_metrics *out, kg_error *err) {
    kg_ner_figures figures = {.f1 = 0};
    kg_status st;
    KG_TRY(st, kg_ner_choose(&figures, &t->session, p, only, t->settings.tune_reading, err));
    KG_TRY(st, agree(&figures, t, err));
    t->session.setup.reading = figures.reading;
    put_figures(&figures, "", out);
    out->put(out, "entity_bias", (double)figures.reading.bias);
    if (t->settings.setup.sparse)
        out->put(out, "sparse_share", (double)figures.reading.share);
    return KG_OK;
}

/* What chooses the epoch: the share of train held out, else dev. */
static kg_status evaluate(void *state, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    kg_status st = KG_OK;
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    if (t->settings.dev_split > 0)
        st = choose(t, &t->train, t->held, out, err);
    else if (t->dev.there)
        st = choose(t, &t->dev, NULL, out, err);
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    return st;
}

static kg_status finish(void *state, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    kg_status st;
    KG_TRY(st, evaluate(t, out, err));
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    st = score_part(t, &t->dev, "dev_", out, err);
    if (st == KG_OK)
        st = score_part(t, &t->test, "test_", out, err);
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    return st;
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

static kg_status save(void *state, const char *folder, kg_error *err) {
    trainer *t = state;
    kg_status st;
    char path[PATH_SIZE];
    KG_TRY(st, kg_optimizer_save(&t->optimizer, t->session.base.model, folder, err));
    KG_TRY(st, kg_session_save_reading(&t->session.base, folder, err));
    snprintf(path, sizeof path, "%s/sparse.txt", folder);
    if (t->session.setup.sparse)
        KG_TRY(st, kg_sparse_crf_write(&t->session.sparse, path, err));
    return kg_ner_setup_write(&t->session.setup, folder, err);
}

static kg_status load_reading(trainer *t, const char *folder, kg_error *err) {
    kg_ner_setup setup;
    kg_status st = kg_ner_setup_read(&setup, folder, err);
    if (st == KG_OK)
        t->session.setup.reading = setup.reading;
    kg_tagset_free(&setup.set);
    return st;
}

static kg_status load(void *state, const char *folder, kg_error *err) {
    trainer *t = state;
    kg_status st;
    KG_TRY(st, load_reading(t, folder, err));
    return kg_optimizer_load(&t->optimizer, t->session.base.model, folder, err);
}

/* ---- What the host sees ---------------------------------------------------------------------- */

static void release(void *state) {
    trainer *t = state;
    kg_optimizer_free(&t->optimizer);
    kg_ner_session_free(&t->session);
    kg_ner_batches_free(&t->batches);
    kg_ner_part_free(&t->train);
    kg_ner_part_free(&t->dev);
    kg_ner_part_free(&t->test);
    free(t->held);
    free(t->trained);
    t->held = NULL;
    t->trained = NULL;
}

static void destroy(void *state) {
    trainer *t = state;
    kg_ner_settings_free(&t->settings);
}

static const char *const features[] = {"ranks", "chooses-epoch", NULL};

const kg_trainer_class kg_ner_trainer = {
    .descriptor = {.size = sizeof(kgp_trainer_descriptor),
                   .id = "ner",
                   .name = "Named-entity recognition",
                   .version = "1.0",
                   .description = "Fine-tunes a checkpoint to find the entities of tagged text",
                   .features = features,
                   .schema = ner_schema,
                   .unit = "tokens",
                   .best_metric = "f1",
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
