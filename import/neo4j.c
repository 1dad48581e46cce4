/* neo4j-admin's CSV: files of nodes and files of relationships. A header, whose columns are
 * name:KIND(Space){label:Label}, stands in the first line of a file or in a file of its own, and
 * holds for the files named with it ("header.csv,part.csv") or after it that have none. "NAME="
 * before them gives nodes a label, relationships their type.
 *
 * A node's identifier is its ID, with "Space::" before it where the header names an ID space, and
 * several ID columns joined by ':'; :LABEL gives its types, the first primary; a property called
 * name, label or title is its label and one called alias, aliases, synonym or synonyms its aliases,
 * each maybe with a language behind '@'. Other columns are properties (import/cells.h). */
#include "import/fields.h"
#include "import/format.h"
#include "import/iri.h"
#include "import/neo4j_header.h"
#include "import/node.h"

/* What holds from file to file. */
typedef struct tables {
    kg_reader *r;
    kg_neo4j_header header; /* no columns: none was read yet */
    char separator;         /* of the header's file */
    bool alone;             /* the header stood in a file without data: it holds for what follows */
    kg_str name;            /* "NAME=" before the files; empty: none */
    char array_separator;
    kg_csv csv;       /* the file being read */
    kg_bytes ends[2]; /* identifiers put together */
    kg_node node;     /* or the edge, which has properties alone */
} tables;

static kg_status no_memory(const tables *t, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s",
                        kg_lines_name(t->csv.lines));
}

/* ---- Records ----------------------------------------------------------------------------------
 */

/* Append a part of an identifier; of one that has several, what separates them is escaped. */
static kg_status put_part(kg_bytes *to, kg_str part, bool composite) {
    kg_status st;
    if (!composite)
        return kg_array_append(to, part.data, part.len);
    if (to->len > 0)
        KG_TRY(st, kg_array_push(to, ':'));
    for (size_t i = 0; i < part.len; i++) {
        if (part.data[i] == ':' || part.data[i] == '\\')
            KG_TRY(st, kg_array_push(to, '\\'));
        KG_TRY(st, kg_array_push(to, part.data[i]));
    }
    return KG_OK;
}

/* The identifier in the columns of a kind; empty where one of them is. */
static kg_status identify(kg_str *out, tables *t, kg_neo4j_kind kind, kg_error *err) {
    const kg_neo4j_header *h = &t->header;
    kg_bytes *buffer = &t->ends[kind == KG_NEO4J_END_ID];
    kg_str space = {"", 0};
    bool composite = h->of_kind[kind] > 1;
    *out = space;
    buffer->len = 0;
    for (size_t i = 0; i < h->columns.len; i++) {
        const kg_neo4j_column *c = &h->columns.data[i];
        kg_str value = i < t->csv.fields.len ? t->csv.fields.data[i] : (kg_str){"", 0};
        if (c->kind != kind)
            continue;
        if (value.len == 0)
            return KG_OK;
        space = space.len ? space : c->space;
        *out = value;
        if ((composite || space.len > 0) && put_part(buffer, value, composite) != KG_OK)
            return no_memory(t, err);
    }
    if (!composite && space.len == 0)
        return KG_OK;
    if (kg_array_reserve(buffer, space.len) != KG_OK)
        return no_memory(t, err);
    memmove(buffer->data + space.len, buffer->data, buffer->len);
    if (space.len > 0)
        memcpy(buffer->data, space.data, space.len);
    *out = (kg_str){buffer->data, buffer->len + space.len};
    return KG_OK;
}

/* A name, from a form that can hold all characters where it has that (import/iri.h). */
static kg_status unescape(kg_str *name, tables *t, kg_error *err) {
    return kg_iri_name(name, &t->node.properties.arena, *name) == KG_OK ? KG_OK : no_memory(t, err);
}

