/* Lines of fields parted by tabs, one triple a line, the columns in any order. Cytoscape's SIF is
 * this with the usual order. Nothing is allocated a line: fields are borrowed from it. */
#include "import/fields.h"
#include "import/format.h"

#include <stdio.h>

enum { MAX_COLUMNS = 64, IGNORED = -1, DROPPED = -2 };

typedef enum role { HEAD, HEAD_TYPE, RELATION, TAIL, TAIL_TYPE, ROLES } role;

static const char *const role_names[ROLES] = {"head", "head_type", "relation", "tail", "tail_type"};

/* Names that headers give the columns, first the option's own. */
static const char *const synonyms[ROLES][9] = {
    {"head", "subject", "source", "from", "h", "src", "start", "node1"},
    {"head_type", "subject_type", "source_type", "head_label", "source_kind", "x_type"},
    {"relation", "predicate", "metaedge", "relationship", "rel", "r", "edge", "interaction"},
    {"tail", "object", "target", "to", "t", "dst", "end", "node2"},
    {"tail_type", "object_type", "target_type", "tail_label", "target_kind", "y_type"},
};

typedef struct layout {
    size_t n;                 /* columns known; what stands beyond is dropped */
    size_t needed;            /* a line must have as many fields */
    int column[ROLES];        /* of a role; IGNORED: not there */
    int role_of[MAX_COLUMNS]; /* a role, IGNORED or DROPPED */
    bool drops;               /* there is a DROPPED one */
} layout;

static void layout_clear(layout *l, size_t n) {
    l->n = n;
    l->needed = 0;
    l->drops = false;
    for (int r = 0; r < ROLES; r++)
        l->column[r] = IGNORED;
}

/* Give column i a role; false where the role is taken. */
static bool layout_put(layout *l, size_t i, int r) {
    l->role_of[i] = r;
    l->drops = l->drops || r == DROPPED;
    if (r < 0)
        return true;
    if (l->column[r] != IGNORED)
        return false;
    l->column[r] = (int)i;
    l->needed = i + 1;
    return true;
}

static bool layout_complete(const layout *l) {
    return l->column[HEAD] >= 0 && l->column[RELATION] >= 0 && l->column[TAIL] >= 0;
}

static kg_status layout_from_option(layout *l, const char *columns, kg_error *err) {
    kg_str names[MAX_COLUMNS];
    size_t n = kg_fields_split(names, MAX_COLUMNS, kg_str_from(columns), ',');
    if (n > MAX_COLUMNS)
        return kg_error_set(err, KG_ERR_ARGUMENT, "--columns names %zu columns; at most %d", n,
                            MAX_COLUMNS);
    layout_clear(l, n);
    for (size_t i = 0; i < n; i++) {
        kg_str name = kg_str_trim(names[i]);
        int r =
            kg_str_equal(name, KG_STR("-")) || kg_str_equal(name, KG_STR("skip")) ? IGNORED : ROLES;
        for (int j = 0; j < ROLES && r == ROLES; j++)
            r = kg_str_equal(name, kg_str_from(role_names[j])) ? j : ROLES;
        if (r == ROLES)
            return kg_error_set(
                err, KG_ERR_ARGUMENT,
                "--columns: found \"%s\"; expected head, head_type, relation, tail, "
                "tail_type, or - for a column to ignore",
                kg_quote(name).text);
        if (!layout_put(l, i, r))
            return kg_error_set(err, KG_ERR_ARGUMENT, "--columns names %s twice", role_names[r]);
    }
    if (!layout_complete(l))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "--columns must name head, relation and tail; found \"%s\"", columns);
    return KG_OK;
}

/* The role that a header's word names; DROPPED: none. */
static int role_of_word(kg_str word) {
    word = kg_str_trim(word);
    if (word.len > 0 && (word.data[0] == '#' || word.data[0] == ':'))
        word = (kg_str){word.data + 1, word.len - 1};
    for (int r = 0; r < ROLES; r++)
        for (int i = 0; synonyms[r][i]; i++)
            if (kg_str_equal_nocase(word, kg_str_from(synonyms[r][i])))
                return r;
    return DROPPED;
}

/* Is this line a header, with a column for each of head, relation and tail? */
static bool layout_from_header(layout *l, kg_str line) {
    kg_str words[MAX_COLUMNS];
    size_t n = kg_fields_split(words, MAX_COLUMNS, line, '\t');
    if (n > MAX_COLUMNS)
        n = MAX_COLUMNS;
    layout_clear(l, n);
    for (size_t i = 0; i < n; i++)
        if (!layout_put(l, i, role_of_word(words[i])))
            return false;
    return layout_complete(l);
}

