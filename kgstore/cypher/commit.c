/* Changes as calls of the writer: relationships that go, then nodes, of which new ones may have the
 * names; nodes that are new, what differs about nodes, and last the relationships that are new. */
#include "kgstore/cypher/commit.h"

typedef struct committing {
    kg_writer *writer;
    cy_graph *g;
    kg_arena arena; /* of the change at hand */
    kg_error *err;
} committing;

static bool is_name(kg_str key) {
    return kg_str_equal(key, KG_STR("name"));
}

/* A property called name that is a string is the node's label. */
static bool is_label(const cy_entry *entry) {
    return is_name(entry->key) && entry->value.kind == CY_STRING && entry->value.as.text.len > 0;
}

static kg_status to_property(kg_property *out, committing *m, const cy_entry *entry) {
    out->key = entry->key;
    return cy_to_stored(&out->value, &m->arena, &entry->value);
}

/* The properties of a map but the label. */
static kg_status to_properties(kg_property **out, size_t *n, committing *m, const cy_map *map,
                               bool is_node) {
    kg_status st;
    *n = 0;
    *out = kg_arena_alloc(&m->arena, (map->count + 1) * sizeof **out);
    if (!*out)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < map->count; i++)
        if (!is_node || !is_label(&map->entries[i]))
            KG_TRY(st, to_property(&(*out)[(*n)++], m, &map->entries[i]));
    return KG_OK;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static kg_status give_type(committing *m, kg_str identifier, kg_id type) {
    kg_status st;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = identifier;
    KG_TRY(st, cy_graph_name(&s.head_type, m->g, KG_TYPE, type));
    return kg_writer_statement(m->writer, &s, m->err);
}

static kg_status make_node(committing *m, const cy_node_change *change) {
    kg_status st;
    kg_property *properties = NULL;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = change->identifier;
    if (change->has_properties) {
        const cy_map *map = change->properties.as.map;
        for (size_t i = 0; i < map->count; i++)
            if (is_label(&map->entries[i]))
                s.label = map->entries[i].value.as.text;
        KG_TRY(st, to_properties(&properties, &s.n_properties, m, map, true));
        s.properties = properties;
    }
    KG_TRY(st, kg_writer_statement(m->writer, &s, m->err));
    for (size_t i = 0; i < change->labels.len; i++)
        KG_TRY(st, give_type(m, change->identifier, change->labels.data[i]));
    return KG_OK;
}

