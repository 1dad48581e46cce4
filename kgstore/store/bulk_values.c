/* Loads that append nothing but what belongs to properties: an index more or less, and values of
 * all entities. */
#include "kgstore/store/bulk.h"

#include "kgstore/store/store.h"
#include "kgstore/store/values.h"

/* ---- Indexes --------------------------------------------------------------------------------- */

static kg_status change_indexed(kg_bulk *b, kg_str key, bool keep, kg_error *err) {
    uint32_t id;
    size_t at = 0;
    int n = (int)(key.len < 200 ? key.len : 200);
    if (!kg_intern_find(&id, &b->names[KG_KEY].intern, key, kg_intern_hash(key)))
        return kg_error_set(err, KG_ERR_NOT_FOUND, "nothing has a property %.*s", n, key.data);
    while (at < b->indexed.len && b->indexed.data[at] < id)
        at++;
    bool is = at < b->indexed.len && b->indexed.data[at] == id;
    if (is == keep)
        return kg_error_set(err, KG_ERR_EXISTS, "the property %.*s is %s", n, key.data,
                            is ? "indexed already" : "not indexed");
    if (!keep) {
        b->indexed.len--;
        memmove(b->indexed.data + at, b->indexed.data + at + 1,
                (b->indexed.len - at) * sizeof *b->indexed.data);
        return KG_OK;
    }
    if (kg_array_push(&b->indexed, id) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory indexing");
    for (size_t i = b->indexed.len - 1; i > at; i--)
        b->indexed.data[i] = b->indexed.data[i - 1];
    b->indexed.data[at] = id;
    return KG_OK;
}

kg_status kg_store_index(kg_store *store, kg_str key, bool keep, kg_error *err) {
    kg_status st;
    kg_bulk *b;
    kg_bulk_report report;
    const kg_bulk_options options = {.append = true, .wait = store->wait};
    KG_TRY(st, kg_bulk_begin(&b, store->path, &options, err));
    st = change_indexed(b, key, keep, err);
    if (st == KG_OK)
        return kg_bulk_finish(&report, b, err);
    kg_bulk_abort(b);
    return st;
}

/* ---- Values of all entities ------------------------------------------------------------------ */

static kg_status replace_keys(kg_bulk *b, const kg_value_plan *plan, kg_error *err) {
    kg_status st;
    b->values_only = true;
    for (size_t i = 0; i < plan->n_keys; i++) {
        uint32_t id;
        uint64_t hash = kg_intern_hash(plan->keys[i]);
        KG_TRY(st, kg_bulk_name(&id, b, KG_KEY, plan->keys[i], hash, err));
        if (kg_array_push(&b->renewed, id) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing values");
    }
    return KG_OK;
}

static kg_status give_values(kg_bulk *b, const kg_value_plan *plan, kg_error *err) {
    enum { MOST = 4 };
    kg_status st;
    kg_value values[MOST];
    kg_property properties[MOST];
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.by_id = true, s.properties = properties, s.n_properties = plan->n_keys;
    for (kg_id id = 0; id < plan->entities; id++) {
        if (kg_bulk_is_deleted(kg_intern_name(&b->names[KG_ENTITY].intern, id)))
            continue;
        KG_TRY(st, plan->fill(plan->context, values, id));
        for (size_t i = 0; i < plan->n_keys; i++)
            properties[i] = (kg_property){plan->keys[i], values[i]};
        s.head_id = id;
        KG_TRY(st, kg_bulk_statement(b, &s, err));
    }
    return KG_OK;
}

kg_status kg_store_put_values(kg_store *store, const kg_value_plan *plan, kg_error *err) {
    kg_status st;
    kg_bulk *b;
    kg_bulk_report report;
    const kg_bulk_options options = {.append = true, .wait = store->wait};
    KG_TRY(st, kg_bulk_begin(&b, store->path, &options, err));
    if (b->base_state.generation != plan->generation)
        st = kg_error_set(err, KG_ERR_STALE,
                          "the store was written anew while values were computed; try again");
    if (st == KG_OK)
        st = replace_keys(b, plan, err);
    if (st == KG_OK)
        st = give_values(b, plan, err);
    if (st == KG_OK)
        return kg_bulk_finish(&report, b, err);
    kg_bulk_abort(b);
    return st;
}
