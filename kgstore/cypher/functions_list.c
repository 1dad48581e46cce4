/* Functions of lists, and those that pick among values or turn one kind into another. */
#include "kgstore/cypher/eval.h"
#include "kgstore/cypher/functions.h"

#include "kgstore/base/utf8.h"

#include <math.h>

static kg_status wrong(cy_context *c, const char *function, const cy_value *v) {
    return cy_fail(c, "TypeError", "InvalidArgumentValue", "%s does not take %s", function,
                   cy_a_kind(v->kind));
}

static kg_status f_size(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind != CY_LIST && a->kind != CY_STRING)
        return wrong(c, "size", a);
    *out =
        cy_integer(a->kind == CY_LIST ? (int64_t)a->count
                                      : (int64_t)kg_utf8_length(a->as.text.data, a->as.text.len));
    return KG_OK;
}

static kg_status pick(cy_value *out, cy_context *c, const cy_value *a, const char *name,
                      bool first) {
    if (a->kind != CY_LIST)
        return wrong(c, name, a);
    *out = a->count == 0 ? CY_NULL_VALUE : a->as.items[first ? 0 : a->count - 1];
    return KG_OK;
}

static kg_status f_head(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return pick(out, c, a, "head", true);
}

static kg_status f_last(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return pick(out, c, a, "last", false);
}

static kg_status f_tail(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind != CY_LIST)
        return wrong(c, "tail", a);
    *out = a->count ? cy_list(a->as.items + 1, a->count - 1) : cy_list(NULL, 0);
    return KG_OK;
}

static kg_status reverse_text(cy_value *out, cy_context *c, kg_str text) {
    char *to = kg_arena_alloc(c->arena, text.len + 1);
    if (!to)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < text.len;) {
        uint32_t code_point;
        size_t n = kg_utf8_next(&code_point, text.data + i, text.len - i);
        memcpy(to + text.len - i - n, text.data + i, n);
        i += n;
    }
    *out = cy_string((kg_str){to, text.len});
    return KG_OK;
}

static kg_status f_reverse(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind == CY_STRING)
        return reverse_text(out, c, a->as.text);
    if (a->kind != CY_LIST)
        return wrong(c, "reverse", a);
    cy_value *items = cy_new_items(c->arena, a->count);
    if (!items)
        return cy_out_of_memory(c);
    for (uint32_t i = 0; i < a->count; i++)
        items[i] = a->as.items[a->count - 1 - i];
    *out = cy_list(items, a->count);
    return KG_OK;
}

static kg_status f_range(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    enum { MOST = 100000000 };
    kg_status st;
    for (size_t i = 0; i < n; i++)
        if (a[i].kind != CY_INTEGER)
            return cy_fail(c, "ArgumentError", "InvalidArgumentType",
                           "range takes integers, not %s", cy_a_kind(a[i].kind));
    int64_t from = a[0].as.integer, to = a[1].as.integer, step = n > 2 ? a[2].as.integer : 1;
    if (step == 0)
        return cy_fail(c, "ArgumentError", "NumberOutOfRange", "the step of range cannot be 0");
    __extension__ typedef __int128 wide;
    bool any = step > 0 ? from <= to : from >= to;
    wide count = any ? ((wide)to - from) / step + 1 : 0;
    if (count > MOST)
        return cy_fail(c, "ArgumentError", "NumberOutOfRange",
                       "range would give more than %d numbers", MOST);
    cy_value *items = cy_new_items(c->arena, (size_t)count);
    if (!items)
        return cy_out_of_memory(c);
    for (int64_t i = 0; i < (int64_t)count; i++) {
        KG_TRY(st, cy_tick(c));
        items[i] = cy_integer(from + i * step);
    }
    *out = cy_list(items, (size_t)count);
    return KG_OK;
}

static kg_status f_coalesce(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)c;
    for (size_t i = 0; i < n; i++)
        if (!cy_is_null(&a[i])) {
            *out = a[i];
            return KG_OK;
        }
    *out = CY_NULL_VALUE;
    return KG_OK;
}

static kg_status f_is_empty(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    if (a->kind != CY_LIST && a->kind != CY_STRING && a->kind != CY_MAP)
        return wrong(c, "isEmpty", a);
    *out = cy_boolean(a->kind == CY_LIST     ? a->count == 0
                      : a->kind == CY_STRING ? a->as.text.len == 0
                                             : a->as.map->count == 0);
    return KG_OK;
}

/* ---- Conversions ----------------------------------------------------------------------------- */

static kg_str trimmed(kg_str s) {
    while (s.len && (unsigned char)s.data[0] <= ' ')
        s = (kg_str){s.data + 1, s.len - 1};
    while (s.len && (unsigned char)s.data[s.len - 1] <= ' ')
        s.len--;
    return s;
}

