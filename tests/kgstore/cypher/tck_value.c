/* Trees of values: equality and text. tck_cell.c reads them. */
#include "tck_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Equality -------------------------------------------------------------------------------- */

typedef bool (*equal_fn)(const tck_value *a, const tck_value *b, bool any_order);

static bool in_order(const tck_value *a, const tck_value *b, size_t n, bool any_order) {
    for (size_t i = 0; i < n; i++)
        if (!tck_value_equal(&a[i], &b[i], any_order))
            return false;
    return true;
}

static size_t count_equal(const tck_value *value, const tck_value *among, size_t n, equal_fn equal,
                          bool any_order) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += equal(value, &among[i], any_order);
    return count;
}

/* The first of a that b does not hold as often; n: there is none. */
static size_t first_missing(const tck_value *a, const tck_value *b, size_t n, equal_fn equal,
                            bool any_order) {
    for (size_t i = 0; i < n; i++)
        if (count_equal(&a[i], a, n, equal, any_order) !=
            count_equal(&a[i], b, n, equal, any_order))
            return i;
    return n;
}

static bool floats_equal(double a, double b) {
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return a == b || (isfinite(a) && isfinite(b) && fabs(a - b) <= 1e-15 * fmax(fabs(a), fabs(b)));
}

static bool fields_equal(const tck_value *a, const tck_value *b, bool any_order) {
    if (a->fields.len != b->fields.len)
        return false;
    for (size_t i = 0; i < a->fields.len; i++) {
        size_t k = 0;
        while (k < b->fields.len && !kg_str_equal(a->fields.data[i].key, b->fields.data[k].key))
            k++;
        if (k == b->fields.len ||
            !tck_value_equal(&a->fields.data[i].value, &b->fields.data[k].value, any_order))
            return false;
    }
    return true;
}

static bool labels_equal(const tck_value *a, const tck_value *b) {
    if (a->labels.len != b->labels.len)
        return false;
    for (size_t i = 0; i < a->labels.len; i++) {
        size_t k = 0;
        while (k < b->labels.len && !kg_str_equal(a->labels.data[i], b->labels.data[k]))
            k++;
        if (k == b->labels.len)
            return false;
    }
    return true;
}

static bool paths_equal(const tck_value *a, const tck_value *b, bool any_order) {
    if (a->items.len != b->items.len)
        return false;
    for (size_t i = 0; i < a->items.len; i++) {
        tck_direction x = a->items.data[i].direction, y = b->items.data[i].direction;
        if (i % 2 == 1 && x != y && x != TCK_LOOP && y != TCK_LOOP)
            return false;
    }
    return in_order(a->items.data, b->items.data, a->items.len, any_order);
}

bool tck_value_equal(const tck_value *a, const tck_value *b, bool any_order) {
    bool texts = (a->kind == TCK_STRING && b->kind == TCK_TEMPORAL) ||
                 (a->kind == TCK_TEMPORAL && b->kind == TCK_STRING);
    if (a->kind != b->kind)
        return texts && kg_str_equal(a->text, b->text);
    switch (a->kind) {
    case TCK_NULL:
        return true;
    case TCK_BOOLEAN:
        return a->yes == b->yes;
    case TCK_INTEGER:
        return a->integer == b->integer;
    case TCK_FLOAT:
        return floats_equal(a->real, b->real);
    case TCK_STRING:
    case TCK_TEMPORAL:
        return kg_str_equal(a->text, b->text);
    case TCK_ITEMS:
        if (a->items.len != b->items.len)
            return false;
        if (!any_order)
            return in_order(a->items.data, b->items.data, a->items.len, false);
        return first_missing(a->items.data, b->items.data, a->items.len, tck_value_equal, true) ==
               a->items.len;
    case TCK_MAP:
        return fields_equal(a, b, any_order);
    case TCK_NODE:
        return labels_equal(a, b) && fields_equal(a, b, any_order);
    case TCK_EDGE:
        return kg_str_equal(a->text, b->text) && fields_equal(a, b, any_order);
    case TCK_PATH:
        return paths_equal(a, b, any_order);
    }
    return false;
}

/* ---- Results --------------------------------------------------------------------------------- */

/* Cells of a row stand in the order of the columns, whatever is free in the lists in them. */
static bool rows_equal(const tck_value *a, const tck_value *b, bool any_items) {
    return a->items.len == b->items.len &&
           in_order(a->items.data, b->items.data, a->items.len, any_items);
}

