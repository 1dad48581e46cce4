/* What was left out, "N of NAME" for each name, in a result. */
#ifndef KG_CLI_TALLY_H
#define KG_CLI_TALLY_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/kgstore.h"

/* All zero bytes at first. */
typedef struct kg_tally {
    KG_ARRAY(kg_str) items; /* in the arena */
    kg_arena arena;
} kg_tally;

/* KG_ERR_MEMORY. */
kg_status kg_tally_add(kg_tally *tally, kg_str name, uint64_t n);

/* Put them into the result as a list of texts. */
void kg_tally_put(kg_result *result, const kg_tally *tally);

void kg_tally_free(kg_tally *tally);

#endif
