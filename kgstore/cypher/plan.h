/* Plans: trees of operators that are pulled for rows.
 *
 * All operators of a statement share one array of registers, the row; one that brings a variable
 * writes its register. A row is good until the operator that gave it is asked for the next. What an
 * operator makes lives in its scratch arena, which it empties when it asks its input for more; what
 * must last longer (groups, sorted rows) it copies to its own. */
#ifndef KG_CYPHER_PLAN_H
#define KG_CYPHER_PLAN_H

#include "kgstore/cypher/eval.h"
#include "kgstore/cypher/procedures.h"
#include "kgstore/cypher/rowtable.h"

typedef struct cy_plan cy_plan;

typedef struct cy_plan_ops {
    const char *name; /* as EXPLAIN shows it */
    /* Start from the beginning, under the registers as they are. */
    kg_status (*open)(cy_plan *plan, cy_context *context);
    kg_status (*next)(bool *found, cy_plan *plan, cy_context *context);
    void (*close)(cy_plan *plan); /* free what it holds; NULL: nothing but arenas */
} cy_plan_ops;

struct cy_plan {
    const cy_plan_ops *ops;
    cy_plan *input; /* NULL: a leaf */
    cy_plan *inner; /* of an operator that runs a second plan for each row; else NULL */
    kg_arena scratch;
    const char *what;     /* detail for EXPLAIN */
    uint64_t rows;        /* given so far, for PROFILE */
    cy_plan *made_before; /* all operators of a statement hang together, to be freed */
    /* How many rows there are from here on, without giving them; *can: it knows, else none is
     * taken. NULL: it never does. */
    kg_status (*count)(bool *can, uint64_t *rows, cy_plan *plan, cy_context *context);
    int once; /* the register of a node that is another in each row; CY_NO_SLOT: there is none */
};

kg_status cy_plan_open(cy_plan *plan, cy_context *context);
kg_status cy_plan_next(bool *found, cy_plan *plan, cy_context *context);

/* Free what all operators of a statement hold, from the last that was made; they themselves lie in
 * the statement's arena. */
void cy_plans_free(cy_plan *last_made);

/* Ask the input for its next row: the scratch of plan is emptied. */
kg_status cy_plan_pull(bool *found, cy_plan *plan, cy_context *context);

/* ---- Making (plan.c) ------------------------------------------------------------------------- */

/* What is asked for later on. */
typedef struct cy_needs {
    bool *slots;
    bool random; /* something is drawn for each row */
} cy_needs;

typedef struct cy_planner {
    kg_arena *arena;
    kg_arena_budget *budget; /* of what the operators hold; NULL: none */
    cy_graph *graph;
    const cy_procedures *procedures;
    kg_str text;
    kg_error *err;
    int n_slots;
    bool *known; /* by slot: it has a value at this point of the plan */
    cy_plan *last_made;
    bool changing; /* a clause before this one changes the graph */
    /* Of the MATCH at hand: rows that are alike in what is needed may be one; NULL: each counts. */
    const cy_needs *needs;
} cy_planner;

/* A new operator of size bytes, zeroed, on top of input. NULL: out of memory. */
void *cy_new_plan(cy_planner *planner, const cy_plan_ops *ops, size_t size, cy_plan *input);

/* Plan a query on top of input; *plan gives a row for each row of the result. */
kg_status cy_plan_query(cy_plan **plan, cy_planner *planner, cy_query *query, cy_plan *input);

/* Match a pattern with its condition on top of *plan. */
kg_status cy_plan_match(cy_plan **plan, cy_planner *planner, cy_pattern *pattern, cy_expr *where);

/* Nodes that an index finds by a value, or (many) by each of a list. */
typedef struct cy_finding {
    cy_lookup lookup;
    cy_expr *key; /* the value */
    bool many;
    kg_str property; /* of CY_BY_INDEX */
} cy_finding;

/* Can an index find a node by this side of an equation: elementId(n), n.id, n.name or an indexed
 * property? */
bool cy_is_lookup(cy_finding *by, const cy_planner *planner, const cy_expr *side, int slot);

/* What the clauses behind the i-th need, a MATCH, as far as the next projection; *needs is NULL
 * where that counts each row. (plan_needs.c) */
kg_status cy_plan_needs(const cy_needs **needs, const cy_planner *planner, const cy_part *part,
                        size_t i);

