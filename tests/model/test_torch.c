/* Checkpoints that PyTorch wrote (tests/model/torch/write.py), read in both of its formats; and
 * files that no torch.save writes. */
#include "kgstore/base/array.h"
#include "kgstore/base/byteio.h"
#include "model/tensor_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define FOLDER KG_SOURCE_DIR "/tests/model/torch/"

static const char *const formats[] = {FOLDER "zip.bin", FOLDER "old.bin"};

static kg_status read_named(float *to, const char *path, const char *name, kg_error *err) {
    kg_tensor_source *source;
    kg_status st = kg_tensor_source_open(&source, path, err);
    if (st != KG_OK)
        return st;
    const kg_tensor_info *t = kg_tensor_source_find(source, name);
    assert_non_null(t);
    st = kg_tensor_source_read(to, source, t, err);
    kg_tensor_source_close(source);
    return st;
}

static void test_values(void **state) {
    (void)state;
    static const struct {
        const char *name;
        float values[6];
    } cases[] = {
        {"plain", {0, 1, 2, 3, 4, 5}},     {"half", {0, 1, 2, 3, 4, 5}},
        {"bfloat", {0, 1, 2, 3, 4, 5}},    {"double", {0, 1, 2, 3, 4, 5}},
        {"turned", {0, 2, 4, 1, 3, 5}},    {"view", {4, 5, 6, 7, 8, 9}},
        {"shared", {0, 1, 2, 3, 4, 5}},    {"every_other", {1, 3, 5, 7, 9, 11}},
        {"parameter", {0, 1, 2, 3, 4, 5}},
    };
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            kg_error err = KG_ERROR_INIT;
            float got[6];
            assert_int_equal(read_named(got, formats[f], cases[i].name, &err), KG_OK);
            assert_memory_equal(got, cases[i].values, sizeof got);
        }
}

static void test_what_there_is(void **state) {
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        kg_tensor_source *source;
        kg_error err = KG_ERROR_INIT;
        float got[6];
        assert_int_equal(kg_tensor_source_open(&source, formats[f], &err), KG_OK);
        assert_int_equal(kg_tensor_source_count(source), 12);
        assert_null(kg_tensor_source_find(source, "none"));
        const kg_tensor_info *t = kg_tensor_source_find(source, "turned");
        assert_true(t->dimensions == 2 && t->shape[0] == 2 && t->shape[1] == 3 && t->count == 6);
        assert_string_equal(t->dtype, "F32");
        t = kg_tensor_source_find(source, "scalar");
        assert_true(t->dimensions == 0 && t->count == 1);
        assert_int_equal(kg_tensor_source_read(got, source, t, &err), KG_OK);
        assert_true(got[0] == 2.5F);
        t = kg_tensor_source_find(source, "empty");
        assert_true(t->count == 0);
        assert_int_equal(kg_tensor_source_read(got, source, t, &err), KG_OK);
        t = kg_tensor_source_find(source, "ids");
        assert_int_equal(kg_tensor_source_read(got, source, t, &err), KG_ERR_UNSUPPORTED);
        assert_non_null(strstr(err.text, "tensor ids is of dtype I64"));
        kg_tensor_source_close(source);
    }
}

static void test_others(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    float got[6];
    assert_int_equal(read_named(got, FOLDER "nested.bin", "plain", &err), KG_OK);
    assert_true(got[5] == 5);
    assert_int_equal(read_named(got, FOLDER "nan.bin", "nan", &err), KG_ERR_FORMAT);
    assert_non_null(strstr(err.text, "element 1 of tensor nan"));
    assert_int_equal(read_named(got, FOLDER "module.bin", "none", &err), KG_ERR_FORMAT);
    assert_non_null(strstr(err.text, "which is refused: only tensors"));
}

/* ---- Made by hand, in the old format ----------------------------------------------------------*/

#define TEXT(s) s, sizeof(s) - 1
#define MAGIC "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
#define VERSION "\x80\x02M\xe9\x03."
#define STORAGE(key, count)                                                                        \
    "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0" key "X\x03\0\0\0"                       \
    "cpu" count "NtQ"
#define TENSOR(storage, rest) "ctorch._utils\n_rebuild_tensor_v2\n(" storage rest "\x89NtR"
#define DICT(value) "\x80\x02}X\x01\0\0\0t" value "s."
#define TAIL                                                                                       \
    "\x80\x02]X\x01\0\0\0"                                                                         \
    "0a."

static char path[] = "/tmp/kg-torch-XXXXXX";

static void write_file(const char *pickle, size_t n, const char *tail, size_t tail_n,
                       uint64_t count) {
    static const float values[4] = {1, 2, 3, 4};
    unsigned char told[8];
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(MAGIC VERSION "\x80\x02}.", 1, sizeof MAGIC + sizeof VERSION - 2 + 4, f);
    fwrite(pickle, 1, n, f);
    fwrite(tail, 1, tail_n, f);
    kg_store_u64(told, count);
    fwrite(told, 1, sizeof told, f);
    fwrite(values, sizeof *values, 4, f);
    assert_int_equal(fclose(f), 0);
}

