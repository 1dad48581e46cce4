/* The search of a store: where its names come from. They are gathered by two cursors side by side,
 * without a descent for each entity, and kept with the snapshot. */
#include "kgstore/search/nametable.h"
#include "kgstore/store/store.h"

#include <stdlib.h>

/* ---- Gathering ------------------------------------------------------------------------------- */

typedef struct gathering {
    kg_name_table *table;
    const kg_snapshot *snapshot;
    kg_cursor *aliases;
    kg_str alias_key, alias_value; /* where that cursor stands; an empty key: at its end */
} gathering;

static kg_status next_aliases(gathering *g, kg_move move) {
    kg_status st = kg_cursor_move(&g->alias_key, &g->alias_value, g->aliases, move);
    if (st == KG_ERR_NOT_FOUND) {
        g->alias_key.len = 0;
        return KG_OK;
    }
    return st == KG_OK && g->alias_key.len != 4 ? KG_ERR_CORRUPT : st;
}

static kg_status add_aliases(gathering *g, kg_id entity) {
    kg_status st;
    kg_str alias;
    if (g->alias_key.len == 0 || kg_load_u32(g->alias_key.data) != entity)
        return KG_OK;
    while (kg_alias_list_next(&alias, &g->alias_value))
        KG_TRY(st, kg_name_table_add(g->table, alias, entity));
    return g->alias_value.len ? KG_ERR_CORRUPT : next_aliases(g, KG_MOVE_NEXT);
}

static kg_status add_entity(gathering *g, kg_str key, kg_str value) {
    kg_status st;
    kg_str identifier, label;
    if (key.len != 4)
        return KG_ERR_CORRUPT;
    kg_id entity = kg_load_u32(key.data);
    if (entity >= g->snapshot->state.entities)
        return KG_ERR_CORRUPT;
    if (g->snapshot->state.deleted && kg_str_equal(value, KG_NAME_DELETED))
        return KG_OK;
    if (!kg_name_decode(&identifier, &label, value))
        return KG_ERR_CORRUPT;
    KG_TRY(st, kg_name_table_add(g->table, identifier, entity));
    if (label.len)
        KG_TRY(st, kg_name_table_add(g->table, label, entity));
    return add_aliases(g, entity);
}

static kg_status gather(kg_name_table *table, const kg_snapshot *snapshot) {
    gathering g = {.table = table, .snapshot = snapshot};
    kg_cursor *entities = NULL;
    kg_str key = {NULL, 0}, value;
    kg_status st = kg_cursor_open(&entities, snapshot->txn, KG_DB_ENT);
    if (st == KG_OK)
        st = kg_cursor_open(&g.aliases, snapshot->txn, KG_DB_ENT_ALIAS);
    if (st == KG_OK)
        st = next_aliases(&g, KG_MOVE_FIRST);
    if (st == KG_OK)
        st = kg_cursor_move(&key, &value, entities, KG_MOVE_FIRST);
    while (st == KG_OK) {
        st = add_entity(&g, key, value);
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, entities, KG_MOVE_NEXT);
    }
    kg_cursor_close(entities);
    kg_cursor_close(g.aliases);
    /* What is left over belongs to no entity. */
    return st == KG_ERR_NOT_FOUND ? (g.alias_key.len ? KG_ERR_CORRUPT : KG_OK) : st;
}

static void free_table(void *table) {
    kg_name_table_free(table);
    free(table);
}

/* The names of the view, gathered where they are not yet. */
static kg_status table_of(kg_name_table **out, kg_snapshot *snapshot) {
    *out = snapshot->made;
    if (*out)
        return KG_OK;
    kg_name_table *table = calloc(1, sizeof *table);
    kg_status st = table ? gather(table, snapshot) : KG_ERR_MEMORY;
    if (st != KG_OK) {
        if (table)
            free_table(table);
        return st;
    }
    snapshot->made = *out = table;
    snapshot->free_made = free_table;
    return KG_OK;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* A walk along the names of an entity to one of them. */
typedef struct walk {
    size_t left;
    kg_str name;
} walk;

static kg_status step_name(void *context, kg_str name, kg_id id) {
    walk *w = context;
    (void)id;
    if (w->left-- > 0)
        return KG_OK;
    w->name = name;
    return KG_ERR_EXISTS; /* ends the walk */
}

/* The name as it was given: the table has it folded. */
static kg_status name_of(kg_str *name, kg_snapshot *snapshot, const kg_name_table *table,
                         const kg_hit *hit) {
    walk w = {0};
    while (hit->name > w.left && table->names.data[hit->name - w.left - 1].entity == hit->entity)
        w.left++;
    if (w.left-- == 0)
        return kg_name_get(name, snapshot, KG_ENTITY, hit->entity);
    kg_status st = kg_entity_aliases(snapshot, hit->entity, step_name, &w);
    *name = w.name;
    return st == KG_ERR_EXISTS ? KG_OK : st == KG_OK ? KG_ERR_CORRUPT : st;
}

static kg_status search_names(kg_founds *to, kg_hits *hits, kg_snapshot *snapshot, kg_str text,
                              uint32_t k) {
    kg_status st;
    kg_name_table *table;
    to->len = 0;
    if (snapshot->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    KG_TRY(st, table_of(&table, snapshot));
    KG_TRY(st, kg_name_table_search(hits, table, text, snapshot->weights, snapshot->n_weights, k));
    KG_TRY(st, kg_array_reserve(to, hits->len));
    for (size_t i = 0; i < hits->len; i++) {
        const kg_hit *hit = &hits->data[i];
        kg_found found = {hit->entity, hit->match, hit->distance, hit->weight, {NULL, 0}};
        KG_TRY(st, name_of(&found.name, snapshot, table, hit));
        to->data[to->len++] = found;
    }
    return KG_OK;
}

kg_status kg_names_search(kg_founds *to, kg_snapshot *snapshot, kg_str text, uint32_t k,
                          kg_error *err) {
    kg_hits hits = KG_ARRAY_INIT;
    kg_status st = search_names(to, &hits, snapshot, text, k);
    kg_array_free(&hits);
    return kg_snapshot_fault(err, st, snapshot);
}
