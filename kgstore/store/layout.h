/* The layout of a generation: its named databases, and how keys and values are encoded. Everything
 * that reads or writes records goes through here. Integers are little-endian.
 *
 * database   key            value
 * meta       text           "format": u32; "state": kg_state; "sum:DB": kg_sum; "table:T": kg_shape
 * ent        u32 entity     name record (identifier, label)    rel, type, key: likewise
 *                           a deleted entity: its mark, and no record of it anywhere else
 * ent_id     index key      packed u32 ids, one but for colliding hashes      rel_id, type_id,
 *                           key_id
 * alias      index key of the normalised alias    packed u32 entities, best PageRank first
 * ent_alias  u32 entity     alias list, as given, without the label
 * ent_type   u32 entity     packed types, the primary first; absent: untyped
 * nbr        u32 entity     neighbour block; absent: no edges
 * pepr       u32 entity     packed 16-byte edges {u32 entity, u32 relation, i32 direction, f32}
 * blob       text           blob: "weight:pagerank", "automaton", ...
 * table      table key      a row block, padded to a whole page so that it is aligned in place
 * ent_prop   u32 entity     property record (properties.h); absent: no properties
 * edge_prop  edge key       property record of an edge
 * prop_index index entry    nothing (prop_index.h)
 *
 * Version 1, as kg 0.1 wrote it, has none of key, key_id, ent_prop, edge_prop and prop_index,
 * shorter counters, no languages and at most 65,535 types. It is read and written to as it is, but
 * takes no properties; every new generation is of version 2. */
#ifndef KG_STORE_LAYOUT_H
#define KG_STORE_LAYOUT_H

#include "kgstore/base/byteio.h"
#include "kgstore/base/hash.h"
#include "kgstore/base/status.h"
#include "kgstore/base/array.h"
#include "kgstore/base/str.h"
#include "kgstore/kgstore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KG_FORMAT_FIRST = 1, KG_FORMAT_VERSION = 2 };

typedef enum kg_db {
    KG_DB_META,
    KG_DB_ENT,
    KG_DB_ENT_ID,
    KG_DB_REL,
    KG_DB_REL_ID,
    KG_DB_TYPE,
    KG_DB_TYPE_ID,
    KG_DB_ALIAS,
    KG_DB_ENT_ALIAS,
    KG_DB_ENT_TYPE,
    KG_DB_NBR,
    KG_DB_PEPR,
    KG_DB_BLOB,
    KG_DB_TABLE,
    KG_DB_KEY, /* the first that version 1 lacks */
    KG_DB_KEY_ID,
    KG_DB_ENT_PROP,
    KG_DB_EDGE_PROP,
    KG_DB_PROP_INDEX,
    KG_DB_COUNT
} kg_db;

const char *kg_db_name(kg_db db);

/* Keys are u32 ids (LMDB's MDB_INTEGERKEY). */
bool kg_db_integer_key(kg_db db);

/* ---- meta ------------------------------------------------------------------------------------ */

/* The counters of a generation, as kept under "state". */
typedef struct kg_state {
    uint64_t entities, relations, types;
    uint64_t aliases; /* (normalised alias, entity) pairs in `alias`, labels included */
    uint64_t triples;
    uint64_t multi_typed;
    uint64_t labels; /* entities with a label */
    uint64_t generation;
    uint64_t triples_version;
    uint64_t pagerank_version; /* triples_version it was computed from; 0: absent */
    uint64_t pepr_version;     /* likewise */
    uint64_t keys;             /* of properties; this and what follows: version 2 */
    uint64_t entity_values;    /* values of properties of entities, a list's items one by one */
    uint64_t edge_values;      /* of edges */
    uint64_t deleted;          /* of the entities: their ids are given to nobody else */
} kg_state;

/* The counters, then a hash of them. */
enum { KG_STATE_BYTES_FIRST = 12 * 8, KG_STATE_BYTES = 16 * 8 };

/* Returns what was encoded, in to: fewer bytes in version 1. */
kg_str kg_state_encode(unsigned char to[KG_STATE_BYTES], const kg_state *state, uint32_t version);
bool kg_state_decode(kg_state *state, kg_str value);

/* The checksum of a database: records, and the sum modulo 2^64 of their kg_record_hash, so that an
 * update need not read the rest. KG_DB_META has none. */
