/* Tables of edges: a triple a record, the columns in any order, in any dialect (dialect.h). The
 * columns are those that the options or a header name, or else head, relation, tail. Cytoscape's
 * SIF is this with the usual order, where a record may have several tails, or a head alone. */
#include "import/cells.h"
#include "import/columns.h"
#include "import/fields.h"
#include "import/format.h"

#include <stdio.h>

typedef struct table {
    kg_csv csv;
    kg_columns columns;
    kg_str relation; /* of all edges, where no column has it; empty: none */
    bool sif;
    kg_bytes ends[2];               /* identifiers with their source before them */
    kg_property_columns properties; /* by column; empty: there is no header */
    kg_cells cells;                 /* of the record */
} table;

static bool ends_with_sif(const char *path) {
    size_t n = kg_length_unpacked(path);
    return n > 4 && memcmp(path + n - 4, ".sif", 4) == 0;
}

static bool is_sif(const kg_reader *r, const char *path) {
    return r->options->format ? strcmp(r->options->format, "sif") == 0 : ends_with_sif(path);
}

/* SIF is separated by blanks unless there is a tab anywhere; a first line may be a lone name. */
static kg_status settle_sif(kg_csv *csv, kg_error *err) {
    kg_status st;
    kg_str start;
    KG_TRY(st, kg_reader_peek(&start, csv->lines, err));
    bool tabs = start.len > 0 && memchr(start.data, '\t', start.len);
    csv->dialect = (kg_dialect){.separator = tabs ? '\t' : KG_SEPARATOR_BLANKS};
    return KG_OK;
}

static kg_status bad_header(const table *t, kg_header_kind kind, kg_error *err) {
    const char *file = kg_lines_name(t->csv.lines);
    const kg_str *fields = t->csv.fields.data;
    if (kind == KG_HEADER_NO_EDGE)
        return kg_error_at(err, KG_ERR_FORMAT, file, t->csv.line,
                           "found a header with \"%s\" and \"%s\" but no relation; say which "
                           "column has it with --columns, or name that of all edges with "
                           "--relation; if this is no header, say --header no",
                           kg_quote(fields[t->columns.of[KG_HEAD]]).text,
                           kg_quote(fields[t->columns.of[KG_TAIL]]).text);
    return kg_error_at(err, KG_ERR_FORMAT, file, t->csv.line,
                       "found the header \"%s, ...\"; expected columns named head, "
                       "relation and tail; say which is which with --columns",
                       kg_quote(fields[0]).text);
}

/* The usual columns, where neither an option nor a header names them. */
static kg_status settle_by_count(table *t, kg_error *err) {
    const char *file = kg_lines_name(t->csv.lines);
    size_t n = t->csv.fields.len;
    if (t->sif)
        return kg_columns_from_option(&t->columns, "head,relation,tail", true, err);
    if (n == 2 && t->relation.len > 0)
        return kg_columns_from_option(&t->columns, "head,tail", false, err);
    if (n == 1)
        return kg_error_at(err, KG_ERR_FORMAT, file, t->csv.line,
                           "found 1 column, expected 3 (head, relation, tail) separated by %s; if "
                           "this is another format, name it with --format",
                           kg_separator_name(t->csv.dialect.separator));
    if (n > 3)
        return kg_error_at(err, KG_ERR_FORMAT, file, t->csv.line,
                           "found %zu columns, expected 3 (head, relation, tail); say which is "
                           "which, for example --columns head,head_type,relation,tail,tail_type",
                           n);
    return kg_columns_from_option(&t->columns, "head,relation,tail", true, err);
}

/* Settle the columns from the options and the first record; *is_header: that is no data. */
static kg_status settle(table *t, bool *is_header, kg_error *err) {
    kg_status st;
    kg_header_kind kind = KG_HEADER_NONE;
    const kg_import_options *o = t->csv.reader->options;
    bool edge = t->relation.len == 0;
    if (o->header != KG_HEADER_NO)
        KG_TRY(st, kg_columns_from_header(&kind, &t->columns, &t->csv, err));
    *is_header = o->header == KG_HEADER_YES || kind != KG_HEADER_NONE;
    if (*is_header) {
        KG_TRY(st, kg_csv_keep_header(&t->csv, err));
        if (kg_cell_headers(&t->properties, &t->csv.arena, t->csv.header.data, t->csv.header.len) !=
            KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                                kg_lines_name(t->csv.lines));
    }
    if (!o->columns && *is_header)
        return kind == KG_HEADER_WHOLE || (kind == KG_HEADER_NO_EDGE && !edge)
                   ? KG_OK
                   : bad_header(t, kind, err);
    kg_columns_free(&t->columns);
    return o->columns ? kg_columns_from_option(&t->columns, o->columns, edge, err)
                      : settle_by_count(t, err);
}

