/* JSON checked against a JSON Schema, and completed by its defaults. The part of JSON Schema that
 * kg's schemas use: type (one, or a list), properties, required, additionalProperties (false, or a
 * schema), items, enum, minimum, exclusiveMinimum, maximum, minItems, default. Beside it "renamed",
 * {old name: new name}: where properties had another name before.
 * A keyword outside it in a schema is ignored. */
#ifndef KG_HOST_SCHEMA_H
#define KG_HOST_SCHEMA_H

#include "kgstore/base/error.h"

#include <jansson.h>

/* Check `value` (an object) and fill in the defaults of absent properties, in place, level by
 * level. `what` names the document in messages, such as "the configuration of transr". A message
 * names the path ("run.steps"), what was found and what was expected; for an unknown key, its
 * new name or the nearest known one. KG_ERR_FORMAT: value breaks the schema; KG_ERR_MEMORY. */
kg_status kg_schema_apply(json_t *value, const json_t *schema, const char *what, kg_error *err);

/* Set one value by a text "a.b.c=VALUE": VALUE is read as JSON where it is JSON, else as a string.
 * Objects on the way are made. KG_ERR_ARGUMENT: no '=', an empty name, or a value on the way that
 * is no object. */
kg_status kg_schema_set(json_t *root, const char *assignment, kg_error *err);

/* Read a JSON file that holds an object. *out is the caller's: json_decref. KG_ERR_FORMAT with file
 * and line; KG_ERR_NOT_FOUND, KG_ERR_IO. */
kg_status kg_json_read(json_t **out, const char *path, kg_error *err);

/* Parse JSON text that must be an object; `what` names it in messages. */
kg_status kg_json_parse(json_t **out, const char *text, const char *what, kg_error *err);

#endif
