/* rdf:type gives types; predicates of names give labels and aliases; rdf:Property, rdfs:Class and
 * rdfs:Resource declare a relation, a type and an entity; other literals are properties of their
 * subject, or of the edge that it describes (rdf_group.h). A name may be a relation's and an
 * entity's: a label is that of what the name was last declared to be, and of both where only
 * triples have it as an entity. */
#include "import/rdf_meaning.h"

#include "import/term.h"

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

static const char *const of_relations[] = {
    RDF "Property",           RDFS "ContainerMembershipProperty", OWL "ObjectProperty",
    OWL "DatatypeProperty",   OWL "AnnotationProperty",           OWL "OntologyProperty",
    OWL "DeprecatedProperty", OWL "FunctionalProperty",           OWL "InverseFunctionalProperty",
    OWL "SymmetricProperty",  OWL "AsymmetricProperty",           OWL "TransitiveProperty",
    OWL "ReflexiveProperty",  OWL "IrreflexiveProperty"};
static const char *const of_types[] = {RDFS "Class", OWL "Class"};
static const char *const parts[] = {RDF "subject", RDF "predicate", RDF "object"};
static const char *const of_nothing[] = {RDFS "Resource", OWL "Thing", OWL "NamedIndividual"};

#define IN(name, iris) is_one_of((name), (iris), sizeof(iris) / sizeof *(iris))

/* What one triple is taken with. */
typedef struct taking {
    kg_reader *r;
    kg_rdf_known *known;
    const kg_rdf_triple *triple;
    kg_error *err;
    kg_str predicate, object; /* what they mean to RDF; empty: nothing */
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
    uint32_t number = kg_nameset_find(&t->known->relations, name);
    return number == KG_NAMESET_NONE ? NULL : &t->known->of.data[number];
}

static kg_status declare_relation(const taking *t, kg_str name) {
    uint32_t number;
    kg_rdf_known *all = t->known;
    const kg_rdf_relation none = {.label = {"", 0}};
    kg_status st = kg_nameset_add(&number, &all->relations, name);
    if (st == KG_OK && number == all->of.len)
        st = kg_array_push(&all->of, none);
    if (st != KG_OK)
        return kg_error_set(t->err, st, "out of memory reading %s", t->triple->file);
    all->of.data[number].entity = false;
    return KG_OK;
}

static kg_status emit_label(const taking *t, kg_statement_kind kind, kg_str name, kg_str label,
                            kg_str language) {
    kg_statement s = statement(t, kind);
    *(kind == KG_STATEMENT_RELATION ? &s.relation : &s.head) = name;
    s.label = label;
    s.language = language;
    return kg_reader_emit(t->r, &s, t->err);
}

