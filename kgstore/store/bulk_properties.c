/* Properties of a load: from the text of statements to pieces with ids, sorted by what they belong
 * to, and at the end merged into records. */
#include "kgstore/store/bulk.h"

#include "kgstore/base/byteio.h"
#include "kgstore/base/utf8.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

#include <inttypes.h>

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory loading properties");
}

/* ---- From statements ------------------------------------------------------------------------- */

kg_status kg_bulk_pack(kg_bytes *to, const kg_statement *s, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_statement_check_properties(s, err));
    for (size_t i = 0; i < s->n_properties; i++) {
        const kg_property *p = &s->properties[i];
        uint16_t length = (uint16_t)p->key.len;
        if (kg_array_append(to, (const char *)&length, sizeof length) != KG_OK ||
            kg_array_append(to, p->key.data, p->key.len) != KG_OK ||
            kg_value_pack(to, &p->value) != KG_OK)
            return no_memory(err);
    }
    return KG_OK;
}

/* A packed value's bytes are taken over as they are. */
static kg_status take_one(kg_bulk *b, kg_spool *spool, const kg_spool_key *key, kg_bytes *piece,
                          kg_str *rest, kg_error *err) {
    kg_status st;
    uint32_t id;
    kg_value value;
    size_t n = kg_load_u16(rest->data);
    kg_str name = {rest->data + 2, n}, after = {rest->data + 2 + n, rest->len - 2 - n};
    const char *from = after.data;
    KG_TRY(st, kg_bulk_name(&id, b, KG_KEY, name, kg_intern_hash(name), err));
    if (!kg_value_next(&value, &after))
        return kg_error_set(err, KG_ERR_CORRUPT, "a property of the load is malformed");
    piece->len = 0;
    if (kg_array_append(piece, (const char *)&id, sizeof id) != KG_OK ||
        kg_array_append(piece, from, (size_t)(after.data - from)) != KG_OK)
        return no_memory(err);
    *rest = after;
    return kg_spool_add(spool, key, (kg_str){piece->data, piece->len}, err);
}

kg_status kg_bulk_properties(kg_bulk *b, kg_spool *spool, const kg_spool_key *key, kg_str packed,
                             kg_error *err) {
    kg_status st = KG_OK;
    while (st == KG_OK && packed.len > 2)
        st = take_one(b, spool, key, &b->piece, &packed, err);
    return st;
}

/* ---- Into records ---------------------------------------------------------------------------- */

/* The records of one database, from what the load brought and what was there. */
typedef struct writing {
    kg_bulk *bulk;
    kg_spool *spool;
    kg_db db;
    kg_property_merger merger;
    kg_bytes record, joined;
    uint64_t values;
    kg_index_entries entries;
    kg_bytes packed, filtered;
    /* What was there; closed (NULL) once all of it has been taken, or where there was none. */
    kg_cursor *base;
    kg_spool_key base_key;
    kg_str base_record;
    kg_sum base_sum;
} writing;

static bool decode_key(kg_spool_key *to, kg_db db, kg_str key) {
    if (db == KG_DB_EDGE_PROP)
        return kg_edge_key_decode(to->part, key);
    if (key.len != 4)
        return false;
    *to = (kg_spool_key){{kg_load_u32(key.data), 0, 0}};
    return true;
}

/* Take the values that do not count out of the record of an entity. */
static kg_status filter(writing *w, kg_error *err) {
    kg_id key;
    kg_value value;
    kg_str rest = w->base_record;
    w->filtered.len = 0;
    for (const char *from = rest.data; kg_property_next(&key, &value, &rest); from = rest.data)
        if (!kg_key_list_has(&w->bulk->renewed, key) &&
            kg_array_append(&w->filtered, from, (size_t)(rest.data - from)) != KG_OK)
            return no_memory(err);
    w->base_record = (kg_str){w->filtered.data, w->filtered.len};
    return KG_OK;
}

static kg_status read_base(writing *w, kg_error *err) {
    kg_str key = {NULL, 0};
    kg_status st = kg_cursor_move(&key, &w->base_record, w->base, KG_MOVE_NEXT);
    if (st == KG_ERR_NOT_FOUND) {
        kg_cursor_close(w->base);
        w->base = NULL;
        return kg_sum_compare(&w->base_sum, w->bulk->base_txn, w->db, err);
    }
    if (st != KG_OK || !decode_key(&w->base_key, w->db, key))
        return kg_error_set(err, KG_ERR_CORRUPT, "the store is damaged (%s); run kg check",
                            kg_db_name(w->db));
    kg_sum_add(&w->base_sum, w->db, key, w->base_record);
    return w->bulk->renewed.len && w->db == KG_DB_ENT_PROP ? filter(w, err) : KG_OK;
}

/* Records of which nothing counts are passed over. */
static kg_status next_base(writing *w, kg_error *err) {
    kg_status st;
    do
        KG_TRY(st, read_base(w, err));
    while (w->base && w->base_record.len == 0);
    return KG_OK;
}

/* Take the entries of the record of an entity for the index. */
static kg_status take_entries(writing *w, kg_id entity, kg_error *err) {
    kg_status st;
    kg_bulk *b = w->bulk;
    if (kg_index_entries_of(&w->entries, &w->packed, &b->indexed, entity,
                            (kg_str){w->record.data, w->record.len}) != KG_OK)
        return no_memory(err);
    for (size_t i = 0; i < w->entries.len; i += 3) {
        const uint32_t *entry = w->entries.data + i;
        const kg_spool_key key = {{entry[0], entry[1], entry[2]}};
        KG_TRY(st, kg_spool_add(&b->index, &key, KG_STR(""), err));
    }
    return KG_OK;
}

