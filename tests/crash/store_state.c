/* What a store says, as one number: the sum of a hash for each fact, by names, so that neither ids
 * nor the order of edges count. */
#include "tests/crash/scenario.h"

#include "kgstore/base/array.h"
#include "kgstore/base/hash.h"
#include "kgstore/kgstore.h"

#include <stdio.h>

typedef struct facts {
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_bytes text; /* of the fact at hand: its names, each with a NUL */
    uint64_t sum;
} facts;

static void add(facts *f, kg_str text) {
    if (kg_array_append(&f->text, text.data, text.len) != KG_OK ||
        kg_array_push(&f->text, '\0') != KG_OK)
        give_up("out of memory");
}

static void add_name(facts *f, kg_kind kind, kg_id id) {
    kg_str name;
    if (kg_name_get(&name, f->snapshot, kind, id) != KG_OK)
        give_up("a name is missing");
    add(f, name);
}

/* Count the fact, and go back to the n bytes that others begin with too. */
static void count(facts *f, size_t n) {
    f->sum += kg_hash_bytes(f->text.data, f->text.len, 1);
    f->text.len = n;
}

static kg_status count_label(void *context, const kg_label *label) {
    facts *f = context;
    size_t n = f->text.len;
    add(f, label->preferred  ? KG_STR("label")
           : label->is_label ? KG_STR("labels")
                             : KG_STR("alias"));
    add(f, label->text);
    add(f, label->language);
    count(f, n);
    return KG_OK;
}

/* Keys keep their ids, and the first bytes of a value are its kind and length. */
static void count_properties(facts *f, kg_properties properties) {
    size_t n = f->text.len;
    add(f, KG_STR("properties"));
    add(f, properties.packed);
    count(f, n);
}

static void count_edges(facts *f, kg_id head) {
    kg_edges out;
    kg_properties properties;
    size_t n = f->text.len;
    if (kg_entity_edges(&out, NULL, f->snapshot, head) != KG_OK)
        give_up("edges are missing");
    for (uint32_t i = 0; i < out.count; i++, f->text.len = n) {
        kg_id relation = kg_edge_relation(out, i), tail = kg_edge_entity(out, i);
        add_name(f, KG_RELATION, relation);
        add_name(f, KG_ENTITY, tail);
        if (kg_edge_properties(&properties, f->snapshot, head, relation, tail) != KG_OK)
            give_up("properties are missing");
        count_properties(f, properties);
    }
}

static void count_entity(facts *f, kg_id id) {
    kg_str name;
    kg_types types;
    kg_properties properties;
    f->text.len = 0;
    if (kg_name_get(&name, f->snapshot, KG_ENTITY, id) == KG_ERR_NOT_FOUND)
        return; /* deleted */
    add_name(f, KG_ENTITY, id);
    if (kg_entity_labels(f->snapshot, id, count_label, f) != KG_OK ||
        kg_entity_types(&types, f->snapshot, id) != KG_OK ||
        kg_entity_properties(&properties, f->snapshot, id) != KG_OK)
        give_up("what is said of an entity is missing");
    size_t n = f->text.len;
    for (uint32_t i = 0; i < types.count; i++)
        add_name(f, KG_TYPE, kg_types_at(types, i));
    count(f, n);
    count_properties(f, properties);
    count_edges(f, id);
}

static void count_indexes(facts *f) {
    for (kg_id key = 0; key < f->stats.keys; key++) {
        bool is = false;
        if (kg_property_is_indexed(&is, f->snapshot, key) != KG_OK)
            give_up("an index is missing");
        f->text.len = 0;
        add_name(f, KG_KEY, key);
        if (is)
            count(f, 0);
    }
}

static void print_problem(void *context, const char *problem) {
    fprintf(stderr, "  %s: %s\n", (const char *)context, problem);
}

int64_t store_state(const char *path) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    facts f = {.text = KG_ARRAY_INIT};
    kg_status st = kg_store_check(path, print_problem, (void *)(uintptr_t)path, &err);
    if (st == KG_ERR_NOT_FOUND)
        return -1;
    if (st == KG_OK)
        st = kg_store_open(&store, path, &err);
    if (st != KG_OK) {
        fprintf(stderr, "  %s: %s\n", path, err.text);
        return -2;
    }
    st = kg_snapshot_begin(&f.snapshot, store, &err);
    if (st == KG_OK)
        st = kg_snapshot_stats(&f.stats, f.snapshot, &err);
    if (st != KG_OK)
        give_up("%s: %s", path, err.text);
    for (kg_id id = 0; id < f.stats.entities; id++)
        count_entity(&f, id);
    count_indexes(&f);
    kg_array_free(&f.text);
    kg_snapshot_end(f.snapshot);
    kg_store_close(store);
    return (int64_t)(f.sum >> 2);
}
