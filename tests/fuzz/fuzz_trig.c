/* TriG. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "trig", .path = "g", .names = {"g"}};
    return fuzz_import_run(&how, data, size);
}
