#include "model/workspace.h"

static kg_carver count(kg_carve_fn carve, void *context) {
    kg_carver counter = {.counting = true};
    carve(context, &counter);
    return counter;
}

size_t kg_workspace_measure(kg_carve_fn carve, void *context) {
    kg_carver counter = count(carve, context);
    return counter.own.used + counter.shared.used;
}

/* Growth is by an eighth more than asked for, so that batches of like size soon all fit. */
static kg_status grow(void **block, size_t *had, size_t needed, const kg_workspace *w, bool shared,
                      kg_error *err) {
    if (needed <= *had && *block != NULL)
        return KG_OK;
    size_t size = (needed + needed / 8 + 63) / 64 * 64 + 64;
    w->backend->release(*block, shared);
    *block = w->backend->allocate(size, shared);
    *had = *block ? size : 0;
    if (*block == NULL)
        return kg_error_set(err, KG_ERR_MEMORY, "a pass over the batch needs %zu MiB", size >> 20);
    return KG_OK;
}

kg_status kg_workspace_carve(kg_workspace *w, const kg_backend *backend, kg_carve_fn carve,
                             void *context, kg_error *err) {
    kg_status st;
    kg_carver counter = count(carve, context);
    w->backend = backend;
    KG_TRY(st, grow(&w->own, &w->own_size, counter.own.used, w, false, err));
    KG_TRY(st, grow(&w->shared, &w->shared_size, counter.shared.used, w, true, err));
    kg_carver carver = {.own.base = w->own, .shared.base = w->shared};
    carve(context, &carver);
    return KG_OK;
}

void kg_workspace_free(kg_workspace *w) {
    if (w->backend != NULL) {
        w->backend->release(w->own, false);
        w->backend->release(w->shared, true);
    }
    *w = (kg_workspace){.backend = NULL};
}
