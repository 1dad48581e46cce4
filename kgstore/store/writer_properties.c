/* Properties, written one statement at a time. */
#include "kgstore/store/writer.h"

static kg_status out_of_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing properties");
}

static kg_status damaged(kg_error *err) {
    return kg_error_set(err, KG_ERR_CORRUPT, "properties are damaged; run kg check");
}

/* Where the properties of an entity or an edge are kept, and who counts their values. */
typedef struct place {
    kg_db db;
    kg_str key;
    uint64_t *values;
    unsigned char buffer[KG_EDGE_KEY_BYTES];
} place;

static void place_of_entity(place *p, kg_writer *w, const kg_id *entity) {
    *p = (place){KG_DB_ENT_PROP, kg_id_key(entity), &w->update.state.entity_values, {0}};
}

static void place_of_edge(place *p, kg_writer *w, const kg_id edge[3]) {
    *p = (place){.db = KG_DB_EDGE_PROP, .values = &w->update.state.edge_values};
    kg_edge_key_encode(p->buffer, edge);
    p->key = (kg_str){(const char *)p->buffer, sizeof p->buffer};
}

/* What is there now, copied to *to; *values: how many it counts for. */
static kg_status copy_record(kg_bytes *to, uint64_t *values, kg_writer *w, const place *p,
                             kg_error *err) {
    kg_str old = {NULL, 0};
    *values = 0;
    to->len = 0;
    kg_status st = kg_update_get(&old, &w->update, p->db, p->key);
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK;
    if (st != KG_OK || !kg_properties_are_sound(old, w->update.state.keys))
        return damaged(err);
    if (kg_array_append(to, old.data, old.len) != KG_OK)
        return out_of_memory(err);
    st = kg_properties_merge(&w->record, values, &w->merger, old);
    return st == KG_OK ? KG_OK : out_of_memory(err);
}

/* ---- The index ------------------------------------------------------------------------------ */

/* Put the entries of a record of an entity, or take them away. */
static kg_status change_entries(kg_writer *w, const place *p, kg_str record, bool add,
                                kg_error *err) {
    kg_status st;
    unsigned char key[KG_EDGE_KEY_BYTES];
    if (kg_index_entries_of(&w->entries, &w->packed, &w->indexed, kg_load_u32(p->key.data),
                            record) != KG_OK)
        return out_of_memory(err);
    for (size_t i = 0; i < w->entries.len; i += 3) {
        kg_edge_key_encode(key, w->entries.data + i);
        const kg_str at = {(const char *)key, sizeof key};
        st = add ? kg_update_put(&w->update, KG_DB_PROP_INDEX, at, KG_STR(""), err)
                 : kg_update_delete(&w->update, KG_DB_PROP_INDEX, at, err);
        w->dirty += 4096;
        if (st == KG_ERR_NOT_FOUND)
            return damaged(err);
        if (st != KG_OK)
            return st;
    }
    return KG_OK;
}

/* The record under a place becomes the one that w->record holds. */
static kg_status reindex(kg_writer *w, const place *p, kg_error *err) {
    kg_status st;
    kg_str old = {NULL, 0};
    if (p->db != KG_DB_ENT_PROP || w->indexed.len == 0)
        return KG_OK;
    st = kg_update_get(&old, &w->update, p->db, p->key);
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return damaged(err);
    /* Entries are listed before any is written, which may move the old record. */
    KG_TRY(st, change_entries(w, p, old, false, err));
    return change_entries(w, p, (kg_str){w->record.data, w->record.len}, true, err);
}

/* ---- Records -------------------------------------------------------------------------------- */

/* Put the record of what is in pieces; `before` values were there. */
static kg_status put_pieces(kg_writer *w, const place *p, uint64_t before, kg_error *err) {
    uint64_t values;
    if (kg_properties_merge(&w->record, &values, &w->merger,
                            (kg_str){w->pieces.data, w->pieces.len}) != KG_OK)
        return out_of_memory(err);
    kg_status st;
    KG_TRY(st, reindex(w, p, err));
    *p->values += values - before;
    w->dirty += 4096 + w->record.len;
    w->facts_changed = true;
    if (w->record.len == 0) {
        st = kg_update_delete(&w->update, p->db, p->key, err);
        return st == KG_ERR_NOT_FOUND ? KG_OK : st;
    }
    return kg_update_put(&w->update, p->db, p->key, (kg_str){w->record.data, w->record.len}, err);
}

static kg_status add_to(kg_writer *w, const place *p, const kg_statement *s, kg_error *err) {
    kg_status st;
    uint64_t before;
    KG_TRY(st, copy_record(&w->pieces, &before, w, p, err));
    for (size_t i = 0; i < s->n_properties; i++) {
        kg_id key;
        KG_TRY(st, kg_writer_name(&key, w, KG_KEY, s->properties[i].key, err));
        if (kg_property_pack(&w->pieces, key, &s->properties[i].value) != KG_OK)
            return out_of_memory(err);
    }
    return put_pieces(w, p, before, err);
}

kg_status kg_writer_entity_properties(kg_writer *w, kg_id entity, const kg_statement *s,
                                      kg_error *err) {
    place p;
    if (s->n_properties == 0)
        return KG_OK;
    place_of_entity(&p, w, &entity);
    return add_to(w, &p, s, err);
}

