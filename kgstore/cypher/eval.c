/* Expressions evaluated: a switch over what they are. Operators stand in eval_ops.c. */
#include "kgstore/cypher/eval.h"

#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/plan.h"
#include "kgstore/cypher/timeparts.h"

#include <stdarg.h>
#include <stdio.h>

kg_status cy_fail(cy_context *c, const char *kind, const char *detail, const char *format, ...) {
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (c->fault)
        *c->fault = (cy_fault){kind, detail};
    return kg_error_set(c->err, KG_ERR_FORMAT, "%s", text);
}

kg_status cy_out_of_memory(cy_context *c) {
    return kg_error_set(c->err, KG_ERR_MEMORY, "out of memory answering the query");
}

/* ---- Properties and elements ----------------------------------------------------------------- */

static kg_status deleted(cy_context *c) {
    return cy_fail(c, "EntityNotFound", "DeletedEntityAccess",
                   "what the query has deleted has no properties and no labels any more");
}

kg_status cy_get_property(cy_value *out, cy_context *c, const cy_value *base, kg_str key) {
    const cy_value *found;
    *out = CY_NULL_VALUE;
    switch (base->kind) {
    case CY_NULL:
        return KG_OK;
    case CY_NODE:
        return cy_node_is_deleted(c->graph, base->as.node)
                   ? deleted(c)
                   : cy_node_property(out, c->graph, c->arena, base->as.node, key);
    case CY_EDGE:
        return cy_edge_is_deleted(c->graph, &base->as.edge)
                   ? deleted(c)
                   : cy_edge_property(out, c->graph, c->arena, &base->as.edge, key);
    case CY_MAP:
        found = cy_map_get(base->as.map, key);
        if (found)
            *out = *found;
        return KG_OK;
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        return cy_temporal_part(out, c, base, key);
    case CY_BOOLEAN:
    case CY_INTEGER:
    case CY_FLOAT:
    case CY_STRING:
    case CY_LIST:
    case CY_PATH:
        break;
    }
    return cy_fail(c, "TypeError", "InvalidArgumentType", "%s has no properties",
                   cy_a_kind(base->kind));
}

static kg_status eval_index(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value base, index;
    KG_TRY(st, cy_eval(&base, c, e->items[0]));
    KG_TRY(st, cy_eval(&index, c, e->items[1]));
    *out = CY_NULL_VALUE;
    if (cy_is_null(&base) || cy_is_null(&index))
        return KG_OK;
    if (base.kind == CY_LIST && index.kind == CY_INTEGER) {
        int64_t i = index.as.integer < 0 ? index.as.integer + base.count : index.as.integer;
        if (i >= 0 && i < base.count)
            *out = base.as.items[i];
        return KG_OK;
    }
    if (base.kind == CY_LIST)
        return cy_fail(c, "TypeError", "InvalidArgumentType",
                       "a list is indexed by an integer, not by %s", cy_a_kind(index.kind));
    if (base.kind != CY_MAP && base.kind != CY_NODE && base.kind != CY_EDGE)
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s has no elements",
                       cy_a_kind(base.kind));
    if (index.kind != CY_STRING)
        return cy_fail(c, "TypeError", "MapElementAccessByNonString",
                       "a property is named by a string, not by %s", cy_a_kind(index.kind));
    return cy_get_property(out, c, &base, index.as.text);
}

/* A bound of a slice, from the end where it is negative, within 0 to n. */
static kg_status eval_bound(int64_t *out, bool *null, cy_context *c, const cy_expr *e,
                            int64_t otherwise, int64_t n) {
    kg_status st;
    cy_value v;
    *out = otherwise;
    if (!e)
        return KG_OK;
    KG_TRY(st, cy_eval(&v, c, e));
    *null = *null || cy_is_null(&v);
    if (cy_is_null(&v))
        return KG_OK;
    if (v.kind != CY_INTEGER)
        return cy_fail(c, "TypeError", "InvalidArgumentType",
                       "a list is cut at integers, not at %s", cy_a_kind(v.kind));
    *out = v.as.integer < 0 ? v.as.integer + n : v.as.integer;
    *out = *out < 0 ? 0 : *out > n ? n : *out;
    return KG_OK;
}

