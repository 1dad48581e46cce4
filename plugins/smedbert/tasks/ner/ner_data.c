#include "plugins/smedbert/tasks/ner/ner_data.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"
#include "plugins/smedbert/tasks/ner/ner_columns.h"
#include "plugins/smedbert/tasks/ner/ner_documents.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TYPES = 4096 };

kg_status kg_ner_no_memory(kg_ner_reader *r) {
    return kg_error_at(r->err, KG_ERR_MEMORY, r->path, 0, "out of memory reading the data");
}

void kg_ner_tell(kg_ner_reader *r, const char *format, ...) {
    va_list arguments;
    size_t at = strlen(r->data->told);
    va_start(arguments, format);
    vsnprintf(r->data->told + at, sizeof r->data->told - at, format, arguments);
    va_end(arguments);
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* The number of a type, by r->found. */
static kg_status number_type(uint16_t *number, kg_ner_reader *r, uint64_t line, kg_str type) {
    size_t i = 0;
    while (i < r->found.len && !kg_str_equal(r->found.data[i], type))
        i++;
    *number = (uint16_t)i;
    if (i < r->found.len)
        return KG_OK;
    if (i == MAX_TYPES)
        return kg_error_at(r->err, KG_ERR_LIMIT, r->path, line,
                           "more than %d entity types; is this a file of tagged tokens?",
                           MAX_TYPES);
    kg_tagset *set = &r->data->set;
    if (kg_tagset_add(set, type, NULL) != KG_OK)
        return kg_ner_no_memory(r);
    kg_str owned = kg_str_from(set->types.data[kg_tagset_find(set, type)]);
    return kg_array_push(&r->found, owned) == KG_OK ? KG_OK : kg_ner_no_memory(r);
}

static kg_status append_token(kg_ner_data *d, uint64_t line, kg_str token) {
    kg_status st;
    d->characters = d->characters && kg_utf8_length(token.data, token.len) == 1;
    KG_TRY(st, kg_array_append(&d->text, token.data, token.len));
    KG_TRY(st, kg_array_push(&d->token_ends, (uint32_t)d->text.len));
    KG_TRY(st, kg_array_push(&d->tags, (uint16_t)0));
    return kg_array_push(&d->lines, line);
}

static kg_status append_end(kg_ner_data *d) {
    if (d->tags.len == kg_ner_sequence_start(d, d->sequence_ends.len))
        return KG_OK;
    return kg_array_push(&d->sequence_ends, (uint32_t)d->tags.len);
}

kg_status kg_ner_add_token(kg_ner_reader *r, uint64_t line, kg_str token, char letter,
                           kg_str type) {
    kg_status st;
    uint16_t number = 0;
    uint64_t *met = &r->met.lines[(unsigned char)letter];
    if (letter != 'O')
        KG_TRY(st, number_type(&number, r, line, type));
    *met = *met ? *met : line;
    if (append_token(r->data, line, token) != KG_OK ||
        kg_array_push(&r->letters, letter) != KG_OK || kg_array_push(&r->types, number) != KG_OK)
        return kg_ner_no_memory(r);
    if (r->data->text.len > UINT32_MAX)
        return kg_error_at(r->err, KG_ERR_LIMIT, r->path, line,
                           "the tokens take more than 4 GiB; split the file");
    return KG_OK;
}

kg_status kg_ner_end_sequence(kg_ner_reader *r) {
    return append_end(r->data) == KG_OK ? KG_OK : kg_ner_no_memory(r);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static kg_status not_a_tag(kg_ner_reader *r, uint64_t line, kg_str text) {
    return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                       "the tag \"%.*s\" is not IOB2; expected O, B-type or I-type",
                       KG_STR_ARG(text));
}

/* A line of gold and predicted tags, which kg writes: both in IOB2. */
static kg_status read_predicted_line(kg_ner_reader *r, uint64_t number, kg_str line) {
    kg_status st;
    kg_str token = line, tag, types[2];
    char letters[2];
    uint16_t predicted = 0;
    kg_ner_columns columns = {.count = 2};
    for (int i = 2; i-- > 0;) {
        if (kg_ner_columns_split(&token, &tag, &columns, 0, token, r->err) != KG_OK)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                               "found \"%.*s\"; expected a token, its tag and the predicted tag, "
                               "with spaces or tabs between; only an empty line ends a sequence",
                               KG_STR_ARG(line));
        if (!kg_tag_parse(&letters[i], &types[i], tag))
            return not_a_tag(r, number, tag);
    }
    if (letters[1] != 'O') {
        KG_TRY(st, number_type(&predicted, r, number, types[1]));
        predicted = (uint16_t)(1 + 2 * predicted + (letters[1] == 'I'));
    }
    if (kg_array_push(&r->data->predicted, predicted) != KG_OK)
        return kg_ner_no_memory(r);
    return kg_ner_add_token(r, number, token, letters[0], types[0]);
}

