#include "kgstore/base/failpoint.h"
#include "kgstore/store/generation.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

#include <inttypes.h>
#include <string.h>

static const kg_str FORMAT_KEY = {"format", 6};
static const kg_str STATE_KEY = {"state", 5};

kg_status kg_state_save(kg_txn *txn, const kg_state *state, const kg_sum sums[KG_DB_COUNT],
                        kg_error *err) {
    kg_status st;
    char key[KG_META_KEY_MAX];
    unsigned char sum[KG_SUM_BYTES], counters[KG_STATE_BYTES], format[4];
    uint32_t version = kg_txn_has(txn, KG_DB_KEY) ? KG_FORMAT_VERSION : KG_FORMAT_FIRST;
    for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++) {
        if (!kg_txn_has(txn, (kg_db)db))
            continue;
        kg_sum_encode(sum, &sums[db]);
        KG_TRY(st, kg_txn_put(txn, KG_DB_META, kg_sum_key(key, (kg_db)db),
                              (kg_str){(const char *)sum, sizeof sum}, KG_PUT_REPLACE, err));
    }
    kg_store_u32(format, version);
    KG_TRY(st, kg_txn_put(txn, KG_DB_META, FORMAT_KEY, (kg_str){(const char *)format, 4},
                          KG_PUT_REPLACE, err));
    return kg_txn_put(txn, KG_DB_META, STATE_KEY, kg_state_encode(counters, state, version),
                      KG_PUT_REPLACE, err);
}

static void let_go(kg_update *u) {
    if (u->env)
        kg_env_unclaim(u->env);
    kg_env_release(u->env);
    kg_lock_release(u->lock);
    *u = (kg_update){.lock = -1};
}

/* Have the generation in force to ourselves, as far as readers have no slots: it, or else a copy.
 */
static kg_status claim(kg_update *u, kg_store *store, uint64_t generation, kg_error *err) {
    kg_env *copy, *current;
    uint64_t bytes;
    kg_status st = kg_env_claim(u->env, err);
    if (st != KG_ERR_BUSY)
        return st;
    st = kg_generation_renew(&copy, &bytes, u->env, store->path, err);
    if (st != KG_OK)
        return kg_error_context(err, st,
                                "a reader that has no slot in gen-%" PRIu64
                                "/lock.mdb reads the store, so that it is copied before it changes",
                                generation);
    kg_env_release(u->env);
    u->env = copy;
    /* The store's own handle moves along. */
    KG_TRY(st, kg_store_current(&current, &generation, store, err));
    kg_env_release(current);
    return KG_OK;
}

kg_status kg_update_begin(kg_update *u, kg_store *store, kg_error *err) {
    kg_status st;
    uint64_t generation;
    *u = (kg_update){.lock = -1};
    if (store->epoch != kg_env_epoch())
        return kg_error_set(err, KG_ERR_STALE, "%s was opened before a fork; open it again",
                            store->path);
    KG_TRY(st, kg_lock_take(&u->lock, store->path, &store->wait, err));
    st = kg_store_current(&u->env, &generation, store, err);
    if (st == KG_OK) {
        kg_generations_clean(store->path, generation);
        kg_env_sweep_readers(u->env, NULL, NULL);
        st = claim(u, store, generation, err);
    }
    if (st == KG_OK)
        st = kg_txn_begin(&u->txn, u->env, true, err);
    if (st == KG_OK)
        st = kg_state_load(&u->state, u->txn, err);
    if (st == KG_OK)
        st = kg_sums_load(u->sums, u->txn, err);
    if (st != KG_OK)
        kg_update_abort(u);
    return st;
}

kg_status kg_update_get(kg_str *value, const kg_update *u, kg_db db, kg_str key) {
    return kg_txn_get(value, u->txn, db, key);
}

/* Account for the record that is about to be replaced or removed. */
static kg_status take_old(kg_update *u, kg_db db, kg_str key, size_t size, kg_error *err) {
    kg_str old;
    if (u->damaged)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the transaction has failed before; abort it");
    u->dirty += size + 4096;
    kg_status st = kg_txn_get(&old, u->txn, db, key);
    if (st == KG_OK)
        kg_sum_take(&u->sums[db], db, key, old);
    else if (st != KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the store is damaged (%s); run kg check", kg_db_name(db));
    return KG_OK;
}

kg_status kg_update_put(kg_update *u, kg_db db, kg_str key, kg_str value, kg_error *err) {
    kg_status st;
    KG_TRY(st, take_old(u, db, key, value.len, err));
    st = kg_txn_put(u->txn, db, key, value, KG_PUT_REPLACE, err);
    u->damaged = st != KG_OK;
    if (st == KG_OK)
        kg_sum_add(&u->sums[db], db, key, value);
    return st;
}

kg_status kg_update_fill(kg_update *u, kg_db db, kg_str key, size_t size, kg_fill_fn fill,
                         void *context, kg_error *err) {
    kg_status st;
    void *to;
    KG_TRY(st, take_old(u, db, key, size, err));
    st = kg_txn_reserve(&to, u->txn, db, key, size, KG_PUT_REPLACE, err);
    if (st == KG_OK)
        st = fill(context, to, size);
    u->damaged = st != KG_OK;
    if (st == KG_OK)
        kg_sum_add(&u->sums[db], db, key, (kg_str){to, size});
    return st;
}

kg_status kg_update_delete(kg_update *u, kg_db db, kg_str key, kg_error *err) {
    kg_status st;
    KG_TRY(st, take_old(u, db, key, 0, err));
    st = kg_txn_delete(u->txn, db, key, err);
    u->damaged = st != KG_OK && st != KG_ERR_NOT_FOUND;
    return st;
}

kg_status kg_update_commit(kg_update *u, kg_error *err) {
    kg_status st = u->damaged ? kg_error_set(err, KG_ERR_ARGUMENT, "the transaction has failed")
                              : kg_state_save(u->txn, &u->state, u->sums, err);
    if (st == KG_OK)
        st = KG_FAILPOINT("update.before-commit", err);
    if (st != KG_OK) {
        kg_update_abort(u);
        return st;
    }
    st = kg_txn_commit(u->txn, err);
    if (st == KG_OK)
        st = KG_FAILPOINT("update.after-commit", err);
    let_go(u);
    return st;
}

void kg_update_abort(kg_update *u) {
    kg_txn_abort(u->txn);
    let_go(u);
}
