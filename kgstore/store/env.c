/* LMDB's environments, transactions and cursors.
 *
 * An environment has LMDB's table of readers, or, slotless, does without: then each of its read
 * transactions is under a shared hold on the data file (slots.h), taken with the first and released
 * with the last. A process may have the same file open both ways: LMDB forbids two openings for the
 * sake of its locks on lock.mdb, which a slotless one does not touch. */
#include "kgstore/store/env.h"

#include "kgstore/base/descriptors.h"
#include "kgstore/store/guard.h"
#include "kgstore/store/metapage.h"
#include "kgstore/store/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Address space reserved for the map, so that it never moves: this much, doubled until a data file
 * could grow fourfold, then halved until the system grants it. */
static const uint64_t MAP_BYTES = UINT64_C(64) << 30;
static const uint64_t MAP_BYTES_MIN = UINT64_C(64) << 20;

struct kg_env {
    MDB_env *mdb;
    MDB_dbi dbi[KG_DB_COUNT];
    unsigned epoch;
    unsigned holders; /* under registry_lock where shared */
    bool shared, read_only;
    int slotless; /* why it has no table of readers: LMDB's or the system's code; 0: it has one */
    pthread_mutex_t hold_lock;
    unsigned holds; /* under hold_lock: read transactions of a slotless environment */
    dev_t device;
    ino_t inode;
    kg_env *next; /* in the registry */
};

struct kg_txn {
    MDB_txn *mdb;
    kg_env *env;
    kg_env *apart;   /* held: the slotless environment that env's full table led to; mostly NULL */
    bool holding;    /* the data file, as a reader in a slotless environment does */
    kg_reads *reads; /* counts, where someone asked for it */
};

struct kg_cursor {
    MDB_cursor *mdb;
};

/* ---- The registry of what this process has open ---------------------------------------------- */

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static kg_env *registry;
static atomic_uint epoch;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void before_fork(void) {
    pthread_mutex_lock(&registry_lock);
}

static void after_fork_in_parent(void) {
    pthread_mutex_unlock(&registry_lock);
}

static void after_fork_in_child(void) {
    registry = NULL;
    atomic_fetch_add_explicit(&epoch, 1, memory_order_relaxed);
    pthread_mutex_unlock(&registry_lock);
}

