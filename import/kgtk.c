/* KGTK: a table with the columns node1, label, node2 (an edge file), or id and others (a node
 * file). Values in node2 may be lists separated by '|'. Edges called label and alias name their
 * node1; strings, numbers, dates and coordinates are properties of it (import/kgtk_value.h),
 * further columns properties of the edge or the node. */
#include "import/cells.h"
#include "import/csv.h"
#include "import/fields.h"
#include "import/format.h"
#include "import/kgtk_value.h"

typedef enum role {
    NODE1,
    LABEL,
    NODE2,
    NODE1_LABEL,
    LABEL_LABEL,
    NODE2_LABEL,
    ID,
    ROLES,
    OTHER
} role;

static const char *const words[ROLES][5] = {
    {"node1", "from", "subject"},
    {"label", "predicate", "relation", "relationship"},
    {"node2", "to", "object"},
    {"node1;label"},
    {"label;label"},
    {"node2;label"},
    {"id"},
};

typedef struct table {
    kg_csv csv;
    KG_ARRAY(role) role_of; /* of each column */
    bool nodes;             /* a node file */
    kg_cells cells;         /* properties in the record's columns */
} table;

static role role_of_word(kg_str word) {
    for (role c = 0; c < ROLES; c++)
        for (int i = 0; words[c][i]; i++)
            if (kg_str_equal(word, kg_str_from(words[c][i])))
                return c;
    return OTHER;
}

/* Does a table with so many columns of each role follow KGTK? */
static bool is_kgtk(const size_t have[OTHER + 1]) {
    return have[NODE1] == 0 ? have[ID] == 1 && have[LABEL] <= 1
                            : have[NODE1] == 1 && have[LABEL] == 1 && have[NODE2] == 1;
}

/* Which columns the header at hand names. */
static kg_status parse_header(table *t, kg_error *err) {
    size_t have[OTHER + 1] = {0};
    for (size_t i = 0; i < t->csv.fields.len; i++) {
        role r = role_of_word(t->csv.fields.data[i]);
        if (kg_array_push(&t->role_of, r) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                                kg_lines_name(t->csv.lines));
        have[r]++;
    }
    t->nodes = have[NODE1] == 0;
    if (is_kgtk(have))
        return kg_csv_keep_header(&t->csv, err);
    return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(t->csv.lines), 1,
                       "found the header \"%s, ...\", expected the columns node1, label and node2, "
                       "or id, separated by tabs; name them so",
                       kg_quote(t->csv.fields.data[0]).text);
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

static kg_status no_memory(const table *t, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                        kg_lines_name(t->csv.lines));
}

static kg_statement statement(const table *t, kg_statement_kind kind) {
    kg_statement s = KG_STATEMENT_INIT(kind);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    return s;
}

static kg_status emit_text(table *t, kg_statement_kind kind, kg_str node, kg_str value,
                           kg_error *err) {
    kg_statement s = statement(t, kind);
    *(kind == KG_STATEMENT_RELATION ? &s.relation : &s.head) = node;
    kg_value text;
    if (kg_kgtk_value(&text, &t->cells.arena, value) != KG_OK)
        return no_memory(t, err);
    s.label = text.kind == KG_VALUE_STRING ? text.text : value;
    s.language = text.kind == KG_VALUE_STRING ? text.tag : (kg_str){"", 0};
    return s.label.len > 0 ? kg_reader_emit(t->csv.reader, &s, err) : KG_OK;
}

/* A list of texts: the first stays the label, further ones become aliases. */
static kg_status emit_texts(table *t, kg_statement_kind kind, kg_str node, kg_str list,
                            kg_error *err) {
    kg_status st;
    while (list.len > 0)
        KG_TRY(st, emit_text(t, kind, node, next_value(&list), err));
    return KG_OK;
}

/* A literal is a property of node1. */
static kg_status emit_literal(table *t, kg_str node1, kg_str label, kg_str value, kg_error *err) {
    kg_statement s = statement(t, KG_STATEMENT_ENTITY);
    kg_property property = {.key = label};
    if (kg_kgtk_value(&property.value, &t->cells.arena, value) != KG_OK)
        return no_memory(t, err);
    s.head = node1;
    s.properties = &property;
    s.n_properties = 1;
    return kg_reader_emit(t->csv.reader, &s, err);
}

static kg_status read_value(table *t, kg_str node1, kg_str label, kg_str value, kg_error *err) {
    kg_status st;
    bool edge = false;
    if (kg_str_equal(label, KG_STR("label")))
        st = emit_text(t, KG_STATEMENT_ENTITY, node1, value, err);
    else if (kg_str_equal(label, KG_STR("alias")))
        st = emit_text(t, KG_STATEMENT_ALIAS, node1, value, err);
    else if (kg_kgtk_is_literal(value))
        st = emit_literal(t, node1, label, value, err);
    else
        edge = true;
    if (edge) {
        kg_statement s = statement(t, KG_STATEMENT_TRIPLE);
        s.head = node1;
        s.relation = label;
        s.tail = value;
        s.properties = t->cells.properties.data;
        s.n_properties = t->cells.properties.len;
        return kg_reader_emit(t->csv.reader, &s, err);
    }
    for (size_t i = 0; st == KG_OK && i < t->cells.properties.len; i++)
        st = kg_reader_drop(t->csv.reader, t->cells.properties.data[i].key, 1, err);
    return st;
}

