/* UMLS's folder. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "umls",
                                    .path = "dir",
                                    .names = {"dir/MRCONSO.RRF", "dir/MRSTY.RRF", "dir/MRREL.RRF"}};
    return fuzz_import_run(&how, data, size);
}
