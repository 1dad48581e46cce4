#include "cli/command.h"

#include "cli/runline.h"
#include "plugins/host/loader.h"
#include "plugins/host/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static kg_status list_all(kg_result *result, kg_error *err) {
    kg_plugins plugins;
    kg_status st;
    KG_TRY(st, kg_plugins_scan(&plugins, kg_runline_warn, NULL, err));
    kg_result_columns(result, KG_SHAPE_ROWS, columns, sizeof columns / sizeof *columns);
    for (size_t p = 0; p < plugins.len; ++p) {
        const kgp_trainer_factory *trainers = kg_plugin_trainers(plugins.data[p]);
        const kgp_tool_factory *tools = kg_plugin_tools(plugins.data[p]);
        for (uint32_t i = 0; trainers && i < trainers->count(); ++i) {
            const kgp_trainer_descriptor *d = trainers->descriptor(i);
            add_row(result, plugins.data[p], d->id, "trainer", d->version, d->description);
        }
        for (uint32_t i = 0; tools && i < tools->count(); ++i) {
            const kgp_tool_descriptor *d = tools->descriptor(i);
            add_row(result, plugins.data[p], d->id, "tool", NULL, d->description);
        }
    }
    kg_plugins_close(&plugins);
    return result->status;
}

static const char *const details[] = {"what", "value", "meaning"};

static void add_detail(kg_result *result, const char *what, const char *value,
                       const char *meaning) {
    const char *const texts[] = {what, value, meaning};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
        kg_result_text(result, kg_str_from(texts[i] ? texts[i] : ""));
}

/* A row for each property of the schema, named by prefix and key; an inner object's by
 * "outer.inner". */
static void add_settings(kg_result *result, const json_t *schema, const char *prefix) {
    const char *key;
    json_t *property;
    json_object_foreach(json_object_get(schema, "properties"), key, property) {
        char name[256];
        bool object = json_object_get(property, "properties") != NULL;
        snprintf(name, sizeof name, "%s%s%s", prefix, key, object ? "." : "");
        if (object) {
            add_settings(result, property, name);
            continue;
        }
        const json_t *standard = json_object_get(property, "default");
        char *value =
            standard
                ? json_dumps(standard, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15))
                : NULL;
        add_detail(result, name, value,
                   json_string_value(json_object_get(property, "description")));
        free(value);
    }
}

static kg_status tell_schema(kg_result *result, const char *text, const char *prefix,
                             kg_error *err) {
    json_t *schema;
    kg_status st;
    KG_TRY(st, kg_json_parse(&schema, text, "the plugin's schema", err));
    add_settings(result, schema, prefix);
    json_decref(schema);
    return KG_OK;
}

static void tell_plugin(kg_result *result, const kg_plugin *plugin) {
    const kgp_entry *entry = kg_plugin_entry_of(plugin);
    char abi[48];
    snprintf(abi, sizeof abi, "%u.%u.%u", entry->abi_major, entry->abi_minor, entry->abi_revision);
    add_detail(result, "file", kg_plugin_path(plugin), "");
    add_detail(result, "abi", abi, "the plugin interface that it was built for");
}

static kg_status tell_trainer(kg_result *result, const kg_plugin_choice *choice, kg_error *err) {
    const kgp_trainer_descriptor *d = choice->trainer;
    add_detail(result, "trainer", d->id, d->name);
    add_detail(result, "version", d->version, d->description);
    tell_plugin(result, choice->plugin);
    for (const char *const *f = d->features; *f; ++f)
        add_detail(result, "feature", *f,
                   strcmp(*f, "store") == 0   ? "trains on a graph: needs --store"
                   : strcmp(*f, "ranks") == 0 ? "also runs under mpirun"
                                              : "");
    add_detail(result, "unit", d->unit, "what its rate counts");
    if (d->best_metric)
        add_detail(result, "best", d->best_metric,
                   d->best_is_highest ? "the highest is the best checkpoint"
                                      : "the lowest is the best checkpoint");
    return tell_schema(result, d->schema, "setting ", err);
}

static kg_status tell_tool(kg_result *result, const kg_plugin_choice *choice, kg_error *err) {
    add_detail(result, "tool", choice->tool->id, choice->tool->description);
    tell_plugin(result, choice->plugin);
    add_detail(result, "output", choice->tool->output, "");
    return tell_schema(result, choice->tool->schema, "request ", err);
}

/* All of one trainer or tool: what it is, and each setting with its default. */
static kg_status tell_one(kg_result *result, const char *id, kg_error *err) {
    kg_plugin_choice choice;
    kg_plugin_request request = {.trainer = id, .warn = kg_runline_warn};
    kg_status st = kg_plugin_choose(&choice, &request, err);
    if (st == KG_ERR_NOT_FOUND) {
        request = (kg_plugin_request){.tool = id};
        st = kg_plugin_choose(&choice, &request, NULL);
    }
    if (st == KG_ERR_NOT_FOUND)
        return kg_error_set(err, st,
                            "no plugin has a trainer or tool named %s; kg plugins lists them", id);
    if (st != KG_OK)
        return st;
    kg_result_columns(result, KG_SHAPE_ROWS, details, sizeof details / sizeof *details);
    st = choice.trainer ? tell_trainer(result, &choice, err) : tell_tool(result, &choice, err);
    kg_plugin_close(choice.plugin);
    return st == KG_OK ? result->status : st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_result result = KG_RESULT_INIT;
    kg_status st =
        call->n_args > 0 ? tell_one(&result, call->args[0], err) : list_all(&result, err);
    if (st == KG_OK)
        st = kg_output_result(stdout, &result, call->mode);
    kg_result_free(&result);
    return st;
}

const kg_command cmd_plugins = {.name = "plugins",
                                .summary = "List plugins, or describe one",
                                .arguments = "[ID]",
                                .max_args = 1,
                                .run = run};
