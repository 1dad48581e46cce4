/* Documents of a corpus: each once, in an order of its own, taken up anywhere, and what is wrong
 * with lines said. */
#include "plugins/host/corpus_check.h"

#include "kgstore/base/array.h"
#include "kgstore/base/rng.h"
#include "plugins/common/sentence.h"

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
    assert_non_null(strstr(told, ": 2 lines with invalid UTF-8, replaced, first in "
                                 "line 1"));
    assert_int_equal(read_file("", 10 << 20, NULL), 1);
    assert_string_equal(told, "");
    assert_int_equal(read_file("short\n", 65 << 20, "short"), 2);
    assert_non_null(strstr(told, ": 1 line longer than 64 MiB, treated as empty, first in line 2"));
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
        assert_non_null(strstr(err.text, "save what the pipe gives"));
    }
}

/* ---- Formats and parts ----------------------------------------------------------------------- */

static void write_file(const char *path, const char *content, size_t n) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, n, file), n);
    fclose(file);
}

/* The documents of a file, each followed by '|', or by '+' where a part of it follows. */
static kg_status join(kg_bytes *out, const char *path, kg_corpus_format format, uint32_t part_bytes,
                      kg_error *err) {
    const kg_corpus_options o = {
        .paths = &path, .n_paths = 1, .format = format, .part_bytes = part_bytes, .warn = tell};
    kg_corpus *corpus;
    kg_document document;
    bool end = false;
    uint64_t count = 0;
    kg_status st = kg_corpus_open(&corpus, &o, err);
    out->len = 0;
    while (st == KG_OK && (st = kg_corpus_next(&document, &end, corpus, err)) == KG_OK && !end) {
        assert_true(part_bytes == 0 || document.text.len <= part_bytes);
        assert_int_equal(document.number, count++);
        if (document.number > 0)
            assert_int_equal(kg_array_push(out, document.part ? '+' : '|'), KG_OK);
        assert_int_equal(kg_array_append(out, document.text.data, document.text.len), KG_OK);
    }
    assert_int_equal(kg_array_append(out, "|", count ? 2 : 1), KG_OK);
    kg_corpus_close(corpus);
    return st;
}

static void test_formats(void **state) {
    (void)state;
    static const struct {
        kg_corpus_format format;
        const char *content, *want;
    } cases[] = {
        {KG_CORPUS_LINES, "one\r\n\ntwo", "one||two|"},
        {KG_CORPUS_SENTENCES, "\n \none\r\ntwo\n\n\t\n\nthree\n", "one\ntwo|three|"},
        {KG_CORPUS_SENTENCES, "one\ntwo", "one\ntwo|"},
        {KG_CORPUS_JSONL, "{\"id\": 1, \"text\": \"one\\ntwo\"}\n\n{\"text\": \"\"}\n",
         "one\ntwo|||"},
    };
    char path[96];
    kg_bytes got = KG_ARRAY_INIT;
    kg_error err = KG_ERROR_INIT;
    snprintf(path, sizeof path, "%s/format", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(path, cases[i].content, strlen(cases[i].content));
        assert_int_equal(join(&got, path, cases[i].format, 0, &err), KG_OK);
        assert_string_equal(got.data, cases[i].want);
        assert_int_equal(join(&got, path, cases[i].format, 64, &err), KG_OK);
        assert_string_equal(got.data, cases[i].want);
    }
    static const char *const bad[] = {"{\"text\": \"one\"}\nnone\n", "{\"text\": 5}\n", "[]\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file(path, bad[i], strlen(bad[i]));
        assert_int_equal(join(&got, path, KG_CORPUS_JSONL, 0, &err), KG_ERR_FORMAT);
        assert_int_equal(err.line, i == 0 ? 2 : 1);
        assert_non_null(strstr(err.text, "expected a line such as {\"text\": \"...\"}"));
    }
    kg_array_free(&got);
    unlink(path);
}

