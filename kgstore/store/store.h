/* Inside the store room: what a kg_store and a kg_snapshot hold, and the frame of every write. */
#ifndef KG_STORE_STORE_H
#define KG_STORE_STORE_H

#include "kgstore/kgstore.h"
#include "kgstore/store/env.h"
#include "kgstore/store/layout.h"

#include <pthread.h>

struct kg_store {
    char *path;
    unsigned epoch;
    pthread_mutex_t lock; /* guards env and generation */
    kg_env *env;          /* of the generation last seen in force */
    uint64_t generation;
    kg_wait wait;
};

struct kg_snapshot {
    kg_store *store;
    kg_env *env; /* held */
    kg_txn *txn;
    unsigned epoch;
    uint64_t generation;
    kg_state state;
    /* The global weights, NULL where there are none: looked up once a renewal, for the hot path. */
    const double *weights;
    uint64_t n_weights;
    /* Where each entity's block lies in the map (NULL: not known yet), so that asking for it takes
     * no descent: 8 bytes an entity. Filled as questions come, a little more with each, by a cursor
     * that walks the blocks in order. NULL where there was no memory: every question descends. */
    const unsigned char **blocks;
    uint64_t n_blocks;
    kg_cursor *walk; /* NULL once it has come to the end */
    /* What a room above has made of this view, and how it is freed when the view changes. */
    void *made;
    void (*free_made)(void *made);
};

/* Follow CURRENT; *env is held for the caller (kg_env_release). */
kg_status kg_store_current(kg_env **env, uint64_t *generation, kg_store *store, kg_error *err);

/* The counters as txn sees them. KG_ERR_CORRUPT, KG_ERR_VERSION. */
kg_status kg_state_load(kg_state *state, const kg_txn *txn, kg_error *err);

/* Write the format, the counters and the checksums. */
kg_status kg_state_save(kg_txn *txn, const kg_state *state, const kg_sum sums[KG_DB_COUNT],
                        kg_error *err);

/* ---- Names ----------------------------------------------------------------------------------- */

typedef struct kg_dictionary {
    kg_db names, index;
} kg_dictionary;

kg_dictionary kg_dictionary_of(kg_kind kind);

/* Identifier -> id, which is one of the store's, as txn and its counters have it. KG_ERR_NOT_FOUND
 * (*id is then KG_NO_ID), KG_ERR_CORRUPT. */
kg_status kg_dictionary_find(kg_id *id, const kg_txn *txn, const kg_state *state, kg_kind kind,
                             kg_str identifier);

/* Id -> names, borrowed; label->len 0: there is none. KG_ERR_NOT_FOUND: the store counts fewer ids,
 * or the entity was deleted; KG_ERR_CORRUPT: it counts this one and has no sound record of it. */
kg_status kg_dictionary_get(kg_str *identifier, kg_str *label, const kg_txn *txn,
                            const kg_state *state, kg_kind kind, kg_id id);

/* KG_ERR_NOT_FOUND where no entity has the id, or the one that had it was deleted: for what has no
 * record of an entity, so that there is nothing to pay while none is deleted. */
kg_status kg_entity_there(const kg_txn *txn, const kg_state *state, kg_id entity);

/* ---- Personalised edges --------------------------------------------------------------------- */

/* As kg_pepr_get, but the first k at most, and no others are checked: for the hot path. */
kg_status kg_pepr_first(const unsigned char **edges, uint32_t *count, kg_snapshot *snapshot,
                        kg_id entity, uint32_t k);

/* ---- Writing in place ------------------------------------------------------------------------ */

/* A durable transaction on the generation in force, with the counters and checksums to be kept in
 * step. One thread. */
typedef struct kg_update {
    int lock;
    kg_env *env; /* held */
    kg_txn *txn;
    kg_state state; /* change the counters here; commit writes them */
    kg_sum sums[KG_DB_COUNT];
    uint64_t dirty; /* about as many bytes of pages were touched */
    bool damaged;   /* a failed write inside the transaction: it can only be aborted */
} kg_update;

/* Put a copy of env, the generation in force, in its place, without free pages. The store's lock is
 * held. *out: the copy, claimed: kg_env_unclaim, kg_env_release. *bytes: its size on the disk. */
kg_status kg_generation_renew(kg_env **out, uint64_t *bytes, kg_env *env, const char *path,
                              kg_error *err);

/* Take the store's lock, follow CURRENT, begin; on a copy of the generation where someone without a
 * slot reads it. KG_ERR_STALE after a fork. */
kg_status kg_update_begin(kg_update *update, kg_store *store, kg_error *err);

/* As kg_txn_get. */
kg_status kg_update_get(kg_str *value, const kg_update *update, kg_db db, kg_str key);

/* Insert or replace. value may not point into the map. */
kg_status kg_update_put(kg_update *update, kg_db db, kg_str key, kg_str value, kg_error *err);

/* Make room for a value of size bytes that `fill` writes whole. */
typedef kg_status (*kg_fill_fn)(void *context, void *to, size_t size);
kg_status kg_update_fill(kg_update *update, kg_db db, kg_str key, size_t size, kg_fill_fn fill,
                         void *context, kg_error *err);

/* KG_ERR_NOT_FOUND where absent. */
kg_status kg_update_delete(kg_update *update, kg_db db, kg_str key, kg_error *err);

/* Both end it and give the lock back in any case; commit is durable on KG_OK. */
kg_status kg_update_commit(kg_update *update, kg_error *err);
void kg_update_abort(kg_update *update);

/* ---- Statements (statement.c) ---------------------------------------------------------------- */

/* Whether all text of a statement is UTF-8 without NUL; KG_ERR_FORMAT names the place, the part and
 * the byte. Whoever takes statements asks before anything of one is kept. */
kg_status kg_statement_check(const kg_statement *statement, kg_error *err);

/* The same of its properties alone, their lengths and values too. */
kg_status kg_statement_check_properties(const kg_statement *statement, kg_error *err);

/* ---- Edges ----------------------------------------------------------------------------------- */

/* Is the edge to `entity` by `relation` in a section that is in order by these weights? *at (may be
 * NULL): where it is. A binary search. */
bool kg_edges_find(uint32_t *at, kg_edges edges, const double *weights, uint64_t n_weights,
                   kg_id entity, kg_id relation);

/* ---- Blobs ----------------------------------------------------------------------------------- */

/* Borrowed, 16-byte aligned. *triples_version (may be NULL): of the triples it was made from.
 * KG_ERR_NOT_FOUND: no blob of that name. */
kg_status kg_blob_get(kg_str *content, uint64_t *triples_version, kg_snapshot *snapshot,
                      const char *name);

/* Write or replace a blob in one durable transaction. fill writes size bytes. */
kg_status kg_blob_put(kg_store *store, const char *name, size_t size, uint64_t triples_version,
                      kg_fill_fn fill, void *context, kg_error *err);

#endif
