#include "cli/tool.h"

#include "cli/command.h"

#include <stddef.h>

typedef struct export_settings {
    const char *store, *plugin, *dev;
    bool onnx;
} export_settings;

static const kg_option options[] = {
    {"onnx", 0, KG_OPTION_FLAG, offsetof(export_settings, onnx), NULL, "write model.onnx too"},
    {"dev", 'd', KG_OPTION_TEXT, offsetof(export_settings, dev), "FILE",
     "data of the checkpoint's task, to measure it by before and after"},
    {"store", 's', KG_OPTION_TEXT, offsetof(export_settings, store), "STORE",
     "the graph that the checkpoint was trained with, for --dev"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(export_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    const export_settings *settings = call->settings;
    json_t *request = json_pack("{s:s, s:s, s:b}", "checkpoint", call->args[0], "out",
                                call->args[1], "onnx", settings->onnx);
    if (request && settings->dev)
        json_object_set_new(request, "dev", json_string(settings->dev));
    const kg_tool_call tool = {.tool = "smedbert.export",
                               .plugin = settings->plugin,
                               .store = settings->store,
                               .request = request,
                               .mode = call->mode};
    return kg_tool_show(&tool, err);
}

const kg_command cmd_export_model = {.name = "export-model",
                                     .summary = "Write a checkpoint for transformers, or as ONNX",
                                     .arguments = "CHECKPOINT OUT",
                                     .min_args = 2,
                                     .max_args = 2,
                                     .options = options,
                                     .settings_size = sizeof(export_settings),
                                     .run = run};
