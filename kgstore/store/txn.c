/* LMDB's transactions, records and cursors, and what its codes mean. */
#include "kgstore/store/env.h"

#include "kgstore/store/guard.h"
#include "kgstore/store/mdb.h"
#include "kgstore/store/pageformat.h"
#include "kgstore/store/pages.h"
#include "kgstore/store/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kg_txn {
    MDB_txn *mdb;
    kg_env *env;
    kg_env *apart;   /* held: the slotless environment that env's full table led to; mostly NULL */
    bool holding;    /* the data file, as a reader in a slotless environment does */
    kg_reads *reads; /* counts, where someone asked for it */
    kg_page_meta meta; /* of a writer: where it began */
    unsigned changes;  /* likewise: records whose pages were verified */
};

struct kg_cursor {
    MDB_cursor *mdb;
    const kg_env *env;
};

/* ---- Errors ---------------------------------------------------------------------------------- */

kg_status kg_mdb_status(int rc) {
    switch (rc) {
    case MDB_SUCCESS:
        return KG_OK;
    case MDB_NOTFOUND:
        return KG_ERR_NOT_FOUND;
    case MDB_KEYEXIST:
        return KG_ERR_EXISTS;
    case MDB_MAP_FULL:
    case MDB_READERS_FULL:
    case ENOSPC:
    case EDQUOT:
        return KG_ERR_FULL;
    case MDB_TXN_FULL:
        return KG_ERR_LIMIT;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_CURSOR_FULL: /* a tree deeper than any is */
    case MDB_INCOMPATIBLE:
        return KG_ERR_CORRUPT;
    case MDB_PANIC:
        return KG_ERR_STALE;
    case MDB_VERSION_MISMATCH:
        return KG_ERR_VERSION;
    case ENOMEM:
        return KG_ERR_MEMORY;
    case MDB_BAD_VALSIZE:
    case MDB_BAD_TXN:
    case MDB_BAD_DBI:
    case EINVAL:
        return KG_ERR_ARGUMENT;
    default:
        return KG_ERR_IO;
    }
}

kg_status kg_mdb_fail(int rc, const char *action, kg_error *err) {
    if (rc == MDB_SUCCESS)
        return KG_OK;
    kg_status st = kg_mdb_status(rc);
    switch (rc) {
    case MDB_MAP_FULL:
        return kg_error_set(err, st,
                            "cannot %s: the address space reserved for the store is used up; free "
                            "some memory or raise the limit (ulimit -v)",
                            action);
    case MDB_READERS_FULL:
        return kg_error_set(err, st, "cannot %s: all %d slots for readers are taken", action,
                            KG_SLOTS);
    case MDB_PANIC:
        return kg_error_set(err, st,
                            "cannot %s: an earlier write of this process failed; the store is "
                            "whole, open it again",
                            action);
    case MDB_TXN_FULL:
        return kg_error_set(err, st, "cannot %s: too many changes in one transaction", action);
    default:
        return kg_error_set(err, st, "cannot %s: %s", action, mdb_strerror(rc));
    }
}

/* ---- Holding the data file, where there are no slots ----------------------------------------- */

kg_status kg_env_hold(kg_env *env, kg_error *err) {
    kg_status st = KG_OK;
    if (!env->slotless)
        return KG_OK;
    pthread_mutex_lock(&env->hold_lock);
    if (env->holds == 0)
        st = kg_hold_take(kg_env_file(env), err);
    if (st == KG_OK)
        env->holds++;
    pthread_mutex_unlock(&env->hold_lock);
    return st;
}

void kg_env_let_go(kg_env *env) {
    if (!env->slotless)
        return;
    pthread_mutex_lock(&env->hold_lock);
    if (--env->holds == 0)
        kg_hold_release(kg_env_file(env));
    pthread_mutex_unlock(&env->hold_lock);
}

int kg_mdb_begin_reading(MDB_txn **txn, MDB_env *mdb) {
    int dead = 0, rc = KG_GUARDED(mdb_txn_begin(mdb, NULL, MDB_RDONLY, txn));
    if (rc == MDB_READERS_FULL && mdb_reader_check(mdb, &dead) == MDB_SUCCESS && dead > 0)
        rc = KG_GUARDED(mdb_txn_begin(mdb, NULL, MDB_RDONLY, txn));
    return rc;
}

