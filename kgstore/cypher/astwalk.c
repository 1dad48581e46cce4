/* A query's tree walked: every expression, and every node and relationship of its patterns. */
#include "kgstore/cypher/astwalk.h"

static void walk_pattern(const cy_visitor *v, const cy_pattern *pattern) {
    for (size_t i = 0; i < pattern->n_paths; i++) {
        const cy_path_pattern *path = &pattern->paths[i];
        for (size_t k = 0; k <= path->n_edges; k++) {
            const cy_node_pattern *n = &path->nodes[k];
            if (v->node)
                v->node(v->context, n);
            cy_walk_expr(v, n->labels);
            cy_walk_expr(v, n->properties);
            cy_walk_expr(v, n->where);
        }
        for (size_t k = 0; k < path->n_edges; k++) {
            const cy_edge_pattern *e = &path->edges[k];
            if (v->edge)
                v->edge(v->context, e);
            cy_walk_expr(v, e->properties);
            cy_walk_expr(v, e->where);
        }
    }
}

void cy_walk_expr(const cy_visitor *v, const cy_expr *e) {
    if (!e)
        return;
    if (v->expr)
        v->expr(v->context, e);
    if (e->pattern)
        walk_pattern(v, e->pattern);
    if (e->query)
        cy_walk_query(v, e->query);
    for (size_t i = 0; i < e->count; i++)
        cy_walk_expr(v, e->items[i]);
}

static void walk_projection(const cy_visitor *v, const cy_projection *j) {
    for (size_t i = 0; i < j->n_items; i++)
        cy_walk_expr(v, j->items[i].expr);
    for (size_t i = 0; i < j->n_aggregates; i++)
        cy_walk_expr(v, j->aggregates[i]);
    for (size_t i = 0; i < j->n_order; i++)
        cy_walk_expr(v, j->order[i].expr);
    cy_walk_expr(v, j->where);
}

void cy_walk_clause(const cy_visitor *v, const cy_clause *c) {
    if (c->pattern)
        walk_pattern(v, c->pattern);
    if (c->projection)
        walk_projection(v, c->projection);
    if (c->query)
        cy_walk_query(v, c->query);
    for (size_t i = 0; c->call && i < c->call->n_args; i++)
        cy_walk_expr(v, c->call->args[i]);
    cy_walk_expr(v, c->where);
    cy_walk_expr(v, c->expr);
}

void cy_walk_query(const cy_visitor *v, const cy_query *q) {
    for (size_t i = 0; i < q->n_parts; i++)
        for (size_t k = 0; k < q->parts[i].n_clauses; k++)
            cy_walk_clause(v, &q->parts[i].clauses[k]);
}
