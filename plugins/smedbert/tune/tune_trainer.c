#include "plugins/smedbert/tune/tune_trainer.h"

#include "plugins/common/abi_status.h"

#include "model/blas.h"
#include "model/epoch_order.h"
#include "plugins/smedbert/tune/class_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

/* ---- Data ------------------------------------------------------------------------------------ */

static kg_status read_part(kg_tune_part *p, kg_tuner *t, const char *path, kg_error *err) {
    kg_status st;
    char text[1024];
    *p = (kg_tune_part){.task = t->task, .there = path != NULL};
    if (!path)
        return KG_OK;
    KG_TRY(st, t->task->read(p, &t->session.setup, path, p == &t->train, err));
    if (p->told[0] == '\0')
        return KG_OK;
    snprintf(text, sizeof text, "%s: %s", path, p->told);
    t->base.log->log(t->base.host, KGP_INFO, text);
    return KG_OK;
}

/* What checkpoints made of text without classes is trained on beside the rest. */
static kg_status add_unlabeled(kg_tuner *t, kg_error *err) {
    kg_tune_part more;
    char text[1024];
    const char *path = t->settings.unlabeled;
    t->labeled = t->train.examples;
    if (!path)
        return KG_OK;
    kg_status st = read_part(&more, t, path, err);
    if (st == KG_OK && t->task->append(t->train.data, more.data) != KG_OK)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    if (st == KG_OK) {
        t->train.examples += more.examples;
        t->train.items += more.items;
        snprintf(text, sizeof text,
                 "%s: %zu examples as checkpoints read them, to train on beside "
                 "the %zu of %s",
                 path, more.examples, t->labeled, t->settings.train);
        t->base.log->log(t->base.host, KGP_INFO, text);
    }
    kg_tune_part_free(&more);
    return st;
}

static kg_status pack_part(kg_tune_part *p, kg_tuner *t, kg_error *err) {
    const uint8_t *trained = p == &t->train ? t->trained : NULL;
    return p->there ? t->task->pack(p, &t->session, trained, err) : KG_OK;
}

/* Draw the examples that are held out; none that checkpoints read. */
static kg_status hold_out(kg_tuner *t, kg_error *err) {
    size_t n = t->train.examples;
    t->held = calloc(n, 1);
    t->trained = calloc(n, 1);
    if (!t->held || !t->trained)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory splitting the training data");
    kg_hold_out(t->held, t->labeled, t->settings.dev_split);
    for (size_t s = 0; s < n; s++)
        t->trained[s] = !t->held[s];
    return KG_OK;
}

/* What each class counts in the losses. */
static kg_status weigh_classes(kg_tuner *t, kg_error *err) {
    const kg_tune_session *s = &t->session;
    const uint64_t *counts = t->task->counts ? t->task->counts(&s->setup) : NULL;
    size_t classes = t->task->shape(s).outputs;
    if (!counts || t->settings.class_power <= 0)
        return KG_OK;
    t->class_weights = malloc((classes + 1) * sizeof *t->class_weights);
    if (!t->class_weights)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory weighing classes");
    kg_class_weights(t->class_weights, counts, classes, t->settings.class_power);
    return KG_OK;
}

static bool tell_fit(void *context, unsigned iteration, double loss) {
    const kg_tuner *t = context;
    const kgp_progress *progress = t->base.progress;
    (void)loss;
    progress->report(t->base.host, "fitting sparse features", iteration,
                     t->settings.sparse.iterations);
    return !progress->is_cancelled(t->base.host);
}

static kg_status read_keys(kg_sparse_keys *keys, const uint16_t **gold, void *source,
                           size_t example, kg_error *err) {
    kg_tuner *t = source;
    return t->task->keys(keys, gold, &t->session, &t->train, example, err);
}

static kg_status fit_sparse(kg_tuner *t, kg_error *err) {
    kg_tune_session *s = &t->session;
    kg_sparse_fitting fitting = t->settings.sparse;
    if (!s->setup.sparse)
        return KG_OK;
    fitting.sequences = t->train.examples;
    fitting.held = t->held;
    fitting.read = read_keys;
    fitting.source = t;
    fitting.tags = t->task->shape(s).outputs;
    fitting.all_tags = t->task->all_tags;
    fitting.class_weights = t->class_weights;
    fitting.threads = t->settings.threads;
    fitting.goes_on = tell_fit;
    fitting.context = t;
    return kg_sparse_crf_fit(&s->sparse, &fitting, err);
}

