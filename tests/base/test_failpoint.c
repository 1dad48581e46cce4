#include "kgstore/base/failpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#ifdef KG_FAILPOINTS

/* Pass two points three times each in a child that has KG_FAILPOINT set. It exits with one for each
 * time the first gave the status expected and ten for each time the second did. */
static int wait_status(const char *setting, kg_status expected) {
    pid_t child = fork();
    if (child == 0) {
        setenv("KG_FAILPOINT", setting, 1);
        int code = 0;
        for (int i = 0; i < 3; i++) {
            code += KG_FAILPOINT("test.one", NULL) == expected ? 1 : 0;
            code += KG_FAILPOINT("test.one-more", NULL) == expected ? 10 : 0;
        }
        _exit(code);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_kill_and_exit(void **state) {
    (void)state;
    int status = wait_status("test.one", KG_ERR_IO);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    status = wait_status("test.one-more:3:exit", KG_ERR_IO);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 70);
}

static void test_status_once(void **state) {
    (void)state;
    assert_int_equal(WEXITSTATUS(wait_status("test.one:2:io", KG_ERR_IO)), 1);
    assert_int_equal(WEXITSTATUS(wait_status("test.one-more:1:full", KG_ERR_FULL)), 10);
    assert_int_equal(WEXITSTATUS(wait_status("test.one:4:io", KG_ERR_IO)), 0);
    assert_int_equal(WEXITSTATUS(wait_status("test.on:1:io", KG_ERR_IO)), 0);
}

static void test_log(void **state) {
    (void)state;
    char path[] = "/tmp/kg-failpoint-XXXXXX", text[64] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    setenv("KG_FAILPOINT_LOG", path, 1);
    assert_int_equal(KG_FAILPOINT("test.a", NULL), KG_OK);
    assert_int_equal(KG_FAILPOINT("test.b", NULL), KG_OK);
    unsetenv("KG_FAILPOINT_LOG");
    assert_true(read(fd, text, sizeof text - 1) > 0);
    assert_string_equal(text, "test.a\ntest.b\n");
    close(fd);
    unlink(path);
}

#else

static void test_kill_and_exit(void **state) {
    (void)state;
    skip();
}

static void test_status_once(void **state) {
    (void)state;
    assert_int_equal(KG_FAILPOINT("test.one", NULL), KG_OK);
}

static void test_log(void **state) {
    (void)state;
    skip();
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kill_and_exit),
        cmocka_unit_test(test_status_once),
        cmocka_unit_test(test_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
