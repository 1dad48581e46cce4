#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct predict_settings {
    const char *store, *plugin;
    kg_texts checkpoints;
    bool linked;
    double min_confidence;
} predict_settings;

static const kg_option options[] = {
    {"store", 's', KG_OPTION_TEXT, offsetof(predict_settings, store), "STORE",
     "the graph that the checkpoint was trained with"},
    {"checkpoint", 0, KG_OPTION_LIST, offsetof(predict_settings, checkpoints), "DIR",
     "a checkpoint of kg ner train, such as OUT/best; repeat for the mean of several"},
    {"linked", 0, KG_OPTION_FLAG, offsetof(predict_settings, linked), NULL,
     "the input is linked text: lines as kg link --json writes them"},
    {"min-confidence", 0, KG_OPTION_REAL, offsetof(predict_settings, min_confidence), "P",
     "write sentences instead of lines, and those alone whose every tag has this probability"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(predict_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

/* A line of text with its entities in brackets, each with its type. */
static void show_marked(FILE *to, const json_t *line) {
    const char *text = json_string_value(json_object_get(line, "text"));
    size_t at = 0, i;
    json_t *entity;
    json_array_foreach(json_object_get(line, "entities"), i, entity) {
        size_t start = (size_t)json_integer_value(json_object_get(entity, "byte_start"));
        size_t end = (size_t)json_integer_value(json_object_get(entity, "byte_end"));
        fprintf(to, "%.*s", (int)(start - at), text + at);
        kg_terminal_control(to, "\x1b[1m");
        fprintf(to, "[%.*s", (int)(end - start), text + start);
        kg_terminal_control(to, "\x1b[0m");
        fprintf(to, "|%s", json_string_value(json_object_get(entity, "type")));
        kg_terminal_control(to, "\x1b[1m");
        fputc(']', to);
        kg_terminal_control(to, "\x1b[0m");
        at = end;
    }
    fprintf(to, "%s\n", text + at);
}

static kg_status show_lines(const char *text) {
    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        json_t *object = json_loadb(line, (size_t)(end - line), 0, NULL);
        if (!object)
            return KG_ERR_PLUGIN;
        show_marked(stdout, object);
        json_decref(object);
    }
    return KG_OK;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const predict_settings *settings = call->settings;
    if (settings->checkpoints.len == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found no --checkpoint; expected the folder of a checkpoint");
    json_t *request =
        json_pack("{s:o, s:o, s:b, s:f}", "checkpoint",
                  kg_tool_words(settings->checkpoints.data, settings->checkpoints.len), "text",
                  kg_tool_words(call->args, call->n_args), "linked", settings->linked,
                  "min_confidence", settings->min_confidence);
    if (!request)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory asking for predictions");
    /* People see marked text; programs the lines as they come. */
    bool marked = call->mode == KG_MODE_TABLE;
    char *text = NULL;
    size_t size = 0;
    FILE *to = marked ? open_memstream(&text, &size) : stdout;
    const kg_tool_call tool = {.tool = "ner.predict",
                               .plugin = settings->plugin,
                               .store = settings->store,
                               .request = request,
                               .mode = KG_MODE_JSONL,
                               .to = to};
    kg_status st = to ? kg_tool_run(&tool, err) : KG_ERR_MEMORY;
    if (marked && to) {
        fclose(to);
        if (st == KG_OK)
            st = show_lines(text);
        free(text);
    }
    json_decref(request);
    return st;
}

const kg_command cmd_ner_predict = {.name = "ner predict",
                                    .summary = "Find the entities in lines of text",
                                    .arguments = "[FILE...]",
                                    .max_args = KG_ANY_ARGS,
                                    .options = options,
                                    .settings_size = sizeof(predict_settings),
                                    .run = run};
