/* What is trained on and ranked: triples of a store or of files, indexed by query. */
#ifndef KG_TRANSR_KGE_DATA_H
#define KG_TRANSR_KGE_DATA_H

#include "plugins/abi/kg_plugin.h"
#include "plugins/transr/triple_files.h"

/* Where triples come from. Paths are borrowed; those of valid and test may be NULL. */
typedef struct transr_source {
    const char *train; /* NULL: all triples of the store */
    const char *valid, *test;
    const char *names; /* folder of a checkpoint: of files, names take the ids they have there */
    double holdout;    /* share of a store's triples that validate instead of training */
    uint64_t seed;     /* chooses them */
} transr_source;

typedef struct transr_data {
    uint32_t E, R;
    transr_triples train_triples, valid_triples, test_triples;
    transr_queries train, valid, test, known; /* known: of all three */
    kg_nameset entities, relations;           /* of files; empty for a store */
    const kgp_graph_read *graph;              /* of a store; NULL for files */
    kgp_snapshot *snapshot;                   /* likewise: what was read, and stays as it was */
} transr_data;

/* Read and index. Names in valid and test files of a store must be the store's. *out is freed by
 * transr_data_free, also after a failure. KG_ERR_ARGUMENT: neither files nor a store, or no triples
 * to train on; else the statuses of reading. */
kg_status transr_data_read(transr_data *out, const kgp_host *host, const transr_source *source,
                           kg_error *err);
void transr_data_free(transr_data *data);

/* The identifier of an entity or relation, borrowed until the data is freed. */
kg_str transr_data_name(const transr_data *data, kgp_kind kind, uint32_t id);

#endif
