#include "kgstore/store/prop_index.h"

#include "kgstore/store/properties.h"

kg_str kg_indexed_key(unsigned char to[KG_INDEXED_KEY_BYTES], kg_id key) {
    uint32_t big_endian = __builtin_bswap32(key);
    memcpy(to, &big_endian, sizeof big_endian);
    return (kg_str){(const char *)to, KG_INDEXED_KEY_BYTES};
}

static bool is_indexed(const kg_txn *txn, kg_id key) {
    unsigned char buffer[KG_INDEXED_KEY_BYTES];
    kg_str value;
    return kg_txn_get(&value, txn, KG_DB_PROP_INDEX, kg_indexed_key(buffer, key)) == KG_OK;
}

kg_status kg_indexed_keys(kg_key_list *to, const kg_txn *txn, const kg_state *state) {
    kg_status st;
    to->len = 0;
    for (uint64_t key = 0; key < state->keys; key++)
        if (is_indexed(txn, (kg_id)key))
            KG_TRY(st, kg_array_push(to, (kg_id)key));
    return KG_OK;
}

bool kg_key_list_has(const kg_key_list *list, kg_id key) {
    for (size_t i = 0; i < list->len; i++)
        if (list->data[i] == key)
            return true;
    return false;
}

/* ---- Entries --------------------------------------------------------------------------------- */

/* A text counts in any language, and values of all other datatypes have one hash: who looks for
 * what is alike, whatever its language or the way it is written, finds both. */
static kg_status hash_of(uint32_t *hash, kg_bytes *scratch, const kg_value *value) {
    kg_status st;
    kg_value bare = *value;
    bare.tag = (kg_str){NULL, 0};
    if (bare.kind == KG_VALUE_TYPED)
        bare.text = bare.tag;
    scratch->len = 0;
    KG_TRY(st, kg_value_pack(scratch, &bare));
    *hash = (uint32_t)kg_hash_bytes(scratch->data, scratch->len, 0);
    return KG_OK;
}

static kg_status add_entry(kg_index_entries *to, kg_bytes *scratch, kg_id entity, kg_id key,
                           const kg_value *value) {
    kg_status st;
    uint32_t entry[3] = {key, 0, entity};
    KG_TRY(st, hash_of(&entry[1], scratch, value));
    for (size_t i = 0; i < to->len; i += 3)
        if (to->data[i] == entry[0] && to->data[i + 1] == entry[1])
            return KG_OK;
    return kg_array_append(to, entry, 3);
}

kg_status kg_index_entries_of(kg_index_entries *to, kg_bytes *scratch, const kg_key_list *keys,
                              kg_id entity, kg_str record) {
    kg_status st;
    kg_id key;
    kg_value value, item;
    to->len = 0;
    while (kg_property_next(&key, &value, &record)) {
        if (!kg_key_list_has(keys, key))
            continue;
        if (value.kind != KG_VALUE_LIST)
            KG_TRY(st, add_entry(to, scratch, entity, key, &value));
        else
            while (kg_value_next(&item, &value.text))
                KG_TRY(st, add_entry(to, scratch, entity, key, &item));
    }
    return KG_OK;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

kg_status kg_property_is_indexed(bool *is, kg_snapshot *s, kg_id key) {
    *is = false;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    *is = key < s->state.keys && is_indexed(s->txn, key);
    return KG_OK;
}

static bool holds(kg_properties properties, kg_id key, const kg_value *wanted) {
    kg_value value, item;
    if (!kg_properties_find(&value, properties, key))
        return false;
    if (value.kind != KG_VALUE_LIST)
        return kg_value_equal(&value, wanted);
    while (kg_value_next(&item, &value.text))
        if (kg_value_equal(&item, wanted))
            return true;
    return false;
}

/* The entities under a key and a hash; those that do not hold the value, where there is one, are
 * passed over. */
static kg_status walk_entities(kg_snapshot *s, const uint32_t first[3], const kg_value *value,
                               kg_entity_fn visit, void *context) {
    kg_status st;
    kg_cursor *cursor;
    unsigned char buffer[KG_EDGE_KEY_BYTES];
    kg_str key = {(const char *)buffer, sizeof buffer}, nothing;
    kg_edge_key_encode(buffer, first);
    KG_TRY(st, kg_cursor_open(&cursor, s->txn, KG_DB_PROP_INDEX));
    st = kg_cursor_move(&key, &nothing, cursor, KG_MOVE_SEEK);
    while (st == KG_OK) {
        uint32_t entry[3];
        kg_properties properties = {{NULL, 0}};
        if (!kg_edge_key_decode(entry, key) || entry[0] != first[0] || entry[1] != first[1])
            break;
        st = value ? kg_entity_properties(&properties, s, entry[2]) : KG_OK;
        if (st == KG_ERR_NOT_FOUND)
            st = KG_ERR_CORRUPT;
        if (st == KG_OK && (!value || holds(properties, first[0], value)))
            st = visit(context, entry[2]);
        if (st == KG_OK)
            st = kg_cursor_move(&key, &nothing, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

/* The entities under the hash of a value; exact: that hold it. */
static kg_status find_entities(kg_snapshot *s, kg_id key, const kg_value *value, bool exact,
                               kg_entity_fn visit, void *context) {
    kg_status st;
    bool indexed;
    kg_bytes scratch = KG_ARRAY_INIT;
    uint32_t first[3] = {key, 0, 0};
    KG_TRY(st, kg_property_is_indexed(&indexed, s, key));
    if (!indexed)
        return KG_ERR_NOT_FOUND;
    st = hash_of(&first[1], &scratch, value);
    kg_array_free(&scratch);
    return st == KG_OK ? walk_entities(s, first, exact ? value : NULL, visit, context) : st;
}

kg_status kg_property_find_entities(kg_snapshot *s, kg_id key, const kg_value *value,
                                    kg_entity_fn visit, void *context) {
    return find_entities(s, key, value, true, visit, context);
}

kg_status kg_property_candidates(kg_snapshot *s, kg_id key, const kg_value *value,
                                 kg_entity_fn visit, void *context) {
    kg_status st;
    const kg_value typed = {.kind = KG_VALUE_TYPED};
    KG_TRY(st, find_entities(s, key, value, false, visit, context));
    return find_entities(s, key, &typed, false, visit, context);
}
