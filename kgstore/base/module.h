/* Shared objects that the program opens when a command needs them: plugins, and parts of the
 * program that link heavy libraries (ranking by igraph, the model, MPI). The one place that
 * includes dlfcn.h.
 *
 * Where a name is looked for: each folder of the environment variable KG_PLUGIN_PATH (separated by
 * ':'), then lib/kg beside the program, installed or in the build tree (the first of the folders
 * above the program's that has one), then likewise beside the library that this code is in. */
#ifndef KG_BASE_MODULE_H
#define KG_BASE_MODULE_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"

#include <stdbool.h>

typedef struct kg_module kg_module;

/* Open a shared object, all its symbols bound at once and kept to itself. name: a file where it has
 * a '/', else a file name such as "kg_rank_igraph.so" to be looked for. *out is the caller's:
 * kg_module_close. KG_ERR_NOT_FOUND: no such file (the text names the folders);
 * KG_ERR_UNSUPPORTED: it cannot be loaded here (the text is the loader's); KG_ERR_MEMORY. */
kg_status kg_module_open(kg_module **out, const char *name, kg_error *err);

/* Address of an exported object or function; lives until close. KG_ERR_NOT_FOUND. A function is
 * stored through the address of a function pointer:
 *     kg_rank_fn *rank;
 *     kg_module_symbol(&rank, module, "kg_rank_igraph", err); */
kg_status kg_module_symbol(void *out, kg_module *module, const char *symbol, kg_error *err);

/* The file that was opened; borrowed. */
const char *kg_module_path(const kg_module *module);

/* NULL is safe. */
void kg_module_close(kg_module *module);

/* The folders where modules (plugins false) or plugins (plugins true: the same, but lib/kg/plugins
 * at the end) are looked for, best first; those that do not exist are left out. Each path is the
 * caller's to free: kg_paths_free. KG_ERR_MEMORY. */
typedef KG_ARRAY(char *) kg_paths;
kg_status kg_module_folders(kg_paths *out, bool plugins);
void kg_paths_free(kg_paths *paths);

#endif
