/* Operators that change the graph. */
#include "kgstore/cypher/changes.h"
#include "kgstore/cypher/plan.h"

static kg_status no_property(cy_context *c, const cy_value *v) {
    return cy_fail(c, "TypeError", "InvalidPropertyType", "%s cannot be the value of a property",
                   cy_a_kind(v->kind));
}

/* Could the store keep it? */
static kg_status check_value(cy_context *c, const cy_value *v) {
    kg_value stored;
    if (cy_is_null(v))
        return KG_OK;
    kg_status st = cy_to_stored(&stored, c->arena, v);
    return st == KG_ERR_FORMAT ? no_property(c, v) : st;
}

static kg_status check_map(cy_context *c, const cy_map *map) {
    kg_status st;
    for (size_t i = 0; i < map->count; i++)
        KG_TRY(st, check_value(c, &map->entries[i].value));
    return KG_OK;
}

kg_status cy_eval_properties(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_entry *entries;
    if (!e) {
        *out = cy_new_map(&entries, c->arena, 0);
        return cy_is_null(out) ? cy_out_of_memory(c) : KG_OK;
    }
    KG_TRY(st, cy_eval(out, c, e));
    return out->kind == CY_MAP
               ? KG_OK
               : cy_fail(c, "TypeError", "InvalidArgumentType",
                         "properties are given as a map, not as %s", cy_a_kind(out->kind));
}

/* ---- CREATE ---------------------------------------------------------------------------------- */

/* Labels one after another. */
static kg_status add_labels(cy_context *c, kg_id node, const cy_expr *labels) {
    kg_status st;
    kg_id type;
    if (labels->kind == CY_E_BINARY) {
        KG_TRY(st, add_labels(c, node, labels->items[0]));
        return add_labels(c, node, labels->items[1]);
    }
    KG_TRY(st, cy_graph_id(&type, c->graph, KG_TYPE, labels->name));
    return cy_add_label(c->graph, node, type);
}

/* `elementId` among the properties is the identifier, and no property. */
static kg_status take_identifier(kg_str *identifier, cy_value *map, cy_context *c) {
    const cy_value *given = cy_map_get(map->as.map, KG_STR("elementId"));
    cy_entry *entries;
    size_t n = 0;
    *identifier = (kg_str){NULL, 0};
    if (!given)
        return KG_OK;
    if (given->kind != CY_STRING || given->as.text.len == 0)
        return cy_fail(c, "TypeError", "InvalidPropertyType",
                       "an elementId is a String that is not empty");
    *identifier = given->as.text;
    const cy_map *all = map->as.map;
    cy_map *rest = kg_arena_alloc(c->arena, sizeof *rest);
    entries = kg_arena_alloc(c->arena, all->count * sizeof *entries);
    if (!rest || !entries)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < all->count; i++)
        if (&all->entries[i].value != given)
            entries[n++] = all->entries[i];
    *rest = (cy_map){n, entries};
    map->as.map = rest;
    return KG_OK;
}

static kg_status create_node(cy_context *c, const cy_node_pattern *n) {
    kg_status st;
    kg_id node;
    cy_value map;
    kg_str identifier;
    KG_TRY(st, cy_eval_properties(&map, c, n->properties));
    KG_TRY(st, check_map(c, map.as.map));
    KG_TRY(st, take_identifier(&identifier, &map, c));
    KG_TRY(st, cy_make_node(&node, c->graph, identifier, c->err));
    if (map.as.map->count)
        KG_TRY(st, cy_set_node_map(c->graph, node, map.as.map, false));
    if (n->labels)
        KG_TRY(st, add_labels(c, node, n->labels));
    c->row[n->slot] = cy_node(node);
    return KG_OK;
}

/* An edge is there once: a second one of other properties would take the place of the first. */
static kg_status check_twin(cy_context *c, const cy_edge *edge, const cy_value *map) {
    kg_status st;
    bool there;
    cy_value before;
    KG_TRY(st, cy_edge_is_there(&there, c->graph, edge));
    if (!there)
        return KG_OK;
    KG_TRY(st, cy_edge_properties(&before, c->graph, c->arena, edge));
    if (cy_same(&before, map))
        return KG_OK;
    return cy_fail(c, "ConstraintVerificationFailed", "RelationshipExists",
                   "there is a relationship of this type between these nodes already, with other "
                   "properties; there can be no second one: match it and SET them");
}

