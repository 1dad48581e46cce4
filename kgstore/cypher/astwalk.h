/* A query's tree walked. */
#ifndef KG_CYPHER_ASTWALK_H
#define KG_CYPHER_ASTWALK_H

#include "kgstore/cypher/ast.h"

/* What is called for each expression, from the outside in, and for each node and relationship of a
 * pattern, before the expressions within it. Any may be NULL. */
typedef struct cy_visitor {
    void *context;
    void (*expr)(void *context, const cy_expr *expr);
    void (*node)(void *context, const cy_node_pattern *node);
    void (*edge)(void *context, const cy_edge_pattern *edge);
} cy_visitor;

void cy_walk_expr(const cy_visitor *visitor, const cy_expr *expr); /* NULL is safe */

/* Of clauses that read: what changes the graph is left out. */
void cy_walk_clause(const cy_visitor *visitor, const cy_clause *clause);
void cy_walk_query(const cy_visitor *visitor, const cy_query *query);

#endif
