/* crash_calls KG [--only NAME] [--call NAME] [--most N] [--every N]: run each scenario's command
 * once for every system call of the table in fault.c that it makes (at most N of a kind, spread
 * evenly, or each Nth), letting that one call fail, and again letting it do half its work. The
 * command must not crash or hang, its exit status must tell the truth, the store must be whole, old
 * or new, and the next run must succeed. */
#include "tests/crash/fault.h"
#include "tests/crash/scenario.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS = 60 };

typedef struct search {
    place p;
    const char *call; /* NULL: all */
    unsigned most;    /* of a kind; 0: all */
    unsigned runs, failures;
} search;

static int run(place *p, const scenario *s, unsigned counts[FAULT_CALLS], const fault *f) {
    begin_run(p, s);
    return fault_follow(counts, start_run(p, s, NULL), f, SECONDS);
}

/* oneDNN writes the code that it generates without a look at whether it got memory for it. A
 * training may end by that signal, and has to leave all as after any other failure. */
static bool ends_in_onednn(const scenario *s, const fault *f, int status) {
    return s->trains && strcmp(fault_calls[f->call].name, "mmap") == 0 && status == -SIGSEGV;
}

static void try_fault(search *t, const scenario *s, const outcome *after, const fault *f) {
    unsigned counts[FAULT_CALLS];
    char when[96];
    snprintf(when, sizeof when, "%s %u %s", fault_calls[f->call].name, f->nth,
             f->cut_short ? "cut short" : "fails");
    enum { SYSTEM_FAILED = 3 };
    int status = run(&t->p, s, counts, f);
    if (ends_in_onednn(s, f, status))
        status = SYSTEM_FAILED;
    bool good = judge_status(&t->p, s, status, after, when) && judge_run(&t->p, s, after, when);
    t->runs++;
    t->failures += !good;
}

static void try_calls(search *t, const scenario *s, const outcome *after, size_t call, unsigned n) {
    unsigned step = t->most && n > t->most ? n / t->most : 1;
    for (unsigned nth = 1; nth <= n; nth += step) {
        fault f = {call, nth, false};
        try_fault(t, s, after, &f);
        f.cut_short = true;
        if (fault_calls[call].can_be_short)
            try_fault(t, s, after, &f);
    }
}

static void try_scenario(search *t, const scenario *s) {
    unsigned counts[FAULT_CALLS], runs = t->runs, failures = t->failures;
    const fault none = {0, 0, false};
    if (run(&t->p, s, counts, &none) != 0)
        give_up("%s fails without a fault, see %s/output", s->name, t->p.root);
    outcome after = outcome_of(&t->p, s);
    for (size_t call = 0; call < FAULT_CALLS; call++)
        if (!t->call || strcmp(t->call, fault_calls[call].name) == 0)
            try_calls(t, s, &after, call, counts[call]);
    printf("%s: %u runs with a fault, %u failures\n", s->name, t->runs - runs,
           t->failures - failures);
    fflush(stdout);
    free(after.text);
}

int main(int argc, char **argv) {
    const char *only = NULL;
    search t = {.most = 0};
    if (argc < 2)
        give_up("usage: crash_calls KG [--only NAME] [--call NAME] [--most N]");
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
        else if (strcmp(argv[i], "--call") == 0)
            t.call = argv[i + 1];
        else if (strcmp(argv[i], "--most") == 0)
            t.most = (unsigned)atoi(argv[i + 1]);
        else
            give_up("unknown word %s", argv[i]);
    }
    place_make(&t.p, argv[1], 300);
    t.p.in_child = fault_prepare;
    for (unsigned i = 0; i < n_scenarios; i++)
        if (!only || strcmp(only, scenarios[i].name) == 0)
            try_scenario(&t, &scenarios[i]);
    printf("%u runs with a fault, %u failures\n", t.runs, t.failures);
    if (t.failures)
        return 1;
    place_remove(&t.p);
    return 0;
}
