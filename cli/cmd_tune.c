/* kg tune TASK train|eval|predict: one command, since tasks differ in their data alone. */
#include "cli/scores.h"
#include "cli/tool.h"
#include "cli/train.h"
#include "cli/tuneshow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tune_settings {
    kg_train_settings train;
    kg_train_files files;
    uint64_t errors, bootstrap;
    kg_texts checkpoints;
    const char *predictions, *write, *report;
    double min_confidence;
} tune_settings;

static const char *const tasks[] = {"text", "pair", "relation", "rank"};

static const tune_settings defaults = {.files = KG_TRAIN_FILES_DEFAULTS, .bootstrap = 1000};

static const kg_option options[] = {
    KG_TRAIN_FILES_OPTIONS(tune_settings, "train: "),
    {"checkpoint", 0, KG_OPTION_LIST, offsetof(tune_settings, checkpoints), "DIR",
     "eval, predict: a checkpoint of kg tune TASK train; repeat for the mean of several"},
    {"predictions", 0, KG_OPTION_TEXT, offsetof(tune_settings, predictions), "FILE",
     "eval: judge this file, which --write wrote, instead of a checkpoint"},
    {"write", 0, KG_OPTION_TEXT, offsetof(tune_settings, write), "FILE",
     "eval: write what each item is, and what it was taken for"},
    {"errors", 0, KG_OPTION_COUNT, offsetof(tune_settings, errors), "N",
     "eval: list up to N items that were taken for another class"},
    {"bootstrap", 0, KG_OPTION_COUNT, offsetof(tune_settings, bootstrap), "N",
     "eval: resamples for the intervals"},
    {"report", 0, KG_OPTION_TEXT, offsetof(tune_settings, report), "FILE",
     "eval: write the result as an HTML page"},
    {"min-confidence", 0, KG_OPTION_REAL, offsetof(tune_settings, min_confidence), "P",
     "predict: leave out what is less probable to be of the class that it is taken for"},
    KG_TRAIN_OPTIONS,
    {0}};

/* What one of the verbs does not take is an error, lest it be thought to count. */
static kg_status check_verb(const tune_settings *s, const char *verb, size_t n_files,
                            kg_error *err) {
    bool trains = strcmp(verb, "train") == 0, judges = strcmp(verb, "eval") == 0;
    const char *wrong = trains ? NULL : kg_train_files_given(&s->files);
    if (!trains && (s->train.out || s->train.config || s->train.resume || s->train.set.len))
        wrong = s->train.out      ? "out"
                : s->train.config ? "config"
                : s->train.resume ? "resume"
                                  : "set";
    if (trains && s->checkpoints.len)
        wrong = "checkpoint";
    if (!judges && (s->predictions || s->write || s->report || s->errors))
        wrong = s->predictions ? "predictions"
                : s->write     ? "write"
                : s->report    ? "report"
                               : "errors";
    if (strcmp(verb, "predict") != 0 && s->min_confidence > 0)
        wrong = "min-confidence";
    if (wrong)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found --%s; %s does not read it; remove it",
                            wrong, verb);
    if (trains && n_files > 0)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found a file without an option; expected the training data after --train");
    if (judges && n_files > 1)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found %zu files; expected one file of data",
                            n_files);
    return KG_OK;
}

/* ---- train ----------------------------------------------------------------------------------- */

static kg_status train(const kg_call *call, const char *task, kg_error *err) {
    const tune_settings *s = call->settings;
    char trainer[32];
    snprintf(trainer, sizeof trainer, "tune.%s", task);
    return kg_train_on_files(trainer, &s->train, &s->files, json_object(), call->mode, err);
}

/* ---- eval ------------------------------------------------------------------------------------ */

