/* The members of a JSON object or of a pickled dict, one at a time. */
#ifndef KG_IMPORT_MEMBERS_H
#define KG_IMPORT_MEMBERS_H

#include "kgstore/base/datum.h"

/* Told of each member of a dict or object; a status other than KG_OK ends the walk. key and value
 * are borrowed for the call. */
typedef kg_status (*kg_member_fn)(void *context, const kg_datum *key, const kg_datum *value,
                                  kg_error *err);

/* Call visit for each member of the JSON object or pickled dict that content is (told by its first
 * byte). Of JSON only one member is held at a time, of a pickle all. `name` is for messages.
 * KG_ERR_FORMAT, KG_ERR_MEMORY, or what visit returned. */
kg_status kg_members_each(kg_str content, const char *name, kg_member_fn visit, void *context,
                          kg_error *err);

#endif
