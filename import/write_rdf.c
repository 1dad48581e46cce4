/* N-Triples. Names that are no IRIs become urn:kg:NAME (import/iri.h). Relations, types and
 * entities are declared in the order of their ids, so that a reader numbers them alike; an entity's
 * types stand as often as they outrank the others. */
#include "import/export.h"
#include "import/iri.h"

#define RDF "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDFS "<http://www.w3.org/2000/01/rdf-schema#"
#define SKOS "<http://www.w3.org/2004/02/skos/core#"

static kg_status put_iri(kg_export_job *job, FILE *to, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    kg_bytes iri = KG_ARRAY_INIT;
    KG_TRY(st, kg_export_name(&name, job, kind, id));
    st = kg_iri_encode(&iri, name);
    if (st == KG_OK) {
        putc('<', to);
        kg_put(to, (kg_str){iri.data, iri.len});
        fputs("> ", to);
    } else {
        kg_error_set(job->err, st, "out of memory writing %s", job->path);
    }
    kg_array_free(&iri);
    return st;
}

static kg_status put_declaration(kg_export_job *job, FILE *to, kg_kind kind, kg_id id,
                                 const char *predicate_and_object) {
    kg_status st;
    KG_TRY(st, put_iri(job, to, kind, id));
    fputs(predicate_and_object, to);
    return KG_OK;
}

static kg_status put_label(kg_export_job *job, FILE *to, kg_kind kind, kg_id id, kg_str label,
                           const char *predicate) {
    kg_status st;
    KG_TRY(st, put_declaration(job, to, kind, id, predicate));
    kg_put_quoted(to, label);
    fputs(" .\n", to);
    return KG_OK;
}

typedef struct alias_line {
    kg_export_job *job;
    FILE *to;
    kg_str label; /* comes first among the aliases; emptied when seen */
} alias_line;

static kg_status put_alias(void *context, kg_str alias, kg_id id) {
    alias_line *line = context;
    if (line->label.len > 0) {
        line->label.len = 0;
        return KG_OK;
    }
    return put_label(line->job, line->to, KG_ENTITY, id, alias, SKOS "altLabel> ");
}

static kg_status put_entity(kg_export_job *job, FILE *to, kg_id id) {
    kg_status st;
    kg_types types;
    alias_line line = {.job = job, .to = to};
    KG_TRY(st, kg_entity_types(&types, job->snapshot, id));
    if (types.count == 0)
        KG_TRY(st, put_declaration(job, to, KG_ENTITY, id, RDF "type> " RDFS "Resource> .\n"));
    for (uint32_t i = 0; i < types.count; i++) {
        for (uint32_t times = types.count - i; times > 0; times--) {
            KG_TRY(st, put_declaration(job, to, KG_ENTITY, id, RDF "type> "));
            KG_TRY(st, put_declaration(job, to, KG_TYPE, kg_types_at(types, i), ".\n"));
        }
    }
    KG_TRY(st, kg_export_label(&line.label, job, KG_ENTITY, id));
    if (line.label.len > 0)
        KG_TRY(st, put_label(job, to, KG_ENTITY, id, line.label, RDFS "label> "));
    return kg_entity_aliases(job->snapshot, id, put_alias, &line);
}

static kg_status put_triple(void *context, kg_id head, kg_id relation, kg_id tail) {
    const alias_line *line = context;
    kg_export_job *job = line->job;
    FILE *to = line->to;
    kg_status st;
    KG_TRY(st, put_iri(job, to, KG_ENTITY, head));
    KG_TRY(st, put_iri(job, to, KG_RELATION, relation));
    return put_declaration(job, to, KG_ENTITY, tail, ".\n");
}

static kg_status fill(kg_export_job *job, FILE *to) {
    kg_status st;
    for (kg_id id = 0; id < job->stats.relations; id++) {
        kg_str label;
        KG_TRY(st, put_declaration(job, to, KG_RELATION, id, RDF "type> " RDF "Property> .\n"));
        KG_TRY(st, kg_export_label(&label, job, KG_RELATION, id));
        if (label.len > 0)
            KG_TRY(st, put_label(job, to, KG_RELATION, id, label, RDFS "label> "));
    }
    for (kg_id id = 0; id < job->stats.types; id++)
        KG_TRY(st, put_declaration(job, to, KG_TYPE, id, RDF "type> " RDFS "Class> .\n"));
    for (kg_id id = 0; id < job->stats.entities; id++)
        KG_TRY(st, put_entity(job, to, id));
    alias_line line = {.job = job, .to = to};
    return kg_export_triples(job, to, put_triple, &line);
}

static kg_status write_ntriples(kg_export_job *job) {
    return kg_export_file(job, NULL, fill);
}

const kg_exporter kg_exporter_ntriples = {.name = "ntriples",
                                          .summary = "one file of N-Triples",

                                          .write = write_ntriples};
