/* Property records: sound, of keys that are named, and of entities and edges that are there. */
#include "kgstore/store/check.h"
#include "kgstore/store/properties.h"

static uint64_t count_values(kg_str record) {
    kg_id key;
    kg_value value, item;
    uint64_t n = 0;
    while (kg_property_next(&key, &value, &record)) {
        kg_str rest = value.text;
        bool more = value.kind == KG_VALUE_LIST && kg_value_next(&item, &rest);
        do
            n++;
        while (more && kg_value_next(&item, &rest));
    }
    return n;
}

static kg_status check_entity(kg_check *c, void *context, kg_str key, kg_str value) {
    uint64_t *values = context;
    kg_id entity = kg_check_key(c, KG_DB_ENT_PROP, key);
    if (entity != KG_NO_ID && !kg_properties_are_sound(value, c->state.keys))
        kg_problems_add(c->problems, "ent_prop: the properties of entity %u are malformed", entity);
    *values += count_values(value);
    return KG_OK;
}

static bool edge_is_there(const kg_check *c, const uint32_t edge[3]) {
    kg_str value;
    kg_block block;
    if (kg_txn_get_id(&value, c->txn, KG_DB_NBR, edge[0]) != KG_OK ||
        !kg_block_decode(&block, value))
        return false;
    const kg_edges out = {block.out, block.n_out};
    return kg_edges_find(NULL, out, c->weights, c->n_weights, edge[2], edge[1]);
}

static kg_status check_edge(kg_check *c, void *context, kg_str key, kg_str value) {
    uint64_t *values = context;
    uint32_t edge[3];
    if (!kg_edge_key_decode(edge, key))
        kg_problems_add(c->problems, "edge_prop: a record of no edge");
    else if (!edge_is_there(c, edge))
        kg_problems_add(c->problems, "edge_prop: there is no triple %u %u %u to have properties",
                        edge[0], edge[1], edge[2]);
    else if (!kg_properties_are_sound(value, c->state.keys))
        kg_problems_add(c->problems, "edge_prop: the properties of %u %u %u are malformed", edge[0],
                        edge[1], edge[2]);
    *values += count_values(value);
    return KG_OK;
}

kg_status kg_check_properties(kg_check *c) {
    kg_status st;
    uint64_t values = 0;
    KG_TRY(st, kg_check_each(c, KG_DB_ENT_PROP, check_entity, &values));
    kg_check_count(c, "values of entities", c->state.entity_values, values);
    values = 0;
    KG_TRY(st, kg_check_each(c, KG_DB_EDGE_PROP, check_edge, &values));
    kg_check_count(c, "values of edges", c->state.edge_values, values);
    return KG_OK;
}
