/* A guard over damage that LMDB does not see. LMDB trusts the pages of its map: a damaged one leads
 * it to read where nothing is (SIGSEGV, SIGBUS) or to give up (an assertion, SIGABRT), as does a
 * disk that cannot be read. Where kg_store_guard was called, that becomes a sentence and an exit
 * status. */
#ifndef KG_STORE_GUARD_H
#define KG_STORE_GUARD_H

/* How deep this thread is inside LMDB. */
extern _Thread_local volatile int kg_guard_depth __attribute__((tls_model("initial-exec")));

static inline void kg_guard_enter(void) {
    kg_guard_depth++;
}

static inline int kg_guard_leave(int rc) {
    kg_guard_depth--;
    return rc;
}

/* A call of LMDB that looks at pages; its value is the call's. */
#define KG_GUARDED(call) (kg_guard_enter(), kg_guard_leave(call))

/* What LMDB says when it finds its pages impossible. Does not return where the guard is up. */
void kg_guard_assertion(const char *text);

#endif
