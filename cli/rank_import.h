/* Weights of entities that were computed elsewhere. */
#ifndef KG_CLI_RANK_IMPORT_H
#define KG_CLI_RANK_IMPORT_H

#include "kgstore/kgstore.h"

/* Read a file of lines "identifier TAB number" ("-": standard input) and put the weights in force.
 * Each entity of the store has one line; the numbers are 0 or more. KG_ERR_FORMAT names the line,
 * or an entity that has none, and leaves the store as it was. */
kg_status kg_rank_import(kg_store *store, const char *path, kg_error *err);

#endif
