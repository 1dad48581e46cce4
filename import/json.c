#include "import/json.h"

#include <jansson.h>

typedef struct cursor {
    const char *at, *end, *name;
    uint64_t line;
} cursor;

static kg_status fail(const cursor *c, kg_error *err, const char *expected) {
    if (c->at >= c->end)
        return kg_error_at(err, KG_ERR_FORMAT, c->name, c->line,
                           "the JSON ends here, expected %s; is the file whole?", expected);
    return kg_error_at(err, KG_ERR_FORMAT, c->name, c->line,
                       "found '%c' (byte 0x%02X), expected %s; correct the JSON",
                       *c->at >= ' ' && *c->at < 0x7F ? *c->at : '?', (unsigned char)*c->at,
                       expected);
}

static void skip_space(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->line += *c->at++ == '\n';
}

/* Move past the string that begins here. */
static bool skip_string(cursor *c) {
    c->at++;
    while (c->at < c->end && *c->at != '"') {
        c->line += *c->at == '\n';
        c->at += *c->at == '\\' && c->at + 1 < c->end ? 2 : 1;
    }
    if (c->at >= c->end)
        return false;
    c->at++;
    return true;
}

/* Move past the value that begins here: up to the comma or bracket that ends it. */
static bool skip_value(cursor *c) {
    size_t depth = 0;
    while (c->at < c->end) {
        char here = *c->at;
        if (here == '"') {
            if (!skip_string(c))
                return false;
            continue;
        }
        if (depth == 0 && (here == ',' || here == ']' || here == '}'))
            return true;
        depth += here == '[' || here == '{';
        depth -= here == ']' || here == '}';
        c->line += here == '\n';
        c->at++;
    }
    return false;
}

/* jansson's own message, at the line where it is in the file. */
static kg_status parse_error(const json_error_t *e, const char *name, uint64_t line,
                             kg_error *err) {
    if (json_error_code(e) == json_error_out_of_memory)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", name);
    return kg_error_at(err, KG_ERR_FORMAT, name, line + (e->line > 0 ? (uint64_t)e->line - 1 : 0),
                       "%s; correct the JSON", e->text);
}

static kg_status load(json_t **out, kg_str text, const char *name, uint64_t line, kg_error *err) {
    json_error_t e = {.line = -1};
    *out = json_loadb(text.data, text.len, JSON_DECODE_ANY, &e);
    return *out ? KG_OK : parse_error(&e, name, line, err);
}

static kg_status read_member(cursor *c, bool object, kg_json_span_fn visit, void *context,
                             kg_error *err) {
    kg_status st;
    json_t *key = NULL;
    kg_str name = {"", 0};
    if (object) {
        kg_str span = {c->at, 0};
        uint64_t line = c->line;
        if (*c->at != '"')
            return fail(c, err, "a key in double quotes");
        if (!skip_string(c))
            return fail(c, err, "the end of a string");
        span.len = (size_t)(c->at - span.data);
        KG_TRY(st, load(&key, span, c->name, line, err));
        name = (kg_str){json_string_value(key), json_string_length(key)};
        skip_space(c);
        if (c->at >= c->end || *c->at != ':') {
            json_decref(key);
            return fail(c, err, "':'");
        }
        c->at++;
        skip_space(c);
    }
    kg_str value = {c->at, 0};
    uint64_t line = c->line;
    if (skip_value(c)) {
        value.len = (size_t)(c->at - value.data);
        st = value.len > 0 ? visit(context, name, value, line, err) : fail(c, err, "a value");
    } else {
        st = fail(c, err, "the end of a value");
    }
    json_decref(key);
    return st;
}