/* Text of sentences, words and characters of every length, with a few bytes that are not UTF-8. */
static void make_text(kg_bytes *text, uint64_t number) {
    static const char *const units[] = {"病", "毒。", "a",        "word ", "end. ", "3.5", "！",
                                        "é",  "𠀀",   "\xE7\x97", "?",     "。",    " ",   "\r"};
    kg_rng rng = kg_rng_stream(11, 0, number, 0);
    size_t n = kg_rng_below(&rng, 400),
           kinds = 1 + kg_rng_below(&rng, sizeof units / sizeof *units);
    text->len = 0;
    for (size_t i = 0; i < n; i++) {
        const char *unit = units[kg_rng_below(&rng, kinds)];
        assert_int_equal(kg_array_append(text, unit, strlen(unit)), KG_OK);
    }
    assert_int_equal(kg_array_append(text, "x\n", 2), KG_OK);
}

/* Each part ends behind the last sentence that ends in the second half of what it could hold, or
 * where none does behind white space, or between characters. */
static void check_cut(kg_str left, size_t taken, size_t most) {
    assert_true(taken > most / 2 || taken > most - 4);
    for (size_t at = most; at > taken; at--)
        assert_false(kg_sentence_ends(left, at, at));
    if (kg_sentence_ends(left, taken, taken))
        return;
    for (size_t at = taken; at > most / 2; at--)
        assert_false(kg_sentence_ends(left, at, at));
    for (size_t at = most; at > taken; at--)
        assert_true((unsigned char)left.data[at - 1] > ' ');
    assert_true((unsigned char)left.data[taken - 1] <= ' ' ||
                (most - taken < 4 && ((unsigned char)left.data[taken] & 0xC0) != 0x80));
}

/* The parts of a document, one after another, are the document. */
static void test_parts_are_the_document(void **state) {
    (void)state;
    char path[96];
    kg_bytes text = KG_ARRAY_INIT, whole = KG_ARRAY_INIT, parts = KG_ARRAY_INIT;
    snprintf(path, sizeof path, "%s/long", folder);
    for (uint64_t i = 0; i < 300; i++) {
        uint32_t most = 16 + (uint32_t)(i * 7 % 90);
        make_text(&text, i);
        write_file(path, text.data, text.len);
        assert_int_equal(join(&whole, path, KG_CORPUS_LINES, 0, NULL), KG_OK);
        kg_corpus_options o = {
            .paths = (const char *const[]){path}, .n_paths = 1, .part_bytes = most};
        kg_corpus *corpus;
        kg_document document;
        bool end = false;
        uint32_t part = 0;
        parts.len = 0;
        assert_int_equal(kg_corpus_open(&corpus, &o, NULL), KG_OK);
        while (kg_corpus_next(&document, &end, corpus, NULL) == KG_OK && !end) {
            assert_int_equal(document.part, part++);
            assert_int_equal(kg_array_append(&parts, document.text.data, document.text.len), KG_OK);
            if (!memchr(text.data, '\xE7', text.len) && text.data[0] != '\x97') {
                kg_str left = {whole.data + parts.len - document.text.len,
                               whole.len - 2 - (parts.len - document.text.len)};
                if (left.len > most)
                    check_cut(left, document.text.len, most);
            }
        }
        kg_corpus_close(corpus);
        o.beginnings = true;
        assert_int_equal(kg_corpus_open(&corpus, &o, NULL), KG_OK);
        assert_int_equal(kg_corpus_next(&document, &end, corpus, NULL), KG_OK);
        assert_true(document.text.len <= 3 * most && (document.text.len + 3 >= most || part == 1));
        assert_memory_equal(document.text.data, whole.data, document.text.len);
        assert_int_equal(kg_corpus_next(&document, &end, corpus, NULL), KG_OK);
        assert_true(end);
        kg_corpus_close(corpus);
        assert_int_equal(parts.len, whole.len - 2);
        assert_memory_equal(parts.data, whole.data, parts.len);
    }
    kg_array_free(&text);
    kg_array_free(&whole);
    kg_array_free(&parts);
    unlink(path);
}