/* ---- Transactions ---------------------------------------------------------------------------- */

static void free_txn(kg_txn *txn) {
    if (txn->holding)
        kg_env_let_go(txn->env);
    kg_env_release(txn->apart);
    free(txn);
}

static kg_status begin_read(kg_txn *txn, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_env_hold(txn->env, err));
    int rc = kg_mdb_begin_reading(&txn->mdb, txn->env->mdb);
    if (rc != MDB_SUCCESS)
        kg_env_let_go(txn->env);
    else
        txn->holding = txn->env->slotless != 0;
    if (rc != MDB_READERS_FULL)
        return kg_mdb_fail(rc, "read the store", err);
    st = kg_env_open_apart(&txn->apart, txn->env, err);
    if (!txn->apart)
        return st;
    txn->env = txn->apart;
    return begin_read(txn, err);
}

/* LMDB takes the pages it writes to from the tree of free pages, without a look at what that says;
 * a damaged one spoils memory. While this transaction writes, the newest meta stays. */
static kg_status begin_write(kg_txn *txn, kg_error *err) {
    kg_status st;
    kg_problems quiet = {NULL, NULL, 0};
    kg_error detail = KG_ERROR_INIT;
    int fd = kg_env_file(txn->env);
    KG_TRY(st, kg_mdb_fail(KG_GUARDED(mdb_txn_begin(txn->env->mdb, NULL, 0, &txn->mdb)),
                           "write to the store", err));
    st = kg_pages_meta(&txn->meta, fd, 0, &quiet, &detail);
    if (st == KG_OK)
        st = kg_pages_check_free(fd, &txn->meta, &detail);
    bool listed = st == KG_OK;
    if (listed && kg_guard_catches)
        st = kg_env_verify(txn->env, &txn->meta, err);
    if (st == KG_OK)
        return KG_OK;
    mdb_txn_abort(txn->mdb);
    if (listed)
        return st;
    if (st != KG_ERR_CORRUPT)
        return kg_error_set(err, st, "cannot read the list of free pages: %s", detail.text);
    return kg_error_set(err, st,
                        "the list of free pages is damaged, so nothing can be written; restore the "
                        "store from a backup, or export it and import that");
}

kg_status kg_txn_begin(kg_txn **out, kg_env *env, bool write, kg_error *err) {
    const char *action = write ? "write to the store" : "read the store";
    *out = NULL;
    if (env->epoch != kg_env_epoch())
        return kg_error_set(err, KG_ERR_STALE, "the store was opened before a fork; open it again");
    kg_txn *txn = calloc(1, sizeof *txn);
    if (!txn)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory: cannot %s", action);
    txn->env = env;
    kg_status st = write ? begin_write(txn, err) : begin_read(txn, err);
    if (st != KG_OK) {
        free_txn(txn);
        return st;
    }
    *out = txn;
    return KG_OK;
}

/* LMDB tells EIO of a write that the disk took a part of. */
static kg_status write_failed(int rc, const kg_env *env, kg_error *err) {
    return kg_mdb_fail(rc == EIO && kg_disk_is_full(kg_env_file(env)) ? ENOSPC : rc,
                       "write to the store", err);
}

/* LMDB takes a commit back whose last write fails, if it can. */
static bool is_in_force(const kg_env *env, size_t transaction) {
    MDB_envinfo info;
    return mdb_env_info(env->mdb, &info) == MDB_SUCCESS && info.me_last_txnid >= transaction;
}

kg_status kg_txn_commit(kg_txn *txn, kg_error *err) {
    kg_env *env = txn->env;
    size_t transaction = mdb_txn_id(txn->mdb);
    int rc = KG_GUARDED(mdb_txn_commit(txn->mdb));
    if (rc == MDB_SUCCESS && env->verified == txn->meta.transaction)
        env->verified = transaction;
    free_txn(txn);
    kg_status st = write_failed(rc, env, err);
    if (st != KG_OK && !env->read_only && is_in_force(env, transaction))
        kg_error_context(err, st, "the change is in force, but a power cut now may undo it");
    return st;
}

