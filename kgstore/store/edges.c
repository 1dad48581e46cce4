/* Neighbours and weights, read: the hot path. Nothing here allocates. */
#include "kgstore/store/store.h"

kg_status kg_entity_edges(kg_edges *out, kg_edges *in, kg_snapshot *s, kg_id entity) {
    kg_str value;
    kg_block block = {NULL, NULL, 0, 0};
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    if (entity >= s->state.entities)
        return KG_ERR_NOT_FOUND;
    kg_status st = kg_txn_get_id(&value, s->txn, KG_DB_NBR, entity);
    if (st == KG_OK && !kg_block_decode(&block, value))
        return KG_ERR_CORRUPT;
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return st;
    if (out)
        *out = (kg_edges){block.out, block.n_out};
    if (in)
        *in = (kg_edges){block.in, block.n_in};
    return KG_OK;
}

kg_status kg_weights_get(const double **weights, uint64_t *count, bool *stale, kg_snapshot *s) {
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    *weights = s->weights;
    *count = s->n_weights;
    if (!s->weights)
        return KG_ERR_NOT_FOUND;
    if (stale)
        *stale = s->state.pagerank_version != s->state.triples_version;
    return KG_OK;
}

kg_status kg_pepr_get(const unsigned char **edges, uint32_t *count, kg_snapshot *s, kg_id entity) {
    kg_str value;
    *edges = NULL;
    *count = 0;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    if (s->state.pepr_version == 0)
        return KG_ERR_NOT_FOUND;
    kg_status st = kg_txn_get_id(&value, s->txn, KG_DB_PEPR, entity);
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK;
    if (st != KG_OK)
        return st;
    *edges = (const unsigned char *)value.data;
    *count = (uint32_t)(value.len / KG_PEPR_EDGE_BYTES);
    return KG_OK;
}
