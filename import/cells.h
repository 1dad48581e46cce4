/* Columns of tables that hold properties: what their header says, and values in their cells.
 *
 *     dose:int   weight:float   flag:boolean   when:date   since:datetime   place:point
 *     note:string   note@zh:string   codes:string[]   mixed^^:string
 *
 * Behind the name stands the type of neo4j-admin's headers, "[]" for a list of it. Behind '@' is
 * the language of texts. "^^" is for a key whose values no one type says: its cells hold a term of
 * Turtle each, a list in parentheses (import/term.h). A name that would be taken for something else
 * is written as urn:kg:NAME (import/iri.h). */
#ifndef KG_IMPORT_CELLS_H
#define KG_IMPORT_CELLS_H

#include "import/reader.h"
#include "import/term.h"

typedef struct kg_cell_type {
    kg_value_kind kind; /* of the value, or of the items of a list */
    bool list;
    bool term;  /* a term of Turtle, whatever its kind */
    kg_str tag; /* the language, or the datatype of KG_VALUE_TYPED */
} kg_cell_type;

/* A column that holds a property. */
typedef struct kg_property_column {
    kg_str key;
    kg_cell_type type;
} kg_property_column;

typedef KG_ARRAY(kg_property_column) kg_property_columns;

/* ---- Reading ----------------------------------------------------------------------------------
 */

/* A column's property: name and type of the header, without the ':' between them. *key is the name
 * of the property; texts are borrowed or in the arena. A type that is not known is a string's, and
 * *known (may be NULL) false. KG_ERR_MEMORY. */
kg_status kg_cell_column(kg_str *key, kg_cell_type *type, bool *known, kg_arena *arena, kg_str name,
                         kg_str type_name);

/* The same of "name:type" as it stands in a header; a colon before what is no type belongs to the
 * name. KG_ERR_MEMORY. */
kg_status kg_cell_header(kg_str *key, kg_cell_type *type, kg_arena *arena, kg_str text);

/* The columns of a table with these n names; those that are not properties go unused.
 * KG_ERR_MEMORY.
 */
kg_status kg_cell_headers(kg_property_columns *columns, kg_arena *arena, const kg_str *names,
                          size_t n);

/* Properties of the record at hand. All zero bytes at first. */
typedef struct kg_cells {
    KG_ARRAY(kg_property) properties;
    kg_arena arena;
} kg_cells;

void kg_cells_reset(kg_cells *cells);
void kg_cells_free(kg_cells *cells);

/* Add the property in a cell; one that is empty has none. KG_ERR_FORMAT tells what was expected;
 * KG_ERR_MEMORY. */
kg_status kg_cells_add(kg_cells *cells, kg_str key, const kg_cell_type *type, kg_str cell,
                       char array_separator, kg_error *err);

/* The same for the record of a file: a value that is none is a faulty line, and *good false. */
kg_status kg_cells_take(bool *good, kg_cells *cells, kg_reader *reader, const kg_statement *where,
                        const kg_property_column *column, kg_str cell, char array_separator,
                        kg_error *err);

/* ---- Writing ----------------------------------------------------------------------------------
 */

/* What separates the items of a list. */
enum { KG_CELL_SEPARATOR = ';' };

/* The narrowest type that a cell of a value can have. No text may hold one of the characters
 * `forbidden` unless it stands in a term. */
kg_cell_type kg_cell_type_of(const kg_value *value, const char *forbidden);

/* The type of a column that has values of two types. */
kg_cell_type kg_cell_type_join(const kg_cell_type *a, const kg_cell_type *b);

/* Append the column's name with its type; the name is none of the words `reserved`, which ends with
 * NULL, in any case. KG_ERR_MEMORY. */
kg_status kg_cell_append_header(kg_bytes *to, kg_str key, const kg_cell_type *type,
                                const char *const *reserved);

/* Append a value of the column's type. KG_ERR_MEMORY. */
kg_status kg_cell_append(kg_bytes *to, const kg_cell_type *type, const kg_value *value);

#endif
