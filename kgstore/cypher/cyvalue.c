/* Comparing, ordering, hashing and copying values, as chapter "comparability, equality,
 * orderability and equivalence" of openCypher 9 has them. */
#include "kgstore/cypher/cyvalue.h"

#include "kgstore/base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *cy_a_kind(cy_kind kind) {
    static const char *const NAMES[] = {
        "null",   "a Boolean",       "an Integer",     "a Float",   "a String", "a List",
        "a Map",  "a Node",          "a Relationship", "a Path",    "a Date",   "a LocalTime",
        "a Time", "a LocalDateTime", "a DateTime",     "a Duration"};
    return NAMES[kind];
}

const char *cy_kind_name(cy_kind kind) {
    const char *whole = cy_a_kind(kind), *space = strchr(whole, ' ');
    return space ? space + 1 : whole;
}

/* ---- Numbers and points in time -------------------------------------------------------------- */

/* Numbers, none of them NaN; an integer and a float exactly: a float of more than 2^53 is not
 * rounded to. */
static int compare_numbers(const cy_value *a, const cy_value *b) {
    if (a->kind == CY_INTEGER && b->kind == CY_INTEGER)
        return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
    if (a->kind == CY_FLOAT && b->kind == CY_FLOAT)
        return (a->as.real > b->as.real) - (a->as.real < b->as.real);
    if (a->kind == CY_FLOAT)
        return -compare_numbers(b, a);
    if (b->as.real >= 0x1p63)
        return -1;
    if (b->as.real < -0x1p63)
        return 1;
    int64_t whole = (int64_t)b->as.real;
    if (a->as.integer != whole)
        return a->as.integer < whole ? -1 : 1;
    double rest = b->as.real - (double)whole;
    return (rest < 0) - (rest > 0);
}

static int sign_of(int64_t x, int64_t y) {
    return (x > y) - (x < y);
}

/* Points in time by the moment that they are, then by their offset; durations by their length. */
static int compare_temporals(cy_kind kind, const cy_temporal *a, const cy_temporal *b) {
    enum { DAY = 86400 };
    if (kind == CY_DURATION) {
        /* A month has 30.436875 days on average: 2629746 seconds. */
        int64_t x = a->months * 2629746 + a->days * DAY + a->seconds;
        int64_t y = b->months * 2629746 + b->days * DAY + b->seconds;
        int order = sign_of(x, y);
        return order ? order : sign_of(a->nanoseconds, b->nanoseconds);
    }
    int64_t x = a->days * DAY + a->seconds - a->offset, y = b->days * DAY + b->seconds - b->offset;
    int order = sign_of(x, y);
    if (!order)
        order = sign_of(a->nanoseconds, b->nanoseconds);
    return order ? order : sign_of(a->offset, b->offset);
}

static bool same_duration(const cy_temporal *a, const cy_temporal *b) {
    return a->months == b->months && a->days == b->days && a->seconds == b->seconds &&
           a->nanoseconds == b->nanoseconds;
}

static bool is_nan(const cy_value *v) {
    return v->kind == CY_FLOAT && isnan(v->as.real);
}

/* ---- Equality -------------------------------------------------------------------------------- */

static cy_truth both(cy_truth a, cy_truth b) {
    return a == CY_FALSE || b == CY_FALSE       ? CY_FALSE
           : a == CY_UNKNOWN || b == CY_UNKNOWN ? CY_UNKNOWN
                                                : CY_TRUE;
}

static cy_truth equal_lists(const cy_value *a, const cy_value *b) {
    cy_truth all = CY_TRUE;
    if (a->count != b->count)
        return CY_FALSE;
    for (uint32_t i = 0; i < a->count && all != CY_FALSE; i++)
        all = both(all, cy_equal(&a->as.items[i], &b->as.items[i]));
    return all;
}

static cy_truth equal_maps(const cy_map *a, const cy_map *b) {
    cy_truth all = CY_TRUE;
    if (a->count != b->count)
        return CY_FALSE;
    for (size_t i = 0; i < a->count && all != CY_FALSE; i++) {
        const cy_value *other = cy_map_get(b, a->entries[i].key);
        all = other ? both(all, cy_equal(&a->entries[i].value, other)) : CY_FALSE;
    }
    return all;
}

static bool equal_paths(const cy_path *a, const cy_path *b) {
    if (a->length != b->length || a->nodes[0] != b->nodes[0])
        return false;
    for (size_t i = 0; i < a->length; i++)
        if (!cy_same_edge(&a->edges[i], &b->edges[i]) || a->nodes[i + 1] != b->nodes[i + 1])
            return false;
    return true;
}

