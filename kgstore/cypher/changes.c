/* Changes of the graph, kept beside the snapshot until they are committed. */
#include "kgstore/cypher/changes.h"

#include "kgstore/base/hash.h"

#include <stdio.h>

void cy_changes_init(cy_changes *c, kg_id first_new) {
    *c = (cy_changes){.first_new = first_new};
}

void cy_changes_free(cy_changes *c) {
    for (size_t i = 0; i < c->nodes.len; i++) {
        kg_array_free(&c->nodes.data[i].labels);
        kg_array_free(&c->nodes.data[i].out);
        kg_array_free(&c->nodes.data[i].in);
    }
    kg_array_free(&c->nodes);
    kg_array_free(&c->edges);
    for (int kind = 0; kind < KG_KINDS; kind++)
        kg_array_free(&c->names[kind]);
    kg_id_map_free(&c->node_places);
    kg_id_map_free(&c->edge_places);
    kg_array_free(&c->notes);
    kg_id_map_free(&c->note_places);
    kg_arena_free(&c->arena);
    *c = (cy_changes){0};
}

/* ---- Finding --------------------------------------------------------------------------------- */

cy_node_change *cy_changed_node(const cy_changes *c, kg_id node) {
    const kg_id_entry *entry = c->nodes.len ? kg_id_map_find(&c->node_places, node, 0, 0) : NULL;
    return entry && entry->value ? &c->nodes.data[entry->value - 1] : NULL;
}

cy_edge_change *cy_changed_edge(const cy_changes *c, const cy_edge *edge) {
    const kg_id_entry *entry =
        c->edges.len ? kg_id_map_find(&c->edge_places, edge->head, edge->relation, edge->tail)
                     : NULL;
    return entry && entry->value ? &c->edges.data[entry->value - 1] : NULL;
}

/* The change of a node, made where there is none yet. */
static kg_status node_change(cy_node_change **out, cy_changes *c, kg_id node) {
    kg_status st;
    kg_id_entry *entry;
    *out = cy_changed_node(c, node);
    if (*out)
        return KG_OK;
    const cy_node_change fresh = {.node = node};
    KG_TRY(st, kg_array_push(&c->nodes, fresh));
    KG_TRY(st, kg_id_map_insert(&entry, &c->node_places, node, 0, 0));
    entry->value = (uint32_t)c->nodes.len;
    *out = &c->nodes.data[c->nodes.len - 1];
    return KG_OK;
}

static kg_status edge_change(cy_edge_change **out, cy_changes *c, const cy_edge *edge) {
    kg_status st;
    kg_id_entry *entry;
    *out = cy_changed_edge(c, edge);
    if (*out)
        return KG_OK;
    const cy_edge_change fresh = {.edge = *edge};
    KG_TRY(st, kg_array_push(&c->edges, fresh));
    KG_TRY(st, kg_id_map_insert(&entry, &c->edge_places, edge->head, edge->relation, edge->tail));
    entry->value = (uint32_t)c->edges.len;
    *out = &c->edges.data[c->edges.len - 1];
    return KG_OK;
}

/* ---- Looking up ------------------------------------------------------------------------------ */

static uint64_t hash_note(kg_str key, const cy_value *value) {
    return kg_hash_bytes(key.data, key.len, cy_hash(value));
}

static kg_status note(cy_changes *c, kg_str key, const cy_value *value, kg_id node) {
    kg_status st;
    kg_id_entry *entry;
    uint64_t hash = hash_note(key, value);
    KG_TRY(st,
           kg_id_map_insert(&entry, &c->note_places, (uint32_t)hash, (uint32_t)(hash >> 32), 0));
    if (entry->value && c->notes.data[entry->value - 1].node == node)
        return KG_OK;
    const cy_note fresh = {node, entry->value};
    KG_TRY(st, kg_array_push(&c->notes, fresh));
    entry->value = (uint32_t)c->notes.len;
    return KG_OK;
}

/* Note what nodes are looked up by. */
static kg_status note_map(cy_graph *g, kg_id node, const cy_map *map) {
    kg_status st;
    for (size_t i = 0; i < map->count; i++) {
        kg_str key = map->entries[i].key;
        if (kg_str_equal(key, KG_STR("name")) || kg_str_equal(key, KG_STR("id")) ||
            cy_key_is_indexed(g, key))
            KG_TRY(st, note(g->changes, key, &map->entries[i].value, node));
    }
    return KG_OK;
}

