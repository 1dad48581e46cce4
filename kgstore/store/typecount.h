/* How often each entity was given each type, during a load. Most entities have one type, which is
 * kept beside the entity; further ones go to a hash table. */
#ifndef KG_STORE_TYPECOUNT_H
#define KG_STORE_TYPECOUNT_H

#include "kgstore/base/array.h"
#include "kgstore/base/status.h"

#include <stdint.h>

typedef struct kg_type_mention {
    uint32_t entity;
    uint32_t count;
    uint32_t type;
} kg_type_mention;

typedef struct kg_type_counts {
    KG_ARRAY(kg_type_mention) first; /* by entity; count 0: no type */
    kg_type_mention *more;           /* open addressing; count 0: free */
    size_t n_slots, n_more;
} kg_type_counts;

/* Count `count` more mentions; a count of 2^31 or more stays as it is. KG_ERR_MEMORY. */
kg_status kg_type_counts_add(kg_type_counts *counts, uint32_t entity, uint32_t type,
                             uint32_t count);

/* Every mention, sorted by entity, then count descending, then type: the order in which an entity's
 * types are stored. *out is the caller's (free). KG_ERR_MEMORY. */
kg_status kg_type_counts_sorted(kg_type_mention **out, size_t *n, const kg_type_counts *counts);

void kg_type_counts_free(kg_type_counts *counts);

#endif
