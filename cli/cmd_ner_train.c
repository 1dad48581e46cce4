#include "cli/ner_format.h"
#include "cli/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEEDS = 100, PATH_SIZE = 4096 };

typedef struct ner_settings {
    kg_train_settings train;
    const char *texts[5]; /* by keys[] */
    uint64_t seeds;
    kg_ner_format_settings format;
} ner_settings;

static const char *const keys[] = {"init", "vocab", "train", "dev", "test"};

static const ner_settings defaults = {.seeds = 1, .format = KG_NER_FORMAT_DEFAULTS};

static const kg_option options[] = {
    {"init", 'i', KG_OPTION_TEXT, offsetof(ner_settings, texts[0]), "DIR",
     "the checkpoint to start from: kg pretrain's, or a BERT in Hugging Face's format"},
    {"vocab", 0, KG_OPTION_TEXT, offsetof(ner_settings, texts[1]), "FILE",
     "the vocabulary, if there is no checkpoint to start from"},
    {"train", 't', KG_OPTION_TEXT, offsetof(ner_settings, texts[2]), "FILE",
     "tagged data to train on"},
    {"dev", 'd', KG_OPTION_TEXT, offsetof(ner_settings, texts[3]), "FILE",
     "tagged data for choosing the epoch; with dev_split, only for measuring"},
    {"test", 0, KG_OPTION_TEXT, offsetof(ner_settings, texts[4]), "FILE",
     "tagged data for the final figures"},
    {"seeds", 0, KG_OPTION_COUNT, offsetof(ner_settings, seeds), "N",
     "train with N seeds, and print mean and deviation"},
    KG_NER_FORMAT_OPTIONS(ner_settings),
    KG_TRAIN_OPTIONS,
    {0}};

static json_t *extra_config(const ner_settings *settings, uint64_t seed) {
    json_t *extra = json_object();
    for (size_t i = 0; extra && i < sizeof keys / sizeof *keys; i++)
        if (settings->texts[i])
            json_object_set_new(extra, keys[i], json_string(settings->texts[i]));
    if (extra)
        kg_ner_format_add(extra, &settings->format);
    if (extra && seed)
        json_object_set_new(extra, "run", json_pack("{s:I}", "seed", (json_int_t)seed));
    return extra;
}

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

static kg_status train_seeds(const ner_settings *settings, kg_output_mode mode, kg_error *err) {
    kg_run_result runs[MAX_SEEDS] = {{.final = NULL}};
    size_t n = settings->seeds;
    kg_status st = KG_OK;
    for (size_t i = 0; i < n && st == KG_OK; i++) {
        char folder[PATH_SIZE];
        kg_train_settings one = settings->train;
        json_t *extra = extra_config(settings, i + 1);
        snprintf(folder, sizeof folder, "%s/seed-%zu", settings->train.out, i + 1);
        one.out = folder;
        st = extra ? kg_train_once(&runs[i], "ner", &one, extra, err) : KG_ERR_MEMORY;
        json_decref(extra);
    }
    if (st == KG_OK)
        st = show_seeds(runs, n, mode);
    for (size_t i = 0; i < n; i++)
        free(runs[i].final);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const ner_settings *settings = call->settings;
    if (settings->seeds < 1 || settings->seeds > MAX_SEEDS)
        return kg_error_set(err, KG_ERR_ARGUMENT, "--seeds takes 1 to %d", MAX_SEEDS);
    if (!settings->train.out)
        return kg_error_set(err, KG_ERR_ARGUMENT, "name the folder of the run with --out");
    if (settings->seeds > 1)
        return train_seeds(settings, call->mode, err);
    json_t *extra = extra_config(settings, 0);
    if (!extra)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    kg_status st = kg_train("ner", &settings->train, extra, call->mode, err);
    json_decref(extra);
    return st;
}

const kg_command cmd_ner_train = {.name = "ner train",
                                  .summary =
                                      "Fine-tune a checkpoint to find the entities of tagged text",
                                  .arguments = "",
                                  .options = options,
                                  .settings_size = sizeof(ner_settings),
                                  .defaults = &defaults,
                                  .run = run};
