/* Triples by name on their way into a bulk load. The caller's thread reads and checks them and only
 * copies their names; a worker looks the names up, many at a time, since nearly every look-up in a
 * large dictionary waits for memory. Everything else (declarations, labels, triples by id) is taken
 * on the caller's thread once the worker stands still. */
#ifndef KG_STORE_BULK_FEED_H
#define KG_STORE_BULK_FEED_H

#include "kgstore/base/array.h"
#include "kgstore/kgstore.h"

#include <pthread.h>

enum { KG_BATCH_TRIPLES = 4096, KG_BATCH_TEXT = 1 << 20, KG_FEED_RING = 4 };

/* The names of a triple: head, relation, tail, type of head, type of tail, back to back. */
enum {
    KG_FED_HEAD,
    KG_FED_RELATION,
    KG_FED_TAIL,
    KG_FED_HEAD_TYPE,
    KG_FED_TAIL_TYPE,
    KG_FED_PARTS
};

typedef struct kg_fed_triple {
    uint32_t at;         /* in the batch's text */
    uint32_t line;       /* of the statement, for a message; 0: not known */
    uint32_t properties; /* bytes of them, as kg_bulk_pack has them, after the names */
    uint16_t lengths[KG_FED_PARTS];
} kg_fed_triple;

typedef struct kg_batch {
    char file[sizeof((kg_error *)NULL)->file]; /* of all its statements, as in kg_error */
    kg_bytes text;
    KG_ARRAY(kg_fed_triple) triples;
} kg_batch;

typedef struct kg_feed {
    kg_batch ring[KG_FEED_RING];
    kg_batch *filling;      /* of the ring: the one after the last submitted */
    const char *file;       /* of the statement last fed; not to be read */
    bool has_thread, alone; /* alone: no thread is wanted, or none is to be had */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under lock. */
    uint64_t submitted, done;
    bool stop;
    kg_status status; /* the first failure of the worker; it stays */
    kg_error error;
} kg_feed;

void kg_feed_init(kg_feed *feed, bool two_threads);

/* Take a triple whose three names have lengths that are allowed. A failure of the worker, a name
 * that is no UTF-8 say, is told by a later call, and by each from then on. */
kg_status kg_feed_triple(kg_bulk *bulk, const kg_statement *statement, kg_error *err);

/* Wait until everything fed has been taken in: the bulk is then the caller's thread's alone. */
kg_status kg_feed_drain(kg_bulk *bulk, kg_error *err);

/* End the worker; what was not drained is dropped. */
void kg_feed_stop(kg_feed *feed);

/* The same, and free. */
void kg_feed_free(kg_feed *feed);

#endif
