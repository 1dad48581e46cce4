/* kg.link/1: one automaton for the host, shared by the linkers that are open; a kgp_linker adds a
 * buffer. It lies in a snapshot of the store, which keeps dead pages alive. So where the store has
 * changed whoever opens a linker gets another automaton, and the one before goes with its last
 * linker; but one that was compiled in memory, which takes long, stays, and its snapshot rests. */
#include "plugins/host/host_impl.h"

#include "kgstore/base/lines.h"
#include "kgstore/kgstore.h"

#include <stddef.h>
#include <stdlib.h>

struct kg_host_linker {
    kg_snapshot *snapshot; /* what the linker lies in, or was compiled from */
    kg_snapshot *probe;    /* begun with it; tells whether the store has changed since */
    kg_linker *linker;
    bool compiled; /* in memory */
    uint32_t users;
};

struct kgp_linker {
    kg_host *host;
    struct kg_host_linker *shared;
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
    if (linker->probe)
        kg_snapshot_end(linker->probe);
    free(linker);
}

static kg_status stop_all(kg_linker *linker, kg_str names, kg_error *err) {
    kg_lines *lines;
    kg_str name;
    bool end = false;
    kg_status st = kg_lines_from_memory(&lines, names, "the stop list", 0);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory reading the stop list");
    while ((st = kg_lines_next(&name, &end, lines, err)) == KG_OK && !end)
        if (kg_linker_stop(linker, name) != KG_OK) {
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the stop list");
            break;
        }
    kg_lines_close(lines);
    return st;
}

static kg_status open_shared(struct kg_host_linker **out, const kg_host *host, kg_error *err) {
    struct kg_host_linker *l = calloc(1, sizeof *l);
    if (!l) {
        kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the linker");
        return KG_ERR_MEMORY;
    }
    kg_status st = kg_snapshot_begin(&l->probe, host->store, err);
    if (st == KG_OK)
        st = kg_snapshot_begin(&l->snapshot, host->store, err);
    if (st == KG_OK)
        st = kg_linker_open(&l->linker, &l->compiled, l->snapshot, err);
    if (st == KG_OK && host->stopped.len > 0)
        st = stop_all(l->linker, (kg_str){host->stopped.data, host->stopped.len}, err);
    if (st != KG_OK) {
        kg_host_linker_free(l);
        return st;
    }
    kg_snapshot_rest(l->probe);
    if (l->compiled) {
        kg_snapshot_rest(l->snapshot);
        kg_host_log(host, KGP_WARNING,
                    "the linker in the store is missing or stale and was compiled in memory; "
                    "kg rank stores a new one");
    }
    *out = l;
    return KG_OK;
}

/* Under the host's lock: nobody uses it any more, and it keeps the store's state. */
static void drop_unused(kg_host *host, struct kg_host_linker *l) {
    if (l->users > 0 || (l->compiled && l == host->linker))
        return;
    if (l == host->linker)
        host->linker = NULL;
    kg_host_linker_free(l);
}

/* Under the host's lock: an automaton of the store as it is, or one in memory. */
static kg_status share(struct kg_host_linker **out, kg_host *host, kg_error *err) {
    kg_status st;
    struct kg_host_linker *l = host->linker;
    bool changed = false;
    if (l && !l->compiled) {
        KG_TRY(st, kg_snapshot_renew(&changed, l->probe, err));
        kg_snapshot_rest(l->probe);
    }
    if (!l || changed) {
        KG_TRY(st, open_shared(&host->linker, host, err));
        if (l)
            drop_unused(host, l);
    }
    *out = host->linker;
    return KG_OK;
}

static kgp_status open_linker(kgp_linker **out, const kgp_host *abi, kgp_error *err) {
    kg_host *host = kg_host_of(abi);
    kg_error why = KG_ERROR_INIT;
    kgp_linker *l = *out = calloc(1, sizeof *l);
    if (!l)
        return kg_abi_give(
            err, kg_error_set(&why, KG_ERR_MEMORY, "out of memory opening the linker"), &why);
    l->host = host;
    pthread_mutex_lock(&host->lock);
    kg_status st = share(&l->shared, host, &why);
    if (st == KG_OK)
        l->shared->users++;
    pthread_mutex_unlock(&host->lock);
    if (st != KG_OK) {
        free(l);
        *out = NULL;
    }
    return kg_abi_give(err, st, &why);
}

static kgp_status find(const kgp_mention **out, size_t *n, kgp_linker *linker, kgp_text text,
                       bool all, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    linker->mentions.len = 0;
    kg_status st = kg_linker_find(&linker->mentions, linker->shared->linker,
                                  (kg_str){text.data, text.len}, all);
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
    pthread_mutex_lock(&linker->host->lock);
    linker->shared->users--;
    drop_unused(linker->host, linker->shared);
    pthread_mutex_unlock(&linker->host->lock);
    free(linker->mentions.data);
    free(linker);
}

static kgp_status stop(const kgp_host *abi, kgp_text names, kgp_error *err) {
    kg_host *host = kg_host_of(abi);
    kg_error why = KG_ERROR_INIT;
    kg_status st = KG_OK;
    pthread_mutex_lock(&host->lock);
    if (host->linker)
        st = kg_error_set(&why, KG_ERR_ARGUMENT, "a linker is open already");
    else if (kg_array_append(&host->stopped, names.data, names.len) != KG_OK)
        st = kg_error_set(&why, KG_ERR_MEMORY, "out of memory taking the stop list");
    pthread_mutex_unlock(&host->lock);
    return kg_abi_give(err, st, &why);
}

const kgp_link kg_ext_link = {sizeof kg_ext_link, open_linker, link_text,
                              close_linker,       link_all,    stop};
