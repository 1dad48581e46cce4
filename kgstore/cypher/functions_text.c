/* Functions of texts. Positions and lengths count characters. */
#include "kgstore/cypher/eval.h"
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/temporal.h"

#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

static kg_status want_texts(cy_context *c, const char *function, const cy_value *a, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (a[i].kind != CY_STRING)
            return cy_fail(c, "TypeError", "InvalidArgumentValue", "%s takes a String, not %s",
                           function, cy_a_kind(a[i].kind));
    return KG_OK;
}

/* Bytes of the first n characters. */
static size_t offset_of(kg_str s, int64_t n) {
    size_t at = 0;
    for (; n > 0 && at < s.len; n--) {
        uint32_t code_point;
        at += kg_utf8_next(&code_point, s.data + at, s.len - at);
    }
    return at;
}

static kg_status map_case(cy_value *out, cy_context *c, const cy_value *a, const char *name,
                          uint32_t (*map)(uint32_t)) {
    kg_status st;
    KG_TRY(st, want_texts(c, name, a, 1));
    kg_str s = a->as.text;
    char *to = kg_arena_alloc(c->arena, s.len * 2 + 4);
    size_t n = 0;
    if (!to)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < s.len;) {
        uint32_t code_point;
        i += kg_utf8_next(&code_point, s.data + i, s.len - i);
        n += kg_utf8_encode(to + n, map(code_point));
    }
    *out = cy_string((kg_str){to, n});
    return KG_OK;
}

static kg_status f_lower(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return map_case(out, c, a, "toLower", kg_char_lower);
}

static kg_status f_upper(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return map_case(out, c, a, "toUpper", kg_char_upper);
}

static kg_status trim(cy_value *out, cy_context *c, const cy_value *a, const char *name, bool left,
                      bool right) {
    kg_status st;
    KG_TRY(st, want_texts(c, name, a, 1));
    kg_str s = a->as.text;
    while (left && s.len && (unsigned char)s.data[0] <= ' ')
        s = (kg_str){s.data + 1, s.len - 1};
    while (right && s.len && (unsigned char)s.data[s.len - 1] <= ' ')
        s.len--;
    *out = cy_string(s);
    return KG_OK;
}

static kg_status f_trim(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return trim(out, c, a, "trim", true, true);
}

static kg_status f_ltrim(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return trim(out, c, a, "lTrim", true, false);
}

static kg_status f_rtrim(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    (void)n;
    return trim(out, c, a, "rTrim", false, true);
}

static kg_status f_replace(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_texts(c, "replace", a, n));
    kg_str s = a[0].as.text, old = a[1].as.text, fresh = a[2].as.text;
    kg_bytes text = KG_ARRAY_INIT;
    st = KG_OK;
    while (st == KG_OK && s.len) {
        const char *at = old.len ? memmem(s.data, s.len, old.data, old.len) : NULL;
        size_t before = at ? (size_t)(at - s.data) : s.len;
        st = kg_array_append(&text, s.data, before);
        if (st == KG_OK && at && fresh.len)
            st = kg_array_append(&text, fresh.data, fresh.len);
        size_t taken = before + (at ? old.len : 0);
        s = (kg_str){s.data + taken, s.len - taken};
    }
    char *copy = st == KG_OK ? kg_arena_copy(c->arena, (kg_str){text.data, text.len}) : NULL;
    *out = cy_string((kg_str){copy, text.len});
    kg_array_free(&text);
    return copy ? KG_OK : cy_out_of_memory(c);
}

static kg_status f_split(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_texts(c, "split", a, n));
    kg_str s = a[0].as.text, by = a[1].as.text;
    size_t count = 1;
    for (kg_str rest = s; by.len && rest.len;) {
        const char *at = memmem(rest.data, rest.len, by.data, by.len);
        if (!at)
            break;
        count++;
        size_t taken = (size_t)(at - rest.data) + by.len;
        rest = (kg_str){rest.data + taken, rest.len - taken};
    }
    if (by.len == 0)
        count = kg_utf8_length(s.data, s.len);
    cy_value *items = cy_new_items(c->arena, count);
    if (!items)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < count; i++) {
        const char *at = by.len && s.len ? memmem(s.data, s.len, by.data, by.len) : NULL;
        size_t length = by.len == 0 ? offset_of(s, 1) : at ? (size_t)(at - s.data) : s.len;
        items[i] = cy_string((kg_str){s.data, length});
        length += at ? by.len : 0;
        s = (kg_str){s.data + length, s.len - length};
    }
    *out = cy_list(items, count);
    return KG_OK;
}