static kg_status create_edge(cy_context *c, const cy_edge_pattern *e, const cy_value *left,
                             const cy_value *right) {
    kg_status st;
    cy_value map;
    cy_edge edge;
    if (left->kind != CY_NODE || right->kind != CY_NODE)
        return cy_fail(c, "SemanticError", "InvalidArgumentType",
                       "a relationship stands between two nodes, not beside null");
    KG_TRY(st, cy_eval_properties(&map, c, e->properties));
    KG_TRY(st, check_map(c, map.as.map));
    edge.head = e->direction < 0 ? right->as.node : left->as.node;
    edge.tail = e->direction < 0 ? left->as.node : right->as.node;
    if (cy_node_is_deleted(c->graph, edge.head) || cy_node_is_deleted(c->graph, edge.tail))
        return cy_fail(c, "EntityNotFound", "DeletedEntityAccess",
                       "the query has deleted a node that it gives a relationship");
    KG_TRY(st, cy_graph_id(&edge.relation, c->graph, KG_RELATION, e->types[0]));
    KG_TRY(st, check_twin(c, &edge, &map));
    KG_TRY(st, cy_make_edge(c->graph, &edge));
    if (map.as.map->count)
        KG_TRY(st, cy_set_edge_map(c->graph, &edge, map.as.map, false));
    c->row[e->slot] = (cy_value){.kind = CY_EDGE, .as.edge = edge};
    return KG_OK;
}

kg_status cy_create_pattern(cy_context *c, const cy_pattern *pattern) {
    kg_status st;
    for (size_t i = 0; i < pattern->n_paths; i++) {
        const cy_path_pattern *path = &pattern->paths[i];
        for (size_t k = 0; k <= path->n_edges; k++)
            if (!path->nodes[k].bound)
                KG_TRY(st, create_node(c, &path->nodes[k]));
        for (size_t k = 0; k < path->n_edges; k++)
            KG_TRY(st, create_edge(c, &path->edges[k], &c->row[path->nodes[k].slot],
                                   &c->row[path->nodes[k + 1].slot]));
    }
    return KG_OK;
}

typedef struct pattern_plan {
    cy_plan base;
    const cy_pattern *pattern;
    const cy_clause *clause;
    bool within, any;
} pattern_plan;

static kg_status next_create(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    KG_TRY(st, cy_plan_pull(found, plan, c));
    return *found ? cy_create_pattern(c, ((pattern_plan *)plan)->pattern) : KG_OK;
}

cy_plan *cy_plan_create(cy_planner *p, cy_plan *input, const cy_pattern *pattern) {
    static const cy_plan_ops OPS = {"Create", NULL, next_create, NULL};
    pattern_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->pattern = pattern;
    return &plan->base;
}

/* ---- SET and REMOVE -------------------------------------------------------------------------- */

static kg_status source_map(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value v;
    KG_TRY(st, cy_eval(&v, c, e));
    *out = v;
    switch (v.kind) {
    case CY_MAP:
        return check_map(c, v.as.map);
    case CY_NODE:
        return cy_node_properties(out, c->graph, c->arena, v.as.node);
    case CY_EDGE:
        return cy_edge_properties(out, c->graph, c->arena, &v.as.edge);
    case CY_NULL:
        return cy_eval_properties(out, c, NULL);
    default:
        return cy_fail(c, "TypeError", "InvalidArgumentType",
                       "properties come from a map, a node or a relationship, not from %s",
                       cy_a_kind(v.kind));
    }
}

static kg_status set_property(cy_context *c, const cy_value *target, kg_str key,
                              const cy_value *value) {
    kg_status st;
    KG_TRY(st, check_value(c, value));
    return target->kind == CY_NODE ? cy_set_node_property(c->graph, target->as.node, key, value)
                                   : cy_set_edge_property(c->graph, &target->as.edge, key, value);
}

static kg_status change_labels(cy_context *c, const cy_value *target, const cy_change *change,
                               bool add) {
    kg_status st;
    if (target->kind != CY_NODE)
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s has no labels",
                       cy_a_kind(target->kind));
    for (size_t i = 0; i < change->n_labels; i++) {
        kg_id type;
        KG_TRY(st, cy_graph_id(&type, c->graph, KG_TYPE, change->labels[i]));
        KG_TRY(st, add ? cy_add_label(c->graph, target->as.node, type)
                       : cy_remove_label(c->graph, target->as.node, type));
    }
    return KG_OK;
}

static bool is_gone(const cy_context *c, const cy_value *target) {
    return target->kind == CY_NODE ? cy_node_is_deleted(c->graph, target->as.node)
                                   : cy_edge_is_deleted(c->graph, &target->as.edge);
}