static kg_status eval_slice(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value base;
    int64_t from, to;
    bool null = false;
    KG_TRY(st, cy_eval(&base, c, e->items[0]));
    *out = CY_NULL_VALUE;
    if (!cy_is_null(&base) && base.kind != CY_LIST)
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s cannot be cut like a list",
                       cy_a_kind(base.kind));
    int64_t n = base.kind == CY_LIST ? base.count : 0;
    KG_TRY(st, eval_bound(&from, &null, c, e->items[1], 0, n));
    KG_TRY(st, eval_bound(&to, &null, c, e->items[2], n, n));
    if (!null && !cy_is_null(&base))
        *out = from < to ? cy_list(base.as.items + from, (size_t)(to - from)) : cy_list(NULL, 0);
    return KG_OK;
}

/* ---- Lists and maps -------------------------------------------------------------------------- */

static kg_status eval_list(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value *items = cy_new_items(c->arena, e->count);
    if (!items)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < e->count; i++)
        KG_TRY(st, cy_eval(&items[i], c, e->items[i]));
    *out = cy_list(items, e->count);
    return KG_OK;
}

static kg_status eval_map(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_entry *entries;
    *out = cy_new_map(&entries, c->arena, e->count);
    if (cy_is_null(out))
        return cy_out_of_memory(c);
    for (size_t i = 0; i < e->count; i++) {
        entries[i].key = e->keys[i];
        KG_TRY(st, cy_eval(&entries[i].value, c, e->items[i]));
    }
    return KG_OK;
}

static kg_status properties_of(cy_value *out, cy_context *c, const cy_value *base) {
    if (base->kind == CY_NODE)
        return cy_node_properties(out, c->graph, c->arena, base->as.node);
    if (base->kind == CY_EDGE)
        return cy_edge_properties(out, c->graph, c->arena, &base->as.edge);
    *out = *base;
    return base->kind == CY_MAP ? KG_OK
                                : cy_fail(c, "TypeError", "InvalidArgumentType",
                                          "%s has no properties", cy_a_kind(base->kind));
}

/* n {.*, .key, key: value}: later keys replace earlier ones. */
static kg_status eval_projection(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value base, all = CY_NULL_VALUE;
    cy_entry *entries;
    size_t n = 0;
    KG_TRY(st, cy_eval(&base, c, e->items[0]));
    *out = CY_NULL_VALUE;
    if (cy_is_null(&base))
        return KG_OK;
    if (e->all)
        KG_TRY(st, properties_of(&all, c, &base));
    size_t from = e->all ? all.as.map->count : 0;
    entries = kg_arena_alloc(c->arena, (from + e->n_keys + 1) * sizeof *entries);
    cy_map *map = kg_arena_alloc(c->arena, sizeof *map);
    if (!entries || !map)
        return cy_out_of_memory(c);
    for (; n < from; n++)
        entries[n] = all.as.map->entries[n];
    for (size_t i = 0; i < e->n_keys; i++) {
        size_t at = 0;
        while (at < n && !kg_str_equal(entries[at].key, e->keys[i]))
            at++;
        n += at == n;
        entries[at].key = e->keys[i];
        const cy_expr *value = e->items[i + 1];
        KG_TRY(st, value ? cy_eval(&entries[at].value, c, value)
                         : cy_get_property(&entries[at].value, c, &base, e->keys[i]));
    }
    *map = (cy_map){n, entries};
    *out = (cy_value){.kind = CY_MAP, .as.map = map};
    return KG_OK;
}

/* The list that something steps through; *null where it is none. */
static kg_status eval_source(cy_value *out, bool *null, cy_context *c, const cy_expr *e) {
    kg_status st;
    KG_TRY(st, cy_eval(out, c, e));
    *null = cy_is_null(out);
    return *null || out->kind == CY_LIST
               ? KG_OK
               : cy_fail(c, "TypeError", "InvalidArgumentType", "expected a list, found %s",
                         cy_a_kind(out->kind));
}

