/* Data sets whose texts and annotations stand apart: PubTator and BRAT's standoff. */
#include "kgstore/base/utf8.h"
#include "plugins/smedbert/tasks/ner/ner_columns.h"
#include "plugins/smedbert/tasks/ner/ner_documents.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_FIELDS = 8, MOST_TEXT = 64 << 20 };

/* The fields between tabs; what is behind the last of them is part of it. */
static size_t split_tabs(kg_str fields[MOST_FIELDS], kg_str line) {
    size_t n = 0, at = 0;
    for (size_t i = 0; i <= line.len; i++)
        if (i == line.len || (line.data[i] == '\t' && n + 1 < MOST_FIELDS)) {
            fields[n++] = (kg_str){line.data + at, i - at};
            at = i + 1;
        }
    return n;
}

static bool take_number(uint64_t *out, kg_str text) {
    *out = 0;
    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = 10 * *out + (uint64_t)(text.data[i] - '0');
    }
    return true;
}

/* ---- PubTator -------------------------------------------------------------------------------- */

/* Where the text of "id|t|text" begins; 0: the line is none. */
static size_t text_begins(kg_str line, char part) {
    const char *bar = memchr(line.data, '|', line.len);
    size_t at = bar ? (size_t)(bar - line.data) : line.len;
    if (at == 0 || at + 2 >= line.len || line.data[at + 1] != part || line.data[at + 2] != '|' ||
        memchr(line.data, '\t', at) || memchr(line.data, ' ', at))
        return 0;
    return at + 3;
}

bool kg_ner_is_pubtator(kg_str line) {
    return text_begins(line, 't') > 0;
}

static kg_status end_document(kg_ner_reader *r) {
    kg_ner_standoff *p = &r->standoff;
    if (p->id.len == 0)
        return KG_OK;
    kg_status st = kg_ner_documents_end(r, p->line, (kg_str){p->text.data, p->text.len});
    p->text.len = p->id.len = 0;
    return st;
}

/* A line of text; the abstract stands behind the title and a blank. */
static kg_status add_text(kg_ner_reader *r, uint64_t number, kg_str line, size_t at) {
    kg_status st;
    kg_ner_standoff *p = &r->standoff;
    kg_str id = {line.data, at - 3};
    bool title = line.data[at - 2] == 't';
    if (title) {
        KG_TRY(st, end_document(r));
        p->line = number;
        if (kg_array_append(&p->id, id.data, id.len) != KG_OK)
            return kg_ner_no_memory(r);
    } else if (!kg_str_equal(id, (kg_str){p->id.data, p->id.len})) {
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                           "an abstract of \"%.*s\" without its title; expected the line "
                           "\"%.*s|t|...\" before it",
                           KG_STR_ARG(id), KG_STR_ARG(id));
    } else if (kg_array_push(&p->text, ' ') != KG_OK) {
        return kg_ner_no_memory(r);
    }
    return kg_array_append(&p->text, line.data + at, line.len - at) == KG_OK ? KG_OK
                                                                             : kg_ner_no_memory(r);
}

kg_status kg_ner_read_pubtator(kg_ner_reader *r, uint64_t number, kg_str line) {
    kg_str fields[MOST_FIELDS];
    kg_ner_entity e = {0};
    kg_ner_standoff *p = &r->standoff;
    if (kg_ner_is_blank(line))
        return end_document(r);
    size_t at = text_begins(line, 't');
    at = at ? at : text_begins(line, 'a');
    if (at)
        return add_text(r, number, line, at);
    size_t n = split_tabs(fields, line);
    if (p->id.len == 0 || !kg_str_equal(fields[0], (kg_str){p->id.data, p->id.len}))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                           "an annotation of \"%.*s\", whose title does not stand before it",
                           KG_STR_ARG(fields[0]));
    if (n >= 4 && !take_number(&e.start, fields[1])) {
        p->left_out++; /* a relation: id, its name, two concepts */
        return KG_OK;
    }
    if (n < 5 || !take_number(&e.end, fields[2]))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                           "found \"%.*s\"; expected id, start, end, mention and type, separated "
                           "by tabs",
                           KG_STR_ARG(line));
    e.text = fields[3];
    e.type = fields[4];
    return kg_ner_documents_add(r, number, "the annotation", &e, false);
}

kg_status kg_ner_end_pubtator(kg_ner_reader *r) {
    if (r->standoff.left_out > 0)
        kg_ner_tell(r, "relations passed over: %zu; ", r->standoff.left_out);
    return end_document(r);
}

/* ---- BRAT ------------------------------------------------------------------------------------ */

static bool ends_in_ann(const char *path) {
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".ann") == 0;
}

bool kg_ner_is_brat(const char *path) {
    struct stat at;
    return stat(path, &at) == 0 && (S_ISDIR(at.st_mode) || ends_in_ann(path));
}