kg_status cy_find_noted(cy_ids *out, const cy_changes *c, kg_str key, const cy_value *value) {
    kg_status st;
    uint64_t hash = hash_note(key, value);
    const kg_id_entry *entry =
        c->notes.len ? kg_id_map_find(&c->note_places, (uint32_t)hash, (uint32_t)(hash >> 32), 0)
                     : NULL;
    for (uint32_t at = entry ? entry->value : 0; at; at = c->notes.data[at - 1].before)
        KG_TRY(st, kg_array_push(out, c->notes.data[at - 1].node));
    return KG_OK;
}

/* ---- Nodes and edges ------------------------------------------------------------------------- */

/* "_:n1" and so on: the first that nothing is called. */
static kg_status make_up(kg_str *out, cy_graph *g) {
    char text[40];
    kg_id id;
    do {
        int n = snprintf(text, sizeof text, "_:n%llu",
                         (unsigned long long)(g->stats.entities + ++g->changes->n_counted));
        *out = (kg_str){text, (size_t)n};
    } while (kg_name_find(&id, g->snapshot, KG_ENTITY, *out) == KG_OK);
    out->data = kg_arena_copy(&g->changes->arena, *out);
    return out->data ? KG_OK : KG_ERR_MEMORY;
}

/* Of a node that was deleted another may have the name. */
static kg_status is_called(bool *out, const cy_graph *g, kg_str identifier) {
    kg_id id;
    cy_ids made = KG_ARRAY_INIT;
    const cy_value name = cy_string(identifier);
    *out = kg_name_find(&id, g->snapshot, KG_ENTITY, identifier) == KG_OK &&
           !cy_node_is_deleted(g, id);
    kg_status st = cy_find_noted(&made, g->changes, KG_STR("elementId"), &name);
    for (size_t i = 0; st == KG_OK && i < made.len; i++) {
        const cy_node_change *change = cy_changed_node(g->changes, made.data[i]);
        *out = *out || (!change->deleted && kg_str_equal(change->identifier, identifier));
    }
    kg_array_free(&made);
    return st;
}

kg_status cy_make_node(kg_id *node, cy_graph *g, kg_str identifier, kg_error *err) {
    kg_status st;
    bool called = false;
    cy_node_change *change;
    cy_changes *c = g->changes;
    if (identifier.len)
        KG_TRY(st, is_called(&called, g, identifier));
    if (called)
        return kg_error_set(err, KG_ERR_EXISTS, "there is an entity %.*s already",
                            (int)(identifier.len < 200 ? identifier.len : 200), identifier.data);
    kg_id id = c->first_new + (kg_id)c->n_made;
    if (identifier.len) {
        identifier.data = kg_arena_copy(&c->arena, identifier);
        if (!identifier.data)
            return KG_ERR_MEMORY;
    } else {
        KG_TRY(st, make_up(&identifier, g));
    }
    const cy_value name = cy_string(identifier);
    KG_TRY(st, note(c, KG_STR("elementId"), &name, id));
    KG_TRY(st, node_change(&change, c, id));
    change->made = true;
    change->identifier = identifier;
    c->n_made++;
    *node = id;
    return KG_OK;
}

static kg_status link(cy_changes *c, kg_id node, const cy_edge *edge, bool out) {
    kg_status st;
    cy_node_change *change;
    KG_TRY(st, node_change(&change, c, node));
    return out ? kg_array_push(&change->out, *edge) : kg_array_push(&change->in, *edge);
}

kg_status cy_make_edge(cy_graph *g, const cy_edge *edge) {
    kg_status st;
    bool there;
    cy_edge_change *change;
    cy_changes *c = g->changes;
    KG_TRY(st, cy_edge_is_there(&there, g, edge));
    if (there)
        return KG_OK;
    KG_TRY(st, edge_change(&change, c, edge));
    if (change->deleted) { /* it is on its lists still: the snapshot's, or the changes' */
        change->deleted = false;
        change->has_properties = true;
        cy_entry *entries;
        change->properties = cy_new_map(&entries, &c->arena, 0);
        return cy_is_null(&change->properties) ? KG_ERR_MEMORY : KG_OK;
    }
    change->added = true;
    KG_TRY(st, link(c, edge->head, edge, true));
    return link(c, edge->tail, edge, false);
}

kg_status cy_delete_edge(cy_graph *g, const cy_edge *edge) {
    kg_status st;
    cy_edge_change *change;
    KG_TRY(st, edge_change(&change, g->changes, edge));
    change->deleted = true;
    g->changes->any_edge_deleted = true;
    return KG_OK;
}

kg_status cy_delete_node(cy_graph *g, kg_id node) {
    kg_status st;
    cy_node_change *change;
    KG_TRY(st, node_change(&change, g->changes, node));
    change->deleted = true;
    g->changes->any_node_deleted = true;
    return KG_OK;
}

