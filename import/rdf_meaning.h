/* What a triple of RDF says of a graph: types, labels, aliases, declarations of relations,
 * properties, or an edge. Knows nothing of syntax. */
#ifndef KG_IMPORT_RDF_MEANING_H
#define KG_IMPORT_RDF_MEANING_H

#include "import/rdf_group.h"
#include "import/reader.h"
#include "kgstore/base/arena.h"

/* A name that was declared to be a relation's, and may be an entity's too. */
typedef struct kg_rdf_relation {
    bool entity;  /* it was last declared to be an entity: labels are that one's */
    bool used;    /* a triple has it as an entity, undeclared: its label is both's */
    kg_str label; /* in the arena; empty: none yet */
    kg_str language;
} kg_rdf_relation;

/* What is known from all files of a read. Zeroed is empty. */
typedef struct kg_rdf_known {
    kg_nameset relations;
    KG_ARRAY(kg_rdf_relation) of; /* by number */
    kg_arena text;
    kg_rdf_groups groups;
    kg_arena literal; /* of the triple at hand */
} kg_rdf_known;

void kg_rdf_known_free(kg_rdf_known *known);

typedef struct kg_rdf_triple {
    kg_str subject, predicate, object;
    /* Written as urn:kg:NAME: it means nothing but the name. */
    bool own_predicate, own_object;
    kg_str literal;            /* instead of an object where data is not NULL */
    kg_str language, datatype; /* of the literal; the datatype as an IRI, empty: none */
    kg_str graph;              /* empty: the default graph */
    const char *file;
    uint64_t line;
} kg_rdf_triple;

/* Hand on what the triple says, at once or when all is known that belongs to it (groups). Its names
 * are not empty. What an edge is said in is its property "graph"; the graph of other triples is
 * dropped. Statuses as of kg_reader_emit. */
kg_status kg_rdf_take(kg_reader *reader, kg_rdf_known *known, const kg_rdf_triple *triple,
                      kg_error *err);

/* Does a name of a kind mean something else to kg_rdf_take where it stands? A writer has to write
 * it so that it is read back as a name alone. */
bool kg_rdf_means_more(kg_kind kind, kg_str name);

#endif
