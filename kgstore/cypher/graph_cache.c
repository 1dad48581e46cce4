/* What long queries ask again and again: names of types and relations, names and types of entities,
 * the order of identifiers. All of the snapshot, which does not change. */
#include "kgstore/cypher/graph_cache.h"

#include "kgstore/base/hash.h"

#include <stdlib.h>

enum { KEYS = 16, KEY_TEXT = 40, OFTEN = 2000 };

typedef struct key_place {
    char text[KEY_TEXT];
    size_t len; /* 0: free */
    kg_id id;
    bool indexed;
} key_place;

typedef struct members {
    KG_ARRAY(kg_id) ids;
    bool asked, made, failed;
} members;

typedef struct cy_cache {
    kg_str *names[KG_KINDS]; /* of types and relations */
    uint32_t *starts;        /* E + 1: where each entity's types begin */
    kg_id *types;
    uint64_t asked;   /* for types, before there is a table */
    kg_str *texts[2]; /* by entity: identifiers, labels; those asked for so far */
    bool no_types;    /* it could not be made */
    bool knows_made_up, any_made_up;
    members *of_types; /* by type: its entities */
    uint64_t n_of_types;
    uint32_t *order;
    cy_name_classes classes;
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
    for (uint64_t i = 0; i < c->n_of_types; i++)
        kg_array_free(&c->of_types[i].ids);
    free(c->of_types);
    free(c->texts[0]);
    free(c->texts[1]);
    free(c->order);
    free(c->classes.of);
    free(c->classes.begin);
    free(c->classes.members);
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
        kg_types types = {0};
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

static kg_status take_member(void *context, kg_id entity) {
    members *m = context;
    return kg_array_push(&m->ids, entity);
}

kg_status cy_cached_members(const kg_id **ids, kg_id *n, const cy_graph *g, kg_id type, bool now) {
    static const kg_id NONE[1] = {0};
    cy_cache *c = g->cache;
    kg_status st = KG_OK;
    *ids = NONE;
    *n = 0;
    if (type >= g->stats.types) /* the query made it */
        return KG_OK;
    if (!c->of_types && (c->of_types = calloc(g->stats.types + 1, sizeof *c->of_types)))
        c->n_of_types = g->stats.types;
    if (type >= c->n_of_types)
        return KG_ERR_UNSUPPORTED;
    members *m = &c->of_types[type];
    now = now || m->asked;
    m->asked = true;
    if (!m->made && now && !m->failed) {
        m->ids.len = 0;
        st = kg_type_entities(g->snapshot, type, take_member, m);
        m->made = st == KG_OK;
        m->failed = st == KG_ERR_MEMORY;
    }
    *n = (kg_id)m->ids.len;
    *ids = *n ? m->ids.data : NONE;
    return m->made ? KG_OK : st == KG_OK || m->failed ? KG_ERR_UNSUPPORTED : st;
}

/* ---- Texts ----------------------------------------------------------------------------------- */

kg_status cy_cached_text(kg_str *text, const cy_graph *g, kg_id entity, bool label) {
    kg_status st;
    kg_str **texts = &g->cache->texts[label];
    if (!*texts) /* pages that nobody asks for cost nothing */
        *texts = calloc(g->stats.entities, sizeof **texts);
    if (*texts && (*texts)[entity].len) {
        *text = (*texts)[entity];
        return KG_OK;
    }
    KG_TRY(st, label ? kg_label_get(text, g->snapshot, KG_ENTITY, entity)
                     : kg_name_get(text, g->snapshot, KG_ENTITY, entity));
    if (*texts)
        (*texts)[entity] = *text;
    return KG_OK;
}

static kg_status is_one(void *context, kg_str name, kg_id id) {
    (void)id;
    *(bool *)context |= name.len > 2;
    return KG_OK;
}

bool cy_any_made_up(const cy_graph *g) {
    cy_cache *c = g->cache;
    if (!c->knows_made_up &&
        kg_name_complete(g->snapshot, KG_ENTITY, KG_STR("_:"), 2, is_one, &c->any_made_up) != KG_OK)
        return true;
    c->knows_made_up = true;
    return c->any_made_up;
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

/* ---- Names shared by several nodes ----------------------------------------------------------- */

/* The class of a name, a new one where it is the first: index is a hash table of n_slots places
 * (class + 1; 0: free), names has the name of each class. */
static kg_id class_of(uint32_t *index, size_t n_slots, kg_str *names, kg_id *n, kg_str name) {
    size_t i = kg_hash_bytes(name.data, name.len, 0) & (n_slots - 1);
    while (index[i] && !kg_str_equal(names[index[i] - 1], name))
        i = (i + 1) & (n_slots - 1);
    if (!index[i]) {
        names[*n] = name;
        index[i] = ++*n;
    }
    return index[i] - 1;
}

static bool name_nodes(cy_name_classes *k, const cy_graph *g, size_t n) {
    size_t n_slots = 64;
    while (n_slots < n * 2)
        n_slots *= 2;
    uint32_t *index = calloc(n_slots, sizeof *index);
    kg_str *names = malloc((n + 1) * sizeof *names);
    bool good = index && names;
    for (kg_id e = 0; good && e < n; e++) {
        cy_value name;
        if (!cy_node_is_there(g, e)) {
            k->of[e] = KG_NO_ID;
            continue;
        }
        /* Nodes whose name is null are a class too. */
        good = cy_node_property(&name, g, NULL, e, KG_STR("name")) == KG_OK;
        if (good)
            k->of[e] = class_of(index, n_slots, names, &k->n,
                                name.kind == CY_STRING ? name.as.text : KG_STR(""));
    }
    free(index);
    free(names);
    return good;
}

/* A counting sort of the nodes by their classes. */
static void sort_members(cy_name_classes *k, size_t n) {
    size_t there = 0;
    for (size_t e = 0; e < n; e++)
        if (k->of[e] != KG_NO_ID) {
            k->begin[k->of[e] + 1]++;
            there++;
        }
    for (kg_id i = 0; i < k->n; i++)
        k->begin[i + 1] += k->begin[i];
    for (size_t e = n; e-- > 0;)
        if (k->of[e] != KG_NO_ID)
            k->members[--k->begin[k->of[e] + 1]] = (kg_id)e;
    /* Each end has moved down to its class's beginning. */
    memmove(k->begin, k->begin + 1, k->n * sizeof *k->begin);
    k->begin[k->n] = (uint32_t)there;
    k->any_shared = there > k->n;
}

const cy_name_classes *cy_cached_classes(const cy_graph *g) {
    cy_name_classes *k = &g->cache->classes;
    size_t n = g->stats.entities;
    if (k->of)
        return k;
    k->n = 0;
    k->of = malloc((n + 1) * sizeof *k->of);
    k->begin = calloc(n + 2, sizeof *k->begin);
    k->members = malloc((n + 1) * sizeof *k->members);
    if (k->of && k->begin && k->members && name_nodes(k, g, n)) {
        sort_members(k, n);
        return k;
    }
    free(k->of);
    free(k->begin);
    free(k->members);
    *k = (cy_name_classes){0};
    return NULL;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static key_place find_key(const cy_graph *g, kg_str key) {
    key_place found = {.len = 0};
    if (kg_name_find(&found.id, g->snapshot, KG_KEY, key) != KG_OK)
        found.id = KG_NO_ID;
    else if (kg_property_is_indexed(&found.indexed, g->snapshot, found.id) != KG_OK)
        found.indexed = false;
    return found;
}

static key_place place_of_key(const cy_graph *g, kg_str key) {
    key_place *place = &g->cache->keys[kg_hash_bytes(key.data, key.len, 0) % KEYS];
    bool fits = key.len > 0 && key.len <= KEY_TEXT;
    if (fits && place->len == key.len && memcmp(place->text, key.data, key.len) == 0)
        return *place;
    key_place found = find_key(g, key);
    if (fits) {
        memcpy(found.text, key.data, key.len);
        found.len = key.len;
        *place = found;
    }
    return found;
}

kg_id cy_cached_key(const cy_graph *g, kg_str key) {
    return place_of_key(g, key).id;
}

bool cy_key_is_indexed(const cy_graph *g, kg_str key) {
    return place_of_key(g, key).indexed;
}
