#include "tests/support/alloc_fail.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static atomic_uint_fast64_t asked, failing;
static atomic_bool failing_after, failed_one;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
int __real_vasprintf(char **out, const char *format, va_list arguments);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);

/* Seen by shared objects too, whose calls the linker binds by these names. */
#pragma GCC visibility push(default)
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_vasprintf(char **out, const char *format, va_list arguments);
int __wrap_asprintf(char **out, const char *format, ...);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
#pragma GCC visibility pop

void alloc_fail_at(uint64_t n, bool and_after) {
    atomic_store(&failing, 0);
    atomic_store(&failing_after, and_after);
    atomic_store(&asked, 0);
    atomic_store(&failing, n);
}

uint64_t alloc_fail_count(void) {
    return atomic_load(&asked);
}

static bool fails(void) {
    uint64_t n = atomic_fetch_add(&asked, 1) + 1, at = atomic_load(&failing);
    bool failed = at && (n == at || (n > at && atomic_load(&failing_after)));
    if (failed) {
        errno = ENOMEM;
        atomic_store(&failed_one, true);
    }
    return failed;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size) {
    return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s) {
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n) {
    return fails() ? NULL : __real_strndup(s, n);
}

int __wrap_vasprintf(char **out, const char *format, va_list arguments) {
    return fails() ? -1 : __real_vasprintf(out, format, arguments);
}

int __wrap_asprintf(char **out, const char *format, ...) {
    if (fails())
        return -1;
    va_list arguments;
    va_start(arguments, format);
    int n = __real_vasprintf(out, format, arguments);
    va_end(arguments);
    return n;
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size) {
    return fails() ? ENOMEM : __real_posix_memalign(out, alignment, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static void fail_in_turn(kg_status (*work)(void *), void *context, bool may_recover, uint64_t limit,
                         bool and_after) {
    for (uint64_t n = 1; n <= limit; n++) {
        atomic_store(&failed_one, false);
        alloc_fail_at(n, and_after);
        kg_status st = work(context);
        bool failed = atomic_load(&failed_one);
        alloc_fail_at(0, false);
        if (!failed) {
            assert_int_equal(st, KG_OK);
            return;
        }
        if (st != KG_ERR_MEMORY && !(may_recover && st == KG_OK))
            fail_msg("allocation %llu failed%s: got \"%s\"", (unsigned long long)n,
                     and_after ? ", with all after it" : "", kg_strerror(st));
    }
    fail_msg("more than %llu allocations", (unsigned long long)limit);
}

void alloc_fail_each(kg_status (*work)(void *context), void *context, bool may_recover,
                     uint64_t limit) {
    fail_in_turn(work, context, may_recover, limit, false);
    fail_in_turn(work, context, may_recover, limit, true);
}
