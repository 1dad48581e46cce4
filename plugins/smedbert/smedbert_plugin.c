/* The entry of the plugin: its trainers and tools, one line each. */
#include "plugins/abi/kg_plugin.h"
#include "plugins/smedbert/tasks/ner_trainer.h"
#include "plugins/smedbert/plugin_error.h"
#include "plugins/smedbert/pretrain/pretrain_trainer.h"
#include "plugins/smedbert/smedbert_tools.h"

#include <stdio.h>
#include <string.h>

typedef kgp_status (*create_fn)(kgp_trainer **out, const kgp_host *host, const char *id,
                                kgp_error *err);

static const struct {
    const kgp_trainer_descriptor *descriptor;
    create_fn create;
} trainers[] = {
    {&kg_pretrain_descriptor, kg_pretrain_create},
    {&kg_ner_descriptor, kg_ner_create},
};

enum { TRAINERS = sizeof trainers / sizeof *trainers };

static uint32_t count_trainers(void) {
    return TRAINERS;
}

static const kgp_trainer_descriptor *describe_trainer(uint32_t i) {
    return trainers[i].descriptor;
}

static kgp_status create_trainer(kgp_trainer **out, const kgp_host *host, const char *id,
                                 kgp_error *err) {
    for (uint32_t i = 0; i < TRAINERS; i++)
        if (strcmp(trainers[i].descriptor->id, id) == 0)
            return trainers[i].create(out, host, id, err);
    if (err != NULL)
        snprintf(err->text, sizeof err->text, "there is no trainer %s", id);
    return KGP_ERR_NOT_FOUND;
}

static const kgp_trainer_factory trainer_factory = {sizeof trainer_factory, count_trainers,
                                                    describe_trainer, create_trainer};

static const kg_tool *const tools[] = {
    &kg_encode_tool, &kg_encode_npy_tool, &kg_trace_tool,       &kg_trace_golden_tool,
    &kg_show_tool,   &kg_ner_eval_tool,   &kg_ner_compare_tool, &kg_ner_predict_tool,
};

enum { TOOLS = sizeof tools / sizeof *tools };

static uint32_t count_tools(void) {
    return TOOLS;
}

static const kgp_tool_descriptor *describe_tool(uint32_t i) {
    return &tools[i]->descriptor;
}

static const kg_tool *find_tool(const char *id) {
    for (uint32_t i = 0; i < TOOLS; i++)
        if (strcmp(tools[i]->descriptor.id, id) == 0)
            return tools[i];
    return NULL;
}

static kgp_status run_tool(const kgp_host *host, const char *id, const char *request,
                           const kgp_output *output, kgp_error *err) {
    kg_error detail = KG_ERROR_INIT;
    const kg_tool *tool = find_tool(id);
    json_error_t fault;
    kg_status st;
    if (tool == NULL) {
        st = kg_error_set(&detail, KG_ERR_NOT_FOUND, "there is no tool %s", id);
        return kg_plugin_status(err, st, &detail);
    }
    json_t *object = json_loads(request, 0, &fault);
    if (object != NULL)
        st = tool->run(host, object, output, &detail);
    else
        st = kg_error_set(&detail, KG_ERR_FORMAT, "the request is not JSON: %s", fault.text);
    json_decref(object);
    return kg_plugin_status(err, st, &detail);
}

static const kgp_tool_factory tool_factory = {sizeof tool_factory, count_tools, describe_tool,
                                              run_tool};

static kgp_status start(const char *path, kgp_error *err) {
    (void)path;
    (void)err;
    return KGP_OK;
}

static void stop(void) {
}

static const void *get_factory(const char *id) {
    if (strcmp(id, KGP_FACTORY_TRAINER) == 0)
        return &trainer_factory;
    return strcmp(id, KGP_FACTORY_TOOL) == 0 ? &tool_factory : NULL;
}

KGP_EXPORT extern const kgp_entry kg_plugin_entry;
const kgp_entry kg_plugin_entry = {KGP_ABI_MAJOR, KGP_ABI_MINOR, KGP_ABI_REVISION,
                                   start,         stop,          get_factory};
