#include "kgstore/store/writer.h"

#include <stdio.h>

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

static kg_status put_record(kg_writer *w, kg_db db, kg_id id, kg_str identifier, kg_str label,
                            kg_error *err) {
    size_t size = kg_name_size(identifier, label);
    w->scratch.len = 0;
    if (kg_array_reserve(&w->scratch, size) != KG_OK)
        return out_of_memory(err);
    kg_name_encode((unsigned char *)w->scratch.data, identifier, label);
    w->dirty += size;
    *(db == KG_DB_KEY ? &w->facts_changed : &w->changed) = true;
    return kg_update_put(&w->update, db, kg_id_key(&id), (kg_str){w->scratch.data, size}, err);
}

/* Append the id to those under the identifier's key. */
static kg_status put_index(kg_writer *w, kg_kind kind, kg_str identifier, kg_id id, kg_error *err) {
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
        return kg_error_set(err, KG_ERR_FORMAT, "the name of a %s has 1 to %d bytes, not %zu",
                            kg_writer_word(kind), KG_IDENTIFIER_MAX, identifier.len);
    if (*count > most)
        return kg_error_set(err, KG_ERR_FORMAT, "the store can hold no more than %llu %s names",
                            (unsigned long long)most + 1, kg_writer_word(kind));
    *id = (kg_id)*count;
    KG_TRY(st,
           put_record(w, kg_dictionary_of(kind).names, *id, identifier, (kg_str){NULL, 0}, err));
    KG_TRY(st, put_index(w, kind, identifier, *id, err));
    ++*count;
    ++*added_of(w, kind);
    return KG_OK;
}

/* The record of a name, copied so that it outlives a write. */
typedef struct record_copy {
    kg_bytes bytes;
    kg_str identifier, label;
} record_copy;

static kg_status copy_record(record_copy *copy, kg_writer *w, kg_db names, kg_id id,
                             kg_error *err) {
    kg_str value;
    *copy = (record_copy){.bytes = KG_ARRAY_INIT};
    kg_status st = kg_update_get(&value, &w->update, names, kg_id_key(&id));
    if (st != KG_OK)
        return kg_error_set(err, KG_ERR_CORRUPT, "a name is missing; run kg check");
    if (kg_array_append(&copy->bytes, value.data, value.len) != KG_OK)
        return out_of_memory(err);
    if (!kg_name_decode_tagged(&copy->identifier, &copy->label,
                               (kg_str){copy->bytes.data, copy->bytes.len})) {
        kg_array_free(&copy->bytes);
        return kg_error_set(err, KG_ERR_CORRUPT, "a name is damaged; run kg check");
    }
    return KG_OK;
}

/* Put a label in place of the preferred one; tagged with its language. */
static kg_status replace_label(kg_writer *w, kg_kind kind, kg_id id, const record_copy *old,
                               kg_str label, kg_str language, kg_error *err) {
    kg_status st;
    kg_bytes tagged = KG_ARRAY_INIT;
    st = kg_tagged_make(&tagged, label, language);
    if (st == KG_OK)
        st = put_record(w, kg_dictionary_of(kind).names, id, old->identifier,
                        (kg_str){tagged.data, tagged.len}, err);
    else
        out_of_memory(err);
    kg_array_free(&tagged);
    if (st != KG_OK || kind != KG_ENTITY)
        return st;
    w->update.state.labels += old->label.len == 0;
    return kg_writer_relabel(w, id, kg_tagged_text(old->label), label, err);
}

kg_status kg_writer_label(kg_writer *w, kg_kind kind, kg_id id, kg_str label, kg_str language,
                          kg_error *err) {
    kg_status st;
    record_copy old;
    char tag[KG_TAG_MAX];
    if (label.len == 0)
        return KG_OK;
    if (label.len + language.len + 2 > KG_LABEL_MAX + 2 * (language.len == 0))
        return kg_error_set(err, KG_ERR_FORMAT, "a label has at most %d bytes, not %zu",
                            KG_LABEL_MAX, label.len + language.len);
    KG_TRY(st, copy_record(&old, w, kg_dictionary_of(kind).names, id, err));
    kg_str spoken = kg_tagged_tag(old.label);
    bool same_language = old.label.len == 0 || kg_str_equal(spoken, language);
    bool is_name = language.len == 0 && kg_str_equal(label, old.identifier);
    if (is_name || (same_language && kg_str_equal(label, kg_tagged_text(old.label))))
        st = KG_OK;
    else if (same_language || kind != KG_ENTITY)
        st = replace_label(w, kind, id, &old, label, language, err);
    else {
        int n = snprintf(tag, sizeof tag, "=%.*s", KG_STR_ARG(language));
        st = kg_writer_alias(w, id, label, (kg_str){tag, (size_t)n}, err);
    }
    kg_array_free(&old.bytes);
    return st;
}

kg_status kg_writer_type(kg_writer *w, kg_id entity, kg_str type, kg_error *err) {
    kg_status st;
    kg_id id;
    kg_types old = {0};
    kg_str value = {NULL, 0};
    KG_ARRAY(uint32_t) types = KG_ARRAY_INIT;
    KG_TRY(st, kg_writer_name(&id, w, KG_TYPE, type, err));
    st = kg_update_get(&value, &w->update, KG_DB_ENT_TYPE, kg_id_key(&entity));
    if (st == KG_OK && !kg_types_decode(&old, value, w->update.state.types))
        st = KG_ERR_CORRUPT;
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the types are damaged; run kg check");
    if (kg_array_reserve(&types, old.count + (size_t)1) != KG_OK)
        return out_of_memory(err);
    bool there = false;
    for (uint32_t i = 0; i < old.count; i++) {
        types.data[types.len++] = kg_types_at(old, i);
        there = there || kg_types_at(old, i) == id;
    }
    types.data[types.len++] = id;
    w->scratch.len = 0;
    st = there ? KG_OK : kg_types_encode(&w->scratch, types.data, types.len);
    kg_array_free(&types);
    if (there || st != KG_OK)
        return st == KG_OK ? KG_OK : out_of_memory(err);
    w->update.state.multi_typed += old.count == 1;
    w->dirty += old.count ? 4096 : 16;
    w->changed = true;
    return kg_update_put(&w->update, KG_DB_ENT_TYPE, kg_id_key(&entity),
                         (kg_str){w->scratch.data, w->scratch.len}, err);
}
