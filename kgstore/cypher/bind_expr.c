/* Expressions: variables become slots, functions are looked up, aggregates are taken out, and what
 * can only be of a wrong kind is refused. */
#include "kgstore/cypher/bind.h"

#include <stdarg.h>
#include <stdio.h>

kg_status cy_bind_fail(cy_binder *b, uint32_t at, const char *detail, const char *format, ...) {
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return cy_fail_at(b->p.err, b->p.fault, b->p.text, at, "SyntaxError", detail, "%s", text);
}

/* ---- Scopes ---------------------------------------------------------------------------------- */

const cy_variable *cy_scope_find(const cy_scope *scope, kg_str name) {
    for (size_t i = scope->len; i > 0; i--)
        if (kg_str_equal(scope->data[i - 1].name, name))
            return &scope->data[i - 1];
    return NULL;
}

kg_status cy_scope_add(cy_binder *b, kg_str name, int slot, cy_type type) {
    const cy_variable v = {name, slot, type, false};
    return kg_array_push(&b->scope, v) == KG_OK ? KG_OK : cy_no_memory(&b->p);
}

int cy_new_slot(cy_binder *b) {
    return b->n_slots++;
}

/* ---- Sameness -------------------------------------------------------------------------------- */

static const cy_expr *original(const cy_expr *e) {
    return e && e->kind == CY_E_AGGREGATE ? e->items[0] : e;
}

bool cy_expr_same(const cy_expr *a, const cy_expr *b) {
    a = original(a);
    b = original(b);
    if (!a || !b)
        return a == b;
    if (a->kind != b->kind || a->op != b->op || a->count != b->count || a->n_keys != b->n_keys ||
        a->distinct != b->distinct || a->all != b->all || a->quantifier != b->quantifier ||
        a->pattern || b->pattern || a->query || b->query || !kg_str_equal(a->name, b->name) ||
        !kg_str_equal(a->name2, b->name2))
        return false;
    if (a->kind == CY_E_LITERAL)
        return a->value.kind == b->value.kind && cy_same(&a->value, &b->value);
    for (size_t i = 0; i < a->n_keys; i++)
        if (!kg_str_equal(a->keys[i], b->keys[i]))
            return false;
    for (size_t i = 0; a->ops && i + 1 < a->count; i++)
        if (a->ops[i] != b->ops[i])
            return false;
    for (size_t i = 0; i < a->count; i++)
        if (!cy_expr_same(a->items[i], b->items[i]))
            return false;
    return true;
}

void cy_expr_each(cy_expr *e, void (*visit)(void *, cy_expr *), void *context) {
    for (size_t i = 0; i < e->count; i++)
        if (e->items[i])
            visit(context, e->items[i]);
}

bool cy_has_aggregate(const cy_expr *e) {
    if (!e)
        return false;
    if (e->kind == CY_E_AGGREGATE || e->kind == CY_E_COUNT_ALL)
        return true;
    if (e->kind == CY_E_CALL) {
        const cy_function *f = cy_function_find(e->name);
        if (f && f->aggregate)
            return true;
    }
    for (size_t i = 0; i < e->count; i++)
        if (cy_has_aggregate(e->items[i]))
            return true;
    return false;
}

/* ---- Kinds ----------------------------------------------------------------------------------- */

static cy_type type_of_literal(const cy_value *v) {
    static const cy_type TYPES[] = {[CY_NULL] = CY_TYPE_NULL,
                                    [CY_BOOLEAN] = CY_TYPE_BOOLEAN,
                                    [CY_INTEGER] = CY_TYPE_INTEGER,
                                    [CY_FLOAT] = CY_TYPE_FLOAT,
                                    [CY_STRING] = CY_TYPE_STRING};
    return v->kind <= CY_STRING ? TYPES[v->kind] : CY_TYPE_ANY;
}

static const char *type_name(cy_type type) {
    static const char *const NAMES[] = {"anything",
                                        "a boolean",
                                        "an integer",
                                        "a float",
                                        "a string",
                                        "a list",
                                        "a map",
                                        "a node",
                                        "a relationship",
                                        "a path",
                                        "a point in time or a duration",
                                        "null"};
    return NAMES[type];
}

static bool fits(cy_type type, unsigned accepted) {
    return type == CY_TYPE_ANY || type == CY_TYPE_NULL || (accepted & CY_BIT(type));
}

static kg_status wrong_type(cy_binder *b, const cy_expr *e, cy_type found, const char *expected) {
    return cy_bind_fail(b, e->at, "InvalidArgumentType", "found %s; expected %s", type_name(found),
                        expected);
}

