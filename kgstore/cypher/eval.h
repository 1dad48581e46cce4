/* Expressions evaluated against a row. */
#ifndef KG_CYPHER_EVAL_H
#define KG_CYPHER_EVAL_H

#include "kgstore/cypher/ast.h"
#include "kgstore/cypher/graph.h"
#include "kgstore/cypher/lexer.h"

/* What evaluation needs. The row's registers are shared by all operators of a plan; the arena is
 * that of the operator at work, which says how long what is made lives. */
typedef struct cy_context {
    cy_graph *graph;
    cy_value *row;
    kg_arena *arena;
    const cy_map *parameters;
    int64_t now_seconds, now_nanoseconds; /* when the statement began, since 1970 in UTC */
    uint64_t random;                      /* state of rand() */
    kg_str text;                          /* of the query */
    cy_fault *fault;
    kg_error *err;
    /* The limits of a run; asked now and then. */
    kg_status (*check)(struct cy_context *context);
    unsigned countdown;
    bool no_files;    /* LOAD CSV is refused */
    unsigned threads; /* that an operator may use; 0: as many as there are processors */
    void *run;
} cy_context;

/* *out lives as long as the context's arena, the row and the graph. KG_ERR_FORMAT, with the fault
 * set: what the values are does not fit what is done with them. */
kg_status cy_eval(cy_value *out, cy_context *context, const cy_expr *e);

/* A condition: null is unknown. */
kg_status cy_eval_truth(cy_truth *out, cy_context *context, const cy_expr *e);

/* Does a node have the labels of a label expression? */
kg_status cy_eval_labels(bool *out, cy_context *context, const cy_expr *labels, kg_id node);

/* value.key of a node, a relationship, a map or a point in time. */
kg_status cy_get_property(cy_value *out, cy_context *context, const cy_value *base, kg_str key);

/* Binary operators but AND, OR and XOR. */
kg_status cy_apply(cy_value *out, cy_context *context, cy_op op, const cy_value *a,
                   const cy_value *b);

/* a STARTS WITH, ENDS WITH or CONTAINS b. */
bool cy_text_holds(cy_op op, kg_str a, kg_str b);

/* A fault at run time. */
__attribute__((format(printf, 4, 5))) kg_status
cy_fail(cy_context *context, const char *kind, const char *detail, const char *format, ...);
kg_status cy_out_of_memory(cy_context *context);

/* Has the time come to ask for limits? Every few hundred calls. */
static inline kg_status cy_tick(cy_context *context) {
    return --context->countdown ? KG_OK : context->check(context);
}

#endif
