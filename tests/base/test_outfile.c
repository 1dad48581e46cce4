#include "kgstore/base/outfile.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commit_replaces_and_discard_does_not),
        cmocka_unit_test(test_a_missing_folder_is_told),
        cmocka_unit_test(test_a_full_disk_is_found_by_commit),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
