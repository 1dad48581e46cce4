/* Weights of entities that were computed elsewhere. */
#ifndef KG_CLI_RANK_IMPORT_H
#define KG_CLI_RANK_IMPORT_H

#include "kgstore/kgstore.h"

/* Read a file of lines "identifier TAB number" ("-": standard input) and put the weights in force;
 * entities that it does not name weigh 0. Names that the store does not have are counted, and told
 * on standard error. KG_ERR_FORMAT names the line. */
kg_status kg_rank_import(kg_store *store, const char *path, kg_error *err);

#endif