/* A subexpression that is a truth value. */
static kg_status bind_truth(cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_type type;
    KG_TRY(st, cy_bind_expr(&type, b, e));
    return fits(type, CY_BIT(CY_TYPE_BOOLEAN)) ? KG_OK : wrong_type(b, e, type, "a boolean");
}

/* Below anything but AND, OR, XOR and NOT a pattern is no predicate. */
static kg_status bind_value(cy_type *type, cy_binder *b, cy_expr *e) {
    bool before = b->predicate;
    b->predicate = false;
    kg_status st = cy_bind_expr(type, b, e);
    b->predicate = before;
    return st;
}

static kg_status bind_items(cy_binder *b, cy_expr *e) {
    kg_status st;
    for (size_t i = 0; i < e->count; i++)
        if (e->items[i])
            KG_TRY(st, bind_value(NULL, b, e->items[i]));
    return KG_OK;
}

/* ---- Variables ------------------------------------------------------------------------------- */

static bool mentions(const cy_expr *e, kg_str name) {
    if (!e)
        return false;
    if (e->kind == CY_E_VARIABLE && kg_str_equal(e->name, name))
        return true;
    for (size_t i = 0; i < e->count; i++)
        if (mentions(e->items[i], name))
            return true;
    return false;
}

static kg_status undefined(cy_binder *b, const cy_expr *e) {
    for (size_t i = 0; b->ordered && i < b->ordered->n_items; i++)
        if (b->ordered->n_aggregates && !b->in_aggregate &&
            !cy_has_aggregate(b->ordered->items[i].expr) &&
            mentions(b->ordered->items[i].expr, e->name))
            return cy_bind_fail(b, e->at, "AmbiguousAggregationExpression",
                                "%.*s is not projected by itself, so what it is for a group of "
                                "rows is not known",
                                KG_STR_ARG(e->name));
    return cy_bind_fail(b, e->at, "UndefinedVariable", "nothing is called %.*s here",
                        (int)(e->name.len < 60 ? e->name.len : 60), e->name.data);
}

static kg_status bind_variable(cy_type *type, cy_binder *b, cy_expr *e) {
    const cy_variable *v = cy_scope_find(&b->scope, e->name);
    if (!v && b->before)
        v = cy_scope_find(b->before, e->name);
    if (!v)
        return undefined(b, e);
    e->slot = v->slot;
    *type = v->type;
    return KG_OK;
}

/* An item of the projection that the expression repeats. */
static bool bind_repeated(cy_type *type, cy_binder *b, cy_expr *e) {
    bool simple = e->kind == CY_E_VARIABLE || e->kind == CY_E_AGGREGATE || e->kind == CY_E_CALL ||
                  e->kind == CY_E_COUNT_ALL ||
                  (e->kind == CY_E_PROPERTY && e->items[0]->kind == CY_E_VARIABLE);
    if (b->beside_aggregate && e != b->beside_aggregate && !simple)
        return false;
    for (size_t i = 0; b->ordered && i < b->ordered->n_items; i++) {
        const cy_item *item = &b->ordered->items[i];
        if (e->kind == CY_E_LITERAL || !cy_expr_same(item->expr, e))
            continue;
        kg_str name = item->name;
        *e = (cy_expr){.kind = CY_E_VARIABLE,
                       .at = e->at,
                       .end = e->end,
                       .slot = item->slot,
                       .slot2 = CY_NO_SLOT,
                       .name = name};
        *type = CY_TYPE_ANY;
        return true;
    }
    return false;
}

/* With a variable of its own, which shadows an outer one. */
static kg_status bind_with(cy_type *type, cy_binder *b, cy_expr *e, kg_str name, int slot,
                           cy_type of) {
    kg_status st;
    size_t before = b->scope.len;
    cy_projection *aggregating = b->aggregating;
    b->aggregating = NULL;
    KG_TRY(st, cy_scope_add(b, name, slot, of));
    st = cy_bind_expr(type, b, e);
    b->scope.len = before;
    b->aggregating = aggregating;
    return st;
}

static kg_status bind_list_of(cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_type type;
    KG_TRY(st, bind_value(&type, b, e));
    return fits(type, CY_BIT(CY_TYPE_LIST)) ? KG_OK : wrong_type(b, e, type, "a list");
}

