/* JSON too large to hold as a tree: the members of its outermost object or array one at a time. */
#ifndef KG_IMPORT_JSON_H
#define KG_IMPORT_JSON_H

#include "kgstore/base/datum.h"

/* Told of each member: its key (empty in an array) and the text of its value. */
typedef kg_status (*kg_json_span_fn)(void *context, kg_str key, kg_str text, uint64_t line,
                                     kg_error *err);

/* Walk the members of the object or array that text is, from line `line` of file `name`. The values
 * are not looked into beyond their brackets and quotes. KG_ERR_FORMAT with the line. */
kg_status kg_json_each(kg_str text, const char *name, uint64_t line, kg_json_span_fn visit,
                       void *context, kg_error *err);

/* Parse text whole into a value in arena. */
kg_status kg_json_value(kg_datum **out, kg_arena *arena, kg_str text, const char *name,
                        uint64_t line, kg_error *err);

#endif