cy_truth cy_equal(const cy_value *a, const cy_value *b) {
    if (cy_is_null(a) || cy_is_null(b))
        return CY_UNKNOWN;
    if (cy_is_number(a) && cy_is_number(b))
        return is_nan(a) || is_nan(b) ? CY_FALSE : compare_numbers(a, b) == 0;
    if (a->kind != b->kind)
        return CY_FALSE;
    switch (a->kind) {
    case CY_BOOLEAN:
        return a->as.yes == b->as.yes;
    case CY_STRING:
        return kg_str_equal(a->as.text, b->as.text);
    case CY_LIST:
        return equal_lists(a, b);
    case CY_MAP:
        return equal_maps(a->as.map, b->as.map);
    case CY_NODE:
        return a->as.node == b->as.node;
    case CY_EDGE:
        return cy_same_edge(&a->as.edge, &b->as.edge);
    case CY_PATH:
        return equal_paths(a->as.path, b->as.path);
    case CY_DURATION:
        return same_duration(a->as.temporal, b->as.temporal);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
        return compare_temporals(a->kind, a->as.temporal, b->as.temporal) == 0;
    case CY_NULL:
    case CY_INTEGER:
    case CY_FLOAT:
        break;
    }
    return CY_FALSE;
}

/* ---- Order ----------------------------------------------------------------------------------- */

static cy_truth compare_lists(int *order, const cy_value *a, const cy_value *b) {
    uint32_t n = a->count < b->count ? a->count : b->count;
    for (uint32_t i = 0; i < n; i++) {
        cy_truth equal = cy_equal(&a->as.items[i], &b->as.items[i]);
        if (equal == CY_TRUE)
            continue;
        return cy_compare(order, &a->as.items[i], &b->as.items[i]);
    }
    *order = sign_of(a->count, b->count);
    return CY_TRUE;
}

cy_truth cy_compare(int *order, const cy_value *a, const cy_value *b) {
    *order = 0;
    if (is_nan(a) || is_nan(b))
        return cy_is_number(a) && cy_is_number(b) ? CY_FALSE : CY_UNKNOWN;
    if (cy_is_number(a) && cy_is_number(b)) {
        *order = compare_numbers(a, b);
        return CY_TRUE;
    }
    if (a->kind != b->kind)
        return CY_UNKNOWN;
    switch (a->kind) {
    case CY_BOOLEAN:
        *order = a->as.yes - b->as.yes;
        return CY_TRUE;
    case CY_STRING:
        *order = kg_str_compare(a->as.text, b->as.text);
        return CY_TRUE;
    case CY_LIST:
        return compare_lists(order, a, b);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
        *order = compare_temporals(a->kind, a->as.temporal, b->as.temporal);
        return CY_TRUE;
    case CY_NULL:
    case CY_INTEGER:
    case CY_FLOAT:
    case CY_MAP:
    case CY_NODE:
    case CY_EDGE:
    case CY_PATH:
    case CY_DURATION:
        break;
    }
    return CY_UNKNOWN;
}

/* Where a kind stands among the others. */
static int place_of(cy_kind kind) {
    static const int PLACES[] = {
        [CY_MAP] = 0,      [CY_NODE] = 1,       [CY_EDGE] = 2,           [CY_LIST] = 3,
        [CY_PATH] = 4,     [CY_DATETIME] = 5,   [CY_LOCAL_DATETIME] = 6, [CY_DATE] = 7,
        [CY_TIME] = 8,     [CY_LOCAL_TIME] = 9, [CY_DURATION] = 10,      [CY_STRING] = 11,
        [CY_BOOLEAN] = 12, [CY_INTEGER] = 13,   [CY_FLOAT] = 13,         [CY_NULL] = 14};
    return PLACES[kind];
}

static int order_lists(const cy_value *a, const cy_value *b) {
    uint32_t n = a->count < b->count ? a->count : b->count;
    for (uint32_t i = 0; i < n; i++) {
        int order = cy_order(&a->as.items[i], &b->as.items[i]);
        if (order)
            return order;
    }
    return sign_of(a->count, b->count);
}

/* By size, then the sorted keys, then the values in that order. */
static int order_maps(const cy_map *a, const cy_map *b) {
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (size_t i = 0; i < a->count; i++) {
        const cy_value *other = cy_map_get(b, a->entries[i].key);
        int order = other ? cy_order(&a->entries[i].value, other)
                          : kg_str_compare(a->entries[i].key, b->entries[i].key);
        if (order)
            return order;
        if (!other)
            return 1;
    }
    return 0;
}

