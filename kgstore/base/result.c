#include "kgstore/base/result.h"

void kg_result_columns(kg_result *result, kg_result_shape shape, const char *const *names,
                       size_t n_columns) {
    result->shape = shape;
    result->names = names;
    result->n_columns = n_columns;
    result->shown = NULL;
    result->n_shown = 0;
    result->cells.len = 0;
    result->status = KG_OK;
    kg_arena_reset(&result->arena);
}

void kg_result_show(kg_result *result, const unsigned char *columns, size_t n) {
    result->shown = columns;
    result->n_shown = n;
}

void kg_result_push(kg_result *result, kg_cell cell) {
    if (result->status == KG_OK)
        result->status = kg_array_push(&result->cells, cell);
}

kg_str kg_result_copy(kg_result *result, kg_str text) {
    char *copy = kg_arena_copy(&result->arena, text);
    if (!copy) {
        result->status = KG_ERR_MEMORY;
        return (kg_str){NULL, 0};
    }
    return (kg_str){copy, text.len};
}

void kg_result_text(kg_result *result, kg_str text) {
    kg_result_push(result, (kg_cell){KG_CELL_TEXT, {.text = kg_result_copy(result, text)}});
}

void kg_result_integer(kg_result *result, int64_t value) {
    kg_result_push(result, (kg_cell){KG_CELL_INTEGER, {.integer = value}});
}

void kg_result_arrow(kg_result *result, int32_t direction) {
    kg_result_push(result, (kg_cell){KG_CELL_ARROW, {.integer = direction}});
}

void kg_result_real(kg_result *result, double value) {
    kg_result_push(result, (kg_cell){KG_CELL_REAL, {.real = value}});
}

void kg_result_bool(kg_result *result, bool yes) {
    kg_result_push(result, (kg_cell){KG_CELL_BOOL, {.yes = yes}});
}

void kg_result_none(kg_result *result) {
    kg_result_push(result, (kg_cell){KG_CELL_NONE, {.integer = 0}});
}

void kg_result_texts(kg_str **items, kg_result *result, size_t n) {
    *items = kg_arena_alloc(&result->arena, n * sizeof **items);
    if (!*items) {
        result->status = KG_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < n; ++i)
        (*items)[i] = (kg_str){NULL, 0};
    kg_result_push(result, (kg_cell){KG_CELL_TEXTS, {.texts = {*items, n}}});
}

static kg_cell *alloc_cells(kg_result *result, size_t n) {
    kg_cell *items = kg_arena_alloc(&result->arena, n * sizeof *items);
    if (!items)
        result->status = KG_ERR_MEMORY;
    for (size_t i = 0; items && i < n; ++i)
        items[i] = (kg_cell){KG_CELL_NONE, {.integer = 0}};
    return items;
}

void kg_result_map(kg_str **keys, kg_cell **items, kg_result *result, size_t n) {
    *items = alloc_cells(result, n);
    *keys = *items ? kg_arena_alloc(&result->arena, n * sizeof **keys) : NULL;
    if (!*keys) {
        *items = NULL;
        result->status = KG_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < n; ++i)
        (*keys)[i] = (kg_str){NULL, 0};
    kg_result_push(result, (kg_cell){KG_CELL_MAP, {.map = {*keys, *items, n}}});
}

static kg_cell list_cell(kg_result *result, kg_str packed) {
    size_t n = 0;
    kg_value item;
    for (kg_str rest = packed; kg_value_next(&item, &rest);)
        ++n;
    kg_cell *items = alloc_cells(result, n);
    for (size_t i = 0; items && i < n && kg_value_next(&item, &packed); ++i)
        items[i] = kg_result_value(result, &item);
    return (kg_cell){KG_CELL_LIST, {.list = {items, items ? n : 0}}};
}

kg_cell kg_result_value(kg_result *result, const kg_value *value) {
    switch (value->kind) {
    case KG_VALUE_INTEGER:
        return (kg_cell){KG_CELL_INTEGER, {.integer = value->as.integer}};
    case KG_VALUE_FLOAT:
        return (kg_cell){KG_CELL_REAL, {.real = value->as.real}};
    case KG_VALUE_BOOLEAN:
        return (kg_cell){KG_CELL_BOOL, {.yes = value->as.yes}};
    case KG_VALUE_LIST:
        return list_cell(result, value->text);
    case KG_VALUE_STRING:
    case KG_VALUE_DATE:
    case KG_VALUE_DATETIME:
    case KG_VALUE_TYPED:
        break;
    }
    return (kg_cell){KG_CELL_TEXT, {.text = kg_result_copy(result, value->text)}};
}

size_t kg_result_rows(const kg_result *result) {
    return result->n_columns ? result->cells.len / result->n_columns : 0;
}

void kg_result_free(kg_result *result) {
    kg_array_free(&result->cells);
    kg_arena_free(&result->arena);
}
