/* Tables of names: tsv (triples.tsv, nodes.tsv, aliases.tsv) and csv likewise, with a column for
 * each property (import/survey.h). The label of a relation stands with its first edge, in a column
 * of its own. A node is one row; its types are separated by '|'. Aliases that
 * a row of two fields does not say stand in the column aliases^^ of the nodes (import/texts.h). */
#include "import/survey.h"
#include "import/texts.h"

#include <stdlib.h>

/* How a table is written. */
typedef struct dialect {
    char separator;
    const char *never;  /* what no name can hold */
    const char *quoted; /* what a cell is quoted for */
    const char *name;
} dialect;

/* A cell of tsv that begins with a quote is quoted, since readers may take it for that. */
static const dialect tsv = {'\t', "\t\n\r", "", "tsv"};
static const dialect csv = {',', "\r", "\"',;|\n\t", "csv"};

typedef struct sheet {
    kg_export_job *job;
    FILE *to;
    const dialect *dialect;
    kg_survey columns;
    kg_texts texts;
    bool has_texts; /* there are columns label^^ and aliases^^ */
    bool *to_tell;  /* of each relation: its label stands with its next edge; NULL: none has one */
    size_t n;       /* cells of the record so far */
} sheet;

/* What no type of a list of them can hold. */
static const char IN_A_LIST[] = "|\t\n\r";

/* Words that mean something else in the header of nodes (nodes.c). */
static const char *const reserved[] = {"name",      "label",       "title",   "display_name",
                                       "alias",     "aliases",     "synonym", "synonyms",
                                       "node_name", "entity_name", NULL};

static kg_status no_memory(const sheet *s) {
    return kg_error_set(s->job->err, KG_ERR_MEMORY, "out of memory writing %s", s->job->path);
}

/* ---- Cells ------------------------------------------------------------------------------------
 */

static void put_cell(sheet *s, kg_str text) {
    const dialect *d = s->dialect;
    bool quoted = text.len > 0 && (text.data[0] == '"' || (d == &csv && text.data[0] == ' ') ||
                                   (d == &csv && text.data[text.len - 1] == ' '));
    for (size_t i = 0; !quoted && *d->quoted && i < text.len; i++)
        quoted = strchr(d->quoted, text.data[i]) != NULL;
    if (s->n++ > 0)
        putc(d->separator, s->to);
    if (quoted)
        kg_put_doubled(s->to, text);
    else
        kg_put(s->to, text);
}

static void put_bytes(sheet *s, const kg_bytes *text) {
    put_cell(s, (kg_str){text->data, text->len});
}

static void end_record(sheet *s) {
    putc('\n', s->to);
    s->n = 0;
}

static kg_status put_name(sheet *s, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, s->job, kind, id));
    KG_TRY(st, kg_export_check(s->job, name, s->dialect->never, s->dialect->name));
    put_cell(s, name);
    return KG_OK;
}

static kg_status put_property(void *context, const kg_survey_column *column, kg_str cell) {
    (void)column;
    put_cell(context, cell);
    return KG_OK;
}

static kg_status put_header(sheet *s, const char *const *words) {
    for (size_t i = 0; words[i]; i++)
        put_cell(s, kg_str_from(words[i]));
    for (size_t i = 0; i < s->columns.len; i++) {
        s->job->text.len = 0;
        if (kg_cell_append_header(&s->job->text, s->columns.data[i].name, &s->columns.data[i].type,
                                  reserved) != KG_OK)
            return no_memory(s);
        put_bytes(s, &s->job->text);
    }
    end_record(s);
    return KG_OK;
}

/* ---- Triples ----------------------------------------------------------------------------------
 */

/* Which relations have a label. */
static kg_status find_labels(sheet *s) {
    kg_status st;
    uint64_t n = s->job->stats.relations;
    bool any = false;
    s->to_tell = calloc(n + 1, sizeof *s->to_tell);
    if (!s->to_tell)
        return no_memory(s);
    for (kg_id id = 0; id < n; id++) {
        kg_str label, language;
        KG_TRY(st, kg_export_relation_label(&label, &language, s->job, id));
        any = any || label.len > 0;
        s->to_tell[id] = label.len > 0;
    }
    if (!any) {
        free(s->to_tell);
        s->to_tell = NULL;
    }
    return KG_OK;
}