/* The columns beyond those of an edge are its properties, or the node's; a list gives each value.
 */
static kg_status take_properties(table *t, size_t i, kg_error *err) {
    kg_property property = {.key = {"", 0}};
    kg_str list = t->csv.fields.data[i];
    if (i < t->csv.header.len)
        property.key = t->csv.header.data[i];
    if (property.key.len == 0)
        return kg_csv_drop(&t->csv, i, err);
    while (list.len > 0) {
        kg_str value = next_value(&list);
        if (value.len > 0 && (kg_kgtk_value(&property.value, &t->cells.arena, value) != KG_OK ||
                              kg_array_push(&t->cells.properties, property) != KG_OK))
            return no_memory(t, err);
    }
    return KG_OK;
}

static kg_status read_edge(table *t, const kg_str *of, kg_error *err) {
    kg_status st;
    size_t found = t->csv.fields.len;
    if (of[NODE1].len == 0 || of[LABEL].len == 0 || of[NODE2].len == 0)
        return kg_reader_bad(t->csv.reader, kg_lines_name(t->csv.lines), t->csv.line, err,
                             "found %zu column%s, expected %zu with node1, label and node2 filled; "
                             "complete the line",
                             found, found == 1 ? "" : "s", t->role_of.len);
    kg_str list = of[NODE2];
    while (list.len > 0) {
        kg_str value = next_value(&list);
        if (value.len > 0)
            KG_TRY(st, read_value(t, of[NODE1], of[LABEL], value, err));
    }
    KG_TRY(st, emit_texts(t, KG_STATEMENT_ENTITY, of[NODE1], of[NODE1_LABEL], err));
    KG_TRY(st, emit_texts(t, KG_STATEMENT_RELATION, of[LABEL], of[LABEL_LABEL], err));
    return kg_kgtk_is_literal(of[NODE2])
               ? KG_OK
               : emit_texts(t, KG_STATEMENT_ENTITY, of[NODE2], of[NODE2_LABEL], err);
}

static kg_status read_record(table *t, kg_error *err) {
    kg_status st;
    kg_str of[OTHER + 1] = {{NULL, 0}};
    kg_cells_reset(&t->cells);
    for (size_t i = 0; i < t->csv.fields.len; i++) {
        role r = i < t->role_of.len ? t->role_of.data[i] : OTHER;
        of[r] = t->csv.fields.data[i];
        if (r == OTHER || (r == ID && !t->nodes))
            KG_TRY(st, take_properties(t, i, err));
    }
    if (!t->nodes)
        return read_edge(t, of, err);
    if (of[ID].len == 0)
        return kg_reader_bad(t->csv.reader, kg_lines_name(t->csv.lines), t->csv.line, err,
                             "the id is empty or missing, expected the node's; complete the line");
    kg_statement s = statement(t, KG_STATEMENT_ENTITY);
    s.head = of[ID];
    s.properties = t->cells.properties.data;
    s.n_properties = t->cells.properties.len;
    KG_TRY(st, kg_reader_emit(t->csv.reader, &s, err));
    return emit_texts(t, KG_STATEMENT_ENTITY, s.head, of[LABEL], err);
}

static kg_status read_table(table *t, kg_error *err) {
    kg_status st;
    bool end;
    KG_TRY(st, kg_csv_next(&end, &t->csv, err));
    if (end)
        return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(t->csv.lines), 0,
                           "the file is empty; expected a header with node1, label and node2");
    KG_TRY(st, parse_header(t, err));
    for (;;) {
        KG_TRY(st, kg_csv_next(&end, &t->csv, err));
        if (end)
            return KG_OK;
        KG_TRY(st, read_record(t, err));
    }
}

static kg_status read_kgtk(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    for (size_t i = 0; i < n_paths; i++) {
        table t = {.nodes = false};
        kg_status st = kg_csv_open(&t.csv, r, paths[i], err);
        t.csv.dialect = (kg_dialect){.separator = '\t', .quoting = KG_QUOTING_NONE};
        if (st == KG_OK)
            st = read_table(&t, err);
        kg_array_free(&t.role_of);
        kg_cells_free(&t.cells);
        kg_csv_close(&t.csv);
        if (st != KG_OK)
            return st;
    }
    return KG_OK;
}

/* By the names that are KGTK's own: "subject, predicate, object" is anyone's. */
static bool detect_kgtk(const kg_sample *sample) {
    size_t have[OTHER + 1] = {0};
    kg_str head = sample->head, word;
    if (sample->is_folder || head.len == 0 || !memmem(head.data, head.len, "node1", 5) ||
        !memmem(head.data, head.len, "node2", 5))
        return false;
    for (bool more = true; more;) {
        more = kg_fields_next(&word, &head, '\t');
        have[role_of_word(word)]++;
    }
    return is_kgtk(have);
}

const kg_format kg_format_kgtk = {"kgtk", "KGTK tables: node1, label, node2, values separated by |",
                                  NULL, detect_kgtk, read_kgtk};
