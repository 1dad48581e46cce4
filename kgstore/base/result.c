#include "kgstore/base/result.h"

void kg_result_columns(kg_result *result, kg_result_shape shape, const char *const *names,
                       size_t n_columns) {
    result->shape = shape;
    result->names = names;
    result->n_columns = n_columns;
    result->cells.len = 0;
    result->status = KG_OK;
    kg_arena_reset(&result->arena);
}

static void push(kg_result *result, kg_cell cell) {
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
    push(result, (kg_cell){KG_CELL_TEXT, {.text = kg_result_copy(result, text)}});
}

void kg_result_integer(kg_result *result, int64_t value) {
    push(result, (kg_cell){KG_CELL_INTEGER, {.integer = value}});
}

void kg_result_real(kg_result *result, double value) {
    push(result, (kg_cell){KG_CELL_REAL, {.real = value}});
}

void kg_result_bool(kg_result *result, bool yes) {
    push(result, (kg_cell){KG_CELL_BOOL, {.yes = yes}});
}

void kg_result_none(kg_result *result) {
    push(result, (kg_cell){KG_CELL_NONE, {.integer = 0}});
}

void kg_result_texts(kg_str **items, kg_result *result, size_t n) {
    *items = kg_arena_alloc(&result->arena, n * sizeof **items);
    if (!*items) {
        result->status = KG_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < n; ++i)
        (*items)[i] = (kg_str){NULL, 0};
    push(result, (kg_cell){KG_CELL_TEXTS, {.texts = {*items, n}}});
}

size_t kg_result_rows(const kg_result *result) {
    return result->n_columns ? result->cells.len / result->n_columns : 0;
}

void kg_result_free(kg_result *result) {
    kg_array_free(&result->cells);
    kg_arena_free(&result->arena);
}