typedef struct kg_sum {
    uint64_t records, sum;
} kg_sum;

enum { KG_SUM_BYTES = 16 };

static inline uint64_t kg_record_hash(kg_db db, kg_str key, kg_str value) {
    return kg_hash_bytes(value.data, value.len, kg_hash_bytes(key.data, key.len, (uint64_t)db + 1));
}

static inline void kg_sum_add(kg_sum *sum, kg_db db, kg_str key, kg_str value) {
    sum->records++;
    sum->sum += kg_record_hash(db, key, value);
}

static inline void kg_sum_take(kg_sum *sum, kg_db db, kg_str key, kg_str value) {
    sum->records--;
    sum->sum -= kg_record_hash(db, key, value);
}

void kg_sum_encode(unsigned char to[KG_SUM_BYTES], const kg_sum *sum);
bool kg_sum_decode(kg_sum *sum, kg_str value);

/* "sum:DB" into to. */
enum { KG_META_KEY_MAX = 128 };
kg_str kg_sum_key(char to[KG_META_KEY_MAX], kg_db db);

/* The shape of a dense table, as kept under "table:NAME". */
typedef struct kg_shape {
    uint32_t dtype; /* kg_dtype */
    uint64_t rows, columns, rows_per_block, triples_version;
} kg_shape;

enum { KG_SHAPE_BYTES = 48, KG_TABLE_NAME_MAX = 64 }; /* a hash of the rest comes last */

void kg_shape_encode(unsigned char to[KG_SHAPE_BYTES], const kg_shape *shape);
bool kg_shape_decode(kg_shape *shape, kg_str value);

/* "table:NAME" into to; an empty string where the name is empty, longer than KG_TABLE_NAME_MAX or
 * holds anything but letters, digits and "_.-:". */
kg_str kg_shape_key(char to[KG_META_KEY_MAX], const char *name);

/* NAME, NUL, block as big-endian u32. The name is valid (kg_shape_key). */
kg_str kg_block_key(char to[KG_META_KEY_MAX], const char *name, uint32_t block);

/* Bytes stored for a value of size bytes that must be aligned in place: enough for it to lie on
 * overflow pages, whose content begins 16 bytes into a page. */
static inline size_t kg_aligned_size(size_t size) {
    return size < 4080 ? 4080 : size;
}

/* ---- Records of ids ------------------------------------------------------------------------- */

/* Whether a value is what its database holds, so that its ids may be trusted: one id or more, each
 * below `end`, packed as u32 (ent_id, rel_id, type_id, key_id, alias). */
bool kg_ids_are_sound(kg_str value, uint64_t end);

/* Likewise of pepr: at most KG_PEPR_MAX edges of the store, the greatest weight first. Only the
 * first k are looked at, beyond the length. */
bool kg_pepr_is_sound(kg_str value, const kg_state *state, uint32_t k);

/* Likewise of the content of the blob of global weights, made from that version of the triples: a
 * double for each entity, or, where entities came since, for fewer. */
bool kg_weights_are_sound(kg_str content, uint64_t version, const kg_state *state);

/* ---- Names ----------------------------------------------------------------------------------- */

enum { KG_IDENTIFIER_MAX = 65535, KG_LABEL_MAX = 65535 };

/* A label or an alias with its tag: the text, and where there is a tag, NUL and the tag, which is a
 * language, or "=" and a language for a label that is not the preferred one. No text of a store
 * holds a NUL, so one that has no tag is itself. */
kg_str kg_tagged_text(kg_str tagged);
kg_str kg_tagged_tag(kg_str tagged);

/* Append the tagged form of a text to *to. A tag has less than KG_TAG_MAX bytes. */
enum { KG_TAG_MAX = 40 };
kg_status kg_tagged_make(kg_bytes *to, kg_str text, kg_str tag);

/* A name record: u8 0, identifier; or u8 1, u32 length of the identifier, identifier, tagged label.
 */
size_t kg_name_size(kg_str identifier, kg_str label);
void kg_name_encode(unsigned char *to, kg_str identifier, kg_str label);

/* The record of an entity that was deleted: u8 2. */
#define KG_NAME_DELETED                                                                            \
    (kg_str) {                                                                                     \
        "\2", 1                                                                                    \
    }

/* The label comes without its tag; len 0: there is none. False for a malformed record. */
bool kg_name_decode(kg_str *identifier, kg_str *label, kg_str value);

