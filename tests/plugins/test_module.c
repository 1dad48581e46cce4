#include "kgstore/base/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static void test_module_beside_the_program(void **state) {
    (void)state;
    unsetenv("KG_PLUGIN_PATH");
    kg_error err = KG_ERROR_INIT;
    kg_module *module;
    assert_int_equal(kg_module_open(&module, "kg_test_module.so", &err), KG_OK);
    assert_non_null(strstr(kg_module_path(module), "/" KG_LIBDIR "/kg/kg_test_module.so"));
    int (*answer)(void);
    assert_int_equal(kg_module_symbol(&answer, module, "kg_sample_answer", &err), KG_OK);
    assert_int_equal(answer(), 42);
    assert_int_equal(kg_module_symbol(&answer, module, "kg_no_such", &err), KG_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "does not export kg_no_such"));
    kg_module_close(module);
}

static void test_environment_comes_first(void **state) {
    (void)state;
    char folder[] = "/tmp/kg-module-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[128], variable[256];
    snprintf(path, sizeof path, "%s/kg_test_module.so", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("not a shared object\n", f);
    fclose(f);
    snprintf(variable, sizeof variable, "/no/such/folder::%s", folder);
    setenv("KG_PLUGIN_PATH", variable, 1);
    kg_error err = KG_ERROR_INIT;
    kg_module *module;
    assert_int_equal(kg_module_open(&module, "kg_test_module.so", &err), KG_ERR_UNSUPPORTED);
    assert_null(module);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "cannot load"));
    kg_paths folders;
    assert_int_equal(kg_module_folders(&folders, false), KG_OK);
    assert_string_equal(folders.data[0], folder);
    kg_paths_free(&folders);
    unlink(path);
    rmdir(folder);
    unsetenv("KG_PLUGIN_PATH");
}

static void test_absent_module_names_the_folders(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_module *module;
    assert_int_equal(kg_module_open(&module, "kg_absent.so", &err), KG_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "kg_absent.so is in none of the plugin folders ("));
    assert_non_null(strstr(err.text, "KG_PLUGIN_PATH"));
    assert_int_equal(kg_module_open(&module, "/no/such/file.so", &err), KG_ERR_NOT_FOUND);
    assert_string_equal(err.text, "there is no readable file /no/such/file.so");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_module_beside_the_program),
        cmocka_unit_test(test_environment_comes_first),
        cmocka_unit_test(test_absent_module_names_the_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
