/* The block that a pass is carved from: it grows when a batch is larger than any before. */
#ifndef KG_MODEL_WORKSPACE_H
#define KG_MODEL_WORKSPACE_H

#include "model/carve.h"

#include "kgstore/base/error.h"

typedef struct kg_workspace {
    void *block;
    size_t size; /* bytes */
} kg_workspace;

typedef void (*kg_carve_fn)(void *context, kg_carver *carver);

/* Bytes that `carve` asks for. */
size_t kg_workspace_measure(kg_carve_fn carve, void *context);

/* Carve the block, growing it before where needed; what was in it is void. KG_ERR_MEMORY. */
kg_status kg_workspace_carve(kg_workspace *workspace, kg_carve_fn carve, void *context,
                             kg_error *err);
void kg_workspace_free(kg_workspace *workspace);

#endif
