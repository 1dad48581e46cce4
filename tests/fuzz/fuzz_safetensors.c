/* A safetensors file: each tensor that its header tells of is read, or refused with a reason. */
#include "tests/fuzz/fuzz_tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_tensors(&kg_safetensors_format, data, size);
    return 0;
}
