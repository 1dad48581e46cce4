/* The index of properties: which entities have a value of a key.
 *
 * For an indexed key there is a record of its own, and one for each value of each entity: {key,
 * hash of the value, entity}, of 12 bytes as an edge's key in edge_prop; values are empty. A list
 * counts for each of its items. The hash is of a string without its language, and the same for all
 * values of other datatypes. Who finds an entity compares its value.
 */
#ifndef KG_STORE_PROP_INDEX_H
#define KG_STORE_PROP_INDEX_H

#include "kgstore/store/store.h"

typedef KG_ARRAY(kg_id) kg_key_list;

/* The key of the record that tells that a key is indexed: big-endian. */
enum { KG_INDEXED_KEY_BYTES = 4 };
kg_str kg_indexed_key(unsigned char to[KG_INDEXED_KEY_BYTES], kg_id key);

/* The keys that are indexed, in ascending order. KG_ERR_MEMORY. */
kg_status kg_indexed_keys(kg_key_list *to, const kg_txn *txn, const kg_state *state);

bool kg_key_list_has(const kg_key_list *list, kg_id key);

typedef KG_ARRAY(uint32_t) kg_index_entries;

/* The entries of an entity's record into *to, which is emptied first: three numbers each, each
 * entry once. scratch is worked in. KG_ERR_MEMORY. */
kg_status kg_index_entries_of(kg_index_entries *to, kg_bytes *scratch, const kg_key_list *keys,
                              kg_id entity, kg_str record);

#endif