kg_status kg_json_each(kg_str text, const char *name, uint64_t line, kg_json_span_fn visit,
                       void *context, kg_error *err) {
    kg_status st;
    cursor c = {text.data, text.data + text.len, name, line};
    skip_space(&c);
    if (c.at >= c.end || (*c.at != '{' && *c.at != '['))
        return fail(&c, err, "'{' or '['");
    bool object = *c.at == '{';
    char close = object ? '}' : ']';
    c.at++;
    skip_space(&c);
    bool more = c.at < c.end && *c.at != close;
    while (more) {
        KG_TRY(st, read_member(&c, object, visit, context, err));
        skip_space(&c);
        more = c.at < c.end && *c.at == ',';
        if (more) {
            c.at++;
            skip_space(&c);
            if (c.at >= c.end)
                return fail(&c, err, "a value");
        }
    }
    if (c.at >= c.end || *c.at != close)
        return fail(&c, err, object ? "',' or '}'" : "',' or ']'");
    c.at++;
    skip_space(&c);
    return c.at == c.end ? KG_OK : fail(&c, err, "the end of the file");
}

static kg_status convert(kg_datum **out, kg_arena *arena, const json_t *json);

static kg_status convert_items(kg_datum *v, kg_arena *arena, const json_t *json) {
    kg_status st;
    size_t at = 0;
    if (json_is_array(json)) {
        v->kind = KG_DATUM_LIST;
        v->n = json_array_size(json);
    } else {
        v->kind = KG_DATUM_DICT;
        v->n = json_object_size(json);
    }
    size_t slots = v->kind == KG_DATUM_DICT ? 2 * v->n : v->n;
    v->as.items = kg_arena_alloc(arena, (slots ? slots : 1) * sizeof *v->as.items);
    if (!v->as.items)
        return KG_ERR_MEMORY;
    if (v->kind == KG_DATUM_LIST) {
        for (; at < v->n; at++)
            KG_TRY(st, convert(&v->as.items[at], arena, json_array_get(json, at)));
        return KG_OK;
    }
    json_t *object = json_incref((json_t *)(uintptr_t)json);
    const char *key;
    size_t key_len;
    json_t *value;
    st = KG_OK;
    json_object_keylen_foreach(object, key, key_len, value) {
        kg_datum *k = kg_arena_alloc(arena, sizeof *k);
        char *text = kg_arena_copy(arena, (kg_str){key, key_len});
        if (!k || !text)
            st = KG_ERR_MEMORY;
        if (st == KG_OK) {
            *k = (kg_datum){.kind = KG_DATUM_TEXT, .as.text = {text, key_len}};
            v->as.items[at++] = k;
            st = convert(&v->as.items[at++], arena, value);
        }
        if (st != KG_OK)
            break;
    }
    json_decref(object);
    return st;
}

static kg_status convert(kg_datum **out, kg_arena *arena, const json_t *json) {
    kg_datum *v = kg_arena_alloc(arena, sizeof *v);
    if (!v)
        return KG_ERR_MEMORY;
    *v = (kg_datum){.kind = KG_DATUM_NONE};
    *out = v;
    switch (json_typeof(json)) {
    case JSON_NULL:
        return KG_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        v->kind = KG_DATUM_BOOL;
        v->as.integer = json_is_true(json);
        return KG_OK;
    case JSON_INTEGER:
        v->kind = KG_DATUM_INTEGER;
        v->as.integer = json_integer_value(json);
        return KG_OK;
    case JSON_REAL:
        v->kind = KG_DATUM_REAL;
        v->as.real = json_real_value(json);
        return KG_OK;
    case JSON_STRING:
        v->kind = KG_DATUM_TEXT;
        v->as.text.len = json_string_length(json);
        v->as.text.data = kg_arena_copy(arena, (kg_str){json_string_value(json), v->as.text.len});
        return v->as.text.data ? KG_OK : KG_ERR_MEMORY;
    case JSON_ARRAY:
    case JSON_OBJECT:
        return convert_items(v, arena, json);
    }
    return KG_ERR_FORMAT;
}

kg_status kg_json_value(kg_datum **out, kg_arena *arena, kg_str text, const char *name,
                        uint64_t line, kg_error *err) {
    kg_status st;
    json_t *json;
    KG_TRY(st, load(&json, text, name, line, err));
    st = convert(out, arena, json);
    json_decref(json);
    return st == KG_ERR_MEMORY ? kg_error_set(err, st, "out of memory reading %s", name) : st;
}
