#include "kgstore/graph/top.h"
#include "kgstore/store/store.h"

static kg_status top_pepr(kg_neighbour *out, uint32_t *count, kg_snapshot *snapshot, kg_id entity,
                          uint32_t k) {
    const unsigned char *edges;
    uint32_t n;
    kg_status st;
    KG_TRY(st, kg_entity_there(snapshot->txn, &snapshot->state, entity));
    /* Some may be of entities deleted since. */
    KG_TRY(st,
           kg_pepr_first(&edges, &n, snapshot, entity, snapshot->state.deleted ? KG_PEPR_MAX : k));
    for (uint32_t i = 0; i < n && *count < k; ++i, edges += 16) {
        kg_neighbour next = {kg_load_u32(edges), kg_load_u32(edges + 4),
                             (int32_t)kg_load_u32(edges + 8), kg_load_f32(edges + 12)};
        if (snapshot->state.deleted)
            st = kg_entity_there(snapshot->txn, &snapshot->state, next.entity);
        if (st != KG_OK && st != KG_ERR_NOT_FOUND)
            return st;
        if (st == KG_OK)
            out[(*count)++] = next;
    }
    return KG_OK;
}

/* Who asked may use the ids as indices: those of a damaged record are not handed out. */
static bool are_sound(const kg_neighbour *of, uint32_t n, const kg_state *state) {
    for (uint32_t i = 0; i < n; i++)
        if (of[i].entity >= state->entities || of[i].relation >= state->relations)
            return false;
    return true;
}

static kg_status top_pagerank(kg_neighbour *out, uint32_t *count, kg_snapshot *snapshot,
                              kg_id entity, uint32_t k) {
    kg_top_lists lists = {0};
    kg_status st;
    KG_TRY(st, kg_entity_edges(&lists.out, &lists.in, snapshot, entity));
    st = kg_weights_get(&lists.weights, &lists.n_weights, NULL, snapshot);
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return st;
    uint32_t n = kg_top_merge(out, &lists, k);
    if (!are_sound(out, n, &snapshot->state))
        return KG_ERR_CORRUPT;
    *count = n;
    return KG_OK;
}

kg_status kg_neighbours_top(kg_neighbour *out, uint32_t *count, kg_snapshot *snapshot, kg_id entity,
                            kg_weight_set set, uint32_t k) {
    *count = 0;
    return set == KG_WEIGHT_PEPR ? top_pepr(out, count, snapshot, entity, k)
                                 : top_pagerank(out, count, snapshot, entity, k);
}

kg_status kg_neighbours_top_each(kg_neighbour *out, uint64_t *starts, kg_snapshot *snapshot,
                                 const kg_top_wanted *wanted, kg_error *err) {
    starts[0] = 0;
    for (size_t i = 0; i < wanted->n; ++i) {
        uint32_t count;
        kg_id entity = wanted->entities[i];
        kg_status st =
            kg_neighbours_top(out + starts[i], &count, snapshot, entity, wanted->set, wanted->k);
        if (st == KG_ERR_NOT_FOUND && wanted->set == KG_WEIGHT_PEPR &&
            !snapshot->state.pepr_version)
            return kg_error_set(err, st,
                                "the store has no personalized weights; run kg rank "
                                "--personalized on it");
        if (st == KG_ERR_NOT_FOUND)
            return kg_error_set(err, st, "the store has no entity with the id %u", entity);
        if (st != KG_OK)
            return kg_snapshot_fault(err, st, snapshot);
        starts[i + 1] = starts[i] + count;
    }
    return KG_OK;
}
