/* Tables beside a graph: nodes (identifier, label, type) and aliases (identifier, alias), in any
 * dialect. A header may name more: the source that identifiers are numbered in, and lists of types
 * and synonyms separated by '|', as KGX has them. */
#include "import/csv.h"
#include "import/fields.h"
#include "import/format.h"

enum { MAX_TYPES = 64 };

typedef enum role { ID, LABEL, TYPE, SOURCE, TYPES, ALIASES, ROLES, DROPPED = ROLES } role;

static const char *const node_words[ROLES][9] = {
    [ID] = {"id", "identifier", "node", "node_id", "entity", ":id", "#id", "curie"},
    [LABEL] = {"name", "label", "title", "display_name", "entity_name", "node_name"},
    [TYPE] = {"type", "kind", "class", "entity_type", ":label", "node_type"},
    [SOURCE] = {"node_source"},
    [TYPES] = {"category"},
    [ALIASES] = {"synonym", "synonyms", "alias", "aliases"},
};

typedef struct table {
    kg_csv csv;
    KG_ARRAY(role) role_of; /* of each column */
    size_t needed;          /* a record must have so many fields */
    kg_bytes id;            /* an identifier with its source before it */
} table;

static role role_of_word(kg_str word) {
    for (role c = 0; c < ROLES; c++)
        for (int i = 0; node_words[c][i]; i++)
            if (kg_str_equal_nocase(kg_str_trim(word), kg_str_from(node_words[c][i])))
                return c;
    return DROPPED;
}

static kg_status put_column(table *t, role r, kg_error *err) {
    if (kg_array_push(&t->role_of, r) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                            kg_lines_name(t->csv.lines));
    if (r == ID)
        t->needed = t->role_of.len;
    return KG_OK;
}

/* Columns by a header, which must name the identifier and at least one more, or by their place. */
static kg_status settle(table *t, bool *is_header, kg_error *err) {
    kg_status st;
    size_t known = 0;
    bool header = t->csv.reader->options->header != KG_HEADER_NO;
    for (size_t i = 0; header && i < t->csv.fields.len; i++) {
        role r = role_of_word(t->csv.fields.data[i]);
        known += r < ROLES;
        KG_TRY(st, put_column(t, r, err));
    }
    *is_header = t->needed > 0 && known >= 2;
    if (*is_header)
        return kg_csv_keep_header(&t->csv, err);
    t->role_of.len = 0;
    KG_TRY(st, put_column(t, ID, err));
    KG_TRY(st, put_column(t, LABEL, err));
    return put_column(t, TYPE, err);
}

static kg_status emit_aliases(table *t, const kg_statement *node, kg_str list, kg_error *err) {
    kg_status st;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    s.file = node->file;
    s.line = node->line;
    s.head = node->head;
    for (bool more = list.len > 0; more;) {
        more = kg_fields_next(&s.label, &list, '|');
        if (s.label.len > 0)
            KG_TRY(st, kg_reader_emit(t->csv.reader, &s, err));
    }
    return KG_OK;
}

static kg_status identify(kg_str *id, table *t, kg_str source, kg_error *err) {
    if (source.len == 0)
        return KG_OK;
    t->id.len = 0;
    if (kg_array_append(&t->id, source.data, source.len) != KG_OK ||
        kg_array_push(&t->id, ':') != KG_OK || kg_array_append(&t->id, id->data, id->len) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                            kg_lines_name(t->csv.lines));
    *id = (kg_str){t->id.data, t->id.len};
    return KG_OK;
}

static kg_status read_node(table *t, kg_error *err) {
    kg_status st;
    kg_str of[ROLES + 1] = {{NULL, 0}}, types[MAX_TYPES];
    size_t n = t->csv.fields.len, n_types = 0;
    for (size_t i = 0; i < n; i++) {
        role r = i < t->role_of.len ? t->role_of.data[i] : DROPPED;
        of[r] = t->csv.fields.data[i];
        if (r == DROPPED)
            KG_TRY(st, kg_csv_drop(&t->csv, i, err));
    }
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    s.head = of[ID];
    s.label = of[LABEL];
    s.head_type = of[TYPE];
    if (n < t->needed || s.head.len == 0)
        return kg_reader_bad(t->csv.reader, s.file, s.line, err,
                             "the identifier is missing; expected identifier, label and type "
                             "separated by %s; complete the line",
                             kg_separator_name(t->csv.dialect.separator));
    KG_TRY(st, identify(&s.head, t, of[SOURCE], err));
    for (bool more = of[TYPES].len > 0; more && n_types < MAX_TYPES;) {
        more = kg_fields_next(&types[n_types], &of[TYPES], '|');
        n_types += types[n_types].len > 0;
    }
    KG_TRY(st, n_types > 0 ? kg_reader_emit_types(t->csv.reader, &s, types, n_types, err)
                           : kg_reader_emit(t->csv.reader, &s, err));
    return emit_aliases(t, &s, of[ALIASES], err);
}

