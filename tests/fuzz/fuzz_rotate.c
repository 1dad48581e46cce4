/* RotatE's folder. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {
        .format = "rotate",
        .path = "dir",
        .names = {"dir/entities.dict", "dir/relations.dict", "dir/train.txt"}};
    return fuzz_import_run(&how, data, size);
}
