/* rdf:type gives types; predicates of names give labels and aliases; rdf:Property, rdfs:Class and
 * rdfs:Resource declare a relation, a type and an entity. A name may be a relation's and an
 * entity's: a label is that of what the name was last declared to be, and of both where only
 * triples have it as an entity. */
#include "import/rdf_meaning.h"

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDFS "http://www.w3.org/2000/01/rdf-schema#"
#define OWL "http://www.w3.org/2002/07/owl#"
#define SKOS "http://www.w3.org/2004/02/skos/core#"
#define FOAF "http://xmlns.com/foaf/0.1/"
#define OBO "http://purl.obolibrary.org/obo/"
#define OBO_IN_OWL "http://www.geneontology.org/formats/oboInOwl#"

static const char *const labels[] = {RDFS "label",
                                     SKOS "prefLabel",
                                     FOAF "name",
                                     "http://schema.org/name",
                                     "https://schema.org/name",
                                     OBO "IAO_0000111"};

static const char *const aliases[] = {SKOS "altLabel",
                                      SKOS "hiddenLabel",
                                      FOAF "nick",
                                      "http://schema.org/alternateName",
                                      "https://schema.org/alternateName",
                                      OBO "IAO_0000118",
                                      OBO_IN_OWL "hasExactSynonym",
                                      OBO_IN_OWL "hasRelatedSynonym",
                                      OBO_IN_OWL "hasNarrowSynonym",
                                      OBO_IN_OWL "hasBroadSynonym",
                                      OBO_IN_OWL "hasSynonym"};

static const char *const of_relations[] = {RDF "Property", OWL "ObjectProperty",
                                           OWL "DatatypeProperty"};
static const char *const of_types[] = {RDFS "Class", OWL "Class"};
static const char *const of_nothing[] = {RDFS "Resource", OWL "Thing", OWL "NamedIndividual"};

#define IN(name, iris) is_one_of((name), (iris), sizeof(iris) / sizeof *(iris))

/* What one triple is taken with. */
typedef struct taking {
    kg_reader *r;
    kg_rdf_relations *relations;
    const kg_rdf_triple *triple;
    kg_error *err;
} taking;

static bool is_one_of(kg_str name, const char *const *iris, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (kg_str_equal(name, kg_str_from(iris[i])))
            return true;
    return false;
}

static kg_statement statement(const taking *t, kg_statement_kind kind) {
    kg_statement s = KG_STATEMENT_INIT(kind);
    s.file = t->triple->file;
    s.line = t->triple->line;
    return s;
}

/* What is known of a name as a relation's; NULL: it was not declared to be one. */
static kg_rdf_relation *relation_of(const taking *t, kg_str name) {
    uint32_t number = kg_nameset_find(&t->relations->names, name);
    return number == KG_NAMESET_NONE ? NULL : &t->relations->of.data[number];
}

static kg_status declare_relation(const taking *t, kg_str name) {
    uint32_t number;
    kg_rdf_relations *all = t->relations;
    const kg_rdf_relation none = {.label = {"", 0}};
    kg_status st = kg_nameset_add(&number, &all->names, name);
    if (st == KG_OK && number == all->of.len)
        st = kg_array_push(&all->of, none);
    if (st != KG_OK)
        return kg_error_set(t->err, st, "out of memory reading %s", t->triple->file);
    all->of.data[number].entity = false;
    return KG_OK;
}

static kg_status emit_label(const taking *t, kg_statement_kind kind, kg_str name, kg_str label) {
    kg_statement s = statement(t, kind);
    *(kind == KG_STATEMENT_RELATION ? &s.relation : &s.head) = name;
    s.label = label;
    return kg_reader_emit(t->r, &s, t->err);
}

static kg_status take_type(const taking *t) {
    kg_status st;
    kg_str subject = t->triple->subject, object = t->triple->object;
    kg_statement s = statement(t, KG_STATEMENT_ENTITY);
    s.head = subject;
    s.head_type = IN(object, of_nothing) ? (kg_str){"", 0} : object;
    if (IN(object, of_relations)) {
        KG_TRY(st, declare_relation(t, subject));
        s.kind = KG_STATEMENT_RELATION;
        s.relation = subject;
    }
    if (IN(object, of_types)) {
        s.kind = KG_STATEMENT_TYPE;
        s.head_type = subject;
    }
    kg_rdf_relation *too = s.kind == KG_STATEMENT_ENTITY ? relation_of(t, subject) : NULL;
    if (too)
        too->entity = true;
    return kg_reader_emit(t->r, &s, t->err);
}

static kg_status take_alias(const taking *t) {
    kg_status st;
    kg_str subject = t->triple->subject;
    KG_TRY(st, emit_label(t, KG_STATEMENT_ENTITY, subject, (kg_str){"", 0}));
    return emit_label(t, KG_STATEMENT_ALIAS, subject, t->triple->literal);
}

static kg_status take_label(const taking *t) {
    kg_status st;
    kg_str subject = t->triple->subject, label = t->triple->literal;
    kg_rdf_relation *of = relation_of(t, subject);
    if (!of || of->entity)
        return emit_label(t, KG_STATEMENT_ENTITY, subject, label);
    if (of->label.len == 0) {
        const char *copy = kg_arena_copy(&t->relations->text, label);
        if (!copy)
            return kg_error_set(t->err, KG_ERR_MEMORY, "out of memory reading %s", t->triple->file);
        of->label = (kg_str){copy, label.len};
    }
    KG_TRY(st, emit_label(t, KG_STATEMENT_RELATION, subject, label));
    return of->used ? emit_label(t, KG_STATEMENT_ENTITY, subject, label) : KG_OK;
}

/* An end of a triple. One that is a relation's name too has its label also as an entity. */
static kg_status take_end(const taking *t, kg_str name) {
    kg_rdf_relation *of = relation_of(t, name);
    if (!of || of->entity || of->used)
        return KG_OK;
    of->used = true;
    return of->label.len ? emit_label(t, KG_STATEMENT_ENTITY, name, of->label) : KG_OK;
}

static kg_status take_edge(const taking *t) {
    kg_status st;
    kg_statement s = statement(t, KG_STATEMENT_TRIPLE);
    s.head = t->triple->subject;
    s.relation = t->triple->predicate;
    s.tail = t->triple->object;
    KG_TRY(st, kg_reader_emit(t->r, &s, t->err));
    KG_TRY(st, take_end(t, s.head));
    return take_end(t, s.tail);
}

kg_status kg_rdf_take(kg_reader *reader, kg_rdf_relations *relations, const kg_rdf_triple *triple,
                      kg_error *err) {
    const taking t = {reader, relations, triple, err};
    kg_str predicate = triple->predicate;
    if (!triple->literal.data)
        return kg_str_equal(predicate, KG_STR(RDF "type")) ? take_type(&t) : take_edge(&t);
    if (triple->literal.len > 0 && IN(predicate, labels))
        return take_label(&t);
    if (triple->literal.len > 0 && IN(predicate, aliases))
        return take_alias(&t);
    return kg_reader_drop(reader, predicate, 1, err);
}

void kg_rdf_relations_free(kg_rdf_relations *relations) {
    kg_nameset_free(&relations->names);
    kg_array_free(&relations->of);
    kg_arena_free(&relations->text);
}
