/* safetensors files: a u64 length, a JSON header {name: {dtype, shape, data_offsets}}, then packed
 * row-major data, little-endian. */
#ifndef KG_MODEL_SAFETENSORS_H
#define KG_MODEL_SAFETENSORS_H

#include "kgstore/base/error.h"

#include <stddef.h>
#include <stdint.h>

#define KG_TENSOR_DIMENSIONS 4

typedef struct kg_tensor_info {
    const char *name;  /* borrowed from the file's handle */
    const char *dtype; /* "F32" and so on; likewise */
    uint32_t dimensions;
    uint64_t shape[KG_TENSOR_DIMENSIONS];
    uint64_t count;      /* elements */
    uint64_t begin, end; /* bytes, from the end of the header */
} kg_tensor_info;

typedef struct kg_safetensors kg_safetensors;

/* Read and verify the header: offsets within the file, sizes that fit the shapes, no overlap with
 * the header. Tensors of more than four dimensions are refused. KG_ERR_NOT_FOUND, KG_ERR_IO,
 * KG_ERR_FORMAT, KG_ERR_MEMORY. */
kg_status kg_safetensors_open(kg_safetensors **out, const char *path, kg_error *err);
void kg_safetensors_close(kg_safetensors *file);
size_t kg_safetensors_count(const kg_safetensors *file);

/* Tensor i < count, in the file's order of names. Borrowed. */
const kg_tensor_info *kg_safetensors_at(const kg_safetensors *file, size_t i);

/* NULL where there is none. */
const kg_tensor_info *kg_safetensors_find(const kg_safetensors *file, const char *name);

/* Fill `to` with the tensor's elements as single precision; F32, F16, BF16 and F64 are converted.
 * KG_ERR_UNSUPPORTED for another dtype; KG_ERR_FORMAT where an element is not finite or the file
 * ends too soon. */
kg_status kg_safetensors_read(float *to, kg_safetensors *file, const kg_tensor_info *tensor,
                              kg_error *err);

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
