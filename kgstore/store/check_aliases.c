/* The index of aliases and the labels and lists of entities name the same pairs (normal form,
 * entity). Each side adds up a hash of its pairs, which are distinct on both; only where the sums
 * differ are pairs looked for one by one. */
#include "kgstore/store/check.h"

#include "kgstore/base/array.h"

#include <stdlib.h>

typedef struct walk {
    uint64_t pairs, sum;
    bool search; /* look for each pair in the index */
    kg_cursor *lists;
    kg_id list_of; /* entity of the list at hand; KG_NO_ID: none left */
    kg_str list;
    KG_ARRAY(uint64_t) keys; /* hashes of an entity's normal forms */
} walk;

static uint64_t pair_hash(kg_str key, kg_id entity) {
    return kg_hash_bytes(key.data, key.len, entity);
}

/* ---- The index ------------------------------------------------------------------------------- */

static kg_status check_index(kg_check *c, void *context, kg_str key, kg_str value) {
    walk *w = context;
    char buffer[KG_INDEX_KEY_MAX];
    bool sound =
        kg_ids_are_sound(value, c->state.entities) && kg_str_equal(kg_alias_key(buffer, key), key);
    kg_id before = KG_NO_ID;
    for (size_t at = 0; sound && at < value.len; at += 4) {
        kg_id entity = kg_load_u32(value.data + at);
        sound = at == 0 || kg_edge_before(c->weights, c->n_weights, before, 0, entity, 0);
        before = entity;
        w->pairs++;
        w->sum += pair_hash(key, entity);
    }
    if (!sound)
        kg_problems_add(c->problems, "alias: the record of %.*s is malformed",
                        (int)(key.len < 100 ? key.len : 100), key.data);
    return KG_OK;
}

/* ---- Labels and lists ------------------------------------------------------------------------ */

static bool index_holds(const kg_check *c, kg_str key, kg_id entity) {
    kg_str value;
    if (kg_txn_get(&value, c->txn, KG_DB_ALIAS, key) != KG_OK)
        return false;
    for (size_t at = 0; at + 4 <= value.len; at += 4)
        if (kg_load_u32(value.data + at) == entity)
            return true;
    return false;
}

/* Take a name of the entity, unless another of its names has the same normal form. */
static kg_status take_name(kg_check *c, walk *w, kg_id entity, kg_str name) {
    char buffer[KG_INDEX_KEY_MAX];
    kg_str key = kg_alias_key(buffer, name);
    if (key.len == 0)
        return KG_OK;
    uint64_t hash = pair_hash(key, entity);
    for (size_t i = 0; i < w->keys.len; i++)
        if (w->keys.data[i] == hash)
            return KG_OK;
    if (kg_array_push(&w->keys, hash) != KG_OK)
        return kg_error_set(c->err, KG_ERR_MEMORY, "out of memory checking aliases");
    w->pairs++;
    w->sum += hash;
    if (w->search && !index_holds(c, key, entity))
        kg_problems_add(c->problems, "alias: %.*s does not lead to entity %u",
                        (int)(key.len < 100 ? key.len : 100), key.data, entity);
    return KG_OK;
}

static kg_status next_list(kg_check *c, walk *w) {
    kg_str key = {NULL, 0};
    kg_status st = kg_cursor_move(&key, &w->list, w->lists, KG_MOVE_NEXT);
    w->list_of = KG_NO_ID;
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK;
    if (st != KG_OK)
        return kg_error_set(c->err, st, "cannot walk ent_alias");
    w->list_of = kg_check_key(c, KG_DB_ENT_ALIAS, key);
    return KG_OK;
}

static kg_status take_list(kg_check *c, walk *w, kg_id entity, kg_str label) {
    kg_status st;
    kg_str rest = w->list, alias;
    bool sound = rest.len > 0;
    while (kg_alias_list_next_tagged(&alias, &rest)) {
        sound = sound && kg_tagged_is_sound(alias) && !kg_str_equal(alias, label);
        KG_TRY(st, take_name(c, w, entity, kg_tagged_text(alias)));
    }
    if (rest.len || !sound)
        kg_problems_add(c->problems, "ent_alias: the list of entity %u is malformed", entity);
    return next_list(c, w);
}

static kg_status check_entity(kg_check *c, void *context, kg_str key, kg_str value) {
    kg_status st;
    walk *w = context;
    kg_str identifier, label;
    kg_id entity = key.len == 4 ? kg_load_u32(key.data) : KG_NO_ID;
    if (entity == KG_NO_ID || !kg_name_decode(&identifier, &label, value))
        return KG_OK; /* told already */
    w->keys.len = 0;
    if (label.len)
        KG_TRY(st, take_name(c, w, entity, label));
    return w->list_of == entity ? take_list(c, w, entity, label) : KG_OK;
}

/* Walk ent and ent_alias side by side. The checksum of ent is taken elsewhere. */
static kg_status walk_entities(kg_check *c, walk *w) {
    kg_status st = kg_cursor_open(&w->lists, c->txn, KG_DB_ENT_ALIAS);
    if (st != KG_OK)
        return kg_error_set(c->err, st, "cannot walk ent_alias");
    kg_sum sum = c->sums[KG_DB_ENT];
    st = next_list(c, w);
    if (st == KG_OK)
        st = kg_check_each(c, KG_DB_ENT, check_entity, w);
    c->sums[KG_DB_ENT] = sum;
    kg_cursor_close(w->lists);
    kg_array_free(&w->keys);
    return st;
}

static kg_status nothing_more(kg_check *c, void *context, kg_str key, kg_str value) {
    (void)c;
    (void)context;
    (void)key;
    (void)value;
    return KG_OK;
}

kg_status kg_check_aliases(kg_check *c) {
    kg_status st;
    walk index = {.keys = KG_ARRAY_INIT}, entities = {.keys = KG_ARRAY_INIT};
    KG_TRY(st, kg_check_each(c, KG_DB_ALIAS, check_index, &index));
    KG_TRY(st, kg_check_each(c, KG_DB_ENT_ALIAS, nothing_more, NULL));
    kg_check_count(c, "aliases", c->state.aliases, index.pairs);
    KG_TRY(st, walk_entities(c, &entities));
    if (entities.pairs == index.pairs && entities.sum == index.sum)
        return KG_OK;
    kg_problems_add(c->problems, "alias: the index and the entities' own lists differ");
    walk again = {.keys = KG_ARRAY_INIT, .search = true};
    return walk_entities(c, &again);
}
