#include "cli/command.h"
#include "cli/ner_format.h"
#include "cli/scores.h"
#include "cli/tool.h"
#include "plugins/host/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct eval_settings {
    const char *store, *plugin, *report;
    kg_texts checkpoints;
    const char *texts[2]; /* by keys[] */
    uint64_t errors, bootstrap;
    kg_ner_format_settings format;
} eval_settings;

static const char *const keys[] = {"predictions", "write"};

static const eval_settings defaults = {.bootstrap = 1000, .format = KG_NER_FORMAT_DEFAULTS};

static const kg_option options[] = {
    {"store", 's', KG_OPTION_TEXT, offsetof(eval_settings, store), "STORE",
     "the graph that the checkpoint was trained with"},
    {"checkpoint", 0, KG_OPTION_LIST, offsetof(eval_settings, checkpoints), "DIR",
     "a checkpoint of kg ner train, such as OUT/best; repeat for the mean of several"},
    {"predictions", 0, KG_OPTION_TEXT, offsetof(eval_settings, texts[0]), "FILE",
     "score this file of lines `token gold predicted` instead of a checkpoint"},
    {"write", 0, KG_OPTION_TEXT, offsetof(eval_settings, texts[1]), "FILE",
     "write the predictions in conlleval's format"},
    {"errors", 0, KG_OPTION_COUNT, offsetof(eval_settings, errors), "N",
     "list up to N errors: missed, spurious, wrong type, wrong boundary"},
    {"bootstrap", 0, KG_OPTION_COUNT, offsetof(eval_settings, bootstrap), "N",
     "resamples for the interval of F1"},
    {"report", 0, KG_OPTION_TEXT, offsetof(eval_settings, report), "FILE",
     "write the result as an HTML page"},
    KG_NER_FORMAT_OPTIONS(eval_settings),
    {"plugin", 0, KG_OPTION_TEXT, offsetof(eval_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

static void add_row(kg_result *rows, const char *name, const json_t *figures) {
    kg_result_text(rows, kg_str_from(name));
    kg_result_real(rows, kg_score_real(figures, "precision"));
    kg_result_real(rows, kg_score_real(figures, "recall"));
    kg_result_real(rows, kg_score_real(figures, "f1"));
    if (json_object_get(figures, "support"))
        kg_result_integer(rows, json_integer_value(json_object_get(figures, "support")));
    else
        kg_result_none(rows);
}

/* Strict figures a type, their means, and the micro figures of the other conventions. */
static void fill_figures(kg_result *rows, const json_t *result) {
    static const char *const columns[] = {"type", "precision", "recall", "f1", "support"};
    static const char *const means[] = {"micro", "macro", "weighted"};
    static const char *const others[] = {"conlleval", "upstream"};
    const json_t *strict = json_object_get(result, "strict");
    const char *name;
    json_t *figures;
    kg_result_columns(rows, KG_SHAPE_ROWS, columns, 5);
    json_object_foreach(json_object_get(strict, "types"), name, figures) {
        add_row(rows, name, figures);
    }
    for (size_t i = 0; i < 3; i++)
        add_row(rows, means[i], json_object_get(strict, means[i]));
    for (size_t i = 0; i < 2; i++) {
        char label[64];
        snprintf(label, sizeof label, "micro, %s", others[i]);
        add_row(rows, label, json_object_get(json_object_get(result, others[i]), "micro"));
    }
}

static void add_span(kg_result *rows, const json_t *span) {
    char text[512];
    if (!json_is_object(span)) {
        kg_result_none(rows);
        return;
    }
    snprintf(text, sizeof text, "%s (%s)", json_string_value(json_object_get(span, "text")),
             json_string_value(json_object_get(span, "type")));
    kg_result_text(rows, kg_str_from(text));
}

static void fill_errors(kg_result *rows, const json_t *errors) {
    static const char *const columns[] = {"line", "fault", "gold", "predicted", "text"};
    size_t i;
    json_t *one;
    kg_result_columns(rows, KG_SHAPE_ROWS, columns, 5);
    json_array_foreach(errors, i, one) {
        kg_result_integer(rows, json_integer_value(json_object_get(one, "line")));
        kg_result_text(rows, kg_str_from(json_string_value(json_object_get(one, "fault"))));
        add_span(rows, json_object_get(one, "gold"));
        add_span(rows, json_object_get(one, "predicted"));
        kg_result_text(rows, kg_str_from(json_string_value(json_object_get(one, "text"))));
    }
}

static void tell_interval(const char *what, const json_t *interval) {
    if (interval)
        printf("%s %.4f, 95%% interval %.4f to %.4f\n", what, kg_score_real(interval, "value"),
               kg_score_real(interval, "low"), kg_score_real(interval, "high"));
}

static kg_status show(const json_t *result, kg_output_mode mode) {
    kg_status st;
    KG_TRY(st, kg_score_table(fill_figures, result, mode));
    if (mode != KG_MODE_TABLE && mode != KG_MODE_MARKDOWN)
        return KG_OK;
    putchar('\n');
    tell_interval("strict micro F1", json_object_get(result, "bootstrap"));
    printf("\nconfusion of types (gold down, predicted across)\n");
    KG_TRY(st, kg_score_table(kg_score_confusion, json_object_get(result, "confusion"), mode));
    const json_t *errors = json_object_get(result, "errors");
    if (!errors)
        return KG_OK;
    putchar('\n');
    return kg_score_table(fill_errors, errors, mode);
}

/* ---- The report ----------------------------------------------------------------------------- */

static kg_status write_report(const json_t *result, const char *path, const char *data,
                              kg_error *err) {
    kg_report *report;
    kg_status st;
    KG_TRY(st, kg_report_open(&report, path, "Named-entity recognition", err));
    if (json_object_get(result, "bootstrap"))
        kg_score_sentence(report, "Strict F1", json_object_get(result, "bootstrap"), data);
    kg_report_heading(report, "Figures");
    kg_score_report(report, fill_figures, result);
    kg_report_heading(report, "Confusion of types");
    kg_score_report(report, kg_score_confusion, json_object_get(result, "confusion"));
    kg_score_report_neighbors(report, json_object_get(result, "neighbors"));
    if (json_object_get(result, "errors")) {
        kg_report_heading(report, "Errors");
        kg_score_report(report, fill_errors, json_object_get(result, "errors"));
    }
    return kg_report_commit(report, err);
}

/* ---- The command ---------------------------------------------------------------------------- */

static json_t *make_request(const kg_call *call) {
    const eval_settings *settings = call->settings;
    uint64_t errors = settings->errors || !settings->report ? settings->errors : 50;
    json_t *request = json_pack("{s:I, s:I, s:i}", "errors", (json_int_t)errors, "bootstrap",
                                (json_int_t)settings->bootstrap, "neighbors",
                                settings->report ? KG_SCORE_NEIGHBORS : 0);
    for (size_t i = 0; request && i < sizeof keys / sizeof *keys; i++)
        if (settings->texts[i])
            json_object_set_new(request, keys[i], json_string(settings->texts[i]));
    if (request && settings->checkpoints.len)
        json_object_set_new(request, "checkpoint",
                            kg_tool_words(settings->checkpoints.data, settings->checkpoints.len));
    if (request)
        kg_ner_format_add(request, &settings->format);
    if (request && call->n_args)
        json_object_set_new(request, "data", json_string(call->args[0]));
    return request;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const eval_settings *settings = call->settings;
    char *text = NULL;
    size_t size = 0;
    json_t *request = make_request(call), *result = NULL;
    FILE *to = request ? open_memstream(&text, &size) : NULL;
    if (!to) {
        json_decref(request);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory asking for an evaluation");
    }
    const kg_tool_call tool = {.tool = "ner.eval",
                               .plugin = settings->plugin,
                               .store = settings->store,
                               .request = request,
                               .mode = KG_MODE_JSON,
                               .to = to};
    kg_status st = kg_tool_run(&tool, err);
    fclose(to);
    if (st == KG_OK && !(result = json_loads(text, 0, NULL)))
        st = kg_error_set(err, KG_ERR_PLUGIN,
                          "the tool ner.eval wrote no JSON; is it of this version of kg?");
    if (st == KG_OK && settings->report)
        st = write_report(result, settings->report, call->n_args ? call->args[0] : NULL, err);
    if (st == KG_OK && (call->mode == KG_MODE_JSON || call->mode == KG_MODE_JSONL))
        fputs(text, stdout);
    else if (st == KG_OK)
        st = show(result, call->mode);
    json_decref(result);
    json_decref(request);
    free(text);
    return st;
}

const kg_command cmd_ner_eval = {.name = "ner eval",
                                 .summary = "Score named-entity recognition by three conventions",
                                 .arguments = "[DATA]",
                                 .max_args = 1,
                                 .options = options,
                                 .settings_size = sizeof(eval_settings),
                                 .defaults = &defaults,
                                 .run = run};
