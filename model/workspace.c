#include "model/workspace.h"

#include "model/block.h"

#include <stdlib.h>

size_t kg_workspace_measure(kg_carve_fn carve, void *context) {
    kg_carver counter = {NULL, 0};
    carve(context, &counter);
    return counter.used;
}

/* Growth is by an eighth more than asked for, so that batches of like size soon all fit. */
kg_status kg_workspace_carve(kg_workspace *w, kg_carve_fn carve, void *context, kg_error *err) {
    size_t needed = kg_workspace_measure(carve, context);
    if (needed > w->size) {
        size_t size = (needed + needed / 8 + 63) / 64 * 64;
        free(w->block);
        w->block = kg_block_new(size);
        w->size = w->block ? size : 0;
        if (w->block == NULL)
            return kg_error_set(err, KG_ERR_MEMORY, "a pass over the batch needs %zu MiB",
                                size >> 20);
    }
    kg_carver carver = {w->block, 0};
    carve(context, &carver);
    return KG_OK;
}

void kg_workspace_free(kg_workspace *w) {
    free(w->block);
    *w = (kg_workspace){NULL, 0};
}