static void test_by_hand(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    float got[4] = {0};
    write_file(TEXT(DICT(TENSOR(STORAGE("0", "K\x04"), "K\x01K\x02K\x01\x86K\x02K\x01\x86"))),
               TEXT(TAIL), 4);
    assert_int_equal(read_named(got, path, "t", &err), KG_OK);
    assert_true(got[0] == 2 && got[1] == 4 && got[2] == 0);
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *pickle;
        size_t n;
        const char *tail;
        size_t tail_n;
        uint64_t count;
        const char *says;
    } cases[] = {
        {TEXT("\x80\x02"
              "cos\nsystem\nX\x04\0\0\0true\x85R."),
         TEXT(TAIL), 4, "names os.system, which is refused"},
        {TEXT(DICT("cbuiltins\neval\nX\x01\0\0\0"
                   "1\x85R")),
         TEXT(TAIL), 4, "names builtins.eval, which is refused"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"), "K\x01K\x04\x85K\x01\x85"))), TEXT(TAIL), 4,
         "reaches beyond its storage"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"), "K\x04K\x01\x85K\x01\x85"))), TEXT(TAIL), 4,
         "reaches beyond its storage"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"), "K\x00K\x02\x85K\x04\x85"))), TEXT(TAIL), 4,
         "reaches beyond its storage"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"),
                          "K\x00\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85K\x00\x85"))),
         TEXT(TAIL), 4, "more elements than its storage"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"),
                          "K\x00K\x02\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"))),
         TEXT(TAIL), 4, "reaches beyond its storage"},
        {TEXT(DICT(TENSOR(STORAGE("0", "J\xff\xff\xff\xff"), "K\x00K\x01\x85K\x01\x85"))),
         TEXT(TAIL), 4, "not a number from 0"},
        {TEXT(DICT(TENSOR(STORAGE("0", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"),
                          "K\x00K\x01\x85K\x01\x85"))),
         TEXT(TAIL), INT64_MAX, "another size than its tensors tell"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"), "K\x00K\x01\x85K\x01\x85"))), TEXT(TAIL), 3,
         "another size than its tensors tell"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x05"), "K\x00K\x01\x85K\x01\x85"))), TEXT(TAIL), 5,
         "another size than its tensors tell"},
        {TEXT(DICT(TENSOR(STORAGE("1", "K\x04"), "K\x00K\x01\x85K\x01\x85"))), TEXT(TAIL), 4,
         "of no tensor that is read"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"), "K\x00K\x01\x85K\x01\x85"))), TEXT("\x80\x02]."),
         4, "does not list the storages"},
        {TEXT(DICT(TENSOR(STORAGE("0", "K\x04"), "K\x00K\x01\x85)"))), TEXT(TAIL), 4,
         "lacks its shape or its strides"},
        {TEXT(DICT(TENSOR("N", "K\x00K\x01\x85K\x01\x85"))), TEXT(TAIL), 4,
         "not told as torch.save tells it"},
        {TEXT("\x80\x02]."), TEXT(TAIL), 4, "it holds no dict of tensors"},
        {TEXT("\x80\x02"
              "ctorch\nFloatStorage\n)R"
              "}b."),
         TEXT(TAIL), 4, "the state of an object is set"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_error err = KG_ERROR_INIT;
        kg_tensor_source *source;
        write_file(cases[i].pickle, cases[i].n, cases[i].tail, cases[i].tail_n, cases[i].count);
        assert_int_equal(kg_tensor_source_open(&source, path, &err), KG_ERR_FORMAT);
        assert_null(source);
        if (!strstr(err.text, cases[i].says))
            fail_msg("case %zu says: %s", i, err.text);
    }
}

/* ---- Damage -----------------------------------------------------------------------------------*/

static void read_all(const char *file) {
    kg_tensor_source *source;
    kg_error err = KG_ERROR_INIT;
    float got[32];
    kg_status st = kg_tensor_source_open(&source, file, &err);
    for (size_t i = 0; st == KG_OK && i < kg_tensor_source_count(source); i++) {
        const kg_tensor_info *t = kg_tensor_source_at(source, i);
        kg_error of_tensor = KG_ERROR_INIT;
        assert_true(t->count <= 32);
        if (kg_tensor_source_read(got, source, t, &of_tensor) != KG_OK)
            assert_true(of_tensor.text[0] != '\0');
    }
    if (st == KG_OK)
        kg_tensor_source_close(source);
    else
        assert_true(err.text[0] != '\0');
}

/* Every byte changed, and the file cut at every byte: an error or an answer, never a crash. */
static void test_damage(void **state) {
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        char bytes[1 << 13];
        FILE *in = fopen(formats[f], "rb");
        assert_non_null(in);
        size_t n = fread(bytes, 1, sizeof bytes, in);
        fclose(in);
        for (size_t i = 0; i < 2 * n; i++) {
            FILE *out = fopen(path, "wb");
            assert_non_null(out);
            bytes[i % n] ^= i < n ? 0x41 : 0;
            fwrite(bytes, 1, i < n ? n : i - n, out);
            bytes[i % n] ^= i < n ? 0x41 : 0;
            assert_int_equal(fclose(out), 0);
            read_all(path);
        }
    }
}

static int make_file(void **state) {
    int fd = mkstemp(path);
    (void)state;
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_what_there_is),
        cmocka_unit_test(test_others),  cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
