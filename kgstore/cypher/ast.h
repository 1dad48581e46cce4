/* A query as a tree, made by the parser and completed by the binder: everything lives in the
 * statement's arena. Places (`at`) are offsets into the text of the query. */
#ifndef KG_CYPHER_AST_H
#define KG_CYPHER_AST_H

#include "kgstore/cypher/cyvalue.h"

typedef struct cy_expr cy_expr;
typedef struct cy_query cy_query;
typedef struct cy_pattern cy_pattern;

enum { CY_NO_SLOT = -1 };

/* ---- Expressions ----------------------------------------------------------------------------- */

typedef enum cy_op {
    CY_OR,
    CY_XOR,
    CY_AND,
    CY_EQ,
    CY_NE,
    CY_LT,
    CY_LE,
    CY_GT,
    CY_GE,
    CY_ADD,
    CY_SUB,
    CY_MUL,
    CY_DIV,
    CY_MOD,
    CY_POW,
    CY_IN,
    CY_STARTS_WITH,
    CY_ENDS_WITH,
    CY_CONTAINS,
    CY_MATCHES
} cy_op;

typedef enum cy_expr_kind {
    CY_E_LITERAL,       /* value */
    CY_E_PARAMETER,     /* name */
    CY_E_VARIABLE,      /* name, slot */
    CY_E_PROPERTY,      /* items[0], name */
    CY_E_INDEX,         /* items[0][items[1]] */
    CY_E_SLICE,         /* items[0][items[1]..items[2]], either NULL */
    CY_E_NOT,           /* items[0] */
    CY_E_NEGATE,        /* items[0] */
    CY_E_POSITIVE,      /* items[0] */
    CY_E_BINARY,        /* items[0] op items[1] */
    CY_E_CHAIN,         /* items[0] ops[0] items[1] ops[1] items[2] ...: comparisons, all of them */
    CY_E_IS_NULL,       /* items[0] */
    CY_E_IS_NOT_NULL,   /* items[0] */
    CY_E_LIST,          /* items */
    CY_E_MAP,           /* keys, items */
    CY_E_PROJECTION,    /* items[0] {...}: keys and items[1..]; an item NULL: .key; all: .* */
    CY_E_CALL,          /* name, items, distinct; function */
    CY_E_COUNT_ALL,     /* count(*) */
    CY_E_CASE,          /* items[0] the subject or NULL, items[1] the else or NULL, then pairs */
    CY_E_COMPREHENSION, /* slot in items[0] where items[1] | items[2], the last two or NULL */
    CY_E_QUANTIFIER,    /* quantifier(slot in items[0] where items[1]) */
    CY_E_REDUCE,        /* slot = items[0], slot2 in items[1] | items[2] */
    CY_E_PATTERN,       /* pattern: is there such a path? */
    CY_E_PATTERN_LIST,  /* [pattern where items[0] | items[1]], items[0] or NULL */
    CY_E_EXISTS,        /* query: has it a row? */
    CY_E_COUNT,         /* query: how many rows? */
    CY_E_COLLECT,       /* query: the list of its one column */
    CY_E_LABELS,        /* items[0] has the labels items[1] */
    CY_E_LABEL,         /* a label expression: name, or any (%) where name is empty */
    CY_E_AGGREGATE      /* made by the binder: the slot of an aggregate's result */
} cy_expr_kind;

typedef enum cy_quantifier { CY_ALL, CY_ANY, CY_NONE, CY_SINGLE } cy_quantifier;

struct cy_function;

struct cy_expr {
    cy_expr_kind kind;
    cy_op op;
    cy_quantifier quantifier;
    uint32_t at, end; /* the text of it */
    bool distinct, all;
    bool parenthesized;
    int slot, slot2;
    kg_str name, name2; /* name2: of a reduction's element, of a comprehension's path */
    cy_value value;
    cy_expr **items;
    size_t count;
    kg_str *keys;
    size_t n_keys;
    cy_op *ops;
    cy_pattern *pattern;
    cy_query *query;
    const struct cy_function *function;
    struct cy_plan *plan; /* of the pattern or the query, once it was planned */
};

/* ---- Patterns -------------------------------------------------------------------------------- */

typedef struct cy_node_pattern {
    uint32_t at;
    kg_str name;         /* empty: none */
    int slot;            /* set by the binder, also where there is no name */
    bool bound;          /* known before the clause: set by the binder */
    cy_expr *labels;     /* a label expression, or NULL */
    cy_expr *properties; /* a map or a parameter, or NULL */
    cy_expr *where;
} cy_node_pattern;