void kg_txn_abort(kg_txn *txn) {
    if (!txn)
        return;
    mdb_txn_abort(txn->mdb);
    free_txn(txn);
}

void kg_txn_forget(kg_txn *txn) {
    txn->holding = false;
    free_txn(txn);
}

void kg_txn_rest(kg_txn *txn) {
    mdb_txn_reset(txn->mdb);
    if (txn->holding)
        kg_env_let_go(txn->env);
    txn->holding = false;
}

kg_status kg_txn_refresh(kg_txn *txn, kg_error *err) {
    kg_status st;
    kg_txn_rest(txn);
    KG_TRY(st, kg_env_hold(txn->env, err));
    txn->holding = txn->env->slotless != 0;
    return kg_mdb_fail(KG_GUARDED(mdb_txn_renew(txn->mdb)), "read the store", err);
}

uint64_t kg_txn_id(const kg_txn *txn) {
    return mdb_txn_id(txn->mdb);
}

static MDB_val val_of(kg_str s) {
    MDB_val val = {.mv_size = s.len};
    memcpy(&val.mv_data, &s.data, sizeof val.mv_data); /* LMDB does not write through it */
    return val;
}

static kg_str str_of(MDB_val v) {
    return (kg_str){v.mv_data, v.mv_size};
}

/* One descent: a page a level, and the pages of a value that lies on pages of its own. */
__attribute__((noinline)) static void count_read(const kg_txn *txn, kg_db db, size_t bytes) {
    kg_db_info info = {0};
    size_t page = sysconf(_SC_PAGESIZE) > 0 ? (size_t)sysconf(_SC_PAGESIZE) : 4096;
    if (kg_txn_info(&info, txn, db) != KG_OK)
        return;
    txn->reads->records++;
    txn->reads->bytes += bytes;
    txn->reads->pages += info.depth;
    if (bytes > page / 2) /* LMDB keeps two records or more on a page of its own kind */
        txn->reads->pages += (bytes + 16 + page - 1) / page;
}

void kg_txn_count(kg_txn *txn, kg_reads *reads) {
    txn->reads = reads;
}

/* Whether a value lies where one of its size does: in a leaf, or behind the header of a run of
 * pages that can hold it. LMDB does not look; and when the value goes, it frees as many pages as a
 * header tells, whosever they are. A page that says it has keys alone gives none. */
static bool is_in_place(const kg_env *env, size_t key_bytes, MDB_val v) {
    if (!v.mv_data || key_bytes > MAX_KEY)
        return false;
    if (NODE_HEADER + key_bytes + v.mv_size <= node_most(env->page_bytes))
        return true;
    const unsigned char *page = (const unsigned char *)v.mv_data - PAGE_HEADER;
    return (page_flags(page) & ~(unsigned)PAGE_DIRTY) == PAGE_OVERFLOW &&
           page_run(page) >= overflow_pages(v.mv_size, env->page_bytes) &&
           page_run(page) <= env->map_pages;
}

bool kg_txn_has(const kg_txn *txn, kg_db db) {
    return txn->env->dbi[db] != 0;
}

kg_status kg_txn_complete(kg_txn *txn, kg_error *err) {
    int rc = MDB_SUCCESS;
    for (int db = KG_DB_KEY; db < KG_DB_COUNT && rc == MDB_SUCCESS; db++)
        rc = kg_mdb_open_database(txn->env, txn->mdb, (kg_db)db, true);
    return write_failed(rc, txn->env, err);
}

static kg_status not_there(kg_db db, kg_error *err) {
    return kg_error_set(err, KG_ERR_VERSION,
                        "the store was made by kg 0.1 and has no %s; run kg compact on it first",
                        kg_db_name(db));
}

