/* NumPy's .npy files of one two-dimensional array of float32 or float64. */
#ifndef KG_IMPORT_NPYFILE_H
#define KG_IMPORT_NPYFILE_H

#include "import/embeddings.h"

/* Parse content. KG_ERR_FORMAT, KG_ERR_MEMORY. out->data is the caller's (free). */
kg_status kg_npy_parse(kg_matrix *out, kg_str content, const char *name, kg_error *err);

/* The header of a float32 array of that shape: *n bytes into header, a multiple of 64. */
void kg_npy_header(char header[128], size_t *n, uint64_t rows, uint64_t columns);

#endif
