#include "model/optimizer.h"

#include "model/ops.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

static void take(double *to, const json_t *settings, const char *key) {
    const json_t *value = json_object_get(settings, key);
    if (json_is_number(value))
        *to = json_number_value(value);
}

void kg_optimizer_read(kg_optimizer *out, const json_t *settings) {
    *out = (kg_optimizer){.adamw = KG_ADAMW_INIT, .layer_decay = 1};
    take(&out->adamw.learning_rate, settings, "learning_rate");
    take(&out->adamw.beta1, settings, "beta1");
    take(&out->adamw.beta2, settings, "beta2");
    take(&out->adamw.epsilon, settings, "epsilon");
    take(&out->adamw.decay, settings, "weight_decay");
    take(&out->adamw.clip, settings, "clip_norm");
    take(&out->warmup, settings, "warmup");
    take(&out->final_rate, settings, "final_rate");
    take(&out->layer_decay, settings, "layer_decay");
    take(&out->average, settings, "average");
    out->total = (uint64_t)json_integer_value(json_object_get(settings, "schedule_steps"));
    const char *schedule = json_string_value(json_object_get(settings, "schedule"));
    out->cosine = schedule && strcmp(schedule, "cosine") == 0;
}

/* A warmup that the run would not outlast is cut to this part of it. */
enum { CUT_WARMUP = 10 };

/* The rate falls from the last layer down. */
static void set_rates(kg_params *params, double decay, uint32_t layers) {
    for (size_t i = 0; i < params->table.len; i++) {
        kg_param *p = &params->table.data[i];
        unsigned layer;
        if (sscanf(p->name, "bert.encoder.layer.%u.", &layer) == 1)
            p->rate = (float)pow(decay, layers - 1 - layer);
        else if (strncmp(p->name, "bert.embeddings.", 16) == 0)
            p->rate = (float)pow(decay, layers);
    }
}

kg_status kg_optimizer_begin(kg_optimizer *o, kg_model *model, uint64_t steps, kg_error *err) {
    kg_params *params = kg_model_params(model);
    bool is_share = o->warmup > 0 && o->warmup < 1;
    if (o->total == 0)
        o->total = steps;
    if (is_share && o->total == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "warmup is %g, a share of the steps, but how many there will be is not "
                            "known; give warmup in steps, or set schedule_steps",
                            o->warmup);
    o->warm_steps = (uint64_t)(is_share ? o->warmup * (double)o->total : o->warmup);
    o->warmup_cut = o->total > 0 && o->warm_steps > o->total;
    if (o->warmup_cut)
        o->warm_steps = o->total / CUT_WARMUP;
    set_rates(params, o->layer_decay, kg_model_configuration(model)->num_hidden_layers);
    if (o->average <= 0)
        return KG_OK;
    o->backend = params->backend;
    o->mean = o->backend->allocate(params->total * sizeof *o->mean, false);
    if (o->mean == NULL)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory for the mean of the weights");
    o->backend->copy(o->mean, params->values, params->total * sizeof *o->mean);
    return KG_OK;
}

void kg_optimizer_free(kg_optimizer *o) {
    if (o->mean != NULL)
        o->backend->release(o->mean, false);
    o->mean = NULL;
}

/* The first gradient that is not finite, by name. */
static kg_status bad_gradient(const kg_params *params, kg_error *err) {
    size_t at = params->backend->first_bad(params->gradients, params->total);
    for (size_t i = params->table.len; i-- > 0;)
        if (at < params->total && params->table.data[i].offset <= at)
            return kg_error_set(err, KG_ERR_NUMERIC,
                                "the gradient of %s is not finite; lower the learning rate",
                                params->table.data[i].name);
    return kg_error_set(err, KG_ERR_NUMERIC,
                        "the gradients' norm is not finite; lower the learning rate");
}

static void update_mean(kg_optimizer *o, const kg_params *params, uint64_t step) {
    if (o->mean == NULL)
        return;
    /* Early on the mean reaches back no further than the run does. */
    double keep = fmin(o->average, (double)step / (double)(step + 10));
    float share = (float)(1 - keep);
    params->backend->blend(o->mean, params->values, share, params->total);
}

kg_status kg_optimizer_step(kg_optimizer_report *out, kg_optimizer *o, kg_model *model,
                            uint64_t number, kg_error *err) {
    kg_params *params = kg_model_params(model);
    kg_adamw adamw = o->adamw;
    out->norm = kg_gradient_norm(params);
    if (!isfinite(out->norm))
        return bad_gradient(params, err);
    adamw.learning_rate *= kg_schedule(number, o->warm_steps, o->total, o->final_rate, o->cosine);
    out->rate = adamw.learning_rate;
    kg_adamw_step(params, &adamw, number, out->norm);
    update_mean(o, params, number);
    return KG_OK;
}

void kg_optimizer_swap(kg_optimizer *o, kg_model *model) {
    kg_params *params = kg_model_params(model);
    if (o->mean == NULL)
        return;
    float *values = params->values;
    params->values = o->mean;
    o->mean = values;
}

static const char *in(char *path, const char *folder, const char *name) {
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

kg_status kg_optimizer_save(kg_optimizer *o, kg_model *model, const kg_model_card *card,
                            const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    const kg_params *params = kg_model_params(model);
    kg_status st;
    if (o->mean != NULL)
        KG_TRY(st, kg_weights_write(params, in(path, folder, "latest.safetensors"), err));
    kg_optimizer_swap(o, model);
    st = kg_model_save(model, card, folder, err);
    kg_optimizer_swap(o, model);
    if (st != KG_OK)
        return st;
    return kg_moments_write(params, in(path, folder, "optimizer.safetensors"), err);
}

static const kg_loading whole = {.missing = NULL}; /* our own checkpoint lacks nothing */

/* The mean is the model of the checkpoint; the parameters stand beside it. */
static kg_status load_latest(kg_optimizer *o, kg_params *params, const char *path, kg_error *err) {
    kg_tensor_source *file;
    kg_status st;
    o->backend->copy(o->mean, params->values, params->total * sizeof *o->mean);
    KG_TRY(st, kg_tensor_source_open(&file, path, err));
    st = kg_weights_read(params, file, &whole, err);
    kg_tensor_source_close(file);
    return st;
}

kg_status kg_optimizer_load(kg_optimizer *o, kg_model *model, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    kg_params *params = kg_model_params(model);
    kg_status st;
    KG_TRY(st, kg_model_load(model, folder, &whole, err));
    if (o->mean != NULL)
        KG_TRY(st, load_latest(o, params, in(path, folder, "latest.safetensors"), err));
    return kg_moments_read(params, in(path, folder, "optimizer.safetensors"), err);
}
