/* The graph read: the snapshot, seen through the changes where there are some. */
#include "kgstore/cypher/graph.h"

#include "kgstore/cypher/changes.h"
#include "kgstore/cypher/graph_cache.h"
#include "kgstore/cypher/temporal.h"

kg_status cy_graph_open(cy_graph *g, kg_snapshot *snapshot, kg_error *err) {
    *g = (cy_graph){.snapshot = snapshot};
    g->cache = cy_cache_new();
    if (!g->cache)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the store");
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&g->stats, snapshot, err));
    st = cy_cached_rows_new(g);
    return st == KG_OK ? st : kg_error_set(err, st, "out of memory opening the store");
}

void cy_graph_close(cy_graph *g) {
    cy_cached_rows_free(g);
    cy_cache_free(g->cache);
    g->cache = NULL;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static kg_id count_of(const cy_graph *g, kg_kind kind) {
    switch (kind) {
    case KG_ENTITY:
        return (kg_id)g->stats.entities;
    case KG_RELATION:
        return (kg_id)g->stats.relations;
    case KG_TYPE:
        return (kg_id)g->stats.types;
    case KG_KEY:
        break;
    }
    return (kg_id)g->stats.keys;
}

kg_status cy_graph_id(kg_id *id, cy_graph *g, kg_kind kind, kg_str name) {
    kg_status st = kg_name_find(id, g->snapshot, kind, name);
    if (st != KG_ERR_NOT_FOUND || !g->changes || kind == KG_KEY)
        return st == KG_ERR_NOT_FOUND ? KG_OK : st;
    cy_changes *c = g->changes;
    for (size_t i = 0; i < c->names[kind].len; i++)
        if (kg_str_equal(c->names[kind].data[i].name, name)) {
            *id = count_of(g, kind) + (kg_id)i;
            return KG_OK;
        }
    char *copy = kg_arena_copy(&c->arena, name);
    const cy_name_change change = {{copy, name.len}, false};
    if (!copy || kg_array_push(&c->names[kind], change) != KG_OK)
        return KG_ERR_MEMORY;
    *id = count_of(g, kind) + (kg_id)c->names[kind].len - 1;
    return KG_OK;
}

kg_status cy_graph_relations(kg_id *ids, size_t *found, bool *none, cy_graph *g,
                             const kg_str *names, size_t n) {
    kg_status st;
    *found = 0;
    for (size_t i = 0; i < n; i++) {
        KG_TRY(st, cy_graph_id(&ids[*found], g, KG_RELATION, names[i]));
        *found += ids[*found] != KG_NO_ID;
    }
    *none = n > 0 && *found == 0;
    return KG_OK;
}

kg_status cy_graph_name(kg_str *name, const cy_graph *g, kg_kind kind, kg_id id) {
    kg_id stored = count_of(g, kind);
    if (id < stored && cy_cached_name(name, g, kind, id))
        return KG_OK;
    if (id < stored)
        return kg_name_get(name, g->snapshot, kind, id);
    if (!g->changes || id - stored >= g->changes->names[kind].len)
        return KG_ERR_NOT_FOUND;
    *name = g->changes->names[kind].data[id - stored].name;
    return KG_OK;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

kg_id cy_graph_end(const cy_graph *g) {
    return (kg_id)g->stats.entities + (g->changes ? (kg_id)g->changes->n_made : 0);
}

static const cy_node_change *changed(const cy_graph *g, kg_id node) {
    return g->changes ? cy_changed_node(g->changes, node) : NULL;
}

bool cy_node_is_there(const cy_graph *g, kg_id node) {
    kg_str name;
    const cy_node_change *c = changed(g, node);
    if (node >= cy_graph_end(g) || (c && c->deleted))
        return false;
    return g->stats.deleted == 0 || node >= g->stats.entities ||
           kg_name_get(&name, g->snapshot, KG_ENTITY, node) == KG_OK;
}

bool cy_node_is_deleted(const cy_graph *g, kg_id node) {
    if (!g->changes || !g->changes->any_node_deleted)
        return false;
    const cy_node_change *c = changed(g, node);
    return c && c->deleted;
}

kg_status cy_node_labels(cy_labels *out, const cy_graph *g, kg_id node) {
    const cy_node_change *c = changed(g, node);
    *out = (cy_labels){0};
    if (c && (c->has_labels || c->made)) {
        out->ids = c->labels.data;
        out->count = (uint32_t)c->labels.len;
        return KG_OK;
    }
    if (cy_cached_types(&out->ids, &out->count, g, node))
        return KG_OK;
    kg_status st = kg_entity_types(&out->packed, g->snapshot, node);
    out->count = out->packed.count;
    return st;
}

bool cy_node_has_label(const cy_graph *g, kg_id node, kg_id type) {
    cy_labels labels;
    if (cy_node_labels(&labels, g, node) != KG_OK)
        return false;
    for (uint32_t i = 0; i < labels.count; i++)
        if (cy_labels_at(&labels, i) == type)
            return true;
    return false;
}

kg_status cy_node_identifier(kg_str *out, const cy_graph *g, kg_id node) {
    if (node < g->stats.entities)
        return kg_name_get(out, g->snapshot, KG_ENTITY, node);
    const cy_node_change *c = changed(g, node);
    *out = c ? c->identifier : (kg_str){NULL, 0};
    return c ? KG_OK : KG_ERR_NOT_FOUND;
}

/* ---- Values ---------------------------------------------------------------------------------- */

kg_status cy_from_stored(cy_value *out, kg_arena *arena, const kg_value *v) {
    kg_value item;
    size_t n = 0;
    kg_status st;
    switch (v->kind) {
    case KG_VALUE_INTEGER:
        *out = cy_integer(v->as.integer);
        return KG_OK;
    case KG_VALUE_FLOAT:
        *out = cy_float(v->as.real);
        return KG_OK;
    case KG_VALUE_BOOLEAN:
        *out = cy_boolean(v->as.yes);
        return KG_OK;
    case KG_VALUE_STRING:
        *out = cy_string(v->text);
        return KG_OK;
    case KG_VALUE_DATE:
    case KG_VALUE_DATETIME:
    case KG_VALUE_TYPED:
        return cy_temporal_from_stored(out, arena, v);
    case KG_VALUE_LIST:
        break;
    }
    for (kg_str rest = v->text; kg_value_next(&item, &rest);)
        n++;
    cy_value *items = cy_new_items(arena, n);
    if (!items)
        return KG_ERR_MEMORY;
    kg_str rest = v->text;
    for (size_t i = 0; i < n && kg_value_next(&item, &rest); i++)
        KG_TRY(st, cy_from_stored(&items[i], arena, &item));
    *out = cy_list(items, n);
    return KG_OK;
}

static kg_status list_to_stored(kg_value *out, kg_arena *arena, const cy_value *v) {
    kg_status st = KG_OK;
    kg_bytes packed = KG_ARRAY_INIT;
    for (uint32_t i = 0; st == KG_OK && i < v->count; i++) {
        kg_value item;
        st = v->as.items[i].kind == CY_LIST ? KG_ERR_FORMAT
                                            : cy_to_stored(&item, arena, &v->as.items[i]);
        if (st == KG_OK)
            st = kg_value_pack(&packed, &item);
    }
    char *copy = st == KG_OK ? kg_arena_copy(arena, (kg_str){packed.data, packed.len}) : NULL;
    *out = (kg_value){.kind = KG_VALUE_LIST, .text = {copy, packed.len}};
    kg_array_free(&packed);
    return st == KG_OK && !copy ? KG_ERR_MEMORY : st;
}

kg_status cy_to_stored(kg_value *out, kg_arena *arena, const cy_value *v) {
    switch (v->kind) {
    case CY_BOOLEAN:
        *out = kg_value_boolean(v->as.yes);
        return KG_OK;
    case CY_INTEGER:
        *out = kg_value_integer(v->as.integer);
        return KG_OK;
    case CY_FLOAT:
        *out = kg_value_real(v->as.real);
        return KG_OK;
    case CY_STRING:
        *out = kg_value_string(v->as.text, (kg_str){NULL, 0});
        return KG_OK;
    case CY_LIST:
        return list_to_stored(out, arena, v);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        return cy_temporal_to_stored(out, arena, v);
    case CY_NULL:
    case CY_MAP:
    case CY_NODE:
    case CY_EDGE:
    case CY_PATH:
        break;
    }
    return KG_ERR_FORMAT;
}

/* ---- Properties ------------------------------------------------------------------------------ */

static kg_status stored_label(kg_str *label, const cy_graph *g, kg_id node) {
    kg_status st;
    kg_str identifier;
    KG_TRY(st, kg_name_get(&identifier, g->snapshot, KG_ENTITY, node));
    KG_TRY(st, kg_label_get(label, g->snapshot, KG_ENTITY, node));
    if (label->data == identifier.data)
        label->len = 0;
    return KG_OK;
}

/* n.name and n.id, where no property is called so. */
static kg_status name_of(cy_value *out, const cy_graph *g, kg_id node, bool label) {
    kg_status st;
    kg_str text;
    if (node < g->stats.entities)
        KG_TRY(st, cy_cached_text(&text, g, node, label));
    else
        KG_TRY(st, cy_node_identifier(&text, g, node));
    *out = cy_is_made_up(text) ? CY_NULL_VALUE : cy_string(text);
    return KG_OK;
}

typedef struct alias_list {
    cy_value *items;
    size_t n, room;
} alias_list;

static kg_status take_alias(void *context, kg_str name, kg_id id) {
    alias_list *list = context;
    (void)id;
    if (list->items && list->n < list->room)
        list->items[list->n] = cy_string(name);
    list->n++;
    return KG_OK;
}

static kg_status aliases_of(cy_value *out, const cy_graph *g, kg_arena *arena, kg_id node) {
    kg_status st;
    alias_list list = {0};
    KG_TRY(st, kg_entity_aliases(g->snapshot, node, take_alias, &list));
    list = (alias_list){cy_new_items(arena, list.n), 0, list.n};
    if (!list.items)
        return KG_ERR_MEMORY;
    KG_TRY(st, kg_entity_aliases(g->snapshot, node, take_alias, &list));
    *out = cy_list(list.items, list.n);
    return KG_OK;
}

static kg_status known_property(cy_value *out, const cy_graph *g, kg_arena *arena, kg_id node,
                                kg_str key, bool has_own) {
    const double *weights;
    uint64_t n;
    bool stored = node < g->stats.entities;
    *out = CY_NULL_VALUE;
    if (kg_str_equal(key, KG_STR("name")))
        return name_of(out, g, node, !has_own);
    if (kg_str_equal(key, KG_STR("id")))
        return name_of(out, g, node, false);
    if (stored && kg_str_equal(key, KG_STR("aliases")))
        return aliases_of(out, g, arena, node);
    if (stored && kg_str_equal(key, KG_STR("pagerank")) &&
        kg_weights_get(&weights, &n, NULL, g->snapshot) == KG_OK)
        *out = cy_float(node < n ? weights[node] : 0);
    return KG_OK;
}

static kg_status stored_property(cy_value *out, bool *found, const cy_graph *g, kg_arena *arena,
                                 kg_properties properties, kg_str key) {
    kg_value value;
    *found =
        properties.packed.len > 0 && kg_properties_find(&value, properties, cy_cached_key(g, key));
    return *found ? cy_from_stored(out, arena, &value) : KG_OK;
}

kg_status cy_node_property(cy_value *out, const cy_graph *g, kg_arena *arena, kg_id node,
                           kg_str key) {
    kg_status st;
    bool found = false;
    kg_properties properties;
    const cy_node_change *c = changed(g, node);
    bool own = c && (c->has_properties || c->made);
    if (own && c->has_properties) {
        const cy_value *value = cy_map_get(c->properties.as.map, key);
        if (value) {
            *out = *value;
            return KG_OK;
        }
    }
    if (!own && g->stats.entity_values && cy_cached_key(g, key) != KG_NO_ID) {
        KG_TRY(st, kg_entity_properties(&properties, g->snapshot, node));
        KG_TRY(st, stored_property(out, &found, g, arena, properties, key));
    }
    return found ? KG_OK : known_property(out, g, arena, node, key, own);
}

kg_status cy_edge_property(cy_value *out, const cy_graph *g, kg_arena *arena, const cy_edge *edge,
                           kg_str key) {
    kg_status st;
    bool found;
    kg_properties properties;
    const cy_edge_change *c = g->changes ? cy_changed_edge(g->changes, edge) : NULL;
    *out = CY_NULL_VALUE;
    if (c && c->has_properties) {
        const cy_value *value = cy_map_get(c->properties.as.map, key);
        if (value)
            *out = *value;
        return KG_OK;
    }
    if (c && c->added)
        return KG_OK;
    KG_TRY(st,
           kg_edge_properties(&properties, g->snapshot, edge->head, edge->relation, edge->tail));
    return stored_property(out, &found, g, arena, properties, key);
}

/* A record as a map, with room for one entry more. */
static kg_status record_map(cy_entry **entries, size_t *n, const cy_graph *g, kg_arena *arena,
                            kg_properties properties) {
    kg_status st;
    kg_id key;
    kg_value value;
    size_t count = 0;
    for (kg_properties rest = properties; kg_properties_next(&key, &value, &rest);)
        count++;
    *entries = kg_arena_alloc(arena, (count + 1) * sizeof **entries);
    if (!*entries)
        return KG_ERR_MEMORY;
    for (*n = 0; *n < count && kg_properties_next(&key, &value, &properties); ++*n) {
        KG_TRY(st, kg_name_get(&(*entries)[*n].key, g->snapshot, KG_KEY, key));
        KG_TRY(st, cy_from_stored(&(*entries)[*n].value, arena, &value));
    }
    return KG_OK;
}

static kg_status as_map(cy_value *out, kg_arena *arena, const cy_entry *entries, size_t n) {
    cy_map *map = kg_arena_alloc(arena, sizeof *map);
    if (!map)
        return KG_ERR_MEMORY;
    *map = (cy_map){n, entries};
    *out = (cy_value){.kind = CY_MAP, .as.map = map};
    return KG_OK;
}

kg_status cy_node_properties(cy_value *out, const cy_graph *g, kg_arena *arena, kg_id node) {
    kg_status st;
    cy_entry *entries;
    size_t n;
    kg_str label;
    kg_properties properties = {{NULL, 0}};
    const cy_node_change *c = changed(g, node);
    if (c && c->has_properties) {
        *out = c->properties;
        return KG_OK;
    }
    if (c && c->made)
        return as_map(out, arena, NULL, 0);
    KG_TRY(st, kg_entity_properties(&properties, g->snapshot, node));
    KG_TRY(st, record_map(&entries, &n, g, arena, properties));
    KG_TRY(st, stored_label(&label, g, node));
    bool named = false;
    for (size_t i = 0; i < n && !named; i++)
        named = kg_str_equal(entries[i].key, KG_STR("name"));
    if (label.len && !named)
        entries[n++] = (cy_entry){KG_STR("name"), cy_string(label)};
    return as_map(out, arena, entries, n);
}

kg_status cy_edge_properties(cy_value *out, const cy_graph *g, kg_arena *arena,
                             const cy_edge *edge) {
    kg_status st;
    cy_entry *entries;
    size_t n;
    kg_properties properties = {{NULL, 0}};
    const cy_edge_change *c = g->changes ? cy_changed_edge(g->changes, edge) : NULL;
    if (c && c->has_properties) {
        *out = c->properties;
        return KG_OK;
    }
    if (!c || !c->added)
        KG_TRY(st, kg_edge_properties(&properties, g->snapshot, edge->head, edge->relation,
                                      edge->tail));
    KG_TRY(st, record_map(&entries, &n, g, arena, properties));
    return as_map(out, arena, entries, n);
}

/* ---- Edges ----------------------------------------------------------------------------------- */

bool cy_edge_is_deleted(const cy_graph *g, const cy_edge *edge) {
    if (!g->changes || !g->changes->any_edge_deleted)
        return false;
    const cy_edge_change *c = cy_changed_edge(g->changes, edge);
    return c && c->deleted;
}

/* The sides to walk: 0 out, 1 in. */
static kg_status open_side(cy_edges *e) {
    kg_status st;
    e->stored = (kg_edges){NULL, 0};
    e->at = 0;
    e->added = NULL;
    e->n_added = e->at_added = 0;
    e->row = NULL;
    if (e->n_relations == 1 && cy_cached_row(&e->row, &e->n_row, e->graph, e->node, e->relations[0],
                                             e->side == 0 ? 1 : -1))
        return KG_OK;
    if (e->node < e->graph->stats.entities)
        KG_TRY(st, kg_entity_edges(e->side == 0 ? &e->stored : NULL,
                                   e->side == 0 ? NULL : &e->stored, e->graph->snapshot, e->node));
    const cy_node_change *c = changed(e->graph, e->node);
    if (c) {
        const cy_edge_list *list = e->side == 0 ? &c->out : &c->in;
        e->added = list->data;
        e->n_added = list->len;
    }
    return KG_OK;
}

uint64_t cy_node_degree(const cy_graph *g, kg_id node) {
    kg_edges out = {0}, in = {0};
    if (node >= g->stats.entities || kg_entity_edges(&out, &in, g->snapshot, node) != KG_OK)
        return 0;
    return (uint64_t)out.count + in.count;
}

/* Loops, which direction 0 gives once, are counted on both sides. */
static uint64_t count_loops(kg_edges out, kg_id node, const kg_id *relations, size_t n) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < out.count; i++)
        count += kg_edge_entity(out, i) == node &&
                 cy_takes_relation(relations, n, kg_edge_relation(out, i));
    return count;
}

