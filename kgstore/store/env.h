/* LMDB behind our types: environments (one a generation), in env.c; transactions, records and
 * cursors, in txn.c. Who includes this sees nothing of lmdb.h.
 *
 * LMDB must not have the same file open twice in a process (closing one drops the locks of both),
 * so kg_env_open hands out shared, counted handles. In the child of a fork every handle of the
 * parent is dead: kg_env_epoch() then differs from what the handle's owner noted, nothing of it may
 * be used, and releasing it only lets go of our memory. */
#ifndef KG_STORE_ENV_H
#define KG_STORE_ENV_H

#include "kgstore/base/error.h"
#include "kgstore/base/status.h"
#include "kgstore/base/str.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/layout.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_env kg_env;
typedef struct kg_txn kg_txn;
typedef struct kg_cursor kg_cursor;

/* Changes in the child of each fork. */
unsigned kg_env_epoch(void);

/* ---- Environments ---------------------------------------------------------------------------- */

/* Open the generation in folder, sharing the handle where this process has it open already.
 * Without leave to write there it is opened for reading; where there can be no slot for a reader,
 * without slots, each read transaction holding the data file (slots.h). Checks magic, metas, that
 * the file holds every page, and that our databases are there. *out: kg_env_release.
 * KG_ERR_NOT_FOUND, KG_ERR_CORRUPT, KG_ERR_VERSION, KG_ERR_IO, KG_ERR_MEMORY; KG_ERR_BUSY,
 * KG_ERR_UNSUPPORTED: as kg_hold_take. */
kg_status kg_env_open(kg_env **out, const char *folder, kg_error *err);

/* Make a new environment in folder, which exists and holds none, with every database of the layout.
 * Nothing is synced before kg_env_sync. Not shared: one thread, one transaction at a time. */
kg_status kg_env_create(kg_env **out, const char *folder, kg_error *err);

void kg_env_retain(kg_env *env);
void kg_env_release(kg_env *env); /* NULL is safe */

bool kg_env_read_only(const kg_env *env);

/* The data file's descriptor, for plain reads; borrowed. */
int kg_env_file(const kg_env *env);

/* Before writing to env in place: see that no reader without a slot reads from it, and that none
 * begins before kg_env_unclaim. KG_ERR_BUSY: one does; copy the generation and write to the copy.
 * Otherwise the reason why this process cannot write. */
kg_status kg_env_claim(kg_env *env, kg_error *err);
void kg_env_unclaim(kg_env *env);

/* Make all that was committed durable. */
kg_status kg_env_sync(kg_env *env, kg_error *err);

/* Ask the system to begin writing out what was committed, without waiting. */
void kg_env_start_writeback(kg_env *env);

/* Free the slots of readers whose process is gone; *dead (may be NULL) tells how many. */
kg_status kg_env_sweep_readers(kg_env *env, unsigned *dead, kg_error *err);

/* Write a consistent copy to fd while others read and write; compact: without free pages. */
kg_status kg_env_copy(kg_env *env, int fd, bool compact, kg_error *err);

typedef struct kg_env_info {
    uint64_t map_bytes;  /* reserved */
    uint64_t last_page;  /* number of the last page in use */
    uint32_t page_bytes; /* of one page */
    uint64_t file_bytes; /* of the data file, as the system allocated it */
    uint32_t readers_max, readers_seen;
} kg_env_info;

kg_status kg_env_info_get(kg_env_info *out, kg_env *env, kg_error *err);

/* ---- Transactions ---------------------------------------------------------------------------- */

/* One consistent view. write: waits for the environment's writer to end; who writes to a store
 * holds its lock first (kg_update_begin). Where no slot is free, even after dead readers were
 * swept, a reader holds the data file instead. KG_ERR_STALE, KG_ERR_MEMORY, KG_ERR_IO; KG_ERR_BUSY,
 * KG_ERR_UNSUPPORTED: as kg_hold_take. */
