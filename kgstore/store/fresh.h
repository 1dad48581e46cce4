/* A new generation in the making: records appended in the order of their keys, a commit now and
 * then, one sync at the end, and only then CURRENT. The store's lock is held throughout. */
#ifndef KG_STORE_FRESH_H
#define KG_STORE_FRESH_H

#include "kgstore/store/env.h"
#include "kgstore/store/layout.h"

#include <limits.h>

typedef struct kg_fresh {
    const char *path; /* of the store; borrowed */
    uint64_t generation;
    char folder[PATH_MAX];
    kg_env *env;
    kg_txn *txn;
    kg_sum sums[KG_DB_COUNT];
    uint64_t pending;      /* bytes since the last commit */
    uint64_t commit_bytes; /* commit beyond this many */
} kg_fresh;

/* Make the folder and the environment. Also on failure: kg_fresh_abort. */
kg_status kg_fresh_begin(kg_fresh *fresh, const char *path, uint64_t commit_bytes, kg_error *err);

/* Append a record; its key is beyond every other of the database (of META and BLOB: any). */
kg_status kg_fresh_append(kg_fresh *fresh, kg_db db, kg_str key, kg_str value, kg_error *err);

/* The same without its checksum, which the caller adds to sums. */
kg_status kg_fresh_append_summed(kg_fresh *fresh, kg_db db, kg_str key, kg_str value,
                                 kg_error *err);

/* Append a blob or a row block of size bytes (padded as kg_aligned_size) to be filled before the
 * next call; kg_fresh_filled then adds its checksum. */
kg_status kg_fresh_reserve(void **to, kg_fresh *fresh, kg_db db, kg_str key, size_t size,
                           kg_error *err);
void kg_fresh_filled(kg_fresh *fresh, kg_db db, kg_str key, const void *value, size_t size);

/* Append every record of a database of another generation; nothing of it was appended before.
 * KG_ERR_CORRUPT: they are not what that generation's checksum says. */
kg_status kg_fresh_copy(kg_fresh *fresh, const kg_txn *from, kg_db db, kg_error *err);

/* Append the shapes of the dense tables of another generation, and their row blocks. */
kg_status kg_fresh_copy_tables(kg_fresh *fresh, const kg_txn *from, kg_error *err);

/* Put weight:pagerank. */
kg_status kg_fresh_put_pagerank(kg_fresh *fresh, const double *weights, uint64_t count,
                                uint64_t triples_version, kg_error *err);

/* Write the counters (their generation is set here), sync, verify that every database holds the
 * records that were put, and put the generation in force in place of `replaced` (0: none), which
 * is removed. Frees all in any case; on failure nothing of it is left and CURRENT is as it was,
 * unless the status came after the rename. */
kg_status kg_fresh_finish(kg_fresh *fresh, kg_state *state, uint64_t replaced, kg_error *err);

/* Remove what was written. */
void kg_fresh_abort(kg_fresh *fresh);

#endif
