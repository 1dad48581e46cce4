/* Atoms of expressions: literals, parameters, variables, calls, lists, maps, comprehensions,
 * quantifiers, CASE, subqueries and patterns. */
#include "kgstore/cypher/parse.h"

#include <strings.h>

static kg_status literal(cy_expr **out, cy_parser *p, cy_value value) {
    kg_status st;
    if (cy_peek(p, 0)->bad)
        return cy_fail_at(p->err, p->fault, p->text, cy_at(p), "SyntaxError",
                          "InvalidNumberLiteral", "this is no number");
    KG_TRY(st, cy_new_expr(out, p, CY_E_LITERAL, cy_at(p), 0));
    (*out)->value = value;
    p->at++;
    (*out)->end = cy_end_before(p);
    return KG_OK;
}

/* Items up to a closing symbol that is not taken, separated by commas; may be none. */
static kg_status parse_items(cy_expr *e, cy_parser *p, const char *close) {
    kg_status st;
    while (!cy_sees(p, close)) {
        if (e->count)
            KG_TRY(st, cy_expect(p, ","));
        KG_TRY(st, cy_grow(p, &e->items, e->count, sizeof *e->items));
        KG_TRY(st, cy_parse_expr(&e->items[e->count], p));
        e->count++;
    }
    return KG_OK;
}

kg_status cy_parse_map(cy_expr **out, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_MAP, cy_at(p), 0));
    KG_TRY(st, cy_expect(p, "{"));
    while (!cy_accept(p, "}")) {
        size_t n = e->count;
        if (n)
            KG_TRY(st, cy_expect(p, ","));
        KG_TRY(st, cy_grow(p, &e->items, n, sizeof *e->items));
        KG_TRY(st, cy_grow(p, &e->keys, n, sizeof *e->keys));
        KG_TRY(st, cy_take_name(&e->keys[n], p, "a key"));
        KG_TRY(st, cy_expect(p, ":"));
        KG_TRY(st, cy_parse_expr(&e->items[n], p));
        e->n_keys = ++e->count;
    }
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* x IN list WHERE condition | value: behind the bracket, up to the closing one. */
static kg_status parse_comprehension(cy_expr **out, cy_parser *p, uint32_t at) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_COMPREHENSION, at, 3));
    KG_TRY(st, cy_take_name(&e->name, p, "a variable"));
    KG_TRY(st, cy_expect_word(p, "IN"));
    KG_TRY(st, cy_parse_expr(&e->items[0], p));
    if (cy_accept_word(p, "WHERE"))
        KG_TRY(st, cy_parse_expr(&e->items[1], p));
    if (cy_accept(p, "|"))
        KG_TRY(st, cy_parse_expr(&e->items[2], p));
    KG_TRY(st, cy_expect(p, "]"));
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

/* [p = (a)-->(b) WHERE condition | value] */
static kg_status parse_pattern_list(cy_expr **out, cy_parser *p, uint32_t at) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_PATTERN_LIST, at, 2));
    e->pattern = cy_new(p, sizeof *e->pattern);
    cy_path_pattern *path = e->pattern ? cy_new(p, sizeof *path) : NULL;
    if (!path)
        return cy_no_memory(p);
    *e->pattern = (cy_pattern){path, 1};
    KG_TRY(st, cy_parse_path(path, p));
    if (cy_accept_word(p, "WHERE"))
        KG_TRY(st, cy_parse_expr(&e->items[0], p));
    KG_TRY(st, cy_expect(p, "|"));
    KG_TRY(st, cy_parse_expr(&e->items[1], p));
    KG_TRY(st, cy_expect(p, "]"));
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

static bool is_name(const cy_token *t) {
    return t->kind == CY_T_NAME || t->kind == CY_T_QUOTED;
}

