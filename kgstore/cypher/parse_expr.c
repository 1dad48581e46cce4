/* Expressions, from the loosest operator to the tightest: OR, XOR, AND, NOT, comparisons, the
 * predicates (IN, STARTS WITH, IS NULL ...), + -, * / %, ^, unary signs, and what stands behind an
 * atom (properties, indices, labels). */
#include "kgstore/cypher/parse.h"

enum { DEPTH_MAX = 200 };

kg_status cy_new_expr(cy_expr **out, cy_parser *p, cy_expr_kind kind, uint32_t at, size_t items) {
    cy_expr *e = cy_new(p, sizeof *e);
    *out = e;
    if (!e)
        return cy_no_memory(p);
    e->kind = kind;
    e->at = at;
    e->end = at;
    e->slot = e->slot2 = CY_NO_SLOT;
    e->count = items;
    e->items = items ? cy_new(p, items * sizeof(cy_expr *)) : NULL;
    return items && !e->items ? cy_no_memory(p) : KG_OK;
}

typedef kg_status (*parse_fn)(cy_expr **out, cy_parser *p);

static kg_status binary(cy_expr **left, cy_parser *p, cy_op op, parse_fn next) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_BINARY, (*left)->at, 2));
    e->op = op;
    e->items[0] = *left;
    KG_TRY(st, next(&e->items[1], p));
    e->end = cy_end_before(p);
    *left = e;
    return KG_OK;
}

static kg_status unary(cy_expr **out, cy_parser *p, cy_expr_kind kind, uint32_t at, parse_fn next) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, kind, at, 1));
    KG_TRY(st, next(&e->items[0], p));
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

/* ---- Behind an atom -------------------------------------------------------------------------- */

static kg_status parse_property(cy_expr **base, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_PROPERTY, (*base)->at, 1));
    e->items[0] = *base;
    KG_TRY(st, cy_take_name(&e->name, p, "the name of a property"));
    *base = e;
    return KG_OK;
}

static kg_status parse_subscript(cy_expr **base, cy_parser *p) {
    kg_status st;
    cy_expr *e, *first = NULL;
    if (!cy_sees(p, ".."))
        KG_TRY(st, cy_parse_expr(&first, p));
    bool slice = cy_accept(p, "..");
    KG_TRY(st, cy_new_expr(&e, p, slice ? CY_E_SLICE : CY_E_INDEX, (*base)->at, slice ? 3 : 2));
    e->items[0] = *base;
    e->items[1] = first;
    if (slice && !cy_sees(p, "]"))
        KG_TRY(st, cy_parse_expr(&e->items[2], p));
    *base = e;
    return cy_expect(p, "]");
}

static kg_status parse_has_labels(cy_expr **base, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_LABELS, (*base)->at, 2));
    e->items[0] = *base;
    KG_TRY(st, cy_parse_labels(&e->items[1], p));
    *base = e;
    return KG_OK;
}

/* variable {.key, .*, key: value, other} */
static kg_status parse_map_projection(cy_expr **base, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    size_t n = 1;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_PROJECTION, (*base)->at, 1));
    e->items[0] = *base;
    while (!cy_accept(p, "}")) {
        cy_expr *value = NULL;
        kg_str key = {NULL, 0};
        if (n > 1 || e->all)
            KG_TRY(st, cy_expect(p, ","));
        if (cy_accept(p, ".")) {
            if (cy_accept(p, "*")) {
                e->all = true;
                continue;
            }
            KG_TRY(st, cy_take_name(&key, p, "the name of a property"));
        } else {
            uint32_t at = cy_at(p);
            KG_TRY(st, cy_take_name(&key, p, "a key"));
            if (cy_accept(p, ":")) {
                KG_TRY(st, cy_parse_expr(&value, p));
            } else {
                KG_TRY(st, cy_new_expr(&value, p, CY_E_VARIABLE, at, 0));
                value->name = key;
                value->end = cy_end_before(p);
            }
        }
        KG_TRY(st, cy_grow(p, &e->items, n, sizeof *e->items));
        KG_TRY(st, cy_grow(p, &e->keys, n - 1, sizeof *e->keys));
        e->keys[n - 1] = key;
        e->items[n++] = value;
    }
    e->count = n;
    e->n_keys = n - 1;
    *base = e;
    return KG_OK;
}