static kg_status eval_comprehension(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value list;
    bool null;
    size_t n = 0;
    KG_TRY(st, eval_source(&list, &null, c, e->items[0]));
    *out = CY_NULL_VALUE;
    if (null)
        return KG_OK;
    cy_value *items = cy_new_items(c->arena, list.count);
    if (!items)
        return cy_out_of_memory(c);
    for (uint32_t i = 0; i < list.count; i++) {
        cy_truth truth = CY_TRUE;
        KG_TRY(st, cy_tick(c));
        c->row[e->slot] = list.as.items[i];
        if (e->items[1])
            KG_TRY(st, cy_eval_truth(&truth, c, e->items[1]));
        if (truth != CY_TRUE)
            continue;
        items[n] = list.as.items[i];
        if (e->items[2])
            KG_TRY(st, cy_eval(&items[n], c, e->items[2]));
        n++;
    }
    *out = cy_list(items, n);
    return KG_OK;
}

static cy_value truth_value(cy_truth truth) {
    return truth == CY_UNKNOWN ? CY_NULL_VALUE : cy_boolean(truth == CY_TRUE);
}

/* How many are true, false and unknown decides. */
static cy_truth quantified(cy_quantifier q, uint32_t n_true, uint32_t n_false, uint32_t n_unknown) {
    switch (q) {
    case CY_ALL:
        return n_false ? CY_FALSE : n_unknown ? CY_UNKNOWN : CY_TRUE;
    case CY_ANY:
        return n_true ? CY_TRUE : n_unknown ? CY_UNKNOWN : CY_FALSE;
    case CY_NONE:
        return n_true ? CY_FALSE : n_unknown ? CY_UNKNOWN : CY_TRUE;
    case CY_SINGLE:
        break;
    }
    return n_true > 1 ? CY_FALSE : n_unknown ? CY_UNKNOWN : n_true == 1 ? CY_TRUE : CY_FALSE;
}

static kg_status eval_quantifier(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value list;
    bool null;
    uint32_t counts[3] = {0, 0, 0};
    KG_TRY(st, eval_source(&list, &null, c, e->items[0]));
    *out = CY_NULL_VALUE;
    for (uint32_t i = 0; !null && i < list.count; i++) {
        cy_truth truth;
        KG_TRY(st, cy_tick(c));
        c->row[e->slot] = list.as.items[i];
        KG_TRY(st, cy_eval_truth(&truth, c, e->items[1]));
        counts[truth]++;
    }
    if (!null)
        *out = truth_value(
            quantified(e->quantifier, counts[CY_TRUE], counts[CY_FALSE], counts[CY_UNKNOWN]));
    return KG_OK;
}

static kg_status eval_reduce(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value list, sum;
    bool null;
    KG_TRY(st, cy_eval(&sum, c, e->items[0]));
    KG_TRY(st, eval_source(&list, &null, c, e->items[1]));
    for (uint32_t i = 0; !null && i < list.count; i++) {
        KG_TRY(st, cy_tick(c));
        c->row[e->slot] = sum;
        c->row[e->slot2] = list.as.items[i];
        KG_TRY(st, cy_eval(&sum, c, e->items[2]));
    }
    *out = null ? CY_NULL_VALUE : sum;
    return KG_OK;
}

/* ---- Conditions ------------------------------------------------------------------------------ */

kg_status cy_eval_truth(cy_truth *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value v;
    KG_TRY(st, cy_eval(&v, c, e));
    *out = cy_is_null(&v) ? CY_UNKNOWN : v.kind == CY_BOOLEAN && v.as.yes ? CY_TRUE : CY_FALSE;
    return cy_is_null(&v) || v.kind == CY_BOOLEAN
               ? KG_OK
               : cy_fail(c, "TypeError", "InvalidArgumentType", "expected a Boolean, found %s",
                         cy_a_kind(v.kind));
}

static kg_status eval_logic(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_truth a, b, decided = e->op == CY_AND ? CY_FALSE : CY_TRUE;
    KG_TRY(st, cy_eval_truth(&a, c, e->items[0]));
    if (e->op != CY_XOR && a == decided) {
        *out = truth_value(decided);
        return KG_OK;
    }
    KG_TRY(st, cy_eval_truth(&b, c, e->items[1]));
    if (e->op == CY_XOR)
        *out = a == CY_UNKNOWN || b == CY_UNKNOWN ? CY_NULL_VALUE : cy_boolean(a != b);
    else
        *out = truth_value(b == decided ? decided : a == CY_UNKNOWN ? CY_UNKNOWN : b);
    return KG_OK;
}

