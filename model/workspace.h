/* The blocks that a pass is carved from: they grow when a batch is larger than any before. */
#ifndef KG_MODEL_WORKSPACE_H
#define KG_MODEL_WORKSPACE_H

#include "model/carve.h"
#include "model/ops.h"

#include "kgstore/base/error.h"

typedef struct kg_workspace {
    const kg_backend *backend; /* whose memory it is; NULL: nothing was carved yet */
    void *own, *shared;
    size_t own_size, shared_size; /* bytes */
} kg_workspace;

typedef void (*kg_carve_fn)(void *context, kg_carver *carver);

/* Bytes that `carve` asks for, of both kinds. */
size_t kg_workspace_measure(kg_carve_fn carve, void *context);

/* Carve the blocks, growing them before where needed; what was in them is void. The backend is the
 * same every time. KG_ERR_MEMORY. */
kg_status kg_workspace_carve(kg_workspace *workspace, const kg_backend *backend, kg_carve_fn carve,
                             void *context, kg_error *err);
void kg_workspace_free(kg_workspace *workspace);

#endif
