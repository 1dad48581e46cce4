#include "kgstore/store/properties.h"

#include "kgstore/base/byteio.h"

#include <stdlib.h>

void kg_edge_key_encode(unsigned char to[KG_EDGE_KEY_BYTES], const uint32_t edge[3]) {
    for (int i = 0; i < 3; i++) {
        uint32_t big_endian = __builtin_bswap32(edge[i]);
        memcpy(to + 4 * i, &big_endian, 4);
    }
}

bool kg_edge_key_decode(uint32_t edge[3], kg_str key) {
    if (key.len != KG_EDGE_KEY_BYTES)
        return false;
    for (int i = 0; i < 3; i++)
        edge[i] = __builtin_bswap32(kg_load_u32(key.data + 4 * i));
    return true;
}

kg_status kg_property_pack(kg_bytes *to, kg_id key, const kg_value *value) {
    size_t before = to->len;
    kg_status st = kg_array_append(to, (const char *)&key, sizeof key);
    if (st == KG_OK)
        st = kg_value_pack(to, value);
    if (st != KG_OK)
        to->len = before;
    return st;
}

bool kg_property_next(kg_id *key, kg_value *value, kg_str *rest) {
    if (rest->len < sizeof *key)
        return false;
    kg_str after = {rest->data + sizeof *key, rest->len - sizeof *key};
    *key = kg_load_u32(rest->data);
    if (!kg_value_next(value, &after))
        return false;
    *rest = after;
    return true;
}

bool kg_properties_are_sound(kg_str record, uint64_t n_keys) {
    kg_id key;
    kg_value value;
    uint64_t at_least = 0;
    if (record.len == 0)
        return false;
    while (kg_property_next(&key, &value, &record)) {
        if (key < at_least || key >= n_keys || kg_value_check(&value, NULL) != KG_OK)
            return false;
        at_least = (uint64_t)key + 1;
    }
    return record.len == 0;
}

/* ---- Merging --------------------------------------------------------------------------------- */

void kg_property_merger_free(kg_property_merger *m) {
    kg_array_free(&m->keyed);
    kg_array_free(&m->items);
    kg_array_free(&m->list);
}

static int compare_keyed(const void *a, const void *b) {
    const kg_keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static kg_status unpack(kg_property_merger *m, kg_str pieces) {
    kg_status st;
    kg_keyed next;
    bool sorted = true;
    m->keyed.len = 0;
    while (kg_property_next(&next.key, &next.value, &pieces)) {
        size_t n = m->keyed.len;
        next.order = (uint32_t)n;
        sorted = sorted && (n == 0 || m->keyed.data[n - 1].key <= next.key);
        KG_TRY(st, kg_array_push(&m->keyed, next));
    }
    if (!sorted)
        qsort(m->keyed.data, m->keyed.len, sizeof *m->keyed.data, compare_keyed);
    return pieces.len ? KG_ERR_CORRUPT : KG_OK;
}

static kg_status add_item(kg_property_merger *m, const kg_value *value) {
    for (size_t i = 0; i < m->items.len; i++)
        if (kg_value_equal(&m->items.data[i], value))
            return KG_OK;
    return kg_array_push(&m->items, *value);
}

/* The n givings of one key; several become a list. */
static kg_status merge_key(kg_bytes *record, uint64_t *count, kg_property_merger *m,
                           const kg_keyed *given, size_t n) {
    kg_status st;
    kg_value item;
    bool is_list = false;
    m->items.len = m->list.len = 0;
    for (size_t i = 0; i < n; i++) {
        kg_str rest = given[i].value.text;
        if (given[i].value.kind != KG_VALUE_LIST) {
            KG_TRY(st, add_item(m, &given[i].value));
            continue;
        }
        is_list = true;
        while (kg_value_next(&item, &rest))
            KG_TRY(st, add_item(m, &item));
        if (rest.len)
            return KG_ERR_CORRUPT;
    }
    *count += m->items.len ? m->items.len : 1;
    if (!is_list && m->items.len == 1)
        return kg_property_pack(record, given->key, m->items.data);
    for (size_t i = 0; i < m->items.len; i++)
        KG_TRY(st, kg_value_pack(&m->list, &m->items.data[i]));
    const kg_value list = {.kind = KG_VALUE_LIST, .text = {m->list.data, m->list.len}};
    return kg_property_pack(record, given->key, &list);
}

/* One giving of a key, as nearly all are: taken as it is. */
static kg_status take_one(kg_bytes *record, uint64_t *count, const kg_keyed *given) {
    kg_value item;
    kg_str rest = given->value.text;
    bool more = given->value.kind == KG_VALUE_LIST && kg_value_next(&item, &rest);
    do
        ++*count;
    while (more && kg_value_next(&item, &rest));
    return kg_property_pack(record, given->key, &given->value);
}

kg_status kg_properties_merge(kg_bytes *record, uint64_t *count, kg_property_merger *m,
                              kg_str pieces) {
    kg_status st;
    record->len = 0;
    *count = 0;
    KG_TRY(st, unpack(m, pieces));
    const kg_keyed *given = m->keyed.data;
    for (size_t i = 0, next; i < m->keyed.len; i = next) {
        for (next = i + 1; next < m->keyed.len && given[next].key == given[i].key;)
            next++;
        KG_TRY(st, next == i + 1 ? take_one(record, count, given + i)
                                 : merge_key(record, count, m, given + i, next - i));
    }
    return KG_OK;
}
