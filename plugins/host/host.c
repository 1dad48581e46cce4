#include "plugins/host/host_impl.h"

#include "kgstore/kgstore.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *get_extension(const kgp_host *abi, const char *id) {
    const kg_host *host = kg_host_of(abi);
    for (size_t i = host->n_extensions; i-- > 0;)
        if (strcmp(host->extensions[i].id, id) == 0)
            return host->extensions[i].table;
    return NULL;
}

kg_status kg_host_new(kg_host **out, const kg_messages *messages, kg_error *err) {
    *out = NULL;
    kg_host *host = calloc(1, sizeof *host);
    if (!host)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening plugins");
    kg_status st = kg_ranks_open(&host->ranks, err);
    if (st != KG_OK) {
        free(host);
        return st;
    }
    host->abi = (kgp_host){sizeof host->abi, "kg", KG_VERSION, host, get_extension};
    host->messages = *messages;
    pthread_mutex_init(&host->lock, NULL);
    kg_host_provide(host, KGP_EXT_COLLECTIVE, &kg_ext_collective);
    kg_host_provide(host, KGP_EXT_TEXT, &kg_ext_text);
    kg_host_provide(host, KGP_EXT_LOG, &kg_ext_log);
    kg_host_provide(host, KGP_EXT_PROGRESS, &kg_ext_progress);
    *out = host;
    return KG_OK;
}

void kg_host_free(kg_host *host) {
    if (!host)
        return;
    kg_host_linker_free(host->linker);
    kg_array_free(&host->stopped);
    pthread_mutex_destroy(&host->lock);
    kg_ranks_close(&host->ranks);
    free(host);
}

const kgp_host *kg_host_abi(const kg_host *host) {
    return &host->abi;
}

kg_status kg_host_provide(kg_host *host, const char *id, const void *table) {
    if (host->n_extensions == KG_HOST_EXTENSIONS)
        return KG_ERR_LIMIT;
    host->extensions[host->n_extensions].id = id;
    host->extensions[host->n_extensions++].table = table;
    return KG_OK;
}

kg_status kg_host_attach(kg_host *host, struct kg_store *store) {
    kg_status st;
    host->store = store;
    KG_TRY(st, kg_host_provide(host, KGP_EXT_GRAPH_READ, &kg_ext_graph_read));
    KG_TRY(st, kg_host_provide(host, KGP_EXT_TABLE_WRITE, &kg_ext_table_write));
    return kg_host_provide(host, KGP_EXT_LINK, &kg_ext_link);
}

const char *kg_host_store_path(const kg_host *host) {
    return host->store ? kg_store_path(host->store) : NULL;
}

const kg_messages *kg_host_messages(const kg_host *host) {
    return &host->messages;
}

void kg_host_log(const kg_host *host, kgp_level level, const char *format, ...) {
    char text[1024];
    va_list args;
    if (!host->messages.log || host->ranks.rank != 0)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    host->messages.log(host->messages.context, level, text);
}

bool kg_host_cancelled(const kg_host *host) {
    return host->messages.cancelled && host->messages.cancelled(host->messages.context);
}

uint32_t kg_host_rank(const kg_host *host) {
    return host->ranks.rank;
}

uint32_t kg_host_ranks(const kg_host *host) {
    return host->ranks.size;
}

/* The ABI's numbers are the program's. */
_Static_assert(KGP_OK == (int)KG_OK && KGP_ERR_MEMORY == (int)KG_ERR_MEMORY &&
                   KGP_ERR_FORMAT == (int)KG_ERR_FORMAT && KGP_ERR_NUMERIC == (int)KG_ERR_NUMERIC &&
                   KGP_ERR_CANCELLED == (int)KG_ERR_CANCELLED &&
                   KGP_ERR_PLUGIN == (int)KG_ERR_PLUGIN,
               "statuses of the ABI and of the base room differ");

/* ---- kg.log/1, kg.progress/1 ---------------------------------------------------------------- */

static void log_text(const kgp_host *abi, kgp_level level, const char *text) {
    kg_host_log(kg_host_of(abi), level, "%s", text);
}

const kgp_log kg_ext_log = {sizeof kg_ext_log, log_text};

static void report(const kgp_host *abi, const char *phase, uint64_t done, uint64_t total) {
    const kg_host *host = kg_host_of(abi);
    if (host->messages.progress && host->ranks.rank == 0)
        host->messages.progress(host->messages.context, phase, done, total);
}

static int32_t is_cancelled(const kgp_host *abi) {
    const kg_host *host = kg_host_of(abi);
    return host->ranks.size == 1 && kg_host_cancelled(host);
}

const kgp_progress kg_ext_progress = {sizeof kg_ext_progress, report, is_cancelled};

/* ---- kg.collective/1 ------------------------------------------------------------------------ */

static uint32_t rank_of(const kgp_host *abi) {
    return kg_host_of(abi)->ranks.rank;
}

static uint32_t size_of(const kgp_host *abi) {
    return kg_host_of(abi)->ranks.size;
}

static kgp_status allreduce(const kgp_host *abi, void *data, size_t n, kgp_number type) {
    const kg_ranks_table *table = kg_host_of(abi)->ranks.table;
    return (kgp_status)(table ? table->allreduce(data, n, type) : KG_OK);
}

static kgp_status broadcast(const kgp_host *abi, void *data, size_t n, uint32_t root) {
    const kg_ranks_table *table = kg_host_of(abi)->ranks.table;
    return (kgp_status)(table ? table->broadcast(data, n, root) : KG_OK);
}

static kgp_status barrier(const kgp_host *abi) {
    const kg_ranks_table *table = kg_host_of(abi)->ranks.table;
    return (kgp_status)(table ? table->barrier() : KG_OK);
}

static kg_status nothing_to_wait_for(kgp_reduction *reduction) {
    (void)reduction;
    return KG_OK;
}

static kgp_status allreduce_begin(kgp_reduction **out, const kgp_host *abi, void *data, size_t n,
                                  kgp_number type) {
    static kgp_reduction done = {nothing_to_wait_for};
    const kg_ranks_table *table = kg_host_of(abi)->ranks.table;
    *out = &done;
    return (kgp_status)(table ? table->begin(out, data, n, type) : KG_OK);
}

static kgp_status allreduce_wait(kgp_reduction *reduction) {
    return (kgp_status)reduction->wait(reduction);
}

const kgp_collective kg_ext_collective = {
    sizeof kg_ext_collective, rank_of,        size_of, allreduce, broadcast, barrier,
    allreduce_begin,          allreduce_wait,
};
