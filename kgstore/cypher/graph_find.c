/* Nodes found by a value: what the indexes of the snapshot know, and what a query has set since. */
#include "kgstore/cypher/changes.h"
#include "kgstore/cypher/graph.h"

#include <stdlib.h>

static kg_status take_entity(void *context, kg_id entity) {
    return kg_array_push((cy_ids *)context, entity);
}

static kg_status find_identifier(cy_ids *out, const cy_graph *g, kg_str text) {
    kg_id id;
    kg_status st = kg_name_find(&id, g->snapshot, KG_ENTITY, text);
    if (st == KG_OK)
        st = kg_array_push(out, id);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

static kg_status find_label(cy_ids *out, const cy_graph *g, kg_str text) {
    enum { LONGEST = 400 }; /* of what is an alias whole */
    kg_ids aliases = {NULL, 0};
    if (text.len > LONGEST)
        return KG_ERR_UNSUPPORTED;
    kg_status st = kg_alias_find(&aliases, g->snapshot, text);
    for (uint32_t i = 0; st == KG_OK && i < aliases.count; i++)
        st = kg_array_push(out, kg_ids_at(aliases, i));
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

/* An integer and a float may be equal: the other of the two, if there is one. */
static bool other_number(cy_value *out, const cy_value *v) {
    double real = cy_to_real(v);
    if (v->kind == CY_INTEGER)
        *out = cy_float(real);
    else if (v->kind == CY_FLOAT && real > -0x1p63 && real < 0x1p63)
        *out = cy_integer((int64_t)real);
    else
        return false;
    return cy_equal(out, v) == CY_TRUE;
}

static kg_status find_stored(cy_ids *out, const cy_graph *g, kg_id key, const cy_value *v) {
    kg_value stored;
    kg_status st = cy_to_stored(&stored, NULL, v);
    return st == KG_OK ? kg_property_candidates(g->snapshot, key, &stored, take_entity, out) : st;
}

static kg_status find_indexed(cy_ids *out, const cy_graph *g, kg_str key, const cy_value *v) {
    kg_status st;
    cy_value other;
    kg_id id = cy_cached_key(g, key);
    KG_TRY(st, find_stored(out, g, id, v));
    if (other_number(&other, v))
        KG_TRY(st, find_stored(out, g, id, &other));
    if (cy_is_number(v) && cy_to_real(v) == 0) { /* there are two zeros */
        other = cy_float(-0.0);
        return find_stored(out, g, id, &other);
    }
    return KG_OK;
}

static kg_status find_changed(cy_ids *out, const cy_graph *g, cy_lookup by, kg_str key,
                              const cy_value *v) {
    kg_status st;
    if (!g->changes)
        return KG_OK;
    KG_TRY(st, cy_find_noted(out, g->changes, KG_STR("elementId"), v));
    return cy_find_noted(out, g->changes, by == CY_BY_IDENTIFIER ? KG_STR("id") : key, v);
}

kg_status cy_graph_find(cy_ids *out, const cy_graph *g, cy_lookup by, kg_str key,
                        const cy_value *v) {
    kg_status st;
    bool text = v->kind == CY_STRING;
    if (by == CY_BY_NAME)
        key = KG_STR("name");
    if (cy_is_null(v))
        return KG_OK;
    if (!text && v->kind != CY_BOOLEAN && !cy_is_number(v))
        return KG_ERR_UNSUPPORTED;
    if (by == CY_BY_INDEX)
        KG_TRY(st, find_indexed(out, g, key, v));
    /* Nodes without such a property have their names all the same. */
    bool name = kg_str_equal(key, KG_STR("name")), id = kg_str_equal(key, KG_STR("id"));
    if (text && (by != CY_BY_INDEX || name || id))
        KG_TRY(st, find_identifier(out, g, v->as.text));
    if (text && name)
        KG_TRY(st, find_label(out, g, v->as.text));
    return find_changed(out, g, by, key, v);
}

static int compare_ids(const void *a, const void *b) {
    kg_id x = *(const kg_id *)a, y = *(const kg_id *)b;
    return (x > y) - (x < y);
}

void cy_sort_ids(cy_ids *ids) {
    size_t n = 0;
    if (ids->len < 2)
        return;
    qsort(ids->data, ids->len, sizeof *ids->data, compare_ids);
    for (size_t i = 0; i < ids->len; i++)
        if (i == 0 || ids->data[i] != ids->data[i - 1])
            ids->data[n++] = ids->data[i];
    ids->len = n;
}
