/* Aliases, read. */
#include "kgstore/store/store.h"

kg_status kg_alias_find(kg_ids *entities, kg_snapshot *s, kg_str alias) {
    kg_status st;
    char buffer[KG_INDEX_KEY_MAX];
    kg_str value;
    *entities = (kg_ids){NULL, 0};
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    kg_str key = kg_alias_key(buffer, alias);
    if (key.len == 0)
        return KG_ERR_NOT_FOUND;
    KG_TRY(st, kg_txn_get(&value, s->txn, KG_DB_ALIAS, key));
    if (!kg_ids_are_sound(value, s->state.entities))
        return KG_ERR_CORRUPT;
    *entities = (kg_ids){(const unsigned char *)value.data, (uint32_t)(value.len / 4)};
    return KG_OK;
}

/* Who wants the texts of an entity alone. */
typedef struct texts_only {
    kg_name_fn visit;
    void *context;
    kg_id entity;
} texts_only;

static kg_status visit_text(void *context, const kg_label *label) {
    const texts_only *t = context;
    return t->visit(t->context, label->text, t->entity);
}

kg_status kg_entity_aliases(kg_snapshot *s, kg_id entity, kg_name_fn visit, void *context) {
    texts_only t = {visit, context, entity};
    return kg_entity_labels(s, entity, visit_text, &t);
}

kg_status kg_alias_each(kg_snapshot *s, kg_name_fn visit, void *context) {
    kg_status st;
    kg_cursor *cursor;
    kg_str key = {NULL, 0}, value;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    KG_TRY(st, kg_cursor_open(&cursor, s->txn, KG_DB_ALIAS));
    st = kg_cursor_move(&key, &value, cursor, KG_MOVE_FIRST);
    while (st == KG_OK) {
        if (!kg_ids_are_sound(value, s->state.entities))
            st = KG_ERR_CORRUPT;
        for (size_t at = 0; st == KG_OK && at < value.len; at += 4)
            st = visit(context, key, kg_load_u32(value.data + at));
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

/* ---- Completion ------------------------------------------------------------------------------ */

/* On the way to the name of which key is the index's form. */
typedef struct original {
    kg_str key, name;
} original;

static kg_status compare_key(void *context, kg_str name, kg_id id) {
    original *o = context;
    char buffer[KG_INDEX_KEY_MAX];
    (void)id;
    if (!kg_str_equal(kg_alias_key(buffer, name), o->key))
        return KG_OK;
    o->name = name;
    return KG_ERR_EXISTS; /* ends the walk */
}

/* Visit the name behind a record of the index as it was given: that of the best of its entities. */
static kg_status visit_original(kg_snapshot *s, kg_str key, kg_str value, kg_name_fn visit,
                                void *context) {
    original o = {key, {NULL, 0}};
    if (value.len == 0 || !kg_ids_are_sound(value, s->state.entities))
        return KG_ERR_CORRUPT;
    kg_id entity = kg_load_u32(value.data);
    kg_status st = kg_entity_aliases(s, entity, compare_key, &o);
    if (st == KG_ERR_EXISTS)
        return visit(context, o.name, entity);
    return st == KG_OK ? KG_ERR_CORRUPT : st;
}

static kg_status complete_aliases(kg_snapshot *s, kg_str prefix, uint32_t limit, kg_name_fn visit,
                                  void *context) {
    kg_status st;
    kg_cursor *cursor;
    char buffer[KG_INDEX_KEY_MAX];
    kg_str lower = kg_alias_key(buffer, prefix), key = lower, value;
    if (prefix.len > 0 && lower.len == 0)
        return KG_OK; /* longer than what is indexed */
    KG_TRY(st, kg_cursor_open(&cursor, s->txn, KG_DB_ALIAS));
    st = kg_cursor_move(&key, &value, cursor, lower.len ? KG_MOVE_SEEK : KG_MOVE_FIRST);
    for (; st == KG_OK && limit > 0 && kg_str_begins(key, lower); --limit) {
        st = visit_original(s, key, value, visit, context);
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

/* Counts what it hands on. */
typedef struct counting {
    kg_name_fn visit;
    void *context;
    uint32_t n;
} counting;

static kg_status count_and_visit(void *context, kg_str name, kg_id id) {
    counting *c = context;
    c->n++;
    return c->visit(c->context, name, id);
}

kg_status kg_entity_complete(kg_snapshot *s, kg_str prefix, uint32_t limit, kg_name_fn visit,
                             void *context) {
    kg_status st;
    counting c = {visit, context, 0};
    KG_TRY(st, kg_name_complete(s, KG_ENTITY, prefix, limit, count_and_visit, &c));
    return complete_aliases(s, prefix, limit - c.n, visit, context);
}
