#include "kgstore/store/store.h"

#include "kgstore/store/generation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ATTEMPTS = 16 };

const char *kg_library_version(void) {
    return KG_VERSION;
}

/* Open the generation in force. Between reading CURRENT and opening, a writer may put another one
 * in force and remove this one: then CURRENT has changed, and is followed. */
static kg_status open_current(kg_env **env, uint64_t *generation, const char *path, kg_error *err) {
    kg_status st;
    char folder[PATH_MAX];
    uint64_t before = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        KG_TRY(st, kg_current_read(generation, path, err));
        if (i > 0 && *generation == before)
            return kg_error_set(err, KG_ERR_CORRUPT,
                                "%s/CURRENT names gen-%" PRIu64
                                ", which is not there; restore the store from a backup",
                                path, *generation);
        KG_TRY(st, kg_generation_folder(folder, path, *generation, err));
        st = kg_env_open(env, folder, err);
        if (st != KG_ERR_NOT_FOUND)
            return st;
        before = *generation;
    }
    return kg_error_set(err, KG_ERR_BUSY, "%s changes too fast to be opened; try again", path);
}

kg_status kg_state_load(kg_state *state, const kg_txn *txn, kg_error *err) {
    kg_str value;
    if (kg_txn_get(&value, txn, KG_DB_META, KG_STR("format")) != KG_OK || value.len != 4)
        return kg_error_set(err, KG_ERR_CORRUPT,
                            "the store does not tell its format; restore it from a backup");
    uint32_t version = kg_load_u32(value.data);
    if (version < KG_FORMAT_FIRST || version > KG_FORMAT_VERSION)
        return kg_error_set(err, KG_ERR_VERSION,
                            "the store has format %" PRIu32 "; this program reads format %d",
                            version, KG_FORMAT_VERSION);
    bool complete = version == KG_FORMAT_FIRST || kg_txn_has(txn, KG_DB_KEY);
    if (!complete || kg_txn_get(&value, txn, KG_DB_META, KG_STR("state")) != KG_OK ||
        !kg_state_decode(state, value))
        return kg_error_set(err, KG_ERR_CORRUPT,
                            "the store's counters are damaged; restore it from a backup");
    return KG_OK;
}

static kg_status check_state(kg_env *env, kg_error *err) {
    kg_status st;
    kg_txn *txn;
    kg_state state;
    KG_TRY(st, kg_txn_begin(&txn, env, false, err));
    st = kg_state_load(&state, txn, err);
    kg_txn_abort(txn);
    return st;
}

kg_status kg_store_open(kg_store **out, const char *path, kg_error *err) {
    *out = NULL;
    kg_store *store = calloc(1, sizeof *store);
    if (!store)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    pthread_mutex_init(&store->lock, NULL);
    store->epoch = kg_env_epoch();
    store->path = strdup(path);
    kg_status st = store->path ? open_current(&store->env, &store->generation, path, err)
                               : kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    if (st == KG_OK)
        st = check_state(store->env, err);
    if (st != KG_OK) {
        kg_store_close(store);
        return st;
    }
    *out = store;
    return KG_OK;
}

void kg_store_close(kg_store *store) {
    if (!store)
        return;
    kg_env_release(store->env);
    pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}

void kg_store_set_wait(kg_store *store, const kg_wait *wait) {
    store->wait = *wait;
}

const char *kg_store_path(const kg_store *store) {
    return store->path;
}

kg_status kg_store_writable(kg_store *store, kg_error *err) {
    static const char *const names[] = {"", "/LOCK", "/CURRENT"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (snprintf(path, sizeof path, "%s%s", store->path, names[i]) >= PATH_MAX)
            return kg_error_set(err, KG_ERR_ARGUMENT, "the path %s is too long", store->path);
        if (access(path, i == 0 ? W_OK | X_OK : W_OK) != 0 && errno != ENOENT)
            return kg_error_errno(err, "write to", path);
    }
    return KG_OK;
}

kg_status kg_store_current(kg_env **env, uint64_t *generation, kg_store *store, kg_error *err) {
    if (store->epoch != kg_env_epoch())
        return kg_error_set(err, KG_ERR_STALE, "%s was opened before a fork; open it again",
                            store->path);
    pthread_mutex_lock(&store->lock);
    uint64_t in_force;
    kg_status st = kg_current_read(&in_force, store->path, err);
    if (st == KG_OK && in_force != store->generation) {
        kg_env *fresh;
        st = open_current(&fresh, &in_force, store->path, err);
        if (st == KG_OK) {
            kg_env_release(store->env);
            store->env = fresh;
            store->generation = in_force;
        }
    }
    if (st == KG_OK) {
        kg_env_retain(store->env);
        *env = store->env;
        *generation = store->generation;
    }
    pthread_mutex_unlock(&store->lock);
    return st;
}
