/* Which file of a folder is a model's checkpoint, and checkpoints of several files. */
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

#define TORCH KG_SOURCE_DIR "/tests/model/torch/"

static char folder[] = "/tmp/kg-source-XXXXXX";

static void inside(char path[128], const char *name) {
    snprintf(path, 128, "%s/%s", folder, name);
}

static void put(const char *name, const char *text) {
    char path[128];
    inside(path, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void put_link(const char *name, const char *target) {
    char path[128];
    inside(path, name);
    assert_int_equal(symlink(target, path), 0);
}

static void take_away(const char *name) {
    char path[128];
    inside(path, name);
    assert_int_equal(unlink(path), 0);
}

static void expect(kg_status status, const char *says) {
    kg_tensor_source *source;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_tensor_source_open_folder(&source, folder, &err), status);
    assert_null(source);
    if (!strstr(err.text, says))
        fail_msg("it says: %s", err.text);
}

static void test_none(void **state) {
    (void)state;
    expect(KG_ERR_NOT_FOUND, "has no checkpoint: expected model.safetensors or pytorch_model.bin");
    put("tf_model.h5", "");
    expect(KG_ERR_UNSUPPORTED, "from_tf=True).save_pretrained(");
    take_away("tf_model.h5");
}

static void test_shards(void **state) {
    (void)state;
    kg_tensor_source *source;
    kg_error err = KG_ERROR_INIT;
    float got[6];
    put_link("a.bin", TORCH "shard1.bin");
    put_link("b.bin", TORCH "shard2.bin");
    put("pytorch_model.bin.index.json",
        "{\"weight_map\": {\"plain\": \"a.bin\", \"half\": \"b.bin\"}}");
    assert_int_equal(kg_tensor_source_open_folder(&source, folder, &err), KG_OK);
    assert_int_equal(kg_tensor_source_count(source), 2);
    for (size_t i = 0; i < 2; i++) {
        static const char *const names[] = {"half", "plain"};
        const kg_tensor_info *t = kg_tensor_source_at(source, i);
        assert_string_equal(t->name, names[i]);
        assert_int_equal(kg_tensor_source_read(got, source, t, &err), KG_OK);
        for (int k = 0; k < 6; k++)
            assert_true(got[k] == (float)k);
    }
    kg_tensor_source_close(source);
    take_away("pytorch_model.bin.index.json");
}

static void test_indexes_that_lie(void **state) {
    (void)state;
    static const struct {
        const char *index;
        kg_status status;
        const char *says;
    } cases[] = {
        {"[", KG_ERR_FORMAT, "not an index of a checkpoint"},
        {"{}", KG_ERR_FORMAT, "expected \"weight_map\""},
        {"{\"weight_map\": {\"plain\": 1}}", KG_ERR_FORMAT, "no name of a file"},
        {"{\"weight_map\": {\"plain\": \"../a.bin\"}}", KG_ERR_FORMAT, "no name of a file"},
        {"{\"weight_map\": {\"plain\": \"none.bin\"}}", KG_ERR_IO, "none.bin"},
        {"{\"weight_map\": {\"other\": \"a.bin\"}}", KG_ERR_FORMAT,
         "tensor other is not in a.bin, where the index says it is"},
        {"{\"weight_map\": {\"plain\": \"a.bin\", \"half\": \"c.bin\"}}", KG_ERR_FORMAT,
         "tensor plain is there twice"},
    };
    put_link("c.bin", TORCH "shard1.bin");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("pytorch_model.bin.index.json", cases[i].index);
        expect(cases[i].status, cases[i].says);
    }
    take_away("pytorch_model.bin.index.json");
}

static void test_order(void **state) {
    (void)state;
    kg_tensor_source *source;
    kg_error err = KG_ERROR_INIT;
    put_link("pytorch_model.bin", TORCH "shard1.bin");
    assert_int_equal(kg_tensor_source_open_folder(&source, folder, &err), KG_OK);
    assert_non_null(kg_tensor_source_find(source, "plain"));
    kg_tensor_source_close(source);
    put("model.safetensors", "no tensors");
    expect(KG_ERR_FORMAT, "not a safetensors file");
    take_away("model.safetensors");
    take_away("pytorch_model.bin");
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
    (void)state;
    take_away("a.bin");
    take_away("b.bin");
    take_away("c.bin");
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_indexes_that_lie),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
