#include "kgstore/base/npy.h"
#include "tests/support/alloc_fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const float numbers[6] = {1, 2, 3, 4, 5, 6};

static kg_status read_matrix(void *context) {
    float *data = NULL;
    uint64_t rows = 0, columns = 0;
    kg_status st = kg_npy_read(&data, &rows, &columns, context, NULL);
    free(data);
    return st;
}

static void test_file(void **state) {
    (void)state;
    char path[] = "/tmp/kg_npy_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(kg_npy_write(path, numbers, 2, 3, NULL), KG_OK);
    alloc_fail_each(read_matrix, path, false, 100);
    float *data = NULL;
    uint64_t rows = 0, columns = 0;
    assert_int_equal(kg_npy_read(&data, &rows, &columns, path, NULL), KG_OK);
    assert_int_equal(rows, 2);
    assert_int_equal(columns, 3);
    assert_memory_equal(data, numbers, sizeof numbers);
    free(data);
    assert_int_equal(truncate(path, 140), 0);
    assert_int_equal(read_matrix(path), KG_ERR_FORMAT);
    assert_int_equal(truncate(path, 30), 0);
    assert_int_equal(read_matrix(path), KG_ERR_FORMAT);
    unlink(path);
    assert_int_equal(read_matrix(path), KG_ERR_NOT_FOUND);
}

/* A file as NumPy writes it: the header's text as given, padded, then n bytes of numbers. */
static kg_status parse(float **out, uint64_t *rows, uint64_t *columns, const char *text,
                       const void *values, size_t n) {
    char content[KG_NPY_HEADER + 64];
    kg_npy_header(content, 1, 1);
    memset(content + 10, ' ', KG_NPY_HEADER - 11);
    memcpy(content + 10, text, strlen(text));
    memcpy(content + KG_NPY_HEADER, values, n);
    return kg_npy_parse(out, rows, columns, (kg_str){content, KG_NPY_HEADER + n}, "input", NULL);
}

static void test_double(void **state) {
    (void)state;
    const double wide[6] = {1, 2, 3, 4, 5, 6};
    float *data = NULL;
    uint64_t rows = 0, columns = 0;
    assert_int_equal(parse(&data, &rows, &columns,
                           "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }", wide,
                           sizeof wide),
                     KG_OK);
    assert_int_equal(rows, 3);
    assert_int_equal(columns, 2);
    assert_memory_equal(data, numbers, sizeof numbers);
    free(data);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967295, 4294967295), }",
        "{'descr': '<f4', 'fortran_order': False, }",
        "",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        float *data = NULL;
        uint64_t rows, columns;
        assert_int_equal(parse(&data, &rows, &columns, headers[i], numbers, sizeof numbers),
                         KG_ERR_FORMAT);
        assert_null(data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_file), cmocka_unit_test(test_double),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
