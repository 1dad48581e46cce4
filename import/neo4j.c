/* neo4j-admin's CSV: files of nodes and files of relationships, each with a header whose columns
 * are name:KIND(Space). A node's identifier is its ID, with "Space::" before it where the header
 * names an ID space; :LABEL gives its types, the first primary; a property called name, label or
 * title is its label and one called alias, aliases, synonym or synonyms its aliases. Arrays are
 * parted by ';'. Other properties are counted as dropped. */
#include "import/csv.h"
#include "import/fields.h"
#include "import/format.h"

#include <stdio.h>

enum { MAX_TYPES = 64 };

typedef enum column_kind {
    ID,
    START_ID,
    END_ID,
    TYPE,
    LABEL,
    TEXT,
    ALIASES,
    IGNORED,
    DROPPED
} column_kind;

typedef struct column {
    column_kind kind;
    char *space; /* of an ID, START_ID or END_ID: "Space::"; NULL: none */
} column;

typedef struct table {
    kg_csv csv;
    KG_ARRAY(column) columns;
    bool relations;   /* a table of relationships */
    kg_bytes ends[2]; /* identifiers with their space before them */
} table;

static const struct {
    const char *word;
    column_kind kind;
} kinds[] = {{"ID", ID},     {"START_ID", START_ID}, {"END_ID", END_ID},
             {"TYPE", TYPE}, {"LABEL", LABEL},       {"IGNORE", IGNORED}};

static bool word_in(kg_str word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (kg_str_equal_nocase(word, kg_str_from(words[i])))
            return true;
    return false;
}

static column_kind property_kind(kg_str name) {
    static const char *const texts[] = {"name", "label", "title"};
    static const char *const aliases[] = {"alias", "aliases", "synonym", "synonyms"};
    if (word_in(name, texts, sizeof texts / sizeof *texts))
        return TEXT;
    return word_in(name, aliases, sizeof aliases / sizeof *aliases) ? ALIASES : DROPPED;
}

/* "personId:ID(Person)" -> kind and space. */
static kg_status parse_column(column *c, kg_str text) {
    const char *colon = memrchr(text.data, ':', text.len);
    kg_str name = colon ? (kg_str){text.data, (size_t)(colon - text.data)} : text;
    kg_str type = colon ? (kg_str){colon + 1, text.len - name.len - 1} : (kg_str){"", 0};
    const char *open = type.len ? memchr(type.data, '(', type.len) : NULL;
    kg_str space = {NULL, 0};
    if (open) {
        space = (kg_str){open + 1, type.len - (size_t)(open + 1 - type.data)};
        if (space.len > 0 && space.data[space.len - 1] == ')')
            space.len--;
        type.len = (size_t)(open - type.data);
    }
    *c = (column){property_kind(kg_str_trim(name)), NULL};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kg_str_equal(type, kg_str_from(kinds[i].word)))
            c->kind = kinds[i].kind;
    if (c->kind <= END_ID && space.len > 0 &&
        asprintf(&c->space, "%.*s::", KG_STR_ARG(space)) < 0) {
        c->space = NULL;
        return KG_ERR_MEMORY;
    }
    return KG_OK;
}

static size_t count_kind(const table *t, column_kind kind) {
    size_t n = 0;
    for (size_t i = 0; i < t->columns.len; i++)
        n += t->columns.data[i].kind == kind;
    return n;
}

static kg_status read_header(table *t, kg_error *err) {
    kg_status st;
    bool end;
    const char *file = kg_lines_name(t->csv.lines);
    KG_TRY(st, kg_csv_next(&end, &t->csv, err));
    if (end)
        return kg_error_at(err, KG_ERR_FORMAT, file, 0,
                           "the file is empty; expected a header with :ID, or with :START_ID, "
                           ":END_ID and :TYPE");
    for (size_t i = 0; i < t->csv.fields.len; i++) {
        column c = {DROPPED, NULL};
        if (parse_column(&c, kg_str_trim(t->csv.fields.data[i])) != KG_OK ||
            kg_array_push(&t->columns, c) != KG_OK) {
            free(c.space);
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", file);
        }
    }
    t->relations = count_kind(t, START_ID) + count_kind(t, END_ID) > 0;
    bool good = t->relations ? count_kind(t, START_ID) == 1 && count_kind(t, END_ID) == 1 &&
                                   count_kind(t, TYPE) == 1
                             : count_kind(t, ID) == 1;
    if (good)
        return KG_OK;
    return kg_error_at(err, KG_ERR_FORMAT, file, t->csv.line,
                       "the header must have :ID once (nodes), or :START_ID, :END_ID and :TYPE "
                       "once each (relationships); complete it");
}

static kg_status identify(kg_str *out, kg_bytes *buffer, const column *c, kg_str id) {
    kg_status st;
    *out = id;
    if (!c->space || id.len == 0)
        return KG_OK;
    buffer->len = 0;
    KG_TRY(st, kg_array_append(buffer, c->space, strlen(c->space)));
    KG_TRY(st, kg_array_append(buffer, id.data, id.len));
    *out = (kg_str){buffer->data, buffer->len};
    return KG_OK;
}

static kg_status emit_aliases(table *t, const kg_statement *node, kg_str list, kg_error *err) {
    kg_status st;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    s.file = node->file;
    s.line = node->line;
    s.head = node->head;
    while (list.len > 0) {
        const char *cut = memchr(list.data, ';', list.len);
        size_t n = cut ? (size_t)(cut - list.data) : list.len;
        s.label = (kg_str){list.data, n};
        if (n > 0)
            KG_TRY(st, kg_reader_emit(t->csv.reader, &s, err));
        n += cut != NULL;
        list = (kg_str){list.data + n, list.len - n};
    }
    return KG_OK;
}

