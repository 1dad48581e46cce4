#include "kgstore/store/writer.h"

static kg_status out_of_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing aliases");
}

static kg_status damaged(kg_error *err) {
    return kg_error_set(err, KG_ERR_CORRUPT, "the aliases are damaged; run kg check");
}

/* The value under a key, empty where there is none. */
static kg_status get_or_empty(kg_str *value, kg_writer *w, kg_db db, kg_str key, kg_error *err) {
    *value = (kg_str){NULL, 0};
    kg_status st = kg_update_get(value, &w->update, db, key);
    return st == KG_OK || st == KG_ERR_NOT_FOUND ? KG_OK : damaged(err);
}

/* Whether a comes before b under an alias: best weight first, then smallest id. */
static bool entity_before(const kg_writer *w, kg_id a, kg_id b) {
    return kg_edge_before(w->weights, w->n_weights, a, 0, b, 0);
}

/* ---- The index: normalised alias -> entities ---------------------------------------------------
 */

/* Rewrite the entities under a key with one more (add) or one less; what is so already stays. */
static kg_status change_index(kg_writer *w, kg_str key, kg_id entity, bool add, kg_error *err) {
    kg_status st;
    kg_str old;
    KG_TRY(st, get_or_empty(&old, w, KG_DB_ALIAS, key, err));
    if (old.len && !kg_ids_are_sound(old, w->update.state.entities))
        return damaged(err);
    kg_bytes *to = &w->scratch;
    to->len = 0;
    if (kg_array_reserve(to, old.len + 4) != KG_OK)
        return out_of_memory(err);
    bool there = false, placed = !add;
    for (size_t at = 0; at < old.len; at += 4) {
        kg_id other = kg_load_u32(old.data + at);
        there = there || other == entity;
        if (!placed && entity_before(w, entity, other)) {
            kg_store_u32(to->data + to->len, entity);
            to->len += 4;
            placed = true;
        }
        if (other != entity) {
            kg_store_u32(to->data + to->len, other);
            to->len += 4;
        }
    }
    if (there == add)
        return KG_OK;
    if (!placed) {
        kg_store_u32(to->data + to->len, entity);
        to->len += 4;
    }
    w->update.state.aliases += add ? 1 : UINT64_MAX;
    w->dirty += 4096 + to->len;
    w->changed = true;
    return to->len ? kg_update_put(&w->update, KG_DB_ALIAS, key, (kg_str){to->data, to->len}, err)
                   : kg_update_delete(&w->update, KG_DB_ALIAS, key, err);
}

static kg_status index_alias(kg_writer *w, kg_id entity, kg_str alias, kg_error *err) {
    char buffer[KG_INDEX_KEY_MAX];
    kg_str key = kg_alias_key(buffer, alias);
    return key.len ? change_index(w, key, entity, true, err) : KG_OK;
}

/* ---- The list of an entity ---------------------------------------------------------------------
 */

/* Whether the list holds the alias itself, tag and all, or one of the same key. */
static kg_status search_list(bool *same, bool *same_key, kg_writer *w, kg_id entity, kg_str alias,
                             kg_error *err) {
    kg_status st;
    char wanted[KG_INDEX_KEY_MAX], buffer[KG_INDEX_KEY_MAX];
    kg_str rest, other, key = kg_alias_key(wanted, kg_tagged_text(alias));
    *same = *same_key = false;
    KG_TRY(st, get_or_empty(&rest, w, KG_DB_ENT_ALIAS, kg_id_key(&entity), err));
    while (kg_alias_list_next_tagged(&other, &rest)) {
        *same = *same || kg_str_equal(other, alias);
        *same_key = *same_key || kg_str_equal(kg_alias_key(buffer, kg_tagged_text(other)), key);
    }
    return rest.len ? damaged(err) : KG_OK;
}

/* Rewrite the list without the untagged alias `without` and with `with`, tagged, at its end; either
 * may be empty. */
