/* kg.link/1: one linker for the host, opened when first asked for; a kgp_linker adds a buffer. */
#include "plugins/host/host_impl.h"

#include "kgstore/kgstore.h"

#include <stddef.h>
#include <stdlib.h>

struct kg_host_linker {
    kg_snapshot *snapshot; /* what the linker lies in */
    kg_linker *linker;
};

struct kgp_linker {
    const kg_linker *linker;
    kg_mentions mentions;
};

_Static_assert(sizeof(kgp_mention) == sizeof(kg_mention) &&
                   offsetof(kgp_mention, byte_end) == offsetof(kg_mention, byte_end) &&
                   offsetof(kgp_mention, start) == offsetof(kg_mention, start) &&
                   offsetof(kgp_mention, end) == offsetof(kg_mention, end) &&
                   offsetof(kgp_mention, entity) == offsetof(kg_mention, entity),
               "kgp_mention must be laid out as kg_mention");

void kg_host_linker_free(struct kg_host_linker *linker) {
    if (!linker)
        return;
    kg_linker_free(linker->linker);
    if (linker->snapshot)
        kg_snapshot_end(linker->snapshot);
    free(linker);
}

static kg_status open_shared(struct kg_host_linker **out, const kg_host *host, kg_error *err) {
    struct kg_host_linker *l = calloc(1, sizeof *l);
    bool compiled = false;
    if (!l)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the linker");
    kg_status st = kg_snapshot_begin(&l->snapshot, host->store, err);
    if (st == KG_OK)
        st = kg_linker_open(&l->linker, &compiled, l->snapshot, err);
    if (st != KG_OK) {
        kg_host_linker_free(l);
        return st;
    }
    if (compiled)
        kg_host_log(host, KGP_WARNING,
                    "the linker in the store is missing or stale and was compiled in memory; "
                    "kg rank keeps a fresh one");
    *out = l;
    return KG_OK;
}

static kgp_status open_linker(kgp_linker **out, const kgp_host *abi, kgp_error *err) {
    kg_host *host = kg_host_of(abi);
    kg_error why = KG_ERROR_INIT;
    kg_status st = KG_OK;
    *out = NULL;
    pthread_mutex_lock(&host->lock);
    if (!host->linker)
        st = open_shared(&host->linker, host, &why);
    pthread_mutex_unlock(&host->lock);
    if (st != KG_OK)
        return kg_abi_give(err, st, &why);
    kgp_linker *l = calloc(1, sizeof *l);
    if (!l)
        return kg_abi_give(err, kg_error_set(&why, KG_ERR_MEMORY, "out of memory"), &why);
    l->linker = host->linker->linker;
    *out = l;
    return KGP_OK;
}

static kgp_status find(const kgp_mention **out, size_t *n, kgp_linker *linker, kgp_text text,
                       bool all, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    linker->mentions.len = 0;
    kg_status st =
        kg_linker_find(&linker->mentions, linker->linker, (kg_str){text.data, text.len}, all);
    if (st != KG_OK)
        kg_error_set(&why, st, "cannot link a text of %zu bytes: %s", text.len, kg_strerror(st));
    *out = (const kgp_mention *)(const void *)linker->mentions.data;
    *n = linker->mentions.len;
    return kg_abi_give(err, st, &why);
}

static kgp_status link_text(const kgp_mention **out, size_t *n, kgp_linker *linker, kgp_text text,
                            kgp_error *err) {
    return find(out, n, linker, text, false, err);
}

static kgp_status link_all(const kgp_mention **out, size_t *n, kgp_linker *linker, kgp_text text,
                           kgp_error *err) {
    return find(out, n, linker, text, true, err);
}

static void close_linker(kgp_linker *linker) {
    if (!linker)
        return;
    free(linker->mentions.data);
    free(linker);
}

const kgp_link kg_ext_link = {sizeof kg_ext_link, open_linker, link_text, close_linker, link_all};