/* The same with the label tagged. */
bool kg_name_decode_tagged(kg_str *identifier, kg_str *label, kg_str value);

/* The key under which a text is indexed: itself up to KG_INDEX_WHOLE bytes; a longer one is cut to
 * KG_INDEX_PREFIX bytes, followed by 0xFF (which is in no UTF-8) and its 64-bit hash, so that keys
 * stay in the order of their prefixes. Who finds a long one compares in full. Borrowed from text or
 * from to. */
enum { KG_INDEX_WHOLE = 500, KG_INDEX_PREFIX = 480, KG_INDEX_KEY_MAX = 512 };

kg_str kg_index_key(unsigned char to[KG_INDEX_KEY_MAX], kg_str text);

/* The key of an alias: lower-cased one code point at a time, into to. Empty where that is longer
 * than KG_INDEX_WHOLE: such an alias is kept in ent_alias but is not indexed. */
kg_str kg_alias_key(char to[KG_INDEX_KEY_MAX], kg_str alias);

/* An alias list: for each, u16 length and the tagged alias. Step through with *rest = value at
 * first; false at the end or where malformed (*rest is then not empty). The alias comes without its
 * tag, or with it. */
bool kg_alias_list_next(kg_str *alias, kg_str *rest);
bool kg_alias_list_next_tagged(kg_str *alias, kg_str *rest);

/* ---- Types of an entity ---------------------------------------------------------------------- */

/* Packed u16; where one is KG_TYPE_WIDE or beyond, KG_TYPE_WIDE as u16 and then packed u32. */
enum { KG_TYPE_WIDE = 0xFFFF };

/* Append n types to *to, as a record. KG_ERR_MEMORY. */
kg_status kg_types_encode(kg_bytes *to, const uint32_t *types, size_t n);

/* False for a malformed record: a length that fits no types, none at all, or an id that is not
 * below `end`. */
bool kg_types_decode(kg_types *types, kg_str value, uint64_t end);

/* ---- Neighbour blocks ------------------------------------------------------------------------ */

/* u32 n_out, u32 n_in, then n_out and n_in edges of {u32 entity, u32 relation}. */
enum { KG_BLOCK_HEADER = 8, KG_EDGE_BYTES = 8, KG_PEPR_EDGE_BYTES = 16, KG_PEPR_MAX = 64 };

typedef struct kg_block {
    const unsigned char *out, *in;
    uint32_t n_out, n_in;
} kg_block;

static inline size_t kg_block_size(uint64_t n_out, uint64_t n_in) {
    return KG_BLOCK_HEADER + (size_t)(n_out + n_in) * KG_EDGE_BYTES;
}

static inline bool kg_block_decode(kg_block *block, kg_str value) {
    if (value.len < KG_BLOCK_HEADER)
        return false;
    block->n_out = kg_load_u32(value.data);
    block->n_in = kg_load_u32(value.data + 4);
    block->out = (const unsigned char *)value.data + KG_BLOCK_HEADER;
    block->in = block->out + (size_t)block->n_out * KG_EDGE_BYTES;
    return value.len == kg_block_size(block->n_out, block->n_in);
}

/* The order of edges within a direction: weight of the other end descending, then (entity,
 * relation). weights has count entries (0 of them: by id alone); entities beyond weigh 0. */
static inline double kg_weight_at(const double *weights, uint64_t count, uint32_t entity) {
    return entity < count ? weights[entity] : 0;
}

static inline bool kg_edge_before(const double *weights, uint64_t count, uint32_t entity_a,
                                  uint32_t relation_a, uint32_t entity_b, uint32_t relation_b) {
    double a = kg_weight_at(weights, count, entity_a);
    double b = kg_weight_at(weights, count, entity_b);
    if (a != b)
        return a > b;
    return entity_a != entity_b ? entity_a < entity_b : relation_a < relation_b;
}

/* ---- Blobs ----------------------------------------------------------------------------------- */

#define KG_BLOB_PAGERANK "weight:pagerank"
#define KG_BLOB_AUTOMATON "automaton"

/* u64 size, u64 triples_version, then the bytes, 16-byte aligned in the map; padded to
 * kg_aligned_size. */
enum { KG_BLOB_HEADER = 16 };

bool kg_blob_decode(kg_str *content, uint64_t *triples_version, kg_str value);

#endif