static void say_data(const kg_tuner *t) {
    char text[320];
    const kg_tune_packs *w = &t->train.packs;
    snprintf(text, sizeof text,
             "%zu %s to train on (%llu tokens); %llu mentions linked, %llu dropped whose edges are "
             "no token edges; %zu weights of %zu sparse features",
             t->batches.order.len, t->task->unit, (unsigned long long)t->batches.pieces,
             (unsigned long long)(w->mentions - w->off_edge), (unsigned long long)w->off_edge,
             t->session.sparse.weights.len, t->session.sparse.keys.len);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

static kg_status deal(void *context, uint64_t epoch, kg_error *err) {
    kg_tuner *t = context;
    return t->task->deal(&t->train, &t->session, t->settings.seed, epoch, err);
}

static kg_status read_data(kg_tuner *t, kg_error *err) {
    kg_status st;
    const kg_tune_settings *s = &t->settings;
    KG_TRY(st, read_part(&t->train, t, s->train, err));
    KG_TRY(st, add_unlabeled(t, err));
    KG_TRY(st, read_part(&t->dev, t, s->dev, err));
    KG_TRY(st, read_part(&t->test, t, s->test, err));
    KG_TRY(st, kg_tune_session_begin(&t->session, t->base.host, s->vocab, s->init, err));
    KG_TRY(st, hold_out(t, err));
    KG_TRY(st, weigh_classes(t, err));
    KG_TRY(st, fit_sparse(t, err));
    KG_TRY(st, pack_part(&t->train, t, err));
    KG_TRY(st, pack_part(&t->dev, t, err));
    KG_TRY(st, pack_part(&t->test, t, err));
    t->batches = (kg_tune_batches){.packs = &t->train.packs,
                                   .held = t->held,
                                   .shape = &t->session.head.shape,
                                   .deal = t->task->deal ? deal : NULL,
                                   .context = t,
                                   .tokens_per_batch = s->tokens_per_batch,
                                   .tokens_per_micro = s->tokens_per_micro,
                                   .rank = t->base.collective->rank(t->base.host),
                                   .ranks = t->base.collective->size(t->base.host),
                                   .seed = s->seed};
    return kg_tune_batches_begin(&t->batches, err);
}

/* ---- The model ------------------------------------------------------------------------------- */

static bool is_of_head(const char *name) {
    return strncmp(name, "classifier.", 11) == 0 || strncmp(name, "crf.", 4) == 0;
}

/* The new parameters have learning rates of their own. */
static void set_rates(kg_tuner *t) {
    kg_params *params = kg_model_params(t->session.base.model);
    const kg_tune_settings *s = &t->settings;
    double base = s->optimizer.adamw.learning_rate;
    for (size_t i = 0; i < params->table.len; i++) {
        kg_param *p = &params->table.data[i];
        if (is_of_head(p->name))
            p->rate = (float)(s->head_rate / base);
        else if (strncmp(p->name, "features.", 9) == 0)
            p->rate = (float)(s->feature_rate / base);
    }
}

/* That a checkpoint has no head is usual; that it has another task's is told. */
static void tell_missing(void *context, const char *name, const char *found) {
    const kg_tuner *t = context;
    char text[256];
    if (!found && (is_of_head(name) || strncmp(name, "features.", 9) == 0))
        return;
    if (found)
        snprintf(text, sizeof text, "the checkpoint's %s is %s, of another task: it begins anew",
                 name, found);
    else
        snprintf(text, sizeof text, "the checkpoint lacks %s: it begins anew", name);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

static void tell_unused(void *context, const char *names) {
    const kg_tuner *t = context;
    char text[640];
    snprintf(text, sizeof text, "the checkpoint has more than is taken: %s", names);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

static kg_status make_model(kg_tuner *t, uint64_t steps, kg_error *err) {
    kg_status st;
    const kg_tune_settings *s = &t->settings;
    kg_session_model model = {.folder = s->init,
                              .training = true,
                              .precision = s->precision,
                              .seed = s->seed,
                              .loading = {.missing = tell_missing,
                                          .unused = tell_unused,
                                          .context = t,
                                          .allow_missing = s->allow_missing}};
    KG_TRY(st, kg_tune_model_config(&model.config, s, err));
    KG_TRY(st, kg_tune_session_model(&t->session, &model, err));
    t->session.head.dropout = s->dropout;
    t->session.head.class_weights = t->class_weights;
    t->session.head.smoothing = s->smoothing;
    t->optimizer = s->optimizer;
    set_rates(t);
    return kg_session_optimizer(&t->optimizer, &t->session.base, steps, err);
}

kg_status kg_tuner_configure(void *state, const kg_tune_task *task, const char *json,
                             kg_error *err) {
    kg_tuner *t = state;
    t->task = task;
    return kg_tune_settings_parse(&t->settings, task, json, err);
}

kg_status kg_tuner_prepare(void *state, uint64_t *steps_per_epoch, kg_error *err) {
    kg_tuner *t = state;
    kg_status st;
    const kg_tune_settings *s = &t->settings;
    kg_blas_set_threads(s->threads);
    t->session = (kg_tune_session){.setup = s->setup};
    t->settings.setup.own = NULL; /* the session's now */
    KG_TRY(st, read_data(t, err));
    uint64_t n = t->batches.count;
    KG_TRY(st, make_model(t, s->steps ? s->steps : (uint64_t)ceil(s->epochs * (double)n), err));
    say_data(t);
    *steps_per_epoch = n;
    return KG_OK;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* Gradients of the step: micro-batch by micro-batch, then summed over the ranks. */
static kg_status gradients(double *loss, kg_tuner *t, kg_error *err) {
    kg_status st;
    const kg_tune_way way = {.tables = kg_session_tables(&t->session.base),
                             .seed = t->settings.seed,
                             .train = true,
                             .count = t->batches.step_count};
    const kgp_collective *ranks = t->base.collective;
    *loss = 0;
    for (size_t i = 0; i < t->batches.used; i++) {
        double part;
        KG_TRY(st, kg_tune_run(&part, &t->session.head, &t->batches.micro.data[i], &way, err));
        *loss += part;
    }
    KG_TRY(st, kg_abi_take(err, ranks->allreduce(t->base.host, loss, 1, KGP_NUMBER_F64), NULL));
    return kg_session_sum_gradients(&t->session.base, ranks, err);
}

kg_status kg_tuner_step(void *state, uint64_t number, const kgp_metrics *out, kg_error *err) {
    kg_tuner *t = state;
    kg_status st;
    kg_optimizer_report report;
    double loss;
    KG_TRY(st, kg_session_renew(&t->session.base, number, err));
    KG_TRY(st, kg_tune_batches_fill(&t->batches, number - 1, err));
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
static kg_status agree(kg_tune_figures *figures, const kg_tuner *t, kg_error *err) {
    return kg_abi_take(
        err, t->base.collective->broadcast(t->base.host, figures, sizeof *figures, 0), NULL);
}

static void put_figures(const kg_tuner *t, const kg_tune_figures *f, const char *prefix,
                        const kgp_metrics *out) {
    char name[64];
    for (size_t i = 0; t->task->figures[i]; i++) {
        if (isnan(f->values[i]))
            continue;
        snprintf(name, sizeof name, "%s%s", prefix, t->task->figures[i]);
        out->put(out, name, f->values[i]);
    }
    snprintf(name, sizeof name, "%sloss", prefix);
    out->put(out, name, f->loss);
    if (f->resamples == 0)
        return;
    snprintf(name, sizeof name, "%s%s_low", prefix, t->task->figures[0]);
    out->put(out, name, f->interval.low);
    snprintf(name, sizeof name, "%s%s_high", prefix, t->task->figures[0]);
    out->put(out, name, f->interval.high);
}

static kg_status score_part(kg_tuner *t, const kg_tune_part *p, const char *prefix,
                            const kgp_metrics *out, kg_error *err) {
    kg_tune_figures figures = {.loss = 0};
    kg_status st;
    if (!p->there)
        return KG_OK;
    KG_TRY(st, kg_tune_measure(&figures, &t->session, p, err));
    KG_TRY(st, agree(&figures, t, err));
    put_figures(t, &figures, prefix, out);
    return KG_OK;
}

/* Score what chooses the epoch, and choose the reading too. */
static kg_status choose(kg_tuner *t, const kg_tune_part *p, const uint8_t *only,
                        const kgp_metrics *out, kg_error *err) {
    kg_tune_figures figures = {.loss = 0};
    kg_status st;
    KG_TRY(st, kg_tune_choose(&figures, &t->session, p, only, &t->settings.choice, err));
    KG_TRY(st, agree(&figures, t, err));
    t->session.setup.reading = figures.reading;
    put_figures(t, &figures, "", out);
    if (t->settings.choice.biases && t->task->n_biases > 1)
        out->put(out, t->task->bias, (double)figures.reading.bias);
    if (t->session.setup.sparse)
        out->put(out, "sparse_share", (double)figures.reading.share);
    return KG_OK;
}

/* What chooses the epoch: the share of train held out, else dev. */
kg_status kg_tuner_evaluate(void *state, const kgp_metrics *out, kg_error *err) {
    kg_tuner *t = state;
    kg_status st = KG_OK;
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    if (t->settings.dev_split > 0)
        st = choose(t, &t->train, t->held, out, err);
    else if (t->dev.there)
        st = choose(t, &t->dev, NULL, out, err);
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    return st;
}

kg_status kg_tuner_finish(void *state, const kgp_metrics *out, kg_error *err) {
    kg_tuner *t = state;
    kg_status st;
    KG_TRY(st, kg_tuner_evaluate(t, out, err));
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    st = score_part(t, &t->dev, "dev_", out, err);
    if (st == KG_OK)
        st = score_part(t, &t->test, "test_", out, err);
    kg_optimizer_swap(&t->optimizer, t->session.base.model);
    return st;
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

static kg_status save_model(kg_tuner *t, const char *folder, kg_error *err) {
    json_t *labels = t->task->labels(&t->session.setup);
    const kg_model_card card = {t->task->architecture, labels};
    kg_status st = labels
                       ? kg_optimizer_save(&t->optimizer, t->session.base.model, &card, folder, err)
                       : KG_ERR_MEMORY;
    json_decref(labels);
    return st;
}

kg_status kg_tuner_save(void *state, const char *folder, kg_error *err) {
    kg_tuner *t = state;
    kg_status st;
    char path[PATH_SIZE];
    KG_TRY(st, save_model(t, folder, err));
    KG_TRY(st, kg_session_save_reading(&t->session.base, folder, err));
    snprintf(path, sizeof path, "%s/sparse.txt", folder);
    if (t->session.setup.sparse)
        KG_TRY(st, kg_sparse_crf_write(&t->session.sparse, path, err));
    return kg_tune_setup_write(&t->session.setup, folder, err);
}

static kg_status load_reading(kg_tuner *t, const char *folder, kg_error *err) {
    const kg_tune_task *const tasks[] = {t->task, NULL};
    kg_tune_setup setup;
    kg_status st = kg_tune_setup_read(&setup, tasks, folder, err);
    if (st == KG_OK)
        t->session.setup.reading = setup.reading;
    kg_tune_setup_free(&setup);
    return st;
}

kg_status kg_tuner_load(void *state, const char *folder, kg_error *err) {
    kg_tuner *t = state;
    kg_status st;
    KG_TRY(st, load_reading(t, folder, err));
    return kg_optimizer_load(&t->optimizer, t->session.base.model, folder, err);
}

/* ---- The end --------------------------------------------------------------------------------- */

void kg_tuner_release(void *state) {
    kg_tuner *t = state;
    kg_optimizer_free(&t->optimizer);
    kg_tune_session_free(&t->session);
    kg_tune_batches_free(&t->batches);
    kg_tune_part_free(&t->train);
    kg_tune_part_free(&t->dev);
    kg_tune_part_free(&t->test);
    free(t->held);
    free(t->trained);
    free(t->class_weights);
    t->held = t->trained = NULL;
    t->class_weights = NULL;
}

void kg_tuner_destroy(void *state) {
    kg_tuner *t = state;
    kg_tune_settings_free(&t->settings);
}

const char *const kg_tuner_features[] = {"ranks", "chooses-epoch", NULL};
