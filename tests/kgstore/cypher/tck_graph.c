#include "tck_graph.h"

#include "kgstore/cypher/temporal.h"

/* ---- Trees of values ------------------------------------------------------------------------- */

static kg_status list_from(tck_value *out, kg_arena *arena, const cy_graph *graph,
                           const cy_value *value) {
    kg_status st;
    *out = (tck_value){.kind = TCK_ITEMS};
    for (uint32_t i = 0; i < value->count; i++) {
        tck_value item;
        KG_TRY(st, tck_value_from(&item, arena, graph, &value->as.items[i]));
        TCK_PUSH(arena, &out->items, item);
    }
    return KG_OK;
}

static kg_status fields_from(tck_value *out, kg_arena *arena, const cy_graph *graph,
                             const cy_map *map) {
    kg_status st;
    for (size_t i = 0; i < map->count; i++) {
        tck_field field = {.key = tck_copy(arena, map->entries[i].key)};
        KG_TRY(st, tck_value_from(&field.value, arena, graph, &map->entries[i].value));
        TCK_PUSH(arena, &out->fields, field);
    }
    return KG_OK;
}

static kg_status node_from(tck_value *out, kg_arena *arena, const cy_graph *graph, kg_id node) {
    kg_status st;
    cy_labels labels;
    cy_value properties;
    *out = (tck_value){.kind = TCK_NODE};
    KG_TRY(st, cy_node_labels(&labels, graph, node));
    for (uint32_t i = 0; i < labels.count; i++) {
        kg_str name;
        KG_TRY(st, cy_graph_name(&name, graph, KG_TYPE, cy_labels_at(&labels, i)));
        TCK_PUSH(arena, &out->labels, tck_copy(arena, name));
    }
    KG_TRY(st, cy_node_properties(&properties, graph, arena, node));
    return fields_from(out, arena, graph, properties.as.map);
}

static kg_status edge_from(tck_value *out, kg_arena *arena, const cy_graph *graph,
                           const cy_edge *edge) {
    kg_status st;
    kg_str name;
    cy_value properties;
    *out = (tck_value){.kind = TCK_EDGE};
    KG_TRY(st, cy_graph_name(&name, graph, KG_RELATION, edge->relation));
    out->text = tck_copy(arena, name);
    KG_TRY(st, cy_edge_properties(&properties, graph, arena, edge));
    return fields_from(out, arena, graph, properties.as.map);
}

static kg_status path_from(tck_value *out, kg_arena *arena, const cy_graph *graph,
                           const cy_path *path) {
    kg_status st;
    tck_value item;
    *out = (tck_value){.kind = TCK_PATH};
    for (size_t i = 0; i < path->length; i++) {
        const cy_edge *edge = &path->edges[i];
        KG_TRY(st, node_from(&item, arena, graph, path->nodes[i]));
        TCK_PUSH(arena, &out->items, item);
        KG_TRY(st, edge_from(&item, arena, graph, edge));
        item.direction = edge->head == edge->tail       ? TCK_LOOP
                         : edge->head == path->nodes[i] ? TCK_FORWARD
                                                        : TCK_BACKWARD;
        TCK_PUSH(arena, &out->items, item);
    }
    KG_TRY(st, node_from(&item, arena, graph, path->nodes[path->length]));
    TCK_PUSH(arena, &out->items, item);
    return KG_OK;
}

kg_status tck_value_from(tck_value *out, kg_arena *arena, const cy_graph *graph,
                         const cy_value *value) {
    kg_status st;
    switch (value->kind) {
    case CY_NULL:
        *out = (tck_value){.kind = TCK_NULL};
        return KG_OK;
    case CY_BOOLEAN:
        *out = (tck_value){.kind = TCK_BOOLEAN, .yes = value->as.yes};
        return KG_OK;
    case CY_INTEGER:
        *out = (tck_value){.kind = TCK_INTEGER, .integer = value->as.integer};
        return KG_OK;
    case CY_FLOAT:
        *out = (tck_value){.kind = TCK_FLOAT, .real = value->as.real};
        return KG_OK;
    case CY_STRING:
        *out = (tck_value){.kind = TCK_STRING, .text = tck_copy(arena, value->as.text)};
        return KG_OK;
    case CY_LIST:
        return list_from(out, arena, graph, value);
    case CY_MAP:
        *out = (tck_value){.kind = TCK_MAP};
        return fields_from(out, arena, graph, value->as.map);
    case CY_NODE:
        return node_from(out, arena, graph, value->as.node);
    case CY_EDGE:
        return edge_from(out, arena, graph, &value->as.edge);
    case CY_PATH:
        return path_from(out, arena, graph, value->as.path);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        break;
    }
    *out = (tck_value){.kind = TCK_TEMPORAL};
    KG_TRY(st, cy_temporal_text(&out->text, arena, value));
    return KG_OK;
}

