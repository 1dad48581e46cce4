/* Data sets as JSON lines: text with the spans of its entities, or tokens with their tags. */
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"
#include "plugins/smedbert/tasks/ner/ner_data_impl.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct entity {
    size_t start, end; /* characters */
    kg_str type;
} entity;

typedef KG_ARRAY(entity) entity_list;

bool kg_ner_is_json(kg_str line) {
    size_t at = 1;
    if (line.len == 0 || line.data[0] != '{')
        return false;
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
        at++;
    return at < line.len && (line.data[at] == '"' || line.data[at] == '}');
}

/* ---- Spans ----------------------------------------------------------------------------------- */

static int compare_entities(const void *a, const void *b) {
    const entity *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

/* {"start", "end", "type" or "label"}, or [start, end, type]. */
static bool unpack(json_int_t *start, json_int_t *end, const char **type, json_t *item) {
    if (json_is_array(item))
        return json_unpack(item, "[I, I, s]", start, end, type) == 0;
    return json_unpack(item, "{s:I, s:I, s:s}", "start", start, "end", end, "type", type) == 0 ||
           json_unpack(item, "{s:I, s:I, s:s}", "start", start, "end", end, "label", type) == 0;
}

static kg_status read_entities(entity_list *out, json_t *list, kg_ner_reader *r, uint64_t line) {
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        json_int_t start, end;
        const char *type;
        if (!unpack(&start, &end, &type, item))
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                               "entity %zu lacks one of \"start\", \"end\" (whole numbers) and "
                               "\"type\" (a string)",
                               i + 1);
        if (start < 0 || end <= start)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                               "entity %zu spans %lld to %lld; expected 0 <= start < end", i + 1,
                               (long long)start, (long long)end);
        if (type[0] == '\0' || strpbrk(type, " \t\r\n"))
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                               "entity %zu has the type \"%s\"; a type is a word without spaces",
                               i + 1, type);
        entity e = {(size_t)start, (size_t)end, kg_str_from(type)};
        if (kg_array_push(out, e) != KG_OK)
            return kg_ner_no_memory(r);
    }
    if (out->len > 1)
        qsort(out->data, out->len, sizeof *out->data, compare_entities);
    for (size_t k = 1; k < out->len; k++)
        if (out->data[k].start < out->data[k - 1].end)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                               "the entities at %zu to %zu and at %zu to %zu overlap; keep one of "
                               "them, since a token has one tag",
                               out->data[k - 1].start, out->data[k - 1].end, out->data[k].start,
                               out->data[k].end);
    return KG_OK;
}

size_t kg_ner_token_length(size_t *characters, const char *text, size_t n) {
    uint32_t c;
    bool valid;
    size_t length = kg_utf8_decode(&c, &valid, text, n);
    kg_char_category category = kg_char_category_of(c);
    *characters = 1;
    if (category == KG_CHAR_SPACE || category == KG_CHAR_CONTROL)
        return 0;
    if ((category != KG_CHAR_LETTER && category != KG_CHAR_NUMBER) || kg_char_width(c) == 2)
        return length;
    while (length < n) {
        size_t more = kg_utf8_decode(&c, &valid, text + length, n - length);
        category = kg_char_category_of(c);
        bool joins = category == KG_CHAR_LETTER || category == KG_CHAR_NUMBER ||
                     category == KG_CHAR_MARK || category == KG_CHAR_ACCENT;
        if (!joins || kg_char_width(c) == 2)
            break;
        length += more;
        ++*characters;
    }
    return length;
}

/* Let a token of *characters, of which the first is number `position`, end before the edge of an
 * entity that lies within it. Returns its bytes. */
static size_t cut_at_edge(size_t *characters, size_t position, const entity *e, const char *text,
                          size_t length) {
    size_t edge = e->start > position ? e->start : e->end;
    if (edge >= position + *characters)
        return length;
    *characters = edge - position;
    length = 0;
    for (size_t i = 0; i < *characters; i++) {
        uint32_t c;
        bool valid;
        length += kg_utf8_decode(&c, &valid, text + length, 4);
    }
    return length;
}

