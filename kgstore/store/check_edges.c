/* Neighbour blocks. Both directions hold the same set of triples: each is strictly in order, so has
 * no triple twice, and both add up the same hash. Only where the sums differ are edges looked for
 * one by one. */
#include "kgstore/store/check.h"

typedef struct walk {
    uint64_t n_out, n_in;
    uint64_t sum_out, sum_in;
} walk;

static uint64_t triple_hash(kg_id head, kg_id relation, kg_id tail) {
    return kg_hash_u64(kg_hash_u64((uint64_t)head << 32 | tail) + relation);
}

/* Ids in range and strictly in order. */
static bool section_is_sound(const kg_check *c, kg_edges edges) {
    kg_id entity_before = 0, relation_before = 0;
    for (uint32_t i = 0; i < edges.count; i++) {
        kg_id entity = kg_edge_entity(edges, i), relation = kg_edge_relation(edges, i);
        if (entity >= c->state.entities || relation >= c->state.relations)
            return false;
        if (i > 0 && !kg_edge_before(c->weights, c->n_weights, entity_before, relation_before,
                                     entity, relation))
            return false;
        entity_before = entity;
        relation_before = relation;
    }
    return true;
}

static kg_status check_block(kg_check *c, void *context, kg_str key, kg_str value) {
    walk *w = context;
    kg_block block;
    kg_id entity = kg_check_key(c, KG_DB_NBR, key);
    if (entity == KG_NO_ID)
        return KG_OK;
    if (!kg_block_decode(&block, value) || value.len == KG_BLOCK_HEADER) {
        kg_problems_add(c->problems, "nbr: the block of entity %u is malformed", entity);
        return KG_OK;
    }
    kg_edges out = {block.out, block.n_out}, in = {block.in, block.n_in};
    if (!section_is_sound(c, out) || !section_is_sound(c, in))
        kg_problems_add(c->problems,
                        "nbr: the edges of entity %u are out of order, or not of the store",
                        entity);
    for (uint32_t i = 0; i < out.count; i++)
        w->sum_out += triple_hash(entity, kg_edge_relation(out, i), kg_edge_entity(out, i));
    for (uint32_t i = 0; i < in.count; i++)
        w->sum_in += triple_hash(kg_edge_entity(in, i), kg_edge_relation(in, i), entity);
    w->n_out += out.count;
    w->n_in += in.count;
    return KG_OK;
}

static bool section_holds(const kg_check *c, bool incoming, kg_id of, kg_id entity,
                          kg_id relation) {
    kg_str value;
    kg_block block;
    if (kg_txn_get_id(&value, c->txn, KG_DB_NBR, of) != KG_OK || !kg_block_decode(&block, value))
        return false;
    kg_edges edges =
        incoming ? (kg_edges){block.in, block.n_in} : (kg_edges){block.out, block.n_out};
    for (uint32_t i = 0; i < edges.count; i++)
        if (kg_edge_entity(edges, i) == entity && kg_edge_relation(edges, i) == relation)
            return true;
    return false;
}

/* Tell which edges have no counterpart. */
static kg_status search_block(kg_check *c, void *context, kg_str key, kg_str value) {
    (void)context;
    kg_block block;
    if (key.len != 4 || !kg_block_decode(&block, value))
        return KG_OK;
    kg_id entity = kg_load_u32(key.data);
    for (int incoming = 0; incoming < 2; incoming++) {
        kg_edges edges =
            incoming ? (kg_edges){block.in, block.n_in} : (kg_edges){block.out, block.n_out};
        for (uint32_t i = 0; i < edges.count && !kg_problems_enough(c->problems); i++) {
            kg_id other = kg_edge_entity(edges, i), relation = kg_edge_relation(edges, i);
            if (!section_holds(c, !incoming, other, entity, relation))
                kg_problems_add(c->problems,
                                "nbr: the triple %u %u %u is there in one direction only",
                                incoming ? other : entity, relation, incoming ? entity : other);
        }
    }
    return KG_OK;
}

kg_status kg_check_edges(kg_check *c) {
    kg_status st;
    walk w = {0};
    KG_TRY(st, kg_check_each(c, KG_DB_NBR, check_block, &w));
    kg_check_count(c, "triples", c->state.triples, w.n_out);
    if (w.n_out == w.n_in && w.sum_out == w.sum_in)
        return KG_OK;
    kg_problems_add(c->problems, "nbr: the two directions do not hold the same triples");
    kg_sum sum = c->sums[KG_DB_NBR];
    st = kg_check_each(c, KG_DB_NBR, search_block, NULL);
    c->sums[KG_DB_NBR] = sum;
    return st;
}
