/* Files of a folder whose lines are names separated by tabs or another character, without quotes.
 */
#ifndef KG_IMPORT_NAMED_H
#define KG_IMPORT_NAMED_H

#include "import/csv.h"

/* Open folder/name, packed or not, as such a file; kg_csv_close in any case. Statuses as of
 * kg_reader_open_in. */
kg_status kg_named_open(kg_csv *csv, kg_reader *reader, const char *folder, const char *name,
                        char separator, kg_error *err);

/* Read the triples, head, relation, tail by name, in the first of the files that is there. names
 * ends with NULL. KG_ERR_NOT_FOUND where none is. */
kg_status kg_named_triples(kg_reader *reader, const char *folder, const char *const *names,
                           kg_error *err);

#endif