/* Once is enough, and costs a reader less. */
static kg_status put_relation_label(sheet *s, kg_id relation) {
    kg_status st;
    kg_str label = {"", 0}, language;
    if (s->to_tell[relation])
        KG_TRY(st, kg_export_relation_label(&label, &language, s->job, relation));
    s->to_tell[relation] = false;
    KG_TRY(st, kg_export_check(s->job, label, s->dialect->never, s->dialect->name));
    put_cell(s, label);
    return KG_OK;
}

static kg_status put_triple(void *context, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    sheet *s = context;
    kg_properties properties;
    KG_TRY(st, put_name(s, KG_ENTITY, head));
    KG_TRY(st, put_name(s, KG_RELATION, relation));
    KG_TRY(st, put_name(s, KG_ENTITY, tail));
    if (s->to_tell)
        KG_TRY(st, put_relation_label(s, relation));
    if (s->columns.len > 0) {
        KG_TRY(st, kg_edge_properties(&properties, s->job->snapshot, head, relation, tail));
        KG_TRY(st, kg_survey_row(&s->columns, s->job, properties, put_property, s));
    }
    end_record(s);
    return KG_OK;
}

static kg_status fill_triples(sheet *s) {
    const char *words[] = {"head", "relation", "tail", NULL, NULL};
    kg_status st = kg_survey_edges(&s->columns, s->job, s->dialect->never);
    if (st == KG_OK)
        st = find_labels(s);
    words[3] = s->to_tell ? "relation_name" : NULL;
    if (st == KG_OK)
        st = put_header(s, words);
    return st == KG_OK ? kg_export_triples(s->job, s->to, put_triple, s) : st;
}

/* ---- Nodes ------------------------------------------------------------------------------------
 */

static kg_status put_types(sheet *s, kg_id id) {
    kg_status st;
    kg_types types;
    kg_bytes *text = &s->job->text;
    KG_TRY(st, kg_entity_types(&types, s->job->snapshot, id));
    text->len = 0;
    for (uint32_t i = 0; i < types.count; i++) {
        kg_str type;
        KG_TRY(st, kg_export_name(&type, s->job, KG_TYPE, kg_types_at(types, i)));
        if ((i > 0 && kg_array_push(text, '|') != KG_OK) ||
            kg_texts_append_name(text, type, IN_A_LIST) != KG_OK)
            return no_memory(s);
    }
    put_bytes(s, text);
    return KG_OK;
}

static kg_status put_node(sheet *s, kg_id id) {
    kg_status st;
    static const kg_bytes none = KG_ARRAY_INIT;
    kg_properties properties;
    KG_TRY(st, kg_texts_take(&s->texts, s->job, id));
    KG_TRY(st, put_name(s, KG_ENTITY, id));
    put_bytes(s, &s->texts.plain[0]);
    KG_TRY(st, put_types(s, id));
    for (int i = 0; s->has_texts && i < 2; i++)
        put_bytes(s, s->texts.needed[i] ? &s->texts.whole[i] : &none);
    KG_TRY(st, kg_entity_properties(&properties, s->job->snapshot, id));
    KG_TRY(st, kg_survey_row(&s->columns, s->job, properties, put_property, s));
    end_record(s);
    return KG_OK;
}

/* Has every entity one type at most, and is each its own name in a list? The column then is "type".
 */
static kg_status look_at_types(bool *plain, sheet *s) {
    kg_status st;
    *plain = s->job->stats.multi_typed == 0;
    for (kg_id id = 0; *plain && id < s->job->stats.types; id++) {
        kg_str name;
        kg_bytes *text = &s->job->text;
        KG_TRY(st, kg_export_name(&name, s->job, KG_TYPE, id));
        text->len = 0;
        if (kg_texts_append_name(text, name, IN_A_LIST) != KG_OK)
            return no_memory(s);
        *plain = kg_str_equal(name, (kg_str){text->data, text->len});
    }
    return KG_OK;
}

