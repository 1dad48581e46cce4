/* safetensors files: a u64 length, a JSON header {name: {dtype, shape, data_offsets}}, then packed
 * row-major data, little-endian. Read through model/tensor_source.h; written here. */
#ifndef KG_MODEL_SAFETENSORS_H
#define KG_MODEL_SAFETENSORS_H

#include "model/tensor_source.h"

#include <stddef.h>
#include <stdint.h>

/* One tensor to write, in single precision. */
typedef struct kg_tensor_out {
    const char *name;
    uint32_t dimensions; /* at most KG_TENSOR_DIMENSIONS */
    uint64_t shape[KG_TENSOR_DIMENSIONS];
    const float *data;
} kg_tensor_out;

/* Write n tensors in the order given, atomically: the file appears whole or not at all. */
kg_status kg_safetensors_write(const char *path, const kg_tensor_out *tensors, size_t n,
                               kg_error *err);

#endif
