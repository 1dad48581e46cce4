#include "plugins/smedbert/tune/tune_settings.h"

#include "kgstore/base/outfile.h"
#include "model/model.h"
#include "plugins/smedbert/tune/tune_task.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

/* ---- What a checkpoint keeps ---------------------------------------------------------------- */

static kg_status begin_setup(kg_tune_setup *out, const kg_tune_task *task, kg_error *err) {
    *out = (kg_tune_setup){.task = task, .own = calloc(1, task->own_size)};
    return out->own ? KG_OK
                    : kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the settings");
}

void kg_tune_setup_free(kg_tune_setup *setup) {
    if (setup->own)
        setup->task->free(setup->own);
    free(setup->own);
    setup->own = NULL;
}

static json_t *setup_to_json(const kg_tune_setup *setup) {
    json_t *object =
        json_pack("{s:s, s:f, s:f, s:b, s:b, s:b, s:I, s:I, s:I, s:s}", "task", setup->task->name,
                  setup->task->bias, (double)setup->reading.bias, "sparse_share",
                  (double)setup->reading.share, "sparse_features", setup->sparse, "kg", setup->kg,
                  "cased", setup->cased, "graph_types", (json_int_t)setup->graph_types, "max_len",
                  (json_int_t)setup->max_len, "neighbors", (json_int_t)setup->graph.neighbors,
                  "neighbor_weights", setup->graph.weights == KGP_PEPR ? "pepr" : "pagerank");
    if (object && setup->task->keep(object, setup) != KG_OK) {
        json_decref(object);
        return NULL;
    }
    return object;
}

kg_status kg_tune_setup_write(const kg_tune_setup *setup, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, setup->task->file);
    json_t *object = setup_to_json(setup);
    char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;
    json_decref(object);
    if (!text)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing %s", path);
    kg_status st = kg_outfile_write_line(path, text, err);
    free(text);
    return st;
}

static kg_graph_options graph_options(uint32_t neighbors, const char *weights) {
    return (kg_graph_options){
        .neighbors = neighbors,
        .weights = weights && strcmp(weights, "pepr") == 0 ? KGP_PEPR : KGP_PAGERANK,
        .needs_tables = neighbors > 0,
        .keeps_types = true,
    };
}

static bool setup_from_json(kg_tune_setup *out, const json_t *object) {
    const char *weights;
    int kg, cased, sparse;
    double bias, share;
    json_int_t graph_types, max_len, neighbors;
    json_error_t fault;
    if (json_unpack_ex((json_t *)object, &fault, 0, "{s:F, s:F, s:b, s:b, s:b, s:I, s:I, s:I, s:s}",
                       out->task->bias, &bias, "sparse_share", &share, "sparse_features", &sparse,
                       "kg", &kg, "cased", &cased, "graph_types", &graph_types, "max_len", &max_len,
                       "neighbors", &neighbors, "neighbor_weights", &weights) != 0 ||
        !isfinite((float)bias) || !(share >= 0 && share <= 1) || max_len < 8 ||
        max_len > UINT16_MAX || neighbors < 0 || neighbors > KG_MOST_NEIGHBORS || graph_types < 0 ||
        graph_types > UINT16_MAX)
        return false;
    out->reading = (kg_tune_reading){(float)bias, (float)share};
    out->kg = kg;
    out->cased = cased;
    out->sparse = sparse;
    out->max_len = (uint32_t)max_len;
    out->graph_types = (uint32_t)graph_types;
    out->graph = graph_options((uint32_t)neighbors, weights);
    return out->task->take(out, object);
}

/* The task that a checkpoint is of. Those of an older kg do not say it, and are of the first. */
static const kg_tune_task *find_task(const kg_tune_task *const *tasks, const json_t *object) {
    const char *name = json_string_value(json_object_get(object, "task"));
    if (!name)
        return json_object_get(object, "task") ? NULL : tasks[0];
    while (*tasks && strcmp((*tasks)->name, name) != 0)
        tasks++;
    return *tasks;
}

