#include "cli/jsoncell.h"

static void array_cell(kg_cell *out, kg_result *to, const json_t *value) {
    size_t n = json_array_size(value);
    kg_cell *items = kg_arena_alloc(&to->arena, (n + 1) * sizeof *items);
    for (size_t i = 0; items && i < n; i++)
        kg_json_cell(&items[i], to, json_array_get(value, i));
    *out = (kg_cell){KG_CELL_LIST, {.list = {items, items ? n : 0}}};
    to->status = items ? to->status : KG_ERR_MEMORY;
}

static void object_cell(kg_cell *out, kg_result *to, const json_t *value) {
    size_t n = json_object_size(value), i = 0;
    kg_str *keys = kg_arena_alloc(&to->arena, (n + 1) * sizeof *keys);
    kg_cell *items = kg_arena_alloc(&to->arena, (n + 1) * sizeof *items);
    const char *key;
    json_t *member, *object = json_incref((json_t *)(uintptr_t)value);
    json_object_foreach(object, key, member) {
        if (!keys || !items)
            break;
        keys[i] = kg_result_copy(to, kg_str_from(key));
        kg_json_cell(&items[i++], to, member);
    }
    json_decref(object);
    *out = (kg_cell){KG_CELL_MAP, {.map = {keys, items, i}}};
    to->status = keys && items ? to->status : KG_ERR_MEMORY;
}

void kg_json_cell(kg_cell *out, kg_result *to, const json_t *value) {
    *out = (kg_cell){KG_CELL_NONE, {.integer = 0}};
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        object_cell(out, to, value);
        return;
    case JSON_ARRAY:
        array_cell(out, to, value);
        return;
    case JSON_STRING:
        *out = (kg_cell){KG_CELL_TEXT,
                         {.text = kg_result_copy(to, kg_str_from(json_string_value(value)))}};
        return;
    case JSON_INTEGER:
        *out = (kg_cell){KG_CELL_INTEGER, {.integer = json_integer_value(value)}};
        return;
    case JSON_REAL:
        *out = (kg_cell){KG_CELL_REAL, {.real = json_real_value(value)}};
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = (kg_cell){KG_CELL_BOOL, {.yes = json_is_true(value)}};
        return;
    case JSON_NULL:
        return;
    }
}
