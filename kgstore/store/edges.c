/* Neighbours and weights, read: the hot path. Nothing here allocates. */
#include "kgstore/store/store.h"

static const unsigned char NO_EDGES[KG_BLOCK_HEADER] = {0};

bool kg_edges_find(uint32_t *at, kg_edges edges, const double *weights, uint64_t n_weights,
                   kg_id entity, kg_id relation) {
    uint32_t low = 0, high = edges.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        kg_id e = kg_edge_entity(edges, middle), r = kg_edge_relation(edges, middle);
        if (e == entity && r == relation) {
            if (at)
                *at = middle;
            return true;
        }
        if (kg_edge_before(weights, n_weights, e, r, entity, relation))
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Note the places of some more blocks. Damaged ones are left for the question that asks for them.
 */
static void walk_on(kg_snapshot *s) {
    enum { AT_ONCE = 64 };
    kg_str key = {NULL, 0}, value;
    kg_block block;
    kg_status st = KG_OK;
    for (int i = 0; i < AT_ONCE && st == KG_OK; i++) {
        st = kg_cursor_move(&key, &value, s->walk, KG_MOVE_NEXT);
        if (st != KG_OK || key.len != sizeof(kg_id) || !kg_block_decode(&block, value))
            continue;
        kg_id entity = kg_load_u32(key.data);
        if (entity < s->n_blocks)
            s->blocks[entity] = (const unsigned char *)value.data;
    }
    if (st != KG_OK) {
        kg_cursor_close(s->walk);
        s->walk = NULL;
    }
}

/* Find an entity's block by a descent, and remember where it lies. */
__attribute__((noinline)) static kg_status find_block(const unsigned char **at, kg_snapshot *s,
                                                      kg_id entity) {
    kg_str value;
    kg_block block;
    if (entity >= s->state.entities)
        return KG_ERR_NOT_FOUND;
    kg_status st = kg_txn_get_id(&value, s->txn, KG_DB_NBR, entity);
    if (st == KG_OK && !kg_block_decode(&block, value))
        return KG_ERR_CORRUPT;
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return st;
    if (st == KG_ERR_NOT_FOUND && s->state.deleted) {
        kg_status there = kg_entity_there(s->txn, &s->state, entity);
        if (there != KG_OK)
            return there;
    }
    *at = st == KG_OK ? (const unsigned char *)value.data : NO_EDGES;
    if (entity < s->n_blocks)
        s->blocks[entity] = *at;
    if (s->walk && s->n_blocks)
        walk_on(s);
    return KG_OK;
}

kg_status kg_entity_edges(kg_edges *out, kg_edges *in, kg_snapshot *s, kg_id entity) {
    kg_status st;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    const unsigned char *at = entity < s->n_blocks ? s->blocks[entity] : NULL;
    if (!at)
        KG_TRY(st, find_block(&at, s, entity));
    uint32_t n_out = kg_load_u32(at), n_in = kg_load_u32(at + 4);
    if (out)
        *out = (kg_edges){at + KG_BLOCK_HEADER, n_out};
    if (in)
        *in = (kg_edges){at + KG_BLOCK_HEADER + (size_t)n_out * KG_EDGE_BYTES, n_in};
    return KG_OK;
}

kg_status kg_edge_exists(bool *exists, kg_snapshot *s, kg_id head, kg_id relation, kg_id tail) {
    kg_status st;
    kg_edges out;
    *exists = false;
    KG_TRY(st, kg_entity_edges(&out, NULL, s, head));
    *exists = kg_edges_find(NULL, out, s->weights, s->n_weights, tail, relation);
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

kg_status kg_pepr_first(const unsigned char **edges, uint32_t *count, kg_snapshot *s, kg_id entity,
                        uint32_t k) {
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
    if (!kg_pepr_is_sound(value, &s->state, k))
        return KG_ERR_CORRUPT;
    *edges = (const unsigned char *)value.data;
    uint32_t n = (uint32_t)(value.len / KG_PEPR_EDGE_BYTES);
    *count = n < k ? n : k;
    return KG_OK;
}

kg_status kg_pepr_get(const unsigned char **edges, uint32_t *count, kg_snapshot *s, kg_id entity) {
    return kg_pepr_first(edges, count, s, entity, KG_PEPR_MAX);
}
