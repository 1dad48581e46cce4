/* One scenario, run in a session of its own that is never committed. */
#ifndef KG_TESTS_TCK_RUN_H
#define KG_TESTS_TCK_RUN_H

#include "tck_feature.h"

#include "kgstore/kgstore.h"

typedef struct tck_verdict {
    bool passed;
    bool other_detail; /* failed: the error has the right kind and another detail */
    bool other_time;   /* passed: the error came at another time than the scenario says */
    kg_str why;        /* failed */
} tck_verdict;

/* Run it. The store is empty and stays so; the folder of named graphs may not be there. *out lives
 * in the arena. */
void tck_run(tck_verdict *out, kg_arena *arena, kg_store *store, const char *graphs,
             const tck_scenario *scenario);

#endif
