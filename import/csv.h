/* Records of a table: fields separated by a character or by runs of blanks, quoted as RFC 4180 has
 * it (quotes around a field, doubled inside it, and line ends inside quotes) or not at all. */
#ifndef KG_IMPORT_CSV_H
#define KG_IMPORT_CSV_H

#include "import/dialect.h"
#include "import/reader.h"
#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"

typedef struct kg_csv {
    kg_reader *reader;
    kg_lines *lines; /* the table's own */
    kg_dialect dialect;
    uint64_t line;           /* where the record began */
    KG_ARRAY(kg_str) fields; /* of the record, borrowed until the next */
    KG_ARRAY(kg_str) header; /* names of the columns, in the arena; empty: not known */
    size_t columns;          /* of the first record */
    kg_arena arena;
    kg_bytes text;           /* unquoted fields */
    KG_ARRAY(size_t) starts; /* of each field in text */
} kg_csv;

/* Open path and tell its dialect, by the options and its start; kg_csv_close in any case. A
 * separator that is not told stays KG_SEPARATOR_UNKNOWN. */
kg_status kg_csv_open(kg_csv *csv, kg_reader *reader, const char *path, kg_error *err);

/* The separator is this one: tell the rest of the dialect anew. Before the first record. */
kg_status kg_csv_set_separator(kg_csv *csv, char separator, kg_error *err);

/* The next record; blank lines are passed over. *end after the last. A record that does not follow
 * the rules is a faulty line. */
kg_status kg_csv_next(bool *end, kg_csv *csv, kg_error *err);

/* The record at hand is the header: keep the names of the columns. KG_ERR_MEMORY. */
kg_status kg_csv_keep_header(kg_csv *csv, kg_error *err);

/* Count the value in column i, where it is there, as dropped by the column's name. */
kg_status kg_csv_drop(kg_csv *csv, size_t i, kg_error *err);

void kg_csv_close(kg_csv *csv);

#endif
