/* Property records: what ent_prop and edge_prop hold, and how several givings of the same property
 * become one.
 *
 * A record is a sequence of {u32 key, value as kgstore/base/value.h packs it}, each key once, in
 * ascending order. Pieces are the same in any order, keys any number of times. */
#ifndef KG_STORE_PROPERTIES_H
#define KG_STORE_PROPERTIES_H

#include "kgstore/base/array.h"
#include "kgstore/base/value.h"
#include "kgstore/kgstore.h"

/* The key of an edge in edge_prop: head, relation, tail, each big-endian, so that the edges of an
 * entity lie together. */
enum { KG_EDGE_KEY_BYTES = 12 };

void kg_edge_key_encode(unsigned char to[KG_EDGE_KEY_BYTES], const uint32_t edge[3]);
bool kg_edge_key_decode(uint32_t edge[3], kg_str key);

/* Append a property to pieces or to the end of a record. */
kg_status kg_property_pack(kg_bytes *to, kg_id key, const kg_value *value);

/* Step over the next property; false at the end, and where malformed (*rest is then not empty). */
bool kg_property_next(kg_id *key, kg_value *value, kg_str *rest);

/* Is it a record, its keys below n_keys and its values sound? */
bool kg_properties_are_sound(kg_str record, uint64_t n_keys);

/* What merging works in; all zero bytes at first. */
typedef struct kg_property_merger {
    KG_ARRAY(struct kg_keyed) keyed;
    KG_ARRAY(kg_value) items;
    kg_bytes list;
} kg_property_merger;

typedef struct kg_keyed {
    kg_id key;
    uint32_t order; /* as given */
    kg_value value;
} kg_keyed;

void kg_property_merger_free(kg_property_merger *merger);

/* The record of pieces, into *record, which is emptied first: a key given with several values that
 * differ, or with a list, gets the list of them, each once, in the order given. *count: values in
 * it, a list's items one by one, an empty one as one. KG_ERR_CORRUPT: the pieces are malformed;
 * KG_ERR_MEMORY. */
kg_status kg_properties_merge(kg_bytes *record, uint64_t *count, kg_property_merger *merger,
                              kg_str pieces);

#endif
