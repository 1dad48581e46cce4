/* N-Triples, N-Quads and Turtle. Names that are no IRIs become urn:kg:NAME (import/iri.h), and so
 * do IRIs that would mean something else where they stand. Relations, types and entities are
 * declared in the order of their ids, so that a reader numbers them alike; an entity's types stand
 * as often as they outrank the others. Properties are literals of their entity; those of an edge
 * are literals of a blank node that describes it (rdf:Statement). In N-Quads an edge whose property
 * "graph" is a text stands in that graph. */
#include "import/export.h"
#include "import/iri.h"
#include "import/rdf_meaning.h"
#include "import/term.h"

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDFS "http://www.w3.org/2000/01/rdf-schema#"
#define SKOS "http://www.w3.org/2004/02/skos/core#"

/* Names of RDF, in full and as Turtle has them. */
typedef struct word {
    const char *full, *brief;
} word;

static const word TYPE = {"<" RDF "type>", "a"}, PROPERTY = {"<" RDF "Property>", "rdf:Property"},
                  STATEMENT = {"<" RDF "Statement>", "rdf:Statement"},
                  SUBJECT = {"<" RDF "subject>", "rdf:subject"},
                  PREDICATE = {"<" RDF "predicate>", "rdf:predicate"},
                  OBJECT = {"<" RDF "object>", "rdf:object"},
                  CLASS = {"<" RDFS "Class>", "rdfs:Class"},
                  RESOURCE = {"<" RDFS "Resource>", "rdfs:Resource"},
                  LABEL = {"<" RDFS "label>", "rdfs:label"},
                  ALIAS = {"<" SKOS "altLabel>", "skos:altLabel"};

static const char PREFIXES[] = "@prefix rdf: <" RDF "> .\n@prefix rdfs: <" RDFS "> .\n"
                               "@prefix skos: <" SKOS "> .\n"
                               "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n";

enum { TERMS = 4 }; /* subject, predicate, object, graph */

typedef struct rdf {
    kg_export_job *job;
    FILE *to;
    bool turtle, quads;
    kg_id graph;          /* the key "graph"; KG_NO_ID: none, or no quads */
    kg_bytes term[TERMS]; /* of the triple being put together */
    kg_bytes subject;     /* of the one before, in Turtle */
    uint64_t described;   /* edges with properties so far */
} rdf;

static kg_status no_memory(const rdf *x) {
    return kg_error_set(x->job->err, KG_ERR_MEMORY, "out of memory writing %s", x->job->path);
}

/* ---- Terms ------------------------------------------------------------------------------------
 */

static kg_status set_text(rdf *x, int i, const char *text) {
    x->term[i].len = 0;
    return kg_array_append(&x->term[i], text, strlen(text)) == KG_OK ? KG_OK : no_memory(x);
}

static kg_status set_word(rdf *x, int i, const word *w) {
    return set_text(x, i, x->turtle ? w->brief : w->full);
}

static kg_status append_iri(kg_bytes *to, kg_str name, bool own) {
    kg_status st;
    KG_TRY(st, kg_array_push(to, '<'));
    KG_TRY(st, own ? kg_iri_encode_own(to, name, "") : kg_iri_encode(to, name));
    return kg_array_push(to, '>');
}

static kg_status set_name(rdf *x, int i, kg_kind kind, kg_id id) {
    kg_status st;
    kg_str name;
    KG_TRY(st, kg_export_name(&name, x->job, kind, id));
    x->term[i].len = 0;
    return append_iri(&x->term[i], name, kg_rdf_means_more(kind, name)) == KG_OK ? KG_OK
                                                                                 : no_memory(x);
}

static kg_status set_value(rdf *x, int i, const kg_value *value) {
    static const kg_str NAME = {RDFS "Resource", sizeof RDFS "Resource" - 1};
    kg_status st;
    x->term[i].len = 0;
    bool literal = x->turtle && value->kind != KG_VALUE_LIST;
    if (value->kind == KG_VALUE_TYPED && kg_str_equal(value->tag, NAME) && value->text.len > 0)
        st = append_iri(&x->term[i], value->text, false);
    else
        st = kg_term_append(&x->term[i], value, literal ? KG_TERM_TURTLE : KG_TERM_FULL);
    return st == KG_OK ? KG_OK : no_memory(x);
}

static void put_bytes(FILE *to, const kg_bytes *text) {
    kg_put(to, (kg_str){text->data, text->len});
}

