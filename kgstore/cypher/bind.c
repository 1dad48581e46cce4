/* Clauses in their order: what each sees, and what it leaves visible to the next. */
#include "kgstore/cypher/bind.h"

static kg_status bind_clause(cy_binder *b, cy_clause *c, cy_query *q, bool last);

/* ---- Projections ----------------------------------------------------------------------------- */

/* RETURN *: every variable in scope, by name. */
static kg_status expand_all(cy_binder *b, cy_projection *j, uint32_t at, bool is_with) {
    kg_status st;
    size_t n = 0;
    cy_item *named = j->items;
    size_t n_named = j->n_items;
    if (b->scope.len == 0 && !is_with)
        return cy_bind_fail(b, at, "NoVariablesInScope",
                            "there is no variable that * could stand "
                            "for");
    j->items = NULL;
    for (size_t i = 0; i < b->scope.len; i++) {
        const cy_variable *v = &b->scope.data[i];
        if (cy_scope_find(&b->scope, v->name) != v)
            continue;
        KG_TRY(st, cy_grow(&b->p, &j->items, n, sizeof *j->items));
        cy_item *item = &j->items[n++];
        *item = (cy_item){.at = at, .end = at, .name = v->name, .slot = CY_NO_SLOT};
        KG_TRY(st, cy_new_expr(&item->expr, &b->p, CY_E_VARIABLE, at, 0));
        item->expr->name = v->name;
    }
    for (size_t i = 1; i < n; i++) /* few: insertion */
        for (size_t k = i; k > 0 && kg_str_compare(j->items[k].name, j->items[k - 1].name) < 0;
             k--) {
            cy_item other = j->items[k];
            j->items[k] = j->items[k - 1];
            j->items[k - 1] = other;
        }
    for (size_t i = 0; i < n_named; i++) {
        KG_TRY(st, cy_grow(&b->p, &j->items, n, sizeof *j->items));
        j->items[n++] = named[i];
    }
    j->n_items = n;
    return KG_OK;
}

static kg_status check_aliases(cy_binder *b, const cy_projection *j) {
    for (size_t i = 0; i < j->n_items; i++) {
        const cy_item *item = &j->items[i];
        if (!item->named && item->expr->kind != CY_E_VARIABLE)
            return cy_bind_fail(b, item->at, "NoExpressionAlias",
                                "an expression in WITH needs a name: AS name");
    }
    return KG_OK;
}

static kg_status check_names(cy_binder *b, const cy_projection *j) {
    for (size_t i = 0; i < j->n_items; i++) {
        const cy_item *item = &j->items[i];
        for (size_t k = 0; k < i; k++)
            if (kg_str_equal(j->items[k].name, item->name))
                return cy_bind_fail(b, item->at, "ColumnNameConflict",
                                    "two columns are called %.*s", KG_STR_ARG(item->name));
    }
    return KG_OK;
}

/* What a group of rows has in common: items without aggregates. Beside an aggregate, an expression
 * may repeat such an item where that is a variable or a property of one. */
typedef struct grouping {
    cy_binder *b;
    cy_projection *j;
    int first_own; /* slots from here on are of the projection itself */
    kg_status status;
} grouping;

static bool is_simple(const cy_expr *e) {
    return e->kind == CY_E_VARIABLE ||
           (e->kind == CY_E_PROPERTY && e->items[0]->kind == CY_E_VARIABLE);
}

static void check_grouped(void *context, cy_expr *e) {
    grouping *g = context;
    if (g->status != KG_OK || e->kind == CY_E_AGGREGATE)
        return;
    for (size_t i = 0; is_simple(e) && i < g->j->n_items; i++) {
        const cy_item *item = &g->j->items[i];
        if (cy_has_aggregate(item->expr) || !cy_expr_same(item->expr, e))
            continue;
        *e = (cy_expr){.kind = CY_E_VARIABLE,
                       .at = e->at,
                       .end = e->end,
                       .name = item->name,
                       .slot = item->slot,
                       .slot2 = CY_NO_SLOT};
        return;
    }
    if (e->kind == CY_E_VARIABLE && e->slot < g->first_own) {
        g->status = cy_bind_fail(g->b, e->at, "AmbiguousAggregationExpression",
                                 "%.*s stands beside an aggregating function but is not projected "
                                 "by itself",
                                 KG_STR_ARG(e->name));
        return;
    }
    cy_expr_each(e, check_grouped, g);
}

