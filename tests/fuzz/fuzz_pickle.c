/* The pickle machine, and a walk over what it gives. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/pickle.h"
#include "kgstore/base/array.h"

/* Values may hold themselves: so deep and no deeper. */
static uint64_t walk(const kg_datum *v, int depth) {
    uint64_t sum = (uint64_t)v->kind;
    size_t n = v->kind == KG_DATUM_LIST ? v->n : v->kind == KG_DATUM_DICT ? 2 * v->n : 0;
    if (v->kind == KG_DATUM_TEXT && v->as.text.len > 0)
        sum += (unsigned char)v->as.text.data[v->as.text.len - 1];
    for (size_t i = 0; i < n && i < 100 && depth > 0; i++)
        sum += walk(v->as.items[i], depth - 1);
    return sum;
}

/* Written so that the walk is not optimised away. */
static volatile uint64_t last_sum;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const kg_datum *value;
    kg_arena arena = KG_ARENA_INIT;
    kg_error err = KG_ERROR_INIT;
    if (kg_pickle_read(&value, NULL, &arena, (kg_str){(const char *)data, size}, NULL, "input",
                       &err) == KG_OK)
        last_sum = walk(value, 3);
    kg_arena_free(&arena);
    (void)last_sum;
    return 0;
}
