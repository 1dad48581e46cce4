#include "plugins/host/schema.h"

#include "kgstore/base/nearest.h"
#include "kgstore/base/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place in the document, written as "a.b[3]". */
typedef struct place {
    char text[256];
    size_t len;
} place;

static size_t enter(place *at, const char *name) {
    size_t before = at->len;
    int n = snprintf(at->text + before, sizeof at->text - before, "%s%s", before ? "." : "", name);
    if (n > 0)
        at->len = before + (size_t)n < sizeof at->text ? before + (size_t)n : sizeof at->text - 1;
    return before;
}

static size_t enter_index(place *at, size_t i) {
    size_t before = at->len;
    int n = snprintf(at->text + before, sizeof at->text - before, "[%zu]", i);
    if (n > 0)
        at->len = before + (size_t)n < sizeof at->text ? before + (size_t)n : sizeof at->text - 1;
    return before;
}

static void leave(place *at, size_t before) {
    at->len = before;
    at->text[before] = '\0';
}

typedef struct check {
    const char *what;
    kg_error *err;
    place at;
} check;

static kg_status check_value(check *c, json_t *value, const json_t *schema);

/* A value as text for a message, cut short. */
static void describe(char *out, size_t size, const json_t *value) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(out, size, "%s", text ? text : "?");
    size_t n = strlen(out);
    n = kg_utf8_valid_prefix(out, n);
    out[n] = '\0';
    if (text && strlen(text) > n && n > 3)
        memcpy(out + n - 3, "...", 3);
    free(text);
}

static kg_status wrong(check *c, const json_t *value, const char *expected) {
    char found[80];
    describe(found, sizeof found, value);
    return kg_error_set(c->err, KG_ERR_FORMAT, "%s: \"%s\" is %s; expected %s", c->what, c->at.text,
                        found, expected);
}

static const char *const type_names[][2] = {
    {"object", "an object"}, {"array", "a list"},
    {"string", "a string"},  {"integer", "a whole number"},
    {"number", "a number"},  {"boolean", "true or false"},
    {"null", "null"},
};

static bool has_type(const json_t *value, const char *type) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return strcmp(type, "object") == 0;
    case JSON_ARRAY:
        return strcmp(type, "array") == 0;
    case JSON_STRING:
        return strcmp(type, "string") == 0;
    case JSON_INTEGER:
        return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    case JSON_REAL:
        return strcmp(type, "number") == 0;
    case JSON_TRUE:
    case JSON_FALSE:
        return strcmp(type, "boolean") == 0;
    case JSON_NULL:
        return strcmp(type, "null") == 0;
    }
    return false;
}

static const char *type_in_words(const char *type) {
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; ++i)
        if (strcmp(type, type_names[i][0]) == 0)
            return type_names[i][1];
    return type;
}

static kg_status check_type(check *c, const json_t *value, const json_t *types) {
    if (json_is_string(types))
        return has_type(value, json_string_value(types))
                   ? KG_OK
                   : wrong(c, value, type_in_words(json_string_value(types)));
    char expected[160] = "";
    size_t i, used = 0;
    const json_t *type;
    json_array_foreach(types, i, type) {
        if (has_type(value, json_string_value(type)))
            return KG_OK;
        int n = snprintf(expected + used, sizeof expected - used, "%s%s", used ? " or " : "",
                         type_in_words(json_string_value(type)));
        used = used + (size_t)n < sizeof expected ? used + (size_t)n : sizeof expected - 1;
    }
    return json_array_size(types) ? wrong(c, value, expected) : KG_OK;
}

static kg_status check_enum(check *c, const json_t *value, const json_t *allowed) {
    size_t i;
    const json_t *one;
    json_array_foreach(allowed, i, one) if (json_equal(value, one)) return KG_OK;
    char list[200], expected[220];
    describe(list, sizeof list, allowed);
    snprintf(expected, sizeof expected, "one of %s", list);
    return wrong(c, value, expected);
}

