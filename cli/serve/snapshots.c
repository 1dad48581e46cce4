#include "cli/serve/snapshots.h"

kg_status kg_snapshots_init(kg_snapshots *snapshots, kg_store *store) {
    *snapshots = (kg_snapshots){.store = store};
    return pthread_mutex_init(&snapshots->lock, NULL) == 0 ? KG_OK : KG_ERR_MEMORY;
}

kg_status kg_snapshots_take(kg_snapshot **out, kg_snapshots *snapshots, kg_error *err) {
    *out = NULL;
    pthread_mutex_lock(&snapshots->lock);
    if (snapshots->idle.len)
        *out = snapshots->idle.data[--snapshots->idle.len];
    pthread_mutex_unlock(&snapshots->lock);
    if (!*out)
        return kg_snapshot_begin(out, snapshots->store, err);
    kg_status st = kg_snapshot_renew(NULL, *out, err);
    if (st != KG_OK) {
        kg_snapshot_end(*out);
        *out = NULL;
    }
    return st;
}

void kg_snapshots_put(kg_snapshots *snapshots, kg_snapshot *snapshot) {
    kg_snapshot_rest(snapshot);
    pthread_mutex_lock(&snapshots->lock);
    kg_status st = kg_array_push(&snapshots->idle, snapshot);
    pthread_mutex_unlock(&snapshots->lock);
    if (st != KG_OK)
        kg_snapshot_end(snapshot);
}

void kg_snapshots_end(kg_snapshots *snapshots) {
    for (size_t i = 0; i < snapshots->idle.len; i++)
        kg_snapshot_end(snapshots->idle.data[i]);
    kg_array_free(&snapshots->idle);
    pthread_mutex_destroy(&snapshots->lock);
}