/* Non-empty parts of "A;B", at most MAX_TYPES. */
static size_t split_labels(kg_str *types, kg_str list) {
    size_t n = kg_fields_split(types, MAX_TYPES, list, ';'), kept = 0;
    for (size_t i = 0; i < n && i < MAX_TYPES; i++)
        if (types[i].len > 0)
            types[kept++] = types[i];
    return kept;
}

static kg_status read_node(table *t, kg_error *err) {
    kg_status st;
    kg_str types[MAX_TYPES], aliases = {"", 0};
    size_t n_types = 0;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    for (size_t i = 0; i < t->csv.fields.len && i < t->columns.len; i++) {
        const column *c = &t->columns.data[i];
        kg_str value = t->csv.fields.data[i];
        if (c->kind == ID && identify(&s.head, &t->ends[0], c, value) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", s.file);
        if (c->kind == LABEL)
            n_types = split_labels(types, value);
        else if (c->kind == TEXT && s.label.len == 0)
            s.label = value;
        else if (c->kind == ALIASES)
            aliases = value;
        else if (c->kind >= TEXT && c->kind != IGNORED && value.len > 0)
            KG_TRY(st, kg_reader_drop_place(t->csv.reader, i, err));
    }
    if (s.head.len == 0)
        return kg_reader_bad(t->csv.reader, s.file, s.line, err,
                             "the :ID is empty or missing, expected the node's identifier; "
                             "complete the record");
    KG_TRY(st, kg_reader_emit_types(t->csv.reader, &s, types, n_types, err));
    return emit_aliases(t, &s, aliases, err);
}

static kg_status read_relation(table *t, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    kg_status st = KG_OK;
    for (size_t i = 0; i < t->csv.fields.len && i < t->columns.len && st == KG_OK; i++) {
        const column *c = &t->columns.data[i];
        kg_str value = t->csv.fields.data[i];
        if (c->kind == START_ID)
            st = identify(&s.head, &t->ends[0], c, value);
        else if (c->kind == END_ID)
            st = identify(&s.tail, &t->ends[1], c, value);
        else if (c->kind == TYPE)
            s.relation = value;
        else if (c->kind != IGNORED && value.len > 0)
            st = kg_reader_drop_place(t->csv.reader, i, err);
    }
    if (st != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", s.file);
    if (s.head.len == 0 || s.relation.len == 0 || s.tail.len == 0)
        return kg_reader_bad(t->csv.reader, s.file, s.line, err,
                             "found %zu fields, expected %zu with :START_ID, :TYPE and :END_ID "
                             "filled; complete the record",
                             t->csv.fields.len, t->columns.len);
    return kg_reader_emit(t->csv.reader, &s, err);
}

static kg_status read_table(table *t, kg_error *err) {
    kg_status st;
    bool end;
    KG_TRY(st, read_header(t, err));
    for (;;) {
        KG_TRY(st, kg_csv_next(&end, &t->csv, err));
        if (end)
            return KG_OK;
        if (t->csv.fields.len > t->columns.len) {
            KG_TRY(st, kg_reader_bad(t->csv.reader, kg_lines_name(t->csv.lines), t->csv.line, err,
                                     "found %zu fields, expected %zu as in the header; quote "
                                     "fields that hold separators",
                                     t->csv.fields.len, t->columns.len));
            continue;
        }
        KG_TRY(st, t->relations ? read_relation(t, err) : read_node(t, err));
    }
}

/* The separator that a header line uses: a tab where there is one, else a comma, else a semicolon.
 */
static char separator_of(kg_str header) {
    if (header.len > 0 && memchr(header.data, '\t', header.len))
        return '\t';
    if (header.len > 0 && !memchr(header.data, ',', header.len) &&
        memchr(header.data, ';', header.len))
        return ';';
    return ',';
}

static kg_status read_file(kg_reader *r, const char *path, kg_error *err) {
    kg_status st;
    kg_str start;
    table t = {.csv = {.reader = r}};
    KG_TRY(st, kg_reader_open(&t.csv.lines, r, path, err));
    st = kg_reader_peek(&start, t.csv.lines, err);
    t.csv.separator = separator_of(kg_first_line(start));
    if (st == KG_OK)
        st = read_table(&t, err);
    for (size_t i = 0; i < t.columns.len; i++)
        free(t.columns.data[i].space);
    kg_array_free(&t.columns);
    kg_array_free(&t.ends[0]);
    kg_array_free(&t.ends[1]);
    kg_csv_free(&t.csv);
    kg_lines_close(t.csv.lines);
    return st;
}

static kg_status read_neo4j(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    for (size_t i = 0; i < n_paths; i++) {
        kg_status st;
        KG_TRY(st, read_file(r, paths[i], err));
    }
    return KG_OK;
}

static bool detect_neo4j(const kg_sample *sample) {
    kg_str head = sample->head;
    return !sample->is_folder && head.len > 0 &&
           (memmem(head.data, head.len, ":ID", 3) || memmem(head.data, head.len, ":START_ID", 9));
}

const kg_format kg_format_neo4j = {"neo4j",
                                   "CSV files of nodes (:ID, :LABEL) and relationships (:START_ID, "
                                   ":TYPE, :END_ID)",
                                   NULL, detect_neo4j, read_neo4j};
