/* NumPy's .npy files of one float32 matrix, as DGL-KE keeps its embeddings. */
#ifndef KG_TRANSR_NPY_H
#define KG_TRANSR_NPY_H

#include "kgstore/base/error.h"

#include <stdint.h>

/* Write rows x columns numbers, row-major, replacing path when whole. KG_ERR_IO, KG_ERR_FULL,
 * KG_ERR_MEMORY. */
kg_status transr_npy_write(const char *path, const float *data, uint64_t rows, uint64_t columns,
                           kg_error *err);

/* Read a matrix into *out, the caller's: free. One dimension counts as one column, dimensions after
 * the second are columns too. KG_ERR_FORMAT: not a .npy file, not little-endian float32, in Fortran
 * order, or of another length than it says; KG_ERR_NOT_FOUND, KG_ERR_IO, KG_ERR_MEMORY. */
kg_status transr_npy_read(float **out, uint64_t *rows, uint64_t *columns, const char *path,
                          kg_error *err);

#endif