kg_status kg_tune_setup_read(kg_tune_setup *out, const kg_tune_task *const *tasks,
                             const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    json_error_t fault;
    *out = (kg_tune_setup){.task = NULL};
    snprintf(path, sizeof path, "%s/%s", folder, tasks[0]->file);
    json_t *object = json_load_file(path, 0, &fault);
    if (!object)
        return kg_error_at(err, fault.line < 0 ? KG_ERR_NOT_FOUND : KG_ERR_FORMAT, path,
                           fault.line > 0 ? (uint64_t)fault.line : 0,
                           "%s; expected a checkpoint of %s, such as OUT/best",
                           fault.line < 0 ? strerror(errno) : fault.text, tasks[0]->command);
    const kg_tune_task *task = find_task(tasks, object);
    kg_status st = task ? begin_setup(out, task, err)
                        : kg_error_at(err, KG_ERR_FORMAT, path, 0,
                                      "is not of %s; expected a checkpoint of it, such as OUT/best",
                                      tasks[0]->command);
    if (st == KG_OK && !setup_from_json(out, object))
        st = kg_error_at(err, KG_ERR_FORMAT, path, 0, "is not what %s writes; train anew",
                         task->command);
    json_decref(object);
    return st;
}

/* ---- The configuration ---------------------------------------------------------------------- */

double kg_setting_number(const json_t *settings, const char *key) {
    return json_number_value(json_object_get(settings, key));
}

bool kg_setting_truth(const json_t *settings, const char *key) {
    return json_is_true(json_object_get(settings, key));
}

uint32_t kg_setting_count(const json_t *settings, const char *key) {
    return (uint32_t)json_integer_value(json_object_get(settings, key));
}

const char *kg_setting_text(const json_t *settings, const char *key) {
    return json_string_value(json_object_get(settings, key));
}

static kg_status read_setup(kg_tune_setup *setup, const json_t *o, kg_error *err) {
    setup->stop_list = kg_setting_text(o, "stop_list");
    setup->kg = kg_setting_truth(o, "kg");
    setup->cased = kg_setting_truth(o, "cased");
    setup->sparse = kg_setting_truth(o, "sparse_features");
    setup->reading.share = setup->sparse ? 0.5F : 0;
    setup->max_len = kg_setting_count(o, "max_len");
    bool infuses = setup->kg && kg_setting_truth(o, "hybrid_attention");
    setup->graph = graph_options(infuses ? kg_setting_count(o, "neighbors") : 0,
                                 kg_setting_text(o, "neighbor_weights"));
    return setup->task->configure(setup, o, err);
}

static void read_run(kg_tune_settings *s, const json_t *run) {
    s->seed = (uint64_t)json_integer_value(json_object_get(run, "seed"));
    s->steps = (uint64_t)json_integer_value(json_object_get(run, "steps"));
    s->epochs = kg_setting_number(run, "epochs");
    s->minutes = kg_setting_number(run, "max_minutes");
    s->threads = (int)json_integer_value(json_object_get(run, "threads"));
}

/* By what the epoch is chosen, if it is a figure of the task; else by the first. */
static kg_tune_choice choice(const kg_tune_task *task, const json_t *o) {
    const char *metric = kg_setting_text(json_object_get(o, "run"), "best_metric");
    bool tunes = kg_setting_truth(o, "tune_reading");
    size_t figure = 0;
    while (metric && task->figures[figure] && strcmp(task->figures[figure], metric) != 0)
        figure++;
    return (kg_tune_choice){
        .shares = tunes,
        .biases = tunes && (!task->asks_for_biases || kg_setting_truth(o, "tune_prior")),
        .bias = task->asks_for_biases ? (float)kg_setting_number(o, "prior") : 0,
        .figure = task->figures[figure] ? figure : 0,
    };
}

static double class_power(const char *class_weights) {
    if (!class_weights || strcmp(class_weights, "none") == 0)
        return 0;
    return strcmp(class_weights, "sqrt") == 0 ? 0.5 : 1;
}