static kg_status parse_postfix(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, cy_parse_atom(out, p));
    for (;;) {
        bool projects = (*out)->kind == CY_E_VARIABLE && cy_sees(p, "{");
        if (cy_accept(p, "."))
            KG_TRY(st, parse_property(out, p));
        else if (cy_accept(p, "["))
            KG_TRY(st, parse_subscript(out, p));
        else if (cy_sees(p, ":") && (*out)->kind != CY_E_LITERAL) {
            p->at++;
            KG_TRY(st, parse_has_labels(out, p));
        } else if (projects) {
            p->at++;
            KG_TRY(st, parse_map_projection(out, p));
        } else {
            return KG_OK;
        }
        (*out)->end = cy_end_before(p);
    }
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

/* 2^63 is an integer behind a minus only. */
static kg_status check_integers(cy_expr *e, cy_parser *p, bool negative) {
    bool edge = e->kind == CY_E_LITERAL && e->value.kind == CY_INTEGER &&
                e->value.as.integer == INT64_MIN && !e->parenthesized;
    if (!edge || negative)
        return KG_OK;
    return cy_fail_at(p->err, p->fault, p->text, e->at, "SyntaxError", "IntegerOverflow",
                      "the integer does not fit 64 bits");
}

static kg_status parse_sign(cy_expr **out, cy_parser *p) {
    kg_status st;
    uint32_t at = cy_at(p);
    if (cy_accept(p, "+"))
        return unary(out, p, CY_E_POSITIVE, at, parse_sign);
    if (!cy_accept(p, "-")) {
        KG_TRY(st, parse_postfix(out, p));
        return check_integers(*out, p, false);
    }
    const cy_token *next = cy_peek(p, 0);
    if (next->kind == CY_T_INTEGER && next->integer == UINT64_C(1) << 63) {
        KG_TRY(st, parse_postfix(out, p));
        (*out)->at = at; /* INT64_MIN is its own negative */
        return check_integers(*out, p, true);
    }
    return unary(out, p, CY_E_NEGATE, at, parse_sign);
}

static kg_status parse_power(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_sign(out, p));
    while (cy_accept(p, "^"))
        KG_TRY(st, binary(out, p, CY_POW, parse_sign));
    return KG_OK;
}

static kg_status parse_product(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_power(out, p));
    for (;;) {
        if (cy_accept(p, "*"))
            KG_TRY(st, binary(out, p, CY_MUL, parse_power));
        else if (cy_accept(p, "/"))
            KG_TRY(st, binary(out, p, CY_DIV, parse_power));
        else if (cy_accept(p, "%"))
            KG_TRY(st, binary(out, p, CY_MOD, parse_power));
        else
            return KG_OK;
    }
}

static kg_status parse_sum(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_product(out, p));
    for (;;) {
        if (cy_accept(p, "+") || cy_accept(p, "||"))
            KG_TRY(st, binary(out, p, CY_ADD, parse_product));
        else if (cy_accept(p, "-"))
            KG_TRY(st, binary(out, p, CY_SUB, parse_product));
        else
            return KG_OK;
    }
}

/* ---- Predicates and comparisons -------------------------------------------------------------- */