static kg_status eval_chain(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value left, right, one;
    bool unknown = false;
    KG_TRY(st, cy_eval(&left, c, e->items[0]));
    for (size_t i = 1; i < e->count; i++) {
        KG_TRY(st, cy_eval(&right, c, e->items[i]));
        KG_TRY(st, cy_apply(&one, c, e->ops[i - 1], &left, &right));
        if (!cy_is_null(&one) && !one.as.yes) {
            *out = one;
            return KG_OK;
        }
        unknown = unknown || cy_is_null(&one);
        left = right;
    }
    *out = unknown ? CY_NULL_VALUE : cy_boolean(true);
    return KG_OK;
}

kg_status cy_eval_labels(bool *out, cy_context *c, const cy_expr *labels, kg_id node) {
    kg_status st;
    kg_id type;
    cy_labels all;
    bool other;
    switch (labels->kind) {
    case CY_E_NOT:
        KG_TRY(st, cy_eval_labels(&other, c, labels->items[0], node));
        *out = !other;
        return KG_OK;
    case CY_E_BINARY:
        KG_TRY(st, cy_eval_labels(out, c, labels->items[0], node));
        return *out == (labels->op == CY_OR) ? KG_OK
                                             : cy_eval_labels(out, c, labels->items[1], node);
    default:
        break;
    }
    if (labels->name.len == 0) {
        st = cy_node_labels(&all, c->graph, node);
        *out = all.count > 0;
        return st;
    }
    KG_TRY(st, cy_graph_id(&type, c->graph, KG_TYPE, labels->name));
    *out = type != KG_NO_ID && cy_node_has_label(c->graph, node, type);
    return KG_OK;
}

/* Labels of a node; of a relationship, its type. */
static kg_status eval_has_labels(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value base;
    kg_str type;
    bool has;
    KG_TRY(st, cy_eval(&base, c, e->items[0]));
    *out = CY_NULL_VALUE;
    if (cy_is_null(&base))
        return KG_OK;
    if (base.kind == CY_EDGE && e->items[1]->kind == CY_E_LABEL) {
        KG_TRY(st, cy_graph_name(&type, c->graph, KG_RELATION, base.as.edge.relation));
        *out = cy_boolean(kg_str_equal(type, e->items[1]->name));
        return KG_OK;
    }
    if (base.kind != CY_NODE)
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s has no labels",
                       cy_a_kind(base.kind));
    if (cy_node_is_deleted(c->graph, base.as.node))
        return deleted(c);
    KG_TRY(st, cy_eval_labels(&has, c, e->items[1], base.as.node));
    *out = cy_boolean(has);
    return KG_OK;
}