/* ---- Values of trees ------------------------------------------------------------------------- */

static kg_status map_to(cy_value *out, kg_arena *arena, const tck_value *value) {
    kg_status st;
    size_t n = value->fields.len;
    cy_entry *entries = tck_new(arena, n * sizeof *entries);
    cy_map *map = tck_new(arena, sizeof *map);
    for (size_t i = 0; i < n; i++) {
        entries[i].key = value->fields.data[i].key;
        KG_TRY(st, tck_value_to(&entries[i].value, arena, &value->fields.data[i].value));
    }
    *map = (cy_map){n, entries};
    *out = (cy_value){.kind = CY_MAP, .as.map = map};
    return KG_OK;
}

static kg_status list_to(cy_value *out, kg_arena *arena, const tck_value *value) {
    kg_status st;
    size_t n = value->items.len;
    cy_value *items = tck_new(arena, n * sizeof *items);
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, tck_value_to(&items[i], arena, &value->items.data[i]));
    *out = cy_list(items, n);
    return KG_OK;
}

kg_status tck_value_to(cy_value *out, kg_arena *arena, const tck_value *value) {
    switch (value->kind) {
    case TCK_NULL:
        *out = CY_NULL_VALUE;
        return KG_OK;
    case TCK_BOOLEAN:
        *out = cy_boolean(value->yes);
        return KG_OK;
    case TCK_INTEGER:
        *out = cy_integer(value->integer);
        return KG_OK;
    case TCK_FLOAT:
        *out = cy_float(value->real);
        return KG_OK;
    case TCK_STRING:
        *out = cy_string(value->text);
        return KG_OK;
    case TCK_ITEMS:
        return list_to(out, arena, value);
    case TCK_MAP:
        return map_to(out, arena, value);
    case TCK_TEMPORAL:
    case TCK_NODE:
    case TCK_EDGE:
    case TCK_PATH:
        break;
    }
    return KG_ERR_FORMAT;
}

/* ---- States ---------------------------------------------------------------------------------- */

static void add_properties(tck_state *state, kg_arena *arena, kg_str owner,
                           const tck_value *holder) {
    for (size_t i = 0; i < holder->fields.len; i++) {
        kg_str value = tck_value_text(arena, &holder->fields.data[i].value);
        kg_str text = tck_format(arena, "%.*s %.*s = %.*s", KG_STR_ARG(owner),
                                 KG_STR_ARG(holder->fields.data[i].key), KG_STR_ARG(value));
        TCK_PUSH(arena, &state->parts[TCK_PROPERTIES], text);
    }
}

static kg_status add_edges(tck_state *state, kg_arena *arena, const cy_graph *graph, kg_id node) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    KG_TRY(st, cy_edges_open(&edges, graph, node, 1, NULL, 0));
    while (cy_edges_next(&edge, &other, &edges)) {
        tck_value tree;
        kg_str id = tck_format(arena, "%u-%u-%u", edge.head, edge.relation, edge.tail);
        KG_TRY(st, edge_from(&tree, arena, graph, &edge));
        TCK_PUSH(arena, &state->parts[TCK_EDGES], id);
        add_properties(state, arena, id, &tree);
    }
    return KG_OK;
}

kg_status tck_state_of(tck_state *out, kg_arena *arena, const cy_graph *graph) {
    kg_status st;
    *out = (tck_state){0};
    for (kg_id node = 0; node < cy_graph_end(graph); node++) {
        tck_value tree;
        if (!cy_node_is_there(graph, node))
            continue;
        kg_str id = tck_format(arena, "%u", node);
        KG_TRY(st, node_from(&tree, arena, graph, node));
        TCK_PUSH(arena, &out->parts[TCK_NODES], id);
        for (size_t i = 0; i < tree.labels.len; i++)
            TCK_PUSH(arena, &out->parts[TCK_LABELS], tree.labels.data[i]);
        add_properties(out, arena, id, &tree);
        KG_TRY(st, add_edges(out, arena, graph, node));
    }
    tck_state_sort(out);
    return KG_OK;
}
