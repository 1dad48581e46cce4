/* Pickles, read by a closed interpreter: dict, list, tuple, set, str, int, float, bool and None of
 * protocols 0 to 5, with builtins set, frozenset, list, dict and collections defaultdict and
 * OrderedDict as inert constructors. Anything else is an error; nothing is ever executed. */
#ifndef KG_IMPORT_PICKLE_H
#define KG_IMPORT_PICKLE_H

#include "import/datum.h"

/* Read content, one pickle, into *out, which lives as long as arena and content. Lists may contain
 * themselves: a walk must bound its depth. Memory is bounded by a multiple of content's length.
 * KG_ERR_FORMAT naming the byte at fault, KG_ERR_MEMORY. */
kg_status kg_pickle_read(const kg_datum **out, kg_arena *arena, kg_str content, const char *name,
                         kg_error *err);

#endif