/* "head, relation, tail": the columns that a record must have, for messages. */
static void column_names(char *text, size_t size, const kg_columns *c) {
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < c->needed && used < size; i++) {
        int r = c->role_of.data[i];
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                                 r >= 0 ? kg_role_name((kg_role)r) : "-");
    }
}

static kg_status bad_record(const table *t, const kg_statement *s, kg_error *err) {
    size_t found = t->csv.fields.len;
    if (found < t->columns.needed) {
        char names[256];
        column_names(names, sizeof names, &t->columns);
        return kg_reader_bad(t->csv.reader, s->file, s->line, err,
                             "found %zu column%s, expected %zu (%s); complete the line, or leave "
                             "such lines out with --bad-tolerance",
                             found, found == 1 ? "" : "s", t->columns.needed, names);
    }
    kg_role empty = s->head.len == 0 ? KG_HEAD : s->relation.len == 0 ? KG_EDGE : KG_TAIL;
    return kg_reader_bad(t->csv.reader, s->file, s->line, err,
                         "the %s is empty, expected a name; complete the line, or leave such lines "
                         "out with --bad-tolerance",
                         kg_role_name(empty));
}

static kg_str field_of(const table *t, kg_role role) {
    int i = t->columns.of[role];
    return i >= 0 && (size_t)i < t->csv.fields.len ? t->csv.fields.data[i] : (kg_str){"", 0};
}

/* An identifier, "SOURCE:ID" where a column has its source. */
static kg_status identify(kg_str *out, table *t, kg_role role, kg_role source, kg_error *err) {
    kg_bytes *buffer = &t->ends[role == KG_TAIL];
    *out = field_of(t, role);
    kg_str before = t->columns.names ? field_of(t, source) : (kg_str){"", 0};
    if (before.len == 0 || out->len == 0)
        return KG_OK;
    buffer->len = 0;
    if (kg_array_append(buffer, before.data, before.len) != KG_OK ||
        kg_array_push(buffer, ':') != KG_OK ||
        kg_array_append(buffer, out->data, out->len) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                            kg_lines_name(t->csv.lines));
    *out = (kg_str){buffer->data, buffer->len};
    return KG_OK;
}

static kg_status emit_name(const table *t, const kg_statement *edge, kg_role role, kg_str name,
                           kg_error *err) {
    kg_statement s =
        KG_STATEMENT_INIT(role == KG_EDGE_NAME ? KG_STATEMENT_RELATION : KG_STATEMENT_ENTITY);
    s.file = edge->file;
    s.line = edge->line;
    s.label = field_of(t, role);
    *(role == KG_EDGE_NAME ? &s.relation : &s.head) = name;
    return s.label.len > 0 ? kg_reader_emit(t->csv.reader, &s, err) : KG_OK;
}

/* The columns that are none of the edge's own: properties by the header, or dropped without one. */
static kg_status take_properties(bool *good, table *t, kg_statement *s, kg_error *err) {
    kg_status st;
    const kg_columns *c = &t->columns;
    size_t n = t->csv.fields.len;
    *good = true;
    if (!c->drops && n <= c->role_of.len)
        return KG_OK;
    kg_cells_reset(&t->cells);
    for (size_t i = 0; i < n && *good; i++) {
        if (i < c->role_of.len && c->role_of.data[i] != KG_COLUMN_DROPPED)
            continue;
        const kg_property_column *p = i < t->properties.len ? &t->properties.data[i] : NULL;
        if (p && p->key.len > 0)
            KG_TRY(st, kg_cells_take(good, &t->cells, t->csv.reader, s, p, t->csv.fields.data[i],
                                     KG_CELL_SEPARATOR, err));
        else
            KG_TRY(st, kg_csv_drop(&t->csv, i, err));
    }
    s->properties = t->cells.properties.data;
    s->n_properties = t->cells.properties.len;
    return KG_OK;
}

/* Labels that a record has beyond the edge itself. */
static kg_status take_rest(table *t, const kg_statement *s, kg_error *err) {
    kg_status st;
    const kg_columns *c = &t->columns;
    if (c->names) {
        KG_TRY(st, emit_name(t, s, KG_HEAD_NAME, s->head, err));
        KG_TRY(st, emit_name(t, s, KG_EDGE_NAME, s->relation, err));
        KG_TRY(st, emit_name(t, s, KG_TAIL_NAME, s->tail, err));
    }
    return KG_OK;
}

