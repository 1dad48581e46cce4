/* Inside the store room: what env.c and txn.c, which alone include this, share of LMDB. */
#ifndef KG_STORE_MDB_H
#define KG_STORE_MDB_H

#include "kgstore/store/env.h"
#include "kgstore/store/pages.h"

#include <lmdb.h>
#include <pthread.h>
#include <sys/types.h>

struct kg_env {
    MDB_env *mdb;
    MDB_dbi dbi[KG_DB_COUNT];
    uint32_t page_bytes;
    uint64_t map_pages;
    uint64_t verified; /* the transaction up to which its pages are known to be sound; one writer */
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

/* In txn.c: the status of a code of LMDB or of the system; and that with the text "cannot <action>:
 * why" where it is not KG_OK. */
kg_status kg_mdb_status(int rc);
kg_status kg_mdb_fail(int rc, const char *action, kg_error *err);

/* In txn.c: LMDB's begin of a read transaction, for which dead readers make room; returns its code.
 */
int kg_mdb_begin_reading(MDB_txn **txn, MDB_env *mdb);

/* In env.c: open one database, making it where `create`. What version 1 lacks may be missing: all
 * of it, which is seen at the first, or nothing. */
int kg_mdb_open_database(kg_env *env, MDB_txn *txn, kg_db db, bool create);

/* In txn.c: hold the data file, where there are no slots, until as many calls let go of it. As
 * kg_hold_take. */
kg_status kg_env_hold(kg_env *env, kg_error *err);
void kg_env_let_go(kg_env *env);

/* In env.c: LMDB changes pages in memory, by offsets that it finds in them: a damaged one has it
 * write anywhere. So before a write transaction changes a record of db, whose newest meta *meta is,
 * verify the pages that it touches; after some tens of records, all of the store's at once, as from
 * the start where faults are caught (guard.h), since a writer's cannot be. Nothing is verified
 * again, nor what this process wrote. `changes`: the records so far. For who holds LMDB's lock of
 * writers. KG_ERR_CORRUPT, KG_ERR_IO, KG_ERR_MEMORY. */
kg_status kg_env_verify(kg_env *env, const kg_page_meta *meta, kg_error *err);
kg_status kg_env_verify_change(kg_env *env, const kg_page_meta *meta, unsigned *changes, kg_db db,
                               kg_str key, kg_error *err);

/* In env.c: the slotless environment on env's file, for what finds no slot in env; *out is held for
 * the caller, or NULL on failure. */
kg_status kg_env_open_apart(kg_env **out, const kg_env *env, kg_error *err);

#endif
