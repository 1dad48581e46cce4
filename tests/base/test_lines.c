#include "kgstore/base/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

static char path[] = "/tmp/kg-lines-XXXXXX";

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static void write_plain(const char *content, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(content, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void append_gzip(const char *content, size_t n, const char *mode) {
    gzFile f = gzopen(path, mode);
    assert_non_null(f);
    assert_int_equal(gzwrite(f, content, (unsigned)n), (int)n);
    assert_int_equal(gzclose(f), Z_OK);
}

/* The lines of the file, each followed by '|'. */
static char *joined(size_t max_line, kg_status *st, kg_error *err) {
    kg_lines *lines;
    char *out = calloc(1, 4096);
    *st = kg_lines_open(&lines, path, max_line, err);
    if (*st != KG_OK)
        return out;
    for (;;) {
        kg_str line;
        bool end;
        *st = kg_lines_next(&line, &end, lines, err);
        if (*st != KG_OK || end)
            break;
        strncat(out, line.data, line.len);
        strcat(out, "|");
    }
    kg_lines_close(lines);
    return out;
}

static void expect(const char *content, size_t n, const char *lines) {
    kg_status st;
    write_plain(content, n);
    char *plain = joined(0, &st, NULL);
    assert_int_equal(st, KG_OK);
    assert_string_equal(plain, lines);
    free(plain);
    append_gzip(content, n, "wb");
    char *gzip = joined(0, &st, NULL);
    assert_int_equal(st, KG_OK);
    assert_string_equal(gzip, lines);
    free(gzip);
}

static void test_ends_of_lines(void **state) {
    (void)state;
    static const struct {
        const char *content, *lines;
    } cases[] = {
        {"", ""},
        {"\n", "|"},
        {"a", "a|"},
        {"a\n", "a|"},
        {"a\nb", "a|b|"},
        {"a\r\nb\r\n", "a|b|"},
        {"a\n\nb\n", "a||b|"},
        {"\xEF\xBB\xBFx\n", "x|"},
        {"\r\n", "|"},
        {"a\rb\n", "a\rb|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].content, strlen(cases[i].content), cases[i].lines);
}

static void test_members_of_a_gzip_file_are_joined(void **state) {
    (void)state;
    kg_status st;
    append_gzip("a\nb", 3, "wb");
    append_gzip("c\nd", 3, "ab");
    char *text = joined(0, &st, NULL);
    assert_int_equal(st, KG_OK);
    assert_string_equal(text, "a|bc|d|");
    free(text);
}

static void test_lines_longer_than_the_buffer(void **state) {
    (void)state;
    size_t n = 700 * 1000;
    char *content = malloc(2 * n + 2);
    memset(content, 'x', 2 * n + 2);
    content[n] = '\n';
    content[2 * n + 1] = '\n';
    write_plain(content, 2 * n + 2);
    kg_lines *lines;
    kg_str line;
    bool end;
    assert_int_equal(kg_lines_open(&lines, path, 0, NULL), KG_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kg_lines_next(&line, &end, lines, NULL), KG_OK);
        assert_int_equal(line.len, n);
    }
    assert_int_equal(kg_lines_next(&line, &end, lines, NULL), KG_OK);
    assert_true(end);
    kg_lines_close(lines);
    free(content);
}

static void test_a_line_too_long_is_told_and_skipped(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_lines *lines;
    kg_str line;
    bool end;
    write_plain("ab\nabcdefgh\ncd\n", 15);
    assert_int_equal(kg_lines_open(&lines, path, 4, &err), KG_OK);
    assert_int_equal(kg_lines_next(&line, &end, lines, &err), KG_OK);
    assert_int_equal(kg_lines_next(&line, &end, lines, &err), KG_ERR_LIMIT);
    assert_int_equal(err.line, 2);
    assert_int_equal(kg_lines_next(&line, &end, lines, &err), KG_OK);
    assert_true(kg_str_equal(line, KG_STR("cd")));
    assert_int_equal(kg_lines_number(lines), 3);
    kg_lines_close(lines);
}

static void test_a_cut_gzip_file_is_an_error(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_status st;
    append_gzip("hello\nworld\n", 12, "wb");
    assert_int_equal(truncate(path, 20), 0);
    free(joined(0, &st, &err));
    assert_int_equal(st, KG_ERR_FORMAT);
    assert_string_equal(err.text, "the gzip stream is cut short");
}

static void test_a_folder_and_a_missing_file(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_lines *lines;
    assert_int_equal(kg_lines_open(&lines, "/tmp", 0, &err), KG_ERR_IO);
    assert_string_equal(err.text, "is a folder; expected a file");
    assert_int_equal(kg_lines_open(&lines, "/nonexistent/x", 0, &err), KG_ERR_NOT_FOUND);
    assert_null(lines);
}

static void test_the_rest_is_whole_and_bounded(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_lines *lines;
    kg_str line;
    bool end;
    append_gzip("a\nb\r\n\0c", 7, "wb");
    assert_int_equal(kg_lines_open(&lines, path, 0, &err), KG_OK);
    assert_int_equal(kg_lines_next(&line, &end, lines, &err), KG_OK);
    assert_int_equal(kg_lines_rest(&line, lines, 3, &err), KG_ERR_LIMIT);
    assert_int_equal(kg_lines_rest(&line, lines, 5, &err), KG_OK);
    assert_int_equal(line.len, 5);
    assert_memory_equal(line.data, "b\r\n\0c", 5);
    assert_int_equal(kg_lines_next(&line, &end, lines, &err), KG_OK);
    assert_true(end);
    kg_lines_close(lines);
}

static void test_memory_reads_like_a_file(void **state) {
    (void)state;
    kg_lines *lines;
    kg_str line;
    bool end;
    assert_int_equal(kg_lines_from_memory(&lines, KG_STR("a\nb"), "m", 0), KG_OK);
    assert_int_equal(kg_lines_next(&line, &end, lines, NULL), KG_OK);
    assert_true(kg_str_equal(line, KG_STR("a")));
    assert_int_equal(kg_lines_next(&line, &end, lines, NULL), KG_OK);
    assert_true(kg_str_equal(line, KG_STR("b")));
    assert_int_equal(kg_lines_next(&line, &end, lines, NULL), KG_OK);
    assert_true(end);
    kg_lines_close(lines);
}

static void test_what_is_peeked_at_stays(void **state) {
    (void)state;
    enum { LINES = 200000 };
    static const char LINE[] = "a line of some length\n";
    const size_t size = LINES * (sizeof LINE - 1);
    int ends[2];
    char name[32];
    kg_lines *lines;
    kg_str text, line;
    bool end = false;
    assert_int_equal(pipe(ends), 0);
    pid_t writer = fork();
    if (writer == 0) {
        FILE *to = fdopen(ends[1], "w");
        for (size_t i = 0; i < LINES; i++)
            fputs(LINE, to);
        _exit(fclose(to) != 0);
    }
    close(ends[1]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    assert_int_equal(kg_lines_open(&lines, name, 0, NULL), KG_OK);
    assert_int_equal(kg_lines_peek(&text, lines, 3, NULL), KG_OK);
    assert_true(text.len >= 3);
    assert_int_equal(kg_lines_peek(&text, lines, 1 << 20, NULL), KG_OK);
    assert_true(text.len >= 1 << 20 && memcmp(text.data, LINE, sizeof LINE - 1) == 0);
    assert_int_equal(kg_lines_next(&line, &end, lines, NULL), KG_OK);
    assert_int_equal(line.len, sizeof LINE - 2);
    assert_int_equal(kg_lines_peek(&text, lines, SIZE_MAX, NULL), KG_OK);
    assert_int_equal(text.len, size - (sizeof LINE - 1));
    size_t n = 1;
    for (; kg_lines_next(&line, &end, lines, NULL) == KG_OK && !end; n++)
        assert_int_equal(line.len, sizeof LINE - 2);
    assert_int_equal(n, LINES);
    kg_lines_close(lines);
    close(ends[0]);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
}

/* Pieces of any size join to the lines that kg_lines_next gives. */
static void test_pieces_join_to_lines(void **state) {
    (void)state;
    static const char content[] = "\xEF\xBB\xBFone\r\n\r\n\na\rb\n0123456789\rABCDEF\r\nlast\r";
    char *whole_lines;
    kg_status st;
    write_plain(content, sizeof content - 1);
    whole_lines = joined(0, &st, NULL);
    assert_int_equal(st, KG_OK);
    for (size_t most = 2; most < 32; most++) {
        char out[256] = "";
        kg_lines *lines;
        kg_str piece;
        bool whole, end = false;
        uint64_t number = 0;
        assert_int_equal(kg_lines_open(&lines, path, 0, NULL), KG_OK);
        while ((st = kg_lines_piece(&piece, &whole, &end, lines, most, NULL)) == KG_OK && !end) {
            assert_true(piece.len <= most && (whole || piece.len > 0));
            assert_int_equal(kg_lines_number(lines), number + 1);
            strncat(out, piece.data, piece.len);
            if (whole) {
                strcat(out, "|");
                number++;
            }
        }
        assert_int_equal(st, KG_OK);
        assert_string_equal(out, whole_lines);
        kg_lines_close(lines);
    }
    free(whole_lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_of_lines),
        cmocka_unit_test(test_members_of_a_gzip_file_are_joined),
        cmocka_unit_test(test_lines_longer_than_the_buffer),
        cmocka_unit_test(test_pieces_join_to_lines),
        cmocka_unit_test(test_a_line_too_long_is_told_and_skipped),
        cmocka_unit_test(test_a_cut_gzip_file_is_an_error),
        cmocka_unit_test(test_a_folder_and_a_missing_file),
        cmocka_unit_test(test_the_rest_is_whole_and_bounded),
        cmocka_unit_test(test_memory_reads_like_a_file),
        cmocka_unit_test(test_what_is_peeked_at_stays),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
