#include "cli/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* As global as standard output, which it stands behind. pid 0: there is none. */
static struct {
    pid_t pid;
    int terminal; /* what standard output was */
    void (*on_interrupt)(int);
    void (*on_pipe)(int);
} pager;

/* ---- Whether --------------------------------------------------------------------------------- */

static size_t screen_lines(void) {
    enum { USUAL = 24 };
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        return size.ws_row;
    return USUAL;
}

static bool is_installed(const char *program) {
    char path[1024];
    for (const char *at = getenv("PATH"); at && *at;) {
        size_t n = strcspn(at, ":");
        int length = snprintf(path, sizeof path, "%.*s/%s", (int)n, at, program);
        if (length > 0 && (size_t)length < sizeof path && access(path, X_OK) == 0)
            return true;
        at += n + (at[n] == ':');
    }
    return false;
}

/* NULL: none. */
static const char *command(void) {
    const char *wanted = getenv("PAGER");
    if (!wanted)
        return is_installed("less") ? "less" : NULL;
    return *wanted && strcmp(wanted, "cat") != 0 ? wanted : NULL;
}

/* ---- Begin and end --------------------------------------------------------------------------- */

static void run_pager(const char *wanted, const int ends[2]) {
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    close(ends[1]);
    setenv("LESS", "FSX", 0); /* end at once where all fits; cut long lines; leave the screen */
    execl("/bin/sh", "sh", "-c", wanted, (char *)NULL);
    _exit(127);
}

void kg_pager_begin(size_t lines) {
    int ends[2];
    const char *wanted = command();
    if (pager.pid || !isatty(STDOUT_FILENO) || lines < screen_lines() || !wanted)
        return;
    fflush(stdout);
    if (pipe(ends) != 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        run_pager(wanted, ends);
    close(ends[0]);
    if (pid > 0) {
        pager.pid = pid;
        pager.terminal = dup(STDOUT_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        /* Ctrl-C is the pager's, and ends this process only after it. */
        pager.on_interrupt = signal(SIGINT, SIG_IGN);
        if (pager.on_interrupt != SIG_DFL)
            signal(SIGINT, pager.on_interrupt);
        pager.on_pipe = signal(SIGPIPE, SIG_IGN);
    }
    close(ends[1]);
}

bool kg_pager_is_left(void) {
    return pager.pid && ferror(stdout);
}

void kg_pager_end(void) {
    int status;
    if (!pager.pid)
        return;
    fflush(stdout);
    if (ferror(stdout)) /* it was left before the end: the rest is not to come on the terminal */
        __fpurge(stdout);
    clearerr(stdout);
    dup2(pager.terminal, STDOUT_FILENO); /* closes the pipe */
    close(pager.terminal);
    while (waitpid(pager.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    signal(SIGPIPE, pager.on_pipe);
    if (pager.on_interrupt == SIG_DFL)
        signal(SIGINT, SIG_DFL);
    pager.pid = 0;
}

kg_status kg_pager_show(const kg_result *result, kg_output_mode mode) {
    size_t rows = kg_result_rows(result);
    kg_pager_begin(result->shape == KG_SHAPE_ROWS ? rows + 1 : rows * result->n_columns);
    kg_status st = kg_output_result(stdout, result, mode);
    kg_pager_end();
    return st;
}
