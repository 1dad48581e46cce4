#include "plugins/smedbert/tasks/ner_data.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TYPES = 4096 };

/* While reading, a tag is coded by the order in which types were found; then by their names. */
typedef struct reader {
    kg_ner_data *data;
    KG_ARRAY(kg_str) found; /* types in order of appearance; owned by data->set */
    const char *path;
    kg_error *err;
} reader;

static kg_status no_memory(reader *r) {
    return kg_error_at(r->err, KG_ERR_MEMORY, r->path, 0, "out of memory reading the data set");
}

static kg_status encode(uint16_t *tag, reader *r, uint64_t line, char letter, kg_str type) {
    if (letter == 'O') {
        *tag = 0;
        return KG_OK;
    }
    size_t i = 0;
    while (i < r->found.len && !kg_str_equal(r->found.data[i], type))
        i++;
    if (i == r->found.len) {
        if (i == MAX_TYPES)
            return kg_error_at(r->err, KG_ERR_LIMIT, r->path, line,
                               "more than %d entity types; is this a file of tagged tokens?",
                               MAX_TYPES);
        kg_tagset *set = &r->data->set;
        if (kg_tagset_add(set, type, NULL) != KG_OK)
            return no_memory(r);
        kg_str owned = kg_str_from(set->types.data[kg_tagset_find(set, type)]);
        if (kg_array_push(&r->found, owned) != KG_OK)
            return no_memory(r);
    }
    *tag = (uint16_t)(1 + 2 * i + (letter == 'I'));
    return KG_OK;
}

static kg_status add_token(reader *r, uint64_t line, kg_str token, uint16_t tag) {
    kg_ner_data *d = r->data;
    d->characters = d->characters && kg_utf8_length(token.data, token.len) == 1;
    if (kg_array_append(&d->text, token.data, token.len) != KG_OK ||
        kg_array_push(&d->token_ends, (uint32_t)d->text.len) != KG_OK ||
        kg_array_push(&d->tags, tag) != KG_OK || kg_array_push(&d->lines, line) != KG_OK)
        return no_memory(r);
    if (d->text.len > UINT32_MAX)
        return kg_error_at(r->err, KG_ERR_LIMIT, r->path, line,
                           "the tokens take more than 4 GiB; split the file");
    return KG_OK;
}

static kg_status end_sequence(reader *r) {
    kg_ner_data *d = r->data;
    if (d->tags.len == kg_ner_sequence_start(d, d->sequence_ends.len))
        return KG_OK;
    return kg_array_push(&d->sequence_ends, (uint32_t)d->tags.len) == KG_OK ? KG_OK : no_memory(r);
}

/* Take the tag behind the last separator off what is left of a line. */
static kg_status split_tag(kg_str *rest, uint16_t *tag, reader *r, uint64_t line, kg_str whole,
                           const char *expected) {
    size_t at = rest->len;
    while (at > 0 && rest->data[at - 1] != ' ' && rest->data[at - 1] != '\t')
        at--;
    if (at < 2)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "found \"%.*s\"; expected %s; only an empty line ends a sequence",
                           KG_STR_ARG(whole), expected);
    kg_str text = {rest->data + at, rest->len - at};
    char letter;
    kg_str type;
    if (!kg_tag_parse(&letter, &type, text))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "the tag \"%.*s\" is not IOB2; expected O, B-type or I-type",
                           KG_STR_ARG(text));
    rest->len = at - 1;
    return encode(tag, r, line, letter, type);
}

static kg_status read_tagged_line(reader *r, uint64_t number, kg_str line, bool predictions) {
    kg_status st;
    if (line.len == 0)
        return end_sequence(r);
    uint16_t gold = 0, predicted = 0;
    const kg_str whole = line;
    const char *expected =
        predictions ? "a token, its tag and the predicted tag, with spaces or tabs between"
                    : "a token, a space or tab, and its tag";
    if (predictions) {
        KG_TRY(st, split_tag(&line, &predicted, r, number, whole, expected));
        if (kg_array_push(&r->data->predicted, predicted) != KG_OK)
            return no_memory(r);
    }
    KG_TRY(st, split_tag(&line, &gold, r, number, whole, expected));
    return add_token(r, number, line, gold);
}

/* ---- JSON lines ---- */

typedef struct entity {
    size_t start, end; /* characters */
    kg_str type;
} entity;

typedef KG_ARRAY(entity) entity_list;

