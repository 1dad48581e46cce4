/* The triples of a load, on their way to neighbour blocks: held in memory up to a bound, beyond it
 * in runs on disk. Nothing is sorted here as a whole: each run is grouped by entity, once by head
 * and once by tail; who writes the blocks takes an entity's keys from every source and sorts those.
 * Duplicates fall out there. */
#ifndef KG_STORE_TRIPLES_H
#define KG_STORE_TRIPLES_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "kgstore/base/status.h"
#include "kgstore/store/env.h"

#include <stdint.h>
#include <sys/types.h>

typedef enum kg_side { KG_SIDE_OUT, KG_SIDE_IN } kg_side;

/* An edge as seen from one end: the other entity in the high half, the relation in the low. */
typedef KG_ARRAY(uint64_t) kg_keys;

/* Where keys come from. take appends those of an entity's side; entities are asked for in ascending
 * order, each side for itself. KG_ERR_MEMORY, KG_ERR_IO, KG_ERR_CORRUPT. */
typedef struct kg_source {
    void *context;
    kg_status (*take)(void *context, kg_keys *to, uint32_t entity, kg_side side, kg_error *err);
} kg_source;

typedef struct kg_triple {
    uint32_t head, relation, tail;
} kg_triple;

typedef struct kg_run {
    int fd;        /* of an unlinked file */
    off_t in_from; /* the in side begins here */
    off_t end;
} kg_run;

typedef struct kg_triples {
    KG_ARRAY(kg_triple) held;
    size_t room;        /* triples to hold at most */
    const char *folder; /* for runs; borrowed */
    KG_ARRAY(kg_run) runs;
    uint64_t entities; /* ids so far: above every head and tail */
    uint64_t spilled;  /* bytes written to runs */
} kg_triples;

/* memory: bytes that the triples may take at the peak, which is while they are grouped. */
void kg_triples_init(kg_triples *triples, uint64_t memory, const char *folder);

/* KG_ERR_MEMORY, KG_ERR_IO, KG_ERR_FULL. */
kg_status kg_triples_add(kg_triples *triples, kg_triple triple, kg_error *err);

void kg_triples_free(kg_triples *triples);

/* The held triples, grouped: the keys of entity e are keys[start[e]..start[e+1]). */
typedef struct kg_group {
    uint64_t *keys;
    uint32_t *start;
    uint64_t entities;
} kg_group;

/* *group: kg_group_free. KG_ERR_MEMORY. Reads triples only: two threads may group both sides. */
kg_status kg_group_make(kg_group *group, const kg_triples *triples, kg_side side);
void kg_group_free(kg_group *group);

/* Sources over what was collected; each context outlives its use. */
typedef struct kg_groups {
    kg_group sides[2];
} kg_groups;

kg_source kg_source_groups(kg_groups *groups);

typedef struct kg_run_reader kg_run_reader;
kg_status kg_run_reader_open(kg_run_reader **out, const kg_run *run, size_t buffer);
void kg_run_reader_close(kg_run_reader *reader);
kg_source kg_source_run(kg_run_reader *reader);

/* The edges of an existing generation. Every id is checked as it is read; when all have been taken,
 * `sum` is of what was read. */
typedef struct kg_stored_edges {
    kg_txn *txn;
    uint64_t entities, relations; /* of the generation: ids are below */
    kg_sum sum;
} kg_stored_edges;

kg_source kg_source_store(kg_stored_edges *edges);

#endif
