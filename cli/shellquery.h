/* Queries in Cypher within the shell. */
#ifndef KG_CLI_SHELLQUERY_H
#define KG_CLI_SHELLQUERY_H

#include "cli/shell.h"

/* Run a query on the newest state, or in the transaction that is open. One that changes the graph
 * is committed at once unless it is in a transaction, which holds either queries or edits. */
kg_status kg_shell_query(kg_shell *shell, kg_str text, kg_error *err);

#endif
