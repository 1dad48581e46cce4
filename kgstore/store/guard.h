/* A guard over damage that LMDB does not see. LMDB trusts the pages of its map: a damaged one leads
 * it to read where nothing is (SIGSEGV, SIGBUS), to give up (an assertion, SIGABRT) or to search a
 * page for ever, as does a disk that cannot be read. Where kg_store_guard was called, that becomes
 * a sentence and an exit status; where kg_store_catch was, reading a record fails instead. */
#ifndef KG_STORE_GUARD_H
#define KG_STORE_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>

/* How deep this thread is inside LMDB. */
extern _Thread_local volatile int kg_guard_depth __attribute__((tls_model("initial-exec")));

static inline void kg_guard_enter(void) {
    kg_guard_depth++;
}

static inline int kg_guard_leave(int rc) {
    kg_guard_depth--;
    return rc;
}

/* The number of the step that this thread takes inside LMDB, 0: none; and of the last one. */
extern _Thread_local volatile unsigned kg_guard_step __attribute__((tls_model("initial-exec")));
extern _Thread_local unsigned kg_guard_steps __attribute__((tls_model("initial-exec")));

/* A call of LMDB that looks at pages; its value is the call's. */
#define KG_GUARDED(call) (kg_guard_enter(), kg_guard_leave(call))

static inline void kg_guard_begin_step(void) {
    kg_guard_step = ++kg_guard_steps | 1U << 31; /* never 0 */
    kg_guard_enter();
}

static inline int kg_guard_end_step(int rc) {
    kg_guard_step = 0;
    return kg_guard_leave(rc);
}

/* Likewise, of one that looks at few pages: where it computes for more than a second, it never
 * ends.
 */
#define KG_GUARDED_STEP(call) (kg_guard_begin_step(), kg_guard_end_step(call))

/* Whether faults are caught: set once, by kg_store_catch. */
extern atomic_bool kg_guard_catches;

/* kg_guard_read where they are. */
int kg_guard_read_catching(int (*work)(void *context), void *context, int damaged);

/* Run work(context) as a step, and return what it does, or `damaged` where it faults and faults are
 * caught. work only reads: what it holds when it faults is held for ever. */
static inline int kg_guard_read(int (*work)(void *context), void *context, int damaged) {
    return atomic_load_explicit(&kg_guard_catches, memory_order_relaxed)
               ? kg_guard_read_catching(work, context, damaged)
               : KG_GUARDED_STEP(work(context));
}

/* What LMDB says when it finds its pages impossible. Does not return where the guard is up, or the
 * step's faults are caught. */
void kg_guard_assertion(const char *text);

#endif
