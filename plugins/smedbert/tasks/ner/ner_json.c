/* Data sets as JSON: text with the spans of its entities, or tokens with their tags. */
#include "kgstore/base/utf8.h"
#include "plugins/smedbert/tasks/ner/ner_documents.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool kg_ner_is_json(kg_str line) {
    size_t at = 1;
    if (line.len == 0 || (line.data[0] != '{' && line.data[0] != '['))
        return false;
    while (at < line.len && is_blank(line.data[at]))
        at++;
    if (at == line.len)
        return true;
    return line.data[0] == '[' ? line.data[at] == '{' || line.data[at] == ']'
                               : line.data[at] == '"' || line.data[at] == '}';
}

static kg_str string_of(const json_t *value) {
    return json_is_string(value) ? (kg_str){json_string_value(value), json_string_length(value)}
                                 : (kg_str){NULL, 0};
}

/* The first of the names that the object has. */
static json_t *member(const json_t *object, const char *const *names) {
    json_t *found = NULL;
    for (; *names && !found; names++)
        found = json_object_get(object, *names);
    return found;
}

/* ---- Spans ----------------------------------------------------------------------------------- */

typedef struct spot {
    kg_ner_reader *r;
    uint64_t line;
    size_t number; /* of the entity, from 1 */
} spot;

/* A whole number, 0 or more, or the digits of one, as some of SMedBERT's files have it. */
static bool take_offset(uint64_t *out, const json_t *value) {
    const char *text = json_string_value(value);
    char *end = NULL;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return true;
    }
    if (!text || text[0] < '0' || text[0] > '9' || strlen(text) > 18)
        return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

static kg_status add(const spot *s, const kg_ner_entity *e, bool last) {
    char name[48];
    snprintf(name, sizeof name, "entity %zu", s->number);
    return kg_ner_documents_add(s->r, s->line, name, e, last);
}

static kg_status lacks(const spot *s, const char *what) {
    return kg_error_at(s->r->err, KG_ERR_FORMAT, s->r->path, s->line, "entity %zu lacks one of %s",
                       s->number, what);
}

/* [start, end, type], as doccano and spaCy have it. */
static kg_status add_list(const spot *s, const json_t *item) {
    kg_ner_entity e = {.type = string_of(json_array_get(item, 2))};
    if (!take_offset(&e.start, json_array_get(item, 0)) ||
        !take_offset(&e.end, json_array_get(item, 1)) || !e.type.data)
        return lacks(s, "start, end (whole numbers) and type (a string)");
    return add(s, &e, false);
}

/* The end is that of the mention, which the file has as text: it counts characters alone. */
static kg_status add_mention(const spot *s, const json_t *item, kg_str text) {
    static const char *const types[] = {"type", "label", NULL};
    kg_ner_entity e = {.text = text, .type = string_of(member(item, types))};
    if (!take_offset(&e.start, json_object_get(item, "offset")) || !text.data || !e.type.data)
        return lacks(s, "\"mention\" (a string), \"offset\" (a whole number) and \"type\" (a "
                        "string)");
    e.end = e.start + kg_utf8_length(text.data, text.len);
    return add(s, &e, false);
}

/* Does an object name its places as CMeEE does, where some files count the last character in? */
static bool is_cmeee(const json_t *item) {
    return json_object_get(item, "start_idx") != NULL;
}

