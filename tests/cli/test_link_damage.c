/* kg link does not take an entity whose type has lost its name for one without a type. */
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[32], path[64];

static void drop(kg_bytes *value) {
    value->len = 0;
}

/* What linking a text that names entity 7, of the first type, says to both outputs. */
static int link_text(char *said, size_t size, const char *option) {
    char line[512];
    snprintf(line, sizeof line,
             "echo 'e\xE8\x8D\xAF"
             "8' | " KG_PROGRAM " link %s %s 2>&1",
             path, option);
    FILE *from = popen(line, "r");
    assert_non_null(from);
    size_t n = fread(said, 1, size - 1, from);
    said[n] = '\0';
    return pclose(from);
}

static void test_types(void **state) {
    static const char *const options[] = {"--json", ""};
    char said[4096];
    (void)state;
    for (int damaged = 0; damaged < 2; damaged++) {
        if (damaged)
            assert_true(change_first_record(path, KG_DB_TYPE, drop));
        for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
            int status = link_text(said, sizeof said, options[i]);
            if ((status == 0) == damaged || (damaged && !strstr(said, "run kg check")))
                fail_msg("%s: %d %s", options[i], status, said);
        }
    }
}

static int make_store(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, 60, 300, 5);
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_types)};
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
