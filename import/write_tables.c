/* Tables of names: tsv (triples.tsv, nodes.tsv, aliases.tsv) and neo4j's CSV (nodes.csv,
 * relationships.csv). */
#include "import/export.h"

static const char NO_TABLE[] = "\t\n\r";

typedef struct entity_line {
    kg_export_job *job;
    FILE *to;
    kg_str name;
    size_t n;
} entity_line;

/* ---- tsv --------------------------------------------------------------------------------------
 */

static kg_status put_cell(kg_export_job *job, FILE *to, kg_str text, char end) {
    kg_status st;
    KG_TRY(st, kg_export_check(job, text, NO_TABLE, "tsv"));
    kg_put(to, text);
    putc(end, to);
    return KG_OK;
}

static kg_status put_triple(kg_export_job *job, FILE *to, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, head));
    KG_TRY(st, put_cell(job, to, name, '\t'));
    KG_TRY(st, kg_export_name(&name, job, KG_RELATION, relation));
    KG_TRY(st, put_cell(job, to, name, '\t'));
    KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, tail));
    return put_cell(job, to, name, '\n');
}

static kg_status fill_triples(kg_export_job *job, FILE *to) {
    fputs("head\trelation\ttail\n", to);
    return kg_export_triples(job, to, put_triple);
}

/* A line for each type, earlier types more often: so a reader that counts ranks them alike. */
static kg_status put_node(kg_export_job *job, FILE *to, kg_id id) {
    kg_status st;
    kg_str name, label, type = {"", 0};
    kg_types types;
    KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, id));
    KG_TRY(st, kg_export_label(&label, job, KG_ENTITY, id));
    KG_TRY(st, kg_entity_types(&types, job->snapshot, id));
    for (uint32_t i = 0; i < types.count || i == 0; i++) {
        if (types.count)
            KG_TRY(st, kg_export_name(&type, job, KG_TYPE, kg_types_at(types, i)));
        for (uint32_t times = types.count ? types.count - i : 1; times > 0; times--) {
            KG_TRY(st, put_cell(job, to, name, '\t'));
            KG_TRY(st, put_cell(job, to, label, '\t'));
            KG_TRY(st, put_cell(job, to, type, '\n'));
        }
    }
    return KG_OK;
}

static kg_status fill_nodes(kg_export_job *job, FILE *to) {
    kg_status st;
    fputs("id\tlabel\ttype\n", to);
    for (kg_id id = 0; id < job->stats.entities; id++)
        KG_TRY(st, put_node(job, to, id));
    return KG_OK;
}

static kg_status put_alias(void *context, kg_str alias, kg_id id) {
    kg_status st;
    entity_line *line = context;
    kg_str label;
    KG_TRY(st, kg_export_label(&label, line->job, KG_ENTITY, id));
    if (line->n++ == 0 && label.len > 0 && kg_str_equal(label, alias))
        return KG_OK; /* the label comes first, and stands with the nodes */
    KG_TRY(st, put_cell(line->job, line->to, line->name, '\t'));
    return put_cell(line->job, line->to, alias, '\n');
}

static kg_status fill_aliases(kg_export_job *job, FILE *to) {
    kg_status st;
    fputs("id\talias\n", to);
    for (kg_id id = 0; id < job->stats.entities; id++) {
        entity_line line = {.job = job, .to = to};
        KG_TRY(st, kg_export_name(&line.name, job, KG_ENTITY, id));
        KG_TRY(st, kg_entity_aliases(job->snapshot, id, put_alias, &line));
    }
    return KG_OK;
}

static kg_status write_tsv(kg_export_job *job) {
    kg_status st;
    if (strcmp(job->path, "-") == 0)
        return kg_export_file(job, NULL, fill_triples);
    KG_TRY(st, kg_export_file(job, "nodes.tsv", fill_nodes));
    KG_TRY(st, kg_export_file(job, "triples.tsv", fill_triples));
    return kg_export_file(job, "aliases.tsv", fill_aliases);
}

const kg_exporter kg_exporter_tsv = {"tsv", "folder of triples.tsv, nodes.tsv, aliases.tsv", true,
                                     write_tsv};

