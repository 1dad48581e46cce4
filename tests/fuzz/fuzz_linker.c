/* Input: text to be searched for names of a fixed list; where its length is a multiple of 1024, and
 * for one input in 256, names, a line each, up to an empty line, then text. The automaton must find
 * what the naive linker finds; its own bytes with one byte changed must not lead outside them. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/hash.h"
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

/* Names compiled, and the naive linker of the same ones. */
typedef struct compiled {
    void *bytes;
    size_t size;
    naive_linker *naive;
} compiled;

/* Take names, a line each, up to an empty line; *rest is then what follows. */
static compiled compile(kg_str *rest) {
    kg_automaton_builder *builder;
    kg_automaton_stamp stamp = {0, 0, 0};
    compiled c = {.naive = naive_new()};
    if (!c.naive || kg_automaton_builder_new(&builder) != KG_OK)
        abort();
    for (kg_id id = 0; rest->len > 0; id++) {
        const char *newline = memchr(rest->data, '\n', rest->len);
        size_t length = newline ? (size_t)(newline - rest->data) : rest->len;
        kg_str name = {rest->data, length};
        length += newline ? 1 : 0;
        *rest = (kg_str){rest->data + length, rest->len - length};
        if (name.len == 0)
            break;
        if (kg_automaton_add(builder, name, id % 2, id % 3, id) != KG_OK)
            abort();
        naive_add(c.naive, name, id % 2, id % 3, id);
    }
    if (kg_automaton_finish(&c.bytes, &c.size, builder, &stamp) != KG_OK)
        abort();
    kg_automaton_builder_free(builder);
    return c;
}

static void search(const compiled *c, kg_str text) {
    kg_automaton a;
    if (kg_automaton_view(&a, (kg_str){c->bytes, c->size}) != KG_OK)
        abort();
    compare(&a, c->naive, text, false);
    compare(&a, c->naive, text, true);
}

static const char fixed[] =
    "caf\u00e9\ncafe\nnu\ncat\nCAT scan\n\u7cd6\u5c3f\u75c5\n\u7cd6\u5c3f\n\u7cd6\n\u03a3\u03a3\n"
    "stra\u00dfe\n\u0130x\n\ufb03x\na b\nab\nb1\n12\n\u1100\u1161\n\u00e5\u0323\nxx\nx\n";

/* To compile takes a hundred times as long as to search: most inputs are text for names that are
 * compiled once. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static compiled once;
    kg_str rest = {(const char *)data, size < 4096 ? size : 4096};
    if (!once.bytes) {
        kg_str names = kg_str_from(fixed);
        once = compile(&names);
    }
    if (size % 1024 != 0 && kg_hash_bytes(data, size, 0) % 256 != 0) {
        search(&once, rest);
        return 0;
    }
    compiled c = compile(&rest);
    search(&c, rest);
    damage(c.bytes, c.size, rest);
    naive_free(c.naive);
    free(c.bytes);
    return 0;
}
