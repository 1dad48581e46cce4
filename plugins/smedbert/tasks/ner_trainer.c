#include "plugins/smedbert/tasks/ner_tools.h"

#include "plugins/smedbert/reading/checkpoint_vocab.h"
#include "plugins/smedbert/tasks/ner_score.h"
#include "plugins/smedbert/tasks/ner_session.h"

#include "kgstore/base/rng.h"
#include "model/blas.h"
#include "model/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_schema[]; /* schemas/ner.schema.json */

enum { PATH_SIZE = 4096, PURPOSE_SPLIT = 0x6e650001, PURPOSE_ORDER };

/* A data set and its windows. */
typedef struct part {
    kg_ner_data data;
    kg_ner_windows windows;
    bool there;
} part;

typedef struct trainer {
    kg_trainer_host base;
    kg_ner_settings settings;
    kg_ner_session session;
    part train, dev, test;
    uint8_t *held, *trained;  /* of each sequence of train: held out to choose the epoch; or not */
    KG_ARRAY(uint32_t) order; /* windows of train that are trained on, as shuffled for `epoch` */
    size_t *begins;           /* where each batch of it begins in order, and its end */
    uint64_t epoch;           /* UINT64_MAX: order is not shuffled yet */
    uint64_t pieces;          /* of those windows */
    uint64_t batches, steps;  /* of an epoch, of the whole run */
    float *average;           /* running mean of the parameters, or NULL */
    kg_ner_pack pack;
} trainer;

/* ---- Data --------------------------------------------------------------------------------------
 */