static void watch_forks(void) {
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

unsigned kg_env_epoch(void) {
    return atomic_load_explicit(&epoch, memory_order_relaxed);
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static kg_status status_of(int rc) {
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

static kg_status fail(int rc, const char *action, kg_error *err) {
    if (rc == MDB_SUCCESS)
        return KG_OK;
    kg_status st = status_of(rc);
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

/* ---- Opening --------------------------------------------------------------------------------- */

static void on_assertion(MDB_env *env, const char *text) {
    (void)env;
    kg_guard_assertion(text);
}

/* These two return LMDB's codes, since who calls them chooses by the code. */
static int new_env(kg_env **out, uint64_t map_bytes) {
    kg_env *env = calloc(1, sizeof *env);
    if (!env)
        return ENOMEM;
    int rc = mdb_env_create(&env->mdb);
    if (rc != MDB_SUCCESS) {
        free(env);
        return rc;
    }
    mdb_env_set_maxdbs(env->mdb, KG_DB_COUNT);
    mdb_env_set_assert(env->mdb, on_assertion);
    mdb_env_set_maxreaders(env->mdb, KG_SLOTS);
    mdb_env_set_mapsize(env->mdb, map_bytes);
    pthread_mutex_init(&env->hold_lock, NULL);
    env->epoch = kg_env_epoch();
    env->holders = 1;
    *out = env;
    return MDB_SUCCESS;
}

static void free_env(kg_env *env) {
    mdb_env_close(env->mdb);
    pthread_mutex_destroy(&env->hold_lock);
    free(env);
}

/* Open with the largest map that the address space allows. After a failed mdb_env_open the handle
 * can only be closed, so each attempt makes a new one. */
static int open_mapped(kg_env **out, const char *folder, uint64_t file_bytes, unsigned flags) {
    uint64_t map_bytes = MAP_BYTES;
    while (map_bytes / 4 < file_bytes)
        map_bytes *= 2;
    for (;; map_bytes /= 2) {
        int rc = new_env(out, map_bytes);
        if (rc != MDB_SUCCESS)
            return rc;
        rc = KG_GUARDED(mdb_env_open((*out)->mdb, folder, flags | MDB_NOTLS, 0644));
        if (rc == MDB_SUCCESS)
            return rc;
        free_env(*out);
        if ((rc != ENOMEM && rc != EINVAL) || map_bytes <= MAP_BYTES_MIN)
            return rc;
    }
}

int kg_env_file(const kg_env *env) {
    int fd = -1;
    mdb_env_get_fd(env->mdb, &fd);
    return fd;
}

/* ---- Holding the data file, where there are no slots ------------------------------------------
 */

static kg_status hold(kg_env *env, kg_error *err) {
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

static void let_go(kg_env *env) {
    if (!env->slotless)
        return;
    pthread_mutex_lock(&env->hold_lock);
    if (--env->holds == 0)
        kg_hold_release(kg_env_file(env));
    pthread_mutex_unlock(&env->hold_lock);
}

kg_status kg_env_claim(kg_env *env, kg_error *err) {
    if (env->slotless && env->slotless != MDB_READERS_FULL)
        return fail(env->slotless, "write to the store", err);
    return env->slotless ? KG_ERR_BUSY : kg_hold_claim(kg_env_file(env));
}

void kg_env_unclaim(kg_env *env) {
    if (!env->slotless)
        kg_hold_release(kg_env_file(env));
}

/* ---- Databases ------------------------------------------------------------------------------- */

/* LMDB's begin of a read transaction, for which dead readers make room. */
static int begin_reading(MDB_txn **txn, MDB_env *mdb) {
    int dead = 0, rc = KG_GUARDED(mdb_txn_begin(mdb, NULL, MDB_RDONLY, txn));
    if (rc == MDB_READERS_FULL && mdb_reader_check(mdb, &dead) == MDB_SUCCESS && dead > 0)
        rc = KG_GUARDED(mdb_txn_begin(mdb, NULL, MDB_RDONLY, txn));
    return rc;
}

/* Open every database, making them where the environment is new. */
static int open_databases(kg_env *env, bool create) {
    MDB_txn *txn;
    int rc =
        create ? KG_GUARDED(mdb_txn_begin(env->mdb, NULL, 0, &txn)) : begin_reading(&txn, env->mdb);
    if (rc != MDB_SUCCESS)
        return rc;
    for (int db = 0; db < KG_DB_COUNT && rc == MDB_SUCCESS; db++) {
        unsigned flags = kg_db_integer_key((kg_db)db) ? MDB_INTEGERKEY : 0;
        rc = KG_GUARDED(mdb_dbi_open(txn, kg_db_name((kg_db)db), flags | (create ? MDB_CREATE : 0),
                                     &env->dbi[db]));
    }
    if (rc == MDB_SUCCESS)
        return KG_GUARDED(mdb_txn_commit(txn));
    mdb_txn_abort(txn);
    return rc;
}

static kg_status open_failed(int rc, const char *folder, kg_error *err) {
    if (rc == MDB_NOTFOUND)
        return kg_error_set(err, KG_ERR_CORRUPT, "%s holds no knowledge graph", folder);
    return kg_error_set(err, rc == ENOENT ? KG_ERR_NOT_FOUND : status_of(rc), "cannot open %s: %s",
                        folder, mdb_strerror(rc));
}

static bool is_denied(int rc) {
    return rc == EACCES || rc == EROFS || rc == EPERM;
}

static int open_with_slots(kg_env **out, const char *folder, uint64_t file_bytes) {
    kg_env *env;
    bool read_only = false;
    int rc = kg_slots_are_there(folder) ? 0 : kg_slots_prepare(folder);
    if (rc != 0)
        return rc;
    rc = open_mapped(&env, folder, file_bytes, 0);
    if (is_denied(rc)) {
        /* For reading LMDB would do without the table where that is on a read-only file system. */
        rc = kg_slots_prepare(folder);
        if (rc != 0)
            return rc;
        read_only = true;
        rc = open_mapped(&env, folder, file_bytes, MDB_RDONLY);
    }
    if (rc != MDB_SUCCESS)
        return rc;
    env->read_only = read_only;
    rc = open_databases(env, false);
    if (rc == MDB_SUCCESS)
        *out = env;
    else
        free_env(env);
    return rc;
}

static kg_status open_slotless(kg_env **out, const char *folder, uint64_t file_bytes, int why,
                               kg_error *err) {
    kg_env *env;
    int rc = open_mapped(&env, folder, file_bytes, MDB_RDONLY | MDB_NOLOCK);
    if (rc != MDB_SUCCESS)
        return open_failed(rc, folder, err);
    env->slotless = why;
    env->read_only = true;
    kg_status st = hold(env, err);
    if (st == KG_OK) {
        rc = open_databases(env, false);
        let_go(env);
        if (rc != MDB_SUCCESS)
            st = open_failed(rc, folder, err);
    }
    if (st == KG_OK)
        *out = env;
    else
        free_env(env);
    return st;
}

/* ---- Opening what may be open already ----------------------------------------------------------
 */

static kg_env *find_open(dev_t device, ino_t inode, bool slotless) {
    for (kg_env *env = registry; env; env = env->next)
        if (env->device == device && env->inode == inode && (env->slotless != 0) == slotless)
            return env;
    return NULL;
}

/* Open, and enter in the registry as the file of which info tells; without a slot where `why` is a
 * reason for that. */
static kg_status open_unregistered(kg_env **out, const char *folder, const struct stat *info,
                                   int why, kg_error *err) {
    kg_env *env = NULL;
    kg_status st = KG_OK;
    uint64_t file_bytes = (uint64_t)info->st_size;
    int rc = why ? why : open_with_slots(&env, folder, file_bytes);
    if (kg_slots_can_do_without(rc) || rc == MDB_READERS_FULL)
        st = open_slotless(&env, folder, file_bytes, rc, err);
    else if (rc != MDB_SUCCESS)
        st = open_failed(rc, folder, err);
    if (!env)
        return st;
    env->shared = true;
    env->device = info->st_dev;
    env->inode = info->st_ino;
    env->next = registry;
    registry = env;
    *out = env;
    return KG_OK;
}

kg_status kg_env_open(kg_env **out, const char *folder, kg_error *err) {
    *out = NULL;
    pthread_once(&fork_once, watch_forks);
    struct stat info;
    kg_status st = kg_metapage_check(&info, folder, err);
    if (st != KG_OK)
        return st;
    pthread_mutex_lock(&registry_lock);
    kg_env *env = find_open(info.st_dev, info.st_ino, false);
    if (!env)
        env = find_open(info.st_dev, info.st_ino, true);
    if (env)
        env->holders++;
    else
        st = open_unregistered(&env, folder, &info, 0, err);
    pthread_mutex_unlock(&registry_lock);
    if (st == KG_OK)
        *out = env;
    return st;
}

static bool is_file(const kg_env *env, const struct stat *file) {
    struct stat info;
    return fstat(kg_env_file(env), &info) == 0 && info.st_dev == file->st_dev &&
           info.st_ino == file->st_ino;
}

/* The slotless environment on env's file, for what finds no slot in env. */
static kg_status open_apart(kg_env **out, const kg_env *env, kg_error *err) {
    const char *folder = "";
    struct stat info;
    kg_status st = KG_OK;
    mdb_env_get_path(env->mdb, &folder);
    if (fstat(kg_env_file(env), &info) != 0)
        return kg_error_errno(err, "look at", folder);
    pthread_mutex_lock(&registry_lock);
    kg_env *apart = find_open(env->device, env->inode, true);
    if (apart)
        apart->holders++;
    else
        st = open_unregistered(&apart, folder, &info, MDB_READERS_FULL, err);
    pthread_mutex_unlock(&registry_lock);
    if (!apart)
        return st;
    if (!is_file(apart, &info)) {
        kg_env_release(apart);
        return kg_error_set(err, KG_ERR_BUSY, "%s was replaced meanwhile; try again", folder);
    }
    *out = apart;
    return KG_OK;
}

kg_status kg_env_create(kg_env **out, const char *folder, kg_error *err) {
    *out = NULL;
    pthread_once(&fork_once, watch_forks);
    kg_env *env;
    kg_descriptors_guard();
    int rc = open_mapped(&env, folder, 0, MDB_NOSYNC | MDB_NOLOCK);
    if (rc == MDB_SUCCESS) {
        rc = open_databases(env, true);
        if (rc != MDB_SUCCESS)
            free_env(env);
    }
    if (rc != MDB_SUCCESS)
        return kg_error_set(err, status_of(rc), "cannot create %s: %s", folder, mdb_strerror(rc));
    *out = env;
    return KG_OK;
}

void kg_env_retain(kg_env *env) {
    pthread_mutex_lock(&registry_lock);
    env->holders++;
    pthread_mutex_unlock(&registry_lock);
}

void kg_env_release(kg_env *env) {
    if (!env)
        return;
    pthread_mutex_lock(&registry_lock);
    bool last = --env->holders == 0;
    bool ours = env->epoch == kg_env_epoch();
    if (last && ours && env->shared) {
        kg_env **at = &registry;
        while (*at != env)
            at = &(*at)->next;
        *at = env->next;
    }
    /* Closing inside the lock: a new handle on the same file must not be made before this one has
     * let go of its locks. */
    if (last && ours)
        free_env(env);
    else if (last)
        free(env);
    pthread_mutex_unlock(&registry_lock);
}

bool kg_env_read_only(const kg_env *env) {
    return env->read_only;
}

kg_status kg_env_sync(kg_env *env, kg_error *err) {
    return fail(mdb_env_sync(env->mdb, 1), "sync the store", err);
}

void kg_env_start_writeback(kg_env *env) {
    int fd;
    if (mdb_env_get_fd(env->mdb, &fd) == MDB_SUCCESS)
        sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

kg_status kg_env_sweep_readers(kg_env *env, unsigned *dead, kg_error *err) {
    int n = 0;
    int rc = mdb_reader_check(env->mdb, &n);
    if (dead)
        *dead = (unsigned)n;
    return fail(rc, "sweep dead readers", err);
}

/* LMDB begins a read transaction for it. */
static kg_status copy_held(int *rc, kg_env *env, int fd, bool compact, kg_error *err) {
    kg_status st;
    KG_TRY(st, hold(env, err));
    *rc = KG_GUARDED(mdb_env_copyfd2(env->mdb, fd, compact ? MDB_CP_COMPACT : 0));
    let_go(env);
    return KG_OK;
}

kg_status kg_env_copy(kg_env *env, int fd, bool compact, kg_error *err) {
    kg_status st;
    int rc, dead = 0;
    KG_TRY(st, copy_held(&rc, env, fd, compact, err));
    if (rc == MDB_READERS_FULL && mdb_reader_check(env->mdb, &dead) == MDB_SUCCESS && dead > 0)
        KG_TRY(st, copy_held(&rc, env, fd, compact, err));
    if (rc == MDB_READERS_FULL) {
        kg_env *apart = NULL;
        st = open_apart(&apart, env, err);
        if (!apart)
            return st;
        st = copy_held(&rc, apart, fd, compact, err);
        kg_env_release(apart);
    }
    return st == KG_OK ? fail(rc, "copy the store", err) : st;
}

kg_status kg_env_info_get(kg_env_info *out, kg_env *env, kg_error *err) {
    MDB_envinfo info;
    MDB_stat stat;
    int fd;
    struct stat file;
    int rc = mdb_env_info(env->mdb, &info);
    if (rc == MDB_SUCCESS)
        rc = KG_GUARDED(mdb_env_stat(env->mdb, &stat));
    if (rc == MDB_SUCCESS)
        rc = mdb_env_get_fd(env->mdb, &fd);
    if (rc == MDB_SUCCESS && fstat(fd, &file) != 0)
        rc = errno;
    if (rc != MDB_SUCCESS)
        return fail(rc, "look at the store", err);
    *out = (kg_env_info){.map_bytes = info.me_mapsize,
                         .last_page = info.me_last_pgno,
                         .page_bytes = stat.ms_psize,
                         .file_bytes = (uint64_t)file.st_blocks * 512,
                         .readers_max = info.me_maxreaders,
                         .readers_seen = info.me_numreaders};
    return KG_OK;
}

/* ---- Transactions ---------------------------------------------------------------------------- */

static void free_txn(kg_txn *txn) {
    if (txn->holding)
        let_go(txn->env);
    kg_env_release(txn->apart);
    free(txn);
}

static kg_status begin_read(kg_txn *txn, kg_error *err) {
    kg_status st;
    KG_TRY(st, hold(txn->env, err));
    int rc = begin_reading(&txn->mdb, txn->env->mdb);
    if (rc != MDB_SUCCESS)
        let_go(txn->env);
    else
        txn->holding = txn->env->slotless != 0;
    if (rc != MDB_READERS_FULL)
        return fail(rc, "read the store", err);
    st = open_apart(&txn->apart, txn->env, err);
    if (!txn->apart)
        return st;
    txn->env = txn->apart;
    return begin_read(txn, err);
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
    kg_status st = write
                       ? fail(KG_GUARDED(mdb_txn_begin(env->mdb, NULL, 0, &txn->mdb)), action, err)
                       : begin_read(txn, err);
    if (st != KG_OK) {
        free_txn(txn);
        return st;
    }
    *out = txn;
    return KG_OK;
}

/* LMDB tells EIO of a write that the disk took a part of. */
static kg_status write_failed(int rc, const kg_env *env, kg_error *err) {
    return fail(rc == EIO && kg_disk_is_full(kg_env_file(env)) ? ENOSPC : rc, "write to the store",
                err);
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
        let_go(txn->env);
    txn->holding = false;
}

kg_status kg_txn_refresh(kg_txn *txn, kg_error *err) {
    kg_status st;
    kg_txn_rest(txn);
    KG_TRY(st, hold(txn->env, err));
    txn->holding = txn->env->slotless != 0;
    return fail(KG_GUARDED(mdb_txn_renew(txn->mdb)), "read the store", err);
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

kg_status kg_txn_get(kg_str *value, const kg_txn *txn, kg_db db, kg_str key) {
    MDB_val k = val_of(key), v;
    int rc = KG_GUARDED(mdb_get(txn->mdb, txn->env->dbi[db], &k, &v));
    if (rc != MDB_SUCCESS)
        return status_of(rc);
    *value = str_of(v);
    if (txn->reads)
        count_read(txn, db, v.mv_size);
    return KG_OK;
}

kg_status kg_txn_get_id(kg_str *value, const kg_txn *txn, kg_db db, uint32_t id) {
    return kg_txn_get(value, txn, db, kg_id_key(&id));
}

static unsigned put_flags(kg_put how) {
    return how == KG_PUT_APPEND ? MDB_APPEND : 0;
}

kg_status kg_txn_put(kg_txn *txn, kg_db db, kg_str key, kg_str value, kg_put how, kg_error *err) {
    MDB_val k = val_of(key), v = val_of(value);
    return write_failed(KG_GUARDED(mdb_put(txn->mdb, txn->env->dbi[db], &k, &v, put_flags(how))),
                        txn->env, err);
}

kg_status kg_txn_reserve(void **to, kg_txn *txn, kg_db db, kg_str key, size_t size, kg_put how,
                         kg_error *err) {
    MDB_val k = val_of(key), v = {.mv_size = size, .mv_data = NULL};
    int rc = KG_GUARDED(mdb_put(txn->mdb, txn->env->dbi[db], &k, &v, put_flags(how) | MDB_RESERVE));
    *to = v.mv_data;
    return write_failed(rc, txn->env, err);
}

kg_status kg_txn_delete(kg_txn *txn, kg_db db, kg_str key, kg_error *err) {
    MDB_val k = val_of(key);
    int rc = KG_GUARDED(mdb_del(txn->mdb, txn->env->dbi[db], &k, NULL));
    return rc == MDB_NOTFOUND ? KG_ERR_NOT_FOUND : write_failed(rc, txn->env, err);
}

kg_status kg_txn_clear(kg_txn *txn, kg_db db, kg_error *err) {
    return write_failed(KG_GUARDED(mdb_drop(txn->mdb, txn->env->dbi[db], 0)), txn->env, err);
}

kg_status kg_txn_info(kg_db_info *out, const kg_txn *txn, kg_db db) {
    MDB_stat stat;
    int rc = KG_GUARDED(mdb_stat(txn->mdb, txn->env->dbi[db], &stat));
    if (rc != MDB_SUCCESS)
        return status_of(rc);
    *out = (kg_db_info){.records = stat.ms_entries,
                        .leaf_pages = stat.ms_leaf_pages,
                        .branch_pages = stat.ms_branch_pages,
                        .overflow_pages = stat.ms_overflow_pages,
                        .depth = stat.ms_depth};
    return KG_OK;
}

/* ---- Cursors --------------------------------------------------------------------------------- */

kg_status kg_cursor_open(kg_cursor **out, const kg_txn *txn, kg_db db) {
    *out = NULL;
    kg_cursor *cursor = malloc(sizeof *cursor);
    if (!cursor)
        return KG_ERR_MEMORY;
    int rc = mdb_cursor_open(txn->mdb, txn->env->dbi[db], &cursor->mdb);
    if (rc != MDB_SUCCESS) {
        free(cursor);
        return status_of(rc);
    }
    *out = cursor;
    return KG_OK;
}

kg_status kg_cursor_renew(kg_cursor *cursor, const kg_txn *txn) {
    return status_of(mdb_cursor_renew(txn->mdb, cursor->mdb));
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
    MDB_val k = val_of(*key), v;
    int rc = KG_GUARDED(mdb_cursor_get(cursor->mdb, &k, &v, OPERATIONS[move]));
    if (rc != MDB_SUCCESS)
        return status_of(rc);
    *key = str_of(k);
    *value = str_of(v);
    return KG_OK;
}
