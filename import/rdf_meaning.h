/* What a triple of RDF says of a graph: types, labels, aliases, declarations of relations, or an
 * edge. Knows nothing of syntax. */
#ifndef KG_IMPORT_RDF_MEANING_H
#define KG_IMPORT_RDF_MEANING_H

#include "import/reader.h"
#include "kgstore/base/arena.h"

/* A name that was declared to be a relation's, and may be an entity's too. */
typedef struct kg_rdf_relation {
    bool entity;  /* it was last declared to be an entity: labels are that one's */
    bool used;    /* a triple has it as an entity, undeclared: its label is both's */
    kg_str label; /* in the arena; empty: none yet */
} kg_rdf_relation;

/* The relations of all files of a read. Zeroed is empty. */
typedef struct kg_rdf_relations {
    kg_nameset names;
    KG_ARRAY(kg_rdf_relation) of; /* by number */
    kg_arena text;
} kg_rdf_relations;

void kg_rdf_relations_free(kg_rdf_relations *relations);

typedef struct kg_rdf_triple {
    kg_str subject, predicate, object;
    kg_str literal; /* instead of an object where data is not NULL */
    const char *file;
    uint64_t line;
} kg_rdf_triple;

/* Hand on what the triple says. Its names are not empty. Literals that are no names are dropped by
 * their predicate. Statuses as of kg_reader_emit. */
kg_status kg_rdf_take(kg_reader *reader, kg_rdf_relations *relations, const kg_rdf_triple *triple,
                      kg_error *err);

#endif
