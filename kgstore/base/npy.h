/* NumPy's .npy files of one matrix: float32 or float64 read, float32 written, row-major. */
#ifndef KG_BASE_NPY_H
#define KG_BASE_NPY_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdint.h>

/* The matrix in content, whose name is for messages: *out (rows x columns) is the caller's, free.
 * KG_ERR_FORMAT: not a .npy file, not of two dimensions, of another type or order, or of another
 * length than it says; KG_ERR_MEMORY. */
kg_status kg_npy_parse(float **out, uint64_t *rows, uint64_t *columns, kg_str content,
                       const char *name, kg_error *err);

/* The same of a file, plain or gzipped. KG_ERR_NOT_FOUND, KG_ERR_IO too. */
kg_status kg_npy_read(float **out, uint64_t *rows, uint64_t *columns, const char *path,
                      kg_error *err);

/* What stands before rows x columns numbers of float32. */
enum { KG_NPY_HEADER = 128 };
void kg_npy_header(char header[KG_NPY_HEADER], uint64_t rows, uint64_t columns);

/* Write a matrix, replacing path when whole. KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_npy_write(const char *path, const float *data, uint64_t rows, uint64_t columns,
                       kg_error *err);

#endif