static kg_status take_type(const taking *t) {
    kg_status st;
    kg_str subject = t->triple->subject, object = t->object;
    kg_statement s = statement(t, KG_STATEMENT_ENTITY);
    s.head = subject;
    s.head_type = IN(object, of_nothing) ? (kg_str){"", 0} : t->triple->object;
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

/* Is the subject a relation, and nothing in the graph that it connects? A store keeps one label of
 * such a name, and no more. */
static bool is_relation_alone(const taking *t) {
    const kg_rdf_relation *of = relation_of(t, t->triple->subject);
    return of && !of->entity && !of->used;
}

static kg_status take_alias(const taking *t, const kg_value *alias) {
    kg_status st;
    if (is_relation_alone(t))
        return kg_reader_drop(t->r, t->triple->predicate, 1, t->err);
    const kg_str subject = t->triple->subject, none = {"", 0};
    KG_TRY(st, emit_label(t, KG_STATEMENT_ENTITY, subject, none, none));
    return emit_label(t, KG_STATEMENT_ALIAS, subject, alias->text, alias->tag);
}

static bool keep(kg_str *out, kg_arena *arena, kg_str text) {
    const char *copy = kg_arena_copy(arena, text);
    *out = (kg_str){copy, text.len};
    return copy != NULL;
}

static kg_status take_label(const taking *t, const kg_value *label) {
    kg_status st;
    kg_str subject = t->triple->subject, text = label->text, language = label->tag;
    kg_rdf_relation *of = relation_of(t, subject);
    if (!of || of->entity)
        return emit_label(t, KG_STATEMENT_ENTITY, subject, text, language);
    bool further = of->label.len > 0 &&
                   !(kg_str_equal(of->label, text) && kg_str_equal(of->language, language));
    if (further && !of->used) /* whichever the store prefers, one of them goes */
        KG_TRY(st, kg_reader_drop(t->r, t->triple->predicate, 1, t->err));
    if (of->label.len == 0 && (!keep(&of->label, &t->known->text, text) ||
                               !keep(&of->language, &t->known->text, language)))
        return kg_error_set(t->err, KG_ERR_MEMORY, "out of memory reading %s", t->triple->file);
    KG_TRY(st, emit_label(t, KG_STATEMENT_RELATION, subject, text, language));
    return of->used ? emit_label(t, KG_STATEMENT_ENTITY, subject, text, language) : KG_OK;
}

/* An end of a triple. One that is a relation's name too has its label also as an entity. */
static kg_status take_end(const taking *t, kg_str name) {
    kg_rdf_relation *of = relation_of(t, name);
    if (!of || of->entity || of->used)
        return KG_OK;
    of->used = true;
    return of->label.len ? emit_label(t, KG_STATEMENT_ENTITY, name, of->label, of->language)
                         : KG_OK;
}

static kg_status take_edge(const taking *t) {
    kg_status st;
    kg_statement s = statement(t, KG_STATEMENT_TRIPLE);
    const kg_property graph = {KG_STR("graph"), kg_value_string(t->triple->graph, (kg_str){"", 0})};
    s.head = t->triple->subject;
    s.relation = t->triple->predicate;
    s.tail = t->triple->object;
    s.properties = &graph;
    s.n_properties = graph.value.text.len > 0;
    KG_TRY(st, kg_reader_emit(t->r, &s, t->err));
    KG_TRY(st, take_end(t, s.head));
    return take_end(t, s.tail);
}

/* ---- Descriptions of edges --------------------------------------------------------------------
 */

/* Which part of a description the triple is; KG_RDF_PARTS: none. */
static kg_rdf_part part_of(const taking *t) {
    for (int i = 0; i < 3; i++)
        if (kg_str_equal(t->predicate, kg_str_from(parts[i])))
            return (kg_rdf_part)i;
    return kg_str_equal(t->predicate, KG_STR(RDF "type")) &&
                   kg_str_equal(t->object, KG_STR(RDF "Statement"))
               ? KG_RDF_TYPED
               : KG_RDF_PARTS;
}

/* A triple between names whose subject describes an edge: a part, or what else the edge leads to,
 * which is a value of the type of all names. */
static kg_status take_of_statement(const taking *t, kg_rdf_part part) {
    kg_status st;
    kg_str object = t->triple->object, predicate = t->triple->predicate;
    const kg_value value = {KG_VALUE_TYPED, {0}, object, KG_STR(RDFS "Resource")};
    st = part < KG_RDF_PARTS ? kg_rdf_group_part(&t->known->groups, part, object)
                             : kg_rdf_group_add(&t->known->groups, predicate, &value);
    return st == KG_OK ? KG_OK
                       : kg_error_set(t->err, st, "out of memory reading %s", t->triple->file);
}

/* ---- Literals ---------------------------------------------------------------------------------
 */

static kg_status take_property(const taking *t, const kg_value *value) {
    kg_error detail = KG_ERROR_INIT;
    if (kg_value_check(value, &detail) != KG_OK)
        return kg_reader_bad(t->r, t->triple->file, t->triple->line, t->err,
                             "%s; correct the literal", detail.text);
    if (is_relation_alone(t))
        return kg_reader_drop(t->r, t->triple->predicate, 1, t->err);
    kg_status st = kg_rdf_group_add(&t->known->groups, t->triple->predicate, value);
    return st == KG_OK ? KG_OK
                       : kg_error_set(t->err, st, "out of memory reading %s", t->triple->file);
}

/* A literal of an edge is a property whatever its predicate. */
static kg_status take_literal(const taking *t, bool of_edge) {
    kg_value value;
    kg_str predicate = t->predicate;
    kg_arena_reset(&t->known->literal);
    kg_status st = kg_term_from_literal(&value, &t->known->literal, t->triple->literal,
                                        t->triple->language, t->triple->datatype);
    if (st != KG_OK)
        return kg_error_set(t->err, st, "out of memory reading %s", t->triple->file);
    bool text = value.kind == KG_VALUE_STRING && value.text.len > 0 && !of_edge;
    if (text && IN(predicate, labels))
        return take_label(t, &value);
    return text && IN(predicate, aliases) ? take_alias(t, &value) : take_property(t, &value);
}

kg_status kg_rdf_take(kg_reader *reader, kg_rdf_known *known, const kg_rdf_triple *triple,
                      kg_error *err) {
    kg_status st;
    const kg_str none = {"", 0};
    const taking t = {reader,
                      known,
                      triple,
                      err,
                      triple->own_predicate ? none : triple->predicate,
                      triple->own_object ? none : triple->object};
    bool literal = triple->literal.data != NULL;
    kg_rdf_part part = literal ? KG_RDF_PARTS : part_of(&t);
    KG_TRY(st, kg_rdf_group_begin(&known->groups, reader, triple->subject, triple->file,
                                  triple->line, err));
    bool described = part < KG_RDF_PARTS || kg_rdf_group_is_statement(&known->groups);
    bool type = kg_str_equal(t.predicate, KG_STR(RDF "type"));
    if (triple->graph.len > 0 && (literal || described || type))
        KG_TRY(st, kg_reader_drop(reader, KG_STR("graph"), 1, err));
    if (literal)
        return take_literal(&t, described);
    if (described)
        return take_of_statement(&t, part);
    return type ? take_type(&t) : take_edge(&t);
}

bool kg_rdf_means_more(kg_kind kind, kg_str name) {
    switch (kind) {
    case KG_RELATION:
        return kg_str_equal(name, KG_STR(RDF "type")) || IN(name, parts);
    case KG_TYPE:
        return kg_str_equal(name, KG_STR(RDF "Statement")) || IN(name, of_relations) ||
               IN(name, of_types) || IN(name, of_nothing);
    case KG_KEY:
        return IN(name, labels) || IN(name, aliases);
    case KG_ENTITY:
        break;
    }
    return false;
}

void kg_rdf_known_free(kg_rdf_known *known) {
    kg_nameset_free(&known->relations);
    kg_array_free(&known->of);
    kg_arena_free(&known->text);
    kg_arena_free(&known->literal);
    kg_rdf_groups_free(&known->groups);
}
