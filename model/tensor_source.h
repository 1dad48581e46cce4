/* The tensors of a checkpoint, whatever its file format: safetensors or PyTorch's own, one file or
 * several that an index names. */
#ifndef KG_MODEL_TENSOR_SOURCE_H
#define KG_MODEL_TENSOR_SOURCE_H

#include "kgstore/base/error.h"

#include <stddef.h>
#include <stdint.h>

#define KG_TENSOR_DIMENSIONS 4

typedef struct kg_tensor_info {
    const char *name;  /* borrowed from the source */
    const char *dtype; /* as safetensors spells it: "F32", "BF16", "I64"; likewise */
    uint32_t dimensions;
    uint64_t shape[KG_TENSOR_DIMENSIONS];
    uint64_t count; /* elements */
} kg_tensor_info;

/* A format of one file. All statuses are those of the source's functions. */
typedef struct kg_tensor_format {
    kg_status (*open)(void **out, const char *path, kg_error *err);
    void (*close)(void *file); /* NULL is safe */
    size_t (*count)(const void *file);
    const kg_tensor_info *(*at)(const void *file, size_t i);
    kg_status (*read)(float *to, void *file, size_t i, kg_error *err);
} kg_tensor_format;

extern const kg_tensor_format kg_safetensors_format; /* model/safetensors.c */
extern const kg_tensor_format kg_torch_format;       /* model/torch_file.c */

typedef struct kg_tensor_source kg_tensor_source;

/* Open one file; its format is told from its first bytes. KG_ERR_IO, KG_ERR_FORMAT,
 * KG_ERR_UNSUPPORTED (with what is read instead), KG_ERR_MEMORY. */
kg_status kg_tensor_source_open(kg_tensor_source **out, const char *path, kg_error *err);

/* Open a folder's checkpoint, as transformers saves it: the first that is there of
 * model.safetensors, model.safetensors.index.json, pytorch_model.bin and
 * pytorch_model.bin.index.json. KG_ERR_NOT_FOUND where there is none, saying how to convert what is
 * there of TensorFlow or Flax; else as above. A tensor that two files have is KG_ERR_FORMAT. */
kg_status kg_tensor_source_open_folder(kg_tensor_source **out, const char *folder, kg_error *err);

void kg_tensor_source_close(kg_tensor_source *source); /* NULL is safe */

size_t kg_tensor_source_count(const kg_tensor_source *source);

/* Tensor i < count. Borrowed until the source is closed. */
const kg_tensor_info *kg_tensor_source_at(const kg_tensor_source *source, size_t i);

/* NULL where there is none of that name. */
const kg_tensor_info *kg_tensor_source_find(const kg_tensor_source *source, const char *name);

/* Fill `to` (tensor->count elements, row-major) with a tensor of this source in single precision;
 * F32, F16, BF16 and F64 are converted. KG_ERR_UNSUPPORTED for another dtype; KG_ERR_FORMAT where
 * an element is not finite or the file ends too soon; KG_ERR_IO. */
kg_status kg_tensor_source_read(float *to, kg_tensor_source *source, const kg_tensor_info *tensor,
                                kg_error *err);

#endif
