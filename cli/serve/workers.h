/* Threads that do what takes time, in the order in which it was asked for. */
#ifndef KG_SERVE_WORKERS_H
#define KG_SERVE_WORKERS_H

#include "kgstore/base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct kg_workers kg_workers;

/* A piece of work. Part of who submits it, and untouched here once `run` was called, which may
 * submit it again. */
typedef struct kg_work {
    void (*run)(struct kg_work *work);
    struct kg_work *next;
} kg_work;

/* KG_ERR_MEMORY: no threads, or no memory. */
kg_status kg_workers_start(kg_workers **out, unsigned threads, size_t most, kg_error *err);

/* False: there are `most` in the queue already. Work that is gone on with is taken all the same. */
bool kg_workers_submit(kg_workers *workers, kg_work *work, bool again);

/* Do what is in the queue, then end. NULL is safe. */
void kg_workers_stop(kg_workers *workers);

#endif
