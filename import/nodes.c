/* Tables beside a graph: nodes (identifier, label, type) and aliases (identifier, alias), in any
 * dialect. A header may name more: the source that identifiers are numbered in, lists of types and
 * synonyms separated by '|', as KGX has them, and properties (import/cells.h). */
#include "import/csv.h"
#include "import/fields.h"
#include "import/format.h"
#include "import/iri.h"
#include "import/node.h"

typedef enum role { ID, LABEL, TYPE, SOURCE, TYPES, ALIASES, ROLES, DROPPED = ROLES } role;

static const char *const node_words[ROLES][9] = {
    [ID] = {"id", "identifier", "node", "node_id", "entity", ":id", "#id", "curie"},
    [LABEL] = {"name", "label", "title", "display_name", "entity_name", "node_name"},
    [TYPE] = {"type", "kind", "class", "entity_type", ":label", "node_type"},
    [SOURCE] = {"node_source"},
    [TYPES] = {"category", "types"},
    [ALIASES] = {"synonym", "synonyms", "alias", "aliases"},
};

typedef struct table {
    kg_csv csv;
    KG_ARRAY(role) role_of;      /* of each column */
    size_t needed;               /* a record must have so many fields */
    kg_bytes id;                 /* an identifier with its source before it */
    kg_property_columns columns; /* by column; empty: there is no header */
    kg_node node;                /* of the record */
} table;

static role role_of_word(kg_str word) {
    for (role c = 0; c < ROLES; c++)
        for (int i = 0; node_words[c][i]; i++)
            if (kg_str_equal_nocase(kg_str_trim(word), kg_str_from(node_words[c][i])))
                return c;
    return DROPPED;
}

/* Of a column with a language or with terms the name alone tells it. */
static role role_of_column(kg_str word, const kg_property_column *c) {
    role r = role_of_word(word);
    if (r == DROPPED && (c->type.term || c->type.tag.len > 0) && !kg_iri_is_own(word))
        r = role_of_word(c->key);
    return r == DROPPED || r == role_of_word(word) || r == LABEL || r == ALIASES ? r : DROPPED;
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
    if (header &&
        kg_cell_headers(&t->columns, &t->csv.arena, t->csv.fields.data, t->csv.fields.len) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                            kg_lines_name(t->csv.lines));
    for (size_t i = 0; header && i < t->csv.fields.len; i++) {
        role r = role_of_column(t->csv.fields.data[i], &t->columns.data[i]);
        known += r < ROLES;
        KG_TRY(st, put_column(t, r, err));
    }
    *is_header = t->needed > 0 && known >= 2;
    if (*is_header)
        return kg_csv_keep_header(&t->csv, err);
    t->role_of.len = t->columns.len = 0;
    KG_TRY(st, put_column(t, ID, err));
    KG_TRY(st, put_column(t, LABEL, err));
    return put_column(t, TYPE, err);
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

/* What a column says of the node beyond its identifier and types. */
static kg_status take_column(bool *good, table *t, const kg_statement *s, size_t i, kg_error *err) {
    static const kg_property_column label = {.key = {"label", 5}};
    role r = i < t->role_of.len ? t->role_of.data[i] : DROPPED;
    const kg_property_column *c = i < t->columns.len ? &t->columns.data[i] : NULL;
    kg_str cell = t->csv.fields.data[i];
    kg_node_kind kind = r == LABEL     ? KG_NODE_LABEL
                        : r == ALIASES ? KG_NODE_ALIASES
                                       : KG_NODE_PROPERTY;
    if (kind == KG_NODE_PROPERTY && (r != DROPPED || !c || c->key.len == 0))
        return r == DROPPED ? kg_csv_drop(&t->csv, i, err) : KG_OK;
    kg_property_column of = c ? *c : label;
    of.type.list = kind == KG_NODE_PROPERTY ? of.type.list : kind == KG_NODE_ALIASES;
    return kg_node_take(good, &t->node, t->csv.reader, s, kind, &of, cell,
                        kind == KG_NODE_ALIASES ? '|' : KG_CELL_SEPARATOR, err);
}

static kg_status read_node(table *t, kg_error *err) {
    kg_status st;
    kg_str of[ROLES + 1] = {{NULL, 0}};
    size_t n = t->csv.fields.len;
    bool good = true;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    kg_node_reset(&t->node);
    for (size_t i = 0; i < n && good; i++) {
        of[i < t->role_of.len ? t->role_of.data[i] : DROPPED] = t->csv.fields.data[i];
        KG_TRY(st, take_column(&good, t, &s, i, err));
    }
    if (!good)
        return KG_OK;
    s.head = of[ID];
    if (n < t->needed || s.head.len == 0)
        return kg_reader_bad(t->csv.reader, s.file, s.line, err,
                             "the identifier is missing; expected identifier, label and type "
                             "separated by %s; complete the line",
                             kg_separator_name(t->csv.dialect.separator));
    KG_TRY(st, identify(&s.head, t, of[SOURCE], err));
    st = kg_node_add_types(&t->node, of[TYPES], '|');
    if (st == KG_OK && t->node.types.len == 0)
        st = kg_node_add_type(&t->node, of[TYPE]);
    if (st != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", s.file);
    return kg_node_emit(&t->node, t->csv.reader, &s, err);
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
    kg_array_free(&t.columns);
    kg_node_free(&t.node);
    kg_csv_close(&t.csv);
    return st;
}

kg_status kg_nodes_read(kg_reader *r, const char *path, kg_error *err) {
    return read_table(r, path, read_nodes, err);
}

kg_status kg_aliases_read(kg_reader *r, const char *path, kg_error *err) {
    return read_table(r, path, read_aliases, err);
}
