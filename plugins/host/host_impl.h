/* Inside of kg_host, for the files that implement extensions. */
#ifndef KG_HOST_HOST_IMPL_H
#define KG_HOST_HOST_IMPL_H

#include "kgstore/base/array.h"
#include "plugins/common/abi_status.h"
#include "plugins/host/host.h"
#include "plugins/host/ranks.h"

#include <pthread.h>

#define KG_HOST_EXTENSIONS 16

struct kg_host {
    kgp_host abi; /* its self is this struct */
    kg_messages messages;
    kg_ranks ranks;
    struct kg_store *store;        /* borrowed; NULL: none */
    struct kg_host_linker *linker; /* opened when first asked for */
    kg_bytes stopped;              /* names that it does not find, one a line */
    pthread_mutex_t lock;          /* of both */
    struct {
        const char *id;
        const void *table;
    } extensions[KG_HOST_EXTENSIONS];
    size_t n_extensions;
};

static inline kg_host *kg_host_of(const kgp_host *abi) {
    return abi->self;
}

/* Free what linking opened; NULL is safe. */
void kg_host_linker_free(struct kg_host_linker *linker);

extern const kgp_graph_read kg_ext_graph_read;
extern const kgp_table_write kg_ext_table_write;
extern const kgp_link kg_ext_link;
extern const kgp_corpus_reader kg_ext_text;
extern const kgp_collective kg_ext_collective;
extern const kgp_log kg_ext_log;
extern const kgp_progress kg_ext_progress;

#endif