static uint64_t count_side(kg_edges edges, const kg_id *relations, size_t n) {
    uint64_t count = 0;
    for (uint32_t i = 0; n && i < edges.count; i++)
        count += cy_takes_relation(relations, n, kg_edge_relation(edges, i));
    return n ? count : edges.count;
}

kg_status cy_count_edges(uint64_t *count, const cy_graph *g, kg_id node, int direction,
                         const kg_id *relations, size_t n) {
    kg_status st;
    const kg_id *row;
    uint32_t n_row;
    kg_edges out = {NULL, 0}, in = {NULL, 0};
    if (direction && n == 1 && cy_cached_row(&row, &n_row, g, node, relations[0], direction)) {
        *count = n_row;
        return KG_OK;
    }
    KG_TRY(st, kg_entity_edges(direction >= 0 ? &out : NULL, direction <= 0 ? &in : NULL,
                               g->snapshot, node));
    *count = count_side(out, relations, n) + count_side(in, relations, n);
    if (direction == 0)
        *count -= count_loops(out, node, relations, n);
    return KG_OK;
}

kg_status cy_edges_open(cy_edges *e, const cy_graph *g, kg_id node, int direction,
                        const kg_id *relations, size_t n_relations) {
    *e = (cy_edges){.graph = g,
                    .node = node,
                    .direction = direction,
                    .side = direction < 0,
                    .relations = relations,
                    .n_relations = n_relations};
    return open_side(e);
}

