/* Formats of numbered names: OpenKE (entity2id.txt, relation2id.txt, train2id.txt) and DGL-KE's
 * udd_hrt (entities.tsv, relations.tsv, train.tsv). Labels, aliases and types have no place in
 * them. */
#include "import/export.h"

static kg_status fill_names(kg_export_job *job, FILE *to, kg_kind kind, bool id_first) {
    kg_status st;
    kg_id n = (kg_id)(kind == KG_ENTITY ? job->live.count : job->stats.relations);
    for (kg_id number = 0; number < n; number++) {
        kg_str name;
        kg_id id = kind == KG_ENTITY ? kg_live_id(&job->live, number) : number;
        KG_TRY(st, kg_export_name(&name, job, kind, id));
        KG_TRY(st, kg_export_check(job, name, "\t\n\r", "a list of names and ids"));
        if (id_first)
            fprintf(to, "%u\t", number);
        kg_put(to, name);
        if (!id_first)
            fprintf(to, "\t%u", number);
        putc('\n', to);
    }
    return KG_OK;
}

static kg_status fill_entity2id(kg_export_job *job, FILE *to) {
    fprintf(to, "%llu\n", (unsigned long long)job->live.count);
    return fill_names(job, to, KG_ENTITY, false);
}

static kg_status fill_relation2id(kg_export_job *job, FILE *to) {
    fprintf(to, "%llu\n", (unsigned long long)job->stats.relations);
    return fill_names(job, to, KG_RELATION, false);
}

static kg_status fill_entities(kg_export_job *job, FILE *to) {
    return fill_names(job, to, KG_ENTITY, true);
}

static kg_status fill_relations(kg_export_job *job, FILE *to) {
    return fill_names(job, to, KG_RELATION, true);
}

/* Triples of numbers. */
typedef struct numbers {
    const kg_live *live;
    FILE *to;
} numbers;

static kg_status put_htr(void *context, kg_id head, kg_id relation, kg_id tail) {
    const numbers *n = context;
    fprintf(n->to, "%u %u %u\n", kg_live_place(n->live, head), kg_live_place(n->live, tail),
            relation);
    return KG_OK;
}

static kg_status put_hrt(void *context, kg_id head, kg_id relation, kg_id tail) {
    const numbers *n = context;
    fprintf(n->to, "%u\t%u\t%u\n", kg_live_place(n->live, head), relation,
            kg_live_place(n->live, tail));
    return KG_OK;
}

static kg_status fill_train2id(kg_export_job *job, FILE *to) {
    numbers n = {&job->live, to};
    fprintf(to, "%llu\n", (unsigned long long)job->stats.triples);
    return kg_export_triples(job, to, put_htr, &n);
}

static kg_status fill_train(kg_export_job *job, FILE *to) {
    numbers n = {&job->live, to};
    return kg_export_triples(job, to, put_hrt, &n);
}

static kg_status write_openke(kg_export_job *job) {
    kg_status st;
    KG_TRY(st, kg_export_file(job, "entity2id.txt", fill_entity2id));
    KG_TRY(st, kg_export_file(job, "relation2id.txt", fill_relation2id));
    return kg_export_file(job, "train2id.txt", fill_train2id);
}

static kg_status write_dglke(kg_export_job *job) {
    kg_status st;
    KG_TRY(st, kg_export_file(job, "entities.tsv", fill_entities));
    KG_TRY(st, kg_export_file(job, "relations.tsv", fill_relations));
    return kg_export_file(job, "train.tsv", fill_train);
}

const kg_exporter kg_exporter_openke = {
    .name = "openke",
    .summary = "folder of entity2id.txt, relation2id.txt, train2id.txt",
    .folder = true,
    .write = write_openke};
const kg_exporter kg_exporter_dglke = {.name = "dglke",
                                       .summary =
                                           "folder of entities.tsv, relations.tsv, train.tsv",
                                       .folder = true,
                                       .write = write_dglke};

/* ---- SMedBERT ---------------------------------------------------------------------------------
 */

