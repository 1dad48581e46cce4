/* A graph's file, byte by byte; every allocation made to fail; the size that no file may have. */
#include "plugins/smedbert/export/onnx_file.h"

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

static char path[] = "/tmp/kg-onnx-XXXXXX";

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

/* y = MatMul(x, w) of a matrix that is turned, and an attribute of each kind. */
static kg_status write_graph(void *context) {
    static const float w[] = {1, 2, 3, 4, 5, 6};
    static const int64_t order[] = {1, 0};
    const kg_onnx_attribute attributes[] = {
        {.name = "f", .kind = KG_ONNX_F, .f = 1},
        {.name = "i", .kind = KG_ONNX_I, .i = -1},
        {.name = "p", .kind = KG_ONNX_INTS, .ints = order, .n = 2},
        {.name = NULL},
    };
    kg_onnx graph = KG_ONNX_INIT;
    kg_error err = KG_ERROR_INIT;
    (void)context;
    kg_onnx_node(&graph, "Op", "y", "x w", attributes);
    kg_onnx_input(&graph, "x", KG_ONNX_FLOAT, "b 3");
    kg_onnx_output(&graph, "y", KG_ONNX_INT64, "b");
    kg_onnx_tensor(&graph, "w", w, 3, 2, true);
    kg_onnx_tensor(&graph, "w", w, 3, 2, true);
    kg_onnx_scalar(&graph, "s", 1);
    kg_onnx_integers(&graph, "n", order, 2);
    kg_status st = kg_onnx_write(&graph, path, &err);
    kg_onnx_free(&graph);
    return st;
}

/* By the protobuf format, field by field, as an encoder of another hand gives them. */
static const unsigned char expected[] = {
    /* clang-format off */
    /* ir_version, producer_name, opset_import */
    8, 8, 18, 2, 107, 103, 66, 2, 16, 17,
    /* graph, node */
    58, 188, 1, 10, 60,
    /* inputs, output, name, op_type */
    10, 1, 120, 10, 1, 119, 18, 1, 121, 26, 1, 121, 34, 2, 79, 112,
    /* attributes f, i and p */
    42, 11, 10, 1, 102, 21, 0, 0, 128, 63, 160, 1, 1, 42, 17, 10, 1, 105, 24, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 1, 160, 1, 2, 42, 10, 10, 1, 112, 64, 1, 64, 0, 160, 1, 7,
    /* name */
    18, 7, 101, 110, 99, 111, 100, 101, 114,
    /* input */
    90, 20, 10, 1, 120, 18, 15, 10, 13, 8, 1, 18, 9, 10, 3, 18, 1, 98, 10, 2, 8, 3,
    /* output */
    98, 16, 10, 1, 121, 18, 11, 10, 9, 8, 7, 18, 5, 10, 3, 18, 1, 98,
    /* w, whose data are (2, 3) */
    42, 35, 8, 3, 8, 2, 16, 1, 66, 1, 119, 74, 24, 0, 0, 128, 63, 0, 0, 128, 64, 0, 0, 0, 64, 0,
    0, 160, 64, 0, 0, 64, 64, 0, 0, 192, 64,
    /* s */
    42, 11, 16, 1, 66, 1, 115, 74, 4, 0, 0, 128, 63,
    /* n */
    42, 25, 8, 2, 16, 7, 66, 1, 110, 74, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* clang-format on */
};

static void test_bytes(void **state) {
    (void)state;
    unsigned char found[512];
    assert_int_equal(write_graph(NULL), KG_OK);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(found, 1, sizeof found, file);
    fclose(file);
    assert_int_equal(n, sizeof expected);
    assert_memory_equal(found, expected, n);
}

static void test_memory(void **state) {
    (void)state;
    alloc_fail_each(write_graph, NULL, false, 500);
}

static void test_too_large(void **state) {
    (void)state;
    static const float one = 1; /* of a matrix of 4 GiB, which is refused before it is read */
    kg_onnx graph = KG_ONNX_INIT;
    kg_error err = KG_ERROR_INIT;
    kg_onnx_tensor(&graph, "w", &one, (size_t)1 << 20, 1 << 10, false);
    assert_int_equal(kg_onnx_write(&graph, path, &err), KG_ERR_LIMIT);
    assert_non_null(strstr(err.text, "an ONNX file has less than 2 GiB"));
    kg_onnx_free(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
