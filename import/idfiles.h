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

/* A folder of such files: entities, relations, triples. */
typedef struct kg_idfolder {
    const char *format, *hint; /* its name, and what else may have been meant, for a message */
    const char *entities, *relations;
    const char *triples[2]; /* the first that is there; [1] may be NULL */
    kg_idlist_style style;
    const char
        *order;   /* of a triple's fields, a permutation of "hrt", separated by spaces or tabs */
    bool counted; /* the first line of the triples is their number */
} kg_idfolder;

/* Read folder, the only one of n_paths, into statements: those of the lists, then TRIPLE ones. */
kg_status kg_idfolder_read(kg_reader *reader, const char *const *paths, size_t n_paths,
                           const kg_idfolder *how, kg_error *err);

#endif
