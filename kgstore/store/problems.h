/* Where the parts of a check tell what they find, and when enough has been told. */
#ifndef KG_STORE_PROBLEMS_H
#define KG_STORE_PROBLEMS_H

#include "kgstore/kgstore.h"

#define KG_PROBLEMS_TOLD 100

typedef struct kg_problems {
    kg_problem_fn tell; /* may be NULL: then they are only counted */
    void *context;
    unsigned count;
} kg_problems;

/* Compose one problem, tell it if fewer than KG_PROBLEMS_TOLD were told, count it. */
__attribute__((format(printf, 2, 3))) void kg_problems_add(kg_problems *problems,
                                                           const char *format, ...);

static inline bool kg_problems_enough(const kg_problems *problems) {
    return problems->count >= KG_PROBLEMS_TOLD;
}

#endif
