/* Tables beside a graph: nodes (identifier, label, type) and aliases (identifier, alias). */
#include "import/fields.h"
#include "import/format.h"

enum { NODE_COLUMNS = 3, MAX_COLUMNS = 64 };

typedef struct table {
    size_t n;               /* columns of the table */
    size_t at[MAX_COLUMNS]; /* place of column i in the statement: 0.., or NODE_COLUMNS: dropped */
    size_t needed;          /* a line must have so many */
} table;

static const char *const node_words[NODE_COLUMNS][9] = {
    {"id", "identifier", "node", "node_id", "entity", ":id", "#id", "curie"},
    {"name", "label", "title", "display_name", "entity_name"},
    {"type", "kind", "category", "class", "entity_type", ":label", "node_type"},
};

static size_t node_column(kg_str word) {
    for (size_t c = 0; c < NODE_COLUMNS; c++)
        for (int i = 0; node_words[c][i]; i++)
            if (kg_str_equal_nocase(kg_str_trim(word), kg_str_from(node_words[c][i])))
                return c;
    return NODE_COLUMNS;
}

/* Columns by a header, which must name the identifier first of all and at least one more. */
static bool table_from_header(table *t, kg_str line) {
    kg_str words[MAX_COLUMNS];
    size_t known = 0;
    bool identified = false;
    t->n = kg_fields_split(words, MAX_COLUMNS, line, '\t');
    if (t->n > MAX_COLUMNS)
        t->n = MAX_COLUMNS;
    t->needed = 0;
    for (size_t i = 0; i < t->n; i++) {
        t->at[i] = node_column(words[i]);
        known += t->at[i] < NODE_COLUMNS;
        if (t->at[i] == 0) {
            identified = true;
            t->needed = i + 1;
        }
    }
    return identified && known >= 2;
}

static void table_by_place(table *t) {
    t->n = NODE_COLUMNS;
    t->needed = 1;
    for (size_t i = 0; i < NODE_COLUMNS; i++)
        t->at[i] = i;
}

static kg_status read_node(kg_reader *r, const table *t, kg_str line, const kg_lines *lines,
                           kg_error *err) {
    kg_status st;
    kg_str fields[MAX_COLUMNS], of[NODE_COLUMNS + 1] = {{NULL, 0}};
    size_t n = kg_fields_split(fields, MAX_COLUMNS, line, '\t');
    for (size_t i = 0; i < n && i < t->n; i++) {
        of[t->at[i]] = fields[i];
    }
    for (size_t i = 0; i < n; i++)
        if (i >= t->n || (t->at[i] == NODE_COLUMNS && fields[i].len > 0))
            KG_TRY(st, kg_reader_drop_place(r, i, err));
    if (n < t->needed || of[0].len == 0)
        return kg_reader_bad(r, kg_lines_name(lines), kg_lines_number(lines), err,
                             "the identifier is missing; expected identifier, label and type "
                             "parted by tabs; complete the line");
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.file = kg_lines_name(lines);
    s.line = kg_lines_number(lines);
    s.head = of[0];
    s.label = of[1];
    s.head_type = of[2];
    return kg_reader_emit(r, &s, err);
}

static kg_status read_nodes(kg_reader *r, kg_lines *lines, kg_error *err) {
    kg_status st;
    kg_str line;
    bool end;
    table t;
    KG_TRY(st, kg_reader_line(&line, &end, r, lines, err));
    bool header = r->options->header != KG_HEADER_NO && table_from_header(&t, line);
    if (!header)
        table_by_place(&t);
    for (; !end && st == KG_OK; header = false) {
        if (!header && line.len > 0)
            KG_TRY(st, read_node(r, &t, line, lines, err));
        KG_TRY(st, kg_reader_line(&line, &end, r, lines, err));
    }
    return KG_OK;
}

static kg_status read_aliases(kg_reader *r, kg_lines *lines, kg_error *err) {
    kg_status st;
    for (;;) {
        kg_str line, fields[2];
        bool end;
        KG_TRY(st, kg_reader_line(&line, &end, r, lines, err));
        if (end)
            return KG_OK;
        size_t n = kg_fields_split(fields, 2, line, '\t');
        if (line.len == 0 || (kg_lines_number(lines) == 1 && n == 2 &&
                              kg_str_equal_nocase(fields[1], KG_STR("alias"))))
            continue;
        if (n < 2 || fields[0].len == 0 || fields[1].len == 0) {
            KG_TRY(st, kg_reader_bad(r, kg_lines_name(lines), kg_lines_number(lines), err,
                                     "found %zu column%s, expected 2 (identifier, alias) parted by "
                                     "a tab, neither empty; complete the line",
                                     n, n == 1 ? "" : "s"));
            continue;
        }
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
        s.file = kg_lines_name(lines);
        s.line = kg_lines_number(lines);
        s.head = fields[0];
        s.label = fields[1];
        for (size_t i = 2; i < n; i++)
            KG_TRY(st, kg_reader_drop_place(r, i, err));
        KG_TRY(st, kg_reader_emit(r, &s, err));
    }
}

static kg_status read_table(kg_reader *r, const char *path,
                            kg_status (*read)(kg_reader *, kg_lines *, kg_error *), kg_error *err) {
    kg_status st;
    kg_lines *lines;
    KG_TRY(st, kg_reader_open(&lines, r, path, err));
    st = read(r, lines, err);
    kg_lines_close(lines);
    return st;
}

kg_status kg_nodes_read(kg_reader *r, const char *path, kg_error *err) {
    return read_table(r, path, read_nodes, err);
}

kg_status kg_aliases_read(kg_reader *r, const char *path, kg_error *err) {
    return read_table(r, path, read_aliases, err);
}