static kg_status bind_items(cy_binder *b, cy_projection *j) {
    kg_status st;
    grouping g = {b, j, b->n_slots, KG_OK};
    cy_type *types = cy_new(&b->p, (j->n_items + 1) * sizeof *types);
    if (!types)
        return cy_no_memory(&b->p);
    b->aggregating = j;
    for (size_t i = 0; i < j->n_items; i++) {
        cy_item *item = &j->items[i];
        KG_TRY(st, cy_bind_expr(&types[i], b, item->expr));
        item->slot = cy_new_slot(b);
    }
    b->aggregating = NULL;
    for (size_t i = 0; i < j->n_items && j->n_aggregates; i++)
        if (cy_has_aggregate(j->items[i].expr) && j->items[i].expr->kind != CY_E_AGGREGATE)
            check_grouped(&g, j->items[i].expr);
    KG_TRY(st, g.status);
    for (size_t i = 0; i < j->n_items; i++) {
        const cy_item *item = &j->items[i];
        const cy_variable *v =
            item->expr->kind == CY_E_VARIABLE ? cy_scope_find(&b->scope, item->expr->name) : NULL;
        bool edges = v && v->edges;
        KG_TRY(st, cy_scope_add(b, item->name, item->slot, types[i]));
        b->scope.data[b->scope.len - 1].edges = edges;
    }
    return KG_OK;
}

/* Constant but for parameters: it sees no variables. */
static kg_status bind_count(cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_type type;
    cy_scope none = KG_ARRAY_INIT, scope = b->scope;
    if (!e)
        return KG_OK;
    b->scope = none;
    cy_fault *fault = b->p.fault;
    st = cy_bind_expr(&type, b, e);
    b->scope = scope;
    if (st != KG_OK && fault->detail && strcmp(fault->detail, "UndefinedVariable") == 0)
        return cy_bind_fail(b, e->at, "NonConstantExpression",
                            "the number of rows cannot depend on a row");
    if (st != KG_OK)
        return st;
    const cy_expr *number = e->kind == CY_E_NEGATE ? e->items[0] : e;
    bool literal = number->kind == CY_E_LITERAL;
    if (literal && number->value.kind != CY_INTEGER)
        return cy_bind_fail(b, e->at, "InvalidArgumentType", "expected an integer of rows");
    if (literal && e != number && number->value.as.integer != 0)
        return cy_bind_fail(b, e->at, "NegativeIntegerArgument",
                            "the number of rows cannot be negative");
    return KG_OK;
}

/* ORDER BY and WHERE see the columns and, without aggregates and DISTINCT, what was there before.
 */
static kg_status bind_behind(cy_binder *b, cy_projection *j, const cy_scope *before) {
    kg_status st;
    bool narrow = j->distinct || j->n_aggregates;
    b->before = narrow ? NULL : before;
    for (size_t i = 0; i < j->n_order; i++) {
        cy_expr *e = j->order[i].expr;
        b->ordered = j;
        b->aggregating = j->n_aggregates ? j : NULL;
        b->beside_aggregate = cy_has_aggregate(e) ? e : NULL;
        KG_TRY(st, cy_bind_expr(NULL, b, e));
        b->beside_aggregate = NULL;
        b->aggregating = NULL;
    }
    b->ordered = NULL;
    if (j->where) {
        b->ordered = narrow ? j : NULL;
        KG_TRY(st, cy_bind_where(b, j->where));
    }
    b->ordered = NULL;
    b->before = NULL;
    KG_TRY(st, bind_count(b, j->skip));
    return bind_count(b, j->limit);
}

kg_status cy_bind_projection(cy_binder *b, cy_projection *j, bool is_with) {
    kg_status st;
    uint32_t at = j->n_items ? j->items[0].at : 0;
    if (j->all)
        KG_TRY(st, expand_all(b, j, at, is_with));
    KG_TRY(st, check_names(b, j));
    size_t n_before = b->scope.len;
    KG_TRY(st, bind_items(b, j));
    cy_scope before = KG_ARRAY_INIT;
    if (n_before && kg_array_append(&before, b->scope.data, n_before) != KG_OK)
        return cy_no_memory(&b->p);
    b->scope.len -= n_before;
    if (n_before)
        memmove(b->scope.data, b->scope.data + n_before, b->scope.len * sizeof *b->scope.data);
    st = bind_behind(b, j, &before);
    kg_array_free(&before);
    return st == KG_OK && is_with ? check_aliases(b, j) : st;
}

/* ---- Clauses that change --------------------------------------------------------------------- */

