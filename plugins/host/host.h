/* The host as a plugin sees it: a kgp_host and its extensions. One for each run or tool call. */
#ifndef KG_HOST_HOST_H
#define KG_HOST_HOST_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <stdbool.h>

typedef struct kg_host kg_host;
struct kg_store; /* kgstore.h */

/* Where messages go; the library itself prints nothing. Any function may be NULL. May be called
 * from any thread. */
typedef struct kg_messages {
    void (*log)(void *context, kgp_level level, const char *text);
    void (*progress)(void *context, const char *phase, uint64_t done, uint64_t total);
    bool (*cancelled)(void *context);
    void *context;
} kg_messages;

/* A host with kg.log/1, kg.progress/1, kg.text/1 and kg.collective/1: the ranks of mpirun where it
 * started the process (then MPI is opened here), else one. *out is the caller's: kg_host_free,
 * after the plugin's objects are gone. messages is copied. KG_ERR_MEMORY; KG_ERR_UNSUPPORTED:
 * started by mpirun, but the MPI module is not there. */
kg_status kg_host_new(kg_host **out, const kg_messages *messages, kg_error *err);
void kg_host_free(kg_host *host);

/* What plugins are given; borrowed. */
const kgp_host *kg_host_abi(const kg_host *host);

/* Offer one more extension: a table of functions that outlives the host. Tests use it to replace
 * one too: the last one provided under an id counts. KG_ERR_LIMIT beyond 16. */
kg_status kg_host_provide(kg_host *host, const char *id, const void *table);

/* Offer the store's extensions: kg.graph-read/1, kg.table-write/1, kg.link/1. The store is borrowed
 * until the host is freed. KG_ERR_LIMIT as above. */
kg_status kg_host_attach(kg_host *host, struct kg_store *store);

/* The folder of the store that was attached, borrowed from it; NULL: none was. */
const char *kg_host_store_path(const kg_host *host);

const kg_messages *kg_host_messages(const kg_host *host);

/* Log through the messages, from any rank but shown for rank 0 alone. */
__attribute__((format(printf, 3, 4))) void kg_host_log(const kg_host *host, kgp_level level,
                                                       const char *format, ...);

bool kg_host_cancelled(const kg_host *host);

uint32_t kg_host_rank(const kg_host *host);
uint32_t kg_host_ranks(const kg_host *host);

#endif
