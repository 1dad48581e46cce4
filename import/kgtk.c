/* KGTK: a table with the columns node1, label, node2 (an edge file), or id and others (a node
 * file). Values in node2 may be lists parted by '|'. Edges called label and alias name their node1;
 * strings, numbers, dates and coordinates have no place in a store and are counted as dropped. */
#include "import/fields.h"
#include "import/format.h"
#include "kgstore/base/array.h"

enum { MAX_COLUMNS = 64 };

typedef enum role { NODE1, LABEL, NODE2, NODE1_LABEL, NODE2_LABEL, ID, ROLES, OTHER } role;

static const char *const words[ROLES][5] = {
    {"node1", "from", "subject"},
    {"label", "predicate", "relation", "relationship"},
    {"node2", "to", "object"},
    {"node1;label"},
    {"node2;label"},
    {"id"},
};

typedef struct table {
    kg_reader *r;
    kg_lines *lines;
    size_t n;
    role role_of[MAX_COLUMNS];
    bool nodes;    /* a node file */
    kg_bytes text; /* an unescaped string */
} table;

static role role_of_word(kg_str word) {
    for (role c = 0; c < ROLES; c++)
        for (int i = 0; words[c][i]; i++)
            if (kg_str_equal(word, kg_str_from(words[c][i])))
                return c;
    return OTHER;
}

/* Which columns a header names; false where it is no KGTK header. */
static bool parse_header(table *t, kg_str line) {
    kg_str fields[MAX_COLUMNS];
    size_t have[OTHER + 1] = {0};
    t->n = kg_fields_split(fields, MAX_COLUMNS, line, '\t');
    if (t->n > MAX_COLUMNS)
        t->n = MAX_COLUMNS;
    for (size_t i = 0; i < t->n; i++) {
        t->role_of[i] = role_of_word(fields[i]);
        have[t->role_of[i]]++;
    }
    t->nodes = have[NODE1] == 0;
    return t->nodes ? have[ID] == 1 && have[LABEL] <= 1
                    : have[NODE1] == 1 && have[LABEL] == 1 && have[NODE2] == 1;
}

/* Is this a string, a language-qualified string, a date, a place, or a number or quantity? */
static bool is_literal(kg_str value) {
    return value.len > 0 && (strchr("\"'^@!+-", value.data[0]) != NULL ||
                             (value.data[0] >= '0' && value.data[0] <= '9'));
}

