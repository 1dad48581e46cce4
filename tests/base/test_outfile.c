#include "kgstore/base/outfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/kg-outfile-XXXXXX";
static char path[64];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/out", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text, int commit) {
    kg_outfile *file;
    assert_int_equal(kg_outfile_open(&file, path, NULL), KG_OK);
    fputs(text, kg_outfile_stream(file));
    if (commit)
        assert_int_equal(kg_outfile_commit(file, NULL), KG_OK);
    else
        kg_outfile_discard(file);
}

static void expect_content(const char *text) {
    char content[64] = "";
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(content, 1, sizeof content - 1, f) > 0);
    fclose(f);
    assert_string_equal(content, text);
}

static int files_in_folder(void) {
    int n = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static void test_commit_replaces_and_discard_does_not(void **state) {
    (void)state;
    write_file("old", 1);
    expect_content("old");
    write_file("new", 0);
    expect_content("old");
    write_file("new", 1);
    expect_content("new");
    assert_int_equal(files_in_folder(), 1);
}

static void test_a_missing_folder_is_told(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_outfile *file;
    assert_int_equal(kg_outfile_open(&file, "/nonexistent/x", &err), KG_ERR_IO);
    assert_string_equal(err.text, "cannot create /nonexistent/x: No such file or directory");
    assert_null(file);
}

static void test_a_full_disk_is_found_by_commit(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_outfile *file;
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_int_equal(kg_outfile_open(&file, path, &err), KG_OK);
    assert_non_null(freopen("/dev/full", "w", kg_outfile_stream(file)));
    fputs("x", kg_outfile_stream(file));
    assert_int_equal(kg_outfile_commit(file, &err), KG_ERR_FULL);
    expect_content("new");
}

/* A path in the folder. */
static const char *in_folder(const char *name) {
    static char paths[4][96];
    static int next;
    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], "%s/%s", folder, name);
    return paths[next];
}

static void write_to(const char *to, const char *text) {
    kg_outfile *file;
    kg_error err = KG_ERROR_INIT;
    if (kg_outfile_open(&file, to, &err) != KG_OK)
        fail_msg("%s", err.text);
    fputs(text, kg_outfile_stream(file));
    assert_int_equal(kg_outfile_commit(file, &err), KG_OK);
}

static mode_t mode_of(const char *of, bool follow) {
    struct stat info;
    assert_int_equal(follow ? stat(of, &info) : lstat(of, &info), 0);
    return info.st_mode;
}

static void test_links_stay(void **state) {
    (void)state;
    static const struct {
        const char *link, *to;
    } links[] = {{"near", "out"}, {"chain", "sub/far"}, {"sub/far", "../near"}};
    static const char *const ways[] = {"near", "sub/far", "chain"};
    write_file("old", 1);
    assert_int_equal(mkdir(in_folder("sub"), 0777), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(symlink(links[i].to, in_folder(links[i].link)), 0);
    for (size_t i = 0; i < 3; i++) {
        write_to(in_folder(ways[i]), ways[i]);
        expect_content(ways[i]);
        assert_true(S_ISLNK(mode_of(in_folder(ways[i]), false)));
    }
    unlink(path); /* a link to what is not there yet makes it */
    write_to(in_folder("chain"), "made");
    expect_content("made");
    assert_int_equal(symlink("loop", in_folder("loop")), 0);
    kg_outfile *file;
    assert_int_equal(kg_outfile_open(&file, in_folder("loop"), NULL), KG_ERR_IO);
    for (size_t i = 3; i-- > 0;)
        assert_int_equal(unlink(in_folder(links[i].link)), 0);
    assert_int_equal(unlink(in_folder("loop")), 0);
    assert_int_equal(rmdir(in_folder("sub")), 0);
    assert_int_equal(files_in_folder(), 1);
}

static void test_what_is_no_file_is_written_into(void **state) {
    (void)state;
    const char *fifo = in_folder("fifo");
    char got[16] = "", name[32];
    int ends[2];
    kg_outfile *file;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(mkfifo(fifo, 0666), 0);
    int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    write_to(fifo, "through");
    assert_int_equal(read(reader, got, sizeof got - 1), 7);
    assert_string_equal(got, "through");
    assert_true(S_ISFIFO(mode_of(fifo, false)));
    close(reader);
    unlink(fifo);
    write_to("/dev/null", "nothing");
    assert_true(S_ISCHR(mode_of("/dev/null", false)));
    assert_int_equal(pipe(ends), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
    write_to(name, "a pipe");
    assert_int_equal(read(ends[0], got, sizeof got - 1), 6);
    close(ends[0]);
    close(ends[1]);
    write_file("first,", 1);
    int fd = open(path, O_WRONLY | O_APPEND);
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    write_to(name, "second");
    close(fd);
    expect_content("first,second");
    assert_int_equal(kg_outfile_open(&file, folder, &err), KG_ERR_IO);
    assert_non_null(strstr(err.text, "is a folder"));
    assert_int_equal(files_in_folder(), 1);
}

static void test_modes(void **state) {
    (void)state;
    mode_t old = umask(027);
    unlink(path);
    write_file("new", 1);
    assert_int_equal(mode_of(path, true) & 07777, 0640);
    assert_int_equal(chmod(path, 0604), 0);
    write_file("newer", 1);
    assert_int_equal(mode_of(path, true) & 07777, 0604);
    umask(old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commit_replaces_and_discard_does_not),
        cmocka_unit_test(test_a_missing_folder_is_told),
        cmocka_unit_test(test_a_full_disk_is_found_by_commit),
        cmocka_unit_test(test_links_stay),
        cmocka_unit_test(test_what_is_no_file_is_written_into),
        cmocka_unit_test(test_modes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