static kg_status read_part(part *p, trainer *t, const char *path, kg_error *err) {
    kg_status st;
    if (!path)
        return KG_OK;
    p->there = true;
    KG_TRY(st, kg_ner_data_read(&p->data, path, false, err));
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

static kg_status cut_part(part *p, trainer *t, kg_error *err) {
    kg_ner_window_options options = t->session.setup.windows;
    if (!p->there)
        return KG_OK;
    options.trained = p == &t->train ? t->trained : NULL;
    return kg_ner_windows_make(&p->windows, &p->data, &t->session.reading, &options, err);
}

/* Draw the sequences that are held out. */
static kg_status hold_out(trainer *t, kg_error *err) {
    size_t n = t->train.data.sequence_ends.len;
    t->held = calloc(n, 1);
    t->trained = calloc(n, 1);
    if (!t->held || !t->trained)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory splitting the training data");
    for (size_t s = 0; s < n; s++) {
        kg_rng rng = kg_rng_stream(0, 0, s, PURPOSE_SPLIT);
        t->held[s] = kg_rng_uniform(&rng) < t->settings.dev_split;
        t->trained[s] = !t->held[s];
    }
    return KG_OK;
}

/* Gather the windows to train on. */
static kg_status gather_windows(trainer *t, kg_error *err) {
    const kg_ner_windows *w = &t->train.windows;
    for (uint32_t i = 0; i < w->packs.len; i++) {
        if (t->held[w->sequences.data[i]])
            continue;
        if (kg_array_push(&t->order, i) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory splitting the training data");
        t->pieces += kg_batch_tokens(&w->packs.data[i].batch);
    }
    if (t->order.len == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "dev_split leaves no sequence to train on; make it smaller");
    t->batches = (t->pieces + t->settings.tokens_per_batch - 1) / t->settings.tokens_per_batch;
    t->begins = calloc(t->batches + 1, sizeof *t->begins);
    if (!t->begins)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory splitting the training data");
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
    fitting.from = &s->reading;
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
             t->order.len, (unsigned long long)t->pieces, t->session.setup.set.types.len,
             (unsigned long long)(w->mentions - w->off_edge), (unsigned long long)w->off_edge,
             t->session.sparse.weights.len, t->session.sparse.keys.len);
    t->base.log->log(t->base.host, KGP_INFO, text);
}

/* ---- The model ---------------------------------------------------------------------------------
 */

/* Learning rates: the encoder's falls from the last layer down, the new parameters have their own.
 */
static void set_rates(trainer *t, uint32_t layers) {
    kg_params *params = kg_model_params(t->session.task.model);
    const kg_ner_settings *s = &t->settings;
    double base = s->adamw.learning_rate;
    for (size_t i = 0; i < params->table.len; i++) {
        kg_param *p = &params->table.data[i];
        unsigned layer;
        if (strncmp(p->name, "classifier.", 11) == 0 || strncmp(p->name, "crf.", 4) == 0)
            p->rate = (float)(s->head_rate / base);
        else if (strncmp(p->name, "features.", 9) == 0)
            p->rate = (float)(s->feature_rate / base);
        else if (sscanf(p->name, "bert.encoder.layer.%u.", &layer) == 1)
            p->rate = (float)pow(s->layer_decay, layers - 1 - layer);
        else if (strncmp(p->name, "bert.embeddings.", 16) == 0)
            p->rate = (float)pow(s->layer_decay, layers);
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

static kg_status make_model(trainer *t, kg_error *err) {
    kg_status st;
    kg_model_config config;
    const kg_ner_settings *s = &t->settings;
    KG_TRY(st, kg_ner_model_config(&config, s, err));
    KG_TRY(st, kg_ner_session_model(&t->session, &config, s->init != NULL, true, s->seed, err));
    kg_model *model = t->session.task.model;
    kg_params *params = kg_model_params(model);
    t->session.task.dropout = s->dropout;
    if (s->init)
        KG_TRY(st, kg_model_load(model, s->init, tell_missing, t, err));
    set_rates(t, config.num_hidden_layers);
    if (s->average > 0) {
        t->average = malloc(params->total * sizeof *t->average);
        if (!t->average)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory for the mean of the weights");
        memcpy(t->average, params->values, params->total * sizeof *t->average);
    }
    return KG_OK;
}

static kg_status prepare(void *state, uint64_t *steps_per_epoch, kg_error *err) {
    trainer *t = state;
    kg_status st;
    const kg_ner_settings *s = &t->settings;
    kg_blas_set_threads(s->threads);
    t->session = (kg_ner_session){.host = t->base.host, .setup = s->setup};
    KG_TRY(st, read_part(&t->train, t, s->train, err));
    KG_TRY(st, read_part(&t->dev, t, s->dev, err));
    KG_TRY(st, read_part(&t->test, t, s->test, err));
    KG_TRY(st, kg_ner_session_open(&t->session, s->vocab, s->init, err));
    KG_TRY(st, hold_out(t, err));
    KG_TRY(st, fit_sparse(t, err));
    KG_TRY(st, cut_part(&t->train, t, err));
    KG_TRY(st, cut_part(&t->dev, t, err));
    KG_TRY(st, cut_part(&t->test, t, err));
    KG_TRY(st, gather_windows(t, err));
    KG_TRY(st, make_model(t, err));
    say_data(t);
    t->epoch = UINT64_MAX;
    t->steps = s->steps ? s->steps : (uint64_t)ceil(s->epochs * (double)t->batches);
    *steps_per_epoch = t->batches;
    return KG_OK;
}

/* ---- Steps -------------------------------------------------------------------------------------
 */

/* A batch is the windows whose middle lies in its share of the epoch's pieces. */
static void divide(trainer *t) {
    uint64_t at = 0, batch = 0;
    for (size_t i = 0; i < t->order.len; i++) {
        uint64_t length = kg_batch_tokens(&t->train.windows.packs.data[t->order.data[i]].batch);
        while (at + length / 2 >= t->pieces * (batch + 1) / t->batches)
            t->begins[++batch] = i;
        at += length;
    }
    while (batch < t->batches)
        t->begins[++batch] = t->order.len;
}

static void shuffle(trainer *t, uint64_t epoch) {
    if (t->epoch == epoch)
        return;
    t->epoch = epoch;
    /* From the order of the data, so that an epoch's order depends on its number alone. */
    size_t n = 0;
    for (uint32_t i = 0; i < t->train.windows.packs.len; i++)
        if (!t->held[t->train.windows.sequences.data[i]])
            t->order.data[n++] = i;
    kg_rng rng = kg_rng_stream(t->settings.seed, epoch, 0, PURPOSE_ORDER);
    for (size_t i = n; i > 1; i--) {
        size_t j = kg_rng_below(&rng, i);
        uint32_t swapped = t->order.data[i - 1];
        t->order.data[i - 1] = t->order.data[j];
        t->order.data[j] = swapped;
    }
    divide(t);
}

static kg_status fill_batch(trainer *t, uint64_t epoch, uint64_t index) {
    kg_status st;
    shuffle(t, epoch);
    kg_ner_pack_clear(&t->pack);
    for (size_t i = t->begins[index]; i < t->begins[index + 1]; i++)
        KG_TRY(st, kg_ner_pack_append(&t->pack, &t->train.windows.packs.data[t->order.data[i]]));
    for (size_t s = 0; s < t->pack.batch.epochs.len; s++)
        t->pack.batch.epochs.data[s] = (uint32_t)epoch;
    return KG_OK;
}

static void update_average(trainer *t, uint64_t step) {
    const kg_params *params = kg_model_params(t->session.task.model);
    if (!t->average)
        return;
    /* Early on the mean reaches back no further than the run does. */
    double keep = fmin(t->settings.average, (double)step / (double)(step + 10));
    float share = (float)(1 - keep);
    for (size_t i = 0; i < params->total; i++)
        t->average[i] += share * (params->values[i] - t->average[i]);
}

static kg_status step(void *state, uint64_t number, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    kg_status st;
    kg_ner_session *s = &t->session;
    kg_params *params = kg_model_params(s->task.model);
    uint64_t done = number - 1;
    double loss = 0;
    if (fill_batch(t, done / t->batches, done % t->batches) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory filling a batch");
    if (t->pack.rows.len > 0)
        KG_TRY(st, kg_ner_run(&loss, &s->task, &t->pack,
                              s->setup.graph.neighbors ? &s->view.tables : NULL, t->settings.seed,
                              true, err));
    double norm = kg_gradient_norm(params);
    if (!isfinite(norm))
        return kg_error_set(err, KG_ERR_NUMERIC,
                            "the gradients' norm is not finite; lower the learning rate");
    kg_adamw adamw = t->settings.adamw;
    uint64_t warmup = (uint64_t)(t->settings.warmup * (double)t->steps);
    adamw.learning_rate *= kg_schedule(number, warmup, t->steps, t->settings.final_rate);
    kg_adamw_step(params, &adamw, number, norm);
    update_average(t, number);
    out->put(out, "loss", loss);
    out->put(out, "items", (double)kg_batch_tokens(&t->pack.batch));
    out->put(out, "gradient_norm", norm);
    out->put(out, "learning_rate", adamw.learning_rate);
    return KG_OK;
}

/* ---- Evaluation --------------------------------------------------------------------------------
 */

/* The parameters in use and their mean change places. */
static void swap_average(trainer *t) {
    kg_params *params = kg_model_params(t->session.task.model);
    if (!t->average)
        return;
    float *values = params->values;
    params->values = t->average;
    t->average = values;
}

static void put_scores(const kg_ner_score *score, double loss, const char *prefix,
                       const kgp_metrics *out) {
    char name[64];
    const struct {
        const char *name;
        double value;
    } figures[] = {{"f1", kg_prf_f1(score->micro)},
                   {"precision", kg_prf_precision(score->micro)},
                   {"recall", kg_prf_recall(score->micro)},
                   {"macro_f1", kg_ner_macro(score).f1},
                   {"loss", loss}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, figures[i].name);
        out->put(out, name, figures[i].value);
    }
}

/* Score the sequences of a part whose `only` is set; NULL: all. */
static kg_status score_tags(kg_ner_score *score, const trainer *t, const part *p,
                            const uint8_t *only, const uint16_t *tags) {
    kg_status st;
    KG_TRY(st, kg_ner_score_init(score, t->session.setup.set.types.len, KG_STRICT));
    for (size_t s = 0; s < p->data.sequence_ends.len; s++) {
        size_t first = kg_ner_sequence_start(&p->data, s);
        if (!only || only[s])
            KG_TRY(st, kg_ner_score_add(score, p->data.tags.data + first, tags + first,
                                        p->data.sequence_ends.data[s] - first));
    }
    return KG_OK;
}

static kg_status score_part(trainer *t, const part *p, const char *prefix, const kgp_metrics *out,
                            kg_error *err) {
    kg_ner_score score = {.n_types = 0};
    double loss;
    uint16_t *tags = calloc(p->data.tags.len, sizeof *tags);
    kg_status st = tags ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = kg_ner_session_predict(tags, &loss, &t->session, &p->windows, err);
    if (st == KG_OK)
        st = score_tags(&score, t, p, NULL, tags);
    if (st == KG_OK)
        put_scores(&score, loss, prefix, out);
    kg_ner_score_free(&score);
    free(tags);
    return st;
}

/* The readings that are tried; the best is kept, and of equals the first. By F1: likelihood would
 * give an encoder that errs seldom, but surely, too small a share. */
static const float biases[] = {0, 0.25F, 0.5F, 0.75F, 1, 1.5F, 2};
static const float shares[] = {0.5F, 0, 0.2F, 0.35F, 0.65F, 0.8F, 0.9F, 1};
enum { BIASES = sizeof biases / sizeof *biases, SHARES = sizeof shares / sizeof *shares };

static size_t list_readings(kg_ner_reading *readings, const trainer *t) {
    size_t n = 0, n_biases = t->settings.tune_reading ? BIASES : 1;
    size_t n_shares = t->settings.tune_reading && t->settings.setup.sparse ? SHARES : 1;
    for (size_t s = 0; s < n_shares; s++)
        for (size_t b = 0; b < n_biases; b++)
            readings[n++] = (kg_ner_reading){biases[b], t->settings.setup.sparse ? shares[s] : 0};
    return n;
}

/* Of n trials the best: its score, and the reading. */
static kg_status find_best(kg_ner_score *best, size_t *which, const trainer *t, const part *p,
                           const kg_ner_trial *trial, const uint16_t *tags) {
    kg_status st = KG_OK;
    for (size_t i = 0; st == KG_OK && i < trial->n; i++) {
        kg_ner_score score = {.n_types = 0};
        st = score_tags(&score, t, p, trial->only, tags + i * trial->tokens);
        if (st == KG_OK && (i == 0 || kg_prf_f1(score.micro) > kg_prf_f1(best->micro))) {
            kg_ner_score worse = *best;
            *best = score;
            score = worse;
            *which = i;
        }
        kg_ner_score_free(&score);
    }
    return st;
}

/* Score what chooses the epoch, and choose the reading too. */
static kg_status choose(trainer *t, const part *p, const uint8_t *only, const kgp_metrics *out,
                        kg_error *err) {
    kg_ner_score best = {.n_types = 0};
    kg_ner_reading readings[BIASES * SHARES];
    double loss;
    size_t n = list_readings(readings, t), which = 0, tokens = p->data.tags.len;
    const kg_ner_trial trial = {readings, n, tokens, only};
    uint16_t *tags = calloc(n * tokens, sizeof *tags);
    kg_status st = tags ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = kg_ner_session_try(tags, &loss, &t->session, &p->windows, &trial, err);
    if (st == KG_OK)
        st = find_best(&best, &which, t, p, &trial, tags);
    if (st == KG_OK) {
        t->session.setup.reading = readings[which];
        put_scores(&best, loss, "", out);
        out->put(out, "entity_bias", (double)readings[which].bias);
        if (t->settings.setup.sparse)
            out->put(out, "sparse_share", (double)readings[which].share);
    }
    kg_ner_score_free(&best);
    free(tags);
    return st;
}

/* What chooses the epoch: the share of train held out, else dev. */
static kg_status evaluate(void *state, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    kg_status st = KG_OK;
    swap_average(t);
    if (t->settings.dev_split > 0)
        st = choose(t, &t->train, t->held, out, err);
    else if (t->dev.there)
        st = choose(t, &t->dev, NULL, out, err);
    swap_average(t);
    return st;
}

static kg_status finish(void *state, const kgp_metrics *out, kg_error *err) {
    trainer *t = state;
    kg_status st;
    KG_TRY(st, evaluate(t, out, err));
    swap_average(t);
    if (t->dev.there)
        st = score_part(t, &t->dev, "dev_", out, err);
    if (st == KG_OK && t->test.there)
        st = score_part(t, &t->test, "test_", out, err);
    swap_average(t);
    return st;
}

/* ---- Checkpoints -------------------------------------------------------------------------------
 */

static const char *in(char *path, const char *folder, const char *name) {
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

/* model.safetensors is what is to be used: the mean where there is one, and the parameters
 * themselves beside it. */
static kg_status save(void *state, const char *folder, kg_error *err) {
    trainer *t = state;
    kg_status st;
    char path[PATH_SIZE];
    const kg_params *params = kg_model_params(t->session.task.model);
    if (t->average)
        KG_TRY(st, kg_weights_write(params, in(path, folder, "latest.safetensors"), err));
    swap_average(t);
    st = kg_model_save(t->session.task.model, folder, err);
    swap_average(t);
    if (st == KG_OK)
        st = kg_moments_write(params, in(path, folder, "optimizer.safetensors"), err);
    if (st == KG_OK)
        st = kg_checkpoint_write_tokenizer(t->session.tokenizer, folder, err);
    if (st == KG_OK && t->session.setup.sparse)
        st = kg_sparse_crf_write(&t->session.sparse, in(path, folder, "sparse.txt"), err);
    return st == KG_OK ? kg_ner_setup_write(&t->session.setup, folder, err) : st;
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
    char path[PATH_SIZE];
    kg_params *params = kg_model_params(t->session.task.model);
    KG_TRY(st, load_reading(t, folder, err));
    KG_TRY(st, kg_model_load(t->session.task.model, folder, NULL, NULL, err));
    if (t->average) {
        kg_safetensors *file;
        memcpy(t->average, params->values, params->total * sizeof *t->average);
        KG_TRY(st, kg_safetensors_open(&file, in(path, folder, "latest.safetensors"), err));
        st = kg_weights_read(params, file, NULL, NULL, err);
        kg_safetensors_close(file);
        if (st != KG_OK)
            return st;
    }
    return kg_moments_read(params, in(path, folder, "optimizer.safetensors"), err);
}

/* ---- What the host calls -----------------------------------------------------------------------
 */

static kg_status configure(void *state, const char *json, kg_error *err) {
    trainer *t = state;
    return kg_ner_settings_parse(&t->settings, json, err);
}

static void free_part(part *p) {
    kg_ner_windows_free(&p->windows);
    kg_ner_data_free(&p->data);
}

static void release(void *state) {
    trainer *t = state;
    kg_ner_session_free(&t->session);
    free_part(&t->train);
    free_part(&t->dev);
    free_part(&t->test);
    kg_ner_pack_free(&t->pack);
    kg_array_free(&t->order);
    free(t->held);
    free(t->trained);
    free(t->begins);
    free(t->average);
    t->held = NULL;
    t->trained = NULL;
    t->begins = NULL;
    t->average = NULL;
}

static void destroy(void *state) {
    trainer *t = state;
    kg_ner_settings_free(&t->settings);
}

static const char *const features[] = {NULL};

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