static kg_status read_nodes(table *t, kg_error *err) {
    kg_status st;
    bool end, is_header = false;
    KG_TRY(st, kg_csv_next(&end, &t->csv, err));
    if (!end)
        KG_TRY(st, settle(t, &is_header, err));
    while (!end) {
        if (!is_header)
            KG_TRY(st, read_node(t, err));
        is_header = false;
        KG_TRY(st, kg_csv_next(&end, &t->csv, err));
    }
    return KG_OK;
}

static kg_status read_aliases(table *t, kg_error *err) {
    kg_status st;
    for (;;) {
        bool end;
        KG_TRY(st, kg_csv_next(&end, &t->csv, err));
        if (end)
            return KG_OK;
        const kg_str *fields = t->csv.fields.data;
        size_t n = t->csv.fields.len;
        if (t->csv.line == 1 && n == 2 && kg_str_equal_nocase(fields[1], KG_STR("alias")))
            continue;
        if (n < 2 || fields[0].len == 0 || fields[1].len == 0) {
            KG_TRY(st, kg_reader_bad(t->csv.reader, kg_lines_name(t->csv.lines), t->csv.line, err,
                                     "found %zu column%s, expected 2 (identifier, alias) separated "
                                     "by %s, neither empty; complete the line",
                                     n, n == 1 ? "" : "s",
                                     kg_separator_name(t->csv.dialect.separator)));
            continue;
        }
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
        s.file = kg_lines_name(t->csv.lines);
        s.line = t->csv.line;
        s.head = fields[0];
        s.label = fields[1];
        for (size_t i = 2; i < n; i++)
            KG_TRY(st, kg_csv_drop(&t->csv, i, err));
        KG_TRY(st, kg_reader_emit(t->csv.reader, &s, err));
    }
}

/* Without a tab a line of nodes is an identifier alone, whatever else it holds, unless a header or
 * an option says that something else separates. */
static kg_status settle_separator(table *t, kg_error *err) {
    kg_status st;
    kg_str start, word;
    bool identified = false;
    size_t known = 0;
    char separator = t->csv.dialect.separator;
    if (t->csv.reader->options->delimiter || separator == '\t')
        return KG_OK;
    KG_TRY(st, kg_reader_peek(&start, t->csv.lines, err));
    kg_str line = kg_first_line(start);
    for (bool more = separator != KG_SEPARATOR_UNKNOWN; more;) {
        more = kg_fields_next(&word, &line, separator);
        role r = role_of_word(word);
        identified = identified || r == ID;
        known += r < ROLES;
    }
    return identified && known >= 2 ? KG_OK : kg_csv_set_separator(&t->csv, '\t', err);
}

static kg_status read_table(kg_reader *r, const char *path, kg_status (*read)(table *, kg_error *),
                            kg_error *err) {
    table t = {.needed = 0};
    kg_status st = kg_csv_open(&t.csv, r, path, err);
    if (st == KG_OK && read == read_nodes)
        st = settle_separator(&t, err);
    if (!t.csv.dialect.separator)
        t.csv.dialect.separator = '\t';
    if (st == KG_OK)
        st = read(&t, err);
    kg_array_free(&t.role_of);
    kg_array_free(&t.id);
    kg_csv_close(&t.csv);
    return st;
}

kg_status kg_nodes_read(kg_reader *r, const char *path, kg_error *err) {
    return read_table(r, path, read_nodes, err);
}

kg_status kg_aliases_read(kg_reader *r, const char *path, kg_error *err) {
    return read_table(r, path, read_aliases, err);
}
