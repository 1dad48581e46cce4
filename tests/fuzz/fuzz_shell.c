/* Input: lines of the shell, run against a store with something of everything. Lines that read
 * files are left out. The store must pass its check now and then, whatever was asked of it. */
#include "tests/fuzz/fuzz.h"

#include "cli/shell.h"
#include "tests/support/sample_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUNS_A_STORE = 20000, LINES = 8 };

static kg_shell shell;
static char folder[64];
static unsigned runs;

static void end_store(void) {
    if (!folder[0])
        return;
    char path[80];
    kg_error err = KG_ERROR_INIT;
    kg_shell_close(&shell);
    snprintf(path, sizeof path, "%s/store", folder);
    if (kg_store_check(path, NULL, NULL, &err) != KG_OK)
        abort();
    remove_tree(folder);
    folder[0] = '\0';
}

static void begin_store(void) {
    char path[80];
    kg_error err = KG_ERROR_INIT;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_sample_store(path, 60, 300, 7);
    if (kg_shell_open(&shell, path, KG_MODE_TSV, &err) != KG_OK)
        abort();
}

/* Answers and complaints are not of interest. */
static void silence(void) {
    static bool silent;
    int fd;
    if (silent || (fd = open("/dev/null", O_WRONLY)) < 0)
        return;
    silent = true;
    dup2(fd, STDOUT_FILENO);
    if (!getenv("KG_FUZZ_LOUD"))
        stderr = fdopen(fd, "w");
    atexit(end_store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_str rest = {(const char *)data, size};
    silence();
    if (runs++ % RUNS_A_STORE == 0) {
        end_store();
        begin_store();
    }
    for (int i = 0; i < LINES && rest.len > 0; i++) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t n = newline ? (size_t)(newline - rest.data) : rest.len, used = newline ? n + 1 : n;
        if (!memmem(rest.data, n, ".read", 5))
            kg_shell_line(&shell, (kg_str){rest.data, n}, "input", (uint64_t)i + 1);
        rest = (kg_str){rest.data + used, rest.len - used};
    }
    kg_shell_forget(&shell);
    return 0;
}
