/* The binder: gives every variable its slot and checks what can be known before a query runs. */
#ifndef KG_CYPHER_BIND_H
#define KG_CYPHER_BIND_H

#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/parse.h"
#include "kgstore/cypher/procedures.h"

/* Bind a parsed query in place. *n_slots: registers that a row of it needs. KG_ERR_FORMAT as of
 * cy_parse. */
kg_status cy_bind(int *n_slots, cy_query *query, const cy_procedures *procedures, kg_arena *arena,
                  kg_str text, cy_fault *fault, kg_error *err);

/* ---- Between the binder's files -------------------------------------------------------------- */

typedef struct cy_variable {
    kg_str name;
    int slot;
    cy_type type;
    bool edges; /* a list of relationships: of a pattern of variable length */
} cy_variable;

typedef KG_ARRAY(cy_variable) cy_scope;

typedef struct cy_binder {
    cy_parser p; /* for its arena and its faults */
    const cy_procedures *procedures;
    cy_scope scope;
    int n_slots;
    /* Of the expression at hand. */
    cy_projection *aggregating; /* takes aggregates; NULL: there can be none */
    bool in_aggregate;
    bool predicate;                  /* a pattern may stand here for a truth */
    cy_projection *ordered;          /* whose items an ORDER BY or a WHERE behind it may repeat */
    const cy_expr *beside_aggregate; /* the key of an ORDER BY that has an aggregate; else NULL */
    const cy_scope *before;          /* with it: what was visible before the projection */
    bool no_writes;                  /* within EXISTS {} and its like */
} cy_binder;

__attribute__((format(printf, 4, 5))) kg_status
cy_bind_fail(cy_binder *b, uint32_t at, const char *detail, const char *format, ...);

const cy_variable *cy_scope_find(const cy_scope *scope, kg_str name);
kg_status cy_scope_add(cy_binder *b, kg_str name, int slot, cy_type type);
int cy_new_slot(cy_binder *b);

/* Bind an expression; *type (may be NULL) is what is known of it. */
kg_status cy_bind_expr(cy_type *type, cy_binder *b, cy_expr *e);

/* The same where it is a condition: patterns may stand in it, and it is no number. */
kg_status cy_bind_where(cy_binder *b, cy_expr *e);

/* What a pattern is for. */
typedef enum cy_pattern_use {
    CY_USE_MATCH,
    CY_USE_CREATE,
    CY_USE_MERGE,
    CY_USE_PREDICATE
} cy_pattern_use;

kg_status cy_bind_pattern(cy_binder *b, cy_pattern *pattern, cy_pattern_use use);
kg_status cy_bind_projection(cy_binder *b, cy_projection *j, bool is_with);
kg_status cy_bind_query(cy_binder *b, cy_query *query, bool needs_return);

/* Do two expressions say the same? */
bool cy_expr_same(const cy_expr *a, const cy_expr *b);

bool cy_has_aggregate(const cy_expr *e);

/* Call visit with each expression right below e. */
void cy_expr_each(cy_expr *e, void (*visit)(void *context, cy_expr *child), void *context);

#endif
