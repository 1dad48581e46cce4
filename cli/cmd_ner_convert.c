#include "cli/command.h"
#include "cli/ner_format.h"
#include "cli/tool.h"

typedef struct convert_settings {
    const char *plugin;
    int to;
    kg_ner_format_settings format;
} convert_settings;

static const convert_settings defaults = {.format = KG_NER_FORMAT_DEFAULTS};

static const char *const forms[] = {"jsonl", "conll", "bioes", "tokens", "doccano", "prodigy"};

static const kg_option options[] = {
    {"to", 0, KG_OPTION_CHOICE, offsetof(convert_settings, to),
     "jsonl|conll|bioes|tokens|doccano|prodigy", "the form to write; default: jsonl"},
    KG_NER_FORMAT_OPTIONS(convert_settings),
    {"plugin", 0, KG_OPTION_TEXT, offsetof(convert_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    const convert_settings *settings = call->settings;
    json_t *request = json_pack("{s:o, s:s}", "data", kg_tool_words(call->args, call->n_args), "to",
                                forms[settings->to]);
    if (request)
        kg_ner_format_add(request, &settings->format);
    const kg_tool_call tool = {
        .tool = "ner.convert", .plugin = settings->plugin, .request = request, .mode = call->mode};
    return kg_tool_show(&tool, err);
}

const kg_command cmd_ner_convert = {.name = "ner convert",
                                    .summary = "Write tagged data in another form",
                                    .arguments = "FILE...",
                                    .min_args = 1,
                                    .max_args = KG_ANY_ARGS,
                                    .options = options,
                                    .settings_size = sizeof(convert_settings),
                                    .defaults = &defaults,
                                    .run = run};