/* The end of a parenthesis that opens `ahead` tokens from here: the token behind its close. */
static size_t behind_parenthesis(const cy_parser *p, size_t ahead) {
    size_t depth = 0;
    for (size_t i = ahead; p->at + i < p->n_tokens; i++) {
        if (cy_is_symbol(cy_peek(p, i), "("))
            depth++;
        else if (cy_is_symbol(cy_peek(p, i), ")") && --depth == 0)
            return i + 1;
    }
    return p->n_tokens;
}

/* "(...)" and then a relationship. */
static bool sees_path(const cy_parser *p, size_t ahead) {
    return cy_is_symbol(cy_peek(p, ahead), "(") && cy_sees_edge(p, behind_parenthesis(p, ahead));
}

static kg_status parse_list(cy_expr **out, cy_parser *p) {
    kg_status st;
    uint32_t at = cy_at(p);
    p->at++;
    if (is_name(cy_peek(p, 0)) && cy_is_word(cy_peek(p, 1), "IN"))
        return parse_comprehension(out, p, at);
    bool named = is_name(cy_peek(p, 0)) && cy_is_symbol(cy_peek(p, 1), "=") && sees_path(p, 2);
    if (named || sees_path(p, 0)) {
        size_t from = p->at;
        cy_fault fault = *p->fault;
        kg_error err = p->err ? *p->err : (kg_error)KG_ERROR_INIT;
        if (parse_pattern_list(out, p, at) == KG_OK)
            return KG_OK;
        if (named)
            return KG_ERR_FORMAT;
        /* Else a list that begins with a pattern as a predicate. */
        p->at = from;
        *p->fault = fault;
        if (p->err)
            *p->err = err;
    }
    KG_TRY(st, cy_new_expr(out, p, CY_E_LIST, at, 0));
    KG_TRY(st, parse_items(*out, p, "]"));
    p->at++;
    (*out)->end = cy_end_before(p);
    return KG_OK;
}

/* ---- Words that begin something -------------------------------------------------------------- */

static kg_status parse_case(cy_expr **out, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_CASE, cy_at(p), 0));
    p->at++;
    KG_TRY(st, cy_grow(p, &e->items, 0, sizeof *e->items));
    KG_TRY(st, cy_grow(p, &e->items, 1, sizeof *e->items));
    e->items[0] = e->items[1] = NULL;
    e->count = 2;
    if (!cy_sees_word(p, "WHEN"))
        KG_TRY(st, cy_parse_expr(&e->items[0], p));
    do {
        KG_TRY(st, cy_expect_word(p, "WHEN"));
        KG_TRY(st, cy_grow(p, &e->items, e->count, sizeof *e->items));
        KG_TRY(st, cy_parse_expr(&e->items[e->count++], p));
        KG_TRY(st, cy_expect_word(p, "THEN"));
        KG_TRY(st, cy_grow(p, &e->items, e->count, sizeof *e->items));
        KG_TRY(st, cy_parse_expr(&e->items[e->count++], p));
    } while (cy_sees_word(p, "WHEN"));
    if (cy_accept_word(p, "ELSE"))
        KG_TRY(st, cy_parse_expr(&e->items[1], p));
    KG_TRY(st, cy_expect_word(p, "END"));
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

static kg_status parse_quantifier(cy_expr **out, cy_parser *p, cy_quantifier quantifier) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_QUANTIFIER, cy_at(p), 2));
    e->quantifier = quantifier;
    p->at += 2;
    KG_TRY(st, cy_take_name(&e->name, p, "a variable"));
    KG_TRY(st, cy_expect_word(p, "IN"));
    KG_TRY(st, cy_parse_expr(&e->items[0], p));
    KG_TRY(st, cy_expect_word(p, "WHERE"));
    KG_TRY(st, cy_parse_expr(&e->items[1], p));
    KG_TRY(st, cy_expect(p, ")"));
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

