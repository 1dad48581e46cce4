/* Reads the values that cells of tables hold. */
#include "tck_value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

typedef struct reader {
    kg_arena *arena;
    kg_str text;
    size_t at;
    kg_error *err;
} reader;

static kg_status expected(const reader *r, const char *what) {
    return kg_error_set(r->err, KG_ERR_FORMAT, "%s expected at byte %zu of \"%.*s\"", what, r->at,
                        (int)(r->text.len < 200 ? r->text.len : 200), r->text.data);
}

static char peek(const reader *r) {
    return r->at < r->text.len ? r->text.data[r->at] : 0;
}

static void skip_blanks(reader *r) {
    while (peek(r) && strchr(" \t\n", peek(r)))
        r->at++;
}

static bool take(reader *r, const char *token) {
    size_t n = strlen(token);
    skip_blanks(r);
    if (r->text.len - r->at < n || memcmp(r->text.data + r->at, token, n) != 0)
        return false;
    r->at += n;
    return true;
}

static bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* A name, or one in backticks. */
static kg_status read_name(kg_str *out, reader *r) {
    bool quoted = take(r, "`");
    size_t from = r->at;
    while (quoted ? peek(r) && peek(r) != '`' : in_name(peek(r)))
        r->at++;
    *out = tck_copy(r->arena, (kg_str){r->text.data + from, r->at - from});
    if (quoted ? !take(r, "`") : r->at == from)
        return expected(r, "a name");
    return KG_OK;
}

/* 'text' with \' and \\; a backslash before anything else is one. */
static kg_status read_string(kg_str *out, reader *r) {
    char *text = tck_new(r->arena, r->text.len - r->at + 1);
    size_t n = 0;
    for (; peek(r) && peek(r) != '\''; r->at++) {
        char next = r->at + 1 < r->text.len ? r->text.data[r->at + 1] : 0;
        if (peek(r) == '\\' && (next == '\'' || next == '\\'))
            r->at++;
        text[n++] = peek(r);
    }
    *out = (kg_str){text, n};
    return take(r, "'") ? KG_OK : expected(r, "a quote");
}

static kg_status read_number(tck_value *out, reader *r) {
    size_t from = r->at;
    bool real = false;
    char *end;
    for (; peek(r) && strchr("+-.0123456789eE", peek(r)); r->at++)
        real |= strchr(".eE", peek(r)) != NULL;
    kg_str text = tck_copy(r->arena, (kg_str){r->text.data + from, r->at - from});
    errno = 0;
    if (real)
        *out = (tck_value){.kind = TCK_FLOAT, .real = strtod(text.data, &end)};
    else
        *out = (tck_value){.kind = TCK_INTEGER, .integer = strtoll(text.data, &end, 10)};
    return text.len && !*end && (real || errno == 0) ? KG_OK : expected(r, "a value");
}

static kg_status read_value(tck_value *out, reader *r);

/* After the brace. */
static kg_status read_fields(tck_value *out, reader *r) {
    kg_status st;
    if (take(r, "}"))
        return KG_OK;
    do {
        tck_field field = {0};
        KG_TRY(st, read_name(&field.key, r));
        if (!take(r, ":"))
            return expected(r, "a colon");
        KG_TRY(st, read_value(&field.value, r));
        TCK_PUSH(r->arena, &out->fields, field);
    } while (take(r, ","));
    return take(r, "}") ? KG_OK : expected(r, "a comma or }");
}

/* After the bracket. */
static kg_status read_list(tck_value *out, reader *r) {
    kg_status st;
    *out = (tck_value){.kind = TCK_ITEMS};
    if (take(r, "]"))
        return KG_OK;
    do {
        tck_value item;
        KG_TRY(st, read_value(&item, r));
        TCK_PUSH(r->arena, &out->items, item);
    } while (take(r, ","));
    return take(r, "]") ? KG_OK : expected(r, "a comma or ]");
}

/* After "(". */
static kg_status read_node(tck_value *out, reader *r) {
    kg_status st;
    *out = (tck_value){.kind = TCK_NODE};
    while (take(r, ":")) {
        kg_str label;
        KG_TRY(st, read_name(&label, r));
        TCK_PUSH(r->arena, &out->labels, label);
    }
    if (take(r, "{"))
        KG_TRY(st, read_fields(out, r));
    return take(r, ")") ? KG_OK : expected(r, ")");
}

