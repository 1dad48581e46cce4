#include "plugins/host/ranks.h"

#include <stdlib.h>

kg_status kg_ranks_open(kg_ranks *ranks, kg_error *err) {
    *ranks = (kg_ranks){.rank = 0, .size = 1};
    const char *size = getenv("OMPI_COMM_WORLD_SIZE");
    if (!size || strtoul(size, NULL, 10) < 2)
        return KG_OK;
    kg_error why = KG_ERROR_INIT;
    kg_status st = kg_module_open(&ranks->module, "kg_collective_mpi.so", &why);
    if (st != KG_OK)
        return kg_error_set(err, st == KG_ERR_NOT_FOUND ? KG_ERR_UNSUPPORTED : st,
                            "mpirun started %s ranks, but they cannot communicate: %s", size,
                            why.text);
    st = kg_module_symbol(&ranks->table, ranks->module, "kg_ranks_table_mpi", err);
    if (st == KG_OK)
        st = ranks->table->open(&ranks->rank, &ranks->size, err);
    if (st != KG_OK) {
        kg_module_close(ranks->module);
        *ranks = (kg_ranks){.rank = 0, .size = 1};
    }
    return st;
}

void kg_ranks_close(kg_ranks *ranks) {
    if (ranks->table && !ranks->broken)
        ranks->table->close();
    if (!ranks->broken)
        kg_module_close(ranks->module);
    *ranks = (kg_ranks){.rank = 0, .size = 1};
}

kg_status kg_ranks_agree(const kg_ranks *ranks, uint64_t *value) {
    return ranks->table ? ranks->table->broadcast(value, sizeof *value, 0) : KG_OK;
}