/* What the items of a literal list have in common. */
static cy_type item_type(const cy_expr *list) {
    cy_type all = CY_TYPE_ANY;
    if (list->kind != CY_E_LIST)
        return CY_TYPE_ANY;
    for (size_t i = 0; i < list->count; i++) {
        const cy_expr *item = list->items[i];
        cy_type type = item->kind == CY_E_LITERAL ? type_of_literal(&item->value)
                       : item->kind == CY_E_LIST  ? CY_TYPE_LIST
                       : item->kind == CY_E_MAP   ? CY_TYPE_MAP
                                                  : CY_TYPE_ANY;
        if (type == CY_TYPE_ANY || (i > 0 && type != all))
            return CY_TYPE_ANY;
        all = type;
    }
    return all;
}

static kg_status bind_comprehension(cy_binder *b, cy_expr *e) {
    kg_status st;
    KG_TRY(st, bind_list_of(b, e->items[0]));
    cy_type of = item_type(e->items[0]);
    e->slot = cy_new_slot(b);
    bool before = b->predicate;
    b->predicate = true;
    st = e->items[1] ? bind_with(NULL, b, e->items[1], e->name, e->slot, of) : KG_OK;
    b->predicate = false;
    if (st == KG_OK && e->count > 2 && e->items[2])
        st = bind_with(NULL, b, e->items[2], e->name, e->slot, of);
    b->predicate = before;
    return st;
}

static kg_status bind_quantifier(cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_type type = CY_TYPE_ANY;
    KG_TRY(st, bind_list_of(b, e->items[0]));
    e->slot = cy_new_slot(b);
    bool before = b->predicate;
    b->predicate = true;
    st = bind_with(&type, b, e->items[1], e->name, e->slot, item_type(e->items[0]));
    b->predicate = before;
    if (st == KG_OK && !fits(type, CY_BIT(CY_TYPE_BOOLEAN)))
        return wrong_type(b, e->items[1], type, "a boolean");
    return st;
}

static kg_status bind_reduce(cy_binder *b, cy_expr *e) {
    kg_status st;
    size_t before = b->scope.len;
    KG_TRY(st, bind_value(NULL, b, e->items[0]));
    KG_TRY(st, bind_list_of(b, e->items[1]));
    e->slot = cy_new_slot(b);
    e->slot2 = cy_new_slot(b);
    KG_TRY(st, cy_scope_add(b, e->name, e->slot, CY_TYPE_ANY));
    st = bind_with(NULL, b, e->items[2], e->name2, e->slot2, CY_TYPE_ANY);
    b->scope.len = before;
    return st;
}

/* ---- Patterns and queries within expressions ------------------------------------------------- */

static kg_status bind_pattern_list(cy_binder *b, cy_expr *e) {
    kg_status st;
    size_t before = b->scope.len;
    bool predicate = b->predicate;
    KG_TRY(st, cy_bind_pattern(b, e->pattern, CY_USE_MATCH));
    st = e->items[0] ? cy_bind_where(b, e->items[0]) : KG_OK;
    b->predicate = false;
    if (st == KG_OK)
        st = cy_bind_expr(NULL, b, e->items[1]);
    b->scope.len = before;
    b->predicate = predicate;
    return st;
}

static kg_status bind_pattern(cy_type *type, cy_binder *b, cy_expr *e) {
    cy_selector selector = e->pattern->paths[0].selector;
    *type = selector == CY_SHORTEST       ? CY_TYPE_PATH
            : selector == CY_ALL_SHORTEST ? CY_TYPE_LIST
                                          : CY_TYPE_BOOLEAN;
    if (selector == CY_EVERY_PATH && !b->predicate && !e->all)
        return cy_bind_fail(b, e->at, "UnexpectedSyntax",
                            "a pattern is a condition only; write EXISTS { ... } or [pattern | "
                            "value]");
    if (selector != CY_EVERY_PATH)
        e->slot = e->pattern->paths[0].slot = cy_new_slot(b);
    return cy_bind_pattern(b, e->pattern,
                           selector == CY_EVERY_PATH ? CY_USE_PREDICATE : CY_USE_MATCH);
}

