/* Property records: sound, of keys that are named, and of entities and edges that are there; their
 * index. */
#include "kgstore/store/check.h"
#include "kgstore/store/prop_index.h"
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

/* ---- The index ------------------------------------------------------------------------------ */

/* Entries by the records of entities, and by the index: both add up the same hash. */
typedef struct index_walk {
    kg_key_list keys;
    kg_index_entries entries;
    kg_bytes scratch;
    uint64_t expected, found, sum_expected, sum_found;
} index_walk;

static uint64_t entry_hash(const uint32_t entry[3]) {
    return kg_hash_bytes((const char *)entry, 3 * sizeof *entry, 0);
}

static kg_status expect_entries(kg_check *c, void *context, kg_str key, kg_str value) {
    index_walk *w = context;
    if (key.len != 4)
        return KG_OK; /* told already */
    if (kg_index_entries_of(&w->entries, &w->scratch, &w->keys, kg_load_u32(key.data), value) !=
        KG_OK)
        return kg_error_set(c->err, KG_ERR_MEMORY, "out of memory checking properties");
    for (size_t i = 0; i < w->entries.len; i += 3)
        w->sum_expected += entry_hash(w->entries.data + i);
    w->expected += w->entries.len / 3;
    return KG_OK;
}

static kg_status check_entry(kg_check *c, void *context, kg_str key, kg_str value) {
    index_walk *w = context;
    uint32_t entry[3];
    bool sound = value.len == 0;
    if (key.len == KG_INDEXED_KEY_BYTES) {
        sound = sound && __builtin_bswap32(kg_load_u32(key.data)) < c->state.keys;
    } else {
        sound = sound && kg_edge_key_decode(entry, key);
        w->sum_found += sound ? entry_hash(entry) : 0;
        w->found++;
    }
    if (!sound)
        kg_problems_add(c->problems, "prop_index: a malformed record");
    return KG_OK;
}

static kg_status check_index(kg_check *c) {
    kg_status st;
    index_walk w = {0};
    kg_sum sum = c->sums[KG_DB_ENT_PROP];
    KG_TRY(st, kg_check_each(c, KG_DB_PROP_INDEX, check_entry, &w));
    if (c->sums[KG_DB_PROP_INDEX].records == 0)
        return KG_OK;
    if (kg_indexed_keys(&w.keys, c->txn, &c->state) != KG_OK)
        st = kg_error_set(c->err, KG_ERR_MEMORY, "out of memory checking properties");
    if (st == KG_OK)
        st = kg_check_each(c, KG_DB_ENT_PROP, expect_entries, &w);
    c->sums[KG_DB_ENT_PROP] = sum;
    if (st == KG_OK && (w.expected != w.found || w.sum_expected != w.sum_found))
        kg_problems_add(c->problems, "prop_index: %llu entries for %llu indexed values",
                        (unsigned long long)w.found, (unsigned long long)w.expected);
    kg_array_free(&w.keys);
    kg_array_free(&w.entries);
    kg_array_free(&w.scratch);
    return st;
}

kg_status kg_check_properties(kg_check *c) {
    kg_status st;
    uint64_t values = 0;
    KG_TRY(st, kg_check_each(c, KG_DB_ENT_PROP, check_entity, &values));
    kg_check_count(c, "values of entities", c->state.entity_values, values);
    values = 0;
    KG_TRY(st, kg_check_each(c, KG_DB_EDGE_PROP, check_edge, &values));
    kg_check_count(c, "values of edges", c->state.edge_values, values);
    return check_index(c);
}
