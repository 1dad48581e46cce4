/* Opening plugins, with every check made before any of their functions is trusted. */
#ifndef KG_HOST_LOADER_H
#define KG_HOST_LOADER_H

#include "kgstore/base/module.h"

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

typedef struct kg_plugin kg_plugin;

/* Open a plugin: load the file, find its entry, check the ABI version, the entry's functions, its
 * factories and every descriptor, and call its init. *out is the caller's: kg_plugin_close.
 * KG_ERR_NOT_FOUND: no such file; KG_ERR_UNSUPPORTED: cannot be loaded here; KG_ERR_VERSION:
 * another major version of the ABI; KG_ERR_PLUGIN: not a plugin, or one that breaks the contract;
 * else what its init returned. */
kg_status kg_plugin_open(kg_plugin **out, const char *file, kg_error *err);

/* Calls the plugin's deinit. NULL is safe. */
void kg_plugin_close(kg_plugin *plugin);

const char *kg_plugin_path(const kg_plugin *plugin);

/* The ABI version that the plugin was built for; borrowed. */
const kgp_entry *kg_plugin_entry_of(const kg_plugin *plugin);

/* Borrowed until close; NULL where the plugin has none of that kind. */
const kgp_trainer_factory *kg_plugin_trainers(const kg_plugin *plugin);
const kgp_tool_factory *kg_plugin_tools(const kg_plugin *plugin);

/* A file that was passed over, and why. */
typedef void (*kg_plugin_warn_fn)(void *context, const char *text);

typedef KG_ARRAY(kg_plugin *) kg_plugins;

/* Open every plugin (*.so) of the plugin folders, in order; what cannot be opened is told to warn
 * (which may be NULL) and passed over. KG_ERR_MEMORY. */
kg_status kg_plugins_scan(kg_plugins *out, kg_plugin_warn_fn warn, void *context, kg_error *err);
void kg_plugins_close(kg_plugins *plugins);

/* What `kg train ID` or a tool's command needs. */
typedef struct kg_plugin_choice {
    kg_plugin *plugin; /* owned: kg_plugin_close */
    const kgp_trainer_descriptor *trainer;
    const kgp_tool_descriptor *tool;
} kg_plugin_choice;

typedef struct kg_plugin_request {
    const char *trainer; /* id of a trainer, or NULL */
    const char *tool;    /* id of a tool, or NULL */
    const char *file;    /* the plugin's file (--plugin); NULL: look for it in the folders */
    kg_plugin_warn_fn warn;
    void *context;
} kg_plugin_request;

/* Find the plugin that has the trainer or tool. With `file` a fault is an error; else a plugin file
 * of that name is tried first and then all of them, the first in the folders' order winning.
 * KG_ERR_NOT_FOUND names what there is. */
kg_status kg_plugin_choose(kg_plugin_choice *out, const kg_plugin_request *request, kg_error *err);

/* Take over what a plugin returned: its text into err, after "WHO: "; a number that is no status,
 * or a failure without a text, is said to be so. */
kg_status kg_plugin_status(kg_error *err, const char *who, const char *function, kgp_status status,
                           const kgp_error *detail);

/* A new trainer, its vtable checked; the caller's to destroy. */
kg_status kg_plugin_create(kgp_trainer **out, const kg_plugin *plugin, const kgp_host *host,
                           const char *id, kg_error *err);

#endif