/* A look-up of a record, by LMDB's mdb_get or, where there is a cursor, mdb_cursor_get. */
typedef struct lookup {
    const kg_env *env;
    MDB_txn *mdb;
    MDB_cursor *cursor;
    MDB_dbi dbi;
    MDB_cursor_op operation;
    MDB_val key, value;
} lookup;

static void touch_end(MDB_val v) {
    if (v.mv_size > 0)
        (void)((const volatile unsigned char *)v.mv_data)[v.mv_size - 1];
}

/* Once LMDB has met a damaged page it refuses the rest of the transaction (MDB_BAD_TXN). */
static int damage_goes_on(int rc) {
    return rc == MDB_BAD_TXN ? MDB_CORRUPTED : rc;
}

/* A record that ends within the file lies in it: what reads it later does not fault. */
static int look_up(void *context) {
    lookup *l = context;
    int rc = l->cursor ? mdb_cursor_get(l->cursor, &l->key, &l->value, l->operation)
                       : mdb_get(l->mdb, l->dbi, &l->key, &l->value);
    if (rc != MDB_SUCCESS)
        return damage_goes_on(rc);
    if (!is_in_place(l->env, l->key.mv_size, l->value))
        return MDB_CORRUPTED;
    if (kg_guard_catches) {
        touch_end(l->key);
        touch_end(l->value);
    }
    return MDB_SUCCESS;
}

kg_status kg_txn_get(kg_str *value, const kg_txn *txn, kg_db db, kg_str key) {
    if (!kg_txn_has(txn, db))
        return KG_ERR_NOT_FOUND;
    lookup l = {.env = txn->env, .mdb = txn->mdb, .dbi = txn->env->dbi[db], .key = val_of(key)};
    int rc = kg_guard_read(look_up, &l, MDB_CORRUPTED);
    if (rc != MDB_SUCCESS)
        return kg_mdb_status(rc);
    *value = str_of(l.value);
    if (txn->reads)
        count_read(txn, db, value->len);
    return KG_OK;
}

kg_status kg_txn_get_id(kg_str *value, const kg_txn *txn, kg_db db, uint32_t id) {
    return kg_txn_get(value, txn, db, kg_id_key(&id));
}

static kg_status before_change(kg_txn *txn, kg_db db, kg_str key, kg_error *err) {
    return kg_env_verify_change(txn->env, &txn->meta, &txn->changes, db, key, err);
}

static unsigned put_flags(kg_put how) {
    return how == KG_PUT_APPEND ? MDB_APPEND : 0;
}

kg_status kg_txn_put(kg_txn *txn, kg_db db, kg_str key, kg_str value, kg_put how, kg_error *err) {
    kg_status st;
    MDB_val k = val_of(key), v = val_of(value);
    if (!kg_txn_has(txn, db))
        return not_there(db, err);
    KG_TRY(st, before_change(txn, db, key, err));
    return write_failed(
        KG_GUARDED_STEP(mdb_put(txn->mdb, txn->env->dbi[db], &k, &v, put_flags(how))), txn->env,
        err);
}

kg_status kg_txn_reserve(void **to, kg_txn *txn, kg_db db, kg_str key, size_t size, kg_put how,
                         kg_error *err) {
    kg_status st;
    MDB_val k = val_of(key), v = {.mv_size = size, .mv_data = NULL};
    KG_TRY(st, before_change(txn, db, key, err));
    int rc =
        KG_GUARDED_STEP(mdb_put(txn->mdb, txn->env->dbi[db], &k, &v, put_flags(how) | MDB_RESERVE));
    *to = v.mv_data;
    return write_failed(rc, txn->env, err);
}

kg_status kg_txn_delete(kg_txn *txn, kg_db db, kg_str key, kg_error *err) {
    kg_status st;
    MDB_val k = val_of(key);
    if (!kg_txn_has(txn, db))
        return KG_ERR_NOT_FOUND;
    KG_TRY(st, before_change(txn, db, key, err));
    int rc = KG_GUARDED_STEP(mdb_del(txn->mdb, txn->env->dbi[db], &k, NULL));
    return rc == MDB_NOTFOUND ? KG_ERR_NOT_FOUND : write_failed(rc, txn->env, err);
}

