/* Results on standard output: aligned for people, or in a format for programs. */
#ifndef KG_CLI_OUTPUT_H
#define KG_CLI_OUTPUT_H

#include "kgstore/base/error.h"
#include "kgstore/base/result.h"
#include "kgstore/base/str.h"

#include <stdio.h>

/* In the order of --mode's words. */
typedef enum kg_output_mode {
    KG_MODE_TABLE,    /* aligned, wide characters counted as two columns */
    KG_MODE_TSV,      /* no header line; tab, line feed, return and backslash as \t \n \r \\ */
    KG_MODE_CSV,      /* RFC 4180 with a header line */
    KG_MODE_JSON,     /* one value */
    KG_MODE_JSONL,    /* one value a row, a line each */
    KG_MODE_MARKDOWN, /* a pipe table */
    KG_MODE_CSV_SAFE, /* CSV with a ' before text that a spreadsheet would take for a formula */
    KG_MODE_AUTO      /* not chosen yet */
} kg_output_mode;

/* Table on a terminal, else TSV. */
kg_output_mode kg_output_default_mode(void);

/* Show a whole result. Write errors stay in the stream. A record is shown as name and value lines
 * in the table, tsv and markdown modes. KG_ERR_MEMORY. */
kg_status kg_output_result(FILE *to, const kg_result *result, kg_output_mode mode);

/* A result that comes in pieces, all of the same columns: heads and brackets stand around the
 * whole. A table's columns are as wide as a piece needs. */
typedef struct kg_output_piece {
    bool first, last;
} kg_output_piece;

kg_status kg_output_pieces(FILE *to, const kg_result *result, kg_output_mode mode,
                           kg_output_piece piece);

/* text as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD. */
void kg_output_json_text(FILE *to, kg_str text);

/* A value as JSON. */
void kg_output_json_cell(FILE *to, const kg_cell *cell);

/* A number in as few digits as read back to the same double; null for NaN and infinities. */
void kg_output_real(FILE *to, double value);

#endif
