/* Names in a query that nothing in the store has. */
#ifndef KG_CYPHER_UNKNOWN_H
#define KG_CYPHER_UNKNOWN_H

#include "kgstore/cypher/ast.h"

struct cy_graph;

/* A sentence about the first type or relation that a query names and the store lacks, with the one
 * that may be meant; empty where there is none, or the graph may change. */
void cy_note_unknown(char *text, size_t room, const struct cy_graph *graph, const cy_query *query);

#endif
