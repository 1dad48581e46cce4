/* Functions of nodes, relationships and paths, and the aggregating ones, which only stand in the
 * table: op_aggregate.c computes them. */
#include "kgstore/cypher/eval.h"
#include "kgstore/cypher/functions.h"

static kg_status no_function(cy_value *out, cy_context *c, const cy_value *args, size_t n) {
    (void)out, (void)args, (void)n;
    return kg_error_set(c->err, KG_ERR_ARGUMENT, "an aggregating function outside a projection");
}

static kg_status wrong(cy_context *c, const char *function, const cy_value *v) {
    return cy_fail(c, "TypeError", "InvalidArgumentValue", "%s does not take %s", function,
                   cy_a_kind(v->kind));
}

static kg_status deleted(cy_context *c) {
    return cy_fail(c, "EntityNotFound", "DeletedEntityAccess",
                   "what the query has deleted has no properties and no labels any more");
}

static kg_status f_identifier(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    kg_str parts[3];
    (void)n;
    if (a->kind == CY_NODE) {
        KG_TRY(st, cy_node_identifier(&parts[0], c->graph, a->as.node));
        *out = cy_string(parts[0]);
        return KG_OK;
    }
    if (a->kind != CY_EDGE)
        return wrong(c, "elementId", a);
    KG_TRY(st, cy_node_identifier(&parts[0], c->graph, a->as.edge.head));
    KG_TRY(st, cy_graph_name(&parts[1], c->graph, KG_RELATION, a->as.edge.relation));
    KG_TRY(st, cy_node_identifier(&parts[2], c->graph, a->as.edge.tail));
    char *to = kg_arena_alloc(c->arena, parts[0].len + parts[1].len + parts[2].len + 2);
    if (!to)
        return cy_out_of_memory(c);
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        if (i)
            to[at++] = ' ';
        memcpy(to + at, parts[i].data, parts[i].len);
        at += parts[i].len;
    }
    *out = cy_string((kg_str){to, at});
    return KG_OK;
}

static kg_status f_id(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind != CY_NODE && a->kind != CY_EDGE)
        return wrong(c, "id", a);
    const cy_edge *e = &a->as.edge;
    *out =
        cy_integer(a->kind == CY_NODE ? a->as.node : (int64_t)(cy_hash(a) >> 1) ^ (int64_t)e->head);
    return KG_OK;
}

static kg_status f_labels(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    cy_labels labels;
    (void)n;
    if (a->kind != CY_NODE)
        return wrong(c, "labels", a);
    if (cy_node_is_deleted(c->graph, a->as.node))
        return deleted(c);
    KG_TRY(st, cy_node_labels(&labels, c->graph, a->as.node));
    cy_value *items = cy_new_items(c->arena, labels.count);
    if (!items)
        return cy_out_of_memory(c);
    for (uint32_t i = 0; i < labels.count; i++) {
        kg_str name;
        KG_TRY(st, cy_graph_name(&name, c->graph, KG_TYPE, cy_labels_at(&labels, i)));
        items[i] = cy_string(name);
    }
    *out = cy_list(items, labels.count);
    return KG_OK;
}

static kg_status f_type(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    kg_str name;
    (void)n;
    if (a->kind != CY_EDGE)
        return wrong(c, "type", a);
    KG_TRY(st, cy_graph_name(&name, c->graph, KG_RELATION, a->as.edge.relation));
    *out = cy_string(name);
    return KG_OK;
}

static kg_status map_of(cy_value *out, cy_context *c, const cy_value *a, const char *function) {
    *out = *a;
    switch (a->kind) {
    case CY_NODE:
        return cy_node_is_deleted(c->graph, a->as.node)
                   ? deleted(c)
                   : cy_node_properties(out, c->graph, c->arena, a->as.node);
    case CY_EDGE:
        return cy_edge_is_deleted(c->graph, &a->as.edge)
                   ? deleted(c)
                   : cy_edge_properties(out, c->graph, c->arena, &a->as.edge);
    case CY_MAP:
        return KG_OK;
    default:
        return wrong(c, function, a);
    }
}

static kg_status f_properties(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return map_of(out, c, a, "properties");
}

static kg_status f_keys(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    cy_value map;
    (void)n;
    KG_TRY(st, map_of(&map, c, a, "keys"));
    cy_value *items = cy_new_items(c->arena, map.as.map->count);
    if (!items)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < map.as.map->count; i++)
        items[i] = cy_string(map.as.map->entries[i].key);
    *out = cy_list(items, map.as.map->count);
    return KG_OK;
}

static kg_status end_of(cy_value *out, cy_context *c, const cy_value *a, bool head) {
    if (a->kind != CY_EDGE)
        return wrong(c, head ? "startNode" : "endNode", a);
    *out = cy_node(head ? a->as.edge.head : a->as.edge.tail);
    return KG_OK;
}

static kg_status f_start(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return end_of(out, c, a, true);
}