/* ---- neo4j ------------------------------------------------------------------------------------
 */

static kg_status put_field(kg_export_job *job, FILE *to, kg_str text) {
    kg_status st;
    KG_TRY(st, kg_export_check(job, text, "\r", "neo4j's CSV"));
    bool plain = text.len > 0 && text.data[0] != ' ' && text.data[text.len - 1] != ' ';
    for (size_t i = 0; plain && i < text.len; i++)
        plain = !strchr("\",;\n\t", text.data[i]);
    if (plain || text.len == 0) {
        kg_put(to, text);
        return KG_OK;
    }
    putc('"', to);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            putc('"', to);
        putc(text.data[i], to);
    }
    putc('"', to);
    return KG_OK;
}

/* One element of an array; a separator before all but the first. */
static kg_status put_element(entity_line *line, kg_str text) {
    kg_status st;
    KG_TRY(st, kg_export_check(line->job, text, ";\r", "an array of neo4j's CSV"));
    if (line->n++ > 0)
        putc(';', line->to);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            putc('"', line->to);
        putc(text.data[i], line->to);
    }
    return KG_OK;
}

static kg_status put_csv_alias(void *context, kg_str alias, kg_id id) {
    kg_status st;
    entity_line *line = context;
    kg_str label;
    KG_TRY(st, kg_export_label(&label, line->job, KG_ENTITY, id));
    if (line->n == 0 && label.len > 0 && kg_str_equal(label, alias) && line->name.len > 0) {
        line->name.len = 0; /* seen: the label comes first, and has its own column */
        return KG_OK;
    }
    return put_element(line, alias);
}

static kg_status put_csv_node(kg_export_job *job, FILE *to, kg_id id) {
    kg_status st;
    kg_str label;
    kg_types types;
    entity_line labels = {.job = job, .to = to}, aliases = {.job = job, .to = to};
    KG_TRY(st, kg_export_name(&aliases.name, job, KG_ENTITY, id));
    KG_TRY(st, kg_export_label(&label, job, KG_ENTITY, id));
    KG_TRY(st, put_field(job, to, aliases.name));
    putc(',', to);
    KG_TRY(st, put_field(job, to, label));
    fputs(",\"", to);
    KG_TRY(st, kg_entity_types(&types, job->snapshot, id));
    for (uint32_t i = 0; i < types.count; i++) {
        kg_str type;
        KG_TRY(st, kg_export_name(&type, job, KG_TYPE, kg_types_at(types, i)));
        KG_TRY(st, put_element(&labels, type));
    }
    fputs("\",\"", to);
    KG_TRY(st, kg_entity_aliases(job->snapshot, id, put_csv_alias, &aliases));
    fputs("\"\n", to);
    return KG_OK;
}

static kg_status fill_csv_nodes(kg_export_job *job, FILE *to) {
    kg_status st;
    fputs("id:ID,label,:LABEL,aliases:string[]\n", to);
    for (kg_id id = 0; id < job->stats.entities; id++)
        KG_TRY(st, put_csv_node(job, to, id));
    return KG_OK;
}

static kg_status put_relationship(kg_export_job *job, FILE *to, kg_id head, kg_id relation,
                                  kg_id tail) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, head));
    KG_TRY(st, put_field(job, to, name));
    putc(',', to);
    KG_TRY(st, kg_export_name(&name, job, KG_RELATION, relation));
    KG_TRY(st, put_field(job, to, name));
    putc(',', to);
    KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, tail));
    KG_TRY(st, put_field(job, to, name));
    putc('\n', to);
    return KG_OK;
}

static kg_status fill_relationships(kg_export_job *job, FILE *to) {
    fputs(":START_ID,:TYPE,:END_ID\n", to);
    return kg_export_triples(job, to, put_relationship);
}

static kg_status write_neo4j(kg_export_job *job) {
    kg_status st;
    KG_TRY(st, kg_export_file(job, "nodes.csv", fill_csv_nodes));
    return kg_export_file(job, "relationships.csv", fill_relationships);
}

const kg_exporter kg_exporter_neo4j = {"neo4j", "folder of nodes.csv and relationships.csv", true,
                                       write_neo4j};