/* "# ..." as CoNLL-U has it, and the "-DOCSTART-" that CoNLL-2003 puts between documents. */
static bool is_remark(kg_str line) {
    char letter;
    kg_str token, tag, type;
    kg_ner_columns columns = {.count = 2};
    if (kg_str_begins(line, KG_STR("-DOCSTART-")))
        return true;
    if (line.data[0] != '#' || line.len < 2 || (line.data[1] != ' ' && line.data[1] != '\t'))
        return false;
    return kg_ner_columns_split(&token, &tag, &columns, 0, line, NULL) != KG_OK ||
           !kg_scheme_parse(&letter, &type, tag) || letter == KG_TAG_BARE;
}

static kg_status read_tagged_line(kg_ner_reader *r, kg_ner_columns *columns, uint64_t number,
                                  kg_str line) {
    kg_status st;
    kg_error why = KG_ERROR_INIT;
    kg_str token, tag, type;
    char letter;
    if (kg_ner_is_blank(line))
        return kg_ner_end_sequence(r);
    if (is_remark(line))
        return KG_OK;
    size_t place = r->data->tags.len - kg_ner_sequence_start(r->data, r->data->sequence_ends.len);
    st = kg_ner_columns_split(&token, &tag, columns, place, line, &why);
    if (st != KG_OK)
        return kg_error_at(r->err, st, r->path, number, "%s", why.text);
    if (!kg_scheme_parse(&letter, &type, tag))
        return not_a_tag(r, number, tag);
    return kg_ner_add_token(r, number, token, letter, type);
}

/* ---- Text ------------------------------------------------------------------------------------ */

kg_status kg_ner_data_add_text(kg_ner_data *data, kg_ner_starts *starts, kg_str line,
                               bool characters) {
    kg_status st;
    starts->len = 0;
    for (size_t at = 0, length; at < line.len; at += length) {
        size_t count;
        uint32_t c;
        bool valid;
        size_t step = kg_utf8_decode(&c, &valid, line.data + at, line.len - at);
        length = kg_ner_token_length(&count, line.data + at, line.len - at);
        if (length == 0) {
            length = step;
            continue;
        }
        if (characters)
            length = step;
        KG_TRY(st, append_token(data, 0, (kg_str){line.data + at, length}));
        KG_TRY(st, kg_array_push(starts, (uint32_t)at));
    }
    data->characters = characters;
    return append_end(data);
}

/* ---- The file -------------------------------------------------------------------------------- */

/* What a file holds, by its first line that is not blank. */
typedef enum data_form { TAGGED, PREDICTED, JSON, PUBTATOR } data_form;

static data_form form_of(const kg_ner_reader *r, kg_str line) {
    if (r->format.predictions)
        return PREDICTED;
    if (r->format.token_column || r->format.tag_column)
        return TAGGED;
    return kg_ner_is_json(line) ? JSON : kg_ner_is_pubtator(line) ? PUBTATOR : TAGGED;
}

static kg_status read_line(kg_ner_reader *r, data_form form, kg_ner_columns *columns,
                           uint64_t number, kg_str line) {
    switch (form) {
    case TAGGED:
        return read_tagged_line(r, columns, number, line);
    case PREDICTED:
        return line.len == 0 ? kg_ner_end_sequence(r) : read_predicted_line(r, number, line);
    case JSON:
        return kg_ner_read_json(r, number, line);
    case PUBTATOR:
        return kg_ner_read_pubtator(r, number, line);
    }
    return KG_ERR_ARGUMENT;
}

static kg_status end_lines(kg_ner_reader *r, data_form form, const kg_ner_columns *columns) {
    kg_status st;
    if (form == JSON)
        KG_TRY(st, kg_ner_end_json(r));
    if (form == PUBTATOR)
        KG_TRY(st, kg_ner_end_pubtator(r));
    if (columns->count > 2)
        kg_ner_tell(r, "%u columns, of which number %u is the token and number %u its tag; ",
                    columns->count, columns->token, columns->tag);
    KG_TRY(st, kg_ner_documents_tag(r));
    return kg_ner_end_sequence(r);
}

static kg_status read_lines(kg_ner_reader *r, kg_lines *lines) {
    kg_status st;
    bool known = false;
    data_form form = r->format.predictions ? PREDICTED : TAGGED;
    kg_ner_columns columns = {.token = r->format.token_column, .tag = r->format.tag_column};
    for (;;) {
        kg_str line;
        bool end;
        KG_TRY(st, kg_lines_next(&line, &end, lines, r->err));
        if (end)
            return end_lines(r, form, &columns);
        uint64_t number = kg_lines_number(lines);
        size_t valid = kg_utf8_valid_prefix(line.data, line.len);
        if (valid < line.len)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                               "byte %zu of the line is not UTF-8; convert the file", valid + 1);
        if (!known && !kg_ner_is_blank(line)) {
            form = form_of(r, line);
            known = true;
        }
        KG_TRY(st, read_line(r, form, &columns, number, line));
    }
}