static kg_status eval_case(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value subject = CY_NULL_VALUE, when;
    cy_truth truth;
    if (e->items[0])
        KG_TRY(st, cy_eval(&subject, c, e->items[0]));
    for (size_t i = 2; i + 1 < e->count; i += 2) {
        if (e->items[0]) {
            KG_TRY(st, cy_eval(&when, c, e->items[i]));
            truth = cy_equal(&subject, &when);
        } else {
            KG_TRY(st, cy_eval_truth(&truth, c, e->items[i]));
        }
        if (truth == CY_TRUE)
            return cy_eval(out, c, e->items[i + 1]);
    }
    *out = CY_NULL_VALUE;
    return e->items[1] ? cy_eval(out, c, e->items[1]) : KG_OK;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static kg_status eval_call(cy_value *out, cy_context *c, const cy_expr *e) {
    enum { FEW = 8 };
    kg_status st;
    cy_value few[FEW], *args = e->count <= FEW ? few : cy_new_items(c->arena, e->count);
    if (!args)
        return cy_out_of_memory(c);
    *out = CY_NULL_VALUE;
    for (size_t i = 0; i < e->count; i++) {
        KG_TRY(st, cy_eval(&args[i], c, e->items[i]));
        if (cy_is_null(&args[i]) && !e->function->null_in)
            return KG_OK;
    }
    return e->function->call(out, c, args, e->count);
}

static kg_status eval_negative(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    KG_TRY(st, cy_eval(out, c, e->items[0]));
    if (out->kind == CY_DURATION && e->kind == CY_E_NEGATE) {
        const cy_value zero = cy_integer(-1), span = *out;
        return cy_apply(out, c, CY_MUL, &span, &zero);
    }
    if (!cy_is_null(out) && !cy_is_number(out))
        return cy_fail(c, "TypeError", "InvalidArgumentType", "%s has no sign",
                       cy_a_kind(out->kind));
    if (e->kind == CY_E_POSITIVE)
        return KG_OK;
    if (out->kind == CY_FLOAT)
        out->as.real = -out->as.real;
    else if (out->kind == CY_INTEGER && out->as.integer == INT64_MIN)
        return cy_fail(c, "ArithmeticError", "IntegerOverflow", "the result does not fit 64 bits");
    else if (out->kind == CY_INTEGER)
        out->as.integer = -out->as.integer;
    return KG_OK;
}

static kg_status eval_parameter(cy_value *out, cy_context *c, const cy_expr *e) {
    const cy_value *value = c->parameters ? cy_map_get(c->parameters, e->name) : NULL;
    if (!value)
        return cy_fail(c, "ParameterMissing", "MissingParameter",
                       "the query has a parameter $%.*s, for which there is no value",
                       KG_STR_ARG(e->name));
    *out = *value;
    return KG_OK;
}

static kg_status eval_operator(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value a, b;
    if (e->op <= CY_AND)
        return eval_logic(out, c, e);
    KG_TRY(st, cy_eval(&a, c, e->items[0]));
    KG_TRY(st, cy_eval(&b, c, e->items[1]));
    return cy_apply(out, c, e->op, &a, &b);
}

static kg_status eval_unary(cy_value *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value base;
    cy_truth truth;
    if (e->kind == CY_E_NOT) {
        KG_TRY(st, cy_eval_truth(&truth, c, e->items[0]));
        *out = truth == CY_UNKNOWN ? CY_NULL_VALUE : cy_boolean(truth == CY_FALSE);
        return KG_OK;
    }
    KG_TRY(st, cy_eval(&base, c, e->items[0]));
    if (e->kind == CY_E_PROPERTY)
        return cy_get_property(out, c, &base, e->name);
    *out = cy_boolean(cy_is_null(&base) == (e->kind == CY_E_IS_NULL));
    return KG_OK;
}

kg_status cy_eval(cy_value *out, cy_context *c, const cy_expr *e) {
    switch (e->kind) {
    case CY_E_LITERAL:
        *out = e->value;
        return KG_OK;
    case CY_E_VARIABLE:
    case CY_E_AGGREGATE:
        *out = c->row[e->slot];
        return KG_OK;
    case CY_E_PARAMETER:
        return eval_parameter(out, c, e);
    case CY_E_PROPERTY:
    case CY_E_NOT:
    case CY_E_IS_NULL:
    case CY_E_IS_NOT_NULL:
        return eval_unary(out, c, e);
    case CY_E_INDEX:
        return eval_index(out, c, e);
    case CY_E_SLICE:
        return eval_slice(out, c, e);
    case CY_E_NEGATE:
    case CY_E_POSITIVE:
        return eval_negative(out, c, e);
    case CY_E_BINARY:
        return eval_operator(out, c, e);
    case CY_E_CHAIN:
        return eval_chain(out, c, e);
    case CY_E_LIST:
        return eval_list(out, c, e);
    case CY_E_MAP:
        return eval_map(out, c, e);
    case CY_E_PROJECTION:
        return eval_projection(out, c, e);
    case CY_E_CALL:
        return eval_call(out, c, e);
    case CY_E_CASE:
        return eval_case(out, c, e);
    case CY_E_COMPREHENSION:
        return eval_comprehension(out, c, e);
    case CY_E_QUANTIFIER:
        return eval_quantifier(out, c, e);
    case CY_E_REDUCE:
        return eval_reduce(out, c, e);
    case CY_E_LABELS:
        return eval_has_labels(out, c, e);
    case CY_E_PATTERN:
    case CY_E_PATTERN_LIST:
    case CY_E_EXISTS:
    case CY_E_COUNT:
    case CY_E_COLLECT:
        return cy_eval_plan(out, c, e);
    case CY_E_COUNT_ALL:
    case CY_E_LABEL:
        break;
    }
    return kg_error_set(c->err, KG_ERR_ARGUMENT, "an expression that has no value");
}
