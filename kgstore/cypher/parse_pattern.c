/* Patterns: (a:Label {key: 1})-[r:TYPE*1..3]->(b), several of them, named paths, shortest paths. */
#include "kgstore/cypher/parse.h"

bool cy_sees_edge(const cy_parser *p, size_t ahead) {
    if (cy_is_symbol(cy_peek(p, ahead), "<"))
        ahead++;
    if (!cy_is_symbol(cy_peek(p, ahead), "-"))
        return false;
    return cy_is_symbol(cy_peek(p, ahead + 1), "[") || cy_is_symbol(cy_peek(p, ahead + 1), "-");
}

/* ---- Labels ---------------------------------------------------------------------------------- */

static kg_status parse_label_or(cy_expr **out, cy_parser *p);

static kg_status parse_label_atom(cy_expr **out, cy_parser *p) {
    kg_status st;
    uint32_t at = cy_at(p);
    if (cy_accept(p, "!")) {
        KG_TRY(st, cy_new_expr(out, p, CY_E_NOT, at, 1));
        return parse_label_atom(&(*out)->items[0], p);
    }
    if (cy_accept(p, "(")) {
        KG_TRY(st, parse_label_or(out, p));
        return cy_expect(p, ")");
    }
    KG_TRY(st, cy_new_expr(out, p, CY_E_LABEL, at, 0));
    if (cy_accept(p, "%"))
        return KG_OK;
    return cy_take_name(&(*out)->name, p, "a label");
}

static kg_status join_labels(cy_expr **left, cy_parser *p, cy_op op,
                             kg_status (*next)(cy_expr **, cy_parser *)) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_BINARY, (*left)->at, 2));
    e->op = op;
    e->items[0] = *left;
    KG_TRY(st, next(&e->items[1], p));
    *left = e;
    return KG_OK;
}

static kg_status parse_label_and(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_label_atom(out, p));
    while (cy_accept(p, ":") || cy_accept(p, "&"))
        KG_TRY(st, join_labels(out, p, CY_AND, parse_label_atom));
    return KG_OK;
}

static kg_status parse_label_or(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_label_and(out, p));
    while (cy_accept(p, "|")) {
        cy_accept(p, ":");
        KG_TRY(st, join_labels(out, p, CY_OR, parse_label_and));
    }
    return KG_OK;
}

kg_status cy_parse_labels(cy_expr **out, cy_parser *p) {
    return parse_label_or(out, p);
}

/* ---- Nodes and relationships ----------------------------------------------------------------- */

/* {key: value}, or a parameter. */
static kg_status parse_properties(cy_expr **out, cy_parser *p) {
    if (cy_sees(p, "{"))
        return cy_parse_map(out, p);
    return cy_peek(p, 0)->kind == CY_T_PARAMETER ? cy_parse_atom(out, p) : KG_OK;
}

static bool sees_name(const cy_parser *p) {
    cy_token_kind kind = cy_peek(p, 0)->kind;
    return kind == CY_T_QUOTED || (kind == CY_T_NAME && !cy_sees_word(p, "WHERE"));
}

static kg_status parse_node(cy_node_pattern *n, cy_parser *p) {
    kg_status st;
    *n = (cy_node_pattern){.at = cy_at(p), .slot = CY_NO_SLOT};
    KG_TRY(st, cy_expect(p, "("));
    if (sees_name(p))
        KG_TRY(st, cy_take_name(&n->name, p, "a variable"));
    if (cy_accept(p, ":") || cy_accept_word(p, "IS"))
        KG_TRY(st, cy_parse_labels(&n->labels, p));
    KG_TRY(st, parse_properties(&n->properties, p));
    if (cy_accept_word(p, "WHERE"))
        KG_TRY(st, cy_parse_expr(&n->where, p));
    return cy_expect(p, ")");
}

static kg_status parse_types(cy_edge_pattern *e, cy_parser *p) {
    kg_status st;
    do {
        cy_accept(p, ":");
        KG_TRY(st, cy_grow(p, &e->types, e->n_types, sizeof *e->types));
        KG_TRY(st, cy_take_name(&e->types[e->n_types], p, "a relationship type"));
        e->n_types++;
    } while (cy_accept(p, "|"));
    return KG_OK;
}

static bool take_bound(int64_t *out, cy_parser *p) {
    const cy_token *t = cy_peek(p, 0);
    if (t->kind != CY_T_INTEGER)
        return false;
    *out = t->integer > INT64_MAX ? INT64_MAX : (int64_t)t->integer;
    p->at++;
    return true;
}

/* Behind the *: nothing, "2", "2..", "..3" or "2..3". */
static void parse_length(cy_edge_pattern *e, cy_parser *p) {
    e->variable = true;
    e->min = 1;
    e->max = -1;
    bool lower = take_bound(&e->min, p);
    if (cy_accept(p, ".."))
        take_bound(&e->max, p);
    else if (lower)
        e->max = e->min;
}

