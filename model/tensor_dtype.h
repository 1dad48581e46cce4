/* The types of a tensor's elements in files, as safetensors spells them. */
#ifndef KG_MODEL_TENSOR_DTYPE_H
#define KG_MODEL_TENSOR_DTYPE_H

#include "model/tensor_source.h"

/* Bytes of an element; 0 for a type that is not known. */
size_t kg_dtype_size(const char *dtype);

/* Does the type hold real numbers that are read: F32, F64, F16, BF16? Else KG_ERR_UNSUPPORTED. */
kg_status kg_dtype_check(const kg_tensor_info *tensor, const char *path, kg_error *err);

/* n elements at from, little-endian, in single precision. The type has passed kg_dtype_check. */
void kg_dtype_convert(float *to, const char *dtype, const unsigned char *from, size_t n);

/* All of a tensor's elements are finite, or KG_ERR_FORMAT: the file is damaged, or is of a training
 * that went astray, and what is computed from such a number is none. */
kg_status kg_tensor_check_finite(const float *values, const kg_tensor_info *tensor,
                                 const char *path, kg_error *err);

#endif
