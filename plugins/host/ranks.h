/* The ranks of a run: processes that work on the same steps. One rank needs nothing; more come from
 * a module that knows MPI. */
#ifndef KG_HOST_RANKS_H
#define KG_HOST_RANKS_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"
#include "kgstore/base/module.h"

#include <stdbool.h>

/* A sum under way. A collective module begins its own struct with this. */
struct kgp_reduction {
    kg_status (*wait)(kgp_reduction *reduction);
};

/* What a collective module exports, under the name kg_ranks_table_mpi. Called from one thread.
 * Counts are of numbers, or of bytes for broadcast. */
typedef struct kg_ranks_table {
    kg_status (*open)(uint32_t *rank, uint32_t *size, kg_error *err);
    void (*close)(void);
    kg_status (*allreduce)(void *data, size_t n, kgp_number type);
    kg_status (*broadcast)(void *data, size_t n, uint32_t root);
    kg_status (*barrier)(void);
    /* KG_ERR_LIMIT: more than 128 under way, or more than 2^31 numbers. */
    kg_status (*begin)(kgp_reduction **out, void *data, size_t n, kgp_number type);
} kg_ranks_table;

typedef struct kg_ranks {
    uint32_t rank, size;
    const kg_ranks_table *table; /* NULL: one rank */
    kg_module *module;
    bool broken; /* a rank failed alone: the others cannot be waited for */
} kg_ranks;

/* One rank, unless mpirun started the process with more (OMPI_COMM_WORLD_SIZE). */
kg_status kg_ranks_open(kg_ranks *ranks, kg_error *err);

/* Part from the others. Where `broken`, without waiting for them: mpirun ends them when this
 * process exits with a failure. */
void kg_ranks_close(kg_ranks *ranks);

/* The same u64 on every rank: rank 0's. */
kg_status kg_ranks_agree(const kg_ranks *ranks, uint64_t *value);

#endif
