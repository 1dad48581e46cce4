/* Appending: what the generation in force holds is taken over. Its edges are not: they stream from
 * their blocks when the new ones are written. */
#include "kgstore/store/bulk.h"

#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

static kg_status corrupt(kg_db db, kg_error *err) {
    return kg_error_set(err, KG_ERR_CORRUPT, "the store is damaged (%s); run kg check",
                        kg_db_name(db));
}

typedef kg_status (*record_fn)(kg_bulk *bulk, uint32_t id, kg_str value);

/* Call take with every record of a database keyed by id. */
static kg_status each_record(kg_bulk *b, kg_db db, record_fn take, kg_error *err) {
    kg_cursor *cursor;
    kg_str key = {NULL, 0}, value;
    kg_status st;
    KG_TRY(st, kg_sum_verify(b->base_txn, db, err)); /* take trusts ids and lengths */
    st = kg_cursor_open(&cursor, b->base_txn, db);
    if (st == KG_OK)
        st = kg_cursor_move(&key, &value, cursor, KG_MOVE_FIRST);
    while (st == KG_OK) {
        st = key.len == 4 ? take(b, kg_load_u32(key.data), value) : KG_ERR_CORRUPT;
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK;
    return st == KG_ERR_MEMORY ? kg_error_set(err, st, "out of memory loading the graph")
                               : corrupt(db, err);
}

static kg_status take_name(kg_bulk *b, kg_kind kind, uint32_t id, kg_str value) {
    kg_status st;
    kg_str identifier, label;
    if (!kg_name_decode_tagged(&identifier, &label, value))
        return KG_ERR_CORRUPT;
    KG_TRY(st, kg_intern_put(&b->names[kind].intern, identifier, id));
    return label.len ? kg_bulk_label(b, kind, id, kg_tagged_text(label), kg_tagged_tag(label))
                     : KG_OK;
}

/* A deleted entity keeps its id under a name that no entity can have. */
static kg_status take_entity_name(kg_bulk *b, uint32_t id, kg_str value) {
    char name[KG_BULK_DELETED];
    if (kg_str_equal(value, KG_NAME_DELETED)) {
        name[0] = '\0';
        memcpy(name + 1, &id, sizeof id);
        return kg_intern_put(&b->names[KG_ENTITY].intern, (kg_str){name, sizeof name}, id);
    }
    return take_name(b, KG_ENTITY, id, value);
}

static kg_status take_relation_name(kg_bulk *b, uint32_t id, kg_str value) {
    return take_name(b, KG_RELATION, id, value);
}

static kg_status take_type_name(kg_bulk *b, uint32_t id, kg_str value) {
    return take_name(b, KG_TYPE, id, value);
}

static kg_status take_key_name(kg_bulk *b, uint32_t id, kg_str value) {
    return take_name(b, KG_KEY, id, value);
}

static kg_status take_aliases(kg_bulk *b, uint32_t id, kg_str value) {
    kg_status st;
    kg_str alias;
    while (kg_alias_list_next_tagged(&alias, &value))
        KG_TRY(st, kg_bulk_alias_add(b, id, alias));
    return value.len ? KG_ERR_CORRUPT : KG_OK;
}

/* How often each type was given is not kept: what was there stays before what comes, in its order.
 */
static kg_status take_types(kg_bulk *b, uint32_t id, kg_str value) {
    kg_status st;
    kg_types types;
    if (!kg_types_decode(&types, value, b->base_state.types))
        return KG_ERR_CORRUPT;
    for (uint32_t i = 0; i < types.count; i++)
        KG_TRY(st, kg_type_counts_add(&b->types, id, kg_types_at(types, i),
                                      UINT32_MAX - i * (1 << 13)));
    return KG_OK;
}

static kg_status take_weights(kg_bulk *b, kg_error *err) {
    kg_str value, content;
    kg_status st;
    if (b->base_state.pagerank_version == 0)
        return KG_OK;
    KG_TRY(st, kg_sum_verify(b->base_txn, KG_DB_BLOB, err));
    if (kg_txn_get(&value, b->base_txn, KG_DB_BLOB, KG_STR(KG_BLOB_PAGERANK)) != KG_OK ||
        !kg_blob_decode(&content, &b->weights_version, value))
        return corrupt(KG_DB_BLOB, err);
    size_t n = content.len / sizeof(double);
    if (kg_array_reserve(&b->weights, n) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory loading the graph");
    memcpy(b->weights.data, content.data, n * sizeof(double));
    b->weights.len = n;
    return KG_OK;
}

kg_status kg_bulk_load_base(kg_bulk *b, kg_error *err) {
    kg_status st;
    KG_TRY(st, each_record(b, KG_DB_ENT, take_entity_name, err));
    KG_TRY(st, each_record(b, KG_DB_REL, take_relation_name, err));
    KG_TRY(st, each_record(b, KG_DB_TYPE, take_type_name, err));
    KG_TRY(st, each_record(b, KG_DB_KEY, take_key_name, err));
    KG_TRY(st, each_record(b, KG_DB_ENT_ALIAS, take_aliases, err));
    KG_TRY(st, each_record(b, KG_DB_ENT_TYPE, take_types, err));
    if (kg_indexed_keys(&b->indexed, b->base_txn, &b->base_state) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory loading the graph");
    return take_weights(b, err);
}
