/* Triples from files: head TAB relation TAB tail a line, plain or gzipped. */
#ifndef KG_TRANSR_TRIPLE_FILES_H
#define KG_TRANSR_TRIPLE_FILES_H

#include "kgstore/base/error.h"
#include "kgstore/base/nameset.h"
#include "plugins/transr/queries.h"

typedef KG_ARRAY(transr_triple) transr_triples;

/* Append the triples of a file, new names taking new ids. Empty lines are passed over.
 * KG_ERR_FORMAT: a line without exactly three columns, or with an empty one; KG_ERR_IO,
 * KG_ERR_NOT_FOUND, KG_ERR_MEMORY. */
kg_status transr_files_read(transr_triples *triples, kg_nameset *entities, kg_nameset *relations,
                            const char *path, kg_error *err);

/* Write entities.tsv and relations.tsv into a folder: id TAB name a line, as DGL-KE's. KG_ERR_IO,
 * KG_ERR_FULL, KG_ERR_MEMORY, KG_ERR_LIMIT: the path is too long. */
kg_status transr_names_write(const char *folder, const kg_nameset *entities,
                             const kg_nameset *relations, kg_error *err);

/* Read what transr_names_write wrote into empty dictionaries. KG_ERR_FORMAT: ids that are not 0, 1,
 * 2 ... in order. */
kg_status transr_names_read(kg_nameset *entities, kg_nameset *relations, const char *folder,
                            kg_error *err);

#endif
