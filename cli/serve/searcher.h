/* What is asked for by parts of names, by misspelled ones and in text. Both need tables beside the
 * store's, made for one snapshot: there is one of each, and requests take turns. */
#ifndef KG_SERVE_SEARCHER_H
#define KG_SERVE_SEARCHER_H

#include "kgstore/kgstore.h"

#include <pthread.h>

typedef struct kg_searcher {
    kg_store *store;
    pthread_mutex_t names_lock, linker_lock;
    kg_snapshot *names;  /* with its table of names, once one was asked for */
    kg_snapshot *linked; /* what the linker is of */
    kg_linker *linker;
    uint64_t generation, version; /* of that */
} kg_searcher;

/* KG_ERR_MEMORY. */
kg_status kg_searcher_init(kg_searcher *searcher, kg_store *store);

/* The snapshot that finds names, of the newest state, until it is put back. */
kg_status kg_searcher_take(kg_snapshot **out, kg_searcher *searcher, kg_error *err);
void kg_searcher_put(kg_searcher *searcher);

/* A linker, and the snapshot that its mentions are of: as new as `newest`, which tells the state;
 * until it is put back. */
kg_status kg_searcher_take_linker(const kg_linker **linker, kg_snapshot **snapshot,
                                  kg_searcher *searcher, kg_snapshot *newest, kg_error *err);
void kg_searcher_put_linker(kg_searcher *searcher);

/* Let go of a linker that is out of date, so that writers need not keep its state. */
void kg_searcher_tidy(kg_searcher *searcher);

void kg_searcher_end(kg_searcher *searcher);

#endif
