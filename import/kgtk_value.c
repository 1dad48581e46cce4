#include "import/kgtk_value.h"

bool kg_kgtk_is_literal(kg_str text) {
    return text.len > 0 && (strchr("\"'^@!+-", text.data[0]) != NULL ||
                            (text.data[0] >= '0' && text.data[0] <= '9'));
}

/* The text between quotes, unescaped, and the language behind it. */
static kg_status quoted(kg_value *out, kg_arena *arena, kg_str text) {
    const char *stop = memrchr(text.data + 1, text.data[0], text.len - 1);
    size_t end = stop ? (size_t)(stop - text.data) : text.len, n = 0;
    char *copy = kg_arena_alloc(arena, text.len);
    if (!copy)
        return KG_ERR_MEMORY;
    for (size_t i = 1; i < end; i++) {
        char c = text.data[i];
        if (c == '\\' && i + 1 < end) {
            c = text.data[++i];
            c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        copy[n++] = c;
    }
    bool language = text.data[0] == '\'' && end + 2 < text.len && text.data[end + 1] == '@';
    *out = kg_value_string((kg_str){copy, n},
                           language ? (kg_str){text.data + end + 2, text.len - end - 2}
                                    : (kg_str){"", 0});
    return KG_OK;
}

static kg_value typed(kg_str text, const char *datatype) {
    return (kg_value){KG_VALUE_TYPED, {0}, text, kg_str_from(datatype)};
}

/* "^2024-02-29T00:00:00Z/11": a date of precision 11 is a day, one of 14 a second. */
static kg_value date_of(kg_str text) {
    kg_value value;
    const char *slash = memchr(text.data, '/', text.len);
    kg_str time = {text.data + 1, slash ? (size_t)(slash - text.data) - 1 : text.len - 1};
    kg_str precision = slash ? (kg_str){slash + 1, text.len - time.len - 2} : (kg_str){"14", 2};
    const char *t = time.len ? memchr(time.data, 'T', time.len) : NULL;
    kg_str day = {time.data, t ? (size_t)(t - time.data) : time.len};
    if ((kg_str_equal(precision, KG_STR("11")) || !t) &&
        kg_value_parse(&value, KG_VALUE_DATE, day, NULL) == KG_OK)
        return value;
    if (kg_str_equal(precision, KG_STR("14")) &&
        kg_value_parse(&value, KG_VALUE_DATETIME, time, NULL) == KG_OK)
        return value;
    return typed(text, "kgtk:date");
}

kg_status kg_kgtk_value(kg_value *out, kg_arena *arena, kg_str text) {
    char first = text.len ? text.data[0] : '\0';
    if ((first == '"' || first == '\'') && text.len > 1)
        return quoted(out, arena, text);
    if (first == '^')
        *out = date_of(text);
    else if (first == '@' || first == '!')
        *out = typed(text, first == '@' ? "kgtk:location" : "kgtk:extension");
    else if (!kg_kgtk_is_literal(text))
        *out = kg_value_string(text, (kg_str){"", 0});
    else if (kg_value_parse(out, KG_VALUE_INTEGER, text, NULL) != KG_OK &&
             kg_value_parse(out, KG_VALUE_FLOAT, text, NULL) != KG_OK)
        *out = typed(text, "kgtk:quantity");
    return KG_OK;
}