static kg_status apply_change(cy_context *c, const cy_change *change) {
    kg_status st;
    cy_value target, value = CY_NULL_VALUE;
    KG_TRY(st, cy_eval(&target, c, change->target));
    if (cy_is_null(&target))
        return KG_OK;
    if (target.kind != CY_NODE && target.kind != CY_EDGE)
        return cy_fail(c, "TypeError", "InvalidArgumentType",
                       "only nodes and relationships can be changed, not %s",
                       cy_a_kind(target.kind));
    if (is_gone(c, &target))
        return cy_fail(c, "EntityNotFound", "DeletedEntityAccess",
                       "the query has deleted what it changes");
    switch (change->kind) {
    case CY_SET_PROPERTY:
        KG_TRY(st, cy_eval(&value, c, change->value));
        return set_property(c, &target, change->key, &value);
    case CY_REMOVE_PROPERTY:
        return set_property(c, &target, change->key, &value);
    case CY_SET_ALL:
    case CY_SET_MORE:
        KG_TRY(st, source_map(&value, c, change->value));
        return target.kind == CY_NODE ? cy_set_node_map(c->graph, target.as.node, value.as.map,
                                                        change->kind == CY_SET_MORE)
                                      : cy_set_edge_map(c->graph, &target.as.edge, value.as.map,
                                                        change->kind == CY_SET_MORE);
    case CY_SET_LABELS:
    case CY_REMOVE_LABELS:
        break;
    }
    return change_labels(c, &target, change, change->kind == CY_SET_LABELS);
}

kg_status cy_apply_changes(cy_context *c, const cy_change *changes, size_t n) {
    kg_status st;
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, apply_change(c, &changes[i]));
    return KG_OK;
}

typedef struct change_plan {
    cy_plan base;
    const cy_change *changes;
    size_t n;
} change_plan;

static kg_status next_change(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    const change_plan *p = (change_plan *)plan;
    KG_TRY(st, cy_plan_pull(found, plan, c));
    return *found ? cy_apply_changes(c, p->changes, p->n) : KG_OK;
}

cy_plan *cy_plan_change(cy_planner *p, cy_plan *input, const cy_change *changes, size_t n) {
    static const cy_plan_ops OPS = {"Change", NULL, next_change, NULL};
    change_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->changes = changes;
    plan->n = n;
    return &plan->base;
}

/* ---- MERGE ----------------------------------------------------------------------------------- */

static kg_status open_merge(cy_plan *plan, cy_context *c) {
    (void)c;
    ((pattern_plan *)plan)->within = false;
    return KG_OK;
}

/* No pattern with a null in its properties can be found or made. */
static kg_status check_merge(cy_context *c, const cy_path_pattern *path) {
    kg_status st;
    for (size_t i = 0; i <= path->n_edges * 2; i++) {
        const cy_expr *e = i % 2 ? path->edges[i / 2].properties : path->nodes[i / 2].properties;
        cy_value map;
        KG_TRY(st, cy_eval_properties(&map, c, e));
        for (size_t k = 0; k < map.as.map->count; k++)
            if (cy_is_null(&map.as.map->entries[k].value))
                return cy_fail(c, "SemanticError", "MergeReadOwnWrites",
                               "MERGE cannot go by a property that is null: %.*s",
                               KG_STR_ARG(map.as.map->entries[k].key));
    }
    return KG_OK;
}

static kg_status make_merged(cy_plan *plan, cy_context *c) {
    kg_status st;
    const cy_clause *clause = ((pattern_plan *)plan)->clause;
    const cy_path_pattern *path = &clause->pattern->paths[0];
    cy_value *nodes = c->row;
    for (size_t i = 0; i <= path->n_edges; i++)
        if (path->nodes[i].bound && nodes[path->nodes[i].slot].kind != CY_NODE)
            return cy_fail(c, "SemanticError", "MergeReadOwnWrites",
                           "MERGE cannot make a relationship beside null");
    c->arena = &plan->scratch;
    KG_TRY(st, cy_create_pattern(c, clause->pattern));
    return cy_apply_changes(c, clause->changes, clause->n_on_create);
}

static kg_status next_merge(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    pattern_plan *m = (pattern_plan *)plan;
    const cy_clause *clause = m->clause;
    for (;;) {
        if (!m->within) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            KG_TRY(st, check_merge(c, &clause->pattern->paths[0]));
            KG_TRY(st, cy_plan_open(plan->inner, c));
            m->within = true;
            m->any = false;
        }
        KG_TRY(st, cy_plan_next(found, plan->inner, c));
        m->within = *found;
        if (*found) {
            m->any = true;
            c->arena = &plan->scratch;
            return cy_apply_changes(c, clause->changes + clause->n_on_create,
                                    clause->n_changes - clause->n_on_create);
        }
        if (!m->any) {
            *found = true;
            return make_merged(plan, c);
        }
    }
}

cy_plan *cy_plan_merge(cy_planner *p, cy_plan *input, cy_plan *match, const cy_clause *clause) {
    static const cy_plan_ops OPS = {"Merge", open_merge, next_merge, NULL};
    pattern_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan || !match)
        return NULL;
    plan->base.inner = match;
    plan->clause = clause;
    return &plan->base;
}

/* ---- DELETE ---------------------------------------------------------------------------------- */

typedef struct delete_plan {
    cy_plan base;
    const cy_clause *clause;
    bool deleted;
} delete_plan;

