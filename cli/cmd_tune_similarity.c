#include "cli/command.h"
#include "cli/tool.h"

typedef struct similarity_settings {
    const char *store, *model, *plugin;
} similarity_settings;

static const kg_option options[] = {
    {"store", 's', KG_OPTION_TEXT, offsetof(similarity_settings, store), "STORE",
     "the graph whose neighbors are infused"},
    {"model", 'm', KG_OPTION_TEXT, offsetof(similarity_settings, model), "DIR",
     "the checkpoint whose encoder is used"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(similarity_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    const similarity_settings *s = call->settings;
    if (!s->model)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found no --model; expected the folder of a checkpoint");
    json_t *request = json_pack("{s:s, s:s}", "model", s->model, "data", call->args[0]);
    const kg_tool_call tool = {.tool = "tune.similarity",
                               .plugin = s->plugin,
                               .store = s->store,
                               .request = request,
                               .mode = call->mode};
    return kg_tool_show(&tool, err);
}

const kg_command cmd_tune_similarity = {
    .name = "tune similarity",
    .summary = "Tell which candidates entities are like, by an encoder's vectors alone",
    .arguments = "FILE",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .settings_size = sizeof(similarity_settings),
    .run = run};
