#include "plugins/host/settings.h"

#include "plugins/host/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char kg_run_schema[]; /* schemas/run.schema.json */

kg_status kg_settings_schema(json_t **out, const kgp_trainer_descriptor *descriptor,
                             kg_error *err) {
    json_t *run;
    kg_status st;
    KG_TRY(st, kg_json_parse(out, descriptor->schema, "the plugin's schema", err));
    st = kg_json_parse(&run, kg_run_schema, "run.schema.json", err);
    json_t *properties = json_object_get(*out, "properties");
    if (st == KG_OK && !properties) {
        properties = json_object();
        if (json_object_set_new(*out, "properties", properties) != 0)
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading a schema");
    }
    if (st == KG_OK && json_object_set_new(properties, "run", run) != 0)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading a schema");
    if (st == KG_OK)
        json_object_set_new(*out, "additionalProperties", json_false());
    if (st != KG_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return st;
}

static kg_status resolve_threads(json_t *config, uint32_t ranks) {
    json_t *run = json_object_get(config, "run");
    if (json_integer_value(json_object_get(run, "threads")) > 0)
        return KG_OK;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    long each = processors > (long)ranks ? processors / (long)ranks : 1;
    return json_object_set_new(run, "threads", json_integer(each)) == 0 ? KG_OK : KG_ERR_MEMORY;
}

kg_status kg_settings_complete(json_t *config, const kgp_trainer_descriptor *descriptor,
                               uint32_t ranks, kg_error *err) {
    json_t *schema;
    char what[128];
    kg_status st;
    KG_TRY(st, kg_settings_schema(&schema, descriptor, err));
    snprintf(what, sizeof what, "the configuration of %s", descriptor->id);
    st = kg_schema_apply(config, schema, what, err);
    json_decref(schema);
    return st == KG_OK ? resolve_threads(config, ranks) : st;
}

kg_status kg_settings_rename(json_t *config, const kgp_trainer_descriptor *descriptor,
                             kg_error *err) {
    json_t *schema, *now;
    const char *before;
    kg_status st;
    KG_TRY(st, kg_json_parse(&schema, descriptor->schema, "the plugin's schema", err));
    json_object_foreach(json_object_get(schema, "renamed"), before, now) {
        json_t *value = json_object_get(config, before);
        if (value && json_object_set(config, json_string_value(now), value) != 0)
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading a configuration");
        json_object_del(config, before);
    }
    json_decref(schema);
    return st;
}

static uint64_t count(const json_t *run, const char *key) {
    return (uint64_t)json_integer_value(json_object_get(run, key));
}

static double real(const json_t *run, const char *key) {
    return json_number_value(json_object_get(run, key));
}

void kg_settings_read(kg_run_settings *out, const json_t *config,
                      const kgp_trainer_descriptor *descriptor) {
    const json_t *run = json_object_get(config, "run");
    const char *metric = json_string_value(json_object_get(run, "best_metric"));
    const char *is = json_string_value(json_object_get(run, "best_is"));
    *out = (kg_run_settings){
        .seed = count(run, "seed"),
        .steps = count(run, "steps"),
        .epochs = real(run, "epochs"),
        .max_minutes = real(run, "max_minutes"),
        .threads = count(run, "threads"),
        .log_every = count(run, "log_every"),
        .evaluate_every = count(run, "evaluate_every"),
        .checkpoint_every = count(run, "checkpoint_every"),
        .checkpoint_minutes = real(run, "checkpoint_minutes"),
        .keep_last = count(run, "keep_last"),
        .patience = count(run, "patience"),
        .best_metric = metric ? metric : descriptor->best_metric,
        .best_is_highest = is ? strcmp(is, "highest") == 0 : descriptor->best_is_highest != 0,
        .tensorboard = json_is_true(json_object_get(run, "tensorboard")),
    };
}

static bool may_differ(const char *key) {
    static const char *const keys[] = {"steps",     "epochs",           "max_minutes",
                                       "threads",   "checkpoint_every", "checkpoint_minutes",
                                       "keep_last", "patience",         "tensorboard"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static kg_status differs(const char *prefix, const char *key, const json_t *old, const json_t *new,
                         kg_error *err) {
    char *was = old ? json_dumps(old, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *is = new ? json_dumps(new, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    kg_status st = kg_error_set(err, KG_ERR_ARGUMENT,
                                "the run was started with %s%s = %.100s and is now given %.100s; "
                                "keep the old value, or start over in another folder",
                                prefix, key, was ? was : "nothing", is ? is : "nothing");
    free(was);
    free(is);
    return st;
}

kg_status kg_settings_same(const json_t *old, const json_t *new, kg_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)new, key, value) {
        const json_t *before = json_object_get(old, key);
        if (strcmp(key, "run") != 0 && !(before && json_equal(before, value)))
            return differs("", key, before, value, err);
    }
    const json_t *old_run = json_object_get(old, "run");
    json_object_foreach(json_object_get(new, "run"), key, value) {
        const json_t *before = json_object_get(old_run, key);
        if (!may_differ(key) && !(before && json_equal(before, value)))
            return differs("run.", key, before, value, err);
    }
    return KG_OK;
}
