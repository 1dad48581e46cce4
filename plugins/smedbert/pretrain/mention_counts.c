#include "plugins/smedbert/pretrain/mention_counts.h"

#include "plugins/common/abi_status.h"

#include <stdlib.h>
#include <string.h>

static kgp_status copy(uint32_t *counts, const kg_graph_view *view, uint64_t rows) {
    for (uint64_t row = 0; row < rows;) {
        const void *data;
        uint64_t first, n;
        kgp_status st =
            view->read->table_block(&data, &first, &n, view->snapshot, "mention_counts", row);
        if (st != KGP_OK)
            return st;
        uint64_t end = first + n < rows ? first + n : rows;
        memcpy(counts + row, (const uint32_t *)data + (row - first), (end - row) * sizeof *counts);
        row = end;
    }
    return KGP_OK;
}

kg_status kg_mention_counts_read(uint32_t **out, const kg_graph_view *view, kg_error *err) {
    kgp_table table;
    kgp_error detail = {""};
    *out = NULL;
    kgp_status st = view->read->table(&table, view->snapshot, "mention_counts", &detail);
    if (st == KGP_ERR_NOT_FOUND)
        return KG_OK;
    if (st != KGP_OK)
        return kg_abi_take(err, st, &detail);
    if (table.dtype != KGP_U32 || table.columns != 1)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "the table mention_counts is not one column of u32; kg link --count "
                            "writes it anew");
    uint32_t *counts = calloc(view->entities + 1, sizeof *counts);
    if (!counts)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading mention_counts");
    st = copy(counts, view, table.rows < view->entities ? table.rows : view->entities);
    if (st != KGP_OK) {
        free(counts);
        return kg_abi_take(err, st, NULL);
    }
    *out = counts;
    return KG_OK;
}