kg_status cy_node_has_edges(bool *out, const cy_graph *g, kg_id node) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    KG_TRY(st, cy_edges_open(&edges, g, node, 0, NULL, 0));
    *out = cy_edges_next(&edge, &other, &edges);
    return KG_OK;
}

/* ---- Labels ---------------------------------------------------------------------------------- */

static kg_status own_labels(cy_node_change **out, cy_graph *g, kg_id node) {
    kg_status st;
    cy_labels labels;
    KG_TRY(st, cy_node_labels(&labels, g, node));
    KG_TRY(st, node_change(out, g->changes, node));
    if ((*out)->has_labels || (*out)->made) {
        (*out)->has_labels = true;
        return KG_OK;
    }
    for (uint32_t i = 0; i < labels.count; i++)
        KG_TRY(st, kg_array_push(&(*out)->labels, cy_labels_at(&labels, i)));
    (*out)->has_labels = true;
    return KG_OK;
}

kg_status cy_add_label(cy_graph *g, kg_id node, kg_id type) {
    kg_status st;
    cy_node_change *change;
    if (cy_node_has_label(g, node, type))
        return KG_OK;
    KG_TRY(st, own_labels(&change, g, node));
    return kg_array_push(&change->labels, type);
}

kg_status cy_remove_label(cy_graph *g, kg_id node, kg_id type) {
    kg_status st;
    size_t kept = 0;
    cy_node_change *change;
    if (!cy_node_has_label(g, node, type))
        return KG_OK;
    KG_TRY(st, own_labels(&change, g, node));
    for (size_t i = 0; i < change->labels.len; i++)
        if (change->labels.data[i] != type)
            change->labels.data[kept++] = change->labels.data[i];
    change->labels.len = kept;
    return KG_OK;
}

/* ---- Properties ------------------------------------------------------------------------------ */

/* A map with the entries of one, those of another in place of what they share, and without nulls.
 */
static kg_status join_maps(cy_value *out, kg_arena *arena, const cy_map *old, const cy_map *fresh) {
    kg_status st;
    size_t n = 0;
    cy_entry *entries;
    cy_value made = cy_new_map(&entries, arena, (old ? old->count : 0) + fresh->count);
    if (cy_is_null(&made))
        return KG_ERR_MEMORY;
    for (size_t i = 0; old && i < old->count; i++)
        if (!cy_map_get(fresh, old->entries[i].key))
            entries[n++] = old->entries[i];
    for (size_t i = 0; i < fresh->count; i++) {
        if (cy_is_null(&fresh->entries[i].value))
            continue;
        kg_str key = fresh->entries[i].key;
        entries[n].key = (kg_str){kg_arena_copy(arena, key), key.len};
        if (!entries[n].key.data)
            return KG_ERR_MEMORY;
        KG_TRY(st, cy_copy(&entries[n++].value, arena, &fresh->entries[i].value));
    }
    *out = made;
    ((cy_map *)(uintptr_t)made.as.map)->count = n;
    return KG_OK;
}

kg_status cy_set_node_map(cy_graph *g, kg_id node, const cy_map *map, bool more) {
    kg_status st;
    cy_node_change *change;
    cy_value old = CY_NULL_VALUE, made;
    if (more)
        KG_TRY(st, cy_node_properties(&old, g, &g->changes->arena, node));
    KG_TRY(st, join_maps(&made, &g->changes->arena, more ? old.as.map : NULL, map));
    KG_TRY(st, note_map(g, node, map));
    KG_TRY(st, node_change(&change, g->changes, node));
    change->has_properties = true;
    change->properties = made;
    return KG_OK;
}

kg_status cy_set_edge_map(cy_graph *g, const cy_edge *edge, const cy_map *map, bool more) {
    kg_status st;
    cy_edge_change *change;
    cy_value old = CY_NULL_VALUE, made;
    if (more)
        KG_TRY(st, cy_edge_properties(&old, g, &g->changes->arena, edge));
    KG_TRY(st, join_maps(&made, &g->changes->arena, more ? old.as.map : NULL, map));
    KG_TRY(st, edge_change(&change, g->changes, edge));
    change->has_properties = true;
    change->properties = made;
    return KG_OK;
}

kg_status cy_set_node_property(cy_graph *g, kg_id node, kg_str key, const cy_value *value) {
    const cy_entry entry = {key, *value};
    const cy_map map = {1, &entry};
    return cy_set_node_map(g, node, &map, true);
}

kg_status cy_set_edge_property(cy_graph *g, const cy_edge *edge, kg_str key,
                               const cy_value *value) {
    const cy_entry entry = {key, *value};
    const cy_map map = {1, &entry};
    return cy_set_edge_map(g, edge, &map, true);
}
