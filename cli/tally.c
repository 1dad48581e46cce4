#include "cli/tally.h"

#include <stdio.h>

kg_status kg_tally_add(kg_tally *tally, kg_str name, uint64_t n) {
    kg_bytes text = KG_ARRAY_INIT;
    char number[40];
    int digits = snprintf(number, sizeof number, "%llu of ", (unsigned long long)n);
    kg_str item = {NULL, 0};
    if (kg_array_append(&text, number, (size_t)digits) == KG_OK &&
        kg_array_append(&text, name.data, name.len) == KG_OK)
        item = (kg_str){kg_arena_copy(&tally->arena, (kg_str){text.data, text.len}), text.len};
    kg_array_free(&text);
    if (!item.data)
        return KG_ERR_MEMORY;
    return kg_array_push(&tally->items, item);
}

void kg_tally_put(kg_result *result, const kg_tally *tally) {
    kg_str *items;
    kg_result_texts(&items, result, tally->items.len);
    for (size_t i = 0; items && i < tally->items.len; i++)
        items[i] = kg_result_copy(result, tally->items.data[i]);
}

void kg_tally_free(kg_tally *tally) {
    kg_array_free(&tally->items);
    kg_arena_free(&tally->arena);
}