/* An object; Label Studio gives a list of labels for its span. */
static kg_status add_object(const spot *s, const json_t *item) {
    static const char *const starts[] = {"start", "start_idx", NULL},
                             *const ends[] = {"end", "end_idx", NULL},
                             *const types[] = {"type", "label", NULL},
                             *const texts[] = {"text", "entity", NULL};
    kg_status st;
    const json_t *labels = json_object_get(item, "labels");
    kg_ner_entity e = {.type = string_of(member(item, types)),
                       .text = string_of(member(item, texts))};
    if (json_object_get(item, "offset"))
        return add_mention(s, item, string_of(json_object_get(item, "mention")));
    if (!take_offset(&e.start, member(item, starts)) || !take_offset(&e.end, member(item, ends)) ||
        (!e.type.data && json_array_size(labels) == 0))
        return lacks(s, "\"start\", \"end\" (whole numbers) and \"type\" (a string)");
    if (is_cmeee(item) && !e.text.data)
        return lacks(s, "\"start_idx\", \"end_idx\" and \"entity\", whose text tells whether the "
                        "last character counts");
    if (json_array_size(labels) == 0)
        return add(s, &e, is_cmeee(item));
    for (size_t i = 0; i < json_array_size(labels); i++) {
        e.type = string_of(json_array_get(labels, i));
        if (!e.type.data)
            return lacks(s, "its labels (strings)");
        KG_TRY(st, add(s, &e, false));
    }
    return KG_OK;
}

static kg_status read_text(kg_ner_reader *r, uint64_t line, const json_t *text,
                           const json_t *list) {
    kg_status st;
    spot s = {r, line, 0};
    if (!json_is_string(text) || !json_is_array(list))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "expected an object with \"text\" (a string) and \"entities\" (a list), "
                           "or with \"tokens\" and \"ner_tags\" (lists of strings)");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        s.number = i + 1;
        KG_TRY(st, json_is_array(item) ? add_list(&s, item) : add_object(&s, item));
    }
    return kg_ner_documents_end(r, line, string_of(text));
}

static kg_status read_spans(kg_ner_reader *r, uint64_t line, const json_t *root) {
    static const char *const names[] = {"entities", "spans",        "label",
                                        "labels",   "mention_data", NULL};
    return read_text(r, line, json_object_get(root, "text"), member(root, names));
}

/* ---- Label Studio ---------------------------------------------------------------------------- */

/* The annotation that counts: the first that was not cancelled. */
static const json_t *annotation_of(kg_ner_reader *r, const json_t *root) {
    static const char *const names[] = {"annotations", "completions", NULL};
    const json_t *list = member(root, names), *found = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (json_is_true(json_object_get(one, "was_cancelled")))
            continue;
        r->objects.further += found ? 1 : 0;
        found = found ? found : one;
    }
    return found;
}

/* The text of a task is the one string of its data, or that named "text". */
static const json_t *text_of(const json_t *data) {
    const json_t *text = json_object_get(data, "text"), *value;
    const char *key;
    if (json_is_string(text))
        return text;
    text = NULL;
    json_object_foreach((json_t *)data, key, value) {
        if (json_is_string(value) && text)
            return NULL;
        if (json_is_string(value))
            text = value;
    }
    return text;
}

static kg_status read_task(kg_ner_reader *r, uint64_t line, const json_t *root) {
    kg_status st;
    spot s = {r, line, 0};
    const json_t *text = text_of(json_object_get(root, "data"));
    const json_t *list = json_object_get(annotation_of(r, root), "result");
    if (!text)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "the task's \"data\" has no \"text\"; expected Label Studio's export of "
                           "labeled text");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_object_get(json_array_get(list, i), "value");
        s.number = i + 1;
        if (json_object_get(value, "start") && json_object_get(value, "labels"))
            KG_TRY(st, add_object(&s, value));
        else
            r->objects.left_out++;
    }
    return kg_ner_documents_end(r, line, string_of(text));
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static kg_status read_tag(char *letter, kg_str *type, kg_ner_reader *r, uint64_t line, size_t i,
                          const json_t *tag) {
    if (json_is_integer(tag))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "tag %zu is the number %lld, whose name is not in the file; write the "
                           "names, as dataset.features[\"ner_tags\"].feature.int2str gives them",
                           i + 1, (long long)json_integer_value(tag));
    if (!json_is_string(tag) || json_string_length(tag) == 0 ||
        strpbrk(json_string_value(tag), " \t\r\n") ||
        !kg_scheme_parse(letter, type, string_of(tag)))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "tag %zu is not a word; expected O, B-type or I-type", i + 1);
    return KG_OK;
}

