/* A node as a record of a table has it: labels and aliases with their languages, types and
 * properties, gathered column by column and then emitted together. */
#ifndef KG_IMPORT_NODE_H
#define KG_IMPORT_NODE_H

#include "import/cells.h"

/* What a column of a node is for. */
typedef enum kg_node_kind { KG_NODE_LABEL, KG_NODE_ALIASES, KG_NODE_PROPERTY } kg_node_kind;

/* All zero bytes at first. */
typedef struct kg_node {
    kg_cells properties;
    kg_cells texts[2];      /* labels, aliases */
    bool whole[2];          /* a column of terms had all of them */
    bool labelled;          /* there was a label without a language */
    KG_ARRAY(kg_str) types; /* in order of preference, each once */
} kg_node;

void kg_node_reset(kg_node *node);
void kg_node_free(kg_node *node);

/* Take a cell. The first label without a language is the label, others are properties; where a
 * column of terms ("label^^") has a value, the others of its kind have none. *good: false where the
 * value is none of the column's type, which was reported. */
kg_status kg_node_take(bool *good, kg_node *node, kg_reader *reader, const kg_statement *where,
                       kg_node_kind kind, const kg_property_column *column, kg_str cell,
                       char array_separator, kg_error *err);

/* Add a type, or those of a list; names that could not stand in a list are written otherwise
 * (iri.h). Borrowed until the node is emitted. KG_ERR_MEMORY. */
kg_status kg_node_add_type(kg_node *node, kg_str type);
kg_status kg_node_add_types(kg_node *node, kg_str list, char separator);

/* Emit the node that the ENTITY statement names. */
kg_status kg_node_emit(kg_node *node, kg_reader *reader, kg_statement *statement, kg_error *err);

#endif