static int order_edges(const cy_edge *a, const cy_edge *b) {
    int order = sign_of(a->head, b->head);
    if (!order)
        order = sign_of(a->relation, b->relation);
    return order ? order : sign_of(a->tail, b->tail);
}

static int order_paths(const cy_path *a, const cy_path *b) {
    size_t n = a->length < b->length ? a->length : b->length;
    int order = sign_of(a->nodes[0], b->nodes[0]);
    for (size_t i = 0; !order && i < n; i++) {
        order = order_edges(&a->edges[i], &b->edges[i]);
        if (!order)
            order = sign_of(a->nodes[i + 1], b->nodes[i + 1]);
    }
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* NaN stands behind all numbers. */
static int order_numbers(const cy_value *a, const cy_value *b) {
    if (is_nan(a) || is_nan(b))
        return is_nan(a) - is_nan(b);
    return compare_numbers(a, b);
}

static int order_temporals(cy_kind kind, const cy_value *a, const cy_value *b) {
    int order = compare_temporals(kind, a->as.temporal, b->as.temporal);
    if (order || kind != CY_DURATION || same_duration(a->as.temporal, b->as.temporal))
        return order;
    order = sign_of(a->as.temporal->months, b->as.temporal->months);
    return order ? order : sign_of(a->as.temporal->days, b->as.temporal->days);
}

int cy_order(const cy_value *a, const cy_value *b) {
    int x = place_of(a->kind), y = place_of(b->kind);
    if (x != y)
        return x < y ? -1 : 1;
    switch (a->kind) {
    case CY_NULL:
        return 0;
    case CY_INTEGER:
    case CY_FLOAT:
        return order_numbers(a, b);
    case CY_BOOLEAN:
        return a->as.yes - b->as.yes;
    case CY_STRING:
        return kg_str_compare(a->as.text, b->as.text);
    case CY_LIST:
        return order_lists(a, b);
    case CY_MAP:
        return order_maps(a->as.map, b->as.map);
    case CY_NODE:
        return sign_of(a->as.node, b->as.node);
    case CY_EDGE:
        return order_edges(&a->as.edge, &b->as.edge);
    case CY_PATH:
        return order_paths(a->as.path, b->as.path);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        break;
    }
    return order_temporals(a->kind, a, b);
}

/* ---- Hashing --------------------------------------------------------------------------------- */

static uint64_t hash_number(const cy_value *v) {
    double real = cy_to_real(v);
    if (v->kind == CY_FLOAT && !(real >= -0x1p63 && real < 0x1p63 && real == trunc(real)))
        return isnan(real) ? 3 : kg_hash_bytes(&real, sizeof real, 2);
    return kg_hash_u64(v->kind == CY_INTEGER ? (uint64_t)v->as.integer : (uint64_t)(int64_t)real);
}

static uint64_t hash_edge(const cy_edge *edge, uint64_t seed) {
    return kg_hash_u64(kg_hash_u64(seed ^ edge->head) ^
                       ((uint64_t)edge->relation << 32 | edge->tail));
}

static uint64_t hash_path(const cy_path *path) {
    uint64_t h = kg_hash_u64(path->nodes[0]);
    for (size_t i = 0; i < path->length; i++)
        h = hash_edge(&path->edges[i], h);
    return h;
}

uint64_t cy_hash(const cy_value *v) {
    uint64_t h = (uint64_t)place_of(v->kind) * UINT64_C(0x9E3779B97F4A7C15);
    switch (v->kind) {
    case CY_NULL:
        return h;
    case CY_INTEGER:
    case CY_FLOAT:
        return h ^ hash_number(v);
    case CY_BOOLEAN:
        return h + v->as.yes;
    case CY_STRING:
        return kg_hash_bytes(v->as.text.data, v->as.text.len, h);
    case CY_LIST:
        for (uint32_t i = 0; i < v->count; i++)
            h = kg_hash_u64(h ^ cy_hash(&v->as.items[i]));
        return h;
    case CY_MAP: /* in any order of keys */
        for (size_t i = 0; i < v->as.map->count; i++) {
            kg_str key = v->as.map->entries[i].key;
            h += kg_hash_u64(kg_hash_bytes(key.data, key.len, 1) ^
                             cy_hash(&v->as.map->entries[i].value));
        }
        return h;
    case CY_NODE:
        return kg_hash_u64(h ^ v->as.node);
    case CY_EDGE:
        return hash_edge(&v->as.edge, h);
    case CY_PATH:
        return h ^ hash_path(v->as.path);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        break;
    }
    const cy_temporal *t = v->as.temporal;
    int64_t at = t->days * 86400 + t->seconds - t->offset;
    return kg_hash_u64(h ^ (uint64_t)at ^ (uint64_t)t->nanoseconds << 32 ^
                       (uint64_t)t->months << 8);
}

/* ---- Keeping --------------------------------------------------------------------------------- */

cy_value *cy_new_items(kg_arena *arena, size_t count) {
    return kg_arena_alloc(arena, (count ? count : 1) * sizeof(cy_value));
}

cy_value cy_new_map(cy_entry **entries, kg_arena *arena, size_t count) {
    cy_map *map = kg_arena_alloc(arena, sizeof *map);
    *entries = kg_arena_alloc(arena, (count ? count : 1) * sizeof **entries);
    if (!map || !*entries)
        return CY_NULL_VALUE;
    *map = (cy_map){count, *entries};
    return (cy_value){.kind = CY_MAP, .as.map = map};
}

const cy_value *cy_map_get(const cy_map *map, kg_str key) {
    for (size_t i = 0; i < map->count; i++)
        if (kg_str_equal(map->entries[i].key, key))
            return &map->entries[i].value;
    return NULL;
}

static kg_status copy_text(kg_str *out, kg_arena *arena, kg_str text) {
    char *copy = kg_arena_copy(arena, text);
    *out = (kg_str){copy, text.len};
    return copy ? KG_OK : KG_ERR_MEMORY;
}

static kg_status copy_list(cy_value *out, kg_arena *arena, const cy_value *v) {
    kg_status st;
    cy_value *items = cy_new_items(arena, v->count);
    if (!items)
        return KG_ERR_MEMORY;
    for (uint32_t i = 0; i < v->count; i++)
        KG_TRY(st, cy_copy(&items[i], arena, &v->as.items[i]));
    out->as.items = items;
    return KG_OK;
}

static kg_status copy_map(cy_value *out, kg_arena *arena, const cy_map *map) {
    kg_status st;
    cy_entry *entries;
    *out = cy_new_map(&entries, arena, map->count);
    if (cy_is_null(out))
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < map->count; i++) {
        KG_TRY(st, copy_text(&entries[i].key, arena, map->entries[i].key));
        KG_TRY(st, cy_copy(&entries[i].value, arena, &map->entries[i].value));
    }
    return KG_OK;
}