/* GQL's quantifiers: {2}, {1,3}, {1,}, + and * behind the relationship. */
static kg_status parse_quantifier(cy_edge_pattern *e, cy_parser *p) {
    if (cy_sees(p, "{") &&
        (cy_peek(p, 1)->kind == CY_T_INTEGER || cy_is_symbol(cy_peek(p, 1), ","))) {
        p->at++;
        e->variable = true;
        e->min = 0;
        e->max = -1;
        bool lower = take_bound(&e->min, p);
        if (cy_accept(p, ","))
            take_bound(&e->max, p);
        else if (lower)
            e->max = e->min;
        return cy_expect(p, "}");
    }
    if (cy_sees(p, "+") || cy_sees(p, "*")) {
        e->variable = true;
        e->min = cy_sees(p, "+");
        e->max = -1;
        p->at++;
    }
    return KG_OK;
}

static kg_status parse_edge_inside(cy_edge_pattern *e, cy_parser *p) {
    kg_status st;
    if (sees_name(p))
        KG_TRY(st, cy_take_name(&e->name, p, "a variable"));
    if (cy_sees(p, ":"))
        KG_TRY(st, parse_types(e, p));
    bool walks = cy_accept(p, "*");
    if (walks)
        parse_length(e, p);
    if (cy_sees(p, "..") || cy_peek(p, 0)->kind == CY_T_INTEGER || cy_sees(p, "-"))
        return cy_fail_at(p->err, p->fault, p->text, cy_at(p), "SyntaxError",
                          "InvalidRelationshipPattern",
                          walks ? "expected a length that is not negative, as in *1..3"
                                : "a length stands behind a *, as in *1..3");
    KG_TRY(st, parse_properties(&e->properties, p));
    if (cy_accept_word(p, "WHERE"))
        KG_TRY(st, cy_parse_expr(&e->where, p));
    return cy_expect(p, "]");
}

static kg_status parse_edge(cy_edge_pattern *e, cy_parser *p) {
    kg_status st;
    *e = (cy_edge_pattern){.at = cy_at(p), .slot = CY_NO_SLOT, .min = 1, .max = 1};
    bool left = cy_accept(p, "<");
    KG_TRY(st, cy_expect(p, "-"));
    if (cy_accept(p, "["))
        KG_TRY(st, parse_edge_inside(e, p));
    KG_TRY(st, cy_expect(p, "-"));
    bool right = cy_accept(p, ">");
    e->direction = left == right ? 0 : right ? 1 : -1;
    return parse_quantifier(e, p);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

static kg_status parse_chain(cy_path_pattern *path, cy_parser *p) {
    kg_status st;
    KG_TRY(st, cy_grow(p, &path->nodes, 0, sizeof *path->nodes));
    KG_TRY(st, parse_node(&path->nodes[0], p));
    while (cy_sees_edge(p, 0)) {
        size_t n = path->n_edges;
        KG_TRY(st, cy_grow(p, &path->edges, n, sizeof *path->edges));
        KG_TRY(st, cy_grow(p, &path->nodes, n + 1, sizeof *path->nodes));
        KG_TRY(st, parse_edge(&path->edges[n], p));
        KG_TRY(st, parse_node(&path->nodes[n + 1], p));
        path->n_edges++;
    }
    return KG_OK;
}

/* shortestPath(...), allShortestPaths(...), GQL's ANY SHORTEST and ALL SHORTEST, or nothing. */
static kg_status parse_selected(cy_path_pattern *path, cy_parser *p) {
    kg_status st;
    bool called = cy_is_symbol(cy_peek(p, 1), "(");
    if (called && (cy_sees_word(p, "SHORTESTPATH") || cy_sees_word(p, "ALLSHORTESTPATHS"))) {
        path->selector = cy_sees_word(p, "SHORTESTPATH") ? CY_SHORTEST : CY_ALL_SHORTEST;
        p->at += 2;
        KG_TRY(st, parse_chain(path, p));
        return cy_expect(p, ")");
    }
    if (cy_is_word(cy_peek(p, 1), "SHORTEST") &&
        (cy_sees_word(p, "ANY") || cy_sees_word(p, "ALL"))) {
        path->selector = cy_sees_word(p, "ANY") ? CY_SHORTEST : CY_ALL_SHORTEST;
        p->at += 2;
    }
    return parse_chain(path, p);
}

kg_status cy_parse_path(cy_path_pattern *path, cy_parser *p) {
    kg_status st;
    *path = (cy_path_pattern){.at = cy_at(p), .slot = CY_NO_SLOT};
    bool named = cy_is_symbol(cy_peek(p, 1), "=");
    if (named) {
        KG_TRY(st, cy_take_name(&path->name, p, "a variable"));
        p->at++;
    }
    return parse_selected(path, p);
}

kg_status cy_parse_pattern(cy_pattern **out, cy_parser *p) {
    kg_status st;
    cy_pattern *pattern = cy_new(p, sizeof *pattern);
    *out = pattern;
    if (!pattern)
        return cy_no_memory(p);
    do {
        KG_TRY(st, cy_grow(p, &pattern->paths, pattern->n_paths, sizeof *pattern->paths));
        KG_TRY(st, cy_parse_path(&pattern->paths[pattern->n_paths], p));
        pattern->n_paths++;
    } while (cy_accept(p, ","));
    return KG_OK;
}
