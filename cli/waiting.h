/* What a command that writes does while another process writes to the store: it waits, says for
 * whom, and gives up after --wait SECONDS. */
#ifndef KG_CLI_WAITING_H
#define KG_CLI_WAITING_H

#include "cli/options.h"
#include "kgstore/kgstore.h"

/* The option, for a struct of settings with a `double wait` that is KG_WAIT_FOR_EVER at first. */
#define KG_WAIT_FOR_EVER (-1.0)
#define KG_WAIT_OPTION(settings)                                                                   \
    {                                                                                              \
        "wait", 0, KG_OPTION_REAL, offsetof(settings, wait), "SECONDS",                            \
            "wait at most this long for another writer; default: no limit"                         \
    }

/* seconds: the option's value; a negative one is for ever. */
kg_wait kg_wait_for(double seconds);

/* Open a store for writing to it. As kg_store_open. */
kg_status kg_store_open_to_write(kg_store **out, const char *path, double seconds, kg_error *err);

#endif
