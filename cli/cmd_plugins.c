#include "cli/command.h"

#include "cli/runline.h"
#include "plugins/host/loader.h"

#include <stdio.h>

static const char *const columns[] = {"plugin", "kind", "version", "abi", "file", "description"};

static void add_row(kg_result *result, const kg_plugin *plugin, const char *id, const char *kind,
                    const char *version, const char *description) {
    const kgp_entry *entry = kg_plugin_entry_of(plugin);
    char abi[48];
    snprintf(abi, sizeof abi, "%u.%u.%u", entry->abi_major, entry->abi_minor, entry->abi_revision);
    kg_result_text(result, kg_str_from(id));
    kg_result_text(result, kg_str_from(kind));
    if (version)
        kg_result_text(result, kg_str_from(version));
    else
        kg_result_none(result);
    kg_result_text(result, kg_str_from(abi));
    kg_result_text(result, kg_str_from(kg_plugin_path(plugin)));
    kg_result_text(result, kg_str_from(description));
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_plugins plugins;
    kg_result result = KG_RESULT_INIT;
    kg_status st;
    KG_TRY(st, kg_plugins_scan(&plugins, kg_runline_warn, NULL, err));
    kg_result_columns(&result, KG_SHAPE_ROWS, columns, sizeof columns / sizeof *columns);
    for (size_t p = 0; p < plugins.len; ++p) {
        const kgp_trainer_factory *trainers = kg_plugin_trainers(plugins.data[p]);
        const kgp_tool_factory *tools = kg_plugin_tools(plugins.data[p]);
        for (uint32_t i = 0; trainers && i < trainers->count(); ++i) {
            const kgp_trainer_descriptor *d = trainers->descriptor(i);
            add_row(&result, plugins.data[p], d->id, "trainer", d->version, d->description);
        }
        for (uint32_t i = 0; tools && i < tools->count(); ++i) {
            const kgp_tool_descriptor *d = tools->descriptor(i);
            add_row(&result, plugins.data[p], d->id, "tool", NULL, d->description);
        }
    }
    st = result.status == KG_OK ? kg_output_result(stdout, &result, call->mode) : result.status;
    kg_result_free(&result);
    kg_plugins_close(&plugins);
    return st;
}

const kg_command cmd_plugins = {.name = "plugins",
                                .summary = "List the plugins that are found, and where",
                                .arguments = "",
                                .run = run};
