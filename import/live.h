/* The entities that a store has, in the order of their ids: ids of deleted ones name nothing. In
 * formats of numbers an entity goes by its place among them. */
#ifndef KG_IMPORT_LIVE_H
#define KG_IMPORT_LIVE_H

#include "kgstore/kgstore.h"

/* All zero bytes at first; kg_live_free. */
typedef struct kg_live {
    uint64_t count;
    kg_id *ids; /* count of them, ascending; NULL: no id was deleted, a place is its id */
} kg_live;

/* KG_ERR_MEMORY; KG_ERR_CORRUPT: the store counts another number of deleted entities. */
kg_status kg_live_take(kg_live *live, kg_snapshot *snapshot, kg_error *err);
void kg_live_free(kg_live *live);

/* The id at a place below count. */
static inline kg_id kg_live_id(const kg_live *live, uint64_t place) {
    return live->ids ? live->ids[place] : (kg_id)place;
}

/* The place of an id; KG_NO_ID: it was deleted. */
kg_id kg_live_place(const kg_live *live, kg_id id);

/* How many have an id below n, which no id is beyond. */
uint64_t kg_live_below(const kg_live *live, uint64_t n);

#endif