static kg_status put(writing *w, const kg_spool_key *key, kg_str pieces, kg_error *err) {
    uint64_t values;
    unsigned char edge[KG_EDGE_KEY_BYTES];
    kg_str at = kg_id_key(&key->part[0]);
    kg_status st = kg_properties_merge(&w->record, &values, &w->merger, pieces);
    if (st != KG_OK)
        return st == KG_ERR_MEMORY
                   ? no_memory(err)
                   : kg_error_set(err, st, "the store is damaged (%s); run kg check",
                                  kg_db_name(w->db));
    if (w->db == KG_DB_EDGE_PROP) {
        kg_edge_key_encode(edge, key->part);
        at = (kg_str){(const char *)edge, sizeof edge};
    } else if (w->bulk->indexed.len) {
        KG_TRY(st, take_entries(w, key->part[0], err));
    }
    w->values += values;
    return kg_fresh_append(&w->bulk->fresh, w->db, at, (kg_str){w->record.data, w->record.len},
                           err);
}

/* What was there comes first among the pieces of a key. */
static kg_status put_joined(writing *w, const kg_spool_key *key, kg_str pieces, kg_error *err) {
    kg_status st;
    w->joined.len = 0;
    if (kg_array_append(&w->joined, w->base_record.data, w->base_record.len) != KG_OK ||
        kg_array_append(&w->joined, pieces.data, pieces.len) != KG_OK)
        return no_memory(err);
    KG_TRY(st, put(w, key, (kg_str){w->joined.data, w->joined.len}, err));
    return next_base(w, err);
}

/* The records that were there before a key. */
static kg_status put_base_before(writing *w, const kg_spool_key *key, kg_error *err) {
    kg_status st;
    while (w->base && (!key || kg_spool_compare(&w->base_key, key) < 0)) {
        kg_spool_key base_key = w->base_key;
        KG_TRY(st, put(w, &base_key, w->base_record, err));
        KG_TRY(st, next_base(w, err));
    }
    return KG_OK;
}

static kg_status merge(writing *w, kg_error *err) {
    kg_status st;
    kg_spool_key key;
    kg_str pieces;
    KG_TRY(st, kg_spool_merge(w->spool, err));
    if (w->base)
        KG_TRY(st, next_base(w, err));
    while ((st = kg_spool_next(&key, &pieces, w->spool, err)) == KG_OK) {
        KG_TRY(st, put_base_before(w, &key, err));
        bool joined = w->base && kg_spool_compare(&w->base_key, &key) == 0;
        KG_TRY(st, joined ? put_joined(w, &key, pieces, err) : put(w, &key, pieces, err));
    }
    return st == KG_ERR_NOT_FOUND ? put_base_before(w, NULL, err) : st;
}

static kg_status write_database(uint64_t *values, kg_bulk *b, kg_db db, kg_spool *spool,
                                kg_error *err) {
    writing w = {.bulk = b, .spool = spool, .db = db};
    kg_status st = KG_OK;
    if (b->base_txn)
        st = kg_cursor_open(&w.base, b->base_txn, db);
    st = st == KG_OK ? merge(&w, err) : no_memory(err);
    *values = w.values;
    kg_cursor_close(w.base);
    kg_property_merger_free(&w.merger);
    kg_array_free(&w.record);
    kg_array_free(&w.joined);
    kg_array_free(&w.entries);
    kg_array_free(&w.packed);
    kg_array_free(&w.filtered);
    return st;
}

/* The records of indexed keys up to `last`, from the *next of them. */
static kg_status put_indexed(size_t *next, kg_bulk *b, kg_id last, kg_error *err) {
    kg_status st;
    unsigned char buffer[KG_INDEXED_KEY_BYTES];
    for (; *next < b->indexed.len && b->indexed.data[*next] <= last; ++*next) {
        kg_str key = kg_indexed_key(buffer, b->indexed.data[*next]);
        KG_TRY(st, kg_fresh_append(&b->fresh, KG_DB_PROP_INDEX, key, KG_STR(""), err));
    }
    return KG_OK;
}

static kg_status write_index(kg_bulk *b, kg_error *err) {
    kg_status st;
    size_t next = 0;
    kg_spool_key key;
    kg_str nothing;
    unsigned char entry[KG_EDGE_KEY_BYTES];
    KG_TRY(st, kg_spool_merge(&b->index, err));
    while ((st = kg_spool_next(&key, &nothing, &b->index, err)) == KG_OK) {
        KG_TRY(st, put_indexed(&next, b, key.part[0], err));
        kg_edge_key_encode(entry, key.part);
        KG_TRY(st, kg_fresh_append(&b->fresh, KG_DB_PROP_INDEX,
                                   (kg_str){(const char *)entry, sizeof entry}, KG_STR(""), err));
    }
    return st == KG_ERR_NOT_FOUND ? put_indexed(&next, b, KG_NO_ID, err) : st;
}

kg_status kg_bulk_write_properties(kg_state *state, kg_bulk *b, kg_error *err) {
    kg_status st;
    if (b->options.progress && b->entity_properties.pieces + b->edge_properties.pieces)
        b->options.progress(b->options.context, "properties", 0, 0);
    KG_TRY(st,
           write_database(&state->entity_values, b, KG_DB_ENT_PROP, &b->entity_properties, err));
    KG_TRY(st, write_database(&state->edge_values, b, KG_DB_EDGE_PROP, &b->edge_properties, err));
    return b->indexed.len ? write_index(b, err) : KG_OK;
}