static kg_status want_count(cy_context *c, const char *function, const cy_value *v) {
    if (v->kind != CY_INTEGER)
        return cy_fail(c, "TypeError", "InvalidArgumentValue", "%s takes an Integer, not %s",
                       function, cy_a_kind(v->kind));
    return v->as.integer >= 0 ? KG_OK
                              : cy_fail(c, "ArgumentError", "NumberOutOfRange",
                                        "%s takes no negative number", function);
}

static kg_status f_substring(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    KG_TRY(st, want_texts(c, "substring", a, 1));
    for (size_t i = 1; i < n; i++)
        KG_TRY(st, want_count(c, "substring", &a[i]));
    kg_str s = a[0].as.text;
    size_t from = offset_of(s, a[1].as.integer);
    s = (kg_str){s.data + from, s.len - from};
    if (n > 2)
        s.len = offset_of(s, a[2].as.integer);
    *out = cy_string(s);
    return KG_OK;
}

static kg_status f_left(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    (void)n;
    KG_TRY(st, want_texts(c, "left", a, 1));
    KG_TRY(st, want_count(c, "left", &a[1]));
    *out = cy_string((kg_str){a->as.text.data, offset_of(a->as.text, a[1].as.integer)});
    return KG_OK;
}

static kg_status f_right(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    (void)n;
    KG_TRY(st, want_texts(c, "right", a, 1));
    KG_TRY(st, want_count(c, "right", &a[1]));
    kg_str s = a->as.text;
    int64_t length = (int64_t)kg_utf8_length(s.data, s.len);
    size_t from = offset_of(s, length > a[1].as.integer ? length - a[1].as.integer : 0);
    *out = cy_string((kg_str){s.data + from, s.len - from});
    return KG_OK;
}

static kg_status f_to_string(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    kg_status st;
    kg_str text;
    char buffer[KG_VALUE_BUFFER];
    (void)n;
    *out = *a;
    if (a->kind == CY_STRING)
        return KG_OK;
    if (cy_is_temporal(a)) {
        KG_TRY(st, cy_temporal_text(&text, c->arena, a));
        *out = cy_string(text);
        return KG_OK;
    }
    if (!cy_is_number(a) && a->kind != CY_BOOLEAN)
        return cy_fail(c, "TypeError", "InvalidArgumentValue", "toString does not take %s",
                       cy_a_kind(a->kind));
    const kg_value value = a->kind == CY_INTEGER ? kg_value_integer(a->as.integer)
                           : a->kind == CY_FLOAT ? kg_value_real(a->as.real)
                                                 : kg_value_boolean(a->as.yes);
    text = kg_value_text(buffer, &value);
    char *copy = kg_arena_copy(c->arena, text);
    *out = cy_string((kg_str){copy, text.len});
    return copy ? KG_OK : cy_out_of_memory(c);
}

static kg_status f_to_string_or_null(cy_value *out, cy_context *c, const cy_value *a, size_t n) {
    bool can =
        a->kind == CY_STRING || cy_is_temporal(a) || cy_is_number(a) || a->kind == CY_BOOLEAN;
    *out = CY_NULL_VALUE;
    return can ? f_to_string(out, c, a, n) : KG_OK;
}

enum { S = CY_BIT(CY_TYPE_STRING) };

const cy_function cy_functions_text[] = {
    {"toLower", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_lower},
    {"lower", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_lower},
    {"toUpper", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_upper},
    {"upper", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_upper},
    {"trim", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_trim},
    {"btrim", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_trim},
    {"lTrim", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_ltrim},
    {"rTrim", 1, 1, false, CY_TYPE_STRING, S, CY_AGG_NONE, f_rtrim},
    {"replace", 3, 3, false, CY_TYPE_STRING, 0, CY_AGG_NONE, f_replace},
    {"split", 2, 2, false, CY_TYPE_LIST, 0, CY_AGG_NONE, f_split},
    {"substring", 2, 3, false, CY_TYPE_STRING, 0, CY_AGG_NONE, f_substring},
    {"left", 2, 2, false, CY_TYPE_STRING, 0, CY_AGG_NONE, f_left},
    {"right", 2, 2, false, CY_TYPE_STRING, 0, CY_AGG_NONE, f_right},
    {"toString", 1, 1, false, CY_TYPE_STRING, 0, CY_AGG_NONE, f_to_string},
    {"toStringOrNull", 1, 1, false, CY_TYPE_STRING, 0, CY_AGG_NONE, f_to_string_or_null},
    {0}};