kg_status kg_txn_begin(kg_txn **out, kg_env *env, bool write, kg_error *err);

/* Both end and free txn in any case. NULL is safe in abort. */
kg_status kg_txn_commit(kg_txn *txn, kg_error *err);
void kg_txn_abort(kg_txn *txn);

/* Free txn without touching the environment: for the child of a fork. */
void kg_txn_forget(kg_txn *txn);

/* Let go of what a read transaction sees, its slot aside; it can then only be refreshed or aborted.
 */
void kg_txn_rest(kg_txn *txn);

/* Move a read transaction to the newest state. On failure it can only be aborted. */
kg_status kg_txn_refresh(kg_txn *txn, kg_error *err);

/* The number of the write that this transaction sees (a write transaction: that it makes). */
uint64_t kg_txn_id(const kg_txn *txn);

/* Borrowed until the next write or the end of txn. KG_ERR_NOT_FOUND where absent, KG_ERR_CORRUPT.
 */
kg_status kg_txn_get(kg_str *value, const kg_txn *txn, kg_db db, kg_str key);
kg_status kg_txn_get_id(kg_str *value, const kg_txn *txn, kg_db db, uint32_t id);

/* From now on add what kg_txn_get reads to *reads, which outlives that; NULL: no more. */
void kg_txn_count(kg_txn *txn, kg_reads *reads);

/* Is there such a database? A store of version 1 lacks some: nothing is found in them, and what is
 * put there is KG_ERR_VERSION. */
bool kg_txn_has(const kg_txn *txn, kg_db db);

/* Make the databases that a store of version 1 lacks. txn writes; nobody else has env open. */
kg_status kg_txn_complete(kg_txn *txn, kg_error *err);

typedef enum kg_put {
    KG_PUT_REPLACE, /* insert or replace */
    KG_PUT_APPEND   /* the key is beyond every other: fast; KG_ERR_EXISTS where it is not */
} kg_put;

kg_status kg_txn_put(kg_txn *txn, kg_db db, kg_str key, kg_str value, kg_put how, kg_error *err);

/* Make room for size bytes, not cleared, to be filled before the next call on txn. */
kg_status kg_txn_reserve(void **to, kg_txn *txn, kg_db db, kg_str key, size_t size, kg_put how,
                         kg_error *err);

/* KG_ERR_NOT_FOUND where absent. */
kg_status kg_txn_delete(kg_txn *txn, kg_db db, kg_str key, kg_error *err);

/* Remove every record of a database. */
kg_status kg_txn_clear(kg_txn *txn, kg_db db, kg_error *err);

typedef struct kg_db_info {
    uint64_t records, leaf_pages, branch_pages, overflow_pages;
    uint32_t depth;
} kg_db_info;

kg_status kg_txn_info(kg_db_info *out, const kg_txn *txn, kg_db db);

/* ---- Cursors --------------------------------------------------------------------------------- */

/* Close before txn ends; NULL is safe. */
kg_status kg_cursor_open(kg_cursor **out, const kg_txn *txn, kg_db db);
void kg_cursor_close(kg_cursor *cursor);

/* Make a cursor fit to be used after kg_txn_refresh found nothing new; it starts anew. */
kg_status kg_cursor_renew(kg_cursor *cursor, const kg_txn *txn);

typedef enum kg_move {
    KG_MOVE_FIRST,
    KG_MOVE_NEXT, /* the first where the cursor is new */
    KG_MOVE_LAST,
    KG_MOVE_PREVIOUS,
    KG_MOVE_SEEK /* the first key not less than *key, which is in and out */
} kg_move;

/* Borrowed. KG_ERR_NOT_FOUND: no further record. */
kg_status kg_cursor_move(kg_str *key, kg_str *value, kg_cursor *cursor, kg_move move);

/* An id as the key of a database with integer keys; *id must outlive the key. */
static inline kg_str kg_id_key(const uint32_t *id) {
    return (kg_str){(const char *)id, sizeof *id};
}

#endif
