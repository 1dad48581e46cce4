/* Values as trees: what a cell of a table expects, and what a query answered. They are compared
 * without a graph, so that the comparison can be tested alone. */
#ifndef KG_TESTS_TCK_VALUE_H
#define KG_TESTS_TCK_VALUE_H

#include "tck_feature.h"

#include <stdint.h>

typedef enum tck_kind {
    TCK_NULL,
    TCK_BOOLEAN,
    TCK_INTEGER,
    TCK_FLOAT,
    TCK_STRING,
    TCK_TEMPORAL, /* in `text`; is equal to the string of that text */
    TCK_ITEMS,    /* a list */
    TCK_MAP,
    TCK_NODE,
    TCK_EDGE,
    TCK_PATH
} tck_kind;

/* How a relationship of a path runs. */
typedef enum tck_direction { TCK_FORWARD, TCK_BACKWARD, TCK_LOOP } tck_direction;

struct tck_field;

typedef struct tck_value {
    tck_kind kind;
    tck_direction direction; /* of a relationship in a path */
    bool yes;
    int64_t integer;
    double real;
    kg_str text;                       /* or the type of a relationship */
    TCK_LIST(struct tck_value) items;  /* of a list; of a path: node, relationship, node, ... */
    TCK_LIST(struct tck_field) fields; /* of a map; properties */
    TCK_LIST(kg_str) labels;           /* of a node */
} tck_value;

typedef struct tck_field {
    kg_str key;
    tck_value value;
} tck_field;

typedef TCK_LIST(tck_value) tck_values;

/* Rows of values under names; a row is a list. */
typedef struct tck_result {
    tck_row columns;
    tck_values rows;
} tck_result;

/* Read a cell: null, true, 1, 1.5, NaN, 'text', [1], {k: 1}, (:A {k: 1}), [:T {k: 1}],
 * <(:A)-[:T]->(:B)>. KG_ERR_FORMAT: err says what is wrong. */
kg_status tck_value_parse(tck_value *out, kg_arena *arena, kg_str text, kg_error *err);

/* The same for a table whose first row are names. */
kg_status tck_result_parse(tck_result *out, kg_arena *arena, const tck_table *table, kg_error *err);

/* Kinds must be the same: 1 is not 1.0. Floats may differ by 1e-15 of their size, NaN is equal to
 * itself. Labels are a set, properties and maps go by key, lists by place or, with any_order, as
 * bags, however deep they stand. */
bool tck_value_equal(const tck_value *expected, const tck_value *found, bool any_order);

/* How results are compared: what is free of order is compared as a bag. */
typedef struct tck_order {
    bool any_rows, any_items;
} tck_order;

/* Columns go by name. *why (may be NULL) is told where they differ, in the arena. */
bool tck_result_equal(kg_str *why, kg_arena *arena, const tck_result *expected,
                      const tck_result *found, tck_order order);

/* As openCypher writes it, in the arena; labels and keys in the order of their bytes, so that the
 * same value always has the same text. */
kg_str tck_value_text(kg_arena *arena, const tck_value *value);

#endif