/* Put the triple that was put together; in Turtle what has the same subject goes together. */
static kg_status put(rdf *x) {
    const kg_bytes *subject = &x->term[0];
    bool same = x->turtle && x->subject.len == subject->len &&
                memcmp(x->subject.data, subject->data, subject->len) == 0;
    if (same) {
        fputs(" ;\n    ", x->to);
    } else {
        fputs(x->turtle && x->subject.len > 0 ? " .\n" : "", x->to);
        put_bytes(x->to, subject);
        putc(' ', x->to);
    }
    put_bytes(x->to, &x->term[1]);
    putc(' ', x->to);
    put_bytes(x->to, &x->term[2]);
    if (!x->turtle) {
        fputs(x->term[3].len > 0 ? " " : "", x->to);
        put_bytes(x->to, &x->term[3]);
        fputs(" .\n", x->to);
    }
    x->subject.len = 0;
    return !x->turtle || kg_array_append(&x->subject, subject->data, subject->len) == KG_OK
               ? KG_OK
               : no_memory(x);
}

static kg_status put_word(rdf *x, const word *predicate, const word *object) {
    kg_status st;
    KG_TRY(st, set_word(x, 1, predicate));
    KG_TRY(st, set_word(x, 2, object));
    return put(x);
}

static kg_status put_name(rdf *x, const word *predicate, kg_kind kind, kg_id id) {
    kg_status st;
    KG_TRY(st, set_word(x, 1, predicate));
    KG_TRY(st, set_name(x, 2, kind, id));
    return put(x);
}

static kg_status put_text(rdf *x, const word *predicate, kg_str text, kg_str language) {
    kg_status st;
    const kg_value value = kg_value_string(text, language);
    KG_TRY(st, set_word(x, 1, predicate));
    KG_TRY(st, set_value(x, 2, &value));
    return put(x);
}

/* ---- Properties -------------------------------------------------------------------------------
 */

/* One property of the subject at hand: a triple, or one for each item of a list that comes back so.
 */
static kg_status put_property(rdf *x, kg_id key, const kg_value *value) {
    kg_status st;
    kg_value item = *value;
    kg_str rest = value->text;
    bool several = kg_term_is_several(value);
    KG_TRY(st, set_name(x, 1, KG_KEY, key));
    for (bool more = !several || kg_value_next(&item, &rest); more;
         more = several && kg_value_next(&item, &rest)) {
        KG_TRY(st, set_value(x, 2, &item));
        KG_TRY(st, put(x));
    }
    return KG_OK;
}

static bool is_graph_name(const kg_value *value) {
    return value->kind == KG_VALUE_STRING && value->text.len > 0 && value->tag.len == 0;
}

/* Can the value of "graph" be said by the graphs that an edge stands in? */
static bool are_graphs(const kg_value *value) {
    kg_value item;
    kg_str rest = value->text;
    bool all = kg_term_is_several(value);
    while (all && kg_value_next(&item, &rest))
        all = is_graph_name(&item);
    return all || is_graph_name(value);
}

/* The edge in each of its graphs. */
static kg_status put_in_graphs(rdf *x, const kg_value *graphs) {
    kg_status st;
    kg_value item = *graphs;
    kg_str rest = graphs->text;
    bool several = graphs->kind == KG_VALUE_LIST;
    for (bool more = !several || kg_value_next(&item, &rest); more;
         more = several && kg_value_next(&item, &rest)) {
        x->term[3].len = 0;
        if (append_iri(&x->term[3], item.text, false) != KG_OK)
            return no_memory(x);
        KG_TRY(st, put(x));
    }
    x->term[3].len = 0;
    return KG_OK;
}

/* A blank node that describes the edge and has its properties, but for `but`. */
static kg_status describe(rdf *x, const kg_id edge[3], kg_properties properties, kg_id but) {
    kg_status st;
    kg_id key;
    kg_value value;
    char node[32];
    bool begun = false;
    while (kg_properties_next(&key, &value, &properties)) {
        if (key == but)
            continue;
        if (!begun) {
            snprintf(node, sizeof node, "_:e%llu", (unsigned long long)x->described++);
            KG_TRY(st, set_text(x, 0, node));
            KG_TRY(st, put_word(x, &TYPE, &STATEMENT));
            KG_TRY(st, put_name(x, &SUBJECT, KG_ENTITY, edge[0]));
            KG_TRY(st, put_name(x, &PREDICATE, KG_RELATION, edge[1]));
            KG_TRY(st, put_name(x, &OBJECT, KG_ENTITY, edge[2]));
        }
        begun = true;
        KG_TRY(st, put_property(x, key, &value));
    }
    return KG_OK;
}

static kg_status put_edge(void *context, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    rdf *x = context;
    kg_value graphs;
    kg_properties properties = {{NULL, 0}};
    const kg_id edge[3] = {head, relation, tail};
    KG_TRY(st, set_name(x, 0, KG_ENTITY, head));
    KG_TRY(st, set_name(x, 1, KG_RELATION, relation));
    KG_TRY(st, set_name(x, 2, KG_ENTITY, tail));
    if (x->job->stats.edge_values > 0)
        KG_TRY(st, kg_edge_properties(&properties, x->job->snapshot, head, relation, tail));
    bool in_graphs = x->graph != KG_NO_ID && kg_properties_find(&graphs, properties, x->graph) &&
                     are_graphs(&graphs);
    KG_TRY(st, in_graphs ? put_in_graphs(x, &graphs) : put(x));
    return describe(x, edge, properties, in_graphs ? x->graph : KG_NO_ID);
}