static kg_status bind_subquery(cy_binder *b, cy_expr *e) {
    size_t before = b->scope.len;
    cy_binder inner = *b;
    inner.aggregating = NULL;
    inner.in_aggregate = false;
    inner.ordered = NULL;
    inner.before = NULL;
    inner.no_writes = true;
    inner.scope = (cy_scope)KG_ARRAY_INIT;
    kg_status st = b->scope.len ? kg_array_append(&inner.scope, b->scope.data, before) : KG_OK;
    if (st == KG_OK && b->before)
        for (size_t i = 0; i < b->before->len && st == KG_OK; i++)
            if (!cy_scope_find(&inner.scope, b->before->data[i].name))
                st = kg_array_push(&inner.scope, b->before->data[i]);
    st = st == KG_OK ? cy_bind_query(&inner, e->query, e->kind == CY_E_COLLECT)
                     : cy_no_memory(&b->p);
    kg_array_free(&inner.scope);
    b->n_slots = inner.n_slots;
    if (st == KG_OK && e->kind == CY_E_COLLECT && e->query->n_columns != 1)
        return cy_bind_fail(b, e->at, "UnexpectedSyntax", "COLLECT { } returns one column");
    return st;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static kg_status take_aggregate(cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_projection *j = b->aggregating;
    if (b->in_aggregate)
        return cy_bind_fail(b, e->at, "NestedAggregation",
                            "an aggregating function cannot stand within another; use WITH");
    if (!j)
        return cy_bind_fail(b, e->at, "InvalidAggregation",
                            "an aggregating function can stand in RETURN and WITH only");
    b->in_aggregate = true;
    st = bind_items(b, e);
    b->in_aggregate = false;
    if (st != KG_OK)
        return st;
    cy_expr *call;
    KG_TRY(st, cy_new_expr(&call, &b->p, e->kind, e->at, 0));
    *call = *e;
    call->slot = cy_new_slot(b);
    KG_TRY(st, cy_grow(&b->p, &j->aggregates, j->n_aggregates, sizeof *j->aggregates));
    j->aggregates[j->n_aggregates++] = call;
    e->kind = CY_E_AGGREGATE;
    e->slot = call->slot;
    e->count = 0;
    KG_TRY(st, cy_grow(&b->p, &e->items, 0, sizeof *e->items));
    e->items[0] = call; /* beyond count: for cy_expr_same alone */
    return KG_OK;
}

static bool calls_random(const cy_expr *e) {
    if (!e)
        return false;
    if (e->kind == CY_E_CALL && e->function &&
        kg_str_equal(kg_str_from(e->function->name), KG_STR("rand")))
        return true;
    for (size_t i = 0; i < e->count; i++)
        if (calls_random(e->items[i]))
            return true;
    return false;
}

static kg_status bind_call(cy_type *type, cy_binder *b, cy_expr *e) {
    kg_status st;
    const cy_function *f = e->function = cy_function_find(e->name);
    if (!f)
        return cy_bind_fail(b, e->at, "UnknownFunction", "there is no function %.*s",
                            (int)(e->name.len < 60 ? e->name.len : 60), e->name.data);
    if (e->count < f->min_args || e->count > f->max_args)
        return cy_bind_fail(b, e->at, "InvalidNumberOfArguments",
                            "%s takes %u to %u arguments, not %zu", f->name, f->min_args,
                            f->max_args, e->count);
    *type = f->result;
    if (f->aggregate) {
        KG_TRY(st, take_aggregate(b, e));
        return calls_random(e->items[0])
                   ? cy_bind_fail(b, e->at, "NonConstantExpression",
                                  "rand() cannot stand within an aggregating function")
                   : KG_OK;
    }
    for (size_t i = 0; i < e->count; i++) {
        cy_type arg;
        KG_TRY(st, bind_value(&arg, b, e->items[i]));
        if (i == 0 && f->accepts && !fits(arg, f->accepts))
            return cy_bind_fail(b, e->items[0]->at, "InvalidArgumentType", "%s does not take %s",
                                f->name, type_name(arg));
    }
    return KG_OK;
}

/* ---- Operators ------------------------------------------------------------------------------- */

static kg_status bind_binary(cy_type *type, cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_type left, right;
    *type = CY_TYPE_BOOLEAN;
    if (e->op <= CY_AND) {
        KG_TRY(st, bind_truth(b, e->items[0]));
        return bind_truth(b, e->items[1]);
    }
    KG_TRY(st, bind_value(&left, b, e->items[0]));
    KG_TRY(st, bind_value(&right, b, e->items[1]));
    if (e->op == CY_IN && !fits(right, CY_BIT(CY_TYPE_LIST)))
        return wrong_type(b, e->items[1], right, "a list");
    if (e->op < CY_ADD || e->op > CY_POW)
        return KG_OK;
    const unsigned counts =
        CY_BIT(CY_TYPE_INTEGER) | CY_BIT(CY_TYPE_FLOAT) | CY_BIT(CY_TYPE_TEMPORAL);
    for (int i = 0; i < 2 && e->op != CY_ADD; i++)
        if (!fits(i ? right : left, counts))
            return wrong_type(b, e->items[i], i ? right : left, "a number");
    bool numbers = (left == CY_TYPE_INTEGER || left == CY_TYPE_FLOAT) &&
                   (right == CY_TYPE_INTEGER || right == CY_TYPE_FLOAT);
    bool real = left == CY_TYPE_FLOAT || right == CY_TYPE_FLOAT || e->op == CY_POW;
    *type = numbers                                   ? real ? CY_TYPE_FLOAT : CY_TYPE_INTEGER
            : e->op == CY_ADD && left == CY_TYPE_LIST ? CY_TYPE_LIST
                                                      : CY_TYPE_ANY;
    return KG_OK;
}

static kg_status bind_property(cy_type *type, cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_type base;
    const unsigned has_properties = CY_BIT(CY_TYPE_NODE) | CY_BIT(CY_TYPE_EDGE) |
                                    CY_BIT(CY_TYPE_MAP) | CY_BIT(CY_TYPE_TEMPORAL);
    *type = CY_TYPE_ANY;
    KG_TRY(st, bind_value(&base, b, e->items[0]));
    return fits(base, has_properties)
               ? KG_OK
               : cy_fail_at(b->p.err, b->p.fault, b->p.text, e->items[0]->at,
                            base == CY_TYPE_PATH ? "SyntaxError" : "TypeError",
                            "InvalidArgumentType",
                            "found %s; expected a node, a relationship or a map", type_name(base));
}

static kg_status bind_compound(cy_type *type, cy_binder *b, cy_expr *e) {
    switch (e->kind) {
    case CY_E_COMPREHENSION:
        *type = CY_TYPE_LIST;
        return bind_comprehension(b, e);
    case CY_E_QUANTIFIER:
        *type = CY_TYPE_BOOLEAN;
        return bind_quantifier(b, e);
    case CY_E_REDUCE:
        return bind_reduce(b, e);
    case CY_E_PATTERN:
        return bind_pattern(type, b, e);
    case CY_E_PATTERN_LIST:
        *type = CY_TYPE_LIST;
        return bind_pattern_list(b, e);
    case CY_E_EXISTS:
    case CY_E_COUNT:
    case CY_E_COLLECT:
        *type = e->kind == CY_E_EXISTS  ? CY_TYPE_BOOLEAN
                : e->kind == CY_E_COUNT ? CY_TYPE_INTEGER
                                        : CY_TYPE_LIST;
        return bind_subquery(b, e);
    case CY_E_COUNT_ALL:
        *type = CY_TYPE_INTEGER;
        return take_aggregate(b, e);
    case CY_E_LABELS:
        *type = CY_TYPE_BOOLEAN;
        return bind_value(NULL, b, e->items[0]);
    default:
        return bind_items(b, e);
    }
}

kg_status cy_bind_expr(cy_type *out, cy_binder *b, cy_expr *e) {
    cy_type type = CY_TYPE_ANY, *to = out ? out : &type;
    *to = CY_TYPE_ANY;
    if (bind_repeated(to, b, e))
        return KG_OK;
    switch (e->kind) {
    case CY_E_LITERAL:
        *to = type_of_literal(&e->value);
        return KG_OK;
    case CY_E_VARIABLE:
        return bind_variable(to, b, e);
    case CY_E_CALL:
        return bind_call(to, b, e);
    case CY_E_BINARY:
        return bind_binary(to, b, e);
    case CY_E_PROPERTY:
        return bind_property(to, b, e);
    case CY_E_NOT:
        *to = CY_TYPE_BOOLEAN;
        return bind_truth(b, e->items[0]);
    case CY_E_NEGATE:
    case CY_E_POSITIVE:
        return bind_value(to, b, e->items[0]);
    case CY_E_LIST:
        *to = CY_TYPE_LIST;
        return bind_items(b, e);
    case CY_E_MAP:
    case CY_E_PROJECTION:
        *to = CY_TYPE_MAP;
        return bind_items(b, e);
    case CY_E_CHAIN:
    case CY_E_IS_NULL:
    case CY_E_IS_NOT_NULL:
        *to = CY_TYPE_BOOLEAN;
        return bind_items(b, e);
    default:
        return bind_compound(to, b, e);
    }
}

kg_status cy_bind_where(cy_binder *b, cy_expr *e) {
    kg_status st;
    cy_type type;
    bool before = b->predicate;
    b->predicate = true;
    st = cy_bind_expr(&type, b, e);
    b->predicate = before;
    if (st == KG_OK && !fits(type, CY_BIT(CY_TYPE_BOOLEAN)))
        return wrong_type(b, e, type, "a condition");
    return st;
}
