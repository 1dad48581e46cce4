/* Makes chosen allocations fail, in an executable linked with the wrappers of this file: in CMake
 *
 *     kg_test(NAME libs...)
 *     kg_fail_allocations(NAME)
 *
 * Wrapped: malloc calloc realloc strdup strndup asprintf vasprintf posix_memalign aligned_alloc, as
 * called from code that is linked statically into the test (not inside shared libraries). */
#ifndef KG_TESTS_ALLOC_FAIL_H
#define KG_TESTS_ALLOC_FAIL_H

#include "kgstore/base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* From now on let the n-th allocation fail (1: the next), and with `and_after` all that follow.
 * n = 0: none fails. The count starts anew. Safe beside threads that allocate. */
void alloc_fail_at(uint64_t n, bool and_after);

/* Allocations asked for since alloc_fail_at. */
uint64_t alloc_fail_count(void);

/* Run work again and again, with the first allocation failing, then the second, ... until it is
 * done without one failing; then the same with all later ones failing too. `work` sets up, acts and
 * tears down; it calls alloc_fail_at(0, false) itself only around what it does not want tested.
 * Fails the cmocka test where work returns other than KG_ERR_MEMORY after a failure, or never gets
 * through within `limit` rounds. A `work` that may recover and return KG_OK despite a failure sets
 * may_recover. */
void alloc_fail_each(kg_status (*work)(void *context), void *context, bool may_recover,
                     uint64_t limit);

#endif