static bool holds(const kg_id *ids, size_t n, kg_id id) {
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static kg_status change_types(committing *m, const cy_node_change *change, kg_str identifier) {
    kg_status st;
    kg_types before;
    KG_TRY(st, kg_entity_types(&before, m->g->snapshot, change->node));
    for (size_t i = 0; i < change->labels.len; i++)
        KG_TRY(st, give_type(m, identifier, change->labels.data[i]));
    for (uint32_t i = 0; i < before.count; i++) {
        kg_str name;
        if (holds(change->labels.data, change->labels.len, kg_types_at(before, i)))
            continue;
        KG_TRY(st, cy_graph_name(&name, m->g, KG_TYPE, kg_types_at(before, i)));
        KG_TRY(st, kg_writer_remove_type(m->writer, identifier, name, m->err));
    }
    return KG_OK;
}

static kg_status find_language(void *context, const kg_label *label) {
    if (label->preferred)
        *(kg_str *)context = label->language;
    return KG_OK;
}

static kg_status change_label(committing *m, const cy_node_change *change, kg_str identifier,
                              const cy_value *before, const cy_value *after) {
    kg_status st;
    kg_str language = {NULL, 0};
    KG_TRY(st, kg_entity_labels(m->g->snapshot, change->node, find_language, &language));
    if (after)
        return kg_writer_set_label(m->writer, identifier, after->as.text, language, m->err);
    return before ? kg_writer_remove_label(m->writer, identifier, language, m->err) : KG_OK;
}

static bool has_property(const cy_graph *g, kg_id node, kg_str key) {
    kg_id id;
    kg_value value;
    kg_properties properties;
    return kg_name_find(&id, g->snapshot, KG_KEY, key) == KG_OK &&
           kg_entity_properties(&properties, g->snapshot, node) == KG_OK &&
           kg_properties_find(&value, properties, id);
}

/* The label is a `name` that no property is. */
static kg_status change_properties(committing *m, const cy_node_change *change, kg_str identifier) {
    kg_status st;
    cy_value old;
    cy_graph stored = *m->g;
    stored.changes = NULL;
    KG_TRY(st, cy_node_properties(&old, &stored, &m->arena, change->node));
    const cy_map *before = old.as.map, *after = change->properties.as.map;
    bool named = has_property(m->g, change->node, KG_STR("name"));
    for (size_t i = 0; i < after->count; i++) {
        const cy_entry *entry = &after->entries[i];
        const cy_value *was = cy_map_get(before, entry->key);
        kg_property property;
        if (was && cy_same(was, &entry->value) && was->kind == entry->value.kind)
            continue;
        if (is_label(entry) && !named) {
            KG_TRY(st, change_label(m, change, identifier, was, &entry->value));
            continue;
        }
        KG_TRY(st, to_property(&property, m, entry));
        KG_TRY(st,
               kg_writer_set_property(m->writer, identifier, entry->key, &property.value, m->err));
    }
    for (size_t i = 0; i < before->count; i++) {
        const cy_entry *entry = &before->entries[i];
        const cy_value *now = cy_map_get(after, entry->key);
        bool label = is_name(entry->key) && !named;
        if (label && (!now || now->kind != CY_STRING))
            KG_TRY(st, change_label(m, change, identifier, &entry->value, NULL));
        else if (!label && !now)
            KG_TRY(st, kg_writer_set_property(m->writer, identifier, entry->key, NULL, m->err));
    }
    return KG_OK;
}

static kg_status commit_node(committing *m, const cy_node_change *change) {
    kg_status st;
    kg_str identifier;
    if (change->deleted)
        return KG_OK;
    if (change->made)
        return make_node(m, change);
    KG_TRY(st, cy_node_identifier(&identifier, m->g, change->node));
    if (change->has_labels)
        KG_TRY(st, change_types(m, change, identifier));
    return change->has_properties ? change_properties(m, change, identifier) : KG_OK;
}

/* ---- Relationships --------------------------------------------------------------------------- */

static kg_status edge_names(kg_str names[3], const committing *m, const cy_edge *edge) {
    kg_status st;
    KG_TRY(st, cy_node_identifier(&names[0], m->g, edge->head));
    KG_TRY(st, cy_graph_name(&names[1], m->g, KG_RELATION, edge->relation));
    return cy_node_identifier(&names[2], m->g, edge->tail);
}

static kg_status make_edge(committing *m, const cy_edge_change *change) {
    kg_status st;
    kg_str names[3];
    kg_property *properties = NULL;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    KG_TRY(st, edge_names(names, m, &change->edge));
    s.head = names[0], s.relation = names[1], s.tail = names[2];
    if (change->has_properties)
        KG_TRY(st,
               to_properties(&properties, &s.n_properties, m, change->properties.as.map, false));
    s.properties = properties;
    return kg_writer_statement(m->writer, &s, m->err);
}

static kg_status change_edge(committing *m, const cy_edge_change *change) {
    kg_status st;
    kg_str names[3];
    cy_value old;
    cy_graph stored = *m->g;
    stored.changes = NULL;
    KG_TRY(st, edge_names(names, m, &change->edge));
    KG_TRY(st, cy_edge_properties(&old, &stored, &m->arena, &change->edge));
    const cy_map *before = old.as.map, *after = change->properties.as.map;
    for (size_t i = 0; i < after->count; i++) {
        kg_property property;
        KG_TRY(st, to_property(&property, m, &after->entries[i]));
        KG_TRY(st, kg_writer_set_edge_property(m->writer, names[0], names[1], names[2],
                                               property.key, &property.value, m->err));
    }
    for (size_t i = 0; i < before->count; i++)
        if (!cy_map_get(after, before->entries[i].key))
            KG_TRY(st, kg_writer_set_edge_property(m->writer, names[0], names[1], names[2],
                                                   before->entries[i].key, NULL, m->err));
    return KG_OK;
}

static kg_status delete_edge(committing *m, const cy_edge_change *change) {
    kg_status st;
    kg_str names[3];
    KG_TRY(st, edge_names(names, m, &change->edge));
    return kg_writer_delete(m->writer, names[0], names[1], names[2], m->err);
}

static kg_status commit_edge(committing *m, const cy_edge_change *change) {
    if (change->deleted)
        return KG_OK;
    if (change->added)
        return make_edge(m, change);
    return change->has_properties ? change_edge(m, change) : KG_OK;
}

static kg_status commit_all(committing *m) {
    kg_status st;
    const cy_changes *c = m->g->changes;
    for (size_t i = 0; i < c->edges.len; i++)
        if (c->edges.data[i].deleted && !c->edges.data[i].added)
            KG_TRY(st, delete_edge(m, &c->edges.data[i]));
    for (size_t i = 0; i < c->nodes.len; i++) {
        kg_str identifier;
        const cy_node_change *change = &c->nodes.data[i];
        if (!change->deleted || change->made)
            continue;
        KG_TRY(st, cy_node_identifier(&identifier, m->g, change->node));
        KG_TRY(st, kg_writer_delete_entity(m->writer, identifier, false, m->err));
    }
    for (size_t i = 0; i < c->nodes.len; i++) {
        KG_TRY(st, commit_node(m, &c->nodes.data[i]));
        kg_arena_reset(&m->arena);
    }
    for (size_t i = 0; i < c->edges.len; i++) {
        KG_TRY(st, commit_edge(m, &c->edges.data[i]));
        kg_arena_reset(&m->arena);
    }
    return KG_OK;
}

kg_status cy_commit(kg_writer *writer, cy_graph *graph, kg_error *err) {
    committing m = {.writer = writer, .g = graph, .err = err};
    kg_status st = commit_all(&m);
    kg_arena_free(&m.arena);
    return st;
}