static kg_status copy_path(cy_value *out, kg_arena *arena, const cy_path *path) {
    cy_path *copy = kg_arena_alloc(arena, sizeof *copy);
    kg_id *nodes = kg_arena_alloc(arena, (path->length + 1) * sizeof *nodes);
    cy_edge *edges = kg_arena_alloc(arena, (path->length + 1) * sizeof *edges);
    if (!copy || !nodes || !edges)
        return KG_ERR_MEMORY;
    memcpy(nodes, path->nodes, (path->length + 1) * sizeof *nodes);
    if (path->length)
        memcpy(edges, path->edges, path->length * sizeof *edges);
    *copy = (cy_path){path->length, nodes, edges};
    out->as.path = copy;
    return KG_OK;
}

static kg_status copy_temporal(cy_value *out, kg_arena *arena, const cy_temporal *temporal) {
    cy_temporal *copy = kg_arena_alloc(arena, sizeof *copy);
    if (!copy)
        return KG_ERR_MEMORY;
    *copy = *temporal;
    out->as.temporal = copy;
    return temporal->zone.len ? copy_text(&copy->zone, arena, temporal->zone) : KG_OK;
}

kg_status cy_copy(cy_value *out, kg_arena *arena, const cy_value *v) {
    *out = *v;
    switch (v->kind) {
    case CY_STRING:
        return copy_text(&out->as.text, arena, v->as.text);
    case CY_LIST:
        return copy_list(out, arena, v);
    case CY_MAP:
        return copy_map(out, arena, v->as.map);
    case CY_PATH:
        return copy_path(out, arena, v->as.path);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        return copy_temporal(out, arena, v->as.temporal);
    case CY_NULL:
    case CY_BOOLEAN:
    case CY_INTEGER:
    case CY_FLOAT:
    case CY_NODE:
    case CY_EDGE:
        break;
    }
    return KG_OK;
}