static int compare_entities(const void *a, const void *b) {
    const entity *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static kg_status read_entities(entity_list *out, json_t *list, reader *r, uint64_t line) {
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        json_int_t start, end;
        const char *type;
        if (json_unpack(item, "{s:I, s:I, s:s}", "start", &start, "end", &end, "type", &type) != 0)
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
            return no_memory(r);
    }
    if (out->len > 1)
        qsort(out->data, out->len, sizeof *out->data, compare_entities);
    return KG_OK;
}

/* Bytes of the token at text, of which n are there, and its characters; 0 at white space. */
static size_t token_length(size_t *characters, const char *text, size_t n) {
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

static kg_status tag_text(reader *r, uint64_t line, kg_str text, const entity_list *entities) {
    kg_status st;
    size_t e = 0, position = 0; /* of the next entity; in characters */
    for (size_t at = 0; at < text.len;) {
        size_t characters, length = token_length(&characters, text.data + at, text.len - at);
        uint16_t tag = 0;
        if (length == 0) {
            uint32_t c;
            bool valid;
            at += kg_utf8_decode(&c, &valid, text.data + at, text.len - at);
            position++;
            continue;
        }
        while (e < entities->len && entities->data[e].end <= position)
            e++;
        if (e < entities->len && entities->data[e].start < position + characters) {
            entity next = entities->data[e];
            bool overlaps = e + 1 < entities->len && entities->data[e + 1].start < next.end;
            bool cut = position + characters > next.end ||
                       (next.start > position && next.start < position + characters);
            if (overlaps || cut)
                return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                                   overlaps ? "the entities at %zu to %zu and after it overlap"
                                            : "the entity at %zu to %zu begins or ends inside a "
                                              "word; offsets count characters, end exclusive",
                                   next.start, next.end);
            KG_TRY(st, encode(&tag, r, line, position == next.start ? 'B' : 'I', next.type));
        }
        KG_TRY(st, add_token(r, line, (kg_str){text.data + at, length}, tag));
        at += length;
        position += characters;
    }
    if (entities->len && entities->data[entities->len - 1].end > position)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "an entity ends at character %zu; the text has %zu",
                           entities->data[entities->len - 1].end, position);
    return end_sequence(r);
}

static kg_status read_json_line(reader *r, uint64_t number, kg_str line) {
    if (line.len == 0)
        return KG_OK;
    json_error_t fault;
    json_t *root = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number, "not JSON: %s", fault.text);
    json_t *text = json_object_get(root, "text"), *list = json_object_get(root, "entities");
    entity_list entities = KG_ARRAY_INIT;
    kg_status st;
    if (!json_is_string(text) || !json_is_array(list))
        st = kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                         "expected an object with \"text\" (a string) and \"entities\" (a list)");
    else
        st = read_entities(&entities, list, r, number);
    if (st == KG_OK)
        st = tag_text(r, number, (kg_str){json_string_value(text), json_string_length(text)},
                      &entities);
    kg_array_free(&entities);
    json_decref(root);
    return st;
}

kg_status kg_ner_data_add_text(kg_ner_data *data, kg_ner_starts *starts, kg_str line,
                               bool characters) {
    kg_status st;
    reader r = {.data = data, .found = KG_ARRAY_INIT, .path = "text"};
    starts->len = 0;
    for (size_t at = 0, length; at < line.len; at += length) {
        size_t count;
        uint32_t c;
        bool valid;
        size_t step = kg_utf8_decode(&c, &valid, line.data + at, line.len - at);
        length = token_length(&count, line.data + at, line.len - at);
        if (length == 0) {
            length = step;
            continue;
        }
        if (characters)
            length = step;
        KG_TRY(st, add_token(&r, 0, (kg_str){line.data + at, length}, 0));
        KG_TRY(st, kg_array_push(starts, (uint32_t)at));
    }
    data->characters = characters;
    return end_sequence(&r);
}

/* ---- The file ---- */

static kg_status read_lines(reader *r, kg_lines *lines, bool predictions) {
    kg_status st;
    bool json = false;
    for (;;) {
        kg_str line;
        bool end;
        KG_TRY(st, kg_lines_next(&line, &end, lines, r->err));
        if (end)
            return end_sequence(r);
        uint64_t number = kg_lines_number(lines);
        size_t valid = kg_utf8_valid_prefix(line.data, line.len);
        if (valid < line.len)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                               "byte %zu of the line is not UTF-8; convert the file", valid + 1);
        if (number == 1)
            json = !predictions && line.len > 1 && line.data[0] == '{' && line.data[1] != ' ' &&
                   line.data[1] != '\t';
        if (json)
            KG_TRY(st, read_json_line(r, number, line));
        else
            KG_TRY(st, read_tagged_line(r, number, line, predictions));
    }
}

