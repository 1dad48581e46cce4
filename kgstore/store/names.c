/* Dictionaries and types, read. */
#include "kgstore/store/store.h"

kg_dictionary kg_dictionary_of(kg_kind kind) {
    switch (kind) {
    case KG_ENTITY:
        return (kg_dictionary){KG_DB_ENT, KG_DB_ENT_ID};
    case KG_RELATION:
        return (kg_dictionary){KG_DB_REL, KG_DB_REL_ID};
    case KG_TYPE:
        return (kg_dictionary){KG_DB_TYPE, KG_DB_TYPE_ID};
    case KG_KEY:
        break;
    }
    return (kg_dictionary){KG_DB_KEY, KG_DB_KEY_ID};
}

static bool is_stale(const kg_snapshot *s) {
    return s->epoch != kg_env_epoch();
}

static uint64_t count_of(const kg_state *state, kg_kind kind) {
    switch (kind) {
    case KG_ENTITY:
        return state->entities;
    case KG_RELATION:
        return state->relations;
    case KG_TYPE:
        return state->types;
    case KG_KEY:
        break;
    }
    return state->keys;
}

kg_status kg_dictionary_get(kg_str *identifier, kg_str *label, const kg_txn *txn,
                            const kg_state *state, kg_kind kind, kg_id id) {
    kg_str value;
    if (id >= count_of(state, kind))
        return KG_ERR_NOT_FOUND;
    kg_status st = kg_txn_get_id(&value, txn, kg_dictionary_of(kind).names, id);
    if (st == KG_OK && kg_name_decode(identifier, label, value))
        return KG_OK;
    if (st == KG_OK && state->deleted && kg_str_equal(value, KG_NAME_DELETED))
        return KG_ERR_NOT_FOUND;
    return st == KG_OK || st == KG_ERR_NOT_FOUND ? KG_ERR_CORRUPT : st;
}

kg_status kg_entity_there(const kg_txn *txn, const kg_state *state, kg_id entity) {
    kg_str value;
    if (entity >= state->entities)
        return KG_ERR_NOT_FOUND;
    if (state->deleted == 0)
        return KG_OK;
    kg_status st = kg_txn_get_id(&value, txn, KG_DB_ENT, entity);
    if (st == KG_OK)
        return kg_str_equal(value, KG_NAME_DELETED) ? KG_ERR_NOT_FOUND : KG_OK;
    return st == KG_ERR_NOT_FOUND ? KG_ERR_CORRUPT : st;
}

static kg_status read_name(kg_str *identifier, kg_str *label, kg_snapshot *s, kg_kind kind,
                           kg_id id) {
    return is_stale(s) ? KG_ERR_STALE
                       : kg_dictionary_get(identifier, label, s->txn, &s->state, kind, id);
}

kg_status kg_dictionary_find(kg_id *id, const kg_txn *txn, const kg_state *state, kg_kind kind,
                             kg_str identifier) {
    kg_status st;
    unsigned char buffer[KG_INDEX_KEY_MAX];
    kg_str value, name, label, key = kg_index_key(buffer, identifier);
    bool whole = identifier.len <= KG_INDEX_WHOLE;
    *id = KG_NO_ID;
    if (identifier.len == 0)
        return KG_ERR_NOT_FOUND;
    KG_TRY(st, kg_txn_get(&value, txn, kg_dictionary_of(kind).index, key));
    if (!kg_ids_are_sound(value, count_of(state, kind)) || (whole && value.len != 4))
        return KG_ERR_CORRUPT;
    for (size_t at = 0; at < value.len; at += 4) {
        kg_id candidate = kg_load_u32(value.data + at);
        if (!whole)
            KG_TRY(st, kg_dictionary_get(&name, &label, txn, state, kind, candidate));
        if (whole || kg_str_equal(name, identifier)) {
            *id = candidate;
            return KG_OK;
        }
    }
    return KG_ERR_NOT_FOUND;
}

kg_status kg_name_find(kg_id *id, kg_snapshot *s, kg_kind kind, kg_str identifier) {
    *id = KG_NO_ID;
    return is_stale(s) ? KG_ERR_STALE : kg_dictionary_find(id, s->txn, &s->state, kind, identifier);
}

kg_status kg_name_get(kg_str *identifier, kg_snapshot *s, kg_kind kind, kg_id id) {
    kg_str label;
    return read_name(identifier, &label, s, kind, id);
}

kg_status kg_label_get(kg_str *label, kg_snapshot *s, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str identifier;
    KG_TRY(st, read_name(&identifier, label, s, kind, id));
    if (label->len == 0)
        *label = identifier;
    return KG_OK;
}

kg_status kg_label_language(kg_str *language, kg_snapshot *s, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str identifier, label, value;
    *language = (kg_str){NULL, 0};
    KG_TRY(st, read_name(&identifier, &label, s, kind, id));
    KG_TRY(st, kg_txn_get_id(&value, s->txn, kg_dictionary_of(kind).names, id));
    if (kg_name_decode_tagged(&identifier, &label, value))
        *language = kg_tagged_tag(label);
    return KG_OK;
}

kg_status kg_name_complete(kg_snapshot *s, kg_kind kind, kg_str prefix, uint32_t limit,
                           kg_name_fn visit, void *context) {
    kg_status st;
    kg_cursor *cursor;
    if (is_stale(s))
        return KG_ERR_STALE;
    KG_TRY(st, kg_cursor_open(&cursor, s->txn, kg_dictionary_of(kind).index));
    /* Keys of long names hold their first KG_INDEX_PREFIX bytes: seek by no more than that. */
    kg_str key = {prefix.data, prefix.len < KG_INDEX_PREFIX ? prefix.len : KG_INDEX_PREFIX};
    kg_str seek = key, value, name, label;
    st = kg_cursor_move(&key, &value, cursor, key.len ? KG_MOVE_SEEK : KG_MOVE_FIRST);
    for (uint32_t n = 0; st == KG_OK && n < limit && kg_str_begins(key, seek);) {
        if (!kg_ids_are_sound(value, count_of(&s->state, kind)))
            st = KG_ERR_CORRUPT;
        for (size_t at = 0; st == KG_OK && at < value.len && n < limit; at += 4) {
            kg_id id = kg_load_u32(value.data + at);
            st = read_name(&name, &label, s, kind, id);
            if (st == KG_OK && kg_str_begins(name, prefix)) {
                st = visit(context, name, id);
                n++;
            }
        }
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

kg_status kg_entity_types(kg_types *types, kg_snapshot *s, kg_id entity) {
    kg_str value;
    *types = (kg_types){0};
    if (is_stale(s))
        return KG_ERR_STALE;
    if (entity >= s->state.entities)
        return KG_ERR_NOT_FOUND;
    kg_status st = kg_txn_get_id(&value, s->txn, KG_DB_ENT_TYPE, entity);
    if (st == KG_ERR_NOT_FOUND)
        return kg_entity_there(s->txn, &s->state, entity);
    if (st != KG_OK)
        return st;
    return kg_types_decode(types, value, s->state.types) ? KG_OK : KG_ERR_CORRUPT;
}