/* {"name": [["relation", "name"], ...], ...} of one direction. */
static kg_status fill_neighbours(kg_export_job *job, FILE *to, bool out) {
    kg_status st;
    uint64_t count = 0;
    putc('{', to);
    for (uint64_t place = 0; place < job->live.count; place++) {
        kg_str name;
        kg_edges edges;
        kg_id id = kg_live_id(&job->live, place);
        KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, id));
        KG_TRY(st, kg_export_edges(&edges, &count, job, id, out));
        fputs(place ? ",\n" : "\n", to);
        kg_put_quoted(to, name);
        fputs(": [", to);
        for (uint32_t i = 0; i < edges.count; i++) {
            fputs(i ? ", [" : "[", to);
            KG_TRY(st, kg_export_name(&name, job, KG_RELATION, kg_edge_relation(edges, i)));
            kg_put_quoted(to, name);
            fputs(", ", to);
            KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, kg_edge_entity(edges, i)));
            kg_put_quoted(to, name);
            putc(']', to);
        }
        putc(']', to);
    }
    fputs("\n}\n", to);
    job->report->triples = count;
    return ferror(to) ? KG_OK : kg_export_whole(job, count);
}

static kg_status fill_out(kg_export_job *job, FILE *to) {
    return fill_neighbours(job, to, true);
}

static kg_status fill_in(kg_export_job *job, FILE *to) {
    return fill_neighbours(job, to, false);
}

/* {"name": "type"}, or a list where there are several, the primary first; untyped ones are left
 * out. */
static kg_status fill_type_set(kg_export_job *job, FILE *to) {
    kg_status st;
    bool any = false;
    putc('{', to);
    for (uint64_t place = 0; place < job->live.count; place++) {
        kg_str name;
        kg_types types;
        kg_id id = kg_live_id(&job->live, place);
        KG_TRY(st, kg_entity_types(&types, job->snapshot, id));
        if (types.count == 0)
            continue;
        KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, id));
        fputs(any ? ",\n" : "\n", to);
        any = true;
        kg_put_quoted(to, name);
        fputs(types.count > 1 ? ": [" : ": ", to);
        for (uint32_t i = 0; i < types.count; i++) {
            KG_TRY(st, kg_export_name(&name, job, KG_TYPE, kg_types_at(types, i)));
            fputs(i ? ", " : "", to);
            kg_put_quoted(to, name);
        }
        fputs(types.count > 1 ? "]" : "", to);
    }
    fputs("\n}\n", to);
    return KG_OK;
}

static kg_status fill_pagerank(kg_export_job *job, FILE *to) {
    kg_status st;
    const double *weights;
    uint64_t n;
    KG_TRY(st, kg_weights_get(&weights, &n, NULL, job->snapshot));
    putc('{', to);
    for (uint64_t place = 0; place < job->live.count; place++) {
        kg_str name;
        kg_id id = kg_live_id(&job->live, place);
        KG_TRY(st, kg_export_name(&name, job, KG_ENTITY, id));
        fputs(place ? ",\n" : "\n", to);
        kg_put_quoted(to, name);
        fprintf(to, ": %.17g", id < n ? weights[id] : 0.0);
    }
    fputs("\n}\n", to);
    return KG_OK;
}

static kg_status write_smedbert(kg_export_job *job) {
    kg_status st;
    KG_TRY(st, kg_export_file(job, "ch_entity2id.txt", fill_entity2id));
    KG_TRY(st, kg_export_file(job, "ch_relation2id.txt", fill_relation2id));
    KG_TRY(st, kg_export_file(job, "ent2outRel.json", fill_out));
    KG_TRY(st, kg_export_file(job, "ent2inRel.json", fill_in));
    KG_TRY(st, kg_export_file(job, "type_set.json", fill_type_set));
    return job->stats.ranked ? kg_export_file(job, "global_PageRank.json", fill_pagerank) : KG_OK;
}

const kg_exporter kg_exporter_smedbert = {
    .name = "smedbert",
    .summary =
        "folder of ent2outRel, ent2inRel, type_set, global_PageRank (JSON) and name2id files",
    .folder = true,
    .holds = KG_HOLDS_TYPES,
    .write = write_smedbert};
