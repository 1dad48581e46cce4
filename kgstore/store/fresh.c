#include "kgstore/store/fresh.h"

#include "kgstore/store/generation.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

#include "kgstore/base/failpoint.h"
#include "kgstore/base/outfile.h"

#include <inttypes.h>

static kg_status begin(kg_fresh *f, kg_error *err) {
    return kg_txn_begin(&f->txn, f->env, true, err);
}

kg_status kg_fresh_begin(kg_fresh *f, const char *path, uint64_t commit_bytes, kg_error *err) {
    kg_status st;
    *f = (kg_fresh){.path = path, .commit_bytes = commit_bytes};
    KG_TRY(st, kg_generation_make(&f->generation, path, err));
    KG_TRY(st, kg_generation_folder(f->folder, path, f->generation, err));
    KG_TRY(st, KG_FAILPOINT("fresh.folder-made", err));
    KG_TRY(st, kg_env_create(&f->env, f->folder, err));
    return begin(f, err);
}

static kg_status commit(kg_fresh *f, kg_error *err) {
    kg_txn *txn = f->txn;
    f->txn = NULL;
    f->pending = 0;
    kg_status st = kg_txn_commit(txn, err);
    if (st == KG_OK)
        kg_env_start_writeback(f->env);
    return st == KG_OK ? KG_FAILPOINT("fresh.committed", err) : st;
}

/* Account for bytes to come. A page that holds a small record is shared by many. */
static kg_status make_room(kg_fresh *f, size_t bytes, kg_error *err) {
    kg_status st;
    if (f->pending + bytes > f->commit_bytes && f->pending > 0) {
        KG_TRY(st, commit(f, err));
        KG_TRY(st, begin(f, err));
    }
    f->pending += bytes + 24;
    return KG_OK;
}

/* The few records of these come in any order. */
static kg_put how_to_put(kg_db db) {
    return db == KG_DB_META || db == KG_DB_BLOB ? KG_PUT_REPLACE : KG_PUT_APPEND;
}

kg_status kg_fresh_append_summed(kg_fresh *f, kg_db db, kg_str key, kg_str value, kg_error *err) {
    kg_status st;
    KG_TRY(st, make_room(f, key.len + value.len, err));
    return kg_txn_put(f->txn, db, key, value, how_to_put(db), err);
}

kg_status kg_fresh_append(kg_fresh *f, kg_db db, kg_str key, kg_str value, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_fresh_append_summed(f, db, key, value, err));
    kg_sum_add(&f->sums[db], db, key, value);
    return KG_OK;
}

kg_status kg_fresh_reserve(void **to, kg_fresh *f, kg_db db, kg_str key, size_t size,
                           kg_error *err) {
    kg_status st;
    KG_TRY(st, make_room(f, key.len + size, err));
    return kg_txn_reserve(to, f->txn, db, key, size, how_to_put(db), err);
}

void kg_fresh_filled(kg_fresh *f, kg_db db, kg_str key, const void *value, size_t size) {
    kg_sum_add(&f->sums[db], db, key, (kg_str){value, size});
}

/* Append the records of a database whose keys begin with prefix. Those of meta have checksums of
 * their own; of the others all records are copied, and compared as a whole. */