static bool next_of_side(cy_edge *edge, kg_id *other, cy_edges *e) {
    if (e->row) {
        if (e->at == e->n_row)
            return false;
        kg_id relation = e->relations[0];
        *other = e->row[e->at++];
        *edge = e->side == 0 ? (cy_edge){e->node, relation, *other}
                             : (cy_edge){*other, relation, e->node};
        return true;
    }
    while (e->at < e->stored.count) {
        kg_id relation = kg_edge_relation(e->stored, e->at);
        kg_id end = kg_edge_entity(e->stored, e->at++);
        if (!cy_takes_relation(e->relations, e->n_relations, relation))
            continue;
        *other = end;
        *edge =
            e->side == 0 ? (cy_edge){e->node, relation, end} : (cy_edge){end, relation, e->node};
        if (!cy_edge_is_deleted(e->graph, edge))
            return true;
    }
    while (e->at_added < e->n_added) {
        *edge = e->added[e->at_added++];
        if (!cy_takes_relation(e->relations, e->n_relations, edge->relation) ||
            cy_edge_is_deleted(e->graph, edge))
            continue;
        *other = e->side == 0 ? edge->tail : edge->head;
        return true;
    }
    return false;
}

bool cy_edges_next(cy_edge *edge, kg_id *other, cy_edges *e) {
    for (;;) {
        while (next_of_side(edge, other, e))
            if (e->direction != 0 || e->side == 0 || edge->head != edge->tail)
                return true;
        if (e->direction != 0 || e->side == 1)
            return false;
        e->side = 1;
        if (open_side(e) != KG_OK)
            return false;
    }
}

kg_status cy_edge_is_there(bool *out, const cy_graph *g, const cy_edge *edge) {
    kg_status st;
    cy_edges edges;
    cy_edge found;
    kg_id other;
    *out = false;
    if (!cy_node_is_there(g, edge->head) || cy_edge_is_deleted(g, edge))
        return KG_OK;
    KG_TRY(st, cy_edges_open(&edges, g, edge->head, 1, &edge->relation, 1));
    while (!*out && cy_edges_next(&found, &other, &edges))
        *out = other == edge->tail;
    return KG_OK;
}
