/* The scenarios that are answered otherwise by design. */
#ifndef KG_TESTS_TCK_ACCEPTED_H
#define KG_TESTS_TCK_ACCEPTED_H

#include "tck_feature.h"

typedef struct tck_exception {
    unsigned line;
    kg_str feature, name, reason;
    unsigned hits; /* scenarios that it is about */
} tck_exception;

typedef TCK_LIST(tck_exception) tck_exceptions;

/* Read lines "path/of.feature | scenario name | reason"; empty ones and those that begin with # are
 * skipped. The name may end in " [example 3]"; without it, it stands for all examples of an
 * outline. KG_ERR_FORMAT: err has the line. */
kg_status tck_accepted_parse(tck_exceptions *out, kg_arena *arena, kg_str text, kg_error *err);

/* Is a scenario listed? Counted as a hit. */
bool tck_accepted_has(tck_exceptions *list, kg_str feature, const tck_scenario *scenario);

/* "[2] Name [example 3]", in the arena. */
kg_str tck_scenario_title(kg_arena *arena, const tck_scenario *scenario);

#endif
