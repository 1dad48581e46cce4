/* Cypher over a store: the second public header of libkgstore, beside kgstore.h.
 *
 *     kg_cypher_begin(&cypher, store, NULL, &err);
 *     kg_cypher_prepare(&query, cypher, KG_STR("MATCH (n {name: $name})--(m) RETURN m"), NULL,
 * &err); kg_cypher_bind(query, KG_STR("name"), &cell, &err); while (kg_cypher_step(&row, query,
 * &err) == KG_OK && row) kg_cypher_column(&cell, query, 0); kg_cypher_free(query);
 *     kg_cypher_end(cypher);
 *
 * The language is openCypher 9 with the forms of GQL that kg-cypher(7) names, and tells what is
 * answered otherwise. A node's label is a type of the store, a relationship's type a relation; an
 * edge is there once, so there are no two relationships of one type between the same two nodes in
 * one direction. Threads: all of a kg_cypher belongs to one thread at a time. */
#ifndef KGSTORE_CYPHER_H
#define KGSTORE_CYPHER_H

#include "kgstore/kgstore.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A view of the graph for queries, and what they have changed of it. */
typedef struct kg_cypher kg_cypher;
typedef struct kg_cypher_query kg_cypher_query;

/* All zero: reading only, without limits. */
typedef struct kg_cypher_options {
    bool write;     /* queries may change the graph; other writers wait until the end */
    double seconds; /* that one run of a query may take */
    uint64_t rows;  /* that it may give */
    size_t memory;  /* bytes that all queries and their changes may hold beyond the store's pages: a
                       MiB at least, since each operator takes some */
    unsigned threads; /* that a query may use; 0: as many as there are processors. With any number
                         it gives the same rows in the same order. */
    bool no_files;    /* LOAD CSV is refused */
    bool (*cancelled)(void *context); /* polled; may be NULL */
    void *context;
} kg_cypher_options;

/* What is wrong with a query, in openCypher's words. */
typedef struct kg_cypher_fault {
    const char *kind, *detail; /* "SyntaxError", "UndefinedVariable"; static; NULL: another error */
    size_t line, column;       /* 1-based, in characters; 0: not known */
} kg_cypher_fault;

/* Begin on the newest state of the store. options: NULL for all zero; copied. *out is the caller's:
 * kg_cypher_end, after its queries are freed and before the store is closed. Statuses as of
 * kg_snapshot_begin and, to write, kg_writer_begin. */
KG_API kg_status kg_cypher_begin(kg_cypher **out, kg_store *store, const kg_cypher_options *options,
                                 kg_error *err);

/* Write all that the queries have changed, in one durable transaction; afterwards only
 * kg_cypher_end is left. Statuses as of kg_writer_statement and kg_writer_commit. */
KG_API kg_status kg_cypher_commit(kg_cypher *cypher, kg_error *err);

/* Forget what was not committed, and free. NULL is safe. */
KG_API void kg_cypher_end(kg_cypher *cypher);

/* Parse, check and plan one query. *out: kg_cypher_free. fault may be NULL. KG_ERR_FORMAT: err
 * tells line, column, what was found and what was expected; KG_ERR_ARGUMENT: it would change the
 * graph, and may not (but EXPLAIN before it makes a plan, and kg_cypher_step fails so);
 * KG_ERR_MEMORY, KG_ERR_CORRUPT. text is copied. */
KG_API kg_status kg_cypher_prepare(kg_cypher_query **out, kg_cypher *cypher, kg_str text,
                                   kg_cypher_fault *fault, kg_error *err);

/* Set a parameter: $name is the cell from the next run on. The cell is copied; KG_CELL_TEXTS,
 * KG_CELL_LIST and KG_CELL_MAP become lists and maps. KG_ERR_MEMORY. */
KG_API kg_status kg_cypher_bind(kg_cypher_query *query, kg_str name, const kg_cell *cell,
                                kg_error *err);

KG_API size_t kg_cypher_columns(const kg_cypher_query *query);

/* The name of a column; lives as long as the query. */
KG_API const char *kg_cypher_name(const kg_cypher_query *query, size_t column);

/* The next row; the first call runs the query. *row is false at the end. KG_ERR_FORMAT: values do
 * not fit what the query does with them; KG_ERR_LIMIT: a limit of the options; KG_ERR_CANCELLED. */
KG_API kg_status kg_cypher_step(bool *row, kg_cypher_query *query, kg_error *err);

/* A value of the row at hand, borrowed until the next step: numbers, booleans and texts as they
 * are, points in time as ISO 8601 texts, lists and maps of these. A node is a map {id, name,
 * labels, its properties}, a relationship {head, type, tail, its properties}, a path {nodes,
 * relationships}; as KG_CELL_ITEM they also have a short text for people. KG_ERR_MEMORY. */
KG_API kg_status kg_cypher_column(kg_cell *out, kg_cypher_query *query, size_t column);

/* Be ready to run again, with the parameters as they are. */
KG_API void kg_cypher_reset(kg_cypher_query *query);
KG_API void kg_cypher_free(kg_cypher_query *query);

/* The plan as text, an operator a line, the last one first; with the rows that each has given so
 * far where `rows`. The caller's to free (free); NULL when out of memory. */
KG_API char *kg_cypher_plan(const kg_cypher_query *query, bool rows);

/* A sentence about the first type or relation that the query names and the store lacks, with what
 * may be meant, into text of so many bytes; empty where there is none, or the query may change the
 * graph. */
KG_API void kg_cypher_note(char *text, size_t room, const kg_cypher_query *query);

/* Whether EXPLAIN or PROFILE stood before the query: it is then run only for PROFILE, and its plan
 * is to be shown instead of its rows. */
typedef enum kg_cypher_show { KG_CYPHER_ROWS, KG_CYPHER_EXPLAIN, KG_CYPHER_PROFILE } kg_cypher_show;
KG_API kg_cypher_show kg_cypher_wants(const kg_cypher_query *query);

#ifdef __cplusplus
}
#endif

#endif