kg_status kg_txn_clear(kg_txn *txn, kg_db db, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_env_verify(txn->env, &txn->meta, err)); /* all pages of the tree become free */
    return write_failed(KG_GUARDED(mdb_drop(txn->mdb, txn->env->dbi[db], 0)), txn->env, err);
}

typedef struct counting {
    const kg_txn *txn;
    MDB_dbi dbi;
    MDB_stat stat;
} counting;

static int count_pages(void *context) {
    counting *c = context;
    return mdb_stat(c->txn->mdb, c->dbi, &c->stat);
}

kg_status kg_txn_info(kg_db_info *out, const kg_txn *txn, kg_db db) {
    *out = (kg_db_info){0};
    if (!kg_txn_has(txn, db))
        return KG_OK;
    counting c = {.txn = txn, .dbi = txn->env->dbi[db]};
    int rc = kg_guard_read(count_pages, &c, MDB_CORRUPTED);
    if (rc != MDB_SUCCESS)
        return kg_mdb_status(rc);
    *out = (kg_db_info){.records = c.stat.ms_entries,
                        .leaf_pages = c.stat.ms_leaf_pages,
                        .branch_pages = c.stat.ms_branch_pages,
                        .overflow_pages = c.stat.ms_overflow_pages,
                        .depth = c.stat.ms_depth};
    return KG_OK;
}

/* ---- Cursors --------------------------------------------------------------------------------- */

typedef struct cursor_opening {
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor **out; /* NULL: `again` is made fit for txn instead */
    MDB_cursor *again;
} cursor_opening;

/* LMDB reads the root of the tree for it. */
static int open_cursor(void *context) {
    const cursor_opening *o = context;
    return damage_goes_on(o->out ? mdb_cursor_open(o->txn, o->dbi, o->out)
                                 : mdb_cursor_renew(o->txn, o->again));
}

kg_status kg_cursor_open(kg_cursor **out, const kg_txn *txn, kg_db db) {
    *out = NULL;
    kg_cursor *cursor = calloc(1, sizeof *cursor);
    if (!cursor)
        return KG_ERR_MEMORY;
    cursor_opening o = {.txn = txn->mdb, .dbi = txn->env->dbi[db], .out = &cursor->mdb};
    int rc = kg_txn_has(txn, db) ? kg_guard_read(open_cursor, &o, MDB_CORRUPTED) : MDB_SUCCESS;
    if (rc != MDB_SUCCESS) {
        free(cursor);
        return kg_mdb_status(rc);
    }
    cursor->env = txn->env;
    *out = cursor;
    return KG_OK;
}

kg_status kg_cursor_renew(kg_cursor *cursor, const kg_txn *txn) {
    cursor_opening o = {.txn = txn->mdb, .again = cursor->mdb};
    return cursor->mdb ? kg_mdb_status(kg_guard_read(open_cursor, &o, MDB_CORRUPTED)) : KG_OK;
}

void kg_cursor_close(kg_cursor *cursor) {
    if (!cursor)
        return;
    mdb_cursor_close(cursor->mdb);
    free(cursor);
}

kg_status kg_cursor_move(kg_str *key, kg_str *value, kg_cursor *cursor, kg_move move) {
    static const MDB_cursor_op OPERATIONS[] = {[KG_MOVE_FIRST] = MDB_FIRST,
                                               [KG_MOVE_NEXT] = MDB_NEXT,
                                               [KG_MOVE_LAST] = MDB_LAST,
                                               [KG_MOVE_PREVIOUS] = MDB_PREV,
                                               [KG_MOVE_SEEK] = MDB_SET_RANGE};
    if (!cursor->mdb)
        return KG_ERR_NOT_FOUND;
    lookup l = {.env = cursor->env,
                .cursor = cursor->mdb,
                .operation = OPERATIONS[move],
                .key = val_of(*key)};
    int rc = kg_guard_read(look_up, &l, MDB_CORRUPTED);
    if (rc != MDB_SUCCESS)
        return kg_mdb_status(rc);
    *key = str_of(l.key);
    *value = str_of(l.value);
    return KG_OK;
}
