/* The functions that expressions call: a table, and the files that fill it. */
#ifndef KG_CYPHER_FUNCTIONS_H
#define KG_CYPHER_FUNCTIONS_H

#include "kgstore/cypher/ast.h"

/* What is known of a value before the query runs. */
typedef enum cy_type {
    CY_TYPE_ANY,
    CY_TYPE_BOOLEAN,
    CY_TYPE_INTEGER,
    CY_TYPE_FLOAT,
    CY_TYPE_STRING,
    CY_TYPE_LIST,
    CY_TYPE_MAP,
    CY_TYPE_NODE,
    CY_TYPE_EDGE,
    CY_TYPE_PATH,
    CY_TYPE_TEMPORAL,
    CY_TYPE_NULL
} cy_type;

#define CY_BIT(type) (1U << (type))

struct cy_context;

/* Compute from evaluated arguments; what is made lives in the context's arena. A NULL argument has
 * been seen to already where `null_in` of the function is false: the result is null. */
typedef kg_status (*cy_function_fn)(cy_value *out, struct cy_context *context, const cy_value *args,
                                    size_t n);

/* What an aggregating function computes. */
typedef enum cy_aggregate {
    CY_AGG_NONE,
    CY_AGG_COUNT,
    CY_AGG_SUM,
    CY_AGG_AVG,
    CY_AGG_MIN,
    CY_AGG_MAX,
    CY_AGG_COLLECT,
    CY_AGG_STDEV,
    CY_AGG_STDEVP,
    CY_AGG_PERCENTILE_CONT,
    CY_AGG_PERCENTILE_DISC
} cy_aggregate;

typedef struct cy_function {
    const char *name; /* compared without regard to case */
    unsigned char min_args, max_args;
    bool null_in; /* takes nulls */
    cy_type result;
    unsigned accepts; /* CY_BIT of what the first argument may be; 0: anything */
    cy_aggregate aggregate;
    cy_function_fn call;
} cy_function;

/* NULL where there is none of that name. */
const cy_function *cy_function_find(kg_str name);

/* The tables, each ends with a name of NULL. */
extern const cy_function cy_functions_graph[], cy_functions_list[], cy_functions_text[],
    cy_functions_number[], cy_functions_time[];

#endif
