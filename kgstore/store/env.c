/* LMDB's environments: opened, shared within the process, made, copied, described.
 *
 * An environment has LMDB's table of readers, or, slotless, does without: then each of its read
 * transactions is under a shared hold on the data file (slots.h), taken with the first and released
 * with the last. A process may have the same file open both ways: LMDB forbids two openings for the
 * sake of its locks on lock.mdb, which a slotless one does not touch. */
#include "kgstore/store/env.h"

#include "kgstore/base/descriptors.h"
#include "kgstore/store/guard.h"
#include "kgstore/store/mdb.h"
#include "kgstore/store/metapage.h"
#include "kgstore/store/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Address space reserved for the map, so that it never moves: this much, doubled until a data file
 * could grow fourfold, then halved until the system grants it. */
static const uint64_t MAP_BYTES = UINT64_C(64) << 30;
static const uint64_t MAP_BYTES_MIN = UINT64_C(64) << 20;

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

/* ---- Claiming the data file for writing in place --------------------------------------------- */

kg_status kg_env_claim(kg_env *env, kg_error *err) {
    if (env->slotless && env->slotless != MDB_READERS_FULL)
        return kg_mdb_fail(env->slotless, "write to the store", err);
    return env->slotless ? KG_ERR_BUSY : kg_hold_claim(kg_env_file(env));
}

void kg_env_unclaim(kg_env *env) {
    if (!env->slotless)
        kg_hold_release(kg_env_file(env));
}

/* ---- Databases ------------------------------------------------------------------------------- */

static int note_pages(kg_env *env) {
    MDB_stat stat;
    MDB_envinfo info;
    int rc = KG_GUARDED(mdb_env_stat(env->mdb, &stat));
    if (rc == MDB_SUCCESS)
        rc = mdb_env_info(env->mdb, &info);
    if (rc != MDB_SUCCESS)
        return rc;
    env->page_bytes = stat.ms_psize;
    env->map_pages = info.me_mapsize / stat.ms_psize;
    return MDB_SUCCESS;
}

typedef struct opening {
    MDB_txn *txn;
    kg_db db;
    unsigned flags;
    MDB_dbi *out;
} opening;

static int open_database(void *context) {
    const opening *o = context;
    return mdb_dbi_open(o->txn, kg_db_name(o->db), o->flags, o->out);
}

int kg_mdb_open_database(kg_env *env, MDB_txn *txn, kg_db db, bool create) {
    unsigned flags = kg_db_integer_key(db) ? MDB_INTEGERKEY : 0;
    if (db > KG_DB_KEY && env->dbi[KG_DB_KEY] == 0)
        return MDB_SUCCESS;
    opening o = {txn, db, flags | (create ? MDB_CREATE : 0), &env->dbi[db]};
    int rc = create ? KG_GUARDED_STEP(open_database(&o))
                    : kg_guard_read(open_database, &o, MDB_CORRUPTED);
    return rc == MDB_NOTFOUND && db == KG_DB_KEY ? MDB_SUCCESS : rc;
}

/* Open every database, making them where the environment is new. */
static int open_databases(kg_env *env, bool create) {
    MDB_txn *txn;
    int rc = create ? KG_GUARDED(mdb_txn_begin(env->mdb, NULL, 0, &txn))
                    : kg_mdb_begin_reading(&txn, env->mdb);
    if (rc != MDB_SUCCESS)
        return rc;
    for (int db = 0; db < KG_DB_COUNT && rc == MDB_SUCCESS; db++)
        rc = kg_mdb_open_database(env, txn, (kg_db)db, create);
    if (rc != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return rc;
    }
    rc = KG_GUARDED(mdb_txn_commit(txn));
    return rc == MDB_SUCCESS ? note_pages(env) : rc;
}

static kg_status open_failed(int rc, const char *folder, kg_error *err) {
    if (rc == MDB_NOTFOUND)
        return kg_error_set(err, KG_ERR_CORRUPT, "%s holds no knowledge graph", folder);
    return kg_error_set(err, rc == ENOENT ? KG_ERR_NOT_FOUND : kg_mdb_status(rc),
                        "cannot open %s: %s", folder, mdb_strerror(rc));
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
    kg_status st = kg_env_hold(env, err);
    if (st == KG_OK) {
        rc = open_databases(env, false);
        kg_env_let_go(env);
        if (rc != MDB_SUCCESS)
            st = open_failed(rc, folder, err);
    }
    if (st == KG_OK)
        *out = env;
    else
        free_env(env);
    return st;
}

/* ---- Opening what may be open already -------------------------------------------------------- */

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

kg_status kg_env_open_apart(kg_env **out, const kg_env *env, kg_error *err) {
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
        return kg_error_set(err, kg_mdb_status(rc), "cannot create %s: %s", folder,
                            mdb_strerror(rc));
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
    return kg_mdb_fail(mdb_env_sync(env->mdb, 1), "sync the store", err);
}

static kg_status damaged_pages(kg_error *err) {
    return kg_error_set(err, KG_ERR_CORRUPT,
                        "pages of the store are damaged, so nothing can be written; run kg check, "
                        "and see kg-recovery(7)");
}

kg_status kg_env_verify(kg_env *env, const kg_page_meta *meta, kg_error *err) {
    kg_page_report report;
    kg_problems quiet = {NULL, NULL, 0};
    if (env->verified == meta->transaction)
        return KG_OK;
    kg_status st = kg_pages_check(&report, kg_env_file(env), meta, &quiet, err);
    if (st == KG_OK)
        env->verified = meta->transaction;
    return st == KG_ERR_CORRUPT ? damaged_pages(err) : st;
}

kg_status kg_env_verify_change(kg_env *env, const kg_page_meta *meta, unsigned *changes, kg_db db,
                               kg_str key, kg_error *err) {
    enum { MOST_PATHS = 64 };
    if (env->verified == meta->transaction)
        return KG_OK;
    if (++*changes > MOST_PATHS)
        return kg_env_verify(env, meta, err);
    kg_status st = kg_pages_check_path(kg_env_file(env), meta, kg_db_name(db), key,
                                       kg_db_integer_key(db), err);
    return st == KG_ERR_CORRUPT ? damaged_pages(err) : st;
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
    return kg_mdb_fail(rc, "sweep dead readers", err);
}

/* LMDB begins a read transaction for it. */
static kg_status copy_held(int *rc, kg_env *env, int fd, bool compact, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_env_hold(env, err));
    *rc = KG_GUARDED(mdb_env_copyfd2(env->mdb, fd, compact ? MDB_CP_COMPACT : 0));
    kg_env_let_go(env);
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
        st = kg_env_open_apart(&apart, env, err);
        if (!apart)
            return st;
        st = copy_held(&rc, apart, fd, compact, err);
        kg_env_release(apart);
    }
    return st == KG_OK ? kg_mdb_fail(rc, "copy the store", err) : st;
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
        return kg_mdb_fail(rc, "look at the store", err);
    *out = (kg_env_info){.map_bytes = info.me_mapsize,
                         .last_page = info.me_last_pgno,
                         .page_bytes = stat.ms_psize,
                         .file_bytes = (uint64_t)file.st_blocks * 512,
                         .readers_max = info.me_maxreaders,
                         .readers_seen = info.me_numreaders};
    return KG_OK;
}