/* The types, labels and properties of the record's columns. */
static kg_status take_columns(bool *good, tables *t, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_str otherwise = {"", 0};
    *good = true;
    for (size_t i = 0; i < t->csv.fields.len && *good; i++) {
        const kg_neo4j_column *c = &t->header.columns.data[i];
        kg_str value = t->csv.fields.data[i];
        if (c->kind == KG_NEO4J_ID && c->label.len > 0)
            otherwise = c->label;
        if (c->kind == KG_NEO4J_LABEL &&
            kg_node_add_types(&t->node, value, t->array_separator) != KG_OK)
            return no_memory(t, err);
        kg_node_kind kind = c->kind == KG_NEO4J_TEXT      ? KG_NODE_LABEL
                            : c->kind == KG_NEO4J_ALIASES ? KG_NODE_ALIASES
                                                          : KG_NODE_PROPERTY;
        if (kind != KG_NODE_PROPERTY || c->kind == KG_NEO4J_PROPERTY)
            KG_TRY(st, kg_node_take(good, &t->node, t->r, s, kind, &c->property, value,
                                    t->array_separator, err));
    }
    st = kg_node_add_types(&t->node, t->name, ':');
    if (st == KG_OK && t->node.types.len == 0)
        st = kg_node_add_types(&t->node, otherwise, ':');
    return st == KG_OK ? KG_OK : no_memory(t, err);
}

static kg_status read_node(tables *t, kg_error *err) {
    kg_status st;
    bool good;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    kg_node_reset(&t->node);
    KG_TRY(st, identify(&s.head, t, KG_NEO4J_ID, err));
    KG_TRY(st, unescape(&s.head, t, err));
    if (s.head.len == 0)
        return kg_reader_bad(t->r, s.file, s.line, err,
                             "the :ID is empty or missing, expected the node's identifier; "
                             "complete the record");
    KG_TRY(st, take_columns(&good, t, &s, err));
    if (!good)
        return KG_OK;
    return kg_node_emit(&t->node, t->r, &s, err);
}

static kg_status read_relation(tables *t, kg_error *err) {
    kg_status st;
    bool good = true;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.file = kg_lines_name(t->csv.lines);
    s.line = t->csv.line;
    kg_node_reset(&t->node);
    KG_TRY(st, identify(&s.head, t, KG_NEO4J_START_ID, err));
    KG_TRY(st, identify(&s.tail, t, KG_NEO4J_END_ID, err));
    for (size_t i = 0; i < t->csv.fields.len && good; i++) {
        const kg_neo4j_column *c = &t->header.columns.data[i];
        if (c->kind == KG_NEO4J_TYPE)
            s.relation = t->csv.fields.data[i];
        else if (c->kind == KG_NEO4J_PROPERTY)
            KG_TRY(st, kg_cells_take(&good, &t->node.properties, t->r, &s, &c->property,
                                     t->csv.fields.data[i], t->array_separator, err));
        else if (c->kind == KG_NEO4J_LABEL && t->csv.fields.data[i].len > 0)
            KG_TRY(st, kg_reader_drop(t->r, c->property.key, 1, err));
    }
    if (!good)
        return KG_OK;
    KG_TRY(st, unescape(&s.head, t, err));
    KG_TRY(st, unescape(&s.relation, t, err));
    KG_TRY(st, unescape(&s.tail, t, err));
    if (s.relation.len == 0)
        s.relation = t->name.len ? t->name : kg_str_from(t->r->options->relation);
    if (s.head.len == 0 || s.relation.len == 0 || s.tail.len == 0)
        return kg_reader_bad(t->r, s.file, s.line, err,
                             "found %zu fields, expected %zu with :START_ID, :TYPE and :END_ID "
                             "filled; complete the record",
                             t->csv.fields.len, t->header.columns.len);
    s.properties = t->node.properties.properties.data;
    s.n_properties = t->node.properties.properties.len;
    return kg_reader_emit(t->r, &s, err);
}

/* ---- Files ------------------------------------------------------------------------------------
 */

static bool is_relations(const tables *t) {
    return t->header.of_kind[KG_NEO4J_START_ID] > 0;
}

