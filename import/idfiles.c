#include "import/idfiles.h"

#include "import/fields.h"
#include "kgstore/base/array.h"

#include <stdlib.h>

typedef struct idlist {
    kg_reader *r;
    kg_lines *lines;
    kg_kind kind;
    kg_idlist_style style;
    uint64_t announced;  /* by the count line; UINT64_MAX: there is none */
    KG_ARRAY(kg_id) ids; /* seen */
} idlist;

static const char *kind_name(kg_kind kind, bool many) {
    switch (kind) {
    case KG_ENTITY:
        return many ? "entities" : "entity";
    case KG_RELATION:
        return many ? "relations" : "relation";
    case KG_TYPE:
        return many ? "types" : "type";
    case KG_KEY: /* no file numbers them */
        break;
    }
    return "";
}

/* The first line: how many follow. *n is UINT64_MAX where the file has no such line. */
static kg_status read_count(uint64_t *n, kg_reader *r, kg_lines *lines, const char *what,
                            kg_error *err) {
    kg_status st;
    kg_str line;
    bool end;
    KG_TRY(st, kg_reader_line(&line, &end, r, lines, err));
    if (end)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), 0,
                           "the file is empty; expected the number of %s on its first line", what);
    if (!kg_parse_id(n, kg_str_trim(line), UINT32_MAX))
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), kg_lines_number(lines),
                           "found \"%s\", expected the number of %s alone on the first line; put "
                           "it there",
                           kg_quote(line).text, what);
    return KG_OK;
}

/* Cut a line into name and id, whichever comes first by the style; false where it has not both. */
static bool split_entry(kg_str *name, kg_str *id, kg_str line, kg_idlist_style style) {
    const char *cut = NULL;
    if (style == KG_IDLIST_ID_NAME) {
        cut = memchr(line.data, '\t', line.len);
        if (!cut)
            return false;
        *id = kg_str_trim((kg_str){line.data, (size_t)(cut - line.data)});
        *name = (kg_str){cut + 1, line.len - (size_t)(cut + 1 - line.data)};
    } else {
        while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t'))
            line.len--;
        char separator = memchr(line.data, '\t', line.len) ? '\t' : ' ';
        cut = memrchr(line.data, separator, line.len);
        if (!cut)
            return false;
        *id = kg_str_trim((kg_str){cut, line.len - (size_t)(cut - line.data)});
        while (cut > line.data && cut[-1] == separator) /* a run of them separates once */
            cut--;
        *name = (kg_str){line.data, (size_t)(cut - line.data)};
    }
    return name->len > 0;
}

static kg_status emit_entry(idlist *l, kg_str name, kg_id id, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.file = kg_lines_name(l->lines);
    s.line = kg_lines_number(l->lines);
    switch (l->kind) {
    case KG_ENTITY:
        s.head = name;
        s.head_id = id;
        break;
    case KG_RELATION:
        s.kind = KG_STATEMENT_RELATION;
        s.relation = name;
        s.relation_id = id;
        break;
    case KG_TYPE:
        s.kind = KG_STATEMENT_TYPE;
        s.head_type = name;
        s.head_id = id;
        break;
    case KG_KEY:
        break;
    }
    return kg_reader_emit(l->r, &s, err);
}

