#include "cli/tool.h"

#include "cli/command.h"

#include <stddef.h>

typedef struct trace_settings {
    const char *store, *plugin, *model, *linked, *golden, *out;
    bool grad;
    uint64_t adamw;
} trace_settings;

static const kg_option options[] = {
    {"model", 'm', KG_OPTION_TEXT, offsetof(trace_settings, model), "DIR",
     "the checkpoint that reads TEXT"},
    {"store", 's', KG_OPTION_TEXT, offsetof(trace_settings, store), "STORE",
     "the graph whose neighbors the mentions read"},
    {"linked", 0, KG_OPTION_TEXT, offsetof(trace_settings, linked), "FILE|-",
     "instead of TEXT: a line of linked text, as kg link --json writes it"},
    {"golden", 0, KG_OPTION_TEXT, offsetof(trace_settings, golden), "DIR",
     "run the batch of a folder (config.json, weights.safetensors, batch.json) instead"},
    {"out", 'o', KG_OPTION_TEXT, offsetof(trace_settings, out), "FILE.safetensors",
     "file for --golden's losses, hidden states and attention weights"},
    {"grad", 0, KG_OPTION_FLAG, offsetof(trace_settings, grad), NULL,
     "with --golden: also write the gradients"},
    {"adamw", 0, KG_OPTION_COUNT, offsetof(trace_settings, adamw), "N",
     "with --golden: also write losses and gradient norms of N AdamW steps"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(trace_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

static kg_status make_request(json_t **out, const kg_call *call, kg_error *err) {
    const trace_settings *s = call->settings;
    if (s->golden && (!s->out || call->n_args > 0))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --golden %s; expected --out FILE with it, and no TEXT",
                            s->out ? "and a TEXT" : "without --out");
    if (!s->golden && (!s->model || (call->n_args > 0) == (s->linked != NULL)))
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found %s; expected --model DIR, --store STORE and a TEXT (or --linked FILE), or "
            "--golden DIR",
            !s->model   ? "no --model"
            : s->linked ? "both a TEXT and --linked"
                        : "no TEXT");
    const char *key = s->linked ? "linked" : "text";
    *out = s->golden ? json_pack("{s:s, s:s, s:b, s:I}", "golden", s->golden, "out", s->out, "grad",
                                 s->grad, "adamw", (json_int_t)s->adamw)
                     : json_pack("{s:s, s:s}", "model", s->model, key,
                                 s->linked ? s->linked : call->args[0]);
    return KG_OK;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const trace_settings *settings = call->settings;
    json_t *request = NULL;
    kg_status st;
    KG_TRY(st, make_request(&request, call, err));
    const kg_tool_call tool = {.tool =
                                   settings->golden ? "smedbert.trace-golden" : "smedbert.trace",
                               .plugin = settings->plugin,
                               .store = settings->store,
                               .request = request,
                               .mode = call->mode};
    return kg_tool_show(&tool, err);
}

const kg_command cmd_trace = {.name = "trace",
                              .summary = "Show what a model attends to, or run a golden batch",
                              .arguments = "[TEXT]",
                              .max_args = 1,
                              .options = options,
                              .settings_size = sizeof(trace_settings),
                              .run = run};
