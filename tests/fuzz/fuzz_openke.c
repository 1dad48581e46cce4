/* OpenKE's three files. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {
        .format = "openke",
        .path = "d",
        .names = {"d/entity2id.txt", "d/relation2id.txt", "d/train2id.txt"}};
    return fuzz_import_run(&how, data, size);
}