static kg_status read_entry(idlist *l, kg_str line, kg_error *err) {
    kg_str name, text;
    uint64_t id;
    const char *file = kg_lines_name(l->lines);
    uint64_t number = kg_lines_number(l->lines);
    if (!split_entry(&name, &text, line, l->style))
        return kg_reader_bad(l->r, file, number, err,
                             "found \"%s\", expected %s; complete the line", kg_quote(line).text,
                             l->style == KG_IDLIST_ID_NAME ? "id, tab, name" : "name, tab, id");
    if (!kg_parse_id(&id, text, UINT32_MAX - 1))
        return kg_reader_bad(l->r, file, number, err,
                             "found \"%s\", expected the %s's id, a whole number; correct it",
                             kg_quote(text).text, kind_name(l->kind, false));
    if (l->announced != UINT64_MAX && id >= l->announced)
        return kg_reader_bad(l->r, file, number, err,
                             "found id %llu, expected one below %llu, the count on the first line; "
                             "correct one of them",
                             (unsigned long long)id, (unsigned long long)l->announced);
    if (kg_array_push(&l->ids, (kg_id)id) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", file);
    return emit_entry(l, name, (kg_id)id, err);
}

static int by_value(const void *a, const void *b) {
    kg_id x = kg_load_u32(a), y = kg_load_u32(b);
    return (x > y) - (x < y);
}

/* Each id once, none left out, as many as announced. */
static kg_status check_ids(idlist *l, kg_error *err) {
    const char *file = kg_lines_name(l->lines), *many = kind_name(l->kind, true);
    size_t n = l->ids.len;
    if (l->announced != UINT64_MAX && n != l->announced)
        return kg_reader_bad(l->r, file, 1, err,
                             "the first line says %llu %s, found %zu; correct the count or "
                             "complete the file",
                             (unsigned long long)l->announced, many, n);
    if (n > 0)
        qsort(l->ids.data, n, sizeof *l->ids.data, by_value);
    for (size_t i = 0; i < n; i++) {
        if (l->ids.data[i] == i)
            continue;
        bool twice = i > 0 && l->ids.data[i] == l->ids.data[i - 1];
        return kg_error_at(err, KG_ERR_FORMAT, file, 0,
                           "id %llu is %s; expected each of 0 to %zu once; number the %s anew",
                           (unsigned long long)(twice ? l->ids.data[i] : i),
                           twice ? "given twice" : "missing", n - 1, many);
    }
    return KG_OK;
}

static kg_status read_entries(idlist *l, kg_error *err) {
    kg_status st;
    kg_str line;
    bool end;
    if (l->style == KG_IDLIST_NAME_ID)
        KG_TRY(st, read_count(&l->announced, l->r, l->lines, kind_name(l->kind, true), err));
    for (;;) {
        KG_TRY(st, kg_reader_line(&line, &end, l->r, l->lines, err));
        if (end)
            return check_ids(l, err);
        if (line.len > 0)
            KG_TRY(st, read_entry(l, line, err));
    }
}

kg_status kg_idlist_read(uint64_t *count, kg_reader *r, kg_lines *lines, kg_kind kind,
                         kg_idlist_style style, kg_error *err) {
    idlist l = {r, lines, kind, style, UINT64_MAX, KG_ARRAY_INIT};
    kg_status st = read_entries(&l, err);
    *count = l.ids.len;
    kg_array_free(&l.ids);
    kg_lines_close(lines);
    return st;
}

/* The next run of characters other than blanks; empty at the end. */
static kg_str next_word(kg_str *rest) {
    *rest = kg_str_trim(*rest);
    size_t n = 0;
    while (n < rest->len && rest->data[n] != ' ' && rest->data[n] != '\t')
        n++;
    kg_str word = {rest->data, n};
    *rest = (kg_str){rest->data + n, rest->len - n};
    return word;
}

static kg_status read_triple(kg_reader *r, const kg_lines *lines, kg_str line, const char *order,
                             const uint64_t limits[2], kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.file = kg_lines_name(lines);
    s.line = kg_lines_number(lines);
    s.by_id = true;
    kg_str rest = line;
    for (int i = 0; i < 3; i++) {
        kg_str word = next_word(&rest);
        bool relation = order[i] == 'r';
        uint64_t id, limit = limits[relation];
        if (!kg_parse_id(&id, word, UINT32_MAX))
            return kg_reader_bad(
                r, s.file, s.line, err, "found \"%s\", expected three ids (%s); correct the line",
                kg_quote(line).text,
                strcmp(order, "htr") == 0 ? "head, tail, relation" : "as the format orders them");
        if (id >= limit)
            return kg_reader_bad(r, s.file, s.line, err,
                                 "found %s id %llu, expected one below %llu; add it to the list of "
                                 "%s or leave the line out",
                                 relation ? "relation" : "entity", (unsigned long long)id,
                                 (unsigned long long)limit, relation ? "relations" : "entities");
        *(order[i] == 'h' ? &s.head_id : order[i] == 't' ? &s.tail_id : &s.relation_id) = (kg_id)id;
    }
    for (size_t place = 3; next_word(&rest).len > 0; place++) {
        kg_status st;
        KG_TRY(st, kg_reader_drop_place(r, place, err));
    }
    return kg_reader_emit(r, &s, err);
}

static kg_status read_triples(kg_reader *r, kg_lines *lines, const char *order, bool counted,
                              const uint64_t limits[2], kg_error *err) {
    kg_status st;
    kg_str line;
    bool end;
    uint64_t announced = 0, found = 0;
    if (counted)
        KG_TRY(st, read_count(&announced, r, lines, "triples", err));
    for (;;) {
        KG_TRY(st, kg_reader_line(&line, &end, r, lines, err));
        if (end)
            break;
        if (line.len == 0)
            continue;
        found++;
        KG_TRY(st, read_triple(r, lines, line, order, limits, err));
    }
    if (counted && found != announced)
        return kg_reader_bad(r, kg_lines_name(lines), 1, err,
                             "the first line says %llu triples, found %llu; correct the count or "
                             "complete the file",
                             (unsigned long long)announced, (unsigned long long)found);
    return KG_OK;
}

static kg_status open_triples(kg_lines **out, kg_reader *r, const char *folder,
                              const kg_idfolder *how, kg_error *err) {
    kg_status st = kg_reader_open_in(out, r, folder, how->triples[0], err);
    if (st == KG_ERR_NOT_FOUND && how->triples[1])
        st = kg_reader_open_in(out, r, folder, how->triples[1], err);
    return st;
}

kg_status kg_idfolder_read(kg_reader *r, const char *const *paths, size_t n_paths,
                           const kg_idfolder *how, kg_error *err) {
    kg_status st;
    kg_lines *lines;
    uint64_t limits[2];
    if (n_paths != 1)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %zu paths; expected one for %s, the folder with %s, %s and %s%s",
                            n_paths, how->format, how->entities, how->relations, how->triples[0],
                            how->hint);
    KG_TRY(st, kg_reader_open_in(&lines, r, paths[0], how->entities, err));
    KG_TRY(st, kg_idlist_read(&limits[0], r, lines, KG_ENTITY, how->style, err));
    KG_TRY(st, kg_reader_open_in(&lines, r, paths[0], how->relations, err));
    KG_TRY(st, kg_idlist_read(&limits[1], r, lines, KG_RELATION, how->style, err));
    KG_TRY(st, open_triples(&lines, r, paths[0], how, err));
    st = read_triples(r, lines, how->order, how->counted, limits, err);
    kg_lines_close(lines);
    return st;
}
