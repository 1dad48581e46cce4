/* The bulk loader, end to end: what goes in comes out, whatever the memory and the number of
 * threads. */
#include "store_tool.h"

#include "kgstore/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static const char SAMPLE[] = "aspirin\ttreats\tfever\tdrug\tsymptom\n"
                             "aspirin\ttreats\tpain\tdrug\tsymptom\n"
                             "fever\tcaused_by\tflu\tsymptom\tdisease\n"
                             "aspirin\ttreats\tfever\tdrug\tsymptom\n"
                             "fever\tis\tfever\tdisease\tdisease\n"
                             "A\taspirin\tASA\n"
                             "E\tflu\tInfluenza\n"
                             "R\ttreats\t治疗\n"
                             "A\tflu\tASA";

static char folder[PATH_MAX], path[PATH_MAX];

static int set_up(void **state) {
    (void)state;
    tool_make_folder(folder);
    if (snprintf(path, sizeof path, "%s/store", folder) >= (int)sizeof path)
        return -1;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    tool_remove(folder);
    return 0;
}

static void load(const kg_bulk_options *options, const char *text, kg_bulk_report *report) {
    kg_error err = KG_ERROR_INIT;
    if (tool_load(report, path, options, text, &err) != KG_OK)
        fail_msg("%s", err.text);
}

static void test_small_graph_comes_back(void **state) {
    (void)state;
    kg_bulk_report report;
    load(NULL, SAMPLE, &report);
    assert_int_equal(report.triples, 4);
    assert_int_equal(report.added, 4);
    assert_int_equal(report.duplicates, 1);
    assert_int_equal(report.self_loops, 1);
    char *dump = tool_dump(path);
    assert_non_null(dump);
    /* fever was given symptom three times (as a tail twice, as a head once) and disease twice. */
    assert_string_equal(dump, "counts 4 3 3 3 4 1\n"
                              "name 0/0 aspirin aspirin\n"
                              "name 0/1 fever fever\n"
                              "name 0/2 pain pain\n"
                              "name 0/3 flu Influenza\n"
                              "name 1/0 treats 治疗\n"
                              "name 1/1 caused_by caused_by\n"
                              "name 1/2 is is\n"
                              "name 2/0 drug drug\n"
                              "name 2/1 symptom symptom\n"
                              "name 2/2 disease disease\n"
                              "type 0 0\n"
                              "out 0 0 1\n"
                              "out 0 0 2\n"
                              "alias ASA@\n"
                              "alias ASA 0\n"
                              "type 1 1\n"
                              "type 1 2\n"
                              "out 1 2 1\n"
                              "out 1 1 3\n"
                              "in 1 0 0\n"
                              "in 1 2 1\n"
                              "type 2 1\n"
                              "in 2 0 0\n"
                              "type 3 2\n"
                              "in 3 1 1\n"
                              "preferred label Influenza@\n"
                              "alias ASA@\n"
                              "alias Influenza 3\n"
                              "alias ASA 3\n"
                              "alias asa 0\n"
                              "alias asa 3\n"
                              "alias influenza 3\n");
    free(dump);
}

static void test_existing_store_is_not_overwritten(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    load(NULL, "a\tr\tb", NULL);
    assert_int_equal(tool_load(NULL, path, NULL, "c\tr\td", &err), KG_ERR_EXISTS);
    char *dump = tool_dump(path);
    assert_non_null(strstr(dump, "name 0/0 a a"));
    free(dump);
    kg_bulk_options replace = {.replace = true};
    load(&replace, "c\tr\td", NULL);
    dump = tool_dump(path);
    assert_null(strstr(dump, "name 0/0 a a"));
    free(dump);
}

static void test_foreign_folder_is_left_alone(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(mkdir(path, 0777), 0);
    char file[PATH_MAX + 16];
    snprintf(file, sizeof file, "%s/precious", path);
    fclose(fopen(file, "w"));
    assert_int_equal(tool_load(NULL, path, NULL, "c\tr\td", &err), KG_ERR_EXISTS);
    assert_int_equal(access(file, F_OK), 0);
}

static void test_abort_leaves_nothing(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(tool_load(NULL, path, NULL, "a\tr\tb\nA\tno one\tx", &err), KG_ERR_FORMAT);
    assert_int_equal(err.line, 2);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void test_append_adds_to_what_is_there(void **state) {
    (void)state;
    kg_bulk_report report;
    kg_bulk_options append = {.append = true};
    char other[PATH_MAX + 8];
    load(NULL, SAMPLE, NULL);
    load(&append, "pain\tcaused_by\tflu\naspirin\ttreats\tpain\nE\tnew\tNeu\tdrug", &report);
    assert_int_equal(report.added, 1);
    assert_int_equal(report.duplicates, 1);
    assert_int_equal(report.triples, 5);
    assert_int_equal(report.entities, 5);
    char *appended = tool_dump(path), *whole_text;
    assert_true(asprintf(&whole_text, "%s\npain\tcaused_by\tflu\nE\tnew\tNeu\tdrug", SAMPLE) > 0);
    snprintf(other, sizeof other, "%s.whole", path);
    assert_int_equal(tool_load(NULL, other, NULL, whole_text, NULL), KG_OK);
    char *whole = tool_dump(other);
    assert_string_equal(appended, whole);
    free(whole_text);
    free(appended);
    free(whole);
}

/* A random graph as text, with duplicates and hubs. */
static char *random_graph(int n) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    kg_rng rng = kg_rng_stream(7, 0, 0, 0);
    for (int i = 0; i < n; i++) {
        unsigned head = (unsigned)kg_rng_below(&rng, 1 + kg_rng_below(&rng, 3000));
        unsigned tail = (unsigned)kg_rng_below(&rng, 1 + kg_rng_below(&rng, 300));
        fprintf(to, "e%u\tr%u\te%u\tt%u\tt%u\n", head, (unsigned)kg_rng_below(&rng, 5), tail,
                head % 7, tail % 5);
    }
    fclose(to);
    return text;
}

