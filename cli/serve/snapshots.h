/* Snapshots that requests take turns with: one each, of the newest state. */
#ifndef KG_SERVE_SNAPSHOTS_H
#define KG_SERVE_SNAPSHOTS_H

#include "kgstore/base/array.h"
#include "kgstore/kgstore.h"

#include <pthread.h>

typedef struct kg_snapshots {
    kg_store *store;
    pthread_mutex_t lock;
    KG_ARRAY(kg_snapshot *) idle;
} kg_snapshots;

/* KG_ERR_MEMORY. */
kg_status kg_snapshots_init(kg_snapshots *snapshots, kg_store *store);

/* One of the newest state, until it is put back; for one thread. Statuses as of
 * kg_snapshot_begin and kg_snapshot_renew. */
kg_status kg_snapshots_take(kg_snapshot **out, kg_snapshots *snapshots, kg_error *err);
void kg_snapshots_put(kg_snapshots *snapshots, kg_snapshot *snapshot);

/* All must have been put back. */
void kg_snapshots_end(kg_snapshots *snapshots);

#endif
