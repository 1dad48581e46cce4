/* Whole copies of a generation: into another store (backup), and in place of itself: without its
 * free pages (compact), or because someone reads it who has no slot (update.c). */
#include "kgstore/base/failpoint.h"
#include "kgstore/base/outfile.h"
#include "kgstore/store/generation.h"
#include "kgstore/store/pages.h"
#include "kgstore/store/renumber.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* LMDB copies on a thread that follows the pages wherever they lead: they are verified first, while
 * a transaction keeps them as they are. */
static kg_status verify_pages(kg_env *env, kg_error *err) {
    enum {
        ATTEMPTS = 3
    }; /* two commits may come between the transaction and the reading of metas */
    kg_status st = KG_ERR_NOT_FOUND;
    for (int i = 0; i < ATTEMPTS && st == KG_ERR_NOT_FOUND; i++) {
        kg_txn *txn;
        kg_page_meta meta;
        kg_page_report report;
        kg_problems quiet = {NULL, NULL, 0};
        KG_TRY(st, kg_txn_begin(&txn, env, false, err));
        st = kg_pages_meta(&meta, kg_env_file(env), kg_txn_id(txn), &quiet, err);
        if (st == KG_OK)
            st = kg_pages_check(&report, kg_env_file(env), &meta, &quiet, err);
        kg_txn_abort(txn);
    }
    if (st == KG_ERR_CORRUPT)
        return kg_error_set(err, st,
                            "the store is damaged: its pages do not hold together; nothing was "
                            "changed; run kg check, and see kg-recovery(7)");
    return st;
}

/* A copy takes damage over as it is: it must not stand for a sound one. */
static kg_status verify_copy(const char *folder, kg_error *err) {
    kg_status st;
    kg_env *env;
    kg_txn *txn;
    KG_TRY(st, kg_env_open(&env, folder, err));
    st = kg_txn_begin(&txn, env, false, err);
    if (st == KG_OK) {
        st = kg_sums_verify(txn, err);
        kg_txn_abort(txn);
    }
    kg_env_release(env);
    return st;
}

/* Write a copy of env without free pages to folder/data.mdb, durably, and verify it. *bytes: its
 * size. */
static kg_status copy_data(uint64_t *bytes, kg_env *env, const char *folder, kg_error *err) {
    char file[PATH_MAX];
    struct stat info = {0};
    if (snprintf(file, sizeof file, "%s/data.mdb", folder) >= (int)sizeof file)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the path %s is too long", folder);
    kg_status st;
    KG_TRY(st, verify_pages(env, err));
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return kg_error_errno(err, "create", file);
    st = kg_env_copy(env, fd, true, err);
    if (st == KG_OK)
        st = KG_FAILPOINT("copy.written", err);
    if (st == KG_OK && (fsync(fd) != 0 || fstat(fd, &info) != 0))
        st = kg_error_errno(err, "sync", file);
    if (st == KG_OK)
        *bytes = (uint64_t)info.st_blocks * 512;
    close(fd);
    if (st == KG_OK)
        st = verify_copy(folder, err);
    return st == KG_OK ? kg_sync_folder(folder, err) : st;
}

/* ---- Backup ---------------------------------------------------------------------------------- */

/* Make the folder; an empty one is filled, one that a backup that died has left is taken over. */
static kg_status make_folder(bool *was_there, const char *dest, kg_error *err) {
    *was_there = false;
    if (mkdir(dest, 0777) == 0)
        return KG_OK;
    if (errno != EEXIST)
        return kg_error_errno(err, "create", dest);
    kg_path_state found = kg_path_look(dest);
    *was_there = found == KG_PATH_EMPTY;
    if (found != KG_PATH_FOREIGN)
        return KG_OK;
    return kg_error_set(err, KG_ERR_EXISTS, "%s exists already; name a new folder", dest);
}

/* dest is locked, and no store yet. */
static kg_status fill_backup(kg_env *env, uint64_t generation, const char *dest, kg_error *err) {
    kg_status st;
    char folder[PATH_MAX];
    uint64_t bytes;
    kg_generations_clean(dest, 0);
    KG_TRY(st, kg_generation_folder(folder, dest, generation, err));
    if (mkdir(folder, 0777) != 0)
        return kg_error_errno(err, "create", folder);
    KG_TRY(st, KG_FAILPOINT("backup.folder-made", err));
    KG_TRY(st, copy_data(&bytes, env, folder, err));
    KG_TRY(st, KG_FAILPOINT("backup.copied", err));
    /* The name of the generation is durable before CURRENT tells it. */
    KG_TRY(st, kg_sync_folder(dest, err));
    KG_TRY(st, kg_current_write(dest, generation, err));
    st = KG_FAILPOINT("backup.current-written", err);
    if (st == KG_OK)
        st = kg_sync_parent(dest, err);
    return st == KG_OK ? st
                       : kg_error_context(err, st,
                                          "the copy is whole and in force, but a power cut now may "
                                          "take it away");
}

