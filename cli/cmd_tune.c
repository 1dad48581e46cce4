/* kg tune TASK train|eval|predict: one command, since tasks differ in their data alone. */
#include "cli/tool.h"
#include "cli/train.h"
#include "cli/tuneshow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tune_settings {
    kg_train_settings train;
    const char *texts[5]; /* by keys[] */
    uint64_t seeds, errors, bootstrap;
    const char *checkpoint, *predictions, *write, *report;
} tune_settings;

static const char *const keys[] = {"init", "vocab", "train", "dev", "test"};
static const char *const tasks[] = {"text", "pair", "relation", "rank"};

static const tune_settings defaults = {.seeds = 1, .bootstrap = 1000};

static const kg_option options[] = {
    {"init", 'i', KG_OPTION_TEXT, offsetof(tune_settings, texts[0]), "DIR",
     "train: the checkpoint to start from: kg pretrain's, or a BERT in Hugging Face's format"},
    {"vocab", 0, KG_OPTION_TEXT, offsetof(tune_settings, texts[1]), "FILE",
     "train: the vocabulary, if there is no checkpoint to start from"},
    {"train", 't', KG_OPTION_TEXT, offsetof(tune_settings, texts[2]), "FILE",
     "train: data to train on"},
    {"dev", 'd', KG_OPTION_TEXT, offsetof(tune_settings, texts[3]), "FILE",
     "train: data for choosing the epoch; with dev_split, only for measuring"},
    {"test", 0, KG_OPTION_TEXT, offsetof(tune_settings, texts[4]), "FILE",
     "train: data for the final figures"},
    {"seeds", 0, KG_OPTION_COUNT, offsetof(tune_settings, seeds), "N",
     "train with N seeds, and print mean and deviation"},
    {"checkpoint", 0, KG_OPTION_TEXT, offsetof(tune_settings, checkpoint), "DIR",
     "eval, predict: a checkpoint of kg tune TASK train, such as OUT/best"},
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
    KG_TRAIN_OPTIONS,
    {0}};

/* What one of the verbs does not take is an error, lest it be thought to count. */
static kg_status check_verb(const tune_settings *s, const char *verb, size_t n_files,
                            kg_error *err) {
    bool trains = strcmp(verb, "train") == 0, judges = strcmp(verb, "eval") == 0;
    const char *wrong = NULL;
    for (size_t i = 0; !trains && i < sizeof keys / sizeof *keys; i++)
        wrong = s->texts[i] ? keys[i] : wrong;
    if (!trains && (s->train.out || s->train.config || s->train.resume || s->train.set.len))
        wrong = s->train.out      ? "out"
                : s->train.config ? "config"
                : s->train.resume ? "resume"
                                  : "set";
    if (trains && s->checkpoint)
        wrong = "checkpoint";
    if (!judges && (s->predictions || s->write || s->report || s->errors))
        wrong = s->predictions ? "predictions"
                : s->write     ? "write"
                : s->report    ? "report"
                               : "errors";
    if (wrong)
        return kg_error_set(err, KG_ERR_ARGUMENT, "%s takes no --%s", verb, wrong);
    if (trains && n_files > 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "train takes no file by itself; name it with --train");
    if (judges && n_files > 1)
        return kg_error_set(err, KG_ERR_ARGUMENT, "eval takes one file of data");
    return KG_OK;
}

/* ---- train ----------------------------------------------------------------------------------- */

static kg_status train(const kg_call *call, const char *task, kg_error *err) {
    const tune_settings *s = call->settings;
    char trainer[32];
    json_t *extra = json_object();
    for (size_t i = 0; extra && i < sizeof keys / sizeof *keys; i++)
        if (s->texts[i])
            json_object_set_new(extra, keys[i], json_string(s->texts[i]));
    if (!extra)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    snprintf(trainer, sizeof trainer, "tune.%s", task);
    kg_status st = kg_train_seeds(trainer, &s->train, extra, s->seeds, call->mode, err);
    json_decref(extra);
    return st;
}

/* ---- eval ------------------------------------------------------------------------------------ */

static kg_status run_tool(const char *tool, const tune_settings *s, json_t *request, FILE *to,
                          kg_output_mode mode, kg_error *err) {
    const kg_tool_call call = {.tool = tool,
                               .plugin = s->train.plugin,
                               .store = s->train.store,
                               .request = request,
                               .mode = mode,
                               .to = to};
    return kg_tool_run(&call, err);
}

static json_t *eval_request(const tune_settings *s, const char *task, const char *data) {
    uint64_t errors = s->errors || !s->report ? s->errors : 50;
    json_t *request = json_pack("{s:s, s:I, s:I}", "task", task, "errors", (json_int_t)errors,
                                "bootstrap", (json_int_t)s->bootstrap);
    const struct {
        const char *key, *value;
    } texts[] = {{"checkpoint", s->checkpoint},
                 {"predictions", s->predictions},
                 {"write", s->write},
                 {"data", data}};
    for (size_t i = 0; request && i < sizeof texts / sizeof *texts; i++)
        if (texts[i].value)
            json_object_set_new(request, texts[i].key, json_string(texts[i].value));
    return request;
}

static kg_status show(const tune_settings *s, const char *text, kg_output_mode mode,
                      kg_error *err) {
    kg_status st = KG_OK;
    json_t *result = json_loads(text, 0, NULL);
    if (!result)
        return kg_error_set(err, KG_ERR_PLUGIN, "tune.eval wrote something other than JSON");
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
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    }
    kg_status st = run_tool("tune.eval", s, request, to, KG_MODE_JSON, err);
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
    if (!s->checkpoint)
        return kg_error_set(err, KG_ERR_ARGUMENT, "name the checkpoint with --checkpoint");
    json_t *files = kg_tool_words(call->args + 2, call->n_args - 2);
    json_t *request =
        json_pack("{s:s, s:s, s:o}", "task", task, "checkpoint", s->checkpoint, "text", files);
    if (!request)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
    kg_status st = run_tool("tune.predict", s, request, stdout, KG_MODE_JSONL, err);
    json_decref(request);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st;
    const char *task = call->args[0], *verb = call->args[1];
    size_t n_tasks = sizeof tasks / sizeof *tasks, t = 0;
    while (t < n_tasks && strcmp(tasks[t], task) != 0)
        t++;
    if (t == n_tasks)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "there is no task %s; expected text, pair, relation or rank", task);
    KG_TRY(st, check_verb(call->settings, verb, call->n_args - 2, err));
    if (strcmp(verb, "train") == 0)
        return train(call, task, err);
    if (strcmp(verb, "eval") == 0)
        return evaluate(call, task, call->args[2], err);
    if (strcmp(verb, "predict") == 0)
        return predict(call, task, err);
    return kg_error_set(err, KG_ERR_ARGUMENT, "%s is not train, eval or predict", verb);
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