/* "Type start end", or of several pieces "Type start end;start end": from the first to the last. */
static bool take_places(kg_ner_entity *e, bool *pieces, kg_str field) {
    size_t at = 0, last = field.len;
    while (at < field.len && field.data[at] != ' ')
        at++;
    e->type = (kg_str){field.data, at};
    *pieces = memchr(field.data, ';', field.len) != NULL;
    while (last > at && field.data[last - 1] != ' ')
        last--;
    kg_str rest = {field.data + at, field.len - at};
    for (size_t i = 1; i < rest.len; i++)
        if (rest.data[i] == ' ')
            return last > at && take_number(&e->start, (kg_str){rest.data + 1, i - 1}) &&
                   take_number(&e->end, (kg_str){field.data + last, field.len - last});
    return false;
}

static kg_status read_annotation(kg_ner_reader *r, uint64_t number, kg_str line) {
    kg_str fields[MOST_FIELDS];
    kg_ner_entity e = {0};
    bool pieces;
    if (kg_ner_is_blank(line))
        return KG_OK;
    if (strchr("REAMN#*", line.data[0])) {
        r->standoff.left_out++;
        return KG_OK;
    }
    size_t n = split_tabs(fields, line);
    if (line.data[0] != 'T' || n < 3 || !take_places(&e, &pieces, fields[1]))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, number,
                           "found \"%.*s\"; expected \"T1\", a tab, \"Type start end\", a tab and "
                           "the text",
                           KG_STR_ARG(line));
    if (!pieces)
        e.text = (kg_str){fields[2].data, (size_t)(line.data + line.len - fields[2].data)};
    r->standoff.pieces += pieces;
    return kg_ner_documents_add(r, number, "the annotation", &e, false);
}

static kg_status read_annotations(kg_ner_reader *r, kg_lines *lines) {
    kg_status st;
    for (;;) {
        kg_str line;
        bool end;
        KG_TRY(st, kg_lines_next(&line, &end, lines, r->err));
        if (end)
            return KG_OK;
        if (kg_utf8_valid_prefix(line.data, line.len) < line.len)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, kg_lines_number(lines),
                               "the line is not UTF-8; convert the file");
        KG_TRY(st, read_annotation(r, kg_lines_number(lines), line));
    }
}

static kg_status read_whole_text(kg_ner_reader *r, const char *path) {
    kg_status st;
    kg_lines *lines;
    kg_str text;
    KG_TRY(st, kg_lines_open(&lines, path, 0, r->err));
    st = kg_lines_rest(&text, lines, MOST_TEXT, r->err);
    if (st == KG_OK && kg_utf8_valid_prefix(text.data, text.len) < text.len)
        st = kg_error_at(r->err, KG_ERR_FORMAT, path, 0, "is not UTF-8; convert the file");
    if (st == KG_OK)
        st = kg_ner_documents_end(r, 1, text);
    kg_lines_close(lines);
    return st;
}

/* x.ann and the x.txt beside it. */
static kg_status read_pair(kg_ner_reader *r, const char *path) {
    kg_status st;
    kg_lines *lines;
    char *text = kg_arena_copy(&r->documents.arena, kg_str_from(path));
    r->path = kg_arena_copy(&r->documents.arena, kg_str_from(path));
    if (!text || !r->path)
        return KG_ERR_MEMORY;
    memcpy(text + strlen(text) - 4, ".txt", 4);
    KG_TRY(st, kg_lines_open(&lines, path, 0, r->err));
    st = read_annotations(r, lines);
    kg_lines_close(lines);
    return st == KG_OK ? read_whole_text(r, text) : st;
}

static int is_annotated(const struct dirent *entry) {
    return ends_in_ann(entry->d_name);
}

static kg_status read_folder(kg_ner_reader *r, const char *path) {
    struct dirent **entries;
    kg_status st = KG_OK;
    int n = scandir(path, &entries, is_annotated, alphasort);
    if (n < 0)
        return kg_error_at(r->err, KG_ERR_IO, path, 0, "cannot be listed");
    if (n == 0)
        st = kg_error_at(r->err, KG_ERR_FORMAT, path, 0,
                         "holds no .ann file; expected BRAT's pairs of x.txt and x.ann");
    for (int i = 0; i < n; i++) {
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (st == KG_OK && (length < 0 || (size_t)length >= sizeof file))
            st = kg_error_at(r->err, KG_ERR_LIMIT, path, 0, "the path is too long");
        if (st == KG_OK)
            st = read_pair(r, file);
        free(entries[i]);
    }
    free(entries);
    return st;
}

kg_status kg_ner_read_brat(kg_ner_reader *r, const char *path) {
    kg_status st = ends_in_ann(path) ? read_pair(r, path) : read_folder(r, path);
    if (r->standoff.left_out > 0)
        kg_ner_tell(r, "relations, events, attributes and notes passed over: %zu; ",
                    r->standoff.left_out);
    if (r->standoff.pieces > 0)
        kg_ner_tell(r, "entities in pieces, taken from the first to the last: %zu; ",
                    r->standoff.pieces);
    st = st == KG_OK ? kg_ner_documents_tag(r) : st;
    r->path = path;
    return st;
}