static kg_status check(const kg_tune_settings *s, kg_error *err) {
    uint32_t max_len = s->setup.max_len;
    if (!s->init && !s->vocab)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "neither init nor vocab is given; name a checkpoint to start from, or a "
            "vocabulary to start from nothing");
    if (s->steps == 0 && s->epochs <= 0 && s->minutes <= 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "nothing says how long to train; give run.epochs, such as --set "
                            "run.epochs=3, or run.steps");
    if (s->tokens_per_batch < max_len)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "tokens_per_batch is %u, less than max_len, %u; a batch must hold a "
                            "window",
                            s->tokens_per_batch, max_len);
    if (s->tokens_per_micro > 0 && s->tokens_per_micro < max_len)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "tokens_per_micro_batch is %u, less than max_len, %u; it must hold a "
                            "window",
                            s->tokens_per_micro, max_len);
    return KG_OK;
}

kg_status kg_tune_settings_parse(kg_tune_settings *out, const kg_tune_task *task, const char *json,
                                 kg_error *err) {
    json_error_t fault;
    kg_status st;
    *out = (kg_tune_settings){.json = json_loads(json, 0, &fault)};
    const json_t *o = out->json;
    if (!o)
        return kg_error_set(err, KG_ERR_FORMAT, "the configuration: %s", fault.text);
    KG_TRY(st, begin_setup(&out->setup, task, err));
    out->init = kg_setting_text(o, "init");
    out->allow_missing = kg_setting_truth(o, "allow_missing");
    out->vocab = kg_setting_text(o, "vocab");
    out->size = kg_setting_text(o, "size");
    out->train = kg_setting_text(o, "train");
    out->dev = kg_setting_text(o, "dev");
    out->test = kg_setting_text(o, "test");
    out->unlabeled = kg_setting_text(o, "unlabeled");
    out->dev_split = kg_setting_number(o, "dev_split");
    KG_TRY(st, read_setup(&out->setup, o, err));
    out->tokens_per_batch = kg_setting_count(o, "tokens_per_batch");
    out->tokens_per_micro = kg_setting_count(o, "tokens_per_micro_batch");
    kg_optimizer_read(&out->optimizer, o);
    out->precision = kg_setting_text(o, "precision");
    out->head_rate = kg_setting_number(o, "head_learning_rate");
    out->feature_rate = kg_setting_number(o, "feature_learning_rate");
    out->choice = choice(task, o);
    out->setup.reading.bias = out->choice.bias;
    out->class_power = class_power(kg_setting_text(o, "class_weights"));
    out->smoothing = kg_setting_number(o, "label_smoothing");
    out->sparse = (kg_sparse_fitting){.min_count = kg_setting_count(o, "sparse_min_count"),
                                      .l1 = kg_setting_number(o, "sparse_l1"),
                                      .l2 = kg_setting_number(o, "sparse_l2"),
                                      .iterations = kg_setting_count(o, "sparse_iterations")};
    out->dropout = kg_setting_number(o, "dropout");
    out->hidden_dropout = kg_setting_number(o, "hidden_dropout");
    out->attention_dropout = kg_setting_number(o, "attention_dropout");
    read_run(out, json_object_get(o, "run"));
    return check(out, err);
}

void kg_tune_settings_free(kg_tune_settings *settings) {
    kg_tune_setup_free(&settings->setup);
    json_decref(settings->json);
    settings->json = NULL;
}

kg_status kg_tune_model_config(kg_model_config *out, const kg_tune_settings *s, kg_error *err) {
    kg_status st;
    uint32_t max_len = s->setup.max_len;
    if (s->init)
        KG_TRY(st, kg_model_config_load(out, s->init, err));
    else
        KG_TRY(st, kg_model_config_named(out, s->size));
    out->hidden_dropout_prob = s->hidden_dropout;
    out->attention_probs_dropout_prob = s->attention_dropout;
    out->kg_entities = out->kg_relations = out->kg_types = 0;
    out->kg_entity_dim = out->kg_relation_dim = 0;
    out->neighbors = s->setup.graph.neighbors;
    out->pepr_neighbors = s->setup.graph.weights == KGP_PEPR;
    if (!s->init && max_len > out->max_position_embeddings)
        out->max_position_embeddings = max_len;
    if (max_len > out->max_position_embeddings)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "max_len is %u; the checkpoint has %u positions: set max_len to that",
                            max_len, out->max_position_embeddings);
    return KG_OK;
}