static kg_status fill_nodes(sheet *s) {
    const char *words[] = {"id", "label", "types", NULL, NULL, NULL};
    bool plain = true;
    uint64_t from, end;
    kg_status st = kg_survey_entities(&s->columns, s->job, s->dialect->never);
    if (st == KG_OK)
        st = kg_texts_needed(&s->has_texts, &s->texts, s->job);
    if (st == KG_OK)
        st = look_at_types(&plain, s);
    words[2] = plain ? "type" : "types";
    words[3] = s->has_texts ? "label^^" : NULL;
    words[4] = "aliases^^";
    if (st == KG_OK)
        st = put_header(s, words);
    kg_export_range(&from, &end, s->job, s->job->live.count);
    for (; from < end && st == KG_OK; from++)
        st = put_node(s, kg_live_id(&s->job->live, from));
    return st;
}

/* ---- Aliases ----------------------------------------------------------------------------------
 */

/* The name comes first, and stands with each alias. */
static kg_status put_alias(void *context, const kg_label *label) {
    sheet *s = context;
    if (label->is_label)
        return KG_OK;
    put_bytes(s, &s->job->text);
    put_cell(s, label->text);
    end_record(s);
    return KG_OK;
}

static kg_status put_aliases(sheet *s, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_texts_take(&s->texts, s->job, id));
    if (s->texts.n[1] == 0 || s->texts.needed[1])
        return KG_OK;
    KG_TRY(st, kg_export_name(&name, s->job, KG_ENTITY, id));
    s->job->text.len = 0;
    if (kg_array_append(&s->job->text, name.data, name.len) != KG_OK)
        return no_memory(s);
    return kg_entity_labels(s->job->snapshot, id, put_alias, s);
}

static kg_status fill_aliases(sheet *s) {
    static const char *const words[] = {"id", "alias", NULL};
    uint64_t from, end;
    kg_status st = put_header(s, words);
    kg_export_range(&from, &end, s->job, s->job->live.count);
    for (; from < end && st == KG_OK; from++)
        st = put_aliases(s, kg_live_id(&s->job->live, from));
    return st;
}

/* ---- Files ------------------------------------------------------------------------------------
 */

static kg_status fill(kg_export_job *job, FILE *to, kg_status (*fill_sheet)(sheet *)) {
    const dialect *d = job->exporter == &kg_exporter_csv ? &csv : &tsv;
    /* An alias has a row of its own: nothing separates it from others but the end of a line. */
    sheet s = {.job = job, .to = to, .dialect = d, .texts = {.never = d->never, .separator = '\r'}};
    kg_status st = fill_sheet(&s);
    kg_texts_free(&s.texts);
    kg_array_free(&s.columns);
    free(s.to_tell);
    return st;
}

static kg_status write_triples(kg_export_job *job, FILE *to) {
    return fill(job, to, fill_triples);
}

static kg_status write_nodes(kg_export_job *job, FILE *to) {
    return fill(job, to, fill_nodes);
}

static kg_status write_aliases(kg_export_job *job, FILE *to) {
    return fill(job, to, fill_aliases);
}

static kg_status write_tables(kg_export_job *job) {
    bool commas = job->exporter == &kg_exporter_csv;
    kg_status st;
    if (strcmp(job->path, "-") == 0)
        return kg_export_file(job, NULL, write_triples);
    KG_TRY(st, kg_export_file(job, commas ? "nodes.csv" : "nodes.tsv", write_nodes));
    KG_TRY(st, kg_export_file(job, commas ? "triples.csv" : "triples.tsv", write_triples));
    return kg_export_file(job, commas ? "aliases.csv" : "aliases.tsv", write_aliases);
}

const kg_exporter kg_exporter_tsv = {.name = "tsv",
                                     .summary = "folder of triples.tsv, nodes.tsv, aliases.tsv",
                                     .folder = true,
                                     .in_parts = true,
                                     .holds = KG_HOLDS_ENTITIES | KG_HOLDS_RELATION_LABELS,
                                     .write = write_tables};
const kg_exporter kg_exporter_csv = {.name = "csv",
                                     .summary = "folder of triples.csv, nodes.csv, aliases.csv",
                                     .folder = true,
                                     .in_parts = true,
                                     .holds = KG_HOLDS_ENTITIES | KG_HOLDS_RELATION_LABELS,
                                     .write = write_tables};
