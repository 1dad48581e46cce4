/* The entry of the plugin: what the host finds when it opens it. */
#include "plugins/abi/kg_plugin.h"
#include "plugins/transr/eval_tool.h"
#include "plugins/transr/trainer.h"

#include <string.h>

static uint32_t count_one(void) {
    return 1;
}

static const kgp_trainer_descriptor *describe_trainer(uint32_t i) {
    (void)i;
    return &transr_trainer_descriptor;
}

static const kgp_trainer_factory trainers = {sizeof trainers, count_one, describe_trainer,
                                             transr_trainer_create};

static const kgp_tool_descriptor *describe_tool(uint32_t i) {
    (void)i;
    return &transr_eval_descriptor;
}

static const kgp_tool_factory tools = {sizeof tools, count_one, describe_tool, transr_eval_run};

static kgp_status start(const char *path, kgp_error *err) {
    (void)path;
    (void)err;
    return KGP_OK;
}

static void stop(void) {
}

static const void *get_factory(const char *id) {
    if (strcmp(id, KGP_FACTORY_TRAINER) == 0)
        return &trainers;
    return strcmp(id, KGP_FACTORY_TOOL) == 0 ? &tools : NULL;
}

KGP_EXPORT extern const kgp_entry kg_plugin_entry;
const kgp_entry kg_plugin_entry = {KGP_ABI_MAJOR, KGP_ABI_MINOR, KGP_ABI_REVISION,
                                   start,         stop,          get_factory};
