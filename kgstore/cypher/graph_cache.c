/* What long queries ask again and again: names of types and relations, the types of every entity in
 * one array, the order of identifiers. All of the snapshot, which does not change. */
#include "kgstore/cypher/graph_cache.h"

#include "kgstore/base/hash.h"

#include <stdlib.h>

enum { KEYS = 16, KEY_TEXT = 40, OFTEN = 2000 };

typedef struct key_place {
    char text[KEY_TEXT];
    size_t len; /* 0: free */
    kg_id id;
} key_place;

typedef struct cy_cache {
    kg_str *names[KG_KINDS]; /* of types and relations */
    uint32_t *starts;        /* E + 1: where each entity's types begin */
    kg_id *types;
    uint64_t asked; /* for types, before there is a table */
    bool no_types;  /* it could not be made */
    uint32_t *order;
    key_place keys[KEYS];
} cy_cache;

cy_cache *cy_cache_new(void) {
    return calloc(1, sizeof(cy_cache));
}

void cy_cache_free(cy_cache *c) {
    if (!c)
        return;
    for (int kind = 0; kind < KG_KINDS; kind++)
        free(c->names[kind]);
    free(c->starts);
    free(c->types);
    free(c->order);
    free(c);
}

bool cy_cached_name(kg_str *name, const cy_graph *g, kg_kind kind, kg_id id) {
    cy_cache *c = g->cache;
    if (kind != KG_TYPE && kind != KG_RELATION)
        return false;
    uint64_t n = kind == KG_TYPE ? g->stats.types : g->stats.relations;
    if (!c->names[kind])
        c->names[kind] = calloc(n + 1, sizeof *c->names[kind]);
    if (!c->names[kind] || id >= n)
        return false;
    kg_str *known = &c->names[kind][id];
    if (known->len == 0 && kg_name_get(known, g->snapshot, kind, id) != KG_OK)
        return false;
    *name = *known;
    return true;
}

/* ---- Types ----------------------------------------------------------------------------------- */

static bool add_types(cy_cache *c, size_t *used, size_t *room, kg_types types) {
    if (*used + types.count > *room) {
        *room = *room * 2 + types.count;
        kg_id *grown = realloc(c->types, *room * sizeof *grown);
        if (!grown)
            return false;
        c->types = grown;
    }
    for (uint32_t i = 0; i < types.count; i++)
        c->types[(*used)++] = kg_types_at(types, i);
    return true;
}

static bool make_types(cy_cache *c, const cy_graph *g) {
    uint64_t n = g->stats.entities;
    size_t used = 0, room = n + 16;
    c->starts = malloc((n + 1) * sizeof *c->starts);
    c->types = malloc(room * sizeof *c->types);
    if (!c->starts || !c->types)
        return false;
    for (kg_id e = 0; e < n; e++) {
        kg_types types;
        kg_status st = kg_entity_types(&types, g->snapshot, e);
        c->starts[e] = (uint32_t)used;
        if ((st != KG_OK && st != KG_ERR_NOT_FOUND) || !add_types(c, &used, &room, types))
            return false;
    }
    c->starts[n] = (uint32_t)used;
    return true;
}

bool cy_cached_types(const kg_id **types, uint32_t *count, const cy_graph *g, kg_id entity) {
    cy_cache *c = g->cache;
    if (!c->types && !c->no_types && ++c->asked > OFTEN) {
        c->no_types = !make_types(c, g);
        if (c->no_types) {
            free(c->types);
            c->types = NULL;
        }
    }
    if (!c->types || entity >= g->stats.entities)
        return false;
    *types = c->types + c->starts[entity];
    *count = c->starts[entity + 1] - c->starts[entity];
    return true;
}

/* ---- Order ----------------------------------------------------------------------------------- */

typedef struct named {
    kg_str name;
    kg_id id;
} named;

static int compare_named(const void *a, const void *b) {
    return kg_str_compare(((const named *)a)->name, ((const named *)b)->name);
}

const uint32_t *cy_cached_order(const cy_graph *g) {
    cy_cache *c = g->cache;
    uint64_t n = g->stats.entities;
    if (c->order)
        return c->order;
    named *all = malloc((n + 1) * sizeof *all);
    uint32_t *order = malloc((n + 1) * sizeof *order);
    for (kg_id e = 0; all && e < n; e++) {
        all[e].id = e;
        if (kg_name_get(&all[e].name, g->snapshot, KG_ENTITY, e) != KG_OK)
            all[e].name = (kg_str){NULL, 0}; /* deleted: nobody asks */
    }
    if (all && order) {
        qsort(all, n, sizeof *all, compare_named);
        for (uint64_t i = 0; i < n; i++)
            order[all[i].id] = (uint32_t)i;
        c->order = order;
    } else {
        free(order);
    }
    free(all);
    return c->order;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

kg_id cy_cached_key(const cy_graph *g, kg_str key) {
    kg_id id;
    key_place *place = &g->cache->keys[kg_hash_bytes(key.data, key.len, 0) % KEYS];
    bool fits = key.len > 0 && key.len <= KEY_TEXT;
    if (fits && place->len == key.len && memcmp(place->text, key.data, key.len) == 0)
        return place->id;
    if (kg_name_find(&id, g->snapshot, KG_KEY, key) != KG_OK)
        id = KG_NO_ID;
    if (fits) {
        memcpy(place->text, key.data, key.len);
        place->len = key.len;
        place->id = id;
    }
    return id;
}
