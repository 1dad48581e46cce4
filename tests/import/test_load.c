/* Loading into stores: new ones, replaced ones, additions small and large, and loads that stop. */
#include "import/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char root[] = "/tmp/kg_load_XXXXXX";
static char store[64], input[64];

static void write_input(const char *text) {
    FILE *f = fopen(input, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static kg_status load(kg_load_report *report, kg_load_options options, kg_error *err) {
    const char *paths[] = {input};
    *err = (kg_error)KG_ERROR_INIT;
    return kg_load(report, store, paths, 1, &options, err);
}

static void assert_triples(uint64_t expected) {
    kg_store *s;
    kg_snapshot *snapshot;
    kg_stats stats;
    assert_int_equal(kg_store_open(&s, store, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, s, NULL), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, NULL), KG_OK);
    assert_int_equal(stats.triples, expected);
    kg_snapshot_end(snapshot);
    kg_store_close(s);
}

static void test_a_store_that_exists(void **state) {
    (void)state;
    kg_load_report report;
    kg_error err;
    write_input("a\tr\tb\nb\tr\tc\n");
    assert_int_equal(load(&report, (kg_load_options){.bulk.append = true}, &err), KG_ERR_NOT_FOUND);
    assert_int_equal(load(&report, (kg_load_options){.dry_run = true}, &err), KG_OK);
    assert_int_equal(report.read.triples, 2);
    assert_int_not_equal(access(store, F_OK), 0);
    assert_int_equal(load(&report, (kg_load_options){0}, &err), KG_OK);
    assert_int_equal(load(&report, (kg_load_options){0}, &err), KG_ERR_EXISTS);
    assert_non_null(strstr(err.text, "--append"));
    assert_non_null(strstr(err.text, "--replace"));
    write_input("x\tr\ty\n");
    assert_int_equal(load(&report, (kg_load_options){.bulk.replace = true}, &err), KG_OK);
    assert_int_equal(report.store.triples, 1);
    assert_triples(1);
}

static void test_a_small_addition_is_one_transaction(void **state) {
    (void)state;
    kg_load_report report;
    kg_error err;
    write_input("x\tr\ty\ny\tr\ty\nz\tq\tx\n");
    assert_int_equal(load(&report, (kg_load_options){.bulk.append = true}, &err), KG_OK);
    assert_true(report.in_one_transaction);
    assert_int_equal(report.store.added, 2);
    assert_int_equal(report.store.duplicates, 1);
    assert_int_equal(report.store.self_loops, 1);
    assert_int_equal(report.store.triples, 3);
    assert_int_equal(report.store.relations, 2);
    assert_triples(3);
}

static void test_a_faulty_addition_changes_nothing(void **state) {
    (void)state;
    kg_load_report report;
    kg_error err;
    write_input("p\tr\tq\np\tr\n");
    assert_int_equal(load(&report, (kg_load_options){.bulk.append = true}, &err), KG_ERR_FORMAT);
    assert_int_equal(err.line, 2);
    assert_triples(3);
    assert_int_equal(load(&report, (kg_load_options){.bulk.replace = true}, &err), KG_ERR_FORMAT);
    assert_triples(3);
}

typedef struct told {
    unsigned problems, agains;
    bool stop;
} told;

static void on_problem(void *context, const kg_error *problem) {
    (void)problem;
    ((told *)context)->problems++;
}

static void on_again(void *context) {
    told *t = context;
    t->agains++;
    t->problems = 0;
}

static kg_status on_tick(void *context, const kg_import_tick *tick) {
    (void)tick;
    return ((told *)context)->stop ? KG_ERR_CANCELLED : KG_OK;
}

/* Far more pages than one transaction may dirty, in less text than is tried as one. */
static void test_an_addition_too_large_goes_in_bulk(void **state) {
    (void)state;
    enum { N = 200000 };
    kg_load_report report;
    kg_error err;
    told t = {0};
    FILE *f = fopen(input, "w");
    assert_non_null(f);
    fputs("faulty\n", f);
    for (unsigned i = 0; i < N; i++)
        fprintf(f, "%x\tr\t%x\n", i * 2654435761U, i * 40503U + 7);
    assert_int_equal(fclose(f), 0);
    kg_load_options o = {.import = {.format = "tsv",
                                    .columns = "head,relation,tail",
                                    .bad_tolerance = 1,
                                    .problem = on_problem,
                                    .context = &t},
                         .bulk.append = true,
                         .again = on_again};
    assert_int_equal(load(&report, o, &err), KG_OK);
    assert_false(report.in_one_transaction);
    assert_int_equal(t.agains, 1);
    assert_int_equal(t.problems, 1);
    assert_int_equal(report.store.added, N);
    assert_triples(N + 3);
}

static void test_a_cancelled_load_leaves_nothing(void **state) {
    (void)state;
    kg_load_report report;
    kg_error err;
    told t = {.stop = true};
    char other[80];
    const char *paths[] = {input};
    snprintf(other, sizeof other, "%s/other", root);
    kg_load_options o = {.import = {.format = "tsv", .tick = on_tick, .context = &t}};
    assert_int_equal(kg_load(&report, other, paths, 1, &o, &err), KG_ERR_CANCELLED);
    assert_int_not_equal(access(other, F_OK), 0);
}

static int make_root(void **state) {
    (void)state;
    if (!mkdtemp(root))
        return -1;
    snprintf(store, sizeof store, "%s/store", root);
    snprintf(input, sizeof input, "%s/input.tsv", root);
    return 0;
}

static int remove_root(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_store_that_exists),
        cmocka_unit_test(test_a_small_addition_is_one_transaction),
        cmocka_unit_test(test_a_faulty_addition_changes_nothing),
        cmocka_unit_test(test_an_addition_too_large_goes_in_bulk),
        cmocka_unit_test(test_a_cancelled_load_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
