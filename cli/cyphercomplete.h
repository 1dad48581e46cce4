/* What the Tab key offers within a query. */
#ifndef KG_CLI_CYPHERCOMPLETE_H
#define KG_CLI_CYPHERCOMPLETE_H

#include "kgstore/kgstore.h"

/* Characters that are no part of a word. */
#define KG_CYPHER_BREAKS " \t\n()[]{}<>-=+*/%^,;:|&!$."

/* What may stand for the word that begins at byte `start` of the query, at most `limit` of each
 * kind: types after ':', relations after it within brackets, keys after '.', else variables,
 * functions and words of the language. Names as they are to be written, in backticks where that is
 * needed. */
kg_status kg_cypher_complete(kg_snapshot *snapshot, kg_str query, size_t start, uint32_t limit,
                             kg_name_fn visit, void *context);

/* Functions and procedures that are offered; ends with NULL. */
extern const char *const kg_cypher_functions[];

#endif