typedef struct cy_edge_pattern {
    uint32_t at;
    kg_str name;
    int slot;
    bool bound;
    kg_str *types;
    size_t n_types;
    int direction; /* +1 to the next node, -1 from it, 0 either */
    bool variable; /* of variable length: min to max, -1: no bound */
    int64_t min, max;
    cy_expr *properties;
    cy_expr *where;
} cy_edge_pattern;

typedef enum cy_selector { CY_EVERY_PATH, CY_SHORTEST, CY_ALL_SHORTEST } cy_selector;

typedef struct cy_path_pattern {
    uint32_t at;
    kg_str name;
    int slot;
    cy_selector selector;
    cy_node_pattern *nodes; /* n_edges + 1 */
    cy_edge_pattern *edges;
    size_t n_edges;
} cy_path_pattern;

struct cy_pattern {
    cy_path_pattern *paths;
    size_t n_paths;
};

/* ---- Clauses --------------------------------------------------------------------------------- */

typedef enum cy_clause_kind {
    CY_C_MATCH,    /* optional, pattern, where */
    CY_C_UNWIND,   /* expr, name */
    CY_C_WITH,     /* projection */
    CY_C_RETURN,   /* projection */
    CY_C_CREATE,   /* pattern */
    CY_C_MERGE,    /* pattern of one path; changes: those on create, then those on match */
    CY_C_SET,      /* changes */
    CY_C_REMOVE,   /* changes */
    CY_C_DELETE,   /* detach, exprs */
    CY_C_CALL,     /* procedure */
    CY_C_SUBQUERY, /* CALL { query } */
    CY_C_LOAD_CSV, /* expr the file, name, headers, separator */
    CY_C_FOREACH   /* name in expr: clauses */
} cy_clause_kind;

typedef struct cy_item {
    uint32_t at, end;
    cy_expr *expr;
    kg_str name; /* of the column */
    bool named;  /* by AS */
    int slot;
} cy_item;

typedef struct cy_sort {
    cy_expr *expr;
    bool descending;
} cy_sort;

typedef struct cy_projection {
    bool distinct, all; /* all: * */
    cy_item *items;
    size_t n_items;
    cy_sort *order;
    size_t n_order;
    cy_expr *skip, *limit, *where;
    /* Set by the binder. */
    cy_expr **aggregates; /* calls of aggregating functions; each has its result's slot */
    size_t n_aggregates;
} cy_projection;

typedef enum cy_change_kind {
    CY_SET_PROPERTY,    /* target.key = value */
    CY_SET_ALL,         /* target = value */
    CY_SET_MORE,        /* target += value */
    CY_SET_LABELS,      /* target:labels */
    CY_REMOVE_PROPERTY, /* target.key */
    CY_REMOVE_LABELS    /* target:labels */
} cy_change_kind;

typedef struct cy_change {
    cy_change_kind kind;
    uint32_t at;
    cy_expr *target, *value;
    kg_str key;
    kg_str *labels;
    size_t n_labels;
} cy_change;

typedef struct cy_call {
    kg_str name; /* "kg.search" */
    cy_expr **args;
    size_t n_args;
    bool has_args;  /* else each argument is the parameter of its name */
    kg_str *fields; /* that are yielded, and the variables they become */
    kg_str *names;
    int *slots;
    size_t n_yields;
    bool yields_all;
    cy_expr *where;
} cy_call;

typedef struct cy_clause {
    cy_clause_kind kind;
    uint32_t at;
    bool optional, detach, headers;
    cy_pattern *pattern;
    cy_expr *where, *expr, *separator;
    kg_str name;
    int slot;
    cy_projection *projection;
    cy_change *changes;
    size_t n_changes, n_on_create;
    cy_expr **exprs;
    size_t n_exprs;
    cy_call *call;
    cy_query *query;
    struct cy_clause *clauses;
    size_t n_clauses;
} cy_clause;

typedef struct cy_part {
    cy_clause *clauses;
    size_t n_clauses;
    bool all; /* UNION ALL before it */
} cy_part;

/* Parts joined by UNION. */
struct cy_query {
    uint32_t at;
    cy_part *parts;
    size_t n_parts;
    bool writes; /* set by the binder */
    /* The columns of its last RETURN, by the binder. */
    kg_str *columns;
    size_t n_columns;
};

#endif
