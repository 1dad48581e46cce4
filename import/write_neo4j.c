/* CSV as neo4j-admin reads it: nodes.csv and relationships.csv, with a column for each property
 * (import/survey.h). Labels and aliases stand in columns of their own; where an entity has several
 * labels, or languages, or an alias that no array can hold, all of them stand again in label^^ and
 * aliases^^, which neo4j ignores and our reader takes instead. */
#include "import/survey.h"
#include "import/texts.h"

/* What no unquoted text of a record can hold, since lines may end so. */
static const char NEVER[] = "\r";

/* Words that mean something else in the header of nodes. */
static const char *const reserved[] = {"name",    "label",   "title",    "alias",
                                       "aliases", "synonym", "synonyms", NULL};
static const char *const of_edges[] = {NULL};

typedef struct sheet {
    kg_export_job *job;
    FILE *to;
    kg_survey columns;
    bool has_texts; /* label^^ and aliases^^ */
} sheet;

static kg_status no_memory(const sheet *s) {
    return kg_error_set(s->job->err, KG_ERR_MEMORY, "out of memory writing %s", s->job->path);
}

/* ---- Fields -----------------------------------------------------------------------------------
 */

static void put_field(FILE *to, kg_str text) {
    bool plain = text.len > 0 && text.data[0] != ' ' && text.data[text.len - 1] != ' ';
    for (size_t i = 0; plain && i < text.len; i++)
        plain = !strchr("\"',;|\n\t", text.data[i]);
    if (plain || text.len == 0)
        kg_put(to, text);
    else
        kg_put_doubled(to, text);
}

static void put_bytes(FILE *to, const kg_bytes *text) {
    put_field(to, (kg_str){text->data, text->len});
}

static kg_status put_name(sheet *s, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, s->job, kind, id));
    s->job->text.len = 0;
    if (kg_texts_append_name(&s->job->text, name, NEVER) != KG_OK)
        return no_memory(s);
    put_bytes(s->to, &s->job->text);
    return KG_OK;
}

static kg_status put_cell(void *context, const kg_survey_column *column, kg_str cell) {
    sheet *s = context;
    (void)column;
    putc(',', s->to);
    put_field(s->to, cell);
    return KG_OK;
}

static kg_status put_header(sheet *s, const char *const *words) {
    kg_bytes *text = &s->job->text;
    for (size_t i = 0; i < s->columns.len; i++) {
        const kg_survey_column *c = &s->columns.data[i];
        text->len = 0;
        if (kg_cell_append_header(text, c->name, &c->type, words) != KG_OK)
            return no_memory(s);
        putc(',', s->to);
        put_bytes(s->to, text);
    }
    putc('\n', s->to);
    return KG_OK;
}

static void put_texts(const sheet *s, const kg_texts *t, int i) {
    putc(',', s->to);
    put_bytes(s->to, &t->plain[i]);
    if (!s->has_texts)
        return;
    putc(',', s->to);
    if (t->needed[i])
        put_bytes(s->to, &t->whole[i]);
}

/* ---- Files ------------------------------------------------------------------------------------
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
        if ((i > 0 && kg_array_push(text, KG_CELL_SEPARATOR) != KG_OK) ||
            kg_texts_append_name(text, type, ";\r") != KG_OK)
            return no_memory(s);
    }
    putc(',', s->to);
    put_bytes(s->to, text);
    return KG_OK;
}

static kg_status put_node(sheet *s, kg_texts *t, kg_id id) {
    kg_status st;
    kg_properties properties;
    KG_TRY(st, kg_texts_take(t, s->job, id));
    KG_TRY(st, put_name(s, KG_ENTITY, id));
    put_texts(s, t, 0);
    KG_TRY(st, put_types(s, id));
    put_texts(s, t, 1);
    KG_TRY(st, kg_entity_properties(&properties, s->job->snapshot, id));
    KG_TRY(st, kg_survey_row(&s->columns, s->job, properties, put_cell, s));
    putc('\n', s->to);
    return KG_OK;
}

static kg_status fill_nodes(kg_export_job *job, FILE *to) {
    uint64_t from, end;
    sheet s = {.job = job, .to = to};
    kg_texts t = {.never = NEVER, .separator = KG_CELL_SEPARATOR};
    kg_status st = kg_survey_entities(&s.columns, job, NEVER);
    if (st == KG_OK)
        st = kg_texts_needed(&s.has_texts, &t, job);
    fputs(s.has_texts ? "id:ID,label,label^^:IGNORE,:LABEL,aliases:string[],aliases^^:IGNORE"
                      : "id:ID,label,:LABEL,aliases:string[]",
          to);
    if (st == KG_OK)
        st = put_header(&s, reserved);
    kg_export_range(&from, &end, job, job->live.count);
    for (; from < end && st == KG_OK; from++)
        st = put_node(&s, &t, kg_live_id(&job->live, from));
    kg_texts_free(&t);
    kg_array_free(&s.columns);
    return st;
}

static kg_status put_relationship(void *context, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    sheet *s = context;
    kg_properties properties;
    KG_TRY(st, put_name(s, KG_ENTITY, head));
    putc(',', s->to);
    KG_TRY(st, put_name(s, KG_RELATION, relation));
    putc(',', s->to);
    KG_TRY(st, put_name(s, KG_ENTITY, tail));
    if (s->columns.len > 0) {
        KG_TRY(st, kg_edge_properties(&properties, s->job->snapshot, head, relation, tail));
        KG_TRY(st, kg_survey_row(&s->columns, s->job, properties, put_cell, s));
    }
    putc('\n', s->to);
    return KG_OK;
}

static kg_status fill_relationships(kg_export_job *job, FILE *to) {
    sheet s = {.job = job, .to = to};
    kg_status st = kg_survey_edges(&s.columns, job, NEVER);
    fputs(":START_ID,:TYPE,:END_ID", to);
    if (st == KG_OK)
        st = put_header(&s, of_edges);
    if (st == KG_OK)
        st = kg_export_triples(job, to, put_relationship, &s);
    kg_array_free(&s.columns);
    return st;
}

static kg_status write_neo4j(kg_export_job *job) {
    kg_status st;
    KG_TRY(st, kg_export_file(job, "nodes.csv", fill_nodes));
    return kg_export_file(job, "relationships.csv", fill_relationships);
}

const kg_exporter kg_exporter_neo4j = {.name = "neo4j",
                                       .summary = "folder of nodes.csv and relationships.csv",
                                       .folder = true,
                                       .in_parts = true,
                                       .holds = KG_HOLDS_ENTITIES,
                                       .write = write_neo4j};
