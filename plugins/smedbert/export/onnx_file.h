/* A graph of ONNX and its file: a protobuf, whose few messages are written here field by field. A
 * graph is made of nodes over named values; what is constant is a tensor, whose data are read when
 * the file is written.
 *
 *     kg_onnx graph = KG_ONNX_INIT;
 *     kg_onnx_input(&graph, "x", KG_ONNX_FLOAT, "batch 4");
 *     kg_onnx_tensor(&graph, "w", w, 4, 8, false);
 *     kg_onnx_node(&graph, "MatMul", "y", "x w", NULL);
 *     kg_onnx_output(&graph, "y", KG_ONNX_FLOAT, "batch 8");
 *     st = kg_onnx_write(&graph, path, err);
 *     kg_onnx_free(&graph);
 *
 * What fails while building is kept in the graph and returned by kg_onnx_write. */
#ifndef KG_SMEDBERT_ONNX_FILE_H
#define KG_SMEDBERT_ONNX_FILE_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types of elements, by ONNX's numbers. */
typedef enum kg_onnx_type { KG_ONNX_FLOAT = 1, KG_ONNX_INT64 = 7 } kg_onnx_type;

enum { KG_ONNX_NAME = 128, KG_ONNX_FEW = 4 };

typedef struct kg_onnx_tensor_data {
    char name[KG_ONNX_NAME];
    kg_onnx_type type;
    const float *floats;      /* borrowed; NULL: `few` has the values */
    size_t rows, columns;     /* columns 0: a vector; rows 0: a scalar */
    bool transposed;          /* floats is (columns, rows) */
    int64_t few[KG_ONNX_FEW]; /* of a small tensor; a float by its bytes, first */
} kg_onnx_tensor_data;

typedef struct kg_onnx {
    kg_bytes nodes, inputs, outputs; /* as they stand in the file */
    KG_ARRAY(kg_onnx_tensor_data) tensors;
    kg_status status;
} kg_onnx;

#define KG_ONNX_INIT                                                                               \
    { KG_ARRAY_INIT, KG_ARRAY_INIT, KG_ARRAY_INIT, KG_ARRAY_INIT, KG_OK }

void kg_onnx_free(kg_onnx *graph);

/* An attribute of a node. */
typedef struct kg_onnx_attribute {
    const char *name; /* NULL ends a list of them */
    enum { KG_ONNX_F = 1, KG_ONNX_I = 2, KG_ONNX_INTS = 7 } kind;
    float f;
    int64_t i;
    const int64_t *ints; /* n of them */
    size_t n;
} kg_onnx_attribute;

/* output = op(inputs); inputs are names with a space between them. attributes NULL: none. */
void kg_onnx_node(kg_onnx *graph, const char *op, const char *output, const char *inputs,
                  const kg_onnx_attribute *attributes);

/* A value that is given or asked for. dimensions: names or numbers with a space between them. */
void kg_onnx_input(kg_onnx *graph, const char *name, kg_onnx_type type, const char *dimensions);
void kg_onnx_output(kg_onnx *graph, const char *name, kg_onnx_type type, const char *dimensions);

/* A matrix (rows, columns), or with columns 0 a vector, of floats that stay the caller's until the
 * file is written. transposed: they are stored as (columns, rows). A name that is there already is
 * not added again. */
void kg_onnx_tensor(kg_onnx *graph, const char *name, const float *floats, size_t rows,
                    size_t columns, bool transposed);

/* A scalar, or with n > 0 a vector of at most KG_ONNX_FEW whole numbers. */
void kg_onnx_scalar(kg_onnx *graph, const char *name, float value);
void kg_onnx_integer(kg_onnx *graph, const char *name, int64_t value);
void kg_onnx_integers(kg_onnx *graph, const char *name, const int64_t *values, size_t n);

/* Write the file. KG_ERR_LIMIT: it would be of 2 GiB or more, which protobuf's readers refuse;
 * KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_onnx_write(const kg_onnx *graph, const char *path, kg_error *err);

#endif
