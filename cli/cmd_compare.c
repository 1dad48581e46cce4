/* kg ner compare and kg tune compare: two settings by what their runs came to. */
#include "cli/command.h"
#include "cli/tool.h"

typedef struct compare_settings {
    kg_texts to;
    const char *plugin;
    uint64_t bootstrap, seed;
} compare_settings;

static const compare_settings defaults = {.bootstrap = 1000, .seed = 1};

static const kg_option options[] = {
    {"to", 0, KG_OPTION_LIST, offsetof(compare_settings, to), "FILE",
     "what eval --write wrote of a run of the other setting; repeat for each run"},
    {"bootstrap", 0, KG_OPTION_COUNT, offsetof(compare_settings, bootstrap), "N",
     "resamples for the interval"},
    {"seed", 0, KG_OPTION_COUNT, offsetof(compare_settings, seed), "N", "the resamples' seed"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(compare_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

extern const kg_command cmd_tune_compare;

static kg_status run(const kg_call *call, kg_error *err) {
    const compare_settings *settings = call->settings;
    if (settings->to.len == 0)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found no --to; expected the files to compare with, a --to FILE for each run");
    json_t *request =
        json_pack("{s:o, s:o, s:I, s:I}", "runs", kg_tool_words(call->args, call->n_args), "to",
                  kg_tool_words(settings->to.data, settings->to.len), "bootstrap",
                  (json_int_t)settings->bootstrap, "seed", (json_int_t)settings->seed);
    const kg_tool_call tool = {.tool = call->command == &cmd_tune_compare ? "tune.compare"
                                                                          : "ner.compare",
                               .plugin = settings->plugin,
                               .request = request,
                               .mode = call->mode};
    return kg_tool_show(&tool, err);
}

#define COMPARE(words)                                                                             \
    {                                                                                              \
        .name = (words), .summary = "Compare two settings by the predictions of their runs",       \
        .arguments = "FILE...", .min_args = 1, .max_args = KG_ANY_ARGS, .options = options,        \
        .settings_size = sizeof(compare_settings), .defaults = &defaults, .run = run               \
    }

const kg_command cmd_ner_compare = COMPARE("ner compare");
const kg_command cmd_tune_compare = COMPARE("tune compare");
