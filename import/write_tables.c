/* Tables of names: tsv (triples.tsv, nodes.tsv, aliases.tsv). */
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

static kg_status put_triple(void *context, kg_id head, kg_id relation, kg_id tail) {
    const entity_line *line = context;
    kg_export_job *job = line->job;
    FILE *to = line->to;
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
    entity_line line = {.job = job, .to = to};
    return kg_export_triples(job, to, put_triple, &line);
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

const kg_exporter kg_exporter_tsv = {.name = "tsv",
                                     .summary = "folder of triples.tsv, nodes.tsv, aliases.tsv",
                                     .folder = true,

                                     .write = write_tsv};