static json_t *eval_request(const tune_settings *s, const char *task, const char *data) {
    uint64_t errors = s->errors || !s->report ? s->errors : 50;
    json_t *request =
        json_pack("{s:s, s:I, s:I, s:i}", "task", task, "errors", (json_int_t)errors, "bootstrap",
                  (json_int_t)s->bootstrap, "neighbors", s->report ? KG_SCORE_NEIGHBORS : 0);
    const struct {
        const char *key, *value;
    } texts[] = {{"predictions", s->predictions}, {"write", s->write}, {"data", data}};
    for (size_t i = 0; request && i < sizeof texts / sizeof *texts; i++)
        if (texts[i].value)
            json_object_set_new(request, texts[i].key, json_string(texts[i].value));
    if (request && s->checkpoints.len)
        json_object_set_new(request, "checkpoint",
                            kg_tool_words(s->checkpoints.data, s->checkpoints.len));
    return request;
}

static kg_status show(const tune_settings *s, const char *text, kg_output_mode mode,
                      kg_error *err) {
    kg_status st = KG_OK;
    json_t *result = json_loads(text, 0, NULL);
    if (!result)
        return kg_error_set(err, KG_ERR_PLUGIN,
                            "the tool tune.eval wrote no JSON; is it of this version of kg?");
    if (s->report)
        st = kg_tune_report(result, s->report, err);
    if (st == KG_OK && (mode == KG_MODE_JSON || mode == KG_MODE_JSONL))
        fputs(text, stdout);
    else if (st == KG_OK)
        st = kg_tune_show(result, mode);
    json_decref(result);
    return st;
}

static kg_status evaluate(const kg_call *call, const char *task, const char *data, kg_error *err) {
    const tune_settings *s = call->settings;
    char *text = NULL;
    size_t size = 0;
    json_t *request = eval_request(s, task, data);
    FILE *to = request ? open_memstream(&text, &size) : NULL;
    if (!to) {
        json_decref(request);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory asking for an evaluation");
    }
    const kg_tool_call tool = {.tool = "tune.eval",
                               .plugin = s->train.plugin,
                               .store = s->train.store,
                               .request = request,
                               .mode = KG_MODE_JSON,
                               .to = to};
    kg_status st = kg_tool_run(&tool, err);
    fclose(to);
    if (st == KG_OK)
        st = show(s, text, call->mode, err);
    free(text);
    json_decref(request);
    return st;
}

/* ---- predict --------------------------------------------------------------------------------- */

static kg_status predict(const kg_call *call, const char *task, kg_error *err) {
    const tune_settings *s = call->settings;
    if (s->checkpoints.len == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found no --checkpoint; expected the folder of a checkpoint");
    json_t *request = json_pack("{s:s, s:o, s:o, s:f}", "task", task, "checkpoint",
                                kg_tool_words(s->checkpoints.data, s->checkpoints.len), "text",
                                kg_tool_words(call->args + 2, call->n_args - 2), "min_confidence",
                                s->min_confidence);
    const kg_tool_call tool = {.tool = "tune.predict",
                               .plugin = s->train.plugin,
                               .store = s->train.store,
                               .request = request,
                               .mode = KG_MODE_JSONL};
    return kg_tool_show(&tool, err);
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st;
    const char *task = call->args[0], *verb = call->args[1];
    size_t n_tasks = sizeof tasks / sizeof *tasks, t = 0;
    while (t < n_tasks && strcmp(tasks[t], task) != 0)
        t++;
    if (t == n_tasks)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found the task \"%s\"; expected text, pair, relation or rank", task);
    KG_TRY(st, check_verb(call->settings, verb, call->n_args - 2, err));
    if (strcmp(verb, "train") == 0)
        return train(call, task, err);
    if (strcmp(verb, "eval") == 0)
        return evaluate(call, task, call->args[2], err);
    if (strcmp(verb, "predict") == 0)
        return predict(call, task, err);
    return kg_error_set(err, KG_ERR_ARGUMENT,
                        "found \"%s\" after the task; expected train, eval or predict", verb);
}

const kg_command cmd_tune = {
    .name = "tune",
    .summary = "Fine-tune a checkpoint: text, pair, relation or rank; evaluate it; predict",
    .arguments = "TASK train|eval|predict [FILE...]",
    .min_args = 2,
    .max_args = KG_ANY_ARGS,
    .options = options,
    .settings_size = sizeof(tune_settings),
    .defaults = &defaults,
    .run = run};
