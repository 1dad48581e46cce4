/* Input: names, a line each, up to an empty line, then text. The automaton must find what the naive
 * linker finds; its own bytes with one byte changed must not lead outside them. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/link/search.h"
#include "tests/kgstore/link/naive_linker.h"

#include <stdlib.h>
#include <string.h>

static void compare(const kg_automaton *a, const naive_linker *naive, kg_str text, bool all) {
    kg_mentions got = {NULL, 0, 0}, want = {NULL, 0, 0};
    if (kg_search(&got, a, NULL, text, all) != KG_OK)
        abort();
    naive_find(&want, naive, text, all);
    if (got.len != want.len ||
        (got.len > 0 && memcmp(got.data, want.data, got.len * sizeof *got.data) != 0))
        abort();
    free(got.data);
    free(want.data);
}

static void damage(unsigned char *bytes, size_t size, kg_str text) {
    kg_automaton a;
    kg_mentions got = {NULL, 0, 0};
    for (size_t i = 0; i < size; i += size / 16 + 1) {
        bytes[i] ^= 0x55;
        if (kg_automaton_view(&a, (kg_str){(char *)bytes, size}) == KG_OK &&
            kg_search(&got, &a, NULL, text, false) != KG_OK)
            abort();
        bytes[i] ^= 0x55;
    }
    free(got.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_str rest = {(const char *)data, size < 4096 ? size : 4096};
    kg_automaton_builder *builder;
    kg_automaton a;
    kg_automaton_stamp stamp = {0, 0, 0};
    void *bytes;
    size_t n;
    naive_linker *naive = naive_new();
    if (!naive || kg_automaton_builder_new(&builder) != KG_OK)
        abort();
    for (kg_id id = 0; rest.len > 0; id++) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t length = newline ? (size_t)(newline - rest.data) : rest.len;
        kg_str name = {rest.data, length};
        length += newline ? 1 : 0;
        rest = (kg_str){rest.data + length, rest.len - length};
        if (name.len == 0)
            break;
        if (kg_automaton_add(builder, name, id % 2, id % 3, id) != KG_OK)
            abort();
        naive_add(naive, name, id % 2, id % 3, id);
    }
    if (kg_automaton_finish(&bytes, &n, builder, &stamp) != KG_OK ||
        kg_automaton_view(&a, (kg_str){bytes, n}) != KG_OK)
        abort();
    compare(&a, naive, rest, false);
    compare(&a, naive, rest, true);
    damage(bytes, n, rest);
    kg_automaton_builder_free(builder);
    naive_free(naive);
    free(bytes);
    return 0;
}
