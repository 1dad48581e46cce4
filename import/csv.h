/* Records of comma-separated values as RFC 4180 has them: quotes around a field, doubled inside it,
 * and line ends inside quotes. */
#ifndef KG_IMPORT_CSV_H
#define KG_IMPORT_CSV_H

#include "import/reader.h"
#include "kgstore/base/array.h"

typedef struct kg_csv {
    kg_reader *reader;
    kg_lines *lines; /* borrowed */
    char separator;
    uint64_t line;           /* where the record began */
    KG_ARRAY(kg_str) fields; /* of the record, borrowed until the next */
    kg_bytes text;           /* unquoted fields */
    KG_ARRAY(size_t) starts; /* of each field in text */
} kg_csv;

/* The next record; blank lines are passed over. *end after the last. A record that does not follow
 * the rules is a faulty line. csv is zeroed first but for reader, lines and separator. */
kg_status kg_csv_next(bool *end, kg_csv *csv, kg_error *err);

void kg_csv_free(kg_csv *csv);

#endif
