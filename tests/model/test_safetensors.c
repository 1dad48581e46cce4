/* Files made by hand, a tensor each: what is read, and what is refused by name. */
#include "model/tensor_source.h"

#include "kgstore/base/byteio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "/tmp/kg-safetensors-XXXXXX";

static void write_file(const char *header, const void *data, size_t n) {
    unsigned char length[8];
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    kg_store_u64(length, strlen(header));
    fwrite(length, 1, sizeof length, f);
    fputs(header, f);
    fwrite(data, 1, n, f);
    assert_int_equal(fclose(f), 0);
}

/* Two elements of a dtype, as they lie in a file. */
typedef struct two_elements {
    const char *dtype;
    size_t n;
    unsigned char bytes[16];
} two_elements;

/* Of two elements of a dtype. */
static kg_status read_two(float to[2], const char *dtype, const void *data, size_t n,
                          kg_error *err) {
    char header[160];
    kg_tensor_source *file;
    kg_status st;
    snprintf(header, sizeof header,
             "{\"t\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%zu]}}", dtype, n);
    write_file(header, data, n);
    *err = (kg_error)KG_ERROR_INIT;
    st = kg_tensor_source_open(&file, path, err);
    if (st != KG_OK)
        return st;
    st = kg_tensor_source_read(to, file, kg_tensor_source_find(file, "t"), err);
    kg_tensor_source_close(file);
    return st;
}

static void test_real_types(void **state) {
    (void)state;
    static const two_elements cases[] = {
        {"F32", 8, {0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0}},
        {"F64", 16, {0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0}},
        {"F16", 4, {0x00, 0x3E, 0x00, 0xC0}},
        {"BF16", 4, {0xC0, 0x3F, 0x00, 0xC0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_error err;
        float got[2] = {0, 0};
        assert_int_equal(read_two(got, cases[i].dtype, cases[i].bytes, cases[i].n, &err), KG_OK);
        assert_true(got[0] == 1.5F && got[1] == -2.0F);
    }
}

static void test_other_types_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *dtype;
        size_t n;
    } cases[] = {{"F8_E4M3", 2}, {"F8_E5M2", 2}, {"F8_E8M0", 2}, {"BOOL", 2}, {"I64", 16},
                 {"U8", 2},      {"FP32", 8},    {"BF17", 4},    {"f32", 8}};
    static const unsigned char zeros[16];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_error err;
        float got[2];
        assert_int_equal(read_two(got, cases[i].dtype, zeros, cases[i].n, &err),
                         KG_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.text, "expected F32, F16, BF16 or F64"));
        assert_non_null(strstr(err.text, cases[i].dtype));
    }
}

static void test_numbers_that_are_none(void **state) {
    (void)state;
    static const two_elements cases[] = {
        {"F32", 8, {0, 0, 0, 0, 0, 0, 0xC0, 0x7F}},                          /* NaN */
        {"F32", 8, {0, 0, 0, 0, 0, 0, 0x80, 0xFF}},                          /* -inf */
        {"F16", 4, {0, 0, 0x00, 0x7C}},                                      /* inf */
        {"BF16", 4, {0, 0, 0xC0, 0x7F}},                                     /* NaN */
        {"F64", 16, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xE0, 0x7F}}, /* beyond a float */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_error err;
        float got[2];
        assert_int_equal(read_two(got, cases[i].dtype, cases[i].bytes, cases[i].n, &err),
                         KG_ERR_FORMAT);
        assert_non_null(strstr(err.text, "element 1 of tensor t is"));
    }
}

static void test_damaged_files(void **state) {
    (void)state;
    static const char *const headers[] = {
        "[]",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"t\":{}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}",
    };
    static const unsigned char zeros[8];
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        kg_error err = KG_ERROR_INIT;
        kg_tensor_source *file;
        write_file(headers[i], zeros, sizeof zeros);
        assert_int_equal(kg_tensor_source_open(&file, path, &err), KG_ERR_FORMAT);
        assert_null(file);
        assert_non_null(strstr(err.text, "not a safetensors file"));
    }
}

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_types),
        cmocka_unit_test(test_other_types_are_refused),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_damaged_files),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
