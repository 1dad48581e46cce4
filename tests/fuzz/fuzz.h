/* What every fuzz target defines. */
#ifndef KG_TESTS_FUZZ_H
#define KG_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Feed one input to the code under test. Returns 0 always. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
