#include "kgstore/base/rng.h"
#include "kgstore/base/trie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { KEYS = 20000, LONGEST = 6 };

typedef struct sample {
    uint32_t codes[LONGEST], n;
} sample;

static void draw(sample *keys, uint64_t seed, uint32_t alphabet) {
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    for (size_t i = 0; i < KEYS; i++) {
        keys[i].n = 1 + (uint32_t)kg_rng_below(&rng, LONGEST);
        for (uint32_t k = 0; k < keys[i].n; k++)
            keys[i].codes[k] = 1 + (uint32_t)kg_rng_below(&rng, 1 + kg_rng_below(&rng, alphabet));
    }
}

/* The value a list of keys gives to a sequence: that of the last equal key; 0 none. */
static uint32_t naive(const sample *keys, const sample *key) {
    for (size_t i = KEYS; i-- > 0;)
        if (keys[i].n == key->n && memcmp(keys[i].codes, key->codes, key->n * 4) == 0)
            return (uint32_t)i + 1;
    return 0;
}

static uint32_t look_up(const kg_trie *trie, const sample *key) {
    uint32_t node = 0;
    for (uint32_t i = 0; i < key->n; i++)
        if ((node = kg_trie_step(trie, node, key->codes[i])) == 0)
            return 0;
    return kg_trie_accepts(trie, node) ? trie->values[node] : 0;
}

static void build(kg_trie *trie, const sample *keys, bool backwards) {
    kg_trie_builder *builder;
    assert_int_equal(kg_trie_builder_new(&builder), KG_OK);
    for (size_t k = 0; k < KEYS; k++) {
        size_t i = backwards ? KEYS - 1 - k : k;
        assert_int_equal(
            kg_trie_add(builder, keys[i].codes, keys[i].n, (uint32_t)i + 1, UINT32_MAX - i), KG_OK);
    }
    assert_int_equal(kg_trie_build(trie, builder), KG_OK);
    kg_trie_builder_free(builder);
}

static void release(kg_trie *trie) {
    free((void *)trie->nodes);
    free((void *)trie->values);
}

static void test_against_a_list(void **state) {
    (void)state;
    sample *keys = malloc(KEYS * sizeof *keys), *others = malloc(KEYS * sizeof *others);
    static const uint32_t alphabets[] = {3, 60, 9000};
    for (size_t a = 0; a < 3; a++) {
        kg_trie trie, again;
        draw(keys, a, alphabets[a]);
        draw(others, a + 100, alphabets[a]);
        build(&trie, keys, false);
        build(&again, keys, true);
        assert_int_equal(trie.count, again.count);
        assert_memory_equal(trie.nodes, again.nodes, trie.count * sizeof *trie.nodes);
        assert_memory_equal(trie.values, again.values, trie.count * sizeof *trie.values);
        for (size_t i = 0; i < KEYS; i += 7) {
            assert_int_equal(look_up(&trie, &keys[i]), naive(keys, &keys[i]));
            assert_int_equal(look_up(&trie, &others[i]), naive(keys, &others[i]));
        }
        release(&trie);
        release(&again);
    }
    free(keys);
    free(others);
}

static void test_no_key(void **state) {
    (void)state;
    kg_trie trie;
    kg_trie_builder *builder;
    assert_int_equal(kg_trie_builder_new(&builder), KG_OK);
    assert_int_equal(kg_trie_build(&trie, builder), KG_OK);
    for (uint32_t code = 0; code < 3000; code++)
        assert_int_equal(kg_trie_step(&trie, 0, code), 0);
    kg_trie_builder_free(builder);
    release(&trie);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
