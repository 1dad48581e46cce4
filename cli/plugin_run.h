/* What every command that a plugin does needs around it: the plugin, a store, a host, a line of
 * progress. */
#ifndef KG_CLI_PLUGIN_RUN_H
#define KG_CLI_PLUGIN_RUN_H

#include "cli/runline.h"
#include "plugins/host/loader.h"

/* The work itself: the host's store is attached where one was named. line shows progress. */
typedef kg_status kg_plugin_work(kg_host *host, const kg_plugin_choice *choice, kg_runline *line,
                                 void *context, kg_error *err);

/* Find the trainer or tool (--plugin's file, or NULL: look for it), open the store (NULL: none),
 * and do the work under a host, interrupts caught. The statuses of kg_plugin_choose, kg_store_open,
 * kg_host_new and of the work. */
kg_status kg_plugin_run(const kg_plugin_request *request, const char *store, kg_plugin_work *work,
                        void *context, kg_error *err);

#endif