/* Tell the scheme of the tags and make them those of IOB2. */
static kg_status convert_tags(kg_ner_reader *r) {
    kg_ner_data *d = r->data;
    char odd;
    const char *scheme =
        r->format.predictions
            ? "IOB2"
            : kg_scheme_convert(r->letters.data, r->types.data, r->letters.len,
                                d->sequence_ends.data, d->sequence_ends.len, &r->met, &odd);
    if (!scheme && odd == KG_TAG_BARE)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, r->met.lines[KG_TAG_BARE],
                           "a tag is a word without O, B- or I- before it; expected IOB2, IOB1, "
                           "BIOES, BILOU or BMES, or types alone with O elsewhere");
    if (!scheme)
        return kg_error_at(
            r->err, KG_ERR_FORMAT, r->path, r->met.lines[(unsigned char)odd],
            "the letter %c stands beside letters of another scheme; expected all tags "
            "in one of IOB2, IOB1, BIOES, BILOU and BMES",
            odd);
    if (strcmp(scheme, "IOB2") != 0)
        kg_ner_tell(r, "the tags are %s and are read as IOB2", scheme);
    else if (d->told[0])
        d->told[strlen(d->told) - 2] = '\0';
    for (size_t i = 0; i < r->letters.len; i++)
        if (r->letters.data[i] != 'O')
            d->tags.data[i] = (uint16_t)(1 + 2 * r->types.data[i] + (r->letters.data[i] == 'I'));
    return KG_OK;
}

/* Replace each tag's type by to[type]. */
static void recode(uint16_t *tags, size_t n, const uint16_t *to) {
    for (size_t i = 0; i < n; i++)
        if (tags[i])
            tags[i] = (uint16_t)(1 + 2 * to[(tags[i] - 1) / 2] + (tags[i] - 1) % 2);
}

static kg_status sort_types(kg_ner_reader *r) {
    uint16_t *to = malloc((r->found.len + 1) * sizeof *to);
    if (!to)
        return kg_ner_no_memory(r);
    for (size_t i = 0; i < r->found.len; i++)
        to[i] = (uint16_t)kg_tagset_find(&r->data->set, r->found.data[i]);
    recode(r->data->tags.data, r->data->tags.len, to);
    recode(r->data->predicted.data, r->data->predicted.len, to);
    free(to);
    return KG_OK;
}

static void begin(kg_ner_reader *r, kg_ner_data *out, const char *path, const kg_ner_format *format,
                  kg_error *err) {
    *r = (kg_ner_reader){.data = out, .path = path, .err = err};
    if (format)
        r->format = *format;
    *out = (kg_ner_data)KG_NER_DATA_INIT;
    out->characters = true;
}

/* What is done when all was read with this status. */
static kg_status finish(kg_ner_reader *r, kg_status st) {
    if (st == KG_OK && r->data->tags.len == 0)
        st = kg_error_at(r->err, KG_ERR_FORMAT, r->path, 0,
                         "holds no token; expected lines of a token and its tag");
    if (st == KG_OK)
        st = convert_tags(r);
    if (st == KG_OK)
        st = sort_types(r);
    kg_ner_documents_free(&r->documents);
    kg_array_free(&r->objects.text);
    kg_array_free(&r->standoff.text);
    kg_array_free(&r->standoff.id);
    kg_array_free(&r->found);
    kg_array_free(&r->letters);
    kg_array_free(&r->types);
    return st;
}

kg_status kg_ner_data_read_lines(kg_ner_data *out, kg_lines *lines, const kg_ner_format *format,
                                 kg_error *err) {
    kg_ner_reader r;
    begin(&r, out, kg_lines_name(lines), format, err);
    return finish(&r, read_lines(&r, lines));
}

kg_status kg_ner_data_read(kg_ner_data *out, const char *path, const kg_ner_format *format,
                           kg_error *err) {
    kg_status st;
    kg_lines *lines;
    kg_ner_reader r;
    begin(&r, out, path, format, err);
    if (kg_ner_is_brat(path))
        return finish(&r, kg_ner_read_brat(&r, path));
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    st = kg_ner_data_read_lines(out, lines, format, err);
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

kg_status kg_ner_data_append(kg_ner_data *to, const kg_ner_data *from) {
    kg_status st;
    uint32_t bytes = (uint32_t)to->text.len, tokens = (uint32_t)to->tags.len;
    KG_TRY(st, kg_array_append(&to->text, from->text.data, from->text.len));
    KG_TRY(st, kg_array_append(&to->tags, from->tags.data, from->tags.len));
    KG_TRY(st, kg_array_append(&to->lines, from->lines.data, from->lines.len));
    for (size_t i = 0; i < from->token_ends.len; i++)
        KG_TRY(st, kg_array_push(&to->token_ends, from->token_ends.data[i] + bytes));
    for (size_t i = 0; i < from->sequence_ends.len; i++)
        KG_TRY(st, kg_array_push(&to->sequence_ends, from->sequence_ends.data[i] + tokens));
    to->characters = to->characters && from->characters;
    return KG_OK;
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
                               "the type \"%s\" does not occur in the training data; the files "
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