static kg_status copy_prefix(kg_fresh *f, const kg_txn *from, kg_db db, kg_str prefix,
                             kg_error *err) {
    kg_cursor *cursor;
    kg_str key = prefix, value;
    kg_status st = kg_cursor_open(&cursor, from, db);
    if (st != KG_OK)
        return kg_error_set(err, st, "cannot read %s", kg_db_name(db));
    st = kg_cursor_move(&key, &value, cursor, prefix.len ? KG_MOVE_SEEK : KG_MOVE_FIRST);
    while (st == KG_OK && key.len >= prefix.len &&
           (prefix.len == 0 || memcmp(key.data, prefix.data, prefix.len) == 0)) {
        st = kg_fresh_append(f, db, key, value, err);
        if (st == KG_OK) {
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
            if (st != KG_OK && st != KG_ERR_NOT_FOUND)
                kg_error_set(err, st, "the store is damaged (%s); run kg check", kg_db_name(db));
        }
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

kg_status kg_fresh_copy(kg_fresh *f, const kg_txn *from, kg_db db, kg_error *err) {
    kg_status st;
    KG_TRY(st, copy_prefix(f, from, db, (kg_str){NULL, 0}, err));
    return kg_sum_compare(&f->sums[db], from, db, err);
}

kg_status kg_fresh_copy_tables(kg_fresh *f, const kg_txn *from, kg_error *err) {
    kg_status st;
    KG_TRY(st, copy_prefix(f, from, KG_DB_META, KG_STR("table:"), err));
    return kg_fresh_copy(f, from, KG_DB_TABLE, err);
}

kg_status kg_fresh_put_pagerank(kg_fresh *f, const double *weights, uint64_t count,
                                uint64_t triples_version, kg_error *err) {
    kg_status st;
    kg_str key = KG_STR(KG_BLOB_PAGERANK);
    size_t bytes = count * sizeof *weights, size = kg_aligned_size(KG_BLOB_HEADER + bytes);
    void *to;
    KG_TRY(st, kg_fresh_reserve(&to, f, KG_DB_BLOB, key, size, err));
    unsigned char *blob = to;
    kg_store_u64(blob, bytes);
    kg_store_u64(blob + 8, triples_version);
    memcpy(blob + KG_BLOB_HEADER, weights, bytes);
    memset(blob + KG_BLOB_HEADER + bytes, 0, size - KG_BLOB_HEADER - bytes);
    kg_fresh_filled(f, KG_DB_BLOB, key, to, size);
    return KG_OK;
}

/* What was put is there: a last look before the old generation is given up. */
static kg_status verify(kg_fresh *f, const kg_state *state, kg_error *err) {
    kg_status st;
    kg_txn *txn;
    kg_state found;
    KG_TRY(st, kg_txn_begin(&txn, f->env, false, err));
    st = kg_state_load(&found, txn, err);
    if (st == KG_OK && found.triples != state->triples)
        st = kg_error_set(err, KG_ERR_CORRUPT,
                          "the new generation's counters differ from what was "
                          "written; the disk may be failing");
    for (int db = KG_DB_META + 1; st == KG_OK && db < KG_DB_COUNT; db++) {
        kg_db_info info;
        st = kg_txn_info(&info, txn, (kg_db)db);
        if (st == KG_OK && info.records != f->sums[db].records)
            st = kg_error_set(err, KG_ERR_CORRUPT,
                              "%s holds %" PRIu64 " records where %" PRIu64
                              " were written; the disk may be failing",
                              kg_db_name((kg_db)db), info.records, f->sums[db].records);
    }
    kg_txn_abort(txn);
    return st;
}

/* Everything durable, names of files included, so that CURRENT can name it. */
static kg_status settle(kg_fresh *f, const kg_state *state, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_state_save(f->txn, state, f->sums, err));
    KG_TRY(st, commit(f, err));
    KG_TRY(st, verify(f, state, err));
    KG_TRY(st, KG_FAILPOINT("fresh.before-sync", err));
    KG_TRY(st, kg_env_sync(f->env, err));
    KG_TRY(st, kg_sync_folder(f->folder, err));
    KG_TRY(st, kg_sync_folder(f->path, err));
    return KG_FAILPOINT("fresh.before-current", err);
}

kg_status kg_fresh_finish(kg_fresh *f, kg_state *state, uint64_t replaced, kg_error *err) {
    state->generation = f->generation;
    kg_status st = settle(f, state, err);
    if (st == KG_OK)
        st = kg_current_write(f->path, f->generation, err);
    if (st != KG_OK) {
        kg_fresh_abort(f);
        return st;
    }
    kg_env_release(f->env);
    f->env = NULL;
    KG_TRY(st, KG_FAILPOINT("fresh.after-current", err));
    if (replaced)
        kg_generation_remove(f->path, replaced);
    return KG_FAILPOINT("fresh.replaced-removed", err);
}

void kg_fresh_abort(kg_fresh *f) {
    uint64_t in_force;
    kg_txn_abort(f->txn);
    kg_env_release(f->env);
    f->txn = NULL;
    f->env = NULL;
    /* The sync after the rename may have been what failed. */
    if (f->generation &&
        (kg_current_read(&in_force, f->path, NULL) != KG_OK || in_force != f->generation))
        kg_generation_remove(f->path, f->generation);
}
