/* Triples read from files: names take ids by first appearance, and bad lines are named. */
#include "plugins/transr/triple_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    transr_triples triples;
    kg_nameset entities, relations;
    char path[64];
} fixture;

static kg_status read_content(fixture *f, const char *content, size_t n, kg_error *err) {
    snprintf(f->path, sizeof f->path, "/tmp/kg_triples_XXXXXX");
    int file = mkstemp(f->path);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, n), n);
    close(file);
    f->triples.len = 0;
    kg_status st = transr_files_read(&f->triples, &f->entities, &f->relations, f->path, err);
    unlink(f->path);
    return st;
}

static void fixture_free(fixture *f) {
    kg_array_free(&f->triples);
    kg_nameset_free(&f->entities);
    kg_nameset_free(&f->relations);
}

static void test_ids(void **state) {
    (void)state;
    fixture f = {.triples = KG_ARRAY_INIT};
    static const char text[] = "a\tlikes\tb\n\nb\tlikes\ta\r\nc\thates\ta";
    assert_int_equal(read_content(&f, text, sizeof text - 1, NULL), KG_OK);
    assert_int_equal(f.triples.len, 3);
    assert_int_equal(f.triples.data[1].head, 1);
    assert_int_equal(f.triples.data[2].head, 2);
    assert_int_equal(f.triples.data[2].relation, 1);
    assert_int_equal(f.entities.names.len, 3);
    assert_true(kg_str_equal(f.entities.names.data[2], KG_STR("c")));
    fixture_free(&f);
}

static void test_many_names(void **state) {
    (void)state;
    kg_nameset names = {0};
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < 5000; i++) {
            char text[16];
            uint32_t id = 0;
            int n = snprintf(text, sizeof text, "n%u", (unsigned)i);
            assert_int_equal(kg_nameset_add(&id, &names, (kg_str){text, (size_t)n}), KG_OK);
            assert_int_equal(id, i);
        }
    kg_nameset_free(&names);
}

static void test_bad_lines(void **state) {
    (void)state;
    static const char *const cases[] = {"a\tr\tb\na\tr\n", "a\tr\tb\na\tr\tb\tc\n",
                                        "a\tr\tb\na\t\tb\n"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f = {.triples = KG_ARRAY_INIT};
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(read_content(&f, cases[i], strlen(cases[i]), &err), KG_ERR_FORMAT);
        assert_int_equal(err.line, 2);
        assert_string_equal(err.file, f.path);
        fixture_free(&f);
    }
    fixture f = {.triples = KG_ARRAY_INIT};
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(
        transr_files_read(&f.triples, &f.entities, &f.relations, "/nonexistent/x.txt", &err),
        KG_ERR_NOT_FOUND);
    fixture_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ids),
                                       cmocka_unit_test(test_many_names),
                                       cmocka_unit_test(test_bad_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
