/* What a run or a plugin has to say, on standard error: messages as lines and, on a terminal, one
 * line of progress below them. */
#ifndef KG_CLI_RUNLINE_H
#define KG_CLI_RUNLINE_H

#include "cli/progress.h"
#include "plugins/host/host.h"
#include "plugins/host/run.h"

#include <pthread.h>

typedef struct kg_runline {
    kg_progress phase; /* of long work inside a call */
    pthread_mutex_t lock;
    double drawn; /* clock of the last line of a step */
} kg_runline;

/* Catches SIGINT and SIGTERM too: the messages' `cancelled` then answers true. */
void kg_runline_begin(kg_runline *line);

/* Messages for kg_host_new that end up here; line outlives the host. */
kg_messages kg_runline_messages(kg_runline *line);

/* Has the type of kg_run_options.stepped; context is the kg_runline. */
void kg_runline_step(void *context, const kg_run_progress *progress);

/* Wipe the progress line. */
void kg_runline_end(kg_runline *line);

/* Has the type kg_plugin_warn_fn; context is not used. */
void kg_runline_warn(void *context, const char *text);

#endif
