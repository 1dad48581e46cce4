/* What the examples read of the graph through the host: facts gathered once for all threads, and a
 * reader for each. Without a store both are there but empty, and there are no mentions. */
#ifndef KG_SMEDBERT_GRAPH_FACTS_H
#define KG_SMEDBERT_GRAPH_FACTS_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"
#include "plugins/smedbert/pretrain/example.h"

typedef struct kg_graph_facts kg_graph_facts;

/* Primary types and mention counts of all entities, and the negatives' distributions. */
kg_status kg_graph_facts_open(kg_graph_facts **out, const kgp_host *host,
                              const kg_example_options *options, kg_error *err);
void kg_graph_facts_free(kg_graph_facts *facts);

/* A thread's snapshot and linker. All zero: closed. */
typedef struct kg_graph_reader {
    const kg_graph_facts *facts;
    const kgp_graph_read *graph;
    kgp_snapshot *snapshot;
    const kgp_link *link;
    kgp_linker *linker;
    uint64_t uses;
} kg_graph_reader;

kg_status kg_graph_reader_open(kg_graph_reader *reader, const kgp_host *host,
                               const kg_graph_facts *facts, kg_error *err);
void kg_graph_reader_close(kg_graph_reader *reader);

/* Call before each document: every so many of them the snapshot moves on, so that a long run does
 * not keep dead pages of the store alive. */
kg_status kg_graph_reader_renew(kg_graph_reader *reader, kg_error *err);

/* Fill in all but the tokenizer. */
void kg_graph_reader_lend(kg_example_sources *sources, const kg_graph_reader *reader);

#endif
