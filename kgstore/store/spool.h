/* Pieces of records in any order, on their way to a database in the order of its keys: held in
 * memory up to a bound, beyond it in sorted runs on disk, and merged at the end. Keys are three
 * numbers (an edge), or one and two zeros (an entity). */
#ifndef KG_STORE_SPOOL_H
#define KG_STORE_SPOOL_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "kgstore/store/spill.h"

#include <stdint.h>

typedef struct kg_spool_key {
    uint32_t part[3];
} kg_spool_key;

int kg_spool_compare(const kg_spool_key *a, const kg_spool_key *b);

/* A piece that is held. */
typedef struct kg_spooled {
    kg_spool_key key;
    uint32_t at; /* of its bytes, after their length, in the text */
} kg_spooled;

typedef struct kg_spool_run {
    off_t from, to;
} kg_spool_run;

/* Where merging stands in one run, or in what is held. */
typedef struct kg_spool_source {
    bool there; /* key and length are of a piece that was not taken yet */
    kg_spool_key key;
    uint32_t length;
    size_t next; /* of what is held */
    kg_spill_reader reader;
} kg_spool_source;

typedef struct kg_spool {
    kg_bytes text; /* {u32 length, bytes} for each piece held */
    KG_ARRAY(kg_spooled) held;
    KG_ARRAY(kg_spooled) scratch;
    size_t room;        /* bytes to hold at most */
    const char *folder; /* for the runs; borrowed */
    int fd;             /* of all runs; -1: none yet */
    KG_ARRAY(kg_spool_run) runs;
    uint64_t pieces, spilled; /* in all; bytes written to runs */
    /* Merging. */
    KG_ARRAY(kg_spool_source) sources; /* the runs in order, then what is held */
    unsigned char *buffers;
    kg_bytes gathered;
} kg_spool;

/* memory: bytes to hold at most, about. */
void kg_spool_init(kg_spool *spool, uint64_t memory, const char *folder);
void kg_spool_free(kg_spool *spool);

/* KG_ERR_MEMORY, KG_ERR_IO, KG_ERR_FULL. */
kg_status kg_spool_add(kg_spool *spool, const kg_spool_key *key, kg_str piece, kg_error *err);

/* No more is added: sort what is held and begin to merge. */
kg_status kg_spool_merge(kg_spool *spool, kg_error *err);

/* The next key in order, and all its pieces, one after another as they were added; borrowed until
 * the next call. KG_ERR_NOT_FOUND: there is none. */
kg_status kg_spool_next(kg_spool_key *key, kg_str *pieces, kg_spool *spool, kg_error *err);

#endif