static kg_status parse_is_null(cy_expr **out, cy_parser *p) {
    kg_status st;
    cy_expr *e;
    bool negated = cy_accept_word(p, "NOT");
    KG_TRY(st, cy_expect_word(p, "NULL"));
    KG_TRY(st, cy_new_expr(&e, p, negated ? CY_E_IS_NOT_NULL : CY_E_IS_NULL, (*out)->at, 1));
    e->items[0] = *out;
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

static kg_status parse_predicates(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_sum(out, p));
    for (;;) {
        if (cy_accept_word(p, "IN")) {
            KG_TRY(st, binary(out, p, CY_IN, parse_sum));
        } else if (cy_accept_word(p, "CONTAINS")) {
            KG_TRY(st, binary(out, p, CY_CONTAINS, parse_sum));
        } else if (cy_sees_word(p, "STARTS") && cy_is_word(cy_peek(p, 1), "WITH")) {
            p->at += 2;
            KG_TRY(st, binary(out, p, CY_STARTS_WITH, parse_sum));
        } else if (cy_sees_word(p, "ENDS") && cy_is_word(cy_peek(p, 1), "WITH")) {
            p->at += 2;
            KG_TRY(st, binary(out, p, CY_ENDS_WITH, parse_sum));
        } else if (cy_accept(p, "=~")) {
            KG_TRY(st, binary(out, p, CY_MATCHES, parse_sum));
        } else if (cy_sees_word(p, "IS")) {
            p->at++;
            KG_TRY(st, parse_is_null(out, p));
        } else {
            return KG_OK;
        }
    }
}

static bool accept_comparison(cy_op *op, cy_parser *p) {
    static const struct {
        const char *symbol;
        cy_op op;
    } SYMBOLS[] = {{"=", CY_EQ},  {"<>", CY_NE}, {"<=", CY_LE},
                   {">=", CY_GE}, {"<", CY_LT},  {">", CY_GT}};
    for (size_t i = 0; i < sizeof SYMBOLS / sizeof *SYMBOLS; i++)
        if (cy_accept(p, SYMBOLS[i].symbol)) {
            *op = SYMBOLS[i].op;
            return true;
        }
    return false;
}

/* a < b <= c is a < b AND b <= c. */
static kg_status parse_comparison(cy_expr **out, cy_parser *p) {
    kg_status st;
    cy_op op;
    KG_TRY(st, parse_predicates(out, p));
    if (!accept_comparison(&op, p))
        return KG_OK;
    KG_TRY(st, binary(out, p, op, parse_predicates));
    if (!accept_comparison(&op, p))
        return KG_OK;
    cy_expr *first = *out, *e;
    size_t n = 2;
    KG_TRY(st, cy_new_expr(&e, p, CY_E_CHAIN, first->at, 2));
    e->items[0] = first->items[0];
    e->items[1] = first->items[1];
    KG_TRY(st, cy_grow(p, &e->ops, 0, sizeof *e->ops));
    e->ops[0] = first->op;
    do {
        KG_TRY(st, cy_grow(p, &e->ops, n - 1, sizeof *e->ops));
        KG_TRY(st, cy_grow(p, &e->items, n, sizeof *e->items));
        e->ops[n - 1] = op;
        KG_TRY(st, parse_predicates(&e->items[n++], p));
    } while (accept_comparison(&op, p));
    e->count = n;
    e->end = cy_end_before(p);
    *out = e;
    return KG_OK;
}

/* ---- Logic ----------------------------------------------------------------------------------- */

static kg_status parse_not(cy_expr **out, cy_parser *p) {
    uint32_t at = cy_at(p);
    if (cy_accept_word(p, "NOT"))
        return unary(out, p, CY_E_NOT, at, parse_not);
    return parse_comparison(out, p);
}

static kg_status parse_and(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_not(out, p));
    while (cy_accept_word(p, "AND"))
        KG_TRY(st, binary(out, p, CY_AND, parse_not));
    return KG_OK;
}

static kg_status parse_xor(cy_expr **out, cy_parser *p) {
    kg_status st;
    KG_TRY(st, parse_and(out, p));
    while (cy_accept_word(p, "XOR"))
        KG_TRY(st, binary(out, p, CY_XOR, parse_and));
    return KG_OK;
}

kg_status cy_parse_expr(cy_expr **out, cy_parser *p) {
    kg_status st;
    if (p->depth >= DEPTH_MAX)
        return cy_fail_at(p->err, p->fault, p->text, cy_at(p), "SyntaxError", "UnexpectedSyntax",
                          "expressions are nested more than %d deep", DEPTH_MAX);
    p->depth++;
    KG_TRY(st, parse_xor(out, p));
    while (cy_accept_word(p, "OR"))
        KG_TRY(st, binary(out, p, CY_OR, parse_xor));
    p->depth--;
    return KG_OK;
}
