/* A small graph as plain arrays, which random tests hold beside a store; and rows of values, by
 * which what a query gives is compared with what it should. */
#ifndef KG_TESTS_RANDOM_GRAPH_H
#define KG_TESTS_RANDOM_GRAPH_H

#include "kgstore/base/array.h"
#include "kgstore/base/rng.h"
#include "kgstore/cypher.h"

enum { NODES = 9, EDGES = 40, TYPES = 3, RELATIONS = 3, NO_VALUE = -99, NAME_SIZE = 16 };

/* Type i of a node is bit i; types are called A, B, C, relations R, S, T, and nodes by their
 * identifiers. x, y and w are properties, integers but for y, a text of which the number is a part;
 * NO_VALUE: there is none. */
typedef struct rg_node {
    bool there;
    char id[NAME_SIZE];
    unsigned types;
    int x, y;
} rg_node;

typedef struct rg_edge {
    int head, relation, tail, w;
} rg_edge;

typedef struct rg_graph {
    int n_nodes, n_edges; /* nodes that are not there count */
    rg_node nodes[4 * NODES];
    rg_edge edges[4 * EDGES];
} rg_graph;

void rg_make(rg_graph *graph, kg_rng *rng);

/* The place of an edge, or -1. */
int rg_find_edge(const rg_graph *graph, int head, int relation, int tail);
void rg_remove_edge(rg_graph *graph, int at);

/* Write the graph to a new store, without Cypher. */
void rg_store(const rg_graph *graph, const char *path);

/* A number in [0, n), and whether one time in n it is 0. */
int rg_below(kg_rng *rng, int n);
bool rg_once_in(kg_rng *rng, int n);

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct rg_value {
    enum { RG_NULL, RG_NUMBER, RG_TEXT } kind;
    long number;
    char text[NAME_SIZE];
} rg_value;

rg_value rg_number(long number); /* NO_VALUE: null */
rg_value rg_text(const char *text);

/* As ORDER BY has it: null is the greatest. */
int rg_compare(const rg_value *a, const rg_value *b);

typedef struct rg_rows {
    size_t width;
    KG_ARRAY(rg_value) values;
} rg_rows;

size_t rg_count(const rg_rows *rows);
void rg_push(rg_rows *rows, rg_value value);
void rg_free(rg_rows *rows);
void rg_sort(rg_rows *rows);
void rg_print(const rg_rows *rows);
bool rg_same(const rg_rows *a, const rg_rows *b);

/* Run a query; booleans become 0 and 1. */
kg_status rg_ask(rg_rows *rows, kg_cypher *cypher, const char *query, kg_error *err);

#endif
