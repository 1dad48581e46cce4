/* Values while a query runs.
 *
 * A value is 24 bytes; what it points to (texts, items) belongs to an arena or to the map of a
 * snapshot, and lives as long as whoever made the value says. */
#ifndef KG_CYPHER_CYVALUE_H
#define KG_CYPHER_CYVALUE_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/kgstore.h"

typedef enum cy_kind {
    CY_NULL,
    CY_BOOLEAN,
    CY_INTEGER,
    CY_FLOAT,
    CY_STRING,
    CY_LIST,
    CY_MAP,
    CY_NODE,
    CY_EDGE, /* a relationship */
    CY_PATH,
    CY_DATE,
    CY_LOCAL_TIME,
    CY_TIME,
    CY_LOCAL_DATETIME,
    CY_DATETIME,
    CY_DURATION
} cy_kind;

/* A relationship is its three ids: edges are a set. */
typedef struct cy_edge {
    kg_id head, relation, tail;
} cy_edge;

/* Points in time and spans of it: days since 1970-01-01 and nanoseconds within a day, as a local
 * clock shows them; for TIME and DATETIME the seconds that clock is ahead of UTC, and its zone
 * where it was named. A duration has months, days, seconds (in `nanoseconds` of less than one)
 * apart. */
typedef struct cy_temporal {
    int64_t months, days, seconds;
    int64_t nanoseconds;
    int32_t offset;
    kg_str zone; /* "Europe/Stockholm", or empty */
} cy_temporal;

static inline bool cy_same_edge(const cy_edge *a, const cy_edge *b) {
    return a->head == b->head && a->relation == b->relation && a->tail == b->tail;
}

struct cy_map;
struct cy_path;

typedef struct cy_value {
    cy_kind kind;
    uint32_t count; /* of a list's items */
    union {
        bool yes;
        int64_t integer;
        double real;
        kg_str text;
        const struct cy_value *items;
        const struct cy_map *map;
        kg_id node;
        cy_edge edge;
        const struct cy_path *path;
        const cy_temporal *temporal;
    } as;
} cy_value;

typedef struct cy_entry {
    kg_str key;
    cy_value value;
} cy_entry;

typedef struct cy_map {
    size_t count;
    const cy_entry *entries; /* in the order given; each key once */
} cy_map;

/* n + 1 nodes and n relationships. */
typedef struct cy_path {
    size_t length;
    const kg_id *nodes;
    const cy_edge *edges;
} cy_path;

#define CY_NULL_VALUE ((cy_value){.kind = CY_NULL})

static inline cy_value cy_boolean(bool yes) {
    return (cy_value){.kind = CY_BOOLEAN, .as.yes = yes};
}

static inline cy_value cy_integer(int64_t integer) {
    return (cy_value){.kind = CY_INTEGER, .as.integer = integer};
}

static inline cy_value cy_float(double real) {
    return (cy_value){.kind = CY_FLOAT, .as.real = real};
}

static inline cy_value cy_string(kg_str text) {
    return (cy_value){.kind = CY_STRING, .as.text = text};
}

static inline cy_value cy_node(kg_id node) {
    return (cy_value){.kind = CY_NODE, .as.node = node};
}

static inline cy_value cy_list(const cy_value *items, size_t count) {
    return (cy_value){.kind = CY_LIST, .count = (uint32_t)count, .as.items = items};
}

static inline bool cy_is_null(const cy_value *value) {
    return value->kind == CY_NULL;
}

static inline bool cy_is_number(const cy_value *value) {
    return value->kind == CY_INTEGER || value->kind == CY_FLOAT;
}

static inline bool cy_is_temporal(const cy_value *value) {
    return value->kind >= CY_DATE;
}

static inline double cy_to_real(const cy_value *value) {
    return value->kind == CY_INTEGER ? (double)value->as.integer : value->as.real;
}

/* "Integer", "Node", ... as messages name them. */
const char *cy_kind_name(cy_kind kind);

/* The same with its article: "an Integer", "a Node"; "null". */
const char *cy_a_kind(cy_kind kind);

/* ---- Comparing ------------------------------------------------------------------------------- */

/* What a comparison may answer. */
typedef enum cy_truth { CY_FALSE, CY_TRUE, CY_UNKNOWN } cy_truth;

/* a = b as openCypher has it: unknown with null, also within lists and maps. */
cy_truth cy_equal(const cy_value *a, const cy_value *b);

/* a < b and so on: order is set to the sign of a - b where the answer is CY_TRUE, "they can be
 * compared"; CY_FALSE: NaN, which is neither; CY_UNKNOWN: null, or kinds that have no order. */
cy_truth cy_compare(int *order, const cy_value *a, const cy_value *b);

/* The order of ORDER BY and of min and max, in which all values stand: maps, nodes, relationships,
 * lists, paths, points in time, strings, booleans, numbers, null. */
int cy_order(const cy_value *a, const cy_value *b);

/* The same for DISTINCT and for grouping: nulls are alike, and NaNs. */
static inline bool cy_same(const cy_value *a, const cy_value *b) {
    if (a->kind == CY_NODE && b->kind == CY_NODE)
        return a->as.node == b->as.node;
    if (a->kind == CY_INTEGER && b->kind == CY_INTEGER)
        return a->as.integer == b->as.integer;
    return cy_order(a, b) == 0;
}

/* Equal for what cy_same calls the same. */
uint64_t cy_hash(const cy_value *value);

/* ---- Keeping --------------------------------------------------------------------------------- */

/* A copy that lives in the arena, all that it points to included. */
kg_status cy_copy(cy_value *out, kg_arena *arena, const cy_value *value);

/* The value of a key; NULL where the map lacks it. */
const cy_value *cy_map_get(const cy_map *map, kg_str key);

/* Lists and maps to be filled; NULL when out of memory. */
cy_value *cy_new_items(kg_arena *arena, size_t count);
cy_value cy_new_map(cy_entry **entries, kg_arena *arena, size_t count); /* kind NULL: no memory */

#endif
