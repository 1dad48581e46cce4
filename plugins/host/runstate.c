#include "plugins/host/runstate.h"

#include "plugins/host/checkpoint.h"
#include "plugins/host/schema.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT 1

json_t *kg_runstate_dump(const kg_runstate *state, const char *plugin, const char *version,
                         const json_t *config) {
    json_t *sums = json_object();
    for (size_t i = 0; i < state->sums.len; ++i)
        json_object_set_new(sums, state->sums.list[i].name, json_real(state->sums.list[i].value));
    json_t *best =
        state->best_step == KG_NO_STEP
            ? json_null()
            : json_pack("{s:I, s:f}", "step", (json_int_t)state->best_step, "value", state->best);
    json_t *evaluated =
        state->evaluated == KG_NO_STEP ? json_null() : json_integer((json_int_t)state->evaluated);
    return json_pack("{s:i, s:s, s:s, s:I, s:f, s:o, s:I, s:o, s:I, s:I, s:o, s:O}", "format",
                     FORMAT, "plugin", plugin, "plugin_version", version, "step",
                     (json_int_t)state->step, "seconds", state->seconds, "evaluated", evaluated,
                     "log_size", (json_int_t)state->log_size, "best", best, "waited",
                     (json_int_t)state->waited, "summed", (json_int_t)state->summed, "sums", sums,
                     "config", config);
}

void kg_runstate_begin(kg_runstate *state) {
    state->step = state->log_size = state->waited = state->summed = 0;
    state->seconds = state->best = 0;
    state->evaluated = state->best_step = KG_NO_STEP;
    kg_metrics_begin(&state->sums);
}

static uint64_t count(const json_t *object, const char *key) {
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void read_state(kg_runstate *state, const json_t *root) {
    const json_t *best = json_object_get(root, "best");
    const char *name;
    json_t *value;
    kg_runstate_begin(state);
    state->step = count(root, "step");
    state->seconds = json_number_value(json_object_get(root, "seconds"));
    if (json_is_integer(json_object_get(root, "evaluated")))
        state->evaluated = count(root, "evaluated");
    state->log_size = count(root, "log_size");
    if (json_is_object(best)) {
        state->best_step = count(best, "step");
        state->best = json_number_value(json_object_get(best, "value"));
    }
    state->waited = count(root, "waited");
    state->summed = count(root, "summed");
    json_object_foreach(json_object_get(root, "sums"), name, value) {
        kg_metrics_put(&state->sums, name, json_number_value(value));
    }
}

kg_status kg_runstate_load(kg_runstate *state, json_t **config, const char *folder,
                           const char *plugin, kg_error *err) {
    json_t *root;
    kg_status st;
    *config = NULL;
    char *path = kg_path_join(folder, "state.json");
    if (!path)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", folder);
    st = kg_json_read(&root, path, err);
    if (st == KG_OK) {
        const char *was = json_string_value(json_object_get(root, "plugin"));
        json_int_t format = json_integer_value(json_object_get(root, "format"));
        if (format != FORMAT)
            st = kg_error_at(err, KG_ERR_VERSION, path, 0, "format is %d; expected %d", (int)format,
                             FORMAT);
        else if (!was || strcmp(was, plugin) != 0)
            st = kg_error_at(err, KG_ERR_VERSION, path, 0,
                             "the checkpoint is of the trainer %s; expected %s", was ? was : "?",
                             plugin);
        else
            read_state(state, root);
        *config = st == KG_OK ? json_incref(json_object_get(root, "config")) : NULL;
        json_decref(root);
    }
    free(path);
    return st;
}