static kg_status delete_edges_of(cy_context *c, kg_id node) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    KG_ARRAY(cy_edge) all = KG_ARRAY_INIT;
    KG_TRY(st, cy_edges_open(&edges, c->graph, node, 0, NULL, 0));
    st = KG_OK;
    while (st == KG_OK && cy_edges_next(&edge, &other, &edges))
        st = kg_array_push(&all, edge);
    for (size_t i = 0; st == KG_OK && i < all.len; i++)
        st = cy_delete_edge(c->graph, &all.data[i]);
    kg_array_free(&all);
    return st;
}

static kg_status delete_value(cy_context *c, const cy_value *v, bool detach) {
    kg_status st;
    switch (v->kind) {
    case CY_NULL:
        return KG_OK;
    case CY_EDGE:
        return cy_edge_is_deleted(c->graph, &v->as.edge) ? KG_OK
                                                         : cy_delete_edge(c->graph, &v->as.edge);
    case CY_NODE:
        if (cy_node_is_deleted(c->graph, v->as.node))
            return KG_OK;
        if (detach)
            KG_TRY(st, delete_edges_of(c, v->as.node));
        return cy_delete_node(c->graph, v->as.node);
    case CY_PATH:
        for (size_t i = 0; i < v->as.path->length; i++)
            KG_TRY(st, cy_delete_edge(c->graph, &v->as.path->edges[i]));
        for (size_t i = 0; i <= v->as.path->length; i++) {
            const cy_value node = cy_node(v->as.path->nodes[i]);
            KG_TRY(st, delete_value(c, &node, detach));
        }
        return KG_OK;
    case CY_LIST:
        for (uint32_t i = 0; i < v->count; i++)
            KG_TRY(st, delete_value(c, &v->as.items[i], detach));
        return KG_OK;
    default:
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s cannot be deleted",
                       cy_a_kind(v->kind));
    }
}

/* Nodes that were deleted and have relationships still: looked at when all rows are through. */
static kg_status check_deleted(cy_context *c) {
    kg_status st;
    const cy_changes *changes = c->graph->changes;
    for (size_t i = 0; i < changes->nodes.len; i++) {
        bool has;
        if (!changes->nodes.data[i].deleted)
            continue;
        KG_TRY(st, cy_node_has_edges(&has, c->graph, changes->nodes.data[i].node));
        if (has)
            return cy_fail(c, "ConstraintVerificationFailed", "DeleteConnectedNode",
                           "a node that has relationships cannot be deleted; delete them too, or "
                           "use DETACH DELETE");
    }
    return KG_OK;
}

static kg_status next_delete(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    delete_plan *d = (delete_plan *)plan;
    cy_value v;
    KG_TRY(st, cy_plan_pull(found, plan, c));
    for (size_t i = 0; *found && i < d->clause->n_exprs; i++) {
        KG_TRY(st, cy_eval(&v, c, d->clause->exprs[i]));
        KG_TRY(st, delete_value(c, &v, d->clause->detach));
    }
    return *found ? KG_OK : check_deleted(c);
}

cy_plan *cy_plan_delete(cy_planner *p, cy_plan *input, const cy_clause *clause) {
    static const cy_plan_ops OPS = {"Delete", NULL, next_delete, NULL};
    delete_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->clause = clause;
    return &plan->base;
}

/* ---- FOREACH --------------------------------------------------------------------------------- */

typedef struct foreach_plan {
    cy_plan base;
    const cy_clause *clause;
} foreach_plan;

static kg_status next_foreach(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    cy_value list;
    bool more;
    const cy_clause *clause = ((foreach_plan *)plan)->clause;
    KG_TRY(st, cy_plan_pull(found, plan, c));
    if (!*found)
        return KG_OK;
    if (clause->kind == CY_C_SUBQUERY) {
        KG_TRY(st, cy_plan_open(plan->inner, c));
        do
            KG_TRY(st, cy_plan_next(&more, plan->inner, c));
        while (more);
        return KG_OK;
    }
    KG_TRY(st, cy_eval(&list, c, clause->expr));
    for (uint32_t i = 0; list.kind == CY_LIST && i < list.count; i++) {
        c->row[clause->slot] = list.as.items[i];
        KG_TRY(st, cy_plan_open(plan->inner, c));
        do
            KG_TRY(st, cy_plan_next(&more, plan->inner, c));
        while (more);
    }
    return KG_OK;
}

cy_plan *cy_plan_foreach(cy_planner *p, cy_plan *input, cy_plan *inner, const cy_clause *clause) {
    static const cy_plan_ops OPS = {"Foreach", NULL, next_foreach, NULL};
    foreach_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan || !inner)
        return NULL;
    plan->base.inner = inner;
    plan->clause = clause;
    return &plan->base;
}