static kg_status tag_text(kg_ner_reader *r, uint64_t line, kg_str text,
                          const entity_list *entities) {
    kg_status st;
    size_t e = 0, position = 0; /* of the next entity; in characters */
    const entity *within = NULL;
    for (size_t at = 0; at < text.len;) {
        size_t characters, length = kg_ner_token_length(&characters, text.data + at, text.len - at);
        char letter = 'O';
        kg_str type = {"", 0};
        if (length == 0) {
            uint32_t c;
            bool valid;
            at += kg_utf8_decode(&c, &valid, text.data + at, text.len - at);
            position++;
            continue;
        }
        while (e < entities->len && entities->data[e].end <= position)
            e++;
        if (e < entities->len) {
            const entity *next = &entities->data[e];
            length = cut_at_edge(&characters, position, next, text.data + at, length);
            if (next->start <= position) {
                letter = within == next ? 'I' : 'B';
                type = next->type;
                within = next;
            }
        }
        KG_TRY(st, kg_ner_add_token(r, line, (kg_str){text.data + at, length}, letter, type));
        at += length;
        position += characters;
    }
    if (entities->len && entities->data[entities->len - 1].end > position)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "an entity ends at character %zu; the text has %zu",
                           entities->data[entities->len - 1].end, position);
    return kg_ner_end_sequence(r);
}

/* The first of the names that the object has. */
static json_t *member(json_t *object, const char *const *names) {
    json_t *found = NULL;
    for (; *names && !found; names++)
        found = json_object_get(object, *names);
    return found;
}

static kg_status read_spans(kg_ner_reader *r, uint64_t line, json_t *root) {
    static const char *const names[] = {"entities", "spans", "label", "labels", NULL};
    json_t *text = json_object_get(root, "text"), *list = member(root, names);
    entity_list entities = KG_ARRAY_INIT;
    if (!json_is_string(text) || !json_is_array(list))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "expected an object with \"text\" (a string) and \"entities\" (a list), "
                           "or with \"tokens\" and \"ner_tags\" (lists of strings)");
    kg_status st = read_entities(&entities, list, r, line);
    if (st == KG_OK)
        st = tag_text(r, line, (kg_str){json_string_value(text), json_string_length(text)},
                      &entities);
    kg_array_free(&entities);
    return st;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static kg_status read_tokens(kg_ner_reader *r, uint64_t line, json_t *tokens, json_t *tags) {
    kg_status st;
    if (!json_is_array(tokens) || json_array_size(tokens) != json_array_size(tags))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "%zu tokens with %zu tags; expected two lists of the same length",
                           json_array_size(tokens), json_array_size(tags));
    for (size_t i = 0; i < json_array_size(tokens); i++) {
        json_t *token = json_array_get(tokens, i), *tag = json_array_get(tags, i);
        char letter;
        kg_str type;
        if (!json_is_string(token) || json_string_length(token) == 0)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                               "token %zu is not a string with a character", i + 1);
        if (json_is_integer(tag))
            return kg_error_at(
                r->err, KG_ERR_FORMAT, r->path, line,
                "tag %zu is the number %lld, whose name is not in the file; write the "
                "names, as dataset.features[\"ner_tags\"].feature.int2str gives them",
                i + 1, (long long)json_integer_value(tag));
        if (!json_is_string(tag) || json_string_length(tag) == 0 ||
            strpbrk(json_string_value(tag), " \t\r\n") ||
            !kg_scheme_parse(&letter, &type,
                             (kg_str){json_string_value(tag), json_string_length(tag)}))
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                               "tag %zu is not a word; expected O, B-type or I-type", i + 1);
        kg_str text = {json_string_value(token), json_string_length(token)};
        KG_TRY(st, kg_ner_add_token(r, line, text, letter, type));
    }
    return kg_ner_end_sequence(r);
}

kg_status kg_ner_read_json(kg_ner_reader *r, uint64_t number, kg_str line) {
    static const char *const names[] = {"ner_tags", "tags", NULL};
    kg_status st;
    if (line.len == 0)
        return KG_OK;
    json_error_t fault;
    json_t *root = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number, "not JSON: %s", fault.text);
    json_t *tokens = json_object_get(root, "tokens"), *tags = member(root, names);
    st = tokens && json_is_array(tags) ? read_tokens(r, number, tokens, tags)
                                       : read_spans(r, number, root);
    json_decref(root);
    return st;
}
