/* The target of a request, "/neighbours?name=a%20b&k=7": its path and its parameters, decoded. */
#ifndef KG_SERVE_TARGET_H
#define KG_SERVE_TARGET_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdint.h>

enum { KG_TARGET_PARAMETERS = 24 };

typedef struct kg_parameter {
    kg_str name, value; /* valid UTF-8 without NUL; terminated too */
} kg_parameter;

typedef struct kg_target {
    kg_str path; /* terminated too */
    kg_parameter parameters[KG_TARGET_PARAMETERS];
    size_t n;
    char *text; /* what all of it lies in */
} kg_target;

/* Free *out in any case. KG_ERR_FORMAT: a bad %-escape, text that is not UTF-8, too many
 * parameters; KG_ERR_MEMORY. */
kg_status kg_target_parse(kg_target *out, const char *target, kg_error *err);
void kg_target_free(kg_target *target);

/* The first value of a parameter, terminated; NULL: it was not given. */
const char *kg_target_value(const kg_target *target, const char *name);

/* A whole number from least to most; `otherwise` where the parameter was not given. KG_ERR_ARGUMENT
 * names the parameter, what was found and what was expected. */
kg_status kg_target_count(uint64_t *out, const kg_target *target, const char *name,
                          uint64_t otherwise, uint64_t least, uint64_t most, kg_error *err);

/* true or false; false where it was not given. KG_ERR_ARGUMENT. */
kg_status kg_target_flag(bool *out, const kg_target *target, const char *name, kg_error *err);

/* Which of the words (ended by NULL) it is; 0 where it was not given. KG_ERR_ARGUMENT. */
kg_status kg_target_choice(size_t *out, const kg_target *target, const char *name,
                           const char *const *words, kg_error *err);

/* That each parameter is one of `known` (ended by NULL), and those of them that may not be repeated
 * are not: all but `many`, which may be NULL. KG_ERR_ARGUMENT names the parameter and, where it is
 * not known, the nearest that is. */
kg_status kg_target_check(const kg_target *target, const char *const *known, const char *many,
                          kg_error *err);

#endif
