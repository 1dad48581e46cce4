/* Procedures: what CALL name(...) YIELD ... answers with rows. */
#ifndef KG_CYPHER_PROCEDURES_H
#define KG_CYPHER_PROCEDURES_H

#include "kgstore/cypher/functions.h"

typedef struct cy_field {
    const char *name;
    cy_type type;
} cy_field;

struct cy_rows;

/* Append rows, n_fields values each, to *rows for the given arguments. */
typedef kg_status (*cy_procedure_fn)(struct cy_rows *rows, struct cy_context *context, void *data,
                                     const cy_value *args);

typedef struct cy_procedure {
    const char *name;
    const cy_field *args;
    size_t n_args;
    const cy_field *fields;
    size_t n_fields;
    cy_procedure_fn call;
    void *data; /* handed to call */
} cy_procedure;

/* Those of a session: the built-in ones and those that its owner has added. */
typedef struct cy_procedures {
    const cy_procedure *items;
    size_t count;
} cy_procedures;

const cy_procedure *cy_procedure_find(const cy_procedures *procedures, kg_str name);

/* Rows on their way out of a procedure. */
typedef struct cy_rows {
    kg_arena *arena; /* values live here */
    KG_ARRAY(cy_value) values;
} cy_rows;

/* kg.neighbours, kg.search and the rest; see kg-cypher(7). */
extern const cy_procedures cy_builtin_procedures;

#endif
