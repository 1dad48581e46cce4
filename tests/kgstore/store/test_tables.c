/* Dense tables, blobs, and generations rewritten by weight. */
#include "store_tool.h"

#include "kgstore/store/rewrite.h"
#include "kgstore/store/store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[PATH_MAX], path[PATH_MAX];
static kg_store *store;

static int set_up(void **state) {
    (void)state;
    tool_make_folder(folder);
    if (snprintf(path, sizeof path, "%s/store", folder) >= (int)sizeof path)
        return -1;
    const char *text = "a\tr\tb\na\tr\tc\na\tr\td\nd\tr\ta\nb\tr\ta\nE\tb\tX\nE\td\tX\nE\tc\tX";
    return tool_load(NULL, path, NULL, text, NULL) == KG_OK &&
                   kg_store_open(&store, path, NULL) == KG_OK
               ? 0
               : -1;
}

static int tear_down(void **state) {
    (void)state;
    kg_store_close(store);
    tool_remove(folder);
    return 0;
}

static kg_status fill_rows(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    const kg_table *shape = context;
    float *at = to;
    for (uint64_t i = 0; i < n_rows * shape->columns; i++)
        at[i] = (float)(first_row * shape->columns + i);
    return KG_OK;
}

static void check_rows(kg_snapshot *s, const kg_table *shape) {
    uint64_t first, n;
    const void *data;
    for (uint64_t row = 0; row < shape->rows; row = first + n) {
        assert_int_equal(kg_table_block(&data, &first, &n, s, "ent_emb", row), KG_OK);
        assert_int_equal((uintptr_t)data % 16, 0);
        const float *at = data;
        for (uint64_t i = 0; i < n * shape->columns; i += 97)
            assert_true(at[i] == (float)(first * shape->columns + i));
    }
}

static kg_status count_name(void *context, kg_str name, kg_id id) {
    (void)name;
    (void)id;
    ++*(int *)context;
    return KG_OK;
}

static void test_tables_of_every_size(void **state) {
    (void)state;
    static const struct {
        uint64_t rows, columns;
    } SIZES[] = {{1, 1}, {3, 7}, {1021, 1}, {5, 4000}, {9, 2000000}, {2, 5}};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        kg_table shape = {.dtype = KG_F32, .rows = SIZES[i].rows, .columns = SIZES[i].columns};
        kg_table found;
        kg_snapshot *s;
        const void *data;
        uint64_t first, n;
        int names = 0;
        assert_int_equal(kg_snapshot_begin(&s, store, NULL), KG_OK);
        kg_stats stats;
        kg_snapshot_stats(&stats, s, NULL);
        shape.triples_version = stats.triples_version;
        assert_int_equal(kg_table_put(store, "ent_emb", &shape, fill_rows, &shape, NULL), KG_OK);
        assert_int_equal(kg_snapshot_renew(NULL, s, NULL), KG_OK);
        assert_int_equal(kg_table_find(&found, s, "ent_emb", NULL), KG_OK);
        assert_int_equal(found.rows, shape.rows);
        assert_int_equal(found.columns, shape.columns);
        assert_false(found.stale);
        check_rows(s, &shape);
        assert_int_equal(kg_table_block(&data, &first, &n, s, "ent_emb", shape.rows),
                         KG_ERR_NOT_FOUND);
        assert_int_equal(kg_table_each(s, count_name, &names), KG_OK);
        assert_int_equal(names, 1);
        kg_snapshot_end(s);
    }
    assert_int_equal(kg_store_check(path, NULL, NULL, NULL), KG_OK);
    assert_int_equal(kg_table_delete(store, "ent_emb", NULL), KG_OK);
    assert_int_equal(kg_table_delete(store, "ent_emb", NULL), KG_ERR_NOT_FOUND);
    assert_int_equal(kg_store_check(path, NULL, NULL, NULL), KG_OK);
}

static kg_status fail_to_fill(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    (void)context, (void)to, (void)first_row, (void)n_rows;
    return KG_ERR_CANCELLED;
}

static void test_failed_put_changes_nothing(void **state) {
    (void)state;
    kg_table shape = {.dtype = KG_F32, .rows = 4, .columns = 4}, found;
    kg_snapshot *s;
    assert_int_equal(kg_table_put(store, "t", &shape, fail_to_fill, NULL, NULL), KG_ERR_CANCELLED);
    assert_int_equal(kg_table_put(store, "bad/name", &shape, fill_rows, &shape, NULL),
                     KG_ERR_ARGUMENT);
    assert_int_equal(kg_snapshot_begin(&s, store, NULL), KG_OK);
    assert_int_equal(kg_table_find(&found, s, "t", NULL), KG_ERR_NOT_FOUND);
    kg_snapshot_end(s);
}

