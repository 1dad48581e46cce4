/* Random queries that read: made, written in Cypher, and answered by nested loops over a graph. */
#ifndef KG_TESTS_RANDOM_QUERY_H
#define KG_TESTS_RANDOM_QUERY_H

#include "tests/kgstore/cypher/random_graph.h"

enum { CLAUSES = 3, HOPS = 3, VARIABLES = 10, TESTS = 2, COLUMNS = 4 };

/* (variable:types {x: x}) */
typedef struct rq_node {
    int variable; /* of nodes */
    unsigned types;
    int x; /* NO_VALUE: any */
} rq_node;

/* -[variable:relations*least..most {w: w}]-> */
typedef struct rq_hop {
    int variable;       /* of edges */
    unsigned relations; /* 0: any */
    int direction;      /* 1, -1, 0: either */
    bool many;
    int least, most;
    int w;
} rq_hop;

typedef enum rq_kind {
    RQ_X_LESS,   /* a.x < b.x */
    RQ_X_EQUALS, /* a.x = number */
    RQ_X_NULL,   /* a.x IS NULL */
    RQ_X_IN,     /* a.x IN [number, 1] */
    RQ_Y_STARTS, /* a.y STARTS WITH 'y<number>' */
    RQ_TYPE,     /* a:B */
    RQ_SAME,     /* a = b */
    RQ_EDGE,     /* (a)-[:R]->(b) */
    RQ_ANY_EDGE, /* EXISTS { MATCH (a)<-[:R]-(:B) } */
    RQ_WEIGHT,   /* r.w > number, of an edge */
    RQ_KINDS
} rq_kind;

typedef struct rq_test {
    rq_kind kind;
    int a, b, number;
    bool negated;
} rq_test;

typedef struct rq_clause {
    bool optional, split; /* split: the last hop is written as a pattern of its own */
    int n_hops;
    rq_node nodes[HOPS + 1];
    rq_hop hops[HOPS];
    int n_tests;
    bool either; /* OR between the tests, else AND */
    rq_test tests[TESTS];
} rq_clause;

typedef enum rq_show { RQ_ID, RQ_X, RQ_HAS_TYPE, RQ_RELATION, RQ_W, RQ_SIZE } rq_show;

typedef struct rq_column {
    rq_show show;
    int variable;
} rq_column;

typedef enum rq_end { RQ_ROWS, RQ_DISTINCT, RQ_ORDERED, RQ_GROUPED, RQ_TOTALS, RQ_ENDS } rq_end;

typedef struct rq_query {
    int n_clauses, n_nodes, n_edges; /* variables */
    bool many[VARIABLES];            /* edges: the variable holds a list */
    bool certain[VARIABLES];         /* nodes: never null */
    rq_clause clauses[CLAUSES];
    int n_columns;
    rq_column columns[COLUMNS];
    rq_end end;
    bool descending;
    bool bare;       /* variables that nothing asks for have no name */
    bool through;    /* nodes are grouped in a WITH, and their columns asked for behind it */
    bool once;       /* of totals, those alone that take each value once */
    int skip, limit; /* -1: none */
} rq_query;

void rq_make(rq_query *query, kg_rng *rng);

/* The query in Cypher; text has room for RQ_TEXT bytes. */
enum { RQ_TEXT = 4000 };
void rq_write(char *text, const rq_query *query);

/* What it should give, in order where it asks for one (end is RQ_ORDERED), else sorted. False: that
 * is too much. */
bool rq_answer(rg_rows *rows, const rq_query *query, const rg_graph *graph);

#endif