static kg_status read_tokens(kg_ner_reader *r, uint64_t line, json_t *tokens, json_t *tags) {
    kg_status st;
    KG_TRY(st, kg_ner_documents_tag(r));
    if (!json_is_array(tokens) || json_array_size(tokens) != json_array_size(tags))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "%zu tokens with %zu tags; expected two lists of the same length",
                           json_array_size(tokens), json_array_size(tags));
    for (size_t i = 0; i < json_array_size(tokens); i++) {
        kg_str token = string_of(json_array_get(tokens, i)), type;
        char letter;
        if (token.len == 0)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                               "token %zu is not a string with a character", i + 1);
        KG_TRY(st, read_tag(&letter, &type, r, line, i, json_array_get(tags, i)));
        KG_TRY(st, kg_ner_add_token(r, line, token, letter, type));
    }
    return kg_ner_end_sequence(r);
}

/* ---- Objects --------------------------------------------------------------------------------- */

static kg_status read_object(kg_ner_reader *r) {
    static const char *const names[] = {"ner_tags", "tags", NULL};
    kg_status st;
    json_error_t fault;
    kg_ner_objects *o = &r->objects;
    json_t *root = json_loadb(o->text.data, o->text.len, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path,
                           o->line + (fault.line > 1 ? (uint64_t)fault.line - 1 : 0),
                           "not JSON: %s", fault.text);
    json_t *tokens = json_object_get(root, "tokens"), *tags = member(root, names);
    if (tokens && json_is_array(tags))
        st = read_tokens(r, o->line, tokens, tags);
    else if (json_is_object(json_object_get(root, "data")))
        st = read_task(r, o->line, root);
    else
        st = read_spans(r, o->line, root);
    json_decref(root);
    o->text.len = 0;
    o->any = true;
    return st;
}

/* A character within an object. */
static void follow(kg_ner_objects *o, char c) {
    if (o->string) {
        o->string = o->escaped || c != '"';
        o->escaped = !o->escaped && c == '\\';
    } else if (c == '"') {
        o->string = true;
    } else if (c == '{') {
        o->depth++;
    } else if (c == '}') {
        o->depth--;
    }
}

kg_status kg_ner_read_json(kg_ner_reader *r, uint64_t number, kg_str line) {
    kg_status st;
    kg_ner_objects *o = &r->objects;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.data[i];
        if (o->depth == 0 && (is_blank(c) || strchr("[],", c)))
            continue;
        if (o->depth == 0 && c != '{')
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                               "found \"%.*s\" where an object begins; expected \"{\"",
                               (int)(line.len - i < 20 ? line.len - i : 20), line.data + i);
        o->line = o->depth == 0 ? number : o->line;
        follow(o, c);
        if (kg_array_push(&o->text, c) != KG_OK)
            return kg_ner_no_memory(r);
        if (o->depth == 0)
            KG_TRY(st, read_object(r));
    }
    if (!o->begun && line.len > 0) {
        o->begun = true;
        o->by_line = o->any && o->depth == 0 && line.data[0] == '{';
    }
    if (o->depth > 0 && o->by_line)
        return read_object(r);
    return o->depth == 0 || kg_array_push(&o->text, '\n') == KG_OK ? KG_OK : kg_ner_no_memory(r);
}

kg_status kg_ner_end_json(kg_ner_reader *r) {
    kg_status st;
    kg_ner_objects *o = &r->objects;
    if (o->depth > 0)
        KG_TRY(st, read_object(r));
    if (o->further > 0)
        kg_ner_tell(r, "further annotations of tasks passed over: %zu; ", o->further);
    if (o->left_out > 0)
        kg_ner_tell(r, "results that label no text passed over: %zu; ", o->left_out);
    return KG_OK;
}
