/* Inside the store room: the parts of kg_store_check that look at records, once the pages are known
 * to be sound. */
#ifndef KG_STORE_CHECK_H
#define KG_STORE_CHECK_H

#include "kgstore/store/problems.h"
#include "kgstore/store/store.h"

typedef struct kg_check {
    const kg_txn *txn;
    kg_state state;
    const double *weights; /* NULL: not ranked */
    uint64_t n_weights;
    kg_problems *problems;
    kg_error *err;
    kg_sum sums[KG_DB_COUNT]; /* of what was walked */
} kg_check;

/* Look at one record; tell problems. A status other than KG_OK ends the check. */
typedef kg_status (*kg_check_fn)(kg_check *check, void *context, kg_str key, kg_str value);

/* Walk a database, adding up its checksum. */
kg_status kg_check_each(kg_check *check, kg_db db, kg_check_fn visit, void *context);

/* The key of a record of an entity; KG_NO_ID, and a problem told, where there is no such entity. */
kg_id kg_check_key(kg_check *check, kg_db db, kg_str key);

/* Tell that a counter differs from what was found, where it does. */
void kg_check_count(kg_check *check, const char *what, uint64_t recorded, uint64_t found);

/* Dictionaries in both directions, labels, types (check_names.c). */
kg_status kg_check_names(kg_check *check);

/* Is a label or alias, with its tag, text that a store may hold? */
bool kg_tagged_is_sound(kg_str tagged);

/* Property records of entities and edges, whose keys, entities and edges are there
 * (check_properties.c). */
kg_status kg_check_properties(kg_check *check);

/* Aliases in both directions (check_aliases.c). */
kg_status kg_check_aliases(kg_check *check);

/* Neighbour blocks: ids, order, both directions (check_edges.c). */
kg_status kg_check_edges(kg_check *check);

/* Weights, personalised edges, blobs and tables (check_derived.c). */
kg_status kg_check_weights(kg_check *check);
kg_status kg_check_derived(kg_check *check);

#endif