/* Replace each tag's type by to[type]. */
static void recode(uint16_t *tags, size_t n, const uint16_t *to) {
    for (size_t i = 0; i < n; i++)
        if (tags[i])
            tags[i] = (uint16_t)(1 + 2 * to[(tags[i] - 1) / 2] + (tags[i] - 1) % 2);
}

static kg_status sort_types(reader *r) {
    uint16_t *to = malloc((r->found.len + 1) * sizeof *to);
    if (!to)
        return no_memory(r);
    for (size_t i = 0; i < r->found.len; i++)
        to[i] = (uint16_t)kg_tagset_find(&r->data->set, r->found.data[i]);
    recode(r->data->tags.data, r->data->tags.len, to);
    recode(r->data->predicted.data, r->data->predicted.len, to);
    free(to);
    return KG_OK;
}

kg_status kg_ner_data_read_lines(kg_ner_data *out, kg_lines *lines, bool predictions,
                                 kg_error *err) {
    const char *path = kg_lines_name(lines);
    reader r = {.data = out, .found = KG_ARRAY_INIT, .path = path, .err = err};
    *out = (kg_ner_data)KG_NER_DATA_INIT;
    out->characters = true;
    kg_status st = read_lines(&r, lines, predictions);
    if (st == KG_OK && out->tags.len == 0)
        st = kg_error_at(err, KG_ERR_FORMAT, path, 0,
                         "holds no token; expected lines of a token and its tag");
    if (st == KG_OK)
        st = sort_types(&r);
    kg_array_free(&r.found);
    return st;
}

kg_status kg_ner_data_read(kg_ner_data *out, const char *path, bool predictions, kg_error *err) {
    kg_status st;
    kg_lines *lines;
    *out = (kg_ner_data)KG_NER_DATA_INIT;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    st = kg_ner_data_read_lines(out, lines, predictions, err);
    kg_lines_close(lines);
    return st;
}

void kg_ner_data_free(kg_ner_data *data) {
    kg_tagset_free(&data->set);
    kg_array_free(&data->text);
    kg_array_free(&data->token_ends);
    kg_array_free(&data->tags);
    kg_array_free(&data->predicted);
    kg_array_free(&data->lines);
    kg_array_free(&data->sequence_ends);
    kg_array_free(&data->given);
    kg_array_free(&data->given_ends);
}

/* The line of the first token of a type. */
static uint64_t first_line(const kg_ner_data *data, size_t type) {
    for (size_t i = 0; i < data->tags.len; i++)
        if (data->tags.data[i] && (size_t)(data->tags.data[i] - 1) / 2 == type)
            return data->lines.data[i];
    return 0;
}

kg_status kg_ner_data_align(kg_ner_data *data, const kg_tagset *set, const char *path,
                            kg_error *err) {
    size_t n = data->set.types.len;
    uint16_t *to = malloc((n + 1) * sizeof *to);
    if (!to)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    for (size_t i = 0; i < n; i++) {
        int found = kg_tagset_find(set, kg_str_from(data->set.types.data[i]));
        if (found < 0) {
            free(to);
            return kg_error_at(err, KG_ERR_FORMAT, path, first_line(data, i),
                               "the type \"%s\" does not occur in the training data; the data sets "
                               "must share their types",
                               data->set.types.data[i]);
        }
        to[i] = (uint16_t)found;
    }
    recode(data->tags.data, data->tags.len, to);
    recode(data->predicted.data, data->predicted.len, to);
    free(to);
    return KG_OK;
}

static bool is_wide(kg_str token, bool at_end) {
    uint32_t c = 0;
    bool valid;
    for (size_t i = 0; i < token.len;) {
        i += kg_utf8_decode(&c, &valid, token.data + i, token.len - i);
        if (!at_end)
            break;
    }
    return kg_char_width(c) == 2;
}

kg_status kg_ner_sequence_text(kg_bytes *text, uint32_t *starts, const kg_ner_data *data,
                               size_t sequence) {
    size_t first = kg_ner_sequence_start(data, sequence), end = data->sequence_ends.data[sequence];
    text->len = 0;
    for (size_t i = first; i < end; i++) {
        kg_str token = kg_ner_token(data, i);
        bool bare = i == first || data->characters ||
                    (is_wide(kg_ner_token(data, i - 1), true) && is_wide(token, false));
        if (!bare && kg_array_push(text, ' ') != KG_OK)
            return KG_ERR_MEMORY;
        starts[i - first] = (uint32_t)text->len;
        if (kg_array_append(text, token.data, token.len) != KG_OK)
            return KG_ERR_MEMORY;
    }
    return KG_OK;
}
