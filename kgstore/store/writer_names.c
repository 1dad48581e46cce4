#include "kgstore/store/writer.h"

/* Where the state and the report count a kind. */
static uint64_t *counter_of(kg_writer *w, kg_kind kind) {
    switch (kind) {
    case KG_ENTITY:
        return &w->update.state.entities;
    case KG_RELATION:
        return &w->update.state.relations;
    case KG_TYPE:
        return &w->update.state.types;
    case KG_KEY:
        break;
    }
    return &w->update.state.keys;
}

static uint64_t *added_of(kg_writer *w, kg_kind kind) {
    switch (kind) {
    case KG_ENTITY:
        return &w->report.new_entities;
    case KG_RELATION:
        return &w->report.new_relations;
    case KG_TYPE:
        return &w->report.new_types;
    case KG_KEY:
        break;
    }
    return &w->report.new_keys;
}

const char *kg_writer_word(kg_kind kind) {
    switch (kind) {
    case KG_ENTITY:
        return "entity";
    case KG_RELATION:
        return "relation";
    case KG_TYPE:
        return "type";
    case KG_KEY:
        break;
    }
    return "property";
}

static kg_status out_of_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing names");
}

kg_status kg_writer_put_name(kg_writer *w, kg_kind kind, kg_id id, kg_str identifier, kg_str label,
                             kg_error *err) {
    kg_db db = kg_dictionary_of(kind).names;
    size_t size = kg_name_size(identifier, label);
    w->scratch.len = 0;
    if (kg_array_reserve(&w->scratch, size) != KG_OK)
        return out_of_memory(err);
    kg_name_encode((unsigned char *)w->scratch.data, identifier, label);
    w->dirty += size;
    *(db == KG_DB_KEY ? &w->facts_changed : &w->changed) = true;
    return kg_update_put(&w->update, db, kg_id_key(&id), (kg_str){w->scratch.data, size}, err);
}

/* Keys of long identifiers may stand for several. */
kg_status kg_writer_index(kg_writer *w, kg_kind kind, kg_str identifier, kg_id id, kg_error *err) {
    kg_db index = kg_dictionary_of(kind).index;
    unsigned char buffer[KG_INDEX_KEY_MAX], packed[4];
    kg_str key = kg_index_key(buffer, identifier), old = {NULL, 0};
    kg_status st = kg_update_get(&old, &w->update, index, key);
    if (st == KG_OK && !kg_ids_are_sound(old, *counter_of(w, kind)))
        st = KG_ERR_CORRUPT;
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the index of names is damaged; run kg check");
    kg_store_u32(packed, id);
    w->scratch.len = 0;
    if (kg_array_append(&w->scratch, old.data, old.len) != KG_OK ||
        kg_array_append(&w->scratch, (const char *)packed, 4) != KG_OK)
        return out_of_memory(err);
    w->dirty += 4096 + key.len;
    return kg_update_put(&w->update, index, key, (kg_str){w->scratch.data, w->scratch.len}, err);
}

kg_status kg_writer_unindex(kg_writer *w, kg_kind kind, kg_str identifier, kg_id id,
                            kg_error *err) {
    kg_db index = kg_dictionary_of(kind).index;
    unsigned char buffer[KG_INDEX_KEY_MAX];
    kg_str key = kg_index_key(buffer, identifier), old;
    kg_status st = kg_update_get(&old, &w->update, index, key);
    if (st != KG_OK || !kg_ids_are_sound(old, *counter_of(w, kind)))
        return kg_error_set(err, KG_ERR_CORRUPT, "the index of names is damaged; run kg check");
    w->scratch.len = 0;
    for (size_t at = 0; at < old.len; at += 4)
        if (kg_load_u32(old.data + at) != id &&
            kg_array_append(&w->scratch, old.data + at, 4) != KG_OK)
            return out_of_memory(err);
    w->dirty += 4096 + key.len;
    w->changed = true;
    return w->scratch.len ? kg_update_put(&w->update, index, key,
                                          (kg_str){w->scratch.data, w->scratch.len}, err)
                          : kg_update_delete(&w->update, index, key, err);
}