/* After "[:". */
static kg_status read_edge(tck_value *out, reader *r) {
    kg_status st;
    *out = (tck_value){.kind = TCK_EDGE};
    KG_TRY(st, read_name(&out->text, r));
    if (take(r, "{"))
        KG_TRY(st, read_fields(out, r));
    return take(r, "]") ? KG_OK : expected(r, "]");
}

/* After "<". */
static kg_status read_path(tck_value *out, reader *r) {
    kg_status st;
    *out = (tck_value){.kind = TCK_PATH};
    for (;;) {
        tck_value node, edge;
        if (!take(r, "("))
            return expected(r, "(");
        KG_TRY(st, read_node(&node, r));
        TCK_PUSH(r->arena, &out->items, node);
        if (take(r, ">"))
            return KG_OK;
        bool back = take(r, "<-");
        if ((!back && !take(r, "-")) || !take(r, "[:"))
            return expected(r, "a relationship or >");
        KG_TRY(st, read_edge(&edge, r));
        if (back ? !take(r, "-") : !take(r, "->"))
            return expected(r, "an arrow to one side");
        edge.direction = back ? TCK_BACKWARD : TCK_FORWARD;
        TCK_PUSH(r->arena, &out->items, edge);
    }
}

static bool take_constant(tck_value *out, reader *r) {
    static const struct {
        const char *word;
        tck_value value;
    } constants[] = {{"null", {.kind = TCK_NULL}},
                     {"true", {.kind = TCK_BOOLEAN, .yes = true}},
                     {"false", {.kind = TCK_BOOLEAN}},
                     {"NaN", {.kind = TCK_FLOAT, .real = (double)NAN}},
                     {"Infinity", {.kind = TCK_FLOAT, .real = (double)INFINITY}},
                     {"-Infinity", {.kind = TCK_FLOAT, .real = (double)-INFINITY}}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        size_t from = r->at;
        if (take(r, constants[i].word) && !in_name(peek(r))) {
            *out = constants[i].value;
            return true;
        }
        r->at = from;
    }
    return false;
}

static kg_status read_value(tck_value *out, reader *r) {
    skip_blanks(r);
    if (take_constant(out, r))
        return KG_OK;
    if (take(r, "'")) {
        *out = (tck_value){.kind = TCK_STRING};
        return read_string(&out->text, r);
    }
    if (take(r, "[:"))
        return read_edge(out, r);
    if (take(r, "["))
        return read_list(out, r);
    if (take(r, "("))
        return read_node(out, r);
    if (take(r, "<"))
        return read_path(out, r);
    if (!take(r, "{"))
        return read_number(out, r);
    *out = (tck_value){.kind = TCK_MAP};
    return read_fields(out, r);
}

kg_status tck_value_parse(tck_value *out, kg_arena *arena, kg_str text, kg_error *err) {
    kg_status st;
    reader r = {arena, text, 0, err};
    KG_TRY(st, read_value(out, &r));
    skip_blanks(&r);
    return r.at == text.len ? KG_OK : expected(&r, "the end");
}

kg_status tck_result_parse(tck_result *out, kg_arena *arena, const tck_table *table,
                           kg_error *err) {
    kg_status st;
    *out = (tck_result){0};
    if (!table->len)
        return kg_error_set(err, KG_ERR_FORMAT, "a table is missing");
    out->columns = table->data[0];
    for (size_t i = 1; i < table->len; i++) {
        const tck_row *cells = &table->data[i];
        tck_value row = {.kind = TCK_ITEMS};
        if (cells->len != out->columns.len)
            return kg_error_set(err, KG_ERR_FORMAT, "a row has %zu cells, its table %zu",
                                cells->len, out->columns.len);
        for (size_t k = 0; k < cells->len; k++) {
            tck_value value;
            KG_TRY(st, tck_value_parse(&value, arena, cells->data[k], err));
            TCK_PUSH(arena, &row.items, value);
        }
        TCK_PUSH(arena, &out->rows, row);
    }
    return KG_OK;
}
