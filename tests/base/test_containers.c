#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_array_keeps_what_is_pushed(void **state) {
    (void)state;
    KG_ARRAY(uint32_t) numbers = KG_ARRAY_INIT;
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(kg_array_push(&numbers, i * 3), KG_OK);
    assert_int_equal(numbers.len, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(numbers.data[i], i * 3);
    kg_array_free(&numbers);
    assert_null(numbers.data);
}

static void test_array_appends_runs(void **state) {
    (void)state;
    kg_bytes text = KG_ARRAY_INIT;
    assert_int_equal(kg_array_append(&text, "", 0), KG_OK);
    assert_int_equal(kg_array_append(&text, "know", 4), KG_OK);
    assert_int_equal(kg_array_append(&text, "ledge", 6), KG_OK);
    assert_string_equal(text.data, "knowledge");
    kg_array_free(&text);
}

static void test_array_refuses_an_absurd_size(void **state) {
    (void)state;
    KG_ARRAY(uint64_t) numbers = KG_ARRAY_INIT;
    assert_int_equal(kg_array_push(&numbers, 1), KG_OK);
    assert_int_equal(kg_array_reserve(&numbers, SIZE_MAX / 4), KG_ERR_MEMORY);
    assert_int_equal(numbers.len, 1);
    assert_int_equal(numbers.data[0], 1);
    kg_array_free(&numbers);
}

static void test_arena_aligns_and_copies(void **state) {
    (void)state;
    kg_arena arena = KG_ARENA_INIT;
    char *words[200];
    for (int i = 0; i < 200; i++) {
        assert_int_equal((uintptr_t)kg_arena_alloc(&arena, (size_t)i * 37) % 16, 0);
        words[i] = kg_arena_copy(&arena, KG_STR("relation"));
    }
    assert_non_null(kg_arena_alloc(&arena, 1 << 20));
    for (int i = 0; i < 200; i++)
        assert_string_equal(words[i], "relation");
    kg_arena_reset(&arena);
    assert_non_null(kg_arena_alloc(&arena, 1));
    kg_arena_free(&arena);
}

/* Through blocks of all sizes, those of huge pages too. */
static void test_arena_keeps_much(void **state) {
    (void)state;
    enum { N = 3000, SIZE = 8000 };
    kg_arena arena = KG_ARENA_INIT;
    static unsigned char *pieces[N];
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < N; i++) {
            pieces[i] = kg_arena_alloc(&arena, SIZE);
            assert_non_null(pieces[i]);
            memset(pieces[i], i % 251, SIZE);
        }
        for (int i = 0; i < N; i++)
            assert_true(pieces[i][0] == i % 251 && pieces[i][SIZE - 1] == i % 251);
        kg_arena_reset(&arena);
    }
    unsigned char *large = kg_arena_alloc(&arena, 50 << 20);
    assert_non_null(large);
    large[0] = large[(50 << 20) - 1] = 1;
    assert_null(kg_arena_alloc(&arena, SIZE_MAX - 8));
    kg_arena_free(&arena);
}

static void test_hash_depends_on_every_byte_and_the_length(void **state) {
    (void)state;
    unsigned char data[64] = {0};
    for (size_t n = 1; n <= sizeof data; n++) {
        uint64_t plain = kg_hash_bytes(data, n, 1);
        assert_true(plain != kg_hash_bytes(data, n - 1, 1));
        for (size_t i = 0; i < n; i++) {
            data[i] ^= 0x10;
            assert_true(plain != kg_hash_bytes(data, n, 1));
            data[i] ^= 0x10;
        }
    }
}

/* The hash is on disk: these values may never change. */
static void test_hash_is_frozen(void **state) {
    (void)state;
    assert_int_equal(kg_hash_u64(0), UINT64_C(0xE220A8397B1DCDAF));
    assert_true(kg_hash_bytes("a", 1, 0) != kg_hash_bytes("a", 1, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array_keeps_what_is_pushed),
        cmocka_unit_test(test_array_appends_runs),
        cmocka_unit_test(test_array_refuses_an_absurd_size),
        cmocka_unit_test(test_arena_aligns_and_copies),
        cmocka_unit_test(test_arena_keeps_much),
        cmocka_unit_test(test_hash_depends_on_every_byte_and_the_length),
        cmocka_unit_test(test_hash_is_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