/* Settle the columns of a file from the options and its first line; *is_header: skip that line. */
static kg_status settle(layout *l, bool *is_header, kg_reader *r, const kg_lines *lines,
                        kg_str first, kg_error *err) {
    const kg_import_options *o = r->options;
    *is_header = o->header != KG_HEADER_NO && layout_from_header(l, first);
    if (o->header == KG_HEADER_YES && !*is_header && !o->columns)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), kg_lines_number(lines),
                           "found the header \"%s\"; expected columns named head, relation and "
                           "tail; say which is which with --columns",
                           kg_quote(first).text);
    *is_header = *is_header || o->header == KG_HEADER_YES;
    if (o->columns)
        return layout_from_option(l, o->columns, err);
    if (*is_header)
        return KG_OK;
    kg_str fields[1];
    size_t n = kg_fields_split(fields, 1, first, '\t');
    if (n == 1)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), kg_lines_number(lines),
                           "found 1 column, expected 3 (head, relation, tail) parted by tabs; if "
                           "this is another format, name it with --format");
    if (n > 3)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), kg_lines_number(lines),
                           "found %zu columns, expected 3 (head, relation, tail); say which is "
                           "which, for example --columns head,head_type,relation,tail,tail_type",
                           n);
    return layout_from_option(l, "head,relation,tail", err);
}

/* "head, relation, tail": the columns that a line must have, for messages. */
static void layout_names(char *text, size_t size, const layout *l) {
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < l->needed && used < size; i++) {
        int r = l->role_of[i];
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                                 r >= 0 ? role_names[r] : "-");
    }
}

static kg_status bad_line(kg_reader *r, const layout *l, const kg_statement *s, size_t found,
                          kg_error *err) {
    if (found < l->needed) {
        char names[256];
        layout_names(names, sizeof names, l);
        return kg_reader_bad(r, s->file, s->line, err,
                             "found %zu column%s, expected %zu (%s); complete the line, or leave "
                             "such lines out with --bad-tolerance",
                             found, found == 1 ? "" : "s", l->needed, names);
    }
    role empty = s->head.len == 0 ? HEAD : s->relation.len == 0 ? RELATION : TAIL;
    return kg_reader_bad(r, s->file, s->line, err,
                         "the %s is empty, expected a name; complete the line, or leave such lines "
                         "out with --bad-tolerance",
                         role_names[empty]);
}

static kg_status count_dropped(kg_reader *r, const layout *l, const kg_str *fields, size_t n,
                               kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < n; i++)
        if (i >= l->n || (l->role_of[i] == DROPPED && fields[i].len > 0))
            KG_TRY(st, kg_reader_drop_place(r, i, err));
    return KG_OK;
}

static kg_status read_triple(kg_reader *r, const layout *l, kg_str line, const kg_lines *lines,
                             kg_error *err) {
    kg_str fields[MAX_COLUMNS];
    size_t n = kg_fields_split(fields, MAX_COLUMNS, line, '\t');
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.file = kg_lines_name(lines);
    s.line = kg_lines_number(lines);
    if (n < l->needed)
        return bad_line(r, l, &s, n, err);
    s.head = fields[l->column[HEAD]];
    s.relation = fields[l->column[RELATION]];
    s.tail = fields[l->column[TAIL]];
    if (l->column[HEAD_TYPE] >= 0)
        s.head_type = fields[l->column[HEAD_TYPE]];
    if (l->column[TAIL_TYPE] >= 0)
        s.tail_type = fields[l->column[TAIL_TYPE]];
    if (s.head.len == 0 || s.relation.len == 0 || s.tail.len == 0)
        return bad_line(r, l, &s, n, err);
    if (l->drops || n > l->n) {
        kg_status st;
        KG_TRY(st, count_dropped(r, l, fields, n, err));
    }
    return kg_reader_emit(r, &s, err);
}

static kg_status read_file(kg_reader *r, kg_lines *lines, kg_error *err) {
    kg_status st;
    kg_str line;
    bool end, is_header;
    layout l;
    do
        KG_TRY(st, kg_reader_line(&line, &end, r, lines, err));
    while (!end && line.len == 0);
    if (end)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(lines), 0,
                           "the file is empty; expected lines of head, relation and tail parted by "
                           "tabs");
    KG_TRY(st, settle(&l, &is_header, r, lines, line, err));
    if (!is_header)
        KG_TRY(st, read_triple(r, &l, line, lines, err));
    for (;;) {
        KG_TRY(st, kg_reader_line(&line, &end, r, lines, err));
        if (end)
            return KG_OK;
        if (line.len > 0)
            KG_TRY(st, read_triple(r, &l, line, lines, err));
    }
}

static kg_status read_tsv(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    for (size_t i = 0; i < n_paths; i++) {
        kg_lines *lines;
        kg_status st;
        KG_TRY(st, kg_reader_open(&lines, r, paths[i], err));
        st = read_file(r, lines, err);
        kg_lines_close(lines);
        if (st != KG_OK)
            return st;
    }
    return KG_OK;
}

kg_status kg_tsv_read_columns(kg_reader *r, const char *const *paths, size_t n_paths,
                              const char *columns, kg_error *err) {
    kg_import_options options = *r->options;
    kg_reader reader = *r;
    options.columns = columns;
    options.header = KG_HEADER_NO;
    reader.options = &options;
    return read_tsv(&reader, paths, n_paths, err);
}

static bool detect_tsv(const kg_sample *sample) {
    return !sample->is_folder && sample->head.len > 0 &&
           memchr(sample->head.data, '\t', sample->head.len) != NULL;
}

const kg_format kg_format_tsv = {
    "tsv", "lines of head TAB relation TAB tail, or as --columns says (SIF too)", NULL, detect_tsv,
    read_tsv};
