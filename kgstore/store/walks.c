/* What takes a walk over all entities or edges. */
#include "kgstore/store/store.h"

/* Look at one record of a database keyed by entity. */
typedef kg_status (*record_fn)(void *context, kg_id entity, kg_str value);

static kg_status walk(kg_snapshot *s, kg_db db, record_fn visit, void *context) {
    kg_status st;
    kg_cursor *cursor;
    kg_str key = {NULL, 0}, value;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    KG_TRY(st, kg_cursor_open(&cursor, s->txn, db));
    st = kg_cursor_move(&key, &value, cursor, KG_MOVE_FIRST);
    while (st == KG_OK) {
        if (key.len != sizeof(kg_id) || kg_load_u32(key.data) >= s->state.entities)
            st = KG_ERR_CORRUPT;
        else
            st = visit(context, kg_load_u32(key.data), value);
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

/* ---- Entities of a type ---------------------------------------------------------------------- */

typedef struct type_walk {
    const kg_state *state;
    kg_id type;
    kg_entity_fn visit;
    void *context;
} type_walk;

static kg_status look_at_types(void *context, kg_id entity, kg_str value) {
    const type_walk *w = context;
    kg_types types;
    if (!kg_types_decode(&types, value, w->state->types))
        return KG_ERR_CORRUPT;
    for (uint32_t i = 0; i < types.count; i++)
        if (kg_types_at(types, i) == w->type)
            return w->visit(w->context, entity);
    return KG_OK;
}

kg_status kg_type_entities(kg_snapshot *s, kg_id type, kg_entity_fn visit, void *context) {
    type_walk w = {&s->state, type, visit, context};
    return walk(s, KG_DB_ENT_TYPE, look_at_types, &w);
}

/* ---- Edges by relation ----------------------------------------------------------------------- */

typedef struct count_walk {
    uint64_t *counts;
    uint64_t relations;
} count_walk;

static kg_status count_block(void *context, kg_id entity, kg_str value) {
    const count_walk *w = context;
    kg_block block;
    (void)entity;
    if (!kg_block_decode(&block, value))
        return KG_ERR_CORRUPT;
    for (uint32_t i = 0; i < block.n_out; i++) {
        kg_id relation = kg_load_u32(block.out + (size_t)i * KG_EDGE_BYTES + 4);
        if (relation >= w->relations)
            return KG_ERR_CORRUPT;
        w->counts[relation]++;
    }
    return KG_OK;
}

kg_status kg_relation_counts(uint64_t *counts, kg_snapshot *s) {
    count_walk w = {counts, s->state.relations};
    memset(counts, 0, (size_t)w.relations * sizeof *counts);
    return walk(s, KG_DB_NBR, count_block, &w);
}
