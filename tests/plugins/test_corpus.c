/* Documents of a corpus: each once, in an order of its own, taken up anywhere, and what is wrong
 * with lines said. */
#include "plugins/host/corpus.h"

#include "kgstore/base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { LINES = 300 };

static char folder[64], told[512];

static void tell(void *context, const char *text) {
    (void)context;
    snprintf(told, sizeof told, "%s", text);
}

static void write_lines(const char *name, int first, int n) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    for (int i = first; i < first + n; i++)
        fprintf(file, "%d\n", i);
    fclose(file);
}

/* Two files, of which the second is compressed. */
static int make(void **state) {
    char command[128];
    (void)state;
    strcpy(folder, "/tmp/kg-corpus-XXXXXX");
    assert_non_null(mkdtemp(folder));
    write_lines("a.txt", 0, 100);
    write_lines("b.txt", 100, LINES - 100);
    snprintf(command, sizeof command, "gzip %s/b.txt", folder);
    return system(command);
}

static int unmake(void **state) {
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

typedef KG_ARRAY(int) numbers;

static void read_all(numbers *out, uint32_t window, uint64_t epoch, uint64_t position) {
    char glob[96];
    const char *const paths[] = {glob};
    kg_corpus *corpus;
    kg_document document;
    bool end = false;
    kg_error err = KG_ERROR_INIT;
    snprintf(glob, sizeof glob, "%s/*.txt*", folder);
    kg_corpus_options o = {.paths = paths,
                           .n_paths = 1,
                           .seed = 5,
                           .epoch = epoch,
                           .window = window,
                           .position = position};
    out->len = 0;
    assert_int_equal(kg_corpus_open(&corpus, &o, &err), KG_OK);
    while (kg_corpus_next(&document, &end, corpus, &err) == KG_OK && !end) {
        char line[16];
        assert_true(document.text.len < sizeof line);
        memcpy(line, document.text.data, document.text.len);
        line[document.text.len] = '\0';
        assert_int_equal(atoi(line), document.number);
        assert_int_equal(document.position, position + out->len);
        assert_int_equal(kg_array_push(out, (int)document.number), KG_OK);
    }
    assert_true(end);
    kg_corpus_close(corpus);
}

static void test_orders(void **state) {
    (void)state;
    numbers first = KG_ARRAY_INIT, other = KG_ARRAY_INIT;
    read_all(&first, 0, 0, 0);
    assert_int_equal(first.len, LINES);
    for (int i = 0; i < LINES; i++)
        assert_int_equal(first.data[i], i);
    static const uint32_t windows[] = {1, 7, 64, 1000};
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        uint8_t seen[LINES] = {0};
        read_all(&first, windows[w], 0, 0);
        assert_int_equal(first.len, LINES);
        for (int i = 0; i < LINES; i++) {
            assert_int_equal(seen[first.data[i]]++, 0);
            assert_true((uint32_t)abs(first.data[i] - i) < windows[w]);
        }
        read_all(&other, windows[w], 0, 0);
        assert_memory_equal(first.data, other.data, LINES * sizeof *first.data);
        read_all(&other, windows[w], 1, 0);
        if (windows[w] > 1)
            assert_memory_not_equal(first.data, other.data, LINES * sizeof *first.data);
        for (uint64_t p = 0; p <= LINES; p += 37) {
            read_all(&other, windows[w], 0, p);
            assert_int_equal(other.len, LINES - p);
            if (other.len)
                assert_memory_equal(other.data, first.data + p, other.len * sizeof *other.data);
        }
    }
    kg_array_free(&first);
    kg_array_free(&other);
}

/* Read one file that is made of `text`, `zeros` NUL characters and a line's end. */
static size_t read_file(const char *text, long zeros, const char *want) {
    char path[] = "/tmp/kg-corpus-XXXXXX";
    const char *const paths[] = {path};
    const kg_corpus_options o = {.paths = paths, .n_paths = 1, .warn = tell};
    kg_corpus *corpus;
    kg_document document;
    bool end = false;
    size_t n = 0;
    FILE *file = fdopen(mkstemp(path), "w");
    fputs(text, file);
    fseek(file, zeros, SEEK_CUR);
    fputs("\n", file);
    fclose(file);
    told[0] = '\0';
    assert_int_equal(kg_corpus_open(&corpus, &o, NULL), KG_OK);
    while (kg_corpus_next(&document, &end, corpus, NULL) == KG_OK && !end) {
        if (n++ == 0 && want)
            assert_memory_equal(document.text.data, want, strlen(want));
    }
    assert_true(end);
    kg_corpus_close(corpus);
    unlink(path);
    return n;
}

static void test_faults_are_said(void **state) {
    (void)state;
    assert_int_equal(read_file("a\xFFz\n\xE7\x97\nb", 0, "a\xEF\xBF\xBDz"), 3);
    assert_non_null(strstr(told, ": 2 lines not valid UTF-8, whose bytes were replaced, first in "
                                 "line 1"));
    assert_int_equal(read_file("", 10 << 20, NULL), 1);
    assert_string_equal(told, "");
    assert_int_equal(read_file("short\n", 65 << 20, "short"), 2);
    assert_non_null(strstr(told, ": 1 line longer than 64 MiB, taken as empty, first in line 2"));
    assert_int_equal(read_file("\n\n", 0, ""), 3);
    assert_string_equal(told, "");
}

static void test_files_that_are_not_there(void **state) {
    (void)state;
    char path[96];
    const char *const paths[] = {path};
    const kg_corpus_options o = {.paths = paths, .n_paths = 1};
    kg_corpus *corpus;
    kg_error err = KG_ERROR_INIT;
    snprintf(path, sizeof path, "%s/*.none", folder);
    assert_int_equal(kg_corpus_open(&corpus, &o, &err), KG_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no file of the corpus matches this"));
}

static void test_a_pipe_is_read_in_the_first_epoch_only(void **state) {
    (void)state;
    static const char *const paths[] = {"-", "/dev/null"};
    for (size_t i = 0; i < 2; i++) {
        kg_corpus_options o = {.paths = &paths[i], .n_paths = 1};
        kg_corpus *corpus;
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(kg_corpus_open(&corpus, &o, &err), KG_OK);
        kg_corpus_close(corpus);
        o.epoch = 1;
        assert_int_equal(kg_corpus_open(&corpus, &o, &err), KG_ERR_ARGUMENT);
        assert_non_null(strstr(err.text, "save what comes through the pipe"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_faults_are_said),
        cmocka_unit_test(test_files_that_are_not_there),
        cmocka_unit_test(test_a_pipe_is_read_in_the_first_epoch_only),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
