/* Pickles, read by a closed interpreter: dict, list, tuple, set, str, int, float, bool and None of
 * protocols 0 to 5, with builtins set, frozenset, list, dict and collections defaultdict and
 * OrderedDict as inert constructors. Nothing is ever executed: what else a caller knows by name is
 * given as a call with its arguments, and anything else is an error. */
#ifndef KG_BASE_PICKLE_H
#define KG_BASE_PICKLE_H

#include "kgstore/base/datum.h"

/* A function or class that pickles may name, as Python does. */
typedef struct kg_pickle_name {
    const char *module, *name;
} kg_pickle_name;

/* What a caller knows beyond the builtins. name i of them alone is a KG_DATUM_NAME whose
 * as.integer is i; called, a KG_DATUM_CALL of it and its arguments. A persistent id is a
 * KG_DATUM_CALL of KG_PICKLE_PERSISTENT with what identifies it as the only argument. */
typedef struct kg_pickle_names {
    const kg_pickle_name *names;
    size_t n;
} kg_pickle_names;

/* Read content, which begins with a pickle, into *out, which lives as long as arena and content;
 * its length in bytes into *length (NULL: not wanted; bytes behind it are not looked at). known
 * NULL: no names and no persistent ids. Lists may contain themselves: a walk must bound its depth.
 * Memory is bounded by a multiple of content's length. KG_ERR_FORMAT naming the byte at fault,
 * KG_ERR_MEMORY. */
kg_status kg_pickle_read(const kg_datum **out, size_t *length, kg_arena *arena, kg_str content,
                         const kg_pickle_names *known, const char *name, kg_error *err);

#endif