static kg_status read_header(tables *t, kg_error *err) {
    kg_status st;
    bool end;
    const char *file = kg_lines_name(t->csv.lines);
    KG_TRY(st, kg_csv_next(&end, &t->csv, err));
    if (end)
        return kg_error_at(err, KG_ERR_FORMAT, file, 0,
                           "the file is empty; expected a header with :ID, or with :START_ID, "
                           ":END_ID and :TYPE");
    kg_neo4j_header_free(&t->header);
    KG_TRY(st, kg_neo4j_header_parse(&t->header, &t->csv, err));
    if (is_relations(t) && t->header.of_kind[KG_NEO4J_TYPE] == 0 && t->name.len == 0 &&
        !t->r->options->relation)
        return kg_error_at(err, KG_ERR_FORMAT, file, t->csv.line,
                           "the header has no :TYPE; name the type before the file, TYPE=%s, or "
                           "with --relation",
                           file);
    return KG_OK;
}

/* *n: how many records there were. */
static kg_status read_records(uint64_t *n, tables *t, kg_error *err) {
    kg_status st;
    bool end;
    for (*n = 0;; ++*n) {
        KG_TRY(st, kg_csv_next(&end, &t->csv, err));
        if (end)
            return KG_OK;
        if (t->csv.fields.len > t->header.columns.len) {
            KG_TRY(st, kg_reader_bad(t->r, kg_lines_name(t->csv.lines), t->csv.line, err,
                                     "found %zu fields, expected %zu as in the header; quote "
                                     "fields that hold separators",
                                     t->csv.fields.len, t->header.columns.len));
            continue;
        }
        KG_TRY(st, is_relations(t) ? read_relation(t, err) : read_node(t, err));
    }
}

/* Read the file that was just opened. goes_on: the header of the one before holds. */
static kg_status read_open(tables *t, bool goes_on, kg_error *err) {
    kg_status st;
    kg_str start;
    uint64_t n;
    KG_TRY(st, kg_reader_peek(&start, t->csv.lines, err));
    kg_str line = kg_first_line(start);
    bool has_header = kg_neo4j_is_header(line) || !(goes_on || t->alone);
    if (has_header)
        t->separator = kg_neo4j_separator(line);
    KG_TRY(st, kg_csv_set_separator(&t->csv, t->separator, err));
    if (has_header)
        KG_TRY(st, read_header(t, err));
    KG_TRY(st, read_records(&n, t, err));
    if (has_header)
        t->alone = n == 0;
    return KG_OK;
}

static kg_status read_file(tables *t, const char *path, bool goes_on, kg_error *err) {
    kg_status st = kg_csv_open(&t->csv, t->r, path, err);
    if (st == KG_OK)
        st = read_open(t, goes_on, err);
    kg_csv_close(&t->csv);
    return st;
}

/* "[NAME=]FILE[,FILE]..." */
static kg_status read_group(tables *t, const char *path, kg_error *err) {
    kg_status st;
    bool first = true, more;
    kg_str files = kg_group_files(&t->name, t->r, path), file;
    do {
        more = kg_group_next(&file, &files, t->r);
        char *copy = strndup(file.data, file.len);
        if (!copy)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
        bool opened = first && t->r->opened && t->r->opened_path == path;
        st = read_file(t, opened ? path : copy, !first, err);
        free(copy);
        first = false;
    } while (st == KG_OK && more);
    return st;
}

static kg_status read_neo4j(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    kg_status st = KG_OK;
    const char *array = r->options->array_delimiter;
    tables t = {.r = r, .array_separator = array ? *array : ';'};
    if (array && strlen(array) != 1)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "--array-delimiter: found \"%s\"; expected one character", array);
    for (size_t i = 0; i < n_paths && st == KG_OK; i++)
        st = read_group(&t, paths[i], err);
    kg_neo4j_header_free(&t.header);
    kg_array_free(&t.ends[0]);
    kg_array_free(&t.ends[1]);
    kg_node_free(&t.node);
    return st;
}

static bool detect_neo4j(const kg_sample *sample) {
    return !sample->is_folder && kg_neo4j_is_header(sample->head);
}

const kg_format kg_format_neo4j = {"neo4j",
                                   "CSV files of nodes (:ID, :LABEL) and relationships (:START_ID, "
                                   ":TYPE, :END_ID)",
                                   NULL, detect_neo4j, read_neo4j};
