/* Patterns: which of their variables are known already, and which they bring. */
#include "kgstore/cypher/bind.h"

static const char *what_is(const cy_variable *v) {
    return v->edges                  ? "a list of relationships"
           : v->type == CY_TYPE_NODE ? "a node"
           : v->type == CY_TYPE_EDGE ? "a relationship"
           : v->type == CY_TYPE_PATH ? "a path"
                                     : "a value";
}

static kg_status conflict(cy_binder *b, uint32_t at, const cy_variable *v, const char *wanted) {
    return cy_bind_fail(b, at, "VariableTypeConflict", "%.*s is %s already; expected %s",
                        KG_STR_ARG(v->name), what_is(v), wanted);
}

static const cy_variable *find(const cy_binder *b, kg_str name) {
    const cy_variable *v = cy_scope_find(&b->scope, name);
    return v || !b->before ? v : cy_scope_find(b->before, name);
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static kg_status bind_properties(cy_binder *b, cy_expr *properties, cy_pattern_use use) {
    if (!properties)
        return KG_OK;
    if (properties->kind == CY_E_PARAMETER && use != CY_USE_CREATE)
        return cy_bind_fail(b, properties->at, "InvalidParameterUse",
                            "a parameter cannot be the properties to match; compare them one by "
                            "one");
    return cy_bind_expr(NULL, b, properties);
}

static kg_status bind_labels(cy_binder *b, const cy_node_pattern *n, cy_pattern_use use) {
    if (use == CY_USE_MATCH || use == CY_USE_PREDICATE)
        return KG_OK;
    for (const cy_expr *e = n->labels; e; e = e->items[0]) {
        bool plain = e->kind == CY_E_LABEL ? e->name.len > 0
                                           : e->kind == CY_E_BINARY && e->op == CY_AND &&
                                                 e->items[1]->kind == CY_E_LABEL;
        if (!plain)
            return cy_bind_fail(b, n->at, "UnexpectedSyntax",
                                "what is created has labels one after another: :A:B");
        if (e->kind == CY_E_LABEL)
            break;
    }
    return KG_OK;
}

static kg_status bind_node(cy_binder *b, cy_node_pattern *n, cy_pattern_use use, bool alone) {
    kg_status st;
    bool creates = use == CY_USE_CREATE || use == CY_USE_MERGE;
    const cy_variable *v = n->name.len ? find(b, n->name) : NULL;
    KG_TRY(st, bind_labels(b, n, use));
    if (v) {
        if (v->edges ||
            (v->type != CY_TYPE_NODE && v->type != CY_TYPE_ANY && v->type != CY_TYPE_NULL))
            return conflict(b, n->at, v, "a node");
        if (creates && (alone || n->labels || n->properties))
            return cy_bind_fail(b, n->at, "VariableAlreadyBound",
                                "%.*s is bound already and cannot be created", KG_STR_ARG(n->name));
        n->slot = v->slot;
        n->bound = true;
    } else {
        if (n->name.len && use == CY_USE_PREDICATE)
            return cy_bind_fail(b, n->at, "UndefinedVariable",
                                "nothing is called %.*s here, and a condition brings no variables",
                                KG_STR_ARG(n->name));
        n->slot = cy_new_slot(b);
        /* Its own properties do not see it where it is made by them. */
        if (creates)
            KG_TRY(st, bind_properties(b, n->properties, use));
        if (n->name.len)
            KG_TRY(st, cy_scope_add(b, n->name, n->slot, CY_TYPE_NODE));
    }
    if (!creates || v)
        KG_TRY(st, bind_properties(b, n->properties, use));
    return n->where ? cy_bind_where(b, n->where) : KG_OK;
}

/* ---- Relationships --------------------------------------------------------------------------- */

static kg_status check_created_edge(cy_binder *b, const cy_edge_pattern *e, cy_pattern_use use) {
    if (e->variable)
        return cy_bind_fail(b, e->at, "CreatingVarLength",
                            "a relationship of variable length cannot be created");
    if (e->n_types != 1)
        return cy_bind_fail(b, e->at, "NoSingleRelationshipType",
                            "a relationship that is created has one type");
    if (use == CY_USE_CREATE && e->direction == 0)
        return cy_bind_fail(b, e->at, "RequiresDirectedRelationship",
                            "a relationship that is created has a direction");
    return KG_OK;
}

/* Does the pattern at hand, up to this relationship, have another of its name? */
static bool is_repeated(const cy_pattern *pattern, const cy_edge_pattern *e) {
    for (size_t i = 0; i < pattern->n_paths; i++)
        for (size_t k = 0; k < pattern->paths[i].n_edges; k++) {
            const cy_edge_pattern *other = &pattern->paths[i].edges[k];
            if (other == e)
                return false;
            if (kg_str_equal(other->name, e->name))
                return true;
        }
    return false;
}

static kg_status bind_known_edge(cy_binder *b, const cy_pattern *pattern, cy_edge_pattern *e,
                                 const cy_variable *v, bool creates) {
    bool fits = e->variable ? v->edges || v->type == CY_TYPE_ANY || v->type == CY_TYPE_LIST
                            : !v->edges && (v->type == CY_TYPE_EDGE || v->type == CY_TYPE_ANY ||
                                            v->type == CY_TYPE_NULL);
    if (!fits)
        return conflict(b, e->at, v, e->variable ? "a list of relationships" : "a relationship");
    if (creates)
        return cy_bind_fail(b, e->at, "VariableAlreadyBound",
                            "%.*s is bound already and cannot be created", KG_STR_ARG(e->name));
    if (is_repeated(pattern, e))
        return cy_bind_fail(b, e->at, "RelationshipUniquenessViolation",
                            "%.*s stands twice in one pattern, whose relationships all differ",
                            KG_STR_ARG(e->name));
    e->slot = v->slot;
    e->bound = true;
    return KG_OK;
}

static kg_status bind_edge(cy_binder *b, const cy_pattern *pattern, cy_edge_pattern *e,
                           cy_pattern_use use) {
    kg_status st;
    bool creates = use == CY_USE_CREATE || use == CY_USE_MERGE;
    const cy_variable *v = e->name.len ? find(b, e->name) : NULL;
    if (v)
        KG_TRY(st, bind_known_edge(b, pattern, e, v, creates));
    if (creates)
        KG_TRY(st, check_created_edge(b, e, use));
    if (!v) {
        if (e->name.len && use == CY_USE_PREDICATE)
            return cy_bind_fail(b, e->at, "UndefinedVariable",
                                "nothing is called %.*s here, and a condition brings no variables",
                                KG_STR_ARG(e->name));
        e->slot = cy_new_slot(b);
        if (e->name.len) {
            KG_TRY(st,
                   cy_scope_add(b, e->name, e->slot, e->variable ? CY_TYPE_LIST : CY_TYPE_EDGE));
            b->scope.data[b->scope.len - 1].edges = e->variable;
        }
    }
    KG_TRY(st, bind_properties(b, e->properties, use));
    return e->where ? cy_bind_where(b, e->where) : KG_OK;
}

/* ---- Paths ----------------------------------------------------------------------------------- */

static kg_status bind_path_name(cy_binder *b, cy_path_pattern *path) {
    const cy_variable *v = find(b, path->name);
    if (v)
        return cy_bind_fail(b, path->at, "VariableAlreadyBound", "%.*s is bound already",
                            KG_STR_ARG(path->name));
    path->slot = cy_new_slot(b);
    return cy_scope_add(b, path->name, path->slot, CY_TYPE_PATH);
}

static kg_status bind_path(cy_binder *b, const cy_pattern *pattern, cy_path_pattern *path,
                           cy_pattern_use use) {
    kg_status st;
    if (path->selector != CY_EVERY_PATH && path->n_edges != 1)
        return cy_bind_fail(b, path->at, "UnexpectedSyntax",
                            "a shortest path is sought along one relationship, as in "
                            "(a)-[:TYPE*]-(b)");
    bool alone = path->n_edges == 0;
    KG_TRY(st, bind_node(b, &path->nodes[0], use, alone));
    for (size_t i = 0; i < path->n_edges; i++) {
        /* The next node may be named by the relationship's own properties' expressions. */
        KG_TRY(st, bind_edge(b, pattern, &path->edges[i], use));
        KG_TRY(st, bind_node(b, &path->nodes[i + 1], use, false));
    }
    return KG_OK;
}

kg_status cy_bind_pattern(cy_binder *b, cy_pattern *pattern, cy_pattern_use use) {
    kg_status st;
    bool before = b->predicate;
    b->predicate = false;
    /* Names of paths first: what a path holds cannot be called as it is. */
    for (size_t i = 0; i < pattern->n_paths; i++) {
        cy_path_pattern *path = &pattern->paths[i];
        if (path->name.len && use == CY_USE_MATCH)
            for (size_t k = 0; k <= path->n_edges; k++)
                if (kg_str_equal(path->nodes[k].name, path->name) ||
                    (k < path->n_edges && kg_str_equal(path->edges[k].name, path->name)))
                    return cy_bind_fail(b, path->at, "VariableAlreadyBound",
                                        "%.*s is a part of the path that it names",
                                        KG_STR_ARG(path->name));
    }
    for (size_t i = 0; i < pattern->n_paths; i++) {
        KG_TRY(st, bind_path(b, pattern, &pattern->paths[i], use));
        if (pattern->paths[i].name.len)
            KG_TRY(st, bind_path_name(b, &pattern->paths[i]));
    }
    b->predicate = before;
    return KG_OK;
}
