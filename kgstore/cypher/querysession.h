/* Queries run: a session is a snapshot of a store and, where it may write, the changes that its
 * queries have made so far; they see each other's. */
#ifndef KG_CYPHER_QUERYSESSION_H
#define KG_CYPHER_QUERYSESSION_H

#include "kgstore/cypher/cyvalue.h"
#include "kgstore/cypher/parse.h"
#include "kgstore/cypher/procedures.h"

typedef struct cy_session cy_session;
typedef struct cy_statement cy_statement;

/* What a run may take; all zero: anything. */
typedef struct cy_limits {
    double seconds;
    uint64_t rows; /* that are returned */
    bool (*cancelled)(void *context);
    void *context;
} cy_limits;

/* Begin on the newest state of the store. write: queries may change the graph; nothing of that is
 * in the store before cy_session_commit, and no other writer gets in between. *out: cy_session_end.
 */
kg_status cy_session_begin(cy_session **out, kg_store *store, bool write, kg_error *err);

/* Procedures beside the built-in ones; borrowed until the end. */
void cy_session_procedures(cy_session *session, const cy_procedure *procedures, size_t count);

/* The most that queries and what they have changed may hold, in bytes; without this call no limit.
 * Before any query is prepared. */
void cy_session_memory(cy_session *session, size_t bytes);

/* May LOAD CSV open files? Yes unless this says no. */
void cy_session_files(cy_session *session, bool allowed);

/* Threads that a query may use; 0, as without this call: as many as there are processors. What it
 * answers is the same with any number. */
void cy_session_threads(cy_session *session, unsigned threads);

/* Write what was changed, in one durable transaction. The session can only be ended then. */
kg_status cy_session_commit(cy_session *session, kg_error *err);

/* Forget what was not committed. NULL is safe. */
void cy_session_end(cy_session *session);

struct cy_graph *cy_session_graph(cy_session *session);

/* Parse, check and plan. *out: cy_statement_free, before the session ends. KG_ERR_FORMAT: err has
 * line and column, and *fault (may be NULL) openCypher's words for it. text is copied. */
kg_status cy_prepare(cy_statement **out, cy_session *session, kg_str text, cy_fault *fault,
                     kg_error *err);

size_t cy_statement_columns(const cy_statement *statement);
kg_str cy_statement_column(const cy_statement *statement, size_t i);

/* Begin to run with these parameters (borrowed until the next run; NULL: none). */
kg_status cy_run(cy_statement *statement, const cy_map *parameters, const cy_limits *limits,
                 cy_fault *fault, kg_error *err);

/* The next row: cy_statement_columns values, borrowed until the next call. *found is false at the
 * end; a statement that changes the graph has changed it then, whether or not it returns rows. */
kg_status cy_step(bool *found, const cy_value **row, cy_statement *statement, cy_fault *fault,
                  kg_error *err);

void cy_statement_free(cy_statement *statement);

/* A sentence about a type or relation that the query names and the store lacks; else empty. */
void cy_statement_note(char *text, size_t room, const cy_statement *statement);

/* What stood before the query. */
cy_explain cy_statement_explain(const cy_statement *statement);

/* Its plan, an operator a line; with the rows that each has given where `rows`. free; NULL: no
 * memory. */
char *cy_statement_plan(const cy_statement *statement, bool rows);

/* A value as openCypher writes it: 'text', [1, 2.0], {key: true}, (:Label {key: 1}),
 * [:TYPE {key: 1}], <(:A)-[:T]->(:B)>; appended to *to. Keys and labels stand in the order in which
 * they are kept. */
kg_status cy_print(kg_bytes *to, const struct cy_graph *graph, const cy_value *value);

#endif
