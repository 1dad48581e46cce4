#include "tests/crash/fault.h"

#include "tests/crash/scenario.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

const fault_call fault_calls[FAULT_CALLS] = {
    {"open", {SYS_openat, SYS_open}, EIO, false},
    {"read", {SYS_read, SYS_pread64}, EIO, true},
    {"write", {SYS_write}, ENOSPC, true},
    {"pwrite", {SYS_pwrite64, SYS_pwritev, SYS_writev}, ENOSPC, true},
    {"sync", {SYS_fsync, SYS_fdatasync, SYS_msync, SYS_sync_file_range}, EIO, false},
    {"truncate", {SYS_ftruncate}, ENOSPC, false},
    {"rename", {SYS_rename, SYS_renameat, SYS_renameat2}, EIO, false},
    {"unlink", {SYS_unlink, SYS_unlinkat, SYS_rmdir}, EIO, false},
    {"mmap", {SYS_mmap}, ENOMEM, false},
    {"fallocate", {SYS_fallocate}, ENOSPC, false},
    {"mkdir", {SYS_mkdir, SYS_mkdirat, SYS_symlink, SYS_symlinkat}, ENOSPC, false},
    {"lock", {SYS_flock, SYS_fcntl}, ENOLCK, false},
};

/* The calls of the table stop for the tracer, all others go on at full speed. */
void fault_prepare(void) {
    struct sock_filter filter[FAULT_CALLS * 8 + 4];
    unsigned n = 0;
    filter[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < FAULT_CALLS; i++)
        for (size_t k = 0; k < 4; k++) {
            long number = fault_calls[i].numbers[k];
            if (number == 0 && k > 0) /* read is number 0 */
                break;
            filter[n++] =
                (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
            filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
        }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {(unsigned short)n, filter};
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(126);
    raise(SIGSTOP);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(126);
}

/* Which of the table it is; FAULT_CALLS: a call that fcntl makes for other ends than locks. */
static size_t call_of(const struct user_regs_struct *r) {
    enum { F_SETLK_NUMBER = 6, F_SETLKW_NUMBER = 7 };
    if (r->orig_rax == SYS_fcntl && r->rsi != F_SETLK_NUMBER && r->rsi != F_SETLKW_NUMBER)
        return FAULT_CALLS;
    for (size_t i = 0; i < FAULT_CALLS; i++)
        for (size_t k = 0; k < 4 && (k == 0 || fault_calls[i].numbers[k]); k++)
            if (r->orig_rax == (unsigned long long)fault_calls[i].numbers[k])
                return i;
    return FAULT_CALLS;
}

static void inject(pid_t tid, struct user_regs_struct *r, const fault *f) {
    if (f->cut_short) {
        r->rdx = r->rdx > 1 ? r->rdx / 2 : r->rdx; /* bytes, or parts of a vector */
    } else {
        r->orig_rax = (unsigned long long)-1;
        r->rax = (unsigned long long)-(long long)fault_calls[f->call].error;
    }
    ptrace(PTRACE_SETREGS, tid, NULL, r);
}

/* Whether it opens a file of the tests: what comes before is the dynamic loader's. */
static bool opens_ours(pid_t tid, const struct user_regs_struct *r) {
    static const char ours[] = PLACE_ROOT;
    char path[sizeof ours] = "";
    struct iovec to = {path, sizeof ours - 1};
    struct iovec from = {(void *)(uintptr_t)r->rsi, sizeof ours - 1};
    return r->orig_rax == SYS_openat && process_vm_readv(tid, &to, 1, &from, 1, 0) > 0 &&
           strcmp(path, ours) == 0;
}

static void at_call(unsigned counts[FAULT_CALLS], pid_t tid, const fault *f) {
    struct user_regs_struct r;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0)
        return;
    bool begun = counts[0] > 0 || opens_ours(tid, &r);
    size_t call = begun ? call_of(&r) : FAULT_CALLS;
    if (call < FAULT_CALLS && ++counts[call] == f->nth && call == f->call)
        inject(tid, &r, f);
}

/* Let a stopped thread go on; the signal that it is to get, if any. */
static void go_on(unsigned counts[FAULT_CALLS], pid_t tid, int status, const fault *f) {
    int event = status >> 16, signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP)
        at_call(counts, tid, f);
    bool ours = event != 0 || signal == SIGTRAP || signal == SIGSTOP;
    ptrace(PTRACE_CONT, tid, NULL, (void *)(intptr_t)(ours ? 0 : signal));
}

static void on_alarm(int number) {
    (void)number;
}

/* The next thing that any of the program's threads does; false: nothing in time. */
static bool wait_any(pid_t *tid, int *status) {
    *tid = waitpid(-1, status, __WALL);
    return *tid > 0;
}

int fault_follow(unsigned counts[FAULT_CALLS], pid_t child, const fault *f, unsigned seconds) {
    int status;
    pid_t tid;
    const struct sigaction wake = {.sa_handler = on_alarm}; /* ends a wait */
    sigaction(SIGALRM, &wake, NULL);
    alarm(seconds);
    memset(counts, 0, FAULT_CALLS * sizeof *counts);
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        give_up("the child cannot be traced");
    ptrace(PTRACE_SETOPTIONS, child, NULL,
           (void *)(intptr_t)(PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                              PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL));
    ptrace(PTRACE_CONT, child, NULL, NULL);
    while (wait_any(&tid, &status)) {
        if (WIFSTOPPED(status))
            go_on(counts, tid, status, f);
        else if (tid == child) {
            alarm(0);
            return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
        }
    }
    kill(child, SIGKILL);
    while (waitpid(child, &status, __WALL) == child && !WIFEXITED(status) && !WIFSIGNALED(status))
        ptrace(PTRACE_CONT, child, NULL, NULL);
    return -1000;
}
