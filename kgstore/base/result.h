/* A result: rows of named columns that a question is answered with. Who answers fills it, who shows
 * it decides how (cli/output.h); neither knows the other.
 *
 *     kg_result_columns(r, KG_SHAPE_ROWS, names, 2);
 *     kg_result_text(r, name);  kg_result_integer(r, 7);      // one row
 *
 * Adding a cell never fails at once: the first failure to allocate stays in result->status, which
 * the filler returns at its end. */
#ifndef KG_BASE_RESULT_H
#define KG_BASE_RESULT_H

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/status.h"
#include "kgstore/base/str.h"
#include "kgstore/base/value.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum kg_cell_kind {
    KG_CELL_NONE, /* null, or an empty field */
    KG_CELL_TEXT,
    KG_CELL_INTEGER,
    KG_CELL_REAL,
    KG_CELL_BOOL,
    KG_CELL_TEXTS,
    KG_CELL_LIST, /* of cells */
    KG_CELL_MAP,  /* of keys to cells */
    KG_CELL_ITEM, /* a map that has a short text for people */
    KG_CELL_ARROW /* an integer: 1, -1 or 0 for both ways; people see an arrow */
} kg_cell_kind;

typedef struct kg_cell {
    kg_cell_kind kind;
    union {
        kg_str text;
        int64_t integer;
        double real;
        bool yes;
        struct {
            const kg_str *items;
            size_t count;
        } texts;
        struct {
            const struct kg_cell *items;
            size_t count;
        } list;
        struct {
            const kg_str *keys;
            const struct kg_cell *items;
            size_t count;
        } map;
        struct {
            kg_str shown;
            const struct kg_cell *whole;
        } item;
    } as;
} kg_cell;

/* What a result is, beyond a table; JSON shows it. */
typedef enum kg_result_shape {
    KG_SHAPE_ROWS,   /* any number of rows: an array of objects */
    KG_SHAPE_RECORD, /* one row: an object */
    KG_SHAPE_LIST    /* one column: an array of its cells */
} kg_result_shape;

typedef struct kg_result {
    kg_result_shape shape;
    const char *const *names; /* of the columns, borrowed */
    size_t n_columns;
    const unsigned char *shown; /* the columns that people see, in their order; NULL: all */
    size_t n_shown;
    KG_ARRAY(kg_cell) cells; /* row after row */
    kg_arena arena;          /* holds the texts */
    kg_status status;        /* KG_ERR_MEMORY once a cell was lost */
} kg_result;

#define KG_RESULT_INIT                                                                             \
    { KG_SHAPE_ROWS, NULL, 0, NULL, 0, KG_ARRAY_INIT, KG_ARENA_INIT, KG_OK }

/* Begin anew with these columns, forgetting what was there. names, and the
 * array of them, are borrowed until the result is freed or begun anew. */
void kg_result_columns(kg_result *result, kg_result_shape shape, const char *const *names,
                       size_t n_columns);

/* What an aligned table shows: these columns, in this order. columns must be static. Other forms
 * have all columns as they stand, so that a column that comes to be goes last, where it disturbs no
 * script, and people see it where it is read best. */
void kg_result_show(kg_result *result, const unsigned char *columns, size_t n);

/* Append a cell whose texts live as long as the result. */
void kg_result_push(kg_result *result, kg_cell cell);

/* Append a cell; texts are copied. */
void kg_result_text(kg_result *result, kg_str text);
void kg_result_integer(kg_result *result, int64_t value);
void kg_result_arrow(kg_result *result, int32_t direction);
void kg_result_real(kg_result *result, double value);
void kg_result_bool(kg_result *result, bool yes);
void kg_result_none(kg_result *result);

/* Append a cell that lists n texts; *items (uninitialised, the result's) is for the caller to fill
 * with kg_result_copy, NULL on failure. */
void kg_result_texts(kg_str **items, kg_result *result, size_t n);

/* Append a cell that maps n keys; *keys and *items (uninitialised, the result's) are for the caller
 * to fill, with kg_result_copy and kg_result_value, NULL on failure. */
void kg_result_map(kg_str **keys, kg_cell **items, kg_result *result, size_t n);

/* A value of a property as a cell that lives as long as the result: a number, a boolean, a list, or
 * the text of anything else; tags are left out. KG_CELL_NONE on failure. */
kg_cell kg_result_value(kg_result *result, const kg_value *value);

/* A copy of text that lives as long as the result; empty on failure. */
kg_str kg_result_copy(kg_result *result, kg_str text);

KG_API size_t kg_result_rows(const kg_result *result);

static inline const kg_cell *kg_result_cell(const kg_result *result, size_t row, size_t column) {
    return &result->cells.data[row * result->n_columns + column];
}

KG_API void kg_result_free(kg_result *result);

#endif
