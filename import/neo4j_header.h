/* Headers of neo4j-admin's CSV: what each column is for. */
#ifndef KG_IMPORT_NEO4J_HEADER_H
#define KG_IMPORT_NEO4J_HEADER_H

#include "import/cells.h"
#include "import/csv.h"

typedef enum kg_neo4j_kind {
    KG_NEO4J_ID,
    KG_NEO4J_START_ID,
    KG_NEO4J_END_ID,
    KG_NEO4J_TYPE,
    KG_NEO4J_LABEL,
    KG_NEO4J_TEXT,    /* a property that is the node's label */
    KG_NEO4J_ALIASES, /* one that is an array of its aliases */
    KG_NEO4J_PROPERTY,
    KG_NEO4J_IGNORED,
    KG_NEO4J_KINDS
} kg_neo4j_kind;

typedef struct kg_neo4j_column {
    kg_neo4j_kind kind;
    kg_property_column property; /* its key is the column's name where it is none */
    kg_str space;                /* "Space::" before identifiers; empty: none */
    kg_str label;                /* as {label:...} says; empty: it does not */
} kg_neo4j_column;

/* Texts are in the arena. */
typedef struct kg_neo4j_header {
    KG_ARRAY(kg_neo4j_column) columns;
    size_t of_kind[KG_NEO4J_KINDS]; /* columns of each kind */
    kg_arena arena;
} kg_neo4j_header;

/* Is this line a header of nodes or of relationships? */
bool kg_neo4j_is_header(kg_str line);

/* The separator that a header line uses: a tab where there is one, else a comma, a semicolon, or a
 * pipe. */
char kg_neo4j_separator(kg_str line);

/* Parse the record at hand. KG_ERR_MEMORY; KG_ERR_FORMAT where it has neither :ID nor both
 * :START_ID and :END_ID. *header is zeroed before; kg_neo4j_header_free in any case. */
kg_status kg_neo4j_header_parse(kg_neo4j_header *header, const kg_csv *csv, kg_error *err);

void kg_neo4j_header_free(kg_neo4j_header *header);

#endif