static kg_status f_to_boolean(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    *out = *a;
    if (a->kind == CY_BOOLEAN)
        return KG_OK;
    if (a->kind == CY_INTEGER) {
        *out = cy_boolean(a->as.integer != 0);
        return KG_OK;
    }
    if (a->kind != CY_STRING)
        return wrong(c, "toBoolean", a);
    kg_str text = trimmed(a->as.text);
    bool yes = text.len == 4 && strncasecmp(text.data, "true", 4) == 0;
    bool no = text.len == 5 && strncasecmp(text.data, "false", 5) == 0;
    *out = yes || no ? cy_boolean(yes) : CY_NULL_VALUE;
    return KG_OK;
}

/* The number of a text; a float where the text is none of an integer. */
static bool parse_number(kg_value *out, kg_str text) {
    return kg_value_parse(out, KG_VALUE_INTEGER, text, NULL) == KG_OK ||
           kg_value_parse(out, KG_VALUE_FLOAT, text, NULL) == KG_OK;
}

static kg_status f_to_integer(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_value parsed;
    double real = a->kind == CY_FLOAT ? a->as.real : 0;
    (void)n;
    *out = *a;
    if (a->kind == CY_INTEGER)
        return KG_OK;
    if (a->kind == CY_BOOLEAN) {
        *out = cy_integer(a->as.yes);
        return KG_OK;
    }
    if (a->kind == CY_STRING) {
        *out = CY_NULL_VALUE;
        if (!parse_number(&parsed, trimmed(a->as.text)))
            return KG_OK;
        if (parsed.kind == KG_VALUE_INTEGER) {
            *out = cy_integer(parsed.as.integer);
            return KG_OK;
        }
        real = parsed.as.real;
    } else if (a->kind != CY_FLOAT) {
        return wrong(c, "toInteger", a);
    }
    *out = real >= -0x1p63 && real < 0x1p63 ? cy_integer((int64_t)real) : CY_NULL_VALUE;
    return KG_OK;
}

static kg_status f_to_float(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_value parsed;
    (void)n;
    if (cy_is_number(a)) {
        *out = cy_float(cy_to_real(a));
        return KG_OK;
    }
    if (a->kind != CY_STRING)
        return wrong(c, "toFloat", a);
    bool number = parse_number(&parsed, trimmed(a->as.text));
    *out = !number ? CY_NULL_VALUE
                   : cy_float(parsed.kind == KG_VALUE_INTEGER ? (double)parsed.as.integer
                                                              : parsed.as.real);
    return KG_OK;
}

/* The forms that give null for what cannot be turned. */
static kg_status or_null(cy_value *out, cy_context *c, const cy_value *a, size_t n,
                         cy_function_fn convert) {
    if (a->kind != CY_STRING && !cy_is_number(a) && a->kind != CY_BOOLEAN) {
        *out = CY_NULL_VALUE;
        return KG_OK;
    }
    return convert(out, c, a, n);
}

static kg_status f_to_integer_or_null(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    return or_null(out, c, a, n, f_to_integer);
}

static kg_status f_to_float_or_null(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    if (a->kind == CY_BOOLEAN) {
        *out = CY_NULL_VALUE;
        return KG_OK;
    }
    return or_null(out, c, a, n, f_to_float);
}

static kg_status f_to_boolean_or_null(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    if (a->kind == CY_FLOAT) {
        *out = CY_NULL_VALUE;
        return KG_OK;
    }
    return or_null(out, c, a, n, f_to_boolean);
}

enum { L = CY_BIT(CY_TYPE_LIST), S = CY_BIT(CY_TYPE_STRING) };

const cy_function cy_functions_list[] = {
    {"size", 1, 1, false, CY_TYPE_INTEGER, L | S, CY_AGG_NONE, f_size},
    {"head", 1, 1, false, CY_TYPE_ANY, L, CY_AGG_NONE, f_head},
    {"last", 1, 1, false, CY_TYPE_ANY, L, CY_AGG_NONE, f_last},
    {"tail", 1, 1, false, CY_TYPE_LIST, L, CY_AGG_NONE, f_tail},
    {"reverse", 1, 1, false, CY_TYPE_ANY, L | S, CY_AGG_NONE, f_reverse},
    {"range", 2, 3, false, CY_TYPE_LIST, 0, CY_AGG_NONE, f_range},
    {"coalesce", 1, 250, true, CY_TYPE_ANY, 0, CY_AGG_NONE, f_coalesce},
    {"isEmpty", 1, 1, false, CY_TYPE_BOOLEAN, 0, CY_AGG_NONE, f_is_empty},
    {"toBoolean", 1, 1, false, CY_TYPE_BOOLEAN, 0, CY_AGG_NONE, f_to_boolean},
    {"toInteger", 1, 1, false, CY_TYPE_INTEGER, 0, CY_AGG_NONE, f_to_integer},
    {"toFloat", 1, 1, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, f_to_float},
    {"toIntegerOrNull", 1, 1, false, CY_TYPE_INTEGER, 0, CY_AGG_NONE, f_to_integer_or_null},
    {"toFloatOrNull", 1, 1, false, CY_TYPE_FLOAT, 0, CY_AGG_NONE, f_to_float_or_null},
    {"toBooleanOrNull", 1, 1, false, CY_TYPE_BOOLEAN, 0, CY_AGG_NONE, f_to_boolean_or_null},
    {0}};
