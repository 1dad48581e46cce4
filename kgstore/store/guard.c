/* The handler may call only what is safe in one: it reads /proc/self/maps with plain reads to learn
 * whether the fault lies in a data file's map, writes one sentence and leaves. */
#include "kgstore/store/guard.h"

#include "kgstore/kgstore.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

_Thread_local volatile int kg_guard_depth;
_Thread_local volatile unsigned kg_guard_step;
_Thread_local unsigned kg_guard_steps;
atomic_bool kg_guard_catches;

static atomic_bool is_up;

enum { LINE = 4352 }; /* numbers and a path */

/* The next line of a file, terminated, cut to LINE; false at its end. */
static bool next_line(char line[LINE], int fd) {
    size_t n = 0;
    char c;
    ssize_t got;
    while ((got = read(fd, &c, 1)) == 1 && c != '\n')
        if (n + 1 < LINE)
            line[n++] = c;
    line[n] = '\0';
    return got == 1 || n > 0;
}

static uintptr_t hexadecimal(const char **at) {
    uintptr_t value = 0;
    for (;; ++*at) {
        char c = **at;
        if (c >= '0' && c <= '9')
            value = value << 4 | (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uintptr_t)(c - 'a' + 10);
        else
            return value;
    }
}

/* The path of the data file in whose map the address lies, cut down to the store's; NULL: none.
 * Where `any`, of the first data file that is mapped. */
static char *find_store(char line[LINE], const void *address, bool any) {
    static const char data[] = "/data.mdb";
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    char *found = NULL;
    while (fd >= 0 && !found && next_line(line, fd)) {
        const char *at = line;
        uintptr_t first = hexadecimal(&at);
        ++at;
        uintptr_t end = hexadecimal(&at);
        char *path = strchr(line, '/'), *name = path ? strstr(path, data) : NULL;
        if (name && (any || ((uintptr_t)address >= first && (uintptr_t)address < end))) {
            *name = '\0';
            char *generation = strrchr(path, '/'); /* STORE/gen-N */
            if (generation)
                *generation = '\0';
            found = path;
        }
    }
    if (fd >= 0)
        close(fd);
    return found;
}

static void say(const char *text) {
    ssize_t done = write(STDERR_FILENO, text, strlen(text));
    (void)done;
}

_Noreturn static void leave(const char *store) {
    enum { BAD_DATA = 1 };
    say("kg: ");
    say(store ? store : "the store");
    say(" is damaged, or its disk cannot be read; run kg check on it, and see kg-recovery(7)\n");
    _exit(BAD_DATA);
}

static void on_fault(int number, siginfo_t *info, void *context) {
    char line[LINE];
    (void)context;
    bool inside = kg_guard_depth > 0;
    bool has_address = number != SIGABRT && info->si_code > 0;
    char *store = has_address ? find_store(line, info->si_addr, false) : NULL;
    if (!store && inside)
        leave(find_store(line, NULL, true));
    if (store)
        leave(store);
    signal(number, SIG_DFL); /* not ours: the fault comes again, and ends the process */
    if (!has_address)
        raise(number);
}

/* Every second that the process computes: is this thread still in the same step? */
static void on_tick(int number) {
    static _Thread_local unsigned seen __attribute__((tls_model("initial-exec")));
    char line[LINE];
    (void)number;
    if (kg_guard_step && kg_guard_step == seen)
        leave(find_store(line, NULL, true));
    seen = kg_guard_step;
}

/* ---- Catching -------------------------------------------------------------------------------- */

static const int caught[] = {SIGSEGV, SIGBUS};

enum { N_CAUGHT = sizeof caught / sizeof *caught };

static struct sigaction before[N_CAUGHT]; /* whose faults all others are */

/* Where a fault in this thread's step leads back to; NULL: it is not caught. */
static _Thread_local sigjmp_buf *volatile way_back __attribute__((tls_model("initial-exec")));

int kg_guard_read_catching(int (*work)(void *context), void *context, int damaged) {
    sigjmp_buf back;
    if (sigsetjmp(back, 0) != 0)
        return damaged;
    way_back = &back;
    int rc = KG_GUARDED_STEP(work(context));
    way_back = NULL;
    return rc;
}

/* Back to the step, if one faulted. */
static void leap(void) {
    sigjmp_buf *back = way_back;
    if (!back)
        return;
    way_back = NULL;
    kg_guard_step = 0;
    kg_guard_depth = 0;
    siglongjmp(*back, 1);
}

static void on_caught(int number, siginfo_t *info, void *context) {
    (void)context;
    if (info->si_code > 0)
        leap();
    for (size_t i = 0; i < N_CAUGHT; i++)
        if (caught[i] == number)
            sigaction(number, &before[i], NULL); /* the fault comes again, and goes there */
    if (info->si_code <= 0)
        raise(number);
}

static void catch_faults(void) {
    struct sigaction action = {.sa_sigaction = on_caught,
                               .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_CAUGHT; i++)
        sigaction(caught[i], &action, &before[i]);
    atomic_store(&kg_guard_catches, true);
}

void kg_store_catch(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, catch_faults);
}

/* ---- Ending the program ---------------------------------------------------------------------- */

void kg_guard_assertion(const char *text) {
    char line[LINE];
    (void)text;
    leap();
    if (atomic_load(&is_up))
        leave(find_store(line, NULL, true));
}

void kg_store_guard(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGABRT};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    atomic_store(&is_up, true);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigaction(faults[i], &action, NULL);
    struct sigaction tick = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    sigemptyset(&tick.sa_mask);
    sigaction(SIGVTALRM, &tick, NULL);
    kg_store_guard_watch(true);
}

void kg_store_guard_watch(bool on) {
    const struct itimerval every = {{on, 0}, {on, 0}};
    if (atomic_load(&is_up))
        setitimer(ITIMER_VIRTUAL, &every, NULL);
}