static kg_status f_end(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return end_of(out, c, a, false);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

static kg_status f_length(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind != CY_PATH)
        return wrong(c, "length", a);
    *out = cy_integer((int64_t)a->as.path->length);
    return KG_OK;
}

static kg_status f_nodes(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind != CY_PATH)
        return wrong(c, "nodes", a);
    size_t count = a->as.path->length + 1;
    cy_value *items = cy_new_items(c->arena, count);
    if (!items)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < count; i++)
        items[i] = cy_node(a->as.path->nodes[i]);
    *out = cy_list(items, count);
    return KG_OK;
}

static kg_status f_relationships(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind != CY_PATH)
        return wrong(c, "relationships", a);
    size_t count = a->as.path->length;
    cy_value *items = cy_new_items(c->arena, count);
    if (!items)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < count; i++)
        items[i] = (cy_value){.kind = CY_EDGE, .as.edge = a->as.path->edges[i]};
    *out = cy_list(items, count);
    return KG_OK;
}

static kg_status f_degree(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    int64_t degree = 0;
    (void)n;
    if (a->kind != CY_NODE)
        return wrong(c, "kg.degree", a);
    KG_TRY(st, cy_edges_open(&edges, c->graph, a->as.node, 0, NULL, 0));
    while (cy_edges_next(&edge, &other, &edges))
        degree++;
    *out = cy_integer(degree);
    return KG_OK;
}

/* The entity that the verbs of kg query take a name to mean. */
static kg_status f_entity(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_id id;
    (void)n;
    if (a->kind != CY_STRING)
        return wrong(c, "kg.entity", a);
    kg_status st = kg_entity_resolve(&id, c->graph->snapshot, a->as.text, NULL);
    *out = st == KG_OK && cy_node_is_there(c->graph, id) ? cy_node(id) : CY_NULL_VALUE;
    return st == KG_OK || st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

enum {
    N = CY_BIT(CY_TYPE_NODE),
    R = CY_BIT(CY_TYPE_EDGE),
    P = CY_BIT(CY_TYPE_PATH),
    M = CY_BIT(CY_TYPE_MAP)
};

const cy_function cy_functions_graph[] = {
    {"elementId", 1, 1, false, CY_TYPE_STRING, N | R, CY_AGG_NONE, f_identifier},
    {"id", 1, 1, false, CY_TYPE_INTEGER, N | R, CY_AGG_NONE, f_id},
    {"labels", 1, 1, false, CY_TYPE_LIST, N, CY_AGG_NONE, f_labels},
    {"type", 1, 1, false, CY_TYPE_STRING, R, CY_AGG_NONE, f_type},
    {"properties", 1, 1, false, CY_TYPE_MAP, N | R | M, CY_AGG_NONE, f_properties},
    {"keys", 1, 1, false, CY_TYPE_LIST, N | R | M, CY_AGG_NONE, f_keys},
    {"startNode", 1, 1, false, CY_TYPE_NODE, R, CY_AGG_NONE, f_start},
    {"endNode", 1, 1, false, CY_TYPE_NODE, R, CY_AGG_NONE, f_end},
    {"length", 1, 1, false, CY_TYPE_INTEGER, P, CY_AGG_NONE, f_length},
    {"nodes", 1, 1, false, CY_TYPE_LIST, P, CY_AGG_NONE, f_nodes},
    {"relationships", 1, 1, false, CY_TYPE_LIST, P, CY_AGG_NONE, f_relationships},
    {"kg.degree", 1, 1, false, CY_TYPE_INTEGER, N, CY_AGG_NONE, f_degree},
    {"kg.entity", 1, 1, false, CY_TYPE_NODE, CY_BIT(CY_TYPE_STRING), CY_AGG_NONE, f_entity},
    {"count", 1, 1, true, CY_TYPE_INTEGER, 0, CY_AGG_COUNT, no_function},
    {"sum", 1, 1, true, CY_TYPE_ANY, 0, CY_AGG_SUM, no_function},
    {"avg", 1, 1, true, CY_TYPE_ANY, 0, CY_AGG_AVG, no_function},
    {"min", 1, 1, true, CY_TYPE_ANY, 0, CY_AGG_MIN, no_function},
    {"max", 1, 1, true, CY_TYPE_ANY, 0, CY_AGG_MAX, no_function},
    {"collect", 1, 1, true, CY_TYPE_LIST, 0, CY_AGG_COLLECT, no_function},
    {"stDev", 1, 1, true, CY_TYPE_FLOAT, 0, CY_AGG_STDEV, no_function},
    {"stDevP", 1, 1, true, CY_TYPE_FLOAT, 0, CY_AGG_STDEVP, no_function},
    {"percentileCont", 2, 2, true, CY_TYPE_ANY, 0, CY_AGG_PERCENTILE_CONT, no_function},
    {"percentileDisc", 2, 2, true, CY_TYPE_ANY, 0, CY_AGG_PERCENTILE_DISC, no_function},
    {0}};
