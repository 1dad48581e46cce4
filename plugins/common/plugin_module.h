/* A plugin as two tables. plugin_module.c, compiled into each of ours, makes of them the entry that
 * the host looks for: factories, trainers and tools whose functions are in our terms, kg_status and
 * kg_error. */
#ifndef KG_COMMON_PLUGIN_MODULE_H
#define KG_COMMON_PLUGIN_MODULE_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <jansson.h>

/* What a trainer asks of the host; all of it is there. */
typedef struct kg_trainer_host {
    const kgp_host *host;
    const kgp_collective *collective;
    const kgp_log *log;
    const kgp_progress *progress;
} kg_trainer_host;

/* The functions are those of kgp_trainer, by the same rules, but that `state` begins with a
 * kg_trainer_host, which is filled in before configure and else zero; and that save is called where
 * there is a folder only. evaluate and finish may be NULL. destroy frees what configure made; the
 * state itself is not its to free. */
typedef struct kg_trainer_class {
    kgp_trainer_descriptor descriptor;
    size_t state; /* bytes of it */
    kg_status (*configure)(void *state, const char *json, kg_error *err);
    kg_status (*prepare)(void *state, uint64_t *steps_per_epoch, kg_error *err);
    kg_status (*step)(void *state, uint64_t step, const kgp_metrics *out, kg_error *err);
    kg_status (*evaluate)(void *state, const kgp_metrics *out, kg_error *err);
    kg_status (*save)(void *state, const char *folder, kg_error *err);
    kg_status (*load)(void *state, const char *folder, kg_error *err);
    kg_status (*finish)(void *state, const kgp_metrics *out, kg_error *err);
    void (*release)(void *state);
    void (*destroy)(void *state);
} kg_trainer_class;

typedef struct kg_tool {
    kgp_tool_descriptor descriptor;
    /* Do what the request asks, which the host has checked against the descriptor's schema. */
    kg_status (*run)(const kgp_host *host, const json_t *request, const kgp_output *output,
                     kg_error *err);
} kg_tool;

/* The plugin defines both; they end with NULL. */
extern const kg_trainer_class *const kg_plugin_trainers[];
extern const kg_tool *const kg_plugin_tools[];

#endif