/* Nothing yet; NULL: no memory. And what an expression (may be NULL) speaks of, added to that. */
cy_needs *cy_new_needs(const cy_planner *planner);
void cy_mark_slots(cy_needs *needs, const cy_expr *e);

/* The condition that a node has labels; NULL: no memory. */
cy_expr *cy_new_labels(kg_arena *arena, int slot, cy_expr *labels);

/* Plan the patterns and queries within an expression, with what is known now. */
kg_status cy_plan_expr(cy_planner *planner, cy_expr *e);

/* The registers that have values now; KG_ERR_MEMORY. */
kg_status cy_known_slots(const int **out, size_t *n, const cy_planner *planner);

/* How many rows SKIP and LIMIT (each may be NULL) leave wanted from the first on; 0: all, or what
 * fails where it is used. */
kg_status cy_rows_wanted(size_t *out, cy_context *context, const cy_expr *skip,
                         const cy_expr *limit);

/* Evaluate an expression that has a plan. */
kg_status cy_eval_plan(cy_value *out, cy_context *context, const cy_expr *e);

/* ---- Operators ------------------------------------------------------------------------------- */

cy_plan *cy_plan_once(cy_planner *p); /* one row */
cy_plan *cy_plan_scan(cy_planner *p, cy_plan *input, int slot, kg_str label);
cy_plan *cy_plan_lookup(cy_planner *p, cy_plan *input, int slot, const cy_finding *by);
cy_plan *cy_plan_filter(cy_planner *p, cy_plan *input, cy_expr *condition);
/* A filter that speaks of one node alone: each is judged once, however often it comes. */
cy_plan *cy_plan_judge(cy_planner *p, cy_plan *input, cy_expr *condition, int node);

/* Node and edge patterns that an expansion goes by; see op_expand.c. */
typedef struct cy_expansion {
    int from, edge, to;
    int direction; /* as walked from `from` */
    bool into;     /* `to` is known */
    bool edge_known;
    const kg_str *types;
    size_t n_types;
    const int *others; /* registers of relationships of the same MATCH that are known */
    size_t n_others;
    bool variable;
    int64_t min, max;
    cy_expr *properties; /* of each relationship of variable length */
    bool reversed;       /* walked against the pattern: the list is turned round */
    bool once;           /* only `to` is asked for, and each node once is enough */
} cy_expansion;

/* Is the edge one that the MATCH has used already, in another relationship? */
bool cy_edge_is_used(const cy_expansion *expansion, const cy_context *context, const cy_edge *edge);

/* How many rows an operator would give once it is opened, where it is an expansion of one known
 * node whose relationships need not be looked at; else *counted is false. */
kg_status cy_expand_count(bool *counted, uint64_t *count, cy_plan *plan, cy_context *context);

cy_plan *cy_plan_expand(cy_planner *p, cy_plan *input, const cy_expansion *expansion);
cy_plan *cy_plan_walk(cy_planner *p, cy_plan *input, const cy_expansion *expansion); /* op_walk.c */
cy_plan *cy_plan_reach(cy_planner *p, cy_plan *input,
                       const cy_expansion *expansion); /* op_reach.c */

/* Has the relationship the properties that all of a walk must have? (op_walk.c) */
kg_status cy_edge_fits(bool *fits, cy_context *context, const cy_expr *properties,
                       const cy_edge *edge);

cy_plan *cy_plan_shortest(cy_planner *p, cy_plan *input, const cy_expansion *expansion, bool all,
                          int path);

/* Paths that are counted by their ends; see op_count.c. Nodes and relationships in the order of
 * walking. */
typedef struct cy_count {
    const cy_node_pattern *nodes[3];
    const cy_edge_pattern *edges[2];
    int directions[2];
    size_t n_edges;     /* 1 or 2 */
    bool by_end;        /* count for each pair of ends; else for each start */
    bool start_by_name; /* nodes of one name are one group */
    bool end_by_name;
    cy_op order;             /* of the ends' identifiers: CY_LT, CY_GT, CY_NE; 0: any */
    cy_expr **conditions[3]; /* on each node alone */
    size_t n_conditions[3];
    cy_expr *const *results; /* whose registers get the count */
    size_t n_results;
    int64_t least;               /* smaller counts are not wanted */
    const cy_expr *skip, *limit; /* only the greatest are wanted, so many; limit NULL: all */
} cy_count;