kg_status kg_writer_edge_properties(kg_writer *w, const kg_id edge[3], const kg_statement *s,
                                    kg_error *err) {
    place p;
    if (s->n_properties == 0)
        return KG_OK;
    place_of_edge(&p, w, edge);
    return add_to(w, &p, s, err);
}

static kg_status forget(kg_writer *w, const place *p, kg_error *err) {
    kg_status st;
    uint64_t before;
    KG_TRY(st, copy_record(&w->pieces, &before, w, p, err));
    if (w->pieces.len == 0)
        return KG_OK;
    w->pieces.len = 0;
    return put_pieces(w, p, before, err);
}

static kg_status move(kg_writer *w, const place *from, const place *to, kg_error *err) {
    kg_status st;
    uint64_t before;
    kg_str moved = {NULL, 0};
    KG_TRY(st, copy_record(&w->pieces, &before, w, to, err));
    st = kg_update_get(&moved, &w->update, from->db, from->key);
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK;
    if (st != KG_OK || !kg_properties_are_sound(moved, w->update.state.keys))
        return damaged(err);
    if (kg_array_append(&w->pieces, moved.data, moved.len) != KG_OK)
        return out_of_memory(err);
    KG_TRY(st, put_pieces(w, to, before, err));
    return forget(w, from, err);
}

kg_status kg_writer_move_properties(kg_writer *w, kg_id from, kg_id to, kg_error *err) {
    place source, target;
    place_of_entity(&source, w, &from);
    place_of_entity(&target, w, &to);
    return w->update.state.entity_values ? move(w, &source, &target, err) : KG_OK;
}

kg_status kg_writer_move_edge_properties(kg_writer *w, const kg_id from[3], const kg_id to[3],
                                         kg_error *err) {
    place source, target;
    place_of_edge(&source, w, from);
    place_of_edge(&target, w, to);
    return w->update.state.edge_values ? move(w, &source, &target, err) : KG_OK;
}

kg_status kg_writer_forget_properties(kg_writer *w, kg_id entity, kg_error *err) {
    place p;
    place_of_entity(&p, w, &entity);
    return w->update.state.entity_values ? forget(w, &p, err) : KG_OK;
}

kg_status kg_writer_forget_edge(kg_writer *w, const kg_id edge[3], kg_error *err) {
    place p;
    place_of_edge(&p, w, edge);
    return w->update.state.edge_values ? forget(w, &p, err) : KG_OK;
}

/* ---- One key at a time ----------------------------------------------------------------------- */

/* Take what the pieces, a record, hold of the key out of them. *was: it, packed and borrowed from
 * w->record; empty where there is nothing. */
static kg_status take_out(kg_str *was, kg_writer *w, kg_id key, kg_error *err) {
    kg_id next;
    kg_value value;
    kg_bytes *pieces = &w->pieces;
    kg_str rest = {pieces->data, pieces->len};
    *was = (kg_str){NULL, 0};
    for (const char *from = rest.data; kg_property_next(&next, &value, &rest); from = rest.data) {
        if (next != key)
            continue;
        w->record.len = 0;
        if (kg_array_append(&w->record, from, (size_t)(rest.data - from)) != KG_OK)
            return out_of_memory(err);
        *was = (kg_str){w->record.data, w->record.len};
        memmove(pieces->data + (from - pieces->data), rest.data, rest.len);
        pieces->len -= was->len;
        break;
    }
    return KG_OK;
}

static kg_status no_property(kg_str key, kg_error *err) {
    return kg_error_set(err, KG_ERR_NOT_FOUND, "it has no property %.*s",
                        (int)(key.len < 200 ? key.len : 200), key.data);
}

static kg_status set_in(kg_writer *w, const place *p, kg_str name, const kg_value *value,
                        kg_error *err) {
    kg_status st;
    kg_id key;
    uint64_t before;
    kg_str was;
    st = kg_dictionary_find(&key, w->update.txn, &w->update.state, KG_KEY, name);
    if (st == KG_ERR_NOT_FOUND && !value)
        return no_property(name, err);
    if (st != KG_OK)
        KG_TRY(st, kg_writer_name(&key, w, KG_KEY, name, err));
    KG_TRY(st, copy_record(&w->pieces, &before, w, p, err));
    KG_TRY(st, take_out(&was, w, key, err));
    if (!value)
        return was.len ? put_pieces(w, p, before, err) : no_property(name, err);
    size_t rest = w->pieces.len;
    if (kg_property_pack(&w->pieces, key, value) != KG_OK)
        return out_of_memory(err);
    const kg_str now = {w->pieces.data + rest, w->pieces.len - rest};
    return kg_str_equal(now, was) ? KG_OK : put_pieces(w, p, before, err);
}

kg_status kg_writer_put_entity_property(kg_writer *w, kg_id entity, kg_str key,
                                        const kg_value *value, kg_error *err) {
    place p;
    place_of_entity(&p, w, &entity);
    return set_in(w, &p, key, value, err);
}

kg_status kg_writer_put_edge_property(kg_writer *w, const kg_id edge[3], kg_str key,
                                      const kg_value *value, kg_error *err) {
    place p;
    place_of_edge(&p, w, edge);
    return set_in(w, &p, key, value, err);
}
