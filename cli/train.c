#include "cli/train.h"

#include "cli/plugin_run.h"
#include "plugins/host/schema.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

kg_status kg_train_config(json_t **out, const kg_train_settings *settings, const json_t *extra,
                          kg_error *err) {
    kg_status st = KG_OK;
    if (settings->config) {
        KG_TRY(st, kg_json_read(out, settings->config, err));
    } else if (!(*out = json_object())) {
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the configuration");
    }
    if (extra && json_object_update_recursive(*out, (json_t *)extra) != 0)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the configuration");
    for (size_t i = 0; i < settings->set.len && st == KG_OK; ++i)
        st = kg_schema_set(*out, settings->set.data[i], err);
    if (st != KG_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return st;
}

static bool has_feature(const kgp_trainer_descriptor *trainer, const char *feature) {
    for (const char *const *f = trainer->features; *f; ++f)
        if (strcmp(*f, feature) == 0)
            return true;
    return false;
}

/* The final figures as one record: what the run was, then the plugin's own. */
static kg_status show(const kg_run_result *run, const char *folder, kg_output_mode mode) {
    static const char *const fixed[] = {"out", "step", "seconds", "best_step"};
    enum { FIXED = sizeof fixed / sizeof *fixed };
    const char *names[FIXED + 1 + KG_METRICS_MAX];
    kg_result result = KG_RESULT_INIT;
    size_t n = FIXED;
    bool best = run->best_metric[0] != '\0';
    memcpy(names, fixed, sizeof fixed);
    char best_name[KG_METRIC_NAME + 8];
    if (best) {
        snprintf(best_name, sizeof best_name, "best_%s", run->best_metric);
        names[n++] = best_name;
    }
    for (size_t i = 0; i < run->final->len; ++i)
        names[n++] = run->final->list[i].name;
    kg_result_columns(&result, KG_SHAPE_RECORD, names, n);
    kg_result_text(&result, kg_str_from(folder));
    kg_result_integer(&result, (int64_t)run->step);
    kg_result_real(&result, run->seconds);
    if (best) {
        kg_result_integer(&result, (int64_t)run->best_step);
        kg_result_real(&result, run->best);
    } else {
        kg_result_none(&result);
    }
    for (size_t i = 0; i < run->final->len; ++i)
        kg_result_real(&result, run->final->list[i].value);
    kg_status st = result.status;
    if (st == KG_OK)
        st = kg_output_result(stdout, &result, mode);
    kg_result_free(&result);
    return st;
}

typedef struct training {
    const kg_train_settings *settings;
    const json_t *config;
    kg_run_result *out;
} training;

static kg_status check_features(const kg_host *host, const kgp_trainer_descriptor *trainer,
                                const kg_train_settings *settings, kg_error *err) {
    if (!settings->store && has_feature(trainer, "store"))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found no --store; %s trains on a graph; name its store", trainer->id);
    if (kg_host_ranks(host) > 1 && !has_feature(trainer, "ranks"))
        return kg_error_set(err, KG_ERR_UNSUPPORTED,
                            "%s runs with one rank only; start it without mpirun", trainer->id);
    return KG_OK;
}

static kg_status run_trainer(kg_host *host, const kg_plugin_choice *choice, kg_runline *line,
                             void *context, kg_error *err) {
    const training *t = context;
    kg_status st;
    KG_TRY(st, check_features(host, choice->trainer, t->settings, err));
    const kg_run_options options = {
        .plugin = choice->plugin,
        .trainer = choice->trainer,
        .host = host,
        .config = t->config,
        .folder = t->settings->out,
        .resume = t->settings->resume,
        .stepped = kg_runline_step,
        .context = line,
    };
    st = kg_run(t->out, &options, err);
    if (st == KG_OK && kg_host_rank(host) == 0) {
        kg_progress_end(&line->phase);
    } else {
        free(t->out->final);
        t->out->final = NULL;
    }
    return st;
}

kg_status kg_train_once(kg_run_result *out, const char *trainer, const kg_train_settings *settings,
                        const json_t *extra, kg_error *err) {
    json_t *config;
    kg_status st;
    *out = (kg_run_result){.final = NULL};
    if (!settings->out)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found no --out; expected the folder of the run");
    KG_TRY(st, kg_train_config(&config, settings, extra, err));
    const kg_plugin_request request = {
        .trainer = trainer, .file = settings->plugin, .warn = kg_runline_warn};
    training t = {settings, config, out};
    signal(SIGPIPE, SIG_IGN); /* who read the messages may leave; the training goes on */
    st = kg_plugin_run(&request, settings->store, run_trainer, &t, err);
    json_decref(config);
    return st;
}

kg_status kg_train(const char *trainer, const kg_train_settings *settings, const json_t *extra,
                   kg_output_mode mode, kg_error *err) {
    kg_run_result result;
    kg_status st = kg_train_once(&result, trainer, settings, extra, err);
    if (st == KG_OK && result.final)
        st = show(&result, settings->out, mode);
    free(result.final);
    return st;
}
