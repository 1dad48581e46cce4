/* Fields of a line separated by one character. */
#ifndef KG_IMPORT_FIELDS_H
#define KG_IMPORT_FIELDS_H

#include "kgstore/base/str.h"

#include <stdbool.h>

/* Cut line at each sep. The first max fields go into fields, borrowed from line; returns how many
 * there are in all, which may be more. An empty line has one empty field. */
size_t kg_fields_split(kg_str *fields, size_t max, kg_str line, char sep);

/* Cut the first field off *rest; false where it was the last. */
bool kg_fields_next(kg_str *field, kg_str *rest, char sep);

/* Blanks and tabs off both ends. */
kg_str kg_str_trim(kg_str text);

/* Equal but for the case of ASCII letters. */
bool kg_str_equal_nocase(kg_str a, kg_str b);

#endif
