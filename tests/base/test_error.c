#include "kgstore/base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_place_is_formatted(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    char text[128];
    assert_int_equal(kg_error_at(&err, KG_ERR_FORMAT, "a.tsv", 7, "found %d columns", 2),
                     KG_ERR_FORMAT);
    assert_string_equal(kg_error_format(text, sizeof text, &err), "a.tsv:7: found 2 columns");
}

static void test_long_text_is_cut_at_a_character(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    char long_text[2000];
    for (size_t i = 0; i + 3 < sizeof long_text; i += 3)
        memcpy(long_text + i, "\xE8\x8D\xAF", 4);
    kg_error_set(&err, KG_ERR_FORMAT, "x%s", long_text);
    size_t n = strlen(err.text);
    assert_true(n < sizeof err.text && n > sizeof err.text - 5);
    assert_int_equal((n - 1) % 3, 0);
}

static void test_long_file_keeps_its_end(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    char file[600];
    memset(file, 'd', sizeof file);
    memcpy(file + sizeof file - 6, "/x.gz", 6);
    kg_error_at(&err, KG_ERR_IO, file, 0, "t");
    assert_string_equal(err.file + strlen(err.file) - 5, "/x.gz");
}

static void test_disk_full_is_told_apart(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    errno = ENOSPC;
    assert_int_equal(kg_error_errno(&err, "write", "f"), KG_ERR_FULL);
    assert_string_equal(err.text, "cannot write f: No space left on device");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place_is_formatted),
        cmocka_unit_test(test_long_text_is_cut_at_a_character),
        cmocka_unit_test(test_long_file_keeps_its_end),
        cmocka_unit_test(test_disk_full_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