cy_plan *cy_plan_count(cy_planner *p, cy_plan *input, const cy_count *count);

/* Plan a MATCH and the projection behind it so, where that can be (plan_count.c): *planned. */
kg_status cy_plan_counted(bool *planned, cy_plan **plan, cy_planner *p, const cy_clause *match,
                          const cy_projection *projection);

/* Is it one path of one or two relationships, all new and without conditions but labels? */
bool cy_is_plain_path(const cy_pattern *pattern);

/* Relationships that are counted by the labels of their ends and their types; see op_schema.c. */
typedef struct cy_schema_count {
    int direction; /* +1: the first node is the head */
    const cy_edge_pattern *edge;
    const cy_expr *labels[2]; /* that head and tail must have; NULL: any */
    bool each_label[2];       /* a row for each label of head and tail */
    int label_slots[2];       /* of the registers that get the labels; CY_NO_SLOT: not grouped by */
    bool by_type;             /* grouped by the relationship's type */
    cy_expr *const *results;
    size_t n_results;
} cy_schema_count;

cy_plan *cy_plan_schema_count(cy_planner *p, cy_plan *input, const cy_schema_count *count);

/* Plan a MATCH, clauses UNWIND labels(n) AS x, and the projection behind them so, where that can be
 * (plan_schema.c): *used clauses before the projection, or 0. */
kg_status cy_plan_schema(size_t *used, cy_plan **plan, cy_planner *p, const cy_part *part);

/* The path of a pattern whose parts are known, into its register. */
cy_plan *cy_plan_path(cy_planner *p, cy_plan *input, const cy_path_pattern *path);

cy_plan *cy_plan_project(cy_planner *p, cy_plan *input, const cy_item *items, size_t n);
cy_plan *cy_plan_aggregate(cy_planner *p, cy_plan *input, cy_projection *projection);
cy_plan *cy_plan_distinct(cy_planner *p, cy_plan *input, const int *slots, size_t n);
cy_plan *cy_plan_sort(cy_planner *p, cy_plan *input, const cy_projection *projection);
/* changing: the input changes the graph, which it must do though no row is wanted. */
cy_plan *cy_plan_slice(cy_planner *p, cy_plan *input, cy_expr *skip, cy_expr *limit, bool changing);
cy_plan *cy_plan_unwind(cy_planner *p, cy_plan *input, cy_expr *list, int slot);
cy_plan *cy_plan_optional(cy_planner *p, cy_plan *input, cy_plan *inner, const int *slots,
                          size_t n);
cy_plan *cy_plan_apply(cy_planner *p, cy_plan *input, cy_plan *inner);
cy_plan *cy_plan_unite(cy_planner *p, cy_plan **parts, size_t n, const int *const *slots,
                       size_t n_columns);
cy_plan *cy_plan_eager(cy_planner *p, cy_plan *input);
cy_plan *cy_plan_call(cy_planner *p, cy_plan *input, const cy_call *call,
                      const cy_procedure *procedure);
cy_plan *cy_plan_nothing(cy_planner *p, cy_plan *input); /* runs it all, gives no row */

/* Changes. */
cy_plan *cy_plan_create(cy_planner *p, cy_plan *input, const cy_pattern *pattern);
cy_plan *cy_plan_merge(cy_planner *p, cy_plan *input, cy_plan *match, const cy_clause *clause);
cy_plan *cy_plan_change(cy_planner *p, cy_plan *input, const cy_change *changes, size_t n);
cy_plan *cy_plan_delete(cy_planner *p, cy_plan *input, const cy_clause *clause);
cy_plan *cy_plan_foreach(cy_planner *p, cy_plan *input, cy_plan *inner, const cy_clause *clause);
cy_plan *cy_plan_load(cy_planner *p, cy_plan *input, const cy_clause *clause);

/* Make what a pattern says is not there yet, under the row (op_write.c). */
kg_status cy_create_pattern(cy_context *context, const cy_pattern *pattern);
kg_status cy_apply_changes(cy_context *context, const cy_change *changes, size_t n);

/* Evaluate a map of properties; a null for e NULL. */
kg_status cy_eval_properties(cy_value *out, cy_context *context, const cy_expr *e);

#endif
