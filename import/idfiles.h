/* Files of numbered names and of triples by number, as OpenKE, DGL-KE and SMedBERT have them. */
#ifndef KG_IMPORT_IDFILES_H
#define KG_IMPORT_IDFILES_H

#include "import/reader.h"

typedef enum kg_idlist_style {
    KG_IDLIST_NAME_ID, /* first line the count, then name TAB id (or name SPACE id) */
    KG_IDLIST_ID_NAME  /* no count; id TAB name */
} kg_idlist_style;

/* Read a list of entities, relations or types from lines (closed here in any case) into ENTITY,
 * RELATION or TYPE statements that carry ids. Every id from 0 to *count - 1 must be given once. */
kg_status kg_idlist_read(uint64_t *count, kg_reader *reader, kg_lines *lines, kg_kind kind,
                         kg_idlist_style style, kg_error *err);

/* Read triples by id from lines (closed here in any case), fields parted by spaces or tabs, into
 * TRIPLE statements. order: a permutation of "hrt"; counted: the first line is their number. */
kg_status kg_idtriples_read(kg_reader *reader, kg_lines *lines, const char *order, bool counted,
                            uint64_t n_entities, uint64_t n_relations, kg_error *err);

#endif