static kg_status check_bounds(check *c, const json_t *value, const json_t *schema) {
    static const struct {
        const char *keyword, *words;
        int side;   /* -1: below the bound is wrong; +1: above it */
        bool equal; /* the bound itself is wrong too */
    } bounds[] = {{"minimum", "at least", -1, false},
                  {"exclusiveMinimum", "more than", -1, true},
                  {"maximum", "at most", +1, false}};
    double x = json_number_value(value);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; ++i) {
        const json_t *bound = json_object_get(schema, bounds[i].keyword);
        if (!json_is_number(bound))
            continue;
        double b = json_number_value(bound);
        if ((bounds[i].side < 0 && x < b) || (bounds[i].side > 0 && x > b) ||
            (bounds[i].equal && !(x > b))) {
            char expected[64];
            snprintf(expected, sizeof expected, "%s %g", bounds[i].words, b);
            return wrong(c, value, expected);
        }
    }
    return KG_OK;
}

static kg_status unknown_key(check *c, const char *key, const json_t *schema) {
    json_t *properties = json_object_get(schema, "properties");
    const char *now = json_string_value(json_object_get(json_object_get(schema, "renamed"), key));
    kg_nearest nearest = kg_nearest_begin(key);
    const char *name;
    json_t *one;
    json_object_foreach(properties, name, one) {
        kg_nearest_consider(&nearest, name);
    }
    enter(&c->at, key);
    if (now)
        return kg_error_set(c->err, KG_ERR_FORMAT, "%s: \"%s\" is now called \"%s\"", c->what,
                            c->at.text, now);
    return kg_error_set(c->err, KG_ERR_FORMAT, "%s: \"%s\" is not a known setting%s%s%s", c->what,
                        c->at.text, nearest.best ? "; did you mean \"" : "",
                        nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

/* Properties that are absent: taken from their defaults, or missed. */
static kg_status complete_object(check *c, json_t *value, const json_t *schema) {
    const char *key;
    json_t *sub;
    json_object_foreach(json_object_get(schema, "properties"), key, sub) {
        const json_t *fallback = json_object_get(sub, "default");
        if (!fallback || json_object_get(value, key))
            continue;
        if (json_object_set_new(value, key, json_deep_copy(fallback)) != 0)
            return kg_error_set(c->err, KG_ERR_MEMORY, "out of memory reading %s", c->what);
    }
    size_t i;
    const json_t *required;
    json_array_foreach(json_object_get(schema, "required"), i, required) {
        if (json_object_get(value, json_string_value(required)))
            continue;
        enter(&c->at, json_string_value(required));
        return kg_error_set(c->err, KG_ERR_FORMAT, "%s: \"%s\" is missing; give it", c->what,
                            c->at.text);
    }
    return KG_OK;
}

static kg_status check_object(check *c, json_t *value, const json_t *schema) {
    json_t *properties = json_object_get(schema, "properties");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const char *key;
    json_t *item;
    kg_status st;
    KG_TRY(st, complete_object(c, value, schema));
    json_object_foreach(value, key, item) {
        const json_t *sub = json_object_get(properties, key);
        if (!sub && json_is_false(others))
            return unknown_key(c, key, schema);
        if (!sub)
            sub = others;
        if (!json_is_object(sub))
            continue;
        size_t before = enter(&c->at, key);
        KG_TRY(st, check_value(c, item, sub));
        leave(&c->at, before);
    }
    return KG_OK;
}

static kg_status check_array(check *c, json_t *value, const json_t *schema) {
    const json_t *least = json_object_get(schema, "minItems");
    const json_t *sub = json_object_get(schema, "items");
    size_t i;
    json_t *item;
    kg_status st;
    if (least && json_array_size(value) < (size_t)json_integer_value(least)) {
        char expected[64];
        snprintf(expected, sizeof expected, "a list of at least %d",
                 (int)json_integer_value(least));
        return wrong(c, value, expected);
    }
    if (!json_is_object(sub))
        return KG_OK;
    json_array_foreach(value, i, item) {
        size_t before = enter_index(&c->at, i);
        KG_TRY(st, check_value(c, item, sub));
        leave(&c->at, before);
    }
    return KG_OK;
}

static kg_status check_value(check *c, json_t *value, const json_t *schema) {
    kg_status st;
    const json_t *types = json_object_get(schema, "type");
    const json_t *allowed = json_object_get(schema, "enum");
    if (types)
        KG_TRY(st, check_type(c, value, types));
    if (allowed)
        KG_TRY(st, check_enum(c, value, allowed));
    if (json_is_number(value))
        return check_bounds(c, value, schema);
    if (json_is_object(value))
        return check_object(c, value, schema);
    if (json_is_array(value))
        return check_array(c, value, schema);
    return KG_OK;
}

kg_status kg_schema_apply(json_t *value, const json_t *schema, const char *what, kg_error *err) {
    check c = {.what = what, .err = err};
    if (!json_is_object(value))
        return kg_error_set(err, KG_ERR_FORMAT, "%s is not a JSON object", what);
    return check_value(&c, value, schema);
}

kg_status kg_schema_set(json_t *root, const char *assignment, kg_error *err) {
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "\"%s\" sets nothing; expected NAME=VALUE, such as run.steps=100",
                            assignment);
    json_error_t ignored;
    json_t *value = json_loads(equals + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &ignored);
    if (!value)
        value = json_string(equals + 1);
    if (!value)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the value in \"%s\" is not valid UTF-8",
                            assignment);
    json_t *object = root;
    const char *name = assignment;
    for (;;) {
        size_t n = strcspn(name, ".=");
        if (name[n] == '=' || n == 0) {
            if (n == 0 || json_object_setn_new(object, name, n, value) != 0) {
                if (n == 0)
                    json_decref(value);
                return kg_error_set(err, KG_ERR_ARGUMENT, "\"%s\" has an empty or invalid name",
                                    assignment);
            }
            return KG_OK;
        }
        json_t *inner = json_object_getn(object, name, n);
        if (!inner && json_object_setn_new(object, name, n, json_object()) == 0)
            inner = json_object_getn(object, name, n);
        if (!json_is_object(inner)) {
            json_decref(value);
            return kg_error_set(err, KG_ERR_ARGUMENT,
                                "\"%.*s\" in \"%s\" is not a group of settings", (int)n, name,
                                assignment);
        }
        object = inner;
        name += n + 1;
    }
}

kg_status kg_json_parse(json_t **out, const char *text, const char *what, kg_error *err) {
    json_error_t at;
    *out = json_loads(text, JSON_REJECT_DUPLICATES, &at);
    if (!*out)
        return kg_error_set(err, KG_ERR_FORMAT, "%s is not JSON: line %d: %s", what, at.line,
                            at.text);
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return kg_error_set(err, KG_ERR_FORMAT, "%s is not a JSON object", what);
    }
    return KG_OK;
}

kg_status kg_json_read(json_t **out, const char *path, kg_error *err) {
    *out = NULL;
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!f)
        return errno == ENOENT
                   ? kg_error_at(err, KG_ERR_NOT_FOUND, path, 0, "there is no such file")
                   : kg_error_errno(err, "open", path);
    json_error_t at;
    *out = json_loadf(f, JSON_REJECT_DUPLICATES, &at);
    if (f != stdin)
        fclose(f);
    if (!*out)
        return kg_error_at(err, KG_ERR_FORMAT, path, at.line > 0 ? (uint64_t)at.line : 0, "%s",
                           at.text);
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return kg_error_at(err, KG_ERR_FORMAT, path, 1, "found no JSON object; expected { ... }");
    }
    return KG_OK;
}