static kg_status read_record(table *t, kg_error *err) {
    kg_status st;
    bool good;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    if (t->csv.fields.len < t->columns.needed)
        return bad_record(t, &s, err);
    KG_TRY(st, identify(&s.head, t, KG_HEAD, KG_HEAD_SOURCE, err));
    KG_TRY(st, identify(&s.tail, t, KG_TAIL, KG_TAIL_SOURCE, err));
    s.relation = t->columns.of[KG_EDGE] >= 0 ? field_of(t, KG_EDGE) : t->relation;
    s.head_type = field_of(t, KG_HEAD_TYPE);
    s.tail_type = field_of(t, KG_TAIL_TYPE);
    if (s.head.len == 0 || s.relation.len == 0 || s.tail.len == 0)
        return bad_record(t, &s, err);
    KG_TRY(st, take_properties(&good, t, &s, err));
    if (!good)
        return KG_OK;
    KG_TRY(st, kg_reader_emit(t->csv.reader, &s, err));
    return take_rest(t, &s, err);
}

/* "A pp B C" is two edges, "A" an entity without any. */
static kg_status read_sif(table *t, kg_error *err) {
    kg_status st;
    kg_csv *csv = &t->csv;
    if (csv->fields.len == 1) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
        s.file = kg_lines_name(csv->lines);
        s.line = csv->line;
        s.head = csv->fields.data[0];
        return kg_reader_emit(csv->reader, &s, err);
    }
    int tail = t->columns.of[KG_TAIL];
    size_t n = csv->fields.len;
    csv->fields.len = n < t->columns.needed ? n : t->columns.needed;
    KG_TRY(st, read_record(t, err));
    for (size_t i = t->columns.needed; i < n; i++) {
        csv->fields.data[tail] = csv->fields.data[i];
        if (csv->fields.data[i].len > 0)
            KG_TRY(st, read_record(t, err));
    }
    return KG_OK;
}

static kg_status read_table(table *t, kg_error *err) {
    kg_status st;
    bool end, is_header;
    KG_TRY(st, kg_csv_next(&end, &t->csv, err));
    if (end)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(t->csv.lines), 0,
                           "the file is empty; expected lines of head, relation and tail separated "
                           "by tabs");
    KG_TRY(st, settle(t, &is_header, err));
    bool several = t->sif && (size_t)t->columns.of[KG_TAIL] + 1 == t->columns.needed;
    while (!end) {
        if (!is_header)
            KG_TRY(st, several ? read_sif(t, err) : read_record(t, err));
        is_header = false;
        KG_TRY(st, kg_csv_next(&end, &t->csv, err));
    }
    return KG_OK;
}

static kg_status read_file(kg_reader *r, const char *path, kg_error *err) {
    kg_status st;
    table t = {.sif = !r->options->columns && is_sif(r, path)};
    t.relation = kg_str_from(r->options->relation);
    st = kg_csv_open(&t.csv, r, path, err);
    const kg_dialect *d = &t.csv.dialect;
    if (st == KG_OK && t.sif && !r->options->delimiter)
        st = settle_sif(&t.csv, err);
    if (st == KG_OK && d->other)
        st = kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(t.csv.lines), 0,
                         "found lines that %s and %s both cut into equally many fields; say which "
                         "separates them with --delimiter",
                         kg_separator_name(d->separator), kg_separator_name(d->other));
    if (!d->separator)
        t.csv.dialect.separator = '\t';
    if (st == KG_OK)
        st = read_table(&t, err);
    kg_columns_free(&t.columns);
    kg_array_free(&t.ends[0]);
    kg_array_free(&t.ends[1]);
    kg_array_free(&t.properties);
    kg_cells_free(&t.cells);
    kg_csv_close(&t.csv);
    return st;
}

static kg_status read_tsv(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    for (size_t i = 0; i < n_paths; i++) {
        kg_status st;
        KG_TRY(st, read_file(r, paths[i], err));
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

static bool answers_tsv(const char *name) {
    return strcmp(name, "csv") == 0 || strcmp(name, "sif") == 0;
}

static bool detect_tsv(const kg_sample *sample) {
    kg_dialect dialect;
    const kg_import_options none = {0};
    kg_str head = sample->head;
    if (sample->is_folder || head.len == 0)
        return false;
    /* What only looks like commas or pipes in a table is markup, JSON or the like. */
    bool markup = strchr("{[<%", head.data[0]) && !memchr(head.data, '\t', head.len);
    return ends_with_sif(sample->path) ||
           (!markup &&
            kg_dialect_of(&dialect, &none, KG_SEPARATOR_UNKNOWN, sample->text, NULL) == KG_OK &&
            dialect.separator && !dialect.few);
}

const kg_format kg_format_tsv = {
    "tsv", "lines of head TAB relation TAB tail, or as --columns and --delimiter say (CSV, SIF)",
    answers_tsv, detect_tsv, read_tsv};
