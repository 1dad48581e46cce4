/* One training by several seeds: their mean and deviation. */
#include "cli/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SEEDS = 100, PATH_SIZE = 4096 };

/* A row a figure: its mean, its deviation (over n - 1), and the value of each seed. */
static kg_status show_seeds(const kg_run_result *runs, size_t n, kg_output_mode mode) {
    char names[MAX_SEEDS][32];
    const char *columns[MAX_SEEDS + 3] = {"figure", "mean", "deviation"};
    kg_result result = KG_RESULT_INIT;
    for (size_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "seed_%zu", i + 1);
        columns[3 + i] = names[i];
    }
    kg_result_columns(&result, KG_SHAPE_ROWS, columns, 3 + n);
    for (size_t f = 0; f < runs[0].final->len; f++) {
        const char *name = runs[0].final->list[f].name;
        char figure[KG_METRIC_NAME];
        double value;
        if (kg_metrics_bound(figure, name) && kg_metrics_get(&value, runs[0].final, figure))
            continue; /* of the interval of one run */
        double values[MAX_SEEDS], sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            values[i] = NAN;
            kg_metrics_get(&values[i], runs[i].final, name);
            sum += values[i];
        }
        for (size_t i = 0; i < n; i++)
            squares += (values[i] - sum / (double)n) * (values[i] - sum / (double)n);
        kg_result_text(&result, kg_str_from(name));
        kg_result_real(&result, sum / (double)n);
        kg_result_real(&result, sqrt(squares / (double)(n - 1)));
        for (size_t i = 0; i < n; i++)
            kg_result_real(&result, values[i]);
    }
    kg_status st = result.status == KG_OK ? kg_output_result(stdout, &result, mode) : result.status;
    kg_result_free(&result);
    return st;
}

static kg_status train_one(kg_run_result *run, const char *trainer,
                           const kg_train_settings *settings, const json_t *extra, uint64_t seed,
                           kg_error *err) {
    char folder[PATH_SIZE];
    kg_train_settings one = *settings;
    json_t *config = json_deep_copy(extra);
    if (!config ||
        json_object_set_new(config, "run", json_pack("{s:I}", "seed", (json_int_t)seed)) != 0) {
        json_decref(config);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the configuration");
    }
    snprintf(folder, sizeof folder, "%s/seed-%llu", settings->out, (unsigned long long)seed);
    one.out = folder;
    kg_status st = kg_train_once(run, trainer, &one, config, err);
    json_decref(config);
    return st;
}

kg_status kg_train_seeds(const char *trainer, const kg_train_settings *settings,
                         const json_t *extra, uint64_t seeds, kg_output_mode mode, kg_error *err) {
    kg_run_result runs[MAX_SEEDS] = {{.final = NULL}};
    kg_status st = KG_OK;
    if (seeds < 1 || seeds > MAX_SEEDS)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found --seeds %llu; expected 1 to %d",
                            (unsigned long long)seeds, MAX_SEEDS);
    if (!settings->out)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found no --out; expected the folder of the run");
    if (seeds == 1)
        return kg_train(trainer, settings, extra, mode, err);
    for (uint64_t i = 0; i < seeds && st == KG_OK; i++)
        st = train_one(&runs[i], trainer, settings, extra, i + 1, err);
    if (st == KG_OK)
        st = show_seeds(runs, seeds, mode);
    for (size_t i = 0; i < seeds; i++)
        free(runs[i].final);
    return st;
}

/* The files by their names in a configuration. */
enum { FILES = 6 };
static const char *const names[FILES] = {"init", "vocab", "train", "unlabeled", "dev", "test"};

static void list_files(const char *list[FILES], const kg_train_files *f) {
    const char *const files[FILES] = {f->init, f->vocab, f->train, f->unlabeled, f->dev, f->test};
    memcpy(list, files, sizeof files);
}

const char *kg_train_files_given(const kg_train_files *files) {
    const char *list[FILES];
    list_files(list, files);
    for (size_t i = 0; i < FILES; i++)
        if (list[i])
            return names[i];
    return NULL;
}

kg_status kg_train_on_files(const char *trainer, const kg_train_settings *settings,
                            const kg_train_files *files, json_t *extra, kg_output_mode mode,
                            kg_error *err) {
    const char *list[FILES];
    list_files(list, files);
    if (!extra)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the configuration");
    for (size_t i = 0; i < FILES; i++)
        if (list[i])
            json_object_set_new(extra, names[i], json_string(list[i]));
    kg_status st = kg_train_seeds(trainer, settings, extra, files->seeds, mode, err);
    json_decref(extra);
    return st;
}