/* The text of "..." or '...'@lang, unescaped; anything else as it stands. */
static kg_status text_of(kg_str *out, table *t, kg_str value) {
    kg_status st;
    *out = value;
    if (value.len < 2 || (value.data[0] != '"' && value.data[0] != '\''))
        return KG_OK;
    const char *stop = memrchr(value.data + 1, value.data[0], value.len - 1);
    size_t end = stop ? (size_t)(stop - value.data) : value.len;
    t->text.len = 0;
    for (size_t i = 1; i < end; i++) {
        char c = value.data[i];
        if (c == '\\' && i + 1 < end) {
            c = value.data[++i];
            c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        KG_TRY(st, kg_array_push(&t->text, c));
    }
    *out = (kg_str){t->text.data, t->text.len};
    return KG_OK;
}

/* Cut the first value off a '|' list, an escaped \| not parting. */
static kg_str next_value(kg_str *list) {
    size_t n = 0;
    while (n < list->len && list->data[n] != '|')
        n += list->data[n] == '\\' && n + 1 < list->len ? 2 : 1;
    kg_str value = {list->data, n};
    size_t taken = n < list->len ? n + 1 : n;
    *list = (kg_str){list->data + taken, list->len - taken};
    return value;
}

static kg_statement statement(const table *t, kg_statement_kind kind) {
    kg_statement s = KG_STATEMENT_INIT(kind);
    s.file = kg_lines_name(t->lines);
    s.line = kg_lines_number(t->lines);
    return s;
}

static kg_status emit_text(table *t, kg_statement_kind kind, kg_str node, kg_str value,
                           kg_error *err) {
    kg_statement s = statement(t, kind);
    s.head = node;
    if (text_of(&s.label, t, value) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", s.file);
    return s.label.len > 0 ? kg_reader_emit(t->r, &s, err) : KG_OK;
}

static kg_status read_value(table *t, kg_str node1, kg_str label, kg_str value, kg_error *err) {
    if (kg_str_equal(label, KG_STR("label")))
        return emit_text(t, KG_STATEMENT_ENTITY, node1, value, err);
    if (kg_str_equal(label, KG_STR("alias")))
        return emit_text(t, KG_STATEMENT_ALIAS, node1, value, err);
    if (is_literal(value))
        return kg_reader_drop(t->r, label, 1, err);
    kg_statement s = statement(t, KG_STATEMENT_TRIPLE);
    s.head = node1;
    s.relation = label;
    s.tail = value;
    return kg_reader_emit(t->r, &s, err);
}

static kg_status read_edge(table *t, const kg_str *of, size_t found, kg_error *err) {
    kg_status st;
    if (of[NODE1].len == 0 || of[LABEL].len == 0 || of[NODE2].len == 0)
        return kg_reader_bad(t->r, kg_lines_name(t->lines), kg_lines_number(t->lines), err,
                             "found %zu column%s, expected %zu with node1, label and node2 filled; "
                             "complete the line",
                             found, found == 1 ? "" : "s", t->n);
    kg_str list = of[NODE2];
    while (list.len > 0) {
        kg_str value = next_value(&list);
        if (value.len > 0)
            KG_TRY(st, read_value(t, of[NODE1], of[LABEL], value, err));
    }
    if (of[NODE1_LABEL].len > 0)
        KG_TRY(st, emit_text(t, KG_STATEMENT_ENTITY, of[NODE1], of[NODE1_LABEL], err));
    if (of[NODE2_LABEL].len > 0 && !is_literal(of[NODE2]))
        KG_TRY(st, emit_text(t, KG_STATEMENT_ENTITY, of[NODE2], of[NODE2_LABEL], err));
    return KG_OK;
}

static kg_status read_line(table *t, kg_str line, kg_error *err) {
    kg_status st;
    kg_str fields[MAX_COLUMNS], of[OTHER + 1] = {{NULL, 0}};
    size_t n = kg_fields_split(fields, MAX_COLUMNS, line, '\t');
    for (size_t i = 0; i < n && i < t->n; i++) {
        of[t->role_of[i]] = fields[i];
        bool dropped = t->role_of[i] == OTHER || (t->role_of[i] == ID && !t->nodes);
        if (dropped && fields[i].len > 0)
            KG_TRY(st, kg_reader_drop_place(t->r, i, err));
    }
    if (!t->nodes)
        return read_edge(t, of, n, err);
    if (of[ID].len == 0)
        return kg_reader_bad(t->r, kg_lines_name(t->lines), kg_lines_number(t->lines), err,
                             "the id is empty or missing, expected the node's; complete the line");
    kg_statement s = statement(t, KG_STATEMENT_ENTITY);
    s.head = of[ID];
    KG_TRY(st, kg_reader_emit(t->r, &s, err));
    while (of[LABEL].len > 0)
        KG_TRY(st, emit_text(t, KG_STATEMENT_ENTITY, s.head, next_value(&of[LABEL]), err));
    return KG_OK;
}

static kg_status read_table(table *t, kg_error *err) {
    kg_status st;
    kg_str line;
    bool end;
    KG_TRY(st, kg_reader_line(&line, &end, t->r, t->lines, err));
    if (end)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(t->lines), 0,
                           "the file is empty; expected a header with node1, label and node2");
    if (!parse_header(t, line))
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(t->lines), 1,
                           "found the header \"%s\", expected the columns node1, label and node2, "
                           "or id, parted by tabs; name them so",
                           kg_quote(line).text);
    for (;;) {
        KG_TRY(st, kg_reader_line(&line, &end, t->r, t->lines, err));
        if (end)
            return KG_OK;
        if (line.len > 0)
            KG_TRY(st, read_line(t, line, err));
    }
}

static kg_status read_kgtk(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    for (size_t i = 0; i < n_paths; i++) {
        kg_status st;
        table t = {.r = r};
        KG_TRY(st, kg_reader_open(&t.lines, r, paths[i], err));
        st = read_table(&t, err);
        kg_array_free(&t.text);
        kg_lines_close(t.lines);
        if (st != KG_OK)
            return st;
    }
    return KG_OK;
}

/* By the names that are KGTK's own: "subject, predicate, object" is anyone's. */
static bool detect_kgtk(const kg_sample *sample) {
    table t;
    return !sample->is_folder && sample->head.len > 0 &&
           memmem(sample->head.data, sample->head.len, "node1", 5) &&
           memmem(sample->head.data, sample->head.len, "node2", 5) &&
           parse_header(&t, sample->head);
}

const kg_format kg_format_kgtk = {"kgtk", "KGTK tables: node1, label, node2, values parted by |",
                                  NULL, detect_kgtk, read_kgtk};