static kg_status bind_changes(cy_binder *b, cy_change *changes, size_t n) {
    kg_status st;
    for (size_t i = 0; i < n; i++) {
        cy_type type;
        KG_TRY(st, cy_bind_expr(&type, b, changes[i].target));
        if (type != CY_TYPE_ANY && type != CY_TYPE_NODE && type != CY_TYPE_EDGE &&
            type != CY_TYPE_MAP && type != CY_TYPE_NULL)
            return cy_bind_fail(b, changes[i].at, "InvalidArgumentType",
                                "only nodes and relationships can be changed");
        if (changes[i].value)
            KG_TRY(st, cy_bind_expr(NULL, b, changes[i].value));
    }
    return KG_OK;
}

static kg_status bind_deletes(cy_binder *b, cy_clause *c) {
    kg_status st;
    for (size_t i = 0; i < c->n_exprs; i++) {
        cy_type type;
        if (c->exprs[i]->kind == CY_E_LABELS)
            return cy_bind_fail(b, c->exprs[i]->at, "InvalidDelete",
                                "a label is removed by REMOVE, not by DELETE");
        KG_TRY(st, cy_bind_expr(&type, b, c->exprs[i]));
        if (type != CY_TYPE_ANY && type != CY_TYPE_NODE && type != CY_TYPE_EDGE &&
            type != CY_TYPE_PATH && type != CY_TYPE_NULL)
            return cy_bind_fail(b, c->exprs[i]->at, "InvalidArgumentType",
                                "only nodes, relationships and paths can be deleted");
    }
    return KG_OK;
}

static kg_status bind_new_variable(cy_binder *b, uint32_t at, kg_str name, int *slot,
                                   cy_type type) {
    if (cy_scope_find(&b->scope, name))
        return cy_bind_fail(b, at, "VariableAlreadyBound", "%.*s is bound already",
                            KG_STR_ARG(name));
    *slot = cy_new_slot(b);
    return cy_scope_add(b, name, *slot, type);
}

/* Its variable is one of the list's items' own, and goes with it. */
static kg_status bind_foreach(cy_binder *b, cy_clause *c, cy_query *q) {
    kg_status st;
    size_t before = b->scope.len;
    KG_TRY(st, cy_bind_expr(NULL, b, c->expr));
    c->slot = cy_new_slot(b);
    KG_TRY(st, cy_scope_add(b, c->name, c->slot, CY_TYPE_ANY));
    for (size_t i = 0; i < c->n_clauses; i++) {
        if (c->clauses[i].kind < CY_C_CREATE || c->clauses[i].kind == CY_C_CALL)
            return cy_bind_fail(b, c->clauses[i].at, "InvalidClauseComposition",
                                "FOREACH holds clauses that change the graph only");
        KG_TRY(st, bind_clause(b, &c->clauses[i], q, false));
    }
    b->scope.len = before;
    return KG_OK;
}

/* ---- CALL ------------------------------------------------------------------------------------ */

static const cy_field *field_of(const cy_procedure *p, kg_str name) {
    for (size_t i = 0; i < p->n_fields; i++)
        if (kg_str_equal(name, kg_str_from(p->fields[i].name)))
            return &p->fields[i];
    return NULL;
}

static kg_status yield_all(cy_binder *b, cy_call *call, const cy_procedure *p) {
    call->fields = cy_new(&b->p, (p->n_fields + 1) * sizeof *call->fields);
    if (!call->fields)
        return cy_no_memory(&b->p);
    for (size_t i = 0; i < p->n_fields; i++)
        call->fields[i] = kg_str_from(p->fields[i].name);
    call->names = call->fields;
    call->n_yields = p->n_fields;
    return KG_OK;
}

static kg_status bind_args(cy_binder *b, cy_clause *c, const cy_procedure *p) {
    kg_status st;
    cy_call *call = c->call;
    if (call->has_args && call->n_args != p->n_args)
        return cy_bind_fail(b, c->at, "InvalidNumberOfArguments", "%s takes %zu arguments, not %zu",
                            p->name, p->n_args, call->n_args);
    for (size_t i = 0; i < call->n_args; i++) {
        cy_type type;
        KG_TRY(st, cy_bind_expr(&type, b, call->args[i]));
        cy_type wanted = p->args[i].type;
        bool number = wanted == CY_TYPE_FLOAT && type == CY_TYPE_INTEGER;
        if (wanted != CY_TYPE_ANY && type != CY_TYPE_ANY && type != CY_TYPE_NULL &&
            type != wanted && !number)
            return cy_bind_fail(b, call->args[i]->at, "InvalidArgumentType",
                                "argument %s of %s is of another kind", p->args[i].name, p->name);
    }
    return KG_OK;
}

