/* Rows that an operator keeps.
 *
 * Nothing that is kept is moved when there is more: rows lie in pieces, each twice as large as the
 * one before, and all memory is given back block by block, so that a query that holds millions of
 * rows ends at once when it is stopped. */
#ifndef KG_CYPHER_ROWTABLE_H
#define KG_CYPHER_ROWTABLE_H

#include "kgstore/cypher/cyvalue.h"

/* ---- Pieces: an array of things of one size, in an arena --------------------------------------
 */

enum { CY_PIECES = 27, CY_FIRST_PIECE = 64 };

typedef struct cy_pieces {
    size_t size; /* of one thing */
    size_t n;
    char *pieces[CY_PIECES];
} cy_pieces;

/* Room for one thing more, not cleared: the n-th. NULL: out of memory. */
void *cy_pieces_add(cy_pieces *pieces, kg_arena *arena);

/* The first piece holds 64 things, and each other as many as all before it. */
static inline void *cy_pieces_at(const cy_pieces *p, size_t i) {
    size_t at = i / CY_FIRST_PIECE;
    size_t piece = at ? (size_t)(64 - __builtin_clzll(at)) : 0;
    size_t first = at ? (size_t)CY_FIRST_PIECE << (piece - 1) : 0;
    return p->pieces[piece] + (i - first) * p->size;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* Rows of `width` values, found by hashing. All zero but width: empty. */
typedef struct cy_table {
    size_t width;
    size_t n_rows;
    cy_pieces rows;
    /* An extendible hash: the upper `depth` bits of a row's hash lead to a page. */
    struct cy_page **pages;
    unsigned depth;
    kg_arena arena; /* of all of it */
} cy_table;

/* Empties it. budget: of its memory, or NULL. */
void cy_table_init(cy_table *table, size_t width, kg_arena_budget *budget);
void cy_table_free(cy_table *table);

static inline cy_value *cy_table_row(const cy_table *table, size_t row) {
    return cy_pieces_at(&table->rows, row);
}

/* The row whose values are these; made where there is none (*fresh). Values are copied.
 * KG_ERR_MEMORY, also for more than 2^32 - 2 rows. */
kg_status cy_table_find(size_t *row, bool *fresh, cy_table *table, const cy_value *values);

/* A new row, which the caller fills; NULL: out of memory. Not found by hashing. */
cy_value *cy_table_add(cy_table *table);

#endif
