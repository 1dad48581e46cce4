/* The golden pretraining step (model/METHOD.md, section 5): losses, hidden states, attention
 * weights, gradients and five steps of AdamW agree with an independent implementation within the
 * tolerances below. */
#include "plugins/smedbert/use/golden.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static float *load(kg_tensor_source *file, const kg_tensor_info *t) {
    kg_error err = KG_ERROR_INIT;
    float *data = malloc((t->count + 1) * sizeof *data);
    assert_non_null(data);
    assert_int_equal(kg_tensor_source_read(data, file, t, &err), KG_OK);
    return data;
}

static double norm_of(const float *x, uint64_t n) {
    double sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static double distance(const float *a, const float *b, uint64_t n) {
    double sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sqrt(sum);
}

static double gradient_scale(kg_tensor_source *expected) {
    double sum = 0;
    for (size_t i = 0; i < kg_tensor_source_count(expected); i++) {
        const kg_tensor_info *t = kg_tensor_source_at(expected, i);
        if (strncmp(t->name, "grad.", 5) != 0)
            continue;
        float *data = load(expected, t);
        sum += norm_of(data, t->count) * norm_of(data, t->count);
        free(data);
    }
    return sqrt(sum);
}

static void compare(kg_tensor_source *got, kg_tensor_source *expected) {
    double all = gradient_scale(expected), worst_value = 0, worst_gradient = 0;
    assert_int_equal(kg_tensor_source_count(got), kg_tensor_source_count(expected));
    for (size_t i = 0; i < kg_tensor_source_count(expected); i++) {
        const kg_tensor_info *want = kg_tensor_source_at(expected, i);
        const kg_tensor_info *have = kg_tensor_source_find(got, want->name);
        if (have == NULL || have->count != want->count)
            fail_msg("%s is missing or of another size", want->name);
        float *a = load(got, have), *b = load(expected, want);
        double off = distance(a, b, want->count), size = norm_of(b, want->count), limit;
        if (strncmp(want->name, "grad.", 5) == 0) {
            size = fmax(size, 1e-5 * all);
            limit = 1e-3;
            worst_gradient = fmax(worst_gradient, off / size);
        } else {
            limit = 1e-4;
            worst_value = fmax(worst_value, off / size);
        }
        if (!(off <= limit * size))
            fail_msg("%s is off by %g of its size, at most %g is allowed", want->name, off / size,
                     limit);
        free(a);
        free(b);
    }
    print_message("worst relative difference: values %.2g, gradients %.2g\n", worst_value,
                  worst_gradient);
}

static void test_step_agrees(void **state) {
    (void)state;
    kg_golden golden = KG_GOLDEN_INIT;
    kg_error err = KG_ERROR_INIT;
    kg_tensor_source *got, *expected;
    char path[] = "/tmp/kg_golden_XXXXXX";
    const char *folder = KG_SHARED_DIR "/golden/pretrain_step";
    if (access(KG_SHARED_DIR "/golden/pretrain_step/batch.json", R_OK) != 0) {
        print_message("skipped: %s is not there\n", folder);
        skip();
    }
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    if (kg_golden_read(&golden, folder, &err) != KG_OK)
        fail_msg("%s", err.text);
    if (kg_golden_trace(&golden, path, true, 5, &err) != KG_OK)
        fail_msg("%s", err.text);
    assert_int_equal(kg_tensor_source_open(&got, path, &err), KG_OK);
    assert_int_equal(
        kg_tensor_source_open(&expected, KG_SHARED_DIR "/golden/pretrain_step/expected.safetensors",
                              &err),
        KG_OK);
    compare(got, expected);
    kg_tensor_source_close(got);
    kg_tensor_source_close(expected);
    kg_golden_free(&golden);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_step_agrees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