static kg_status bind_call(cy_binder *b, cy_clause *c, bool standalone) {
    kg_status st;
    cy_call *call = c->call;
    const cy_procedure *p = cy_procedure_find(b->procedures, call->name);
    if (!p)
        return cy_fail_at(b->p.err, b->p.fault, b->p.text, c->at, "ProcedureError",
                          "ProcedureNotFound", "there is no procedure %.*s",
                          (int)(call->name.len < 60 ? call->name.len : 60), call->name.data);
    if (!call->has_args && !standalone)
        return cy_bind_fail(b, c->at, "InvalidArgumentPassingMode",
                            "within a query the arguments of a procedure are written out");
    if (call->yields_all && !standalone)
        return cy_bind_fail(b, c->at, "UnexpectedSyntax", "YIELD * stands alone only");
    KG_TRY(st, bind_args(b, c, p));
    if (call->yields_all || (standalone && call->n_yields == 0))
        KG_TRY(st, yield_all(b, call, p));
    call->slots = cy_new(&b->p, (call->n_yields + 1) * sizeof *call->slots);
    if (!call->slots)
        return cy_no_memory(&b->p);
    for (size_t i = 0; i < call->n_yields; i++) {
        const cy_field *field = field_of(p, call->fields[i]);
        if (!field)
            return cy_bind_fail(b, c->at, "UndefinedVariable", "%s yields no %.*s", p->name,
                                KG_STR_ARG(call->fields[i]));
        KG_TRY(st, bind_new_variable(b, c->at, call->names[i], &call->slots[i], field->type));
    }
    return call->where ? cy_bind_where(b, call->where) : KG_OK;
}

/* ---- Subqueries ------------------------------------------------------------------------------ */

/* CALL { WITH a ... RETURN b }: sees what its first WITH takes in, and adds its columns. */
static kg_status bind_subquery(cy_binder *b, cy_clause *c, cy_query *q) {
    kg_status st;
    cy_binder inner = *b;
    inner.scope = (cy_scope)KG_ARRAY_INIT;
    const cy_part *first = &c->query->parts[0];
    bool imports = first->clauses[0].kind == CY_C_WITH;
    st = imports && b->scope.len ? kg_array_append(&inner.scope, b->scope.data, b->scope.len)
                                 : KG_OK;
    st = st == KG_OK ? cy_bind_query(&inner, c->query, false) : cy_no_memory(&b->p);
    b->n_slots = inner.n_slots;
    q->writes = q->writes || c->query->writes;
    const cy_part *part = &c->query->parts[0];
    const cy_clause *end = &part->clauses[part->n_clauses - 1];
    for (size_t i = 0; st == KG_OK && end->kind == CY_C_RETURN && i < end->projection->n_items;
         i++) {
        const cy_item *item = &end->projection->items[i];
        if (cy_scope_find(&b->scope, item->name))
            st = cy_bind_fail(b, c->at, "VariableAlreadyBound", "%.*s is bound already",
                              KG_STR_ARG(item->name));
        else
            st = cy_scope_add(b, item->name, item->slot, CY_TYPE_ANY);
    }
    kg_array_free(&inner.scope);
    return st;
}

/* ---- All ------------------------------------------------------------------------------------- */

static bool changes(cy_clause_kind kind) {
    return (kind >= CY_C_CREATE && kind <= CY_C_DELETE) || kind == CY_C_FOREACH;
}

static kg_status bind_clause(cy_binder *b, cy_clause *c, cy_query *q, bool alone) {
    kg_status st;
    if (changes(c->kind)) {
        q->writes = true;
        if (b->no_writes)
            return cy_bind_fail(b, c->at, "InvalidClauseComposition",
                                "a subquery within an expression cannot change the graph");
    }
    switch (c->kind) {
    case CY_C_MATCH:
        KG_TRY(st, cy_bind_pattern(b, c->pattern, CY_USE_MATCH));
        return c->where ? cy_bind_where(b, c->where) : KG_OK;
    case CY_C_UNWIND:
    case CY_C_LOAD_CSV:
        KG_TRY(st, cy_bind_expr(NULL, b, c->expr));
        if (c->separator)
            KG_TRY(st, cy_bind_expr(NULL, b, c->separator));
        return bind_new_variable(b, c->at, c->name, &c->slot, CY_TYPE_ANY);
    case CY_C_WITH:
    case CY_C_RETURN:
        return cy_bind_projection(b, c->projection, c->kind == CY_C_WITH);
    case CY_C_CREATE:
        return cy_bind_pattern(b, c->pattern, CY_USE_CREATE);
    case CY_C_MERGE:
        KG_TRY(st, cy_bind_pattern(b, c->pattern, CY_USE_MERGE));
        return bind_changes(b, c->changes, c->n_changes);
    case CY_C_SET:
    case CY_C_REMOVE:
        return bind_changes(b, c->changes, c->n_changes);
    case CY_C_DELETE:
        return bind_deletes(b, c);
    case CY_C_CALL:
        return bind_call(b, c, alone);
    case CY_C_SUBQUERY:
        return bind_subquery(b, c, q);
    case CY_C_FOREACH:
        return bind_foreach(b, c, q);
    }
    return KG_OK;
}