/* ---- Entities ---------------------------------------------------------------------------------
 */

static kg_status put_label(void *context, const kg_label *label) {
    return put_text(context, label->is_label ? &LABEL : &ALIAS, label->text, label->language);
}

static kg_status put_types(rdf *x, kg_id id) {
    kg_status st;
    kg_types types;
    KG_TRY(st, kg_entity_types(&types, x->job->snapshot, id));
    if (types.count == 0)
        return put_word(x, &TYPE, &RESOURCE);
    for (uint32_t i = 0; i < types.count; i++)
        for (uint32_t times = types.count - i; times > 0; times--)
            KG_TRY(st, put_name(x, &TYPE, KG_TYPE, kg_types_at(types, i)));
    return KG_OK;
}

static kg_status put_entity(rdf *x, kg_id id) {
    kg_status st;
    kg_id key;
    kg_value value;
    kg_properties properties;
    KG_TRY(st, set_name(x, 0, KG_ENTITY, id));
    KG_TRY(st, put_types(x, id));
    KG_TRY(st, kg_entity_labels(x->job->snapshot, id, put_label, x));
    KG_TRY(st, kg_entity_properties(&properties, x->job->snapshot, id));
    while (kg_properties_next(&key, &value, &properties))
        KG_TRY(st, put_property(x, key, &value));
    return KG_OK;
}

/* ---- Files ------------------------------------------------------------------------------------
 */

static kg_status put_declarations(rdf *x) {
    kg_status st;
    for (kg_id id = 0; id < x->job->stats.relations; id++) {
        kg_str label, language;
        KG_TRY(st, set_name(x, 0, KG_RELATION, id));
        KG_TRY(st, put_word(x, &TYPE, &PROPERTY));
        KG_TRY(st, kg_export_relation_label(&label, &language, x->job, id));
        if (label.len > 0)
            KG_TRY(st, put_text(x, &LABEL, label, language));
    }
    for (kg_id id = 0; id < x->job->stats.types; id++) {
        KG_TRY(st, set_name(x, 0, KG_TYPE, id));
        KG_TRY(st, put_word(x, &TYPE, &CLASS));
    }
    return KG_OK;
}

static kg_status put_all(rdf *x) {
    kg_status st;
    uint64_t from, end;
    if (x->job->part == 0)
        KG_TRY(st, put_declarations(x));
    kg_export_range(&from, &end, x->job, x->job->live.count);
    for (; from < end; from++)
        KG_TRY(st, put_entity(x, kg_live_id(&x->job->live, from)));
    return kg_export_triples(x->job, x->to, put_edge, x);
}

static kg_status fill(rdf *x) {
    x->graph = KG_NO_ID;
    if (x->quads)
        (void)kg_name_find(&x->graph, x->job->snapshot, KG_KEY, KG_STR("graph"));
    if (x->turtle)
        fputs(PREFIXES, x->to);
    kg_status st = put_all(x);
    if (x->subject.len > 0)
        fputs(" .\n", x->to);
    for (int i = 0; i < TERMS; i++)
        kg_array_free(&x->term[i]);
    kg_array_free(&x->subject);
    return st;
}

static kg_status fill_ntriples(kg_export_job *job, FILE *to) {
    return fill(&(rdf){.job = job, .to = to});
}

static kg_status fill_nquads(kg_export_job *job, FILE *to) {
    return fill(&(rdf){.job = job, .to = to, .quads = true});
}

static kg_status fill_turtle(kg_export_job *job, FILE *to) {
    return fill(&(rdf){.job = job, .to = to, .turtle = true});
}

static kg_status write_ntriples(kg_export_job *job) {
    return kg_export_file(job, NULL, fill_ntriples);
}

static kg_status write_nquads(kg_export_job *job) {
    return kg_export_file(job, NULL, fill_nquads);
}

static kg_status write_turtle(kg_export_job *job) {
    return kg_export_file(job, NULL, fill_turtle);
}

const kg_exporter kg_exporter_ntriples = {.name = "ntriples",
                                          .summary = "one file of N-Triples",
                                          .in_parts = true,
                                          .holds = KG_HOLDS_ALL,
                                          .write = write_ntriples};
const kg_exporter kg_exporter_nquads = {.name = "nquads",
                                        .summary = "one file of N-Quads",
                                        .in_parts = true,
                                        .holds = KG_HOLDS_ALL,
                                        .write = write_nquads};
const kg_exporter kg_exporter_turtle = {.name = "turtle",
                                        .summary = "one file of Turtle",
                                        .in_parts = true,
                                        .holds = KG_HOLDS_ALL,
                                        .write = write_turtle};
