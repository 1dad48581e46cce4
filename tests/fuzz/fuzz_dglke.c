/* DGL-KE's three files. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "dglke",
                                    .path = "d",
                                    .names = {"d/entities.tsv", "d/relations.tsv", "d/train.tsv"}};
    return fuzz_import_run(&how, data, size);
}