static void test_folders(void **state) {
    (void)state;
    char top[96], path[256];
    kg_bytes got = KG_ARRAY_INIT;
    kg_error err = KG_ERROR_INIT;
    static const char *const names[] = {"b", "a/2", "a/1", ".hidden", "c"};
    snprintf(top, sizeof top, "%s/top", folder);
    snprintf(path, sizeof path, "mkdir -p %s/a %s/none", top, top);
    assert_int_equal(system(path), 0);
    assert_int_equal(join(&got, top, KG_CORPUS_LINES, 0, &err), KG_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no file of the corpus is in this folder"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", top, names[i]);
        write_file(path, names[i], strlen(names[i]));
    }
    assert_int_equal(join(&got, top, KG_CORPUS_LINES, 0, &err), KG_OK);
    assert_string_equal(got.data, "a/1|a/2|b|c|");
    snprintf(path, sizeof path, "ln -s . %s/loop", top);
    assert_int_equal(system(path), 0);
    assert_int_equal(join(&got, top, KG_CORPUS_LINES, 0, &err), KG_ERR_LIMIT);
    kg_array_free(&got);
}

/* ---- A look at it before training ------------------------------------------------------------ */

static kg_status look(kg_corpus_survey *out, const char *content, size_t n, kg_error *err) {
    char path[96];
    const char *const paths[] = {path};
    const kg_corpus_options o = {.paths = paths, .n_paths = 1, .part_bytes = 64};
    snprintf(path, sizeof path, "%s/looked-at", folder);
    write_file(path, content, n);
    kg_status st = kg_corpus_check(out, &o, 3, 1 << 20, err);
    unlink(path);
    return st;
}

static void test_survey(void **state) {
    (void)state;
    static const struct {
        const char *content, *told;
    } refused[] = {
        {"\xCC\xC7\xC4\xF2\xB2\xA1\n\xB8\xD0\xC3\xB0 x\n",
         "2 of 2 documents are not UTF-8; it looks like GBK; convert the file: iconv -f GBK -t "
         "UTF-8 /"},
        {"caf\xE9 au lait\nplain\n", "1 of 2 documents are not UTF-8; it looks like ISO-8859-1"},
        {"it\x92s d\xE9j\xE0 v\xFB \xE9\xE8\n", "it looks like CP1252"},
        {"\xFF\xFEt\1e\1x\1t\1", "found text in UTF-16"},
        {"病毒病毒\xE7\n", "their encoding cannot be told"},
    };
    kg_corpus_survey s;
    kg_error err = KG_ERROR_INIT;
    kg_bytes text = KG_ARRAY_INIT;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *content = refused[i].content;
        assert_int_equal(look(&s, content, strlen(content), &err), KG_ERR_FORMAT);
        if (!strstr(err.text, refused[i].told))
            fail_msg("%s", err.text);
    }
    for (int i = 0; i < 200; i++) {
        const char *line = i == 7 ? "caf\xE9\n" : i % 10 == 0 ? "病毒\n" : "abcdefgh abcdefgh. \n";
        assert_int_equal(kg_array_append(&text, line, strlen(line)), KG_OK);
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(kg_array_append(&text, "long. ", 6), KG_OK);
    assert_int_equal(look(&s, text.data, text.len, &err), KG_OK);
    assert_true(s.whole);
    assert_int_equal(s.documents, 201);
    assert_int_equal(s.too_short, 20);
    assert_int_equal(s.invalid, 1);
    assert_int_equal(s.too_long, 0);
    kg_array_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_faults_are_said),
        cmocka_unit_test(test_files_that_are_not_there),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_parts_are_the_document),
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_survey),
        cmocka_unit_test(test_a_pipe_is_read_in_the_first_epoch_only),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
