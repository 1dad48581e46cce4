/* Values of properties as terms of RDF: their literals, and how Turtle writes them. Tables whose
 * columns cannot say what a value is hold it so, too.
 *
 *     5   5.0e-1   true   "text"   "text"@en   "2024-02-29"^^xsd:date   "x"^^<http://x/type>
 *     (1 "two"@en)                 a list
 *
 * A literal is a value of ours where its datatype is xsd:integer, double, boolean, date, dateTime
 * or string and its text is one of that; every other is KG_VALUE_TYPED and stays as it is. Two
 * datatypes are our own: urn:kg-list: has a list as its text, for lists that several statements
 * would not give again, and urn:kg-language:TAG is a text in a language that no RDF can name. */
#ifndef KG_IMPORT_TERM_H
#define KG_IMPORT_TERM_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/value.h"

/* The value that is a literal of RDF; an empty datatype is xsd:string's. Its texts are borrowed, or
 * in the arena. KG_ERR_MEMORY. */
kg_status kg_term_from_literal(kg_value *out, kg_arena *arena, kg_str text, kg_str language,
                               kg_str datatype);

/* The value that text is the term of; its texts are in the arena. KG_ERR_FORMAT, and err tells what
 * was expected; KG_ERR_MEMORY. */
kg_status kg_term_parse(kg_value *out, kg_arena *arena, kg_str text, kg_error *err);

typedef enum kg_term_form {
    KG_TERM_TURTLE, /* numbers and booleans bare, xsd: before the names of XML Schema's types */
    KG_TERM_FULL    /* as N-Triples has it: all quoted, with full IRIs */
} kg_term_form;

/* Append a value. A list stands in parentheses in Turtle, and is a literal of its own in full.
 * KG_ERR_MEMORY. */
kg_status kg_term_append(kg_bytes *to, const kg_value *value, kg_term_form form);

/* Append text in quotes, escaped as Turtle, N-Triples and JSON read it. */
kg_status kg_term_quote(kg_bytes *to, kg_str text);

/* Is it a list that one statement for each of its items gives again: several, all different? */
bool kg_term_is_several(const kg_value *value);

#endif