/* reduce(sum = 0, x IN list | sum + x) */
static kg_status parse_reduce(cy_expr **out, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_REDUCE, cy_at(p), 3));
    p->at += 2;
    KG_TRY(st, cy_take_name(&e->name, p, "a variable"));
    KG_TRY(st, cy_expect(p, "="));
    KG_TRY(st, cy_parse_expr(&e->items[0], p));
    KG_TRY(st, cy_expect(p, ","));
    KG_TRY(st, cy_take_name(&e->name2, p, "a variable"));
    KG_TRY(st, cy_expect_word(p, "IN"));
    KG_TRY(st, cy_parse_expr(&e->items[1], p));
    KG_TRY(st, cy_expect(p, "|"));
    KG_TRY(st, cy_parse_expr(&e->items[2], p));
    KG_TRY(st, cy_expect(p, ")"));
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

static kg_status parse_subquery(cy_expr **out, cy_parser *p, cy_expr_kind kind) {
    kg_status st;
    KG_TRY(st, cy_new_expr(out, p, kind, cy_at(p), 0));
    p->at++;
    KG_TRY(st, cy_parse_braced_query(&(*out)->query, p));
    (*out)->end = cy_end_before(p);
    return KG_OK;
}

/* A pattern where a value stands: is there such a path? */
static kg_status parse_pattern_atom(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, cy_new_expr(out, p, CY_E_PATTERN, cy_at(p), 0));
    KG_TRY(st, cy_parse_pattern(&(*out)->pattern, p));
    (*out)->end = cy_end_before(p);
    return KG_OK;
}

/* exists((a)-->(b)) and exists(a.key) of old. */
static kg_status parse_old_exists(cy_expr **out, cy_parser *p) {
    kg_status st;
    uint32_t at = cy_at(p);
    p->at += 2;
    if (sees_path(p, 0)) {
        KG_TRY(st, parse_pattern_atom(out, p));
        (*out)->all = true; /* wherever it stands */
    } else {
        KG_TRY(st, cy_new_expr(out, p, CY_E_IS_NOT_NULL, at, 1));
        KG_TRY(st, cy_parse_expr(&(*out)->items[0], p));
    }
    return cy_expect(p, ")");
}

/* name(a, b), name.of.it(DISTINCT a), count(*) */
static kg_status parse_call(cy_expr **out, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_CALL, cy_at(p), 0));
    const char *from = cy_peek(p, 0)->text.data;
    while (!cy_sees(p, "("))
        p->at++;
    const cy_token *last = cy_peek(p, 0) - 1;
    e->name = (kg_str){from, (size_t)(last->text.data + last->text.len - from)};
    p->at++;
    *out = e;
    if (cy_sees(p, "*") && cy_is_symbol(cy_peek(p, 1), ")") && e->name.len == 5 &&
        strncasecmp(e->name.data, "count", 5) == 0) {
        p->at += 2;
        e->kind = CY_E_COUNT_ALL;
        e->end = cy_end_before(p);
        return KG_OK;
    }
    e->distinct = cy_accept_word(p, "DISTINCT");
    KG_TRY(st, parse_items(e, p, ")"));
    p->at++;
    e->end = cy_end_before(p);
    return KG_OK;
}

/* "a(", "a.b.c(" */
static bool sees_call(const cy_parser *p) {
    size_t i = 0;
    while (is_name(cy_peek(p, i)) && cy_is_symbol(cy_peek(p, i + 1), "."))
        i += 2;
    return is_name(cy_peek(p, i)) && cy_is_symbol(cy_peek(p, i + 1), "(");
}

static bool sees_quantifier(cy_quantifier *out, const cy_parser *p) {
    static const char *const WORDS[] = {"ALL", "ANY", "NONE", "SINGLE"};
    bool binds = cy_is_symbol(cy_peek(p, 1), "(") && is_name(cy_peek(p, 2)) &&
                 cy_is_word(cy_peek(p, 3), "IN");
    for (int i = 0; binds && i < 4; i++)
        if (cy_sees_word(p, WORDS[i])) {
            *out = (cy_quantifier)i;
            return true;
        }
    return false;
}