static kg_status change_list(kg_writer *w, kg_id entity, kg_str without, kg_str with,
                             kg_error *err) {
    kg_status st;
    kg_str rest, other;
    unsigned char length[2];
    KG_TRY(st, get_or_empty(&rest, w, KG_DB_ENT_ALIAS, kg_id_key(&entity), err));
    kg_bytes *to = &w->scratch;
    to->len = 0;
    if (kg_array_reserve(to, rest.len + 2 + with.len) != KG_OK)
        return out_of_memory(err);
    for (;;) {
        bool more = kg_alias_list_next_tagged(&other, &rest);
        if (!more && with.len == 0)
            break;
        kg_str next = more ? other : with;
        if (!more)
            with.len = 0;
        if (more && without.len && kg_str_equal(other, without))
            continue;
        kg_store_u16(length, (uint16_t)next.len);
        kg_array_append(to, (const char *)length, 2);
        kg_array_append(to, next.data, next.len);
    }
    w->dirty += 4096 + to->len;
    w->changed = true;
    kg_str key = kg_id_key(&entity);
    return to->len
               ? kg_update_put(&w->update, KG_DB_ENT_ALIAS, key, (kg_str){to->data, to->len}, err)
               : kg_update_delete(&w->update, KG_DB_ENT_ALIAS, key, err);
}

/* Whether the alias says nothing that the label does not: it is the same, tag and all, or has no
 * tag and the same text. */
static kg_status label_is(bool *is, kg_writer *w, kg_id entity, kg_str alias, kg_error *err) {
    kg_str value, identifier, label;
    if (kg_update_get(&value, &w->update, KG_DB_ENT, kg_id_key(&entity)) != KG_OK ||
        !kg_name_decode_tagged(&identifier, &label, value))
        return kg_error_set(err, KG_ERR_CORRUPT, "a name is damaged; run kg check");
    *is = kg_str_equal(label, alias) || kg_str_equal(kg_tagged_text(label), alias);
    return KG_OK;
}

kg_status kg_writer_alias(kg_writer *w, kg_id entity, kg_str alias, kg_str tag, kg_error *err) {
    kg_status st;
    bool same, same_key, is_label = false;
    kg_bytes tagged = KG_ARRAY_INIT;
    if (alias.len == 0 || alias.len + 1 + tag.len > KG_LABEL_MAX + (tag.len == 0))
        return kg_error_set(err, KG_ERR_FORMAT, "an alias has 1 to %d bytes, not %zu", KG_LABEL_MAX,
                            alias.len);
    if (kg_tagged_make(&tagged, alias, tag) != KG_OK)
        return out_of_memory(err);
    const kg_str whole = {tagged.data, tagged.len};
    st = label_is(&is_label, w, entity, whole, err);
    if (st == KG_OK)
        st = search_list(&same, &same_key, w, entity, whole, err);
    if (st == KG_OK && !is_label && !same) {
        st = change_list(w, entity, (kg_str){NULL, 0}, whole, err);
        w->report.new_aliases++;
        if (st == KG_OK)
            st = index_alias(w, entity, alias, err);
    }
    kg_array_free(&tagged);
    return st;
}

kg_status kg_writer_relabel(kg_writer *w, kg_id entity, kg_str before, kg_str after,
                            kg_error *err) {
    kg_status st;
    char buffer[KG_INDEX_KEY_MAX];
    bool same, same_key;
    if (before.len) {
        KG_TRY(st, search_list(&same, &same_key, w, entity, before, err));
        kg_str key = kg_alias_key(buffer, before);
        if (!same_key && key.len)
            KG_TRY(st, change_index(w, key, entity, false, err));
    }
    KG_TRY(st, search_list(&same, &same_key, w, entity, after, err));
    if (same)
        KG_TRY(st, change_list(w, entity, after, (kg_str){NULL, 0}, err));
    return index_alias(w, entity, after, err);
}
