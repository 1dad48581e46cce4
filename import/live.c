#include "import/live.h"

#include <stdlib.h>

/* Ids that have a name, all below `entities`. */
static kg_status gather(kg_live *live, kg_snapshot *snapshot, uint64_t entities) {
    for (kg_id id = 0; id < entities; id++) {
        kg_str name;
        kg_status st = kg_name_get(&name, snapshot, KG_ENTITY, id);
        if (st == KG_OK)
            live->ids[live->count++] = id;
        else if (st != KG_ERR_NOT_FOUND)
            return st;
    }
    return KG_OK;
}

kg_status kg_live_take(kg_live *live, kg_snapshot *snapshot, kg_error *err) {
    kg_status st;
    kg_stats stats;
    KG_TRY(st, kg_snapshot_stats(&stats, snapshot, err));
    *live = (kg_live){.count = stats.entities};
    if (stats.deleted == 0)
        return KG_OK;
    *live = (kg_live){.ids = malloc((stats.entities + 1) * sizeof *live->ids)};
    if (!live->ids)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory for %llu entities",
                            (unsigned long long)stats.entities);
    st = gather(live, snapshot, stats.entities);
    if (st == KG_OK && live->count + stats.deleted != stats.entities)
        st = KG_ERR_CORRUPT;
    if (st != KG_OK)
        kg_live_free(live);
    return kg_snapshot_fault(err, st, snapshot);
}

void kg_live_free(kg_live *live) {
    free(live->ids);
    *live = (kg_live){0};
}

uint64_t kg_live_below(const kg_live *live, uint64_t n) {
    uint64_t low = 0, high = live->count;
    if (!live->ids)
        return n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (live->ids[middle] < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

kg_id kg_live_place(const kg_live *live, kg_id id) {
    uint64_t place = kg_live_below(live, id);
    if (!live->ids)
        return id;
    return place < live->count && live->ids[place] == id ? (kg_id)place : KG_NO_ID;
}