static kg_status parse_shortest(cy_expr **out, cy_parser *p) {
    return parse_pattern_atom(out, p);
}

/* What a word begins here; without one, a variable. */
static kg_status parse_word(cy_expr **out, cy_parser *p) {
    kg_status st;
    cy_quantifier quantifier;
    bool braced = cy_is_symbol(cy_peek(p, 1), "{"), called = cy_is_symbol(cy_peek(p, 1), "(");
    if (cy_sees_word(p, "TRUE"))
        return literal(out, p, cy_boolean(true));
    if (cy_sees_word(p, "FALSE"))
        return literal(out, p, cy_boolean(false));
    if (cy_sees_word(p, "NULL"))
        return literal(out, p, CY_NULL_VALUE);
    if (cy_sees_word(p, "CASE"))
        return parse_case(out, p);
    if (cy_sees_word(p, "EXISTS") && braced)
        return parse_subquery(out, p, CY_E_EXISTS);
    if (cy_sees_word(p, "COUNT") && braced)
        return parse_subquery(out, p, CY_E_COUNT);
    if (cy_sees_word(p, "COLLECT") && braced)
        return parse_subquery(out, p, CY_E_COLLECT);
    if (cy_sees_word(p, "EXISTS") && called)
        return parse_old_exists(out, p);
    if (cy_sees_word(p, "REDUCE") && called && cy_is_symbol(cy_peek(p, 3), "="))
        return parse_reduce(out, p);
    if ((cy_sees_word(p, "SHORTESTPATH") || cy_sees_word(p, "ALLSHORTESTPATHS")) && called)
        return parse_shortest(out, p);
    if (sees_quantifier(&quantifier, p))
        return parse_quantifier(out, p, quantifier);
    if (sees_call(p))
        return parse_call(out, p);
    KG_TRY(st, cy_new_expr(out, p, CY_E_VARIABLE, cy_at(p), 0));
    KG_TRY(st, cy_take_name(&(*out)->name, p, "an expression"));
    (*out)->end = cy_end_before(p);
    return KG_OK;
}

static kg_status parse_parenthesis(cy_expr **out, cy_parser *p) {
    kg_status st;
    if (sees_path(p, 0))
        return parse_pattern_atom(out, p);
    uint32_t at = cy_at(p);
    p->at++;
    KG_TRY(st, cy_parse_expr(out, p));
    KG_TRY(st, cy_expect(p, ")"));
    (*out)->parenthesized = true;
    (*out)->at = at;
    (*out)->end = cy_end_before(p);
    return KG_OK;
}

kg_status cy_parse_atom(cy_expr **out, cy_parser *p) {
    kg_status st;
    const cy_token *t = cy_peek(p, 0);
    switch (t->kind) {
    case CY_T_INTEGER:
        return literal(out, p, cy_integer((int64_t)t->integer));
    case CY_T_FLOAT:
        return literal(out, p, cy_float(t->real));
    case CY_T_STRING:
        return literal(out, p, cy_string(t->content));
    case CY_T_PARAMETER:
        KG_TRY(st, cy_new_expr(out, p, CY_E_PARAMETER, cy_at(p), 0));
        (*out)->name = t->content;
        p->at++;
        (*out)->end = cy_end_before(p);
        return KG_OK;
    case CY_T_NAME:
    case CY_T_QUOTED:
        return parse_word(out, p);
    case CY_T_SYMBOL:
        if (cy_sees(p, "("))
            return parse_parenthesis(out, p);
        if (cy_sees(p, "["))
            return parse_list(out, p);
        if (cy_sees(p, "{"))
            return cy_parse_map(out, p);
        break;
    case CY_T_END:
        break;
    }
    return cy_unexpected(p, "an expression");
}
