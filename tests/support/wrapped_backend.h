/* A backend whose operations are another's, with something done before and after each. */
#ifndef KG_TESTS_WRAPPED_BACKEND_H
#define KG_TESTS_WRAPPED_BACKEND_H

#include "model/ops.h"

#define WRAPPED_NAME(operation) WRAPPED_##operation,
typedef enum wrapped_operation { KG_OPERATIONS(WRAPPED_NAME) WRAPPED_OPERATIONS } wrapped_operation;

typedef struct wrapped_hooks {
    void (*before)(wrapped_operation which);
    void (*after)(wrapped_operation which);
} wrapped_hooks;

/* Memory is that of `backend`, borrowed; one such table a program. */
kg_backend wrapped_backend(const kg_backend *backend, const wrapped_hooks *hooks);

#endif
