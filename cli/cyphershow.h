/* Cypher as `kg cypher` and the shell take it: a query run and its rows shown as they come. */
#ifndef KG_CLI_CYPHERSHOW_H
#define KG_CLI_CYPHERSHOW_H

#include "cli/options.h"
#include "kgstore/cypher.h"

/* Does a line begin with a clause of Cypher, or with EXPLAIN or PROFILE before one? `merge` and
 * `explain` are words of the shell, too: MERGE is a clause where a pattern follows. */
bool kg_cypher_begins(kg_str text);

/* Where a query ends in text: behind the semicolon that stands in no string, name or comment; 0:
 * it goes on. *from: where to begin to look, 0 at first; afterwards where to go on when the text
 * has grown. */
size_t kg_cypher_length(kg_str text, size_t *from);

/* Run one query and show its rows, or its plan. params: "NAME=JSON" each. What it changes is the
 * caller's to commit. On a fault in the text that is shown at once, with a mark below its place.
 * *ran, which may be NULL: it was right and ran, so that it may have changed something before it
 * failed. Statuses as of kg_cypher_prepare, _bind and _step. */
kg_status kg_cypher_show_query(bool *ran, kg_cypher *cypher, kg_str text, const kg_texts *params,
                               kg_output_mode mode, kg_error *err);

#endif