kg_status kg_store_backup(kg_store *store, const char *dest, kg_error *err) {
    kg_status st;
    kg_env *env;
    uint64_t generation;
    int lock;
    bool was_there;
    KG_TRY(st, kg_store_current(&env, &generation, store, err));
    st = make_folder(&was_there, dest, err);
    if (st == KG_OK) {
        st = kg_lock_take(&lock, dest, &store->wait, err);
        /* Whoever had the lock before may have made a store of it. */
        if (st == KG_OK && kg_path_look(dest) != KG_PATH_UNBORN)
            st = kg_error_set(err, KG_ERR_EXISTS, "%s exists already; name a new folder", dest);
        else if (st == KG_OK) {
            st = fill_backup(env, generation, dest, err);
            if (st != KG_OK)
                kg_path_remove_unborn(dest, !was_there);
        }
        kg_lock_release(lock);
    }
    kg_env_release(env);
    return st;
}

/* ---- A copy in place of the generation ------------------------------------------------------ */

/* The copy knows itself as the generation that it was made from, and is of the newest version. */
static kg_status renew_state(kg_env *env, uint64_t generation, kg_error *err) {
    kg_status st;
    kg_txn *txn;
    kg_state state;
    kg_sum sums[KG_DB_COUNT];
    KG_TRY(st, kg_txn_begin(&txn, env, true, err));
    st = kg_state_load(&state, txn, err);
    state.generation = generation;
    if (st == KG_OK)
        st = kg_sums_load(sums, txn, err);
    if (st == KG_OK)
        st = kg_txn_complete(txn, err);
    if (st == KG_OK)
        st = kg_state_save(txn, &state, sums, err);
    if (st == KG_OK)
        return kg_txn_commit(txn, err);
    kg_txn_abort(txn);
    return st;
}

/* Make generation `made`, claimed for writing before anyone can know of it. */
static kg_status make_copy(kg_env **out, uint64_t *bytes, kg_env *env, const char *path,
                           uint64_t made, kg_error *err) {
    kg_status st;
    char folder[PATH_MAX];
    KG_TRY(st, kg_generation_folder(folder, path, made, err));
    KG_TRY(st, KG_FAILPOINT("compact.folder-made", err));
    KG_TRY(st, copy_data(bytes, env, folder, err));
    KG_TRY(st, kg_env_open(out, folder, err));
    KG_TRY(st, kg_env_claim(*out, err));
    KG_TRY(st, renew_state(*out, made, err));
    KG_TRY(st, KG_FAILPOINT("compact.copied", err));
    return kg_sync_folder(path, err);
}

kg_status kg_generation_renew(kg_env **out, uint64_t *bytes, kg_env *env, const char *path,
                              kg_error *err) {
    uint64_t made, in_force;
    *out = NULL;
    kg_status st = kg_generation_make(&made, path, err);
    if (st == KG_OK)
        st = make_copy(out, bytes, env, path, made, err);
    if (st == KG_OK)
        st = kg_current_write(path, made, err);
    if (st == KG_OK)
        st = KG_FAILPOINT("compact.current-written", err);
    /* Whichever is not in force goes: CURRENT may have been replaced even where that failed. */
    if (kg_current_read(&in_force, path, NULL) == KG_OK)
        kg_generations_clean(path, in_force);
    if (st != KG_OK && *out) {
        kg_env_unclaim(*out);
        kg_env_release(*out);
        *out = NULL;
    }
    return st;
}

/* ---- Compact --------------------------------------------------------------------------------- */

static kg_status count_deleted(uint64_t *deleted, kg_env *env, kg_error *err) {
    kg_status st;
    kg_txn *txn;
    kg_state state;
    KG_TRY(st, kg_txn_begin(&txn, env, false, err));
    st = kg_state_load(&state, txn, err);
    *deleted = state.deleted;
    kg_txn_abort(txn);
    return st;
}

static kg_status copy_in_place(uint64_t *after, kg_env *env, const char *path, kg_error *err) {
    kg_status st;
    kg_env *made;
    KG_TRY(st, kg_generation_renew(&made, after, env, path, err));
    kg_env_unclaim(made);
    kg_env_release(made);
    return KG_OK;
}

/* The same with ids given anew. */
static kg_status renumber(uint64_t *after, kg_env *env, uint64_t generation, kg_store *store,
                          kg_error *err) {
    kg_status st;
    kg_env *made;
    kg_env_info info = {0};
    KG_TRY(st, kg_renumber(env, generation, store->path, err));
    KG_TRY(st, kg_store_current(&made, &generation, store, err));
    st = kg_env_info_get(&info, made, err);
    *after = info.file_bytes;
    kg_env_release(made);
    return st;
}

static kg_status compact_locked(uint64_t *before, uint64_t *after, kg_store *store, kg_error *err) {
    kg_status st;
    kg_env *env;
    kg_env_info info;
    uint64_t old, deleted = 0;
    KG_TRY(st, kg_store_current(&env, &old, store, err));
    kg_generations_clean(store->path, old);
    st = kg_env_info_get(&info, env, err);
    if (st == KG_OK) {
        *before = info.file_bytes;
        st = count_deleted(&deleted, env, err);
    }
    if (st == KG_OK)
        st = deleted ? renumber(after, env, old, store, err)
                     : copy_in_place(after, env, store->path, err);
    kg_env_release(env);
    return st;
}

kg_status kg_store_compact(kg_store *store, uint64_t *before, uint64_t *after, kg_error *err) {
    kg_status st;
    int lock;
    KG_TRY(st, kg_lock_take(&lock, store->path, &store->wait, err));
    st = compact_locked(before, after, store, err);
    kg_lock_release(lock);
    return st;
}
