/* Runs of the program in which one chosen system call fails, or does only half of what it was asked
 * to. The calls are caught by ptrace (seccomp tells it which), so that those of libraries are
 * caught too. x86-64 alone. */
#ifndef KG_TESTS_CRASH_FAULT_H
#define KG_TESTS_CRASH_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct fault_call {
    const char *name;
    long numbers[4]; /* system calls that count as this one; 0 at the end */
    int error;       /* what a failing one gives */
    bool can_be_short;
} fault_call;

enum { FAULT_CALLS = 12 };

extern const fault_call fault_calls[FAULT_CALLS];

/* The nth call (from 1) of a kind; nth 0: none, the calls are only counted. */
typedef struct fault {
    size_t call;
    unsigned nth;
    bool cut_short; /* do half of it instead of failing */
} fault;

/* In the child, before it becomes the program. */
void fault_prepare(void);

/* See to a child that fault_prepare was called in, to its end. counts[i]: calls of fault_calls[i]
 * that it made. Returns the exit status, minus the signal, or -1000 where it was still running
 * after `seconds`. */
int fault_follow(unsigned counts[FAULT_CALLS], pid_t child, const fault *f, unsigned seconds);

#endif