/* What may stand last, and that nothing stands behind RETURN. */
static kg_status check_order(cy_binder *b, const cy_part *part, bool needs_return) {
    for (size_t i = 0; i + 1 < part->n_clauses; i++)
        if (part->clauses[i].kind == CY_C_RETURN)
            return cy_bind_fail(b, part->clauses[i + 1].at, "InvalidClauseComposition",
                                "nothing can stand behind RETURN but UNION");
    const cy_clause *last = &part->clauses[part->n_clauses - 1];
    bool ends = last->kind == CY_C_RETURN || changes(last->kind) || last->kind == CY_C_CALL ||
                last->kind == CY_C_SUBQUERY;
    if (needs_return && !ends)
        return cy_bind_fail(b, last->at, "InvalidClauseComposition",
                            "a query ends with RETURN, with a clause that changes the graph, or "
                            "with CALL");
    return KG_OK;
}

static kg_status note_columns(cy_binder *b, cy_query *q, const cy_part *part, bool first) {
    const cy_clause *last = &part->clauses[part->n_clauses - 1];
    size_t n = 0;
    const cy_item *items = NULL;
    if (last->kind == CY_C_RETURN) {
        n = last->projection->n_items;
        items = last->projection->items;
    } else if (last->kind == CY_C_CALL && part->n_clauses == 1) {
        n = last->call->n_yields;
    }
    if (!first && n != q->n_columns)
        return cy_bind_fail(b, last->at, "DifferentColumnsInUnion",
                            "found a UNION of %zu columns with %zu; expected the same columns",
                            q->n_columns, n);
    kg_str *columns = cy_new(&b->p, (n + 1) * sizeof *columns);
    if (!columns)
        return cy_no_memory(&b->p);
    for (size_t i = 0; i < n; i++) {
        columns[i] = items ? items[i].name : last->call->names[i];
        bool known = first;
        for (size_t k = 0; k < q->n_columns && !known; k++)
            known = kg_str_equal(q->columns[k], columns[i]);
        if (!known)
            return cy_bind_fail(
                b, last->at, "DifferentColumnsInUnion",
                "found %.*s in a part of a UNION; expected the columns of the first part",
                KG_STR_ARG(columns[i]));
    }
    if (first) {
        q->columns = columns;
        q->n_columns = n;
    }
    return KG_OK;
}

kg_status cy_bind_query(cy_binder *b, cy_query *q, bool needs_return) {
    kg_status st = KG_OK;
    cy_scope outer = KG_ARRAY_INIT;
    if (b->scope.len && kg_array_append(&outer, b->scope.data, b->scope.len) != KG_OK)
        return cy_no_memory(&b->p);
    for (size_t i = 0; st == KG_OK && i < q->n_parts; i++) {
        cy_part *part = &q->parts[i];
        if (i > 1 && part->all != q->parts[1].all) {
            st = cy_bind_fail(b, part->clauses[0].at, "InvalidClauseComposition",
                              "UNION and UNION ALL cannot be mixed");
            break;
        }
        b->scope.len = 0;
        st = outer.len ? kg_array_append(&b->scope, outer.data, outer.len) : KG_OK;
        st = st == KG_OK ? check_order(b, part, needs_return) : cy_no_memory(&b->p);
        for (size_t k = 0; st == KG_OK && k < part->n_clauses; k++)
            st = bind_clause(b, &part->clauses[k], q, part->n_clauses == 1);
        if (st == KG_OK)
            st = note_columns(b, q, part, i == 0);
    }
    kg_array_free(&outer);
    return st;
}

kg_status cy_bind(int *n_slots, cy_query *query, const cy_procedures *procedures, kg_arena *arena,
                  kg_str text, cy_fault *fault, kg_error *err) {
    cy_binder b = {.p = {.arena = arena, .text = text, .fault = fault, .err = err},
                   .procedures = procedures};
    kg_status st = cy_bind_query(&b, query, true);
    kg_array_free(&b.scope);
    *n_slots = b.n_slots;
    return st;
}
