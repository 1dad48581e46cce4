/* Ranks by MPI, as a module (kg_collective_mpi.so) that is opened when mpirun started the process.
 * The one place that includes mpi.h. */
#include "plugins/host/ranks.h"

#include <limits.h>
#include <mpi.h>
#include <stddef.h>

/* A sum under way; from a fixed pool, so that a step allocates nothing. */
typedef struct reduction {
    kgp_reduction base;
    MPI_Request request;
    bool taken;
} reduction;

static reduction pool[128];

static kg_status status_of(int code) {
    return code == MPI_SUCCESS ? KG_OK : KG_ERR_IO;
}

static MPI_Datatype type_of(kgp_number type) {
    switch (type) {
    case KGP_NUMBER_F32:
        return MPI_FLOAT;
    case KGP_NUMBER_F64:
        return MPI_DOUBLE;
    case KGP_NUMBER_U64:
        return MPI_UINT64_T;
    }
    return MPI_DATATYPE_NULL;
}

static size_t size_of(kgp_number type) {
    return type == KGP_NUMBER_F32 ? 4 : 8;
}

static kg_status open_ranks(uint32_t *rank, uint32_t *size, kg_error *err) {
    int provided, me, all;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return kg_error_set(err, KG_ERR_UNSUPPORTED, "MPI cannot be started");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    MPI_Comm_size(MPI_COMM_WORLD, &all);
    *rank = (uint32_t)me;
    *size = (uint32_t)all;
    return KG_OK;
}

static void close_ranks(void) {
    MPI_Finalize();
}

/* MPI counts in int: larger arrays go in pieces. */
static kg_status allreduce(void *data, size_t n, kgp_number type) {
    char *at = data;
    int code = MPI_SUCCESS;
    while (n > 0 && code == MPI_SUCCESS) {
        size_t piece = n < INT_MAX ? n : INT_MAX;
        code = MPI_Allreduce(MPI_IN_PLACE, at, (int)piece, type_of(type), MPI_SUM, MPI_COMM_WORLD);
        at += piece * size_of(type);
        n -= piece;
    }
    return status_of(code);
}

static kg_status broadcast(void *data, size_t n, uint32_t root) {
    char *at = data;
    int code = MPI_SUCCESS;
    while (n > 0 && code == MPI_SUCCESS) {
        size_t piece = n < INT_MAX ? n : INT_MAX;
        code = MPI_Bcast(at, (int)piece, MPI_BYTE, (int)root, MPI_COMM_WORLD);
        at += piece;
        n -= piece;
    }
    return status_of(code);
}

static kg_status barrier(void) {
    return status_of(MPI_Barrier(MPI_COMM_WORLD));
}

static kg_status wait_for(kgp_reduction *base) {
    reduction *r = (reduction *)(void *)base;
    r->taken = false;
    return status_of(MPI_Wait(&r->request, MPI_STATUS_IGNORE));
}

static kg_status begin(kgp_reduction **out, void *data, size_t n, kgp_number type) {
    size_t i = 0;
    while (i < sizeof pool / sizeof *pool && pool[i].taken)
        ++i;
    if (i == sizeof pool / sizeof *pool || n > INT_MAX)
        return KG_ERR_LIMIT;
    pool[i].base.wait = wait_for;
    pool[i].taken = true;
    *out = &pool[i].base;
    return status_of(MPI_Iallreduce(MPI_IN_PLACE, data, (int)n, type_of(type), MPI_SUM,
                                    MPI_COMM_WORLD, &pool[i].request));
}

__attribute__((visibility("default"))) extern const kg_ranks_table kg_ranks_table_mpi;
const kg_ranks_table kg_ranks_table_mpi = {open_ranks, close_ranks, allreduce,
                                           broadcast,  barrier,     begin};