kg_status kg_writer_name(kg_id *id, kg_writer *w, kg_kind kind, kg_str identifier, kg_error *err) {
    /* Version 1 keeps types in 16 bits. */
    bool narrow = kind == KG_TYPE && !kg_txn_has(w->update.txn, KG_DB_KEY);
    uint64_t *count = counter_of(w, kind), most = narrow ? UINT16_MAX - 1 : UINT32_MAX - 1;
    kg_status st = kg_dictionary_find(id, w->update.txn, &w->update.state, kind, identifier);
    if (st == KG_OK)
        return KG_OK;
    if (st != KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the names are damaged; run kg check");
    if (identifier.len == 0 || identifier.len > KG_IDENTIFIER_MAX)
        return kg_error_set(err, KG_ERR_FORMAT, "the name of %s %s has 1 to %d bytes, not %zu",
                            kind == KG_ENTITY ? "an" : "a", kg_writer_word(kind), KG_IDENTIFIER_MAX,
                            identifier.len);
    if (*count > most)
        return kg_error_set(err, KG_ERR_FORMAT, "the store can hold no more than %llu %s names",
                            (unsigned long long)most + 1, kg_writer_word(kind));
    *id = (kg_id)*count;
    KG_TRY(st, kg_writer_put_name(w, kind, *id, identifier, (kg_str){NULL, 0}, err));
    KG_TRY(st, kg_writer_index(w, kind, identifier, *id, err));
    ++*count;
    ++*added_of(w, kind);
    return KG_OK;
}

kg_status kg_writer_relation_label(kg_writer *w, kg_id relation, kg_str label, kg_error *err) {
    kg_str value, identifier, before;
    kg_status st = kg_update_get(&value, &w->update, KG_DB_REL, kg_id_key(&relation));
    if (label.len == 0)
        return KG_OK;
    if (st != KG_OK || !kg_name_decode_tagged(&identifier, &before, value))
        return kg_error_set(err, KG_ERR_CORRUPT, "a name is damaged; run kg check");
    return kg_str_equal(label, identifier) || kg_str_equal(label, before)
               ? KG_OK
               : kg_writer_put_name(w, KG_RELATION, relation, identifier, label, err);
}

/* ---- Types ---------------------------------------------------------------------------------- */

typedef KG_ARRAY(uint32_t) type_list;

/* The types of an entity, copied. */
static kg_status list_types(type_list *list, kg_writer *w, kg_id entity, kg_error *err) {
    kg_types types = {0};
    kg_str value;
    kg_status st = kg_update_get(&value, &w->update, KG_DB_ENT_TYPE, kg_id_key(&entity));
    if (st == KG_OK && !kg_types_decode(&types, value, w->update.state.types))
        st = KG_ERR_CORRUPT;
    if (st != KG_OK && st != KG_ERR_NOT_FOUND) {
        kg_error_set(err, st, "the types are damaged; run kg check");
        return st;
    }
    if (kg_array_reserve(list, types.count + (size_t)1) != KG_OK) {
        out_of_memory(err);
        return KG_ERR_MEMORY;
    }
    for (uint32_t i = 0; i < types.count; i++)
        list->data[list->len++] = kg_types_at(types, i);
    return KG_OK;
}

/* Put the list in place of `before` types. */
static kg_status put_types(kg_writer *w, kg_id entity, const type_list *list, size_t before,
                           kg_error *err) {
    w->scratch.len = 0;
    if (kg_types_encode(&w->scratch, list->data, list->len) != KG_OK)
        return out_of_memory(err);
    w->update.state.multi_typed += (uint64_t)(list->len > 1) - (before > 1);
    w->dirty += before ? 4096 : 16;
    w->changed = true;
    return list->len ? kg_update_put(&w->update, KG_DB_ENT_TYPE, kg_id_key(&entity),
                                     (kg_str){w->scratch.data, w->scratch.len}, err)
                     : kg_update_delete(&w->update, KG_DB_ENT_TYPE, kg_id_key(&entity), err);
}

kg_status kg_writer_put_type(kg_writer *w, kg_id entity, kg_id type, bool add, kg_error *err) {
    type_list list = KG_ARRAY_INIT;
    kg_status st = list_types(&list, w, entity, err);
    size_t before = list.len, at = 0;
    while (at < list.len && list.data[at] != type)
        at++;
    bool there = at < list.len;
    if (st == KG_OK && there != add) {
        if (add)
            list.data[list.len++] = type;
        else
            memmove(list.data + at, list.data + at + 1, (--list.len - at) * sizeof *list.data);
        st = put_types(w, entity, &list, before, err);
    } else if (st == KG_OK && !add) {
        st = KG_ERR_NOT_FOUND;
    }
    kg_array_free(&list);
    return st;
}

kg_status kg_writer_type(kg_writer *w, kg_id entity, kg_str type, kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, kg_writer_name(&id, w, KG_TYPE, type, err));
    return kg_writer_put_type(w, entity, id, true, err);
}

kg_status kg_writer_clear_types(kg_writer *w, kg_id entity, kg_error *err) {
    type_list list = KG_ARRAY_INIT;
    kg_status st = list_types(&list, w, entity, err);
    size_t before = list.len;
    list.len = 0;
    if (st == KG_OK && before)
        st = put_types(w, entity, &list, before, err);
    kg_array_free(&list);
    return st;
}

kg_status kg_writer_move_types(kg_writer *w, kg_id from, kg_id to, kg_error *err) {
    type_list list = KG_ARRAY_INIT;
    kg_status st = list_types(&list, w, from, err);
    for (size_t i = 0; st == KG_OK && i < list.len; i++)
        st = kg_writer_put_type(w, to, list.data[i], true, err);
    kg_array_free(&list);
    return st == KG_OK ? kg_writer_clear_types(w, from, err) : st;
}