static void rewrite(const double *weights, uint64_t n) {
    kg_error err = KG_ERROR_INIT;
    kg_rewrite_options options = {.triples_version = 1};
    if (kg_rewrite(store, weights, n, &options, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static void test_rewrite_orders_by_weight(void **state) {
    (void)state;
    const double weights[] = {0.1, 0.2, 0.3, 0.3};
    kg_table shape = {.dtype = KG_F32, .rows = 4, .columns = 4, .triples_version = 1};
    assert_int_equal(kg_table_put(store, "ent_emb", &shape, fill_rows, &shape, NULL), KG_OK);
    rewrite(weights, 4);
    char *dump = tool_dump(path);
    assert_non_null(strstr(dump, "out 0 0 2\nout 0 0 3\nout 0 0 1\nin 0 0 3\nin 0 0 1\n"));
    assert_non_null(strstr(dump, "alias x 2\nalias x 3\nalias x 1\n"));
    free(dump);
    kg_snapshot *s;
    const double *found;
    uint64_t count;
    bool stale = true;
    assert_int_equal(kg_snapshot_begin(&s, store, NULL), KG_OK);
    assert_int_equal(kg_weights_get(&found, &count, &stale, s), KG_OK);
    assert_int_equal(count, 4);
    assert_false(stale);
    assert_int_equal((uintptr_t)found % 8, 0);
    assert_memory_equal(found, weights, sizeof weights);
    check_rows(s, &shape);
    kg_snapshot_end(s);
    assert_int_equal(kg_store_check(path, NULL, NULL, NULL), KG_OK);
}

static void test_rewrite_refuses_what_is_no_number(void **state) {
    (void)state;
    kg_rewrite_options options = {.triples_version = 1};
    const double weights[] = {0.1, NAN};
    char *before = tool_dump(path);
    assert_int_equal(kg_rewrite(store, weights, 2, &options, NULL), KG_ERR_NUMERIC);
    char *after = tool_dump(path);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static kg_status weigh_late(void *context, kg_error *err) {
    (void)err;
    for (int i = 0; i < 4; ++i)
        ((double *)context)[i] = 0.1 * i;
    return KG_OK;
}

static kg_status fail_to_weigh(void *context, kg_error *err) {
    (void)context;
    return kg_error_set(err, KG_ERR_NUMERIC, "no weights today");
}

static void test_weighing_goes_on_beside_copying(void **state) {
    (void)state;
    double weights[4] = {0};
    kg_error err = KG_ERROR_INIT;
    for (unsigned threads = 1; threads <= 2; ++threads) {
        kg_rewrite_options options = {.triples_version = 1, .threads = threads};
        options.weigh = fail_to_weigh;
        char *before = tool_dump(path);
        assert_int_equal(kg_rewrite(store, weights, 4, &options, &err), KG_ERR_NUMERIC);
        assert_string_equal(err.text, "no weights today");
        char *after = tool_dump(path);
        assert_string_equal(before, after);
        free(before);
        free(after);
        options.weigh = weigh_late;
        options.weigh_context = weights;
        assert_int_equal(kg_rewrite(store, weights, 4, &options, &err), KG_OK);
        char *dump = tool_dump(path);
        assert_non_null(strstr(dump, "out 0 0 3\nout 0 0 2\nout 0 0 1\n"));
        free(dump);
        assert_int_equal(kg_store_check(path, NULL, NULL, NULL), KG_OK);
        memset(weights, 0, sizeof weights);
        rewrite(weights, 4);
    }
}

static bool stop_at_once(void *context) {
    (void)context;
    return true;
}

static void test_cancelled_rewrite_changes_nothing(void **state) {
    (void)state;
    kg_rewrite_options options = {.triples_version = 1, .cancelled = stop_at_once};
    const double weights[] = {0.1, 0.2, 0.3, 0.3};
    char *before = tool_dump(path);
    assert_int_equal(kg_rewrite(store, weights, 4, &options, NULL), KG_ERR_CANCELLED);
    char *after = tool_dump(path);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static kg_status fill_pepr(void *context, unsigned char *to, uint32_t *count, kg_id entity) {
    float weight = 0.5F;
    (void)context;
    if (entity != 1)
        return KG_OK;
    kg_store_u32(to, 0);
    kg_store_u32(to + 4, 0);
    kg_store_u32(to + 8, 1);
    memcpy(to + 12, &weight, 4);
    *count = 1;
    return KG_OK;
}

static void test_pepr_is_stored(void **state) {
    (void)state;
    kg_rewrite_options options = {.triples_version = 1};
    const double weights[] = {0.1, 0.2, 0.3, 0.3};
    kg_snapshot *s;
    const unsigned char *edges;
    uint32_t n;
    rewrite(weights, 4);
    assert_int_equal(kg_pepr_write(store, fill_pepr, NULL, &options, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&s, store, NULL), KG_OK);
    assert_int_equal(kg_pepr_get(&edges, &n, s, 1), KG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(kg_load_u32(edges), 0);
    assert_true(kg_load_f32(edges + 12) == 0.5F);
    assert_int_equal(kg_pepr_get(&edges, &n, s, 0), KG_OK);
    assert_int_equal(n, 0);
    kg_snapshot_end(s);
    assert_int_equal(kg_store_check(path, NULL, NULL, NULL), KG_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tables_of_every_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed_put_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rewrite_orders_by_weight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rewrite_refuses_what_is_no_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_weighing_goes_on_beside_copying, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancelled_rewrite_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pepr_is_stored, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
