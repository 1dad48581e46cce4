/* What can be mended without guessing. Each database whose checksum does not match is one of three
 * kinds: derived by a computation (weights, personalised edges, vectors, the linker), which is left
 * out and named; an index over names, which is built again from them; or what nothing else holds,
 * which only a backup has. */
#include "kgstore/store/rewrite.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

static const struct {
    kg_db db;
    const char *told;
} DERIVED[] = {
    {KG_DB_BLOB,
     "dropped the PageRank weights and the compiled linker, one of which was damaged; kg "
     "rank makes them again"},
    {KG_DB_PEPR,
     "dropped the personalized weights, which were damaged; kg rank --personalized makes "
     "them again"},
    {KG_DB_TABLE, "dropped the vectors, one table of which was damaged; kg embed makes them again"},
};

static const kg_db INDEXES[] = {KG_DB_ENT_ID, KG_DB_REL_ID,     KG_DB_TYPE_ID,
                                KG_DB_KEY_ID, KG_DB_PROP_INDEX, KG_DB_ALIAS};

static bool has(unsigned set, kg_db db) {
    return set >> db & 1U;
}

static unsigned derived_set(void) {
    unsigned set = 0;
    for (size_t i = 0; i < sizeof DERIVED / sizeof *DERIVED; i++)
        set |= 1U << DERIVED[i].db;
    return set;
}

static unsigned index_set(void) {
    unsigned set = 0;
    for (size_t i = 0; i < sizeof INDEXES / sizeof *INDEXES; i++)
        set |= 1U << INDEXES[i];
    return set;
}

/* The databases whose records are not what their checksums say. */
static kg_status find_damaged(unsigned *set, kg_store *store, kg_error *err) {
    kg_status st;
    kg_env *env;
    kg_txn *txn;
    uint64_t generation;
    *set = 0;
    KG_TRY(st, kg_store_current(&env, &generation, store, err));
    kg_env_sweep_readers(env, NULL, NULL);
    st = kg_txn_begin(&txn, env, false, err);
    if (st == KG_OK) {
        for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++)
            if (kg_sum_verify(txn, (kg_db)db, NULL) != KG_OK)
                *set |= 1U << db;
        kg_txn_abort(txn);
    }
    kg_env_release(env);
    return st;
}

static kg_status drop_derived(kg_store *store, unsigned derived, kg_problem_fn told, void *context,
                              kg_error *err) {
    kg_status st;
    const kg_rewrite_options options = {0};
    KG_TRY(st, kg_rewrite_without(store, derived, &options, err));
    for (size_t i = 0; told && i < sizeof DERIVED / sizeof *DERIVED; i++)
        if (has(derived, DERIVED[i].db))
            told(context, DERIVED[i].told);
    return KG_OK;
}

/* Appending nothing writes every index anew. */
static kg_status rebuild_indexes(const char *path, kg_problem_fn told, void *context,
                                 kg_error *err) {
    kg_status st;
    const kg_bulk_options options = {.append = true};
    kg_bulk_report report;
    kg_bulk *bulk;
    KG_TRY(st, kg_bulk_begin(&bulk, path, &options, err));
    KG_TRY(st, kg_bulk_finish(&report, bulk, err));
    if (told)
        told(context, "built the indexes of names, aliases and properties again");
    return KG_OK;
}

static kg_status mend(kg_store *store, unsigned damaged, kg_problem_fn told, void *context,
                      kg_error *err) {
    unsigned derived = damaged & derived_set(), indexes = damaged & index_set();
    for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++)
        if (has(damaged & ~(derived | indexes), (kg_db)db))
            return kg_error_set(err, KG_ERR_CORRUPT,
                                "%s is damaged (%s), and nothing else in the store tells what it "
                                "held; restore a backup, or see kg-recovery(7)",
                                kg_store_path(store), kg_db_name((kg_db)db));
    /* Either step copies what the other mends, and a copy refuses damage. */
    if (derived && indexes)
        return kg_error_set(err, KG_ERR_CORRUPT,
                            "%s is damaged in too many places to be repaired; restore a backup, or "
                            "see kg-recovery(7)",
                            kg_store_path(store));
    if (derived)
        return drop_derived(store, derived, told, context, err);
    return indexes ? rebuild_indexes(kg_store_path(store), told, context, err) : KG_OK;
}

kg_status kg_store_repair(const char *path, kg_problem_fn told, void *context, kg_error *err) {
    kg_store *store;
    unsigned damaged;
    kg_status st = kg_store_check(path, NULL, NULL, err);
    if (st != KG_ERR_CORRUPT)
        return st;
    KG_TRY(st, kg_store_open(&store, path, err));
    st = find_damaged(&damaged, store, err);
    if (st == KG_OK)
        st = mend(store, damaged, told, context, err);
    kg_store_close(store);
    return st == KG_OK ? kg_store_check(path, NULL, NULL, err) : st;
}
