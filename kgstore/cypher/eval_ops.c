/* Operators on values: arithmetic, comparisons, membership, texts. */
#include "kgstore/cypher/eval.h"

#include "kgstore/cypher/timeparts.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

static kg_status wrong(cy_context *c, const char *op, const cy_value *a, const cy_value *b) {
    return cy_fail(c, "TypeError", "InvalidArgumentType", "%s cannot be applied to %s and %s", op,
                   cy_a_kind(a->kind), cy_a_kind(b->kind));
}

static const char *sign_of(cy_op op) {
    static const char *const SIGNS[] = {[CY_ADD] = "+", [CY_SUB] = "-", [CY_MUL] = "*",
                                        [CY_DIV] = "/", [CY_MOD] = "%", [CY_POW] = "^"};
    return SIGNS[op];
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

static kg_status integers(cy_value *out, cy_context *c, cy_op op, int64_t a, int64_t b) {
    int64_t result = 0;
    bool overflow = false;
    switch (op) {
    case CY_ADD:
        overflow = __builtin_add_overflow(a, b, &result);
        break;
    case CY_SUB:
        overflow = __builtin_sub_overflow(a, b, &result);
        break;
    case CY_MUL:
        overflow = __builtin_mul_overflow(a, b, &result);
        break;
    default:
        if (b == 0)
            return cy_fail(c, "ArithmeticError", "DivisionByZero", "division by zero");
        overflow = a == INT64_MIN && b == -1;
        result = overflow ? 0 : op == CY_DIV ? a / b : a % b;
    }
    if (overflow)
        return cy_fail(c, "ArithmeticError", "IntegerOverflow", "%lld %s %lld does not fit 64 bits",
                       (long long)a, sign_of(op), (long long)b);
    *out = cy_integer(result);
    return KG_OK;
}

static double reals(cy_op op, double a, double b) {
    switch (op) {
    case CY_ADD:
        return a + b;
    case CY_SUB:
        return a - b;
    case CY_MUL:
        return a * b;
    case CY_DIV:
        return a / b;
    case CY_MOD:
        return fmod(a, b);
    default:
        return pow(a, b);
    }
}

/* The text of what + joins to a string. */
static kg_status text_of(kg_str *out, cy_context *c, const cy_value *v) {
    char buffer[KG_VALUE_BUFFER];
    if (v->kind == CY_STRING) {
        *out = v->as.text;
        return KG_OK;
    }
    const kg_value value = v->kind == CY_INTEGER ? kg_value_integer(v->as.integer)
                           : v->kind == CY_FLOAT ? kg_value_real(v->as.real)
                                                 : kg_value_boolean(v->as.yes);
    kg_str text = kg_value_text(buffer, &value);
    out->data = kg_arena_copy(c->arena, text);
    out->len = text.len;
    return out->data ? KG_OK : cy_out_of_memory(c);
}

static kg_status join_texts(cy_value *out, cy_context *c, const cy_value *a, const cy_value *b) {
    kg_status st;
    kg_str x, y;
    KG_TRY(st, text_of(&x, c, a));
    KG_TRY(st, text_of(&y, c, b));
    char *to = kg_arena_alloc(c->arena, x.len + y.len + 1);
    if (!to)
        return cy_out_of_memory(c);
    if (x.len)
        memcpy(to, x.data, x.len);
    if (y.len)
        memcpy(to + x.len, y.data, y.len);
    *out = cy_string((kg_str){to, x.len + y.len});
    return KG_OK;
}

/* list + list, list + element, element + list. */
static kg_status join_lists(cy_value *out, cy_context *c, const cy_value *a, const cy_value *b) {
    size_t n = a->kind == CY_LIST ? a->count : 1, m = b->kind == CY_LIST ? b->count : 1;
    cy_value *items = cy_new_items(c->arena, n + m);
    if (!items)
        return cy_out_of_memory(c);
    if (n)
        memcpy(items, a->kind == CY_LIST ? a->as.items : a, n * sizeof *items);
    if (m)
        memcpy(items + n, b->kind == CY_LIST ? b->as.items : b, m * sizeof *items);
    *out = cy_list(items, n + m);
    return KG_OK;
}

static bool is_text_like(const cy_value *v) {
    return v->kind == CY_STRING || cy_is_number(v) || v->kind == CY_BOOLEAN;
}

static kg_status arithmetic(cy_value *out, cy_context *c, cy_op op, const cy_value *a,
                            const cy_value *b) {
    if (cy_is_number(a) && cy_is_number(b)) {
        if (a->kind == CY_INTEGER && b->kind == CY_INTEGER && op != CY_POW)
            return integers(out, c, op, a->as.integer, b->as.integer);
        *out = cy_float(reals(op, cy_to_real(a), cy_to_real(b)));
        return KG_OK;
    }
    if (op == CY_ADD && (a->kind == CY_LIST || b->kind == CY_LIST))
        return join_lists(out, c, a, b);
    if (op == CY_ADD && (a->kind == CY_STRING || b->kind == CY_STRING) && is_text_like(a) &&
        is_text_like(b))
        return join_texts(out, c, a, b);
    if (cy_is_temporal(a) || cy_is_temporal(b))
        return cy_temporal_apply(out, c, op, a, b);
    return wrong(c, sign_of(op), a, b);
}

/* ---- Comparisons ----------------------------------------------------------------------------- */

static cy_value truth_value(cy_truth truth) {
    return truth == CY_UNKNOWN ? CY_NULL_VALUE : cy_boolean(truth == CY_TRUE);
}

static cy_value compared(cy_op op, const cy_value *a, const cy_value *b) {
    int order;
    cy_truth can = cy_compare(&order, a, b);
    if (can != CY_TRUE)
        return truth_value(can);
    bool holds = op == CY_LT   ? order < 0
                 : op == CY_LE ? order <= 0
                 : op == CY_GT ? order > 0
                               : order >= 0;
    return cy_boolean(holds);
}

static kg_status is_in(cy_value *out, cy_context *c, const cy_value *a, const cy_value *list) {
    bool unknown = false;
    *out = CY_NULL_VALUE;
    if (cy_is_null(list))
        return KG_OK;
    if (list->kind != CY_LIST)
        return cy_fail(c, "TypeError", "InvalidArgumentType", "IN expects a list, found %s",
                       cy_a_kind(list->kind));
    for (uint32_t i = 0; i < list->count; i++) {
        cy_truth equal = cy_equal(a, &list->as.items[i]);
        if (equal == CY_TRUE) {
            *out = cy_boolean(true);
            return KG_OK;
        }
        unknown = unknown || equal == CY_UNKNOWN;
    }
    *out = unknown ? CY_NULL_VALUE : cy_boolean(false);
    return KG_OK;
}

/* ---- Texts ----------------------------------------------------------------------------------- */

/* Java's \d, \w and \s, which POSIX lacks, as classes; the rest is alike for what people write. */
static kg_status compile(regex_t *to, cy_context *c, kg_str pattern) {
    static const struct {
        char letter;
        const char *within;
    } CLASSES[] = {{'d', "0-9"}, {'w', "A-Za-z0-9_"}, {'s', " \t\r\n\f\v"}};
    kg_bytes text = KG_ARRAY_INIT;
    bool in_class = false, ignore_case = false;
    size_t i = 0;
    if (pattern.len >= 4 && memcmp(pattern.data, "(?i)", 4) == 0) {
        ignore_case = true;
        i = 4;
    }
    kg_status st = kg_array_append(&text, "^(", 2);
    for (; st == KG_OK && i < pattern.len; i++) {
        const char *class = NULL;
        if (pattern.data[i] == '\\' && i + 1 < pattern.len)
            for (size_t k = 0; k < sizeof CLASSES / sizeof *CLASSES; k++)
                if (CLASSES[k].letter == pattern.data[i + 1])
                    class = CLASSES[k].within;
        in_class = pattern.data[i] == '[' || (in_class && pattern.data[i] != ']');
        if (class) {
            if (!in_class)
                st = kg_array_append(&text, "[", 1);
            if (st == KG_OK)
                st = kg_array_append(&text, class, strlen(class));
            if (st == KG_OK && !in_class)
                st = kg_array_append(&text, "]", 1);
            i++;
        } else {
            st = kg_array_push(&text, pattern.data[i]);
        }
    }
    if (st == KG_OK)
        st = kg_array_append(&text, ")$", 3);
    int rc = st == KG_OK
                 ? regcomp(to, text.data, REG_EXTENDED | REG_NOSUB | (ignore_case ? REG_ICASE : 0))
                 : 0;
    kg_array_free(&text);
    if (st != KG_OK)
        return cy_out_of_memory(c);
    return rc == 0 ? KG_OK
                   : cy_fail(c, "SyntaxError", "InvalidRegex", "%.*s is no regular expression",
                             (int)(pattern.len < 60 ? pattern.len : 60), pattern.data);
}

static kg_status matches(cy_value *out, cy_context *c, kg_str text, kg_str pattern) {
    kg_status st;
    regex_t regex;
    char *copy = kg_arena_copy(c->arena, text);
    if (!copy)
        return cy_out_of_memory(c);
    KG_TRY(st, compile(&regex, c, pattern));
    *out = cy_boolean(regexec(&regex, copy, 0, NULL, 0) == 0);
    regfree(&regex);
    return KG_OK;
}

/* Names are short: looking for the first bytes of what is sought at each place is sooner done than
 * what memmem prepares. b has one byte at least, and no more than a. */
static bool contains(kg_str a, kg_str b) {
    enum { SHORT = 256 };
    uint32_t first, there;
    if (a.len > SHORT || b.len < sizeof first)
        return memmem(a.data, a.len, b.data, b.len) != NULL;
    memcpy(&first, b.data, sizeof first);
    for (size_t i = 0; i + b.len <= a.len; i++) {
        memcpy(&there, a.data + i, sizeof there);
        if (there == first && memcmp(a.data + i, b.data, b.len) == 0)
            return true;
    }
    return false;
}

bool cy_text_holds(cy_op op, kg_str a, kg_str b) {
    if (b.len > a.len)
        return false;
    if (b.len == 0)
        return true;
    if (op == CY_STARTS_WITH)
        return memcmp(a.data, b.data, b.len) == 0;
    if (op == CY_ENDS_WITH)
        return memcmp(a.data + a.len - b.len, b.data, b.len) == 0;
    return contains(a, b);
}

static kg_status compare_texts(cy_value *out, cy_context *c, cy_op op, const cy_value *a,
                               const cy_value *b) {
    *out = CY_NULL_VALUE;
    if (a->kind != CY_STRING || b->kind != CY_STRING)
        return KG_OK;
    if (op == CY_MATCHES)
        return matches(out, c, a->as.text, b->as.text);
    *out = cy_boolean(cy_text_holds(op, a->as.text, b->as.text));
    return KG_OK;
}

/* What is asked of integers most, and cannot fail. */
static bool apply_integers(cy_value *out, cy_op op, int64_t a, int64_t b) {
    int64_t sum;
    switch (op) {
    case CY_EQ:
        return *out = cy_boolean(a == b), true;
    case CY_NE:
        return *out = cy_boolean(a != b), true;
    case CY_LT:
        return *out = cy_boolean(a < b), true;
    case CY_LE:
        return *out = cy_boolean(a <= b), true;
    case CY_GT:
        return *out = cy_boolean(a > b), true;
    case CY_GE:
        return *out = cy_boolean(a >= b), true;
    case CY_ADD:
        if (__builtin_add_overflow(a, b, &sum))
            return false;
        return *out = cy_integer(sum), true;
    default:
        return false;
    }
}

kg_status cy_apply(cy_value *out, cy_context *c, cy_op op, const cy_value *a, const cy_value *b) {
    if (a->kind == CY_INTEGER && b->kind == CY_INTEGER &&
        apply_integers(out, op, a->as.integer, b->as.integer))
        return KG_OK;
    switch (op) {
    case CY_EQ:
        *out = truth_value(cy_equal(a, b));
        return KG_OK;
    case CY_NE: {
        cy_truth equal = cy_equal(a, b);
        *out = equal == CY_UNKNOWN ? CY_NULL_VALUE : cy_boolean(equal == CY_FALSE);
        return KG_OK;
    }
    case CY_LT:
    case CY_LE:
    case CY_GT:
    case CY_GE:
        *out = compared(op, a, b);
        return KG_OK;
    case CY_IN:
        return is_in(out, c, a, b);
    case CY_STARTS_WITH:
    case CY_ENDS_WITH:
    case CY_CONTAINS:
    case CY_MATCHES:
        return compare_texts(out, c, op, a, b);
    case CY_ADD:
    case CY_SUB:
    case CY_MUL:
    case CY_DIV:
    case CY_MOD:
    case CY_POW:
    case CY_OR:
    case CY_XOR:
    case CY_AND:
        break;
    }
    *out = CY_NULL_VALUE;
    return cy_is_null(a) || cy_is_null(b) ? KG_OK : arithmetic(out, c, op, a, b);
}
