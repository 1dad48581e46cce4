/* Which of RDF's syntaxes a file is in. */
#ifndef KG_IMPORT_RDF_DETECT_H
#define KG_IMPORT_RDF_DETECT_H

#include "import/format.h"

typedef enum kg_rdf_kind {
    KG_RDF_NONE,
    KG_RDF_NTRIPLES,
    KG_RDF_NQUADS,
    KG_RDF_TURTLE,
    KG_RDF_TRIG
} kg_rdf_kind;

/* By the ending of its name, else by what it begins with: a statement that is a line is N-Triples
 * or, of four terms, N-Quads, whatever blanks or tabs separate the terms; a directive or a
 * statement that goes on makes it Turtle, and braces make that TriG. */
kg_rdf_kind kg_rdf_detect(const kg_sample *sample);

#endif