static kg_str names_text(kg_arena *arena, const tck_row *names) {
    kg_str out = KG_STR("");
    for (size_t i = 0; i < names->len; i++)
        out = tck_format(arena, "%.*s%s%.*s", KG_STR_ARG(out), i ? ", " : "",
                         KG_STR_ARG(names->data[i]));
    return out;
}

/* Rows of found with their cells in the order of the expected columns. */
static bool arrange(tck_values *out, kg_arena *arena, const tck_row *columns,
                    const tck_result *found) {
    TCK_LIST(size_t) places = {0};
    *out = (tck_values){0};
    for (size_t i = 0; i < columns->len; i++) {
        size_t k = 0;
        while (k < found->columns.len && !kg_str_equal(columns->data[i], found->columns.data[k]))
            k++;
        if (k == found->columns.len)
            return false;
        TCK_PUSH(arena, &places, k);
    }
    for (size_t i = 0; i < found->rows.len; i++) {
        tck_value row = {.kind = TCK_ITEMS};
        for (size_t k = 0; k < places.len; k++)
            TCK_PUSH(arena, &row.items, found->rows.data[i].items.data[places.data[k]]);
        TCK_PUSH(arena, out, row);
    }
    return columns->len == found->columns.len;
}

static void tell_row(kg_str *why, kg_arena *arena, const tck_values *expected,
                     const tck_values *found, size_t i, tck_order order) {
    kg_str missing = tck_value_text(arena, &expected->data[i]);
    if (order.any_rows) { /* what stands there instead */
        for (i = 0; i < found->len; i++)
            if (count_equal(&found->data[i], found->data, found->len, rows_equal,
                            order.any_items) != count_equal(&found->data[i], expected->data,
                                                            found->len, rows_equal,
                                                            order.any_items))
                break;
    }
    kg_str instead = i < found->len ? tck_value_text(arena, &found->data[i]) : KG_STR("(another)");
    *why = tck_format(arena, "row %.*s expected, found %.*s", KG_STR_ARG(missing),
                      KG_STR_ARG(instead));
}

bool tck_result_equal(kg_str *why, kg_arena *arena, const tck_result *expected,
                      const tck_result *found, tck_order order) {
    kg_str ignored;
    tck_values rows;
    size_t n = expected->rows.len, i = 0;
    why = why ? why : &ignored;
    if (!arrange(&rows, arena, &expected->columns, found)) {
        kg_str want = names_text(arena, &expected->columns);
        kg_str have = names_text(arena, &found->columns);
        *why = tck_format(arena, "columns %.*s expected, found %.*s", KG_STR_ARG(want),
                          KG_STR_ARG(have));
        return false;
    }
    if (rows.len != n) {
        kg_str first = rows.len ? tck_value_text(arena, &rows.data[0]) : KG_STR("none");
        *why = tck_format(arena, "%zu rows expected, found %zu, the first %.*s", n, rows.len,
                          KG_STR_ARG(first));
        return false;
    }
    if (order.any_rows)
        i = first_missing(expected->rows.data, rows.data, n, rows_equal, order.any_items);
    else
        while (i < n && rows_equal(&expected->rows.data[i], &rows.data[i], order.any_items))
            i++;
    if (i < n)
        tell_row(why, arena, &expected->rows, &rows, i, order);
    return i == n;
}

/* ---- Text ------------------------------------------------------------------------------------ */

typedef TCK_LIST(char) tck_chars;

static void put(kg_arena *arena, tck_chars *to, kg_str text) {
    for (size_t i = 0; i < text.len; i++)
        TCK_PUSH(arena, to, text.data[i]);
}

static void put_quoted(kg_arena *arena, tck_chars *to, kg_str text) {
    put(arena, to, KG_STR("'"));
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\')
            put(arena, to, KG_STR("\\"));
        if (text.data[i] == '\n')
            put(arena, to, KG_STR("\\n"));
        else
            put(arena, to, (kg_str){text.data + i, 1});
    }
    put(arena, to, KG_STR("'"));
}

/* With the fewest digits that read back as the same number. */
static void put_float(kg_arena *arena, tck_chars *to, double real) {
    char text[40];
    int digits = 15;
    if (!isfinite(real)) {
        put(arena, to,
            isnan(real) ? KG_STR("NaN")
            : real > 0  ? KG_STR("Infinity")
                        : KG_STR("-Infinity"));
        return;
    }
    do
        snprintf(text, sizeof text, "%.*g", digits, real);
    while (strtod(text, NULL) != real && ++digits <= 17);
    put(arena, to, kg_str_from(text));
    if (!strpbrk(text, ".e"))
        put(arena, to, KG_STR(".0"));
}

