/* Values as openCypher writes them. */
#include "kgstore/cypher/graph.h"
#include "kgstore/cypher/querysession.h"
#include "kgstore/cypher/temporal.h"

static kg_status put(kg_bytes *to, kg_str text) {
    return text.len ? kg_array_append(to, text.data, text.len) : KG_OK;
}

static kg_status put_quoted(kg_bytes *to, kg_str text) {
    kg_status st = put(to, KG_STR("'"));
    for (size_t i = 0; st == KG_OK && i < text.len; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\')
            st = kg_array_push(to, '\\');
        if (st == KG_OK)
            st = kg_array_push(to, text.data[i]);
    }
    return st == KG_OK ? put(to, KG_STR("'")) : st;
}

static kg_status put_scalar(kg_bytes *to, const cy_value *v) {
    char buffer[KG_VALUE_BUFFER];
    const kg_value value = v->kind == CY_INTEGER ? kg_value_integer(v->as.integer)
                           : v->kind == CY_FLOAT ? kg_value_real(v->as.real)
                                                 : kg_value_boolean(v->as.yes);
    return put(to, kg_value_text(buffer, &value));
}

static kg_status put_map(kg_bytes *to, const cy_graph *g, const cy_map *map) {
    kg_status st;
    KG_TRY(st, kg_array_push(to, '{'));
    for (size_t i = 0; i < map->count; i++) {
        if (i)
            KG_TRY(st, put(to, KG_STR(", ")));
        KG_TRY(st, put(to, map->entries[i].key));
        KG_TRY(st, put(to, KG_STR(": ")));
        KG_TRY(st, cy_print(to, g, &map->entries[i].value));
    }
    return kg_array_push(to, '}');
}

static kg_status put_list(kg_bytes *to, const cy_graph *g, const cy_value *v) {
    kg_status st;
    KG_TRY(st, kg_array_push(to, '['));
    for (uint32_t i = 0; i < v->count; i++) {
        if (i)
            KG_TRY(st, put(to, KG_STR(", ")));
        KG_TRY(st, cy_print(to, g, &v->as.items[i]));
    }
    return kg_array_push(to, ']');
}

static kg_status put_properties(kg_bytes *to, const cy_graph *g, const cy_value *map, bool space) {
    kg_status st;
    if (map->as.map->count == 0)
        return KG_OK;
    if (space)
        KG_TRY(st, kg_array_push(to, ' '));
    return put_map(to, g, map->as.map);
}

static kg_status put_node(kg_bytes *to, const cy_graph *g, kg_arena *arena, kg_id node) {
    kg_status st;
    cy_labels labels;
    cy_value map;
    KG_TRY(st, cy_node_labels(&labels, g, node));
    KG_TRY(st, cy_node_properties(&map, g, arena, node));
    KG_TRY(st, kg_array_push(to, '('));
    for (uint32_t i = 0; i < labels.count; i++) {
        kg_str name;
        KG_TRY(st, cy_graph_name(&name, g, KG_TYPE, cy_labels_at(&labels, i)));
        KG_TRY(st, kg_array_push(to, ':'));
        KG_TRY(st, put(to, name));
    }
    KG_TRY(st, put_properties(to, g, &map, labels.count > 0));
    return kg_array_push(to, ')');
}

static kg_status put_edge(kg_bytes *to, const cy_graph *g, kg_arena *arena, const cy_edge *edge) {
    kg_status st;
    kg_str name;
    cy_value map;
    KG_TRY(st, cy_graph_name(&name, g, KG_RELATION, edge->relation));
    KG_TRY(st, cy_edge_properties(&map, g, arena, edge));
    KG_TRY(st, put(to, KG_STR("[:")));
    KG_TRY(st, put(to, name));
    KG_TRY(st, put_properties(to, g, &map, true));
    return kg_array_push(to, ']');
}

static kg_status put_path(kg_bytes *to, const cy_graph *g, kg_arena *arena, const cy_path *path) {
    kg_status st;
    KG_TRY(st, kg_array_push(to, '<'));
    KG_TRY(st, put_node(to, g, arena, path->nodes[0]));
    for (size_t i = 0; i < path->length; i++) {
        bool forwards = path->edges[i].head == path->nodes[i];
        KG_TRY(st, put(to, forwards ? KG_STR("-") : KG_STR("<-")));
        KG_TRY(st, put_edge(to, g, arena, &path->edges[i]));
        KG_TRY(st, put(to, forwards ? KG_STR("->") : KG_STR("-")));
        KG_TRY(st, put_node(to, g, arena, path->nodes[i + 1]));
    }
    return kg_array_push(to, '>');
}

/* What is made on the way lives in an arena of its own. */
static kg_status put_graph(kg_bytes *to, const cy_graph *g, const cy_value *v) {
    kg_str text;
    kg_arena arena = KG_ARENA_INIT;
    kg_status st;
    if (v->kind == CY_NODE)
        st = put_node(to, g, &arena, v->as.node);
    else if (v->kind == CY_EDGE)
        st = put_edge(to, g, &arena, &v->as.edge);
    else if (v->kind == CY_PATH)
        st = put_path(to, g, &arena, v->as.path);
    else {
        st = cy_temporal_text(&text, &arena, v);
        if (st == KG_OK)
            st = put_quoted(to, text);
    }
    kg_arena_free(&arena);
    return st;
}

kg_status cy_print(kg_bytes *to, const cy_graph *g, const cy_value *v) {
    switch (v->kind) {
    case CY_NULL:
        return put(to, KG_STR("null"));
    case CY_BOOLEAN:
    case CY_INTEGER:
    case CY_FLOAT:
        return put_scalar(to, v);
    case CY_STRING:
        return put_quoted(to, v->as.text);
    case CY_LIST:
        return put_list(to, g, v);
    case CY_MAP:
        return put_map(to, g, v->as.map);
    case CY_NODE:
    case CY_EDGE:
    case CY_PATH:
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        break;
    }
    return put_graph(to, g, v);
}
