/* Values of properties for all entities at once. */
#ifndef KG_STORE_VALUES_H
#define KG_STORE_VALUES_H

#include "kgstore/kgstore.h"

typedef kg_status (*kg_values_fn)(void *context, kg_value *values, kg_id entity);

typedef struct kg_value_plan {
    const kg_str *keys;
    size_t n_keys;       /* 4 at most */
    uint64_t entities;   /* those with ids below get values */
    uint64_t generation; /* of the files that ids were read from */
    kg_values_fn fill;   /* n_keys values of an entity; never called for a deleted one */
    void *context;
} kg_value_plan;

/* Give entities one value of each key, in place of those that they have there, in a new generation.
 * The triples keep their version, and nothing that was made from them becomes stale. KG_ERR_STALE:
 * there is a new generation since, whose ids may be others. */
kg_status kg_store_put_values(kg_store *store, const kg_value_plan *plan, kg_error *err);

#endif
