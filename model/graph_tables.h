/* The graph's tables, as row blocks that the caller borrows from wherever they live: frozen, in the
 * store, or parameters of the model (kg_model_take_tables). */
#ifndef KG_MODEL_GRAPH_TABLES_H
#define KG_MODEL_GRAPH_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* A matrix in blocks of rows: row r is in blocks[r / rows_per_block]. The blocks of a frozen table
 * are the host's; that of a trained one and its gradient are in the backend's memory (ops.h). */
typedef struct kg_rows {
    const float *const *blocks;
    size_t rows, columns, rows_per_block; /* rows_per_block at least 1 where there are rows */
    float *gradient;                      /* (rows, columns); NULL: the table is frozen */
} kg_rows;

/* A table in one block; *block and the gradient (NULL: frozen) are borrowed. */
static inline kg_rows kg_rows_of(const float *const *block, size_t rows, size_t columns,
                                 float *gradient) {
    return (kg_rows){block, rows, columns, rows ? rows : 1, gradient};
}

static inline const float *kg_row(const kg_rows *table, size_t row) {
    return table->blocks[row / table->rows_per_block] +
           row % table->rows_per_block * table->columns;
}

/* Where the gradient of a row is added; the table is not frozen. */
static inline float *kg_row_gradient(const kg_rows *table, size_t row) {
    return table->gradient + row * table->columns;
}

typedef struct kg_graph_tables {
    kg_rows entities;    /* E x d2 */
    kg_rows relations;   /* R x dr */
    kg_rows projections; /* R x (d2 dr): M_r, row-major (d2, dr) */
} kg_graph_tables;

#endif
