/* PyTorch's own file, zip or old: each tensor that its pickle tells of is read, or refused with a
 * reason; and none has more elements than the file has bytes. */
#include "tests/fuzz/fuzz_tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_tensors(&kg_torch_format, data, size);
    return 0;
}