static int compare_fields(const void *a, const void *b) {
    return kg_str_compare(((const tck_field *)a)->key, ((const tck_field *)b)->key);
}

static int compare_labels(const void *a, const void *b) {
    return kg_str_compare(*(const kg_str *)a, *(const kg_str *)b);
}

static void put_value(kg_arena *arena, tck_chars *to, const tck_value *value);

static void put_fields(kg_arena *arena, tck_chars *to, const tck_value *value) {
    size_t n = value->fields.len;
    tck_field *sorted = tck_new(arena, n * sizeof *sorted);
    if (n)
        memcpy(sorted, value->fields.data, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_fields);
    put(arena, to, KG_STR("{"));
    for (size_t i = 0; i < n; i++) {
        put(arena, to, i ? KG_STR(", ") : KG_STR(""));
        put(arena, to, sorted[i].key);
        put(arena, to, KG_STR(": "));
        put_value(arena, to, &sorted[i].value);
    }
    put(arena, to, KG_STR("}"));
}

static void put_node(kg_arena *arena, tck_chars *to, const tck_value *node) {
    size_t n = node->labels.len;
    kg_str *sorted = tck_new(arena, n * sizeof *sorted);
    if (n)
        memcpy(sorted, node->labels.data, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_labels);
    put(arena, to, KG_STR("("));
    for (size_t i = 0; i < n; i++) {
        put(arena, to, KG_STR(":"));
        put(arena, to, sorted[i]);
    }
    put(arena, to, n && node->fields.len ? KG_STR(" ") : KG_STR(""));
    if (node->fields.len)
        put_fields(arena, to, node);
    put(arena, to, KG_STR(")"));
}

static void put_edge(kg_arena *arena, tck_chars *to, const tck_value *edge) {
    put(arena, to, KG_STR("[:"));
    put(arena, to, edge->text);
    put(arena, to, edge->fields.len ? KG_STR(" ") : KG_STR(""));
    if (edge->fields.len)
        put_fields(arena, to, edge);
    put(arena, to, KG_STR("]"));
}

static void put_path(kg_arena *arena, tck_chars *to, const tck_value *path) {
    put(arena, to, KG_STR("<"));
    for (size_t i = 0; i < path->items.len; i++) {
        const tck_value *item = &path->items.data[i];
        bool edge = i % 2 == 1, back = item->direction == TCK_BACKWARD;
        put(arena, to, !edge ? KG_STR("") : back ? KG_STR("<-") : KG_STR("-"));
        put_value(arena, to, item);
        put(arena, to, !edge ? KG_STR("") : back ? KG_STR("-") : KG_STR("->"));
    }
    put(arena, to, KG_STR(">"));
}

static void put_items(kg_arena *arena, tck_chars *to, const tck_value *list) {
    put(arena, to, KG_STR("["));
    for (size_t i = 0; i < list->items.len; i++) {
        put(arena, to, i ? KG_STR(", ") : KG_STR(""));
        put_value(arena, to, &list->items.data[i]);
    }
    put(arena, to, KG_STR("]"));
}

static void put_value(kg_arena *arena, tck_chars *to, const tck_value *value) {
    switch (value->kind) {
    case TCK_NULL:
        put(arena, to, KG_STR("null"));
        break;
    case TCK_BOOLEAN:
        put(arena, to, value->yes ? KG_STR("true") : KG_STR("false"));
        break;
    case TCK_INTEGER:
        put(arena, to, tck_format(arena, "%" PRId64, value->integer));
        break;
    case TCK_FLOAT:
        put_float(arena, to, value->real);
        break;
    case TCK_STRING:
    case TCK_TEMPORAL:
        put_quoted(arena, to, value->text);
        break;
    case TCK_ITEMS:
        put_items(arena, to, value);
        break;
    case TCK_MAP:
        put_fields(arena, to, value);
        break;
    case TCK_NODE:
        put_node(arena, to, value);
        break;
    case TCK_EDGE:
        put_edge(arena, to, value);
        break;
    case TCK_PATH:
        put_path(arena, to, value);
        break;
    }
}

kg_str tck_value_text(kg_arena *arena, const tck_value *value) {
    tck_chars out = {0};
    put_value(arena, &out, value);
    return (kg_str){out.data, out.len};
}