static void test_memory_and_threads_change_nothing(void **state) {
    (void)state;
    char *text = random_graph(200000), *first = NULL;
    const kg_bulk_options ways[] = {{.threads = 1}, {.threads = 2}, {.memory = 1, .threads = 2}};
    for (size_t i = 0; i < 3; i++) {
        kg_bulk_report report;
        kg_bulk_options options = ways[i];
        options.replace = i > 0;
        load(&options, text, &report);
        assert_true((report.spilled > 0) == (options.memory == 1));
        char *dump = tool_dump(path);
        if (first) {
            assert_string_equal(dump, first);
            free(dump);
        } else {
            first = dump;
        }
    }
    free(first);
    free(text);
}

/* What kg-import(1) promises of --memory, held by the system: more data than that is not granted.
 */
static int load_bounded(uint64_t memory, size_t names, size_t triples) {
    enum { STACK = 9 << 20, NAME = 8, OF_NAME = 80, FIXED = 16 << 20 };
    kg_bulk *bulk;
    kg_bulk_report report;
    const kg_bulk_options options = {.memory = memory, .threads = 2};
    const rlim_t most = memory + memory / 4 + FIXED + names * (NAME + OF_NAME) + STACK;
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    if (setrlimit(RLIMIT_DATA, &(struct rlimit){most, most}) != 0 ||
        kg_bulk_begin(&bulk, path, &options, NULL) != KG_OK)
        return 1;
    for (size_t i = 0; i < triples; i++) {
        char head[16], tail[16];
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        size_t h = i < names ? i : kg_rng_below(&rng, (uint32_t)names);
        s.head = (kg_str){head, (size_t)snprintf(head, sizeof head, "n%07zu", h)};
        h = kg_rng_below(&rng, (uint32_t)names);
        s.tail = (kg_str){tail, (size_t)snprintf(tail, sizeof tail, "n%07zu", h)};
        s.relation = KG_STR("r");
        if (kg_bulk_statement(bulk, &s, NULL) != KG_OK)
            return 2;
    }
    return kg_bulk_finish(&report, bulk, NULL) != KG_OK || report.spilled == 0 ? 3 : 0;
}

static void test_memory_is_a_bound(void **state) {
    (void)state;
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    skip();
#endif
    static const size_t cases[][3] = {
        {16, 20000, 2000000}, {64, 20000, 4000000}, {16, 500000, 1000000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            _exit(load_bounded(cases[i][0] << 20, cases[i][1], cases[i][2]));
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("%zu MiB, %zu names, %zu triples: status %x", cases[i][0], cases[i][1],
                     cases[i][2], status);
        tool_remove(path);
    }
}

static void test_long_names_are_told_apart(void **state) {
    (void)state;
    char text[6000], *at = text;
    for (int i = 0; i < 3; i++) {
        memset(at, 'x', 1500);
        at[1499] = (char)('a' + i);
        at += 1500;
        *at++ = i < 2 ? '\t' : '\0';
    }
    load(NULL, text, NULL);
    char *dump = tool_dump(path);
    assert_null(strstr(dump, "not found again"));
    assert_null(strstr(dump, "unreadable"));
    free(dump);
}

static void test_given_ids_are_kept(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    load(NULL, "E\tb\t-\t-\t1\nE\ta\t-\t-\t0\na\tr\tb", NULL);
    char *dump = tool_dump(path);
    assert_non_null(strstr(dump, "name 0/1 b b\n"));
    assert_non_null(strstr(dump, "out 0 0 1\n"));
    free(dump);
    kg_bulk_options replace = {.replace = true};
    assert_int_equal(tool_load(NULL, path, &replace, "E\tb\t-\t-\t1\nE\ta\t-\t-\t1", &err),
                     KG_ERR_FORMAT);
    assert_int_equal(tool_load(NULL, path, &replace, "E\tb\t-\t-\t1", &err), KG_ERR_FORMAT);
    assert_string_equal(err.text, "no entity has the id 0, though there are greater ones; ids must "
                                  "run from 0 without gaps");
}

static void test_given_weights_order_edges(void **state) {
    (void)state;
    load(NULL, "a\tr\tb\na\tr\tc\na\tr\td\nW\tc\t0.5\nW\td\t0.2\nE\tb\tX\nE\tc\tX", NULL);
    char *dump = tool_dump(path);
    assert_non_null(strstr(dump, "out 0 0 2\nout 0 0 3\nout 0 0 1\n"));
    assert_non_null(strstr(dump, "alias x 2\nalias x 1\n"));
    free(dump);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_small_graph_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_existing_store_is_not_overwritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_folder_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_abort_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_append_adds_to_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_and_threads_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_is_a_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_names_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_given_ids_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_given_weights_order_edges, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
