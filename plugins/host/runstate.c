#include "plugins/host/runstate.h"

#include "kgstore/base/folder.h"
#include "plugins/host/checkpoint.h"
#include "plugins/host/schema.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT 1

extern const char kg_state_schema[]; /* schemas/state.schema.json */

/* JSON has no NaN and no infinity. */
static json_t *real_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *kg_runstate_dump(const kg_runstate *state, const char *plugin, const char *version,
                         const json_t *config) {
    json_t *sums = json_object();
    for (size_t i = 0; i < state->sums.len; ++i)
        json_object_set_new(sums, state->sums.list[i].name,
                            real_or_null(state->sums.list[i].value));
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
        kg_metrics_put(&state->sums, name, json_is_null(value) ? NAN : json_number_value(value));
    }
}

/* What the schema cannot say: the state is of the step that its folder is named after, and nothing
 * in it lies beyond that step. */
static kg_status check_steps(const kg_runstate *state, const char *folder, const char *path,
                             kg_error *err) {
    char whole[PATH_MAX];
    const char *name = realpath(folder, whole) ? strrchr(whole, '/') : NULL;
    uint64_t step;
    if (name && sscanf(name, "/step-%" SCNu64, &step) == 1 && step != state->step)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "step is %" PRIu64 " in the checkpoint of step %" PRIu64
                           "; resume from another checkpoint",
                           state->step, step);
    bool beyond = (state->evaluated != KG_NO_STEP && state->evaluated > state->step) ||
                  (state->best_step != KG_NO_STEP && state->best_step > state->step) ||
                  state->summed > state->step;
    if (beyond)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "it mentions steps after its own, %" PRIu64
                           "; resume from another checkpoint",
                           state->step);
    return KG_OK;
}

static kg_status check_document(json_t *root, const char *path, const char *plugin, kg_error *err) {
    json_t *schema;
    kg_status st;
    const char *was = json_string_value(json_object_get(root, "plugin"));
    json_int_t format = json_integer_value(json_object_get(root, "format"));
    if (format != FORMAT)
        return kg_error_at(err, KG_ERR_VERSION, path, 0, "format is %lld; expected %d",
                           (long long)format, FORMAT);
    if (!was || strcmp(was, plugin) != 0)
        return kg_error_at(err, KG_ERR_VERSION, path, 0,
                           "the checkpoint is of the trainer %s; expected %s", was ? was : "?",
                           plugin);
    KG_TRY(st, kg_json_parse(&schema, kg_state_schema, "state.schema.json", err));
    st = kg_schema_apply(root, schema, path, err);
    json_decref(schema);
    return st;
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
        st = check_document(root, path, plugin, err);
        if (st == KG_OK) {
            read_state(state, root);
            st = check_steps(state, folder, path, err);
        }
        *config = st == KG_OK ? json_incref(json_object_get(root, "config")) : NULL;
        json_decref(root);
    }
    free(path);
    return st;
}
